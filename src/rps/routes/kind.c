#include "rps/routes/kind.h"

#include "events/events.h"
#include "http/error_answer.h"
#include "http/json.h"
#include "http/query_value.h"
#include "http/validate.h"
#include "rps/routes/routes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TOP_DEFAULT 25
#define TOP_LIMIT   100000 /* rows at once; the toolkit has no bound */

static void publish(const struct http_exchange *exchange, const struct rps_said *said,
                    const char *name)
{
    events_publish_named(rps_application_of(exchange)->events, EVENTS_SUCCESS, said->method,
                         said->message, name);
}

static void publish_failure(const struct http_exchange *exchange, const struct rps_kind *kind,
                            const char *name)
{
    static const char *const failed[] = {
        "Failed to GET: ", "Failed to POST: ", "Failed to PATCH: ", "Failed to DELETE: "};
    size_t which = exchange->method == HTTP_POST     ? 1
                   : exchange->method == HTTP_PATCH  ? 2
                   : exchange->method == HTTP_DELETE ? 3
                                                     : 0;
    events_publish_named(rps_application_of(exchange)->events, EVENTS_FAIL, kind->base,
                         failed[which], name);
}

/* ---- the body ---- */

struct slice rps_body_text(const struct http_exchange *exchange, const char *member)
{
    return rps_value_text(exchange, json_object_get(exchange->json, member));
}

struct slice rps_value_text(const struct http_exchange *exchange, const json_t *value)
{
    if (json_is_string(value))
        return slice_of(json_string_value(value), json_string_length(value));
    if (!json_is_number(value) && !json_is_boolean(value))
        return (struct slice){NULL, 0};
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, 64);
    json_writer_init(&json, &text);
    http_json_write(&json, value);
    struct slice copy = arena_copy(exchange->arena, buffer_slice(&text));
    buffer_fini(&text);
    return copy;
}

const char *rps_body_string(const struct http_exchange *exchange, const char *member)
{
    struct slice text = rps_body_text(exchange, member);
    return text.data == NULL ? NULL : arena_string(exchange->arena, text);
}

bool rps_body_has(const struct http_exchange *exchange, const char *member)
{
    const json_t *value = json_object_get(exchange->json, member);
    return value != NULL && !json_is_null(value);
}

bool rps_has_texts(struct http_exchange *exchange, const char *const *members)
{
    for (; *members != NULL; members++) {
        if (rps_body_has(exchange, *members) && rps_body_text(exchange, *members).data == NULL) {
            http_answer_invalid(exchange, *members, "Invalid value");
            return false;
        }
    }
    return true;
}

uint64_t rps_kind_version(const struct http_exchange *exchange, bool header_wins)
{
    struct slice text = rps_body_text(exchange, "version");
    struct slice header = slice_trim(http_header_get(exchange, "If-Match"));
    uint64_t version;
    if (header_wins && header.size > 0 && !slice_equal_string(header, "*")) {
        /* The toolkit compares the raw header; quotes and "W/" are how a tag is written. */
        if (slice_starts_with(header, SLICE_LITERAL("W/")))
            header = slice_from(header, 2);
        if (header.size >= 2 && header.data[0] == '"' && header.data[header.size - 1] == '"')
            header = slice_of(header.data + 1, header.size - 2);
        text = header;
    }
    return slice_to_u64(text, UINT64_MAX, &version) ? version : 0;
}

/* ---- answers ---- */

#define ROW_LIMIT ((size_t)1024 * 1024)

json_t *rps_kind_json(const struct rps_kind *kind, const char *tenant, const void *row,
                      struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, ROW_LIMIT);
    json_writer_init(&json, &text);
    rps_fields_write(&json, kind->fields, tenant, row);
    json_t *parsed = http_json_parse(buffer_slice(&text), err);
    buffer_fini(&text);
    return parsed;
}

static void answer_row(struct http_exchange *exchange, const struct rps_kind *kind, int status,
                       const void *row)
{
    struct json_writer json = http_answer_json(exchange, status);
    rps_fields_write(&json, kind->fields, rps_tenant(exchange), row);
}

/* Of a row that was put. */
static void answer_put(struct http_exchange *exchange, const struct rps_kind *kind, int status,
                       const void *row)
{
    const char *warning = kind->warn == NULL ? NULL : kind->warn(exchange, row);
    json_t *whole = warning == NULL ? NULL : rps_kind_json(kind, rps_tenant(exchange), row, NULL);
    char *text = NULL;
    if (whole != NULL && json_object_set_new(whole, "warning", json_string(warning)) == 0)
        text = json_dumps(whole, JSON_COMPACT);
    if (text != NULL) {
        struct json_writer json = http_answer_json(exchange, status);
        json_put_raw(&json, slice_of_string(text));
    } else {
        answer_row(exchange, kind, status, row);
    }
    free(text);
    json_decref(whole);
}

