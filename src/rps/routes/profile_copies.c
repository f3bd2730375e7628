/* Profiles that are taken along, copied and compared: /api/v1/admin/profiles/export, /clone and
 * /compare (spec rps 1.5, console 5.2). Import is in a file of its own. */
#include "core/memory.h"
#include "core/yaml_text.h"
#include "events/events.h"
#include "http/error_answer.h"
#include "http/json.h"
#include "io/sealed_text.h"
#include "rps/profile_compare.h"
#include "rps/profile_export.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

static const char *label_of(enum store_kind kind)
{
    switch (kind) {
    case STORE_DOMAIN:
        return "Domain";
    case STORE_CIRA_CONFIG:
        return "CIRA";
    case STORE_WIRELESS_CONFIG:
        return "Wireless";
    case STORE_IEEE8021X_CONFIG:
        return "802.1x";
    case STORE_PROXY_CONFIG:
        return "Proxy";
    case STORE_PROFILE:
        break;
    }
    return "AMT";
}

static void answer_missing(struct http_exchange *exchange, const struct rps_missing *missing)
{
    http_answer_named(exchange, 404, "Not Found",
                      arena_printf(exchange->arena, "%s profile %s Not Found",
                                   label_of(missing->kind), missing->name));
}

static void answer_export(struct http_exchange *exchange, const char *name, struct slice sealed,
                          const char *key)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "filename", arena_printf(exchange->arena, "%s.yaml", name));
    json_put_key(&json, "content");
    json_put_string_slice(&json, sealed);
    json_put_member_string(&json, "key", key);
    json_close_object(&json);
}

void rps_profile_export_get(struct http_exchange *exchange)
{
    struct slice name = http_parameter(exchange, "name");
    const char *text = arena_string(exchange->arena, name);
    const struct rps_application *application = rps_application_of(exchange);
    struct rps_missing missing = {STORE_PROFILE, text};
    struct slice domain = {NULL, 0};
    struct slice sealed;
    char key[IO_SEALED_KEY_SIZE];
    struct error err;
    error_clear(&err);
    (void)http_query_get(exchange, "domainName", &domain);
    json_t *document = rps_profile_export(application->store, exchange->arena, rps_tenant(exchange),
                                          name, domain, &missing, &err);
    bool ok = document != NULL;
    if (ok) {
        const char *stored = json_string_value(json_object_get(document, "name"));
        text = arena_string(exchange->arena, slice_of_string(stored));
        struct slice yaml = yaml_text_write(exchange->arena, document);
        ok = io_sealed_text_make(exchange->arena, yaml, key, &sealed, &err);
        memory_wipe((void *)(uintptr_t)yaml.data, yaml.size);
        http_json_wipe(document);
        json_decref(document);
    }
    events_publish_named(application->events, ok ? EVENTS_SUCCESS : EVENTS_FAIL, "exportProfile",
                         ok ? "Exported Profile : " : "Failed to export: ", text);
    if (ok)
        answer_export(exchange, text, sealed, key);
    else if (err.code == ERROR_NOT_FOUND)
        answer_missing(exchange, &missing);
    else
        http_answer_failure(exchange, &err);
    memory_wipe(key, sizeof key);
}

/* ---- a copy ---- */

void rps_profile_clone(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "profileName");
    struct store *store = rps_application_of(exchange)->store;
    struct store_profile profile;
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct slice amt = {NULL, 0};
    struct slice mebx = {NULL, 0};
    struct error err;
    error_clear(&err);
    if (!rps_kind_get(exchange, &rps_profile_kind, http_parameter(exchange, "name"), &profile))
        return;
    bool ok = store_profile_passwords(store, exchange->arena, rps_tenant(exchange), profile.name,
                                      &amt, &mebx, &err);
    const struct store_profile_secrets secrets = {
        .amt_password = arena_string(exchange->arena, amt),
        .mebx_password = arena_string(exchange->arena, mebx),
    };
    profile.name = name;
    ok = ok && store_profile_put(store, exchange->arena, rps_tenant(exchange), STORE_INSERT,
                                 &profile, &secrets, &refusal, &err);
    memory_wipe((void *)(uintptr_t)amt.data, amt.size);
    memory_wipe((void *)(uintptr_t)mebx.data, mebx.size);
    if (ok)
        rps_kind_answer_created(exchange, &rps_profile_kind, name, &profile);
    else
        rps_kind_answer_failure(exchange, &rps_profile_kind, name, &profile, &refusal, &err);
}

/* ---- two side by side ---- */

/* The row as its JSON. Owned; NULL when it has answered. */
static json_t *read_shown(struct http_exchange *exchange, const char *parameter)
{
    struct slice name = {NULL, 0};
    struct store_profile profile;
    struct error err;
    error_clear(&err);
    (void)http_query_get(exchange, parameter, &name);
    if (!rps_kind_get(exchange, &rps_profile_kind, name, &profile))
        return NULL;
    json_t *shown = rps_kind_json(&rps_profile_kind, rps_tenant(exchange), &profile, &err);
    if (shown == NULL)
        http_answer_failure(exchange, &err);
    return shown;
}

void rps_profile_compare_get(struct http_exchange *exchange)
{
    json_t *a = read_shown(exchange, "a");
    json_t *b = a == NULL ? NULL : read_shown(exchange, "b");
    if (b != NULL) {
        struct json_writer json = http_answer_json(exchange, 200);
        rps_profile_compare(&json, a, b);
    }
    json_decref(a);
    json_decref(b);
}
