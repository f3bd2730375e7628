/*
 * POST /api/v1/admin/profiles/import: makes what an exported profile says, by the same rules and
 * handlers as the requests that make each by itself. What is there already is taken as it is when
 * its settings are those of the document (its secrets are not looked at), and otherwise refuses the
 * whole. When something fails half-way, what was made is removed again.
 */
#include "rps/profile_import.h"

#include "core/yaml_text.h"
#include "http/body_value.h"
#include "http/error_answer.h"
#include "http/json.h"
#include "http/router.h"
#include "io/fiber.h"
#include "io/sealed_text.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

#include <string.h>

#define UNDO_MS 10000 /* for all of them */

/* By store_kind. */
static const struct {
    const struct rps_kind *kind;
    const char *key;       /* the member that is its name */
    const char *operation; /* whose rules hold */
    void (*create)(struct http_exchange *exchange);
    const char *what;
} makers[] = {
    [STORE_DOMAIN] = {&rps_domain_kind, "profileName", "createDomain", rps_domain_create, "domain"},
    [STORE_CIRA_CONFIG] = {&rps_cira_kind, "configName", "createCiraConfig", rps_cira_create,
                           "ciraConfig"},
    [STORE_PROFILE] = {&rps_profile_kind, "profileName", "createProfile", rps_profile_create,
                       "profile"},
    [STORE_WIRELESS_CONFIG] = {&rps_wireless_kind, "profileName", "createWirelessConfig",
                               rps_wireless_create, "wirelessConfig"},
    [STORE_IEEE8021X_CONFIG] = {&rps_ieee8021x_kind, "profileName", "createIeee8021xConfig",
                                rps_ieee8021x_create, "ieee8021xConfig"},
    [STORE_PROXY_CONFIG] = {&rps_proxy_kind, "name", "createProxyConfig", rps_proxy_create,
                            "proxyConfig"},
};

struct importing {
    struct http_exchange *exchange;
    struct rps_import import;
    bool exists[RPS_IMPORT_PARTS]; /* it is there already */
    size_t made;                   /* of the parts, so far */
};

static struct slice name_of(const struct rps_import_part *part)
{
    return http_body_value_text(part->body, makers[part->kind].key);
}

static void refuse(struct http_exchange *exchange, const char *error, const char *message)
{
    http_answer_named(exchange, 400, error, message);
}

/* ---- what is there ---- */

/* The first member of the body that the row shows with another value; NULL: none. */
static const char *first_difference(const json_t *body, const json_t *shown, const char *key)
{
    /* jansson's iterator and comparison want mutable pointers but change nothing. */
    json_t *members = (json_t *)(uintptr_t)body;
    for (void *at = json_object_iter(members); at != NULL;
         at = json_object_iter_next(members, at)) {
        const char *member = json_object_iter_key(at);
        json_t *other = json_object_get(shown, member);
        if (strcmp(member, key) != 0 && other != NULL &&
            json_equal(json_object_iter_value(at), other) != 1)
            return member;
    }
    return NULL;
}

/* Whether the part is there; false when it is with other settings, or can't be read: answered. */
static bool look_for(struct importing *importing, size_t i)
{
    struct http_exchange *exchange = importing->exchange;
    const struct rps_import_part *part = &importing->import.parts[i];
    const struct rps_kind *kind = makers[part->kind].kind;
    void *row = arena_alloc(exchange->arena, kind->row_size);
    struct slice name = name_of(part);
    struct error err;
    error_clear(&err);
    if (!kind->get(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange), name,
                   row, &err)) {
        if (err.code == ERROR_NOT_FOUND || err.code == ERROR_INVALID)
            return true; /* the rules speak of names that are none */
        http_answer_failure(exchange, &err);
        return false;
    }
    if (part->kind == STORE_PROFILE) {
        refuse(exchange, "Unique key violation",
               arena_printf(exchange->arena, "AMT profile %.*s already exists", SLICE_ARG(name)));
        return false;
    }
    json_t *shown = rps_kind_json(kind, rps_tenant(exchange), row, &err);
    const char *difference = first_difference(part->body, shown, makers[part->kind].key);
    json_decref(shown);
    importing->exists[i] = true;
    if (difference != NULL)
        refuse(exchange, "Unique key violation",
               arena_printf(exchange->arena,
                            "%s %.*s already exists with another %s; rename or "
                            "remove it, then import again",
                            makers[part->kind].what, SLICE_ARG(name), difference));
    return difference == NULL;
}