static void answer_absent(struct http_exchange *exchange, const struct rps_kind *kind,
                          const char *name)
{
    publish_failure(exchange, kind, name);
    http_answer_named(exchange, 404, "Not Found",
                      arena_printf(exchange->arena, "%s profile %s Not Found", kind->label, name));
}

/* What is our fault, or that of too much to do. */
static void answer_broken(struct http_exchange *exchange, const struct rps_kind *kind,
                          const char *name, const struct error *err)
{
    publish_failure(exchange, kind, name);
    if (http_answer_busy(exchange, err))
        return;
    http_log_failure(exchange, err);
    http_answer_message(exchange, 500,
                        arena_printf(exchange->arena, "Operation failed: %.*s %s",
                                     SLICE_ARG(exchange->method_text), name));
}

void rps_kind_refuse(struct http_exchange *exchange, const struct rps_kind *kind, const char *name,
                     const char *error, const char *message)
{
    publish_failure(exchange, kind, name);
    http_answer_named(exchange, 400, error, message);
}

void rps_answer_refusal(struct http_exchange *exchange, const char *error, const char *message)
{
    http_answer_named(exchange, 400, error, message);
}

/* `text` has one %s. */
static const char *sentence(struct arena *arena, const char *text, const char *name)
{
    struct slice rest = slice_of_string(text);
    size_t at = slice_index_of(rest, '%');
    return arena_printf(arena, "%.*s%s%s", (int)at, text, name,
                        at + 2 <= rest.size ? text + at + 2 : "");
}

static void answer_other_version(struct http_exchange *exchange, const struct rps_kind *kind,
                                 const char *name, const void *row)
{
    bool asked = http_header_get(exchange, "If-Match").size > 0;
    publish_failure(exchange, kind, name);
    answer_row(exchange, kind, asked ? 412 : 409, row);
    size_t version = rps_fields_version(kind->fields);
    if (version > 0)
        http_answer_header(exchange, "ETag",
                           arena_printf(exchange->arena, "%" PRIu64,
                                        *(const uint64_t *)((const char *)row + version)));
}

void rps_kind_answer_failure(struct http_exchange *exchange, const struct rps_kind *kind,
                             const char *name, const void *row, const struct store_refusal *refusal,
                             const struct error *err)
{
    struct arena *arena = exchange->arena;
    if (err->code == ERROR_NOT_FOUND) {
        answer_absent(exchange, kind, name);
    } else if (err->code == ERROR_INVALID) {
        rps_kind_refuse(
            exchange, kind, name, "Error",
            arena_printf(arena, "%s: %s", sentence(arena, kind->failed, name), err->text));
    } else if (err->code != ERROR_CONFLICT || refusal == NULL) {
        answer_broken(exchange, kind, name, err);
    } else if (refusal->cause == STORE_CAUSE_VERSION) {
        answer_other_version(exchange, kind, name, row);
    } else if (refusal->cause == STORE_CAUSE_EXISTS) {
        rps_kind_refuse(exchange, kind, name, "Unique key violation",
                        sentence(arena, kind->taken, name));
    } else if (refusal->cause == STORE_CAUSE_ABSENT && kind->answer_absent != NULL) {
        publish_failure(exchange, kind, name);
        kind->answer_absent(exchange, name, refusal);
    } else {
        rps_kind_refuse(exchange, kind, name, "Error", sentence(arena, kind->failed, name));
    }
}

void rps_kind_answer_created(struct http_exchange *exchange, const struct rps_kind *kind,
                             const char *name, const void *row)
{
    publish(exchange, &kind->created, name);
    answer_put(exchange, kind, 201, row);
}

void rps_kind_answer_changed(struct http_exchange *exchange, const struct rps_kind *kind,
                             const char *name, const void *row)
{
    publish(exchange, &kind->changed, name);
    answer_put(exchange, kind, 200, row);
}

/* ---- the handlers that all have ---- */

static void write_list(struct http_exchange *exchange, const struct rps_kind *kind,
                       const char *rows, size_t count, uint64_t total)
{
    bool with_count = http_query_value_is_true(exchange, "$count");
    struct json_writer json = http_answer_json(exchange, 200);
    if (with_count) {
        json_open_object(&json);
        json_put_key(&json, "data");
    }
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        rps_fields_write(&json, kind->fields, rps_tenant(exchange), rows + i * kind->row_size);
    json_close_array(&json);
    if (with_count) {
        json_put_member_int(&json, "totalCount", (int64_t)total);
        json_close_object(&json);
    }
}

