#include "http/exchange.h"

#include "http/json.h"
#include "http/percent.h"
#include "http/router.h"

#include <unistd.h>

static enum http_method method_of(struct slice text)
{
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = {
        {"GET", HTTP_GET},         {"HEAD", HTTP_HEAD},   {"POST", HTTP_POST},
        {"PUT", HTTP_PUT},         {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE},
        {"OPTIONS", HTTP_OPTIONS},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (slice_equal_string(text, methods[i].name))
            return methods[i].method;
    return HTTP_OTHER;
}

/* Drops "http://host" of an absolute target, the fragment, and parts path and query. */
static void split_target(struct slice target, struct slice *path, struct slice *query)
{
    target = slice_first(target, slice_index_of(target, '#'));
    struct slice whole = target;
    *path = slice_split(&whole, '?');
    *query = whole;
    if (path->size == 0 || path->data[0] == '/')
        return;
    size_t colon = slice_index_of(*path, ':');
    struct slice rest = slice_from(*path, colon);
    if (slice_starts_with(rest, SLICE_LITERAL("://"))) {
        rest = slice_from(rest, 3);
        *path = slice_from(rest, slice_index_of(rest, '/'));
        if (path->size == 0)
            *path = SLICE_LITERAL("/");
    }
}

static bool query_has_nul(struct slice query)
{
    for (size_t i = 0; i + 2 < query.size; i++)
        if (query.data[i] == '%' && query.data[i + 1] == '0' && query.data[i + 2] == '0')
            return true;
    return slice_index_of(query, 0) != query.size;
}

bool http_exchange_init(struct http_exchange *x, struct arena *arena,
                        const struct http_message *request)
{
    *x = (struct http_exchange){
        .arena = arena,
        .method = method_of(request->method),
        .method_text = request->method,
        .headers = request->headers,
        .header_count = request->header_count,
        .minor_version = request->minor_version,
        .body = request->body,
    };
    buffer_init_secret(&x->answer, HTTP_ANSWER_LIMIT);
    buffer_init_secret(&x->collected, SIZE_MAX / 2);
    split_target(request->target, &x->raw_path, &x->query);
    if (http_percent_decode(arena, x->raw_path, false, &x->path) && !query_has_nul(x->query))
        return true;
    http_answer_error(x, 400, "Incorrect URI or Bad Request", NULL);
    return false;
}

static void drop_file(struct http_exchange *x)
{
    if (x->from_file)
        (void)close(x->file);
    x->from_file = false;
}

void http_exchange_fini(struct http_exchange *x)
{
    drop_file(x);
    buffer_fini(&x->answer);
    buffer_fini(&x->collected);
    http_json_wipe(x->json);
    json_decref(x->json);
    x->json = NULL;
}

struct slice http_header_get(const struct http_exchange *x, const char *name)
{
    return http_header_find(x->headers, x->header_count, name);
}

struct slice http_parameter(const struct http_exchange *x, const char *name)
{
    struct slice wanted = slice_of_string(name);
    struct slice rest = slice_of_string(x->route == NULL ? NULL : x->route->path);
    for (size_t i = 0; rest.size > 0;) {
        struct slice segment = slice_split(&rest, '/');
        if (segment.size < 2 || segment.data[0] != '{')
            continue;
        if (slice_equal(slice_of(segment.data + 1, segment.size - 2), wanted))
            return x->parameters[i];
        i++;
    }
    return (struct slice){NULL, 0};
}

bool http_query_next(const struct http_exchange *x, const char *name, struct slice *rest,
                     struct slice *value)
{
    while (rest->size > 0) {
        struct slice raw = slice_split(rest, '&');
        struct slice raw_name = slice_split(&raw, '=');
        struct slice decoded;
        if (!http_percent_decode(x->arena, raw_name, true, &decoded))
            decoded = raw_name;
        if (!slice_equal_string(decoded, name))
            continue;
        if (!http_percent_decode(x->arena, raw, true, value))
            *value = raw;
        return true;
    }
    return false;
}

bool http_query_get(const struct http_exchange *x, const char *name, struct slice *value)
{
    struct slice rest = x->query;
    return http_query_next(x, name, &rest, value);
}

bool http_answered(const struct http_exchange *x)
{
    return x->status != 0;
}

static void begin(struct http_exchange *x, int status, const char *content_type)
{
    drop_file(x);
    buffer_clear(&x->answer);
    x->status = status;
    x->content_type = content_type;
}

struct json_writer http_answer_json(struct http_exchange *x, int status)
{
    struct json_writer json;
    begin(x, status, "application/json; charset=utf-8");
    json_writer_init(&json, &x->answer);
    return json;
}

void http_answer_error(struct http_exchange *x, int status, const char *error,
                       const char *description)
{
    struct json_writer json = http_answer_json(x, status);
    json_open_object(&json);
    json_put_member_string(&json, "error", error);
    if (description != NULL)
        json_put_member_string(&json, "errorDescription", description);
    json_close_object(&json);
}

void http_answer_bytes(struct http_exchange *x, int status, const char *content_type,
                       struct slice bytes)
{
    begin(x, status, content_type);
    buffer_put(&x->answer, bytes);
}

void http_answer_empty(struct http_exchange *x, int status)
{
    begin(x, status, NULL);
}

void http_answer_header(struct http_exchange *x, const char *name, const char *value)
{
    for (const char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return;
    if (x->extra_count < HTTP_EXTRA_HEADERS_LIMIT)
        x->extra[x->extra_count++] =
            (struct http_header){slice_of_string(name), slice_of_string(value)};
}