/* ---- making ---- */

static const struct http_rule *rules_of(const struct rps_application *application,
                                        const char *operation)
{
    for (size_t i = 0; i < application->route_count; i++)
        if (strcmp(application->routes[i].operation, operation) == 0)
            return application->routes[i].rules;
    return NULL;
}

/* Runs the request that makes the part, on this exchange. */
static bool make(struct importing *importing, size_t i)
{
    struct http_exchange *exchange = importing->exchange;
    const struct rps_import_part *part = &importing->import.parts[i];
    const struct http_rule *rules =
        rules_of(rps_application_of(exchange), makers[part->kind].operation);
    json_t *body = exchange->json;
    exchange->json = part->body;
    if (rules != NULL && http_validate(exchange, rules))
        makers[part->kind].create(exchange);
    exchange->json = body;
    return exchange->status == 201;
}

static void undo(struct importing *importing)
{
    struct http_exchange *exchange = importing->exchange;
    struct io_shield shield = io_shield_begin(UNDO_MS);
    while (importing->made > 0) {
        const struct rps_import_part *part = &importing->import.parts[--importing->made];
        struct store_refusal refusal;
        struct error err;
        error_clear(&err);
        if (!importing->exists[importing->made] &&
            !makers[part->kind].kind->remove(rps_application_of(exchange)->store, exchange->arena,
                                             rps_tenant(exchange), name_of(part), &refusal, &err))
            http_log_failure(exchange, &err);
    }
    io_shield_end(shield);
}

static void answer_made(const struct importing *importing)
{
    const struct rps_import *import = &importing->import;
    struct json_writer json = http_answer_json(importing->exchange, 201);
    json_open_object(&json);
    json_put_key(&json, "profileName");
    json_put_string_slice(&json, name_of(&import->parts[import->count - 1]));
    for (int existing = 0; existing < 2; existing++) {
        json_put_key(&json, existing == 0 ? "created" : "existing");
        json_open_array(&json);
        for (size_t i = 0; i < import->count; i++) {
            if (importing->exists[i] != (existing == 1))
                continue;
            json_open_object(&json);
            json_put_member_string(&json, "kind", makers[import->parts[i].kind].what);
            json_put_key(&json, "name");
            json_put_string_slice(&json, name_of(&import->parts[i]));
            json_close_object(&json);
        }
        json_close_array(&json);
    }
    json_put_member_bool(&json, "withoutDomain", import->without_domain);
    json_close_object(&json);
}

static void run(struct importing *importing)
{
    for (size_t i = 0; i < importing->import.count; i++)
        if (!look_for(importing, i))
            return;
    for (size_t i = 0; i < importing->import.count; i++) {
        if (!importing->exists[i] && !make(importing, i)) {
            undo(importing);
            return;
        }
        importing->made = i + 1;
    }
    answer_made(importing);
}

void rps_profile_import_post(struct http_exchange *exchange)
{
    struct importing *importing = arena_alloc(exchange->arena, sizeof *importing);
    struct slice text;
    json_t *document = NULL;
    struct error err;
    error_clear(&err);
    importing->exchange = exchange;
    if (io_sealed_text_open(exchange->arena, rps_body_text(exchange, "content"),
                            rps_body_text(exchange, "key"), &text, &err))
        document = yaml_text_read(text, &err);
    if (document != NULL &&
        rps_import_read(exchange->arena, document, rps_body_string(exchange, "profileName"),
                        &importing->import, &err))
        run(importing);
    else
        refuse(exchange, "Error",
               arena_printf(exchange->arena, "The export cannot be read: %s", err.text));
    rps_import_fini(&importing->import);
    http_json_wipe(document);
    json_decref(document);
}