void rps_kind_list(struct http_exchange *exchange, const struct rps_kind *kind)
{
    void *rows = NULL;
    size_t count = 0;
    uint64_t total = 0;
    /* Both may have ten digits. */
    uint64_t top = http_query_value_up_to(exchange, "$top", UINT64_MAX, TOP_DEFAULT);
    uint64_t skip = http_query_value_up_to(exchange, "$skip", UINT64_MAX, 0);
    struct error err;
    error_clear(&err);
    if (!kind->list(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange),
                    top > TOP_LIMIT ? TOP_LIMIT : top, skip, &rows, &count, &total, &err)) {
        answer_broken(exchange, kind, "", &err);
        return;
    }
    publish(exchange, &kind->listed, "");
    write_list(exchange, kind, rows, count, total);
}

bool rps_kind_get(struct http_exchange *exchange, const struct rps_kind *kind, struct slice name,
                  void *row)
{
    struct error err;
    error_clear(&err);
    if (kind->get(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange), name,
                  row, &err))
        return true;
    const char *text = arena_string(exchange->arena, name);
    if (err.code == ERROR_NOT_FOUND || err.code == ERROR_INVALID)
        answer_absent(exchange, kind, text);
    else
        answer_broken(exchange, kind, text, &err);
    return false;
}

void rps_kind_show(struct http_exchange *exchange, const struct rps_kind *kind)
{
    struct slice name = http_parameter(exchange, "name");
    void *row = arena_alloc(exchange->arena, kind->row_size);
    if (!rps_kind_get(exchange, kind, name, row))
        return;
    publish(exchange, &kind->shown, arena_string(exchange->arena, name));
    answer_row(exchange, kind, 200, row);
}

void rps_kind_remove(struct http_exchange *exchange, const struct rps_kind *kind)
{
    struct slice name = http_parameter(exchange, "name");
    const char *text = arena_string(exchange->arena, name);
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (kind->remove(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange),
                     name, &refusal, &err)) {
        publish(exchange, &kind->removed, text);
        http_answer_empty(exchange, 204);
    } else if (err.code == ERROR_NOT_FOUND || err.code == ERROR_INVALID) {
        answer_absent(exchange, kind, text);
    } else if (err.code == ERROR_CONFLICT && kind->answer_in_use != NULL) {
        publish_failure(exchange, kind, text);
        kind->answer_in_use(exchange, text, &refusal);
    } else if (err.code == ERROR_CONFLICT && kind->in_use != NULL) {
        rps_kind_refuse(exchange, kind, text, "Foreign key violation",
                        sentence(exchange->arena, kind->in_use, text));
    } else if (err.code == ERROR_CONFLICT) {
        rps_kind_refuse(exchange, kind, text, "Error",
                        sentence(exchange->arena, kind->failed_remove, text));
    } else {
        answer_broken(exchange, kind, text, &err);
    }
}

/* Reads the body into the row and puts that. */
static void put(struct http_exchange *exchange, const struct rps_kind *kind, enum store_put how,
                const char *name, void *row)
{
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    const char *secret = NULL;
    struct error err;
    error_clear(&err);
    rps_fields_read(exchange, kind->fields, row, &secret);
    if (kind->read != NULL)
        kind->read(exchange, row, &secret);
    if (!kind->put(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange), how,
                   row, secret, &refusal, &err))
        rps_kind_answer_failure(exchange, kind, name, row, &refusal, &err);
    else if (how == STORE_INSERT)
        rps_kind_answer_created(exchange, kind, name, row);
    else
        rps_kind_answer_changed(exchange, kind, name, row);
}

void rps_kind_create(struct http_exchange *exchange, const struct rps_kind *kind)
{
    const char *name = rps_body_string(exchange, kind->fields->member);
    void *row = arena_alloc(exchange->arena, kind->row_size);
    if (!rps_fields_check(exchange, kind->fields))
        return;
    *(const char **)row = name;
    put(exchange, kind, STORE_INSERT, name, row);
}

void rps_kind_change(struct http_exchange *exchange, const struct rps_kind *kind)
{
    const char *name = rps_body_string(exchange, kind->fields->member);
    size_t version = rps_fields_version(kind->fields);
    void *row = arena_alloc(exchange->arena, kind->row_size);
    if (!rps_fields_check(exchange, kind->fields) ||
        !rps_kind_get(exchange, kind, slice_of_string(name), row))
        return;
    if (version > 0)
        *(uint64_t *)(void *)((char *)row + version) =
            rps_kind_version(exchange, kind->header_wins);
    put(exchange, kind, kind->change, name, row);
}
