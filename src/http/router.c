#include "http/router.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "http/json.h"
#include "http/percent.h"

#include <inttypes.h>
#include <stdio.h>

/* No path in the table is longer, and a longer one matches nothing. */
#define SEGMENTS_LIMIT 16

#define PIECE ((size_t)16 * 1024) /* of a body, read at a time */

#define ALLOWED_METHODS "GET,HEAD,PUT,PATCH,POST,DELETE"

#define REQUESTS_HELP "Answers by status class"
METRIC_DEFINE(requests_2xx, METRIC_COUNTER, "outband_http_requests_total", "class=\"2xx\"",
              REQUESTS_HELP)
METRIC_DEFINE(requests_3xx, METRIC_COUNTER, "outband_http_requests_total", "class=\"3xx\"",
              REQUESTS_HELP)
METRIC_DEFINE(requests_4xx, METRIC_COUNTER, "outband_http_requests_total", "class=\"4xx\"",
              REQUESTS_HELP)
METRIC_DEFINE(requests_5xx, METRIC_COUNTER, "outband_http_requests_total", "class=\"5xx\"",
              REQUESTS_HELP)
METRIC_DEFINE(request_seconds, METRIC_HISTOGRAM, "outband_http_request_seconds", NULL,
              "Time from a whole request to its answer")

struct segments {
    struct slice item[SEGMENTS_LIMIT];
    size_t count;
};

/* "/a/b/" and "/a/b" are both a, b. False when the path is no path or has too many segments. */
static bool split_path(struct slice path, struct segments *to)
{
    to->count = 0;
    if (path.size == 0 || path.data[0] != '/')
        return false;
    path = slice_from(path, 1);
    if (path.size > 0 && path.data[path.size - 1] == '/')
        path.size--;
    while (path.size > 0) {
        if (to->count == SEGMENTS_LIMIT)
            return false;
        bool more = slice_index_of(path, '/') < path.size;
        to->item[to->count++] = slice_split(&path, '/');
        if (more && path.size == 0)
            return false; /* two slashes at the end */
    }
    return true;
}

static bool is_parameter(struct slice segment)
{
    return segment.size > 2 && segment.data[0] == '{';
}

/* Number of literal segments from the left that decide between two templates, as bits; the first
 * segment counts most. False when the template does not fit. */
static bool fits(const char *template, const struct segments *path, uint32_t *rank)
{
    struct slice rest = slice_from(slice_of_string(template), 1);
    *rank = 0;
    for (size_t i = 0; i < path->count; i++) {
        if (rest.size == 0)
            return false;
        struct slice segment = slice_split(&rest, '/');
        if (is_parameter(segment) && path->item[i].size > 0)
            continue;
        if (!slice_equal_ignore_case(segment, path->item[i]))
            return false;
        *rank |= UINT32_C(1) << (SEGMENTS_LIMIT - i);
    }
    return rest.size == 0;
}

static const struct http_route *find_route(const struct http_router *router,
                                           enum http_method method, const struct segments *path)
{
    const struct http_route *best = NULL;
    uint32_t best_rank = 0;
    enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
    for (size_t i = 0; i < router->route_count; i++) {
        const struct http_route *route = &router->routes[i];
        uint32_t rank;
        if (route->method != wanted || !fits(route->path, path, &rank))
            continue;
        if (best == NULL || rank > best_rank) {
            best = route;
            best_rank = rank;
        }
    }
    return best;
}

/* Drops the longest gateway prefix that is whole segments of the path. */
static struct slice without_prefix(const struct http_router *router, struct slice path)
{
    for (const char *const *at = router->prefixes; at != NULL && *at != NULL; at++) {
        struct slice prefix = slice_of_string(*at);
        struct slice rest = slice_from(path, prefix.size);
        if (slice_equal_ignore_case(slice_first(path, prefix.size), prefix) && rest.size > 0 &&
            rest.data[0] == '/')
            return rest;
    }
    return path;
}

static bool match(const struct http_router *router, struct http_exchange *x)
{
    struct segments path;
    struct segments template;
    if (!split_path(without_prefix(router, x->raw_path), &path))
        return false;
    for (size_t i = 0; i < path.count; i++)
        if (!http_percent_decode(x->arena, path.item[i], false, &path.item[i]))
            return false;
    x->route = find_route(router, x->method, &path);
    if (x->route == NULL || !split_path(slice_of_string(x->route->path), &template))
        return false;
    struct slice *parameters = arena_array(x->arena, path.count + 1, sizeof *parameters);
    size_t count = 0;
    for (size_t i = 0; i < path.count; i++)
        if (is_parameter(template.item[i]))
            parameters[count++] = path.item[i];
    x->parameters = parameters;
    return true;
}

static bool take_otherwise(const struct http_router *router, struct http_exchange *x)
{
    if (router->otherwise == NULL || x->method != HTTP_GET)
        return false;
    x->route = router->otherwise;
    return true;
}

static void put_escaped(struct buffer *page, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '&':
            buffer_put_text(page, "&amp;");
            break;
        case '<':
            buffer_put_text(page, "&lt;");
            break;
        case '>':
            buffer_put_text(page, "&gt;");
            break;
        case '"':
            buffer_put_text(page, "&quot;");
            break;
        case '\'':
            buffer_put_text(page, "&#39;");
            break;
        default:
            buffer_put_u8(page, text.data[i]);
        }
    }
}

/* The page of spec mps 1.1. */
static void answer_not_found(struct http_exchange *x)
{
    http_answer_bytes(x, 404, "text/html; charset=utf-8",
                      SLICE_LITERAL("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                                    "<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n"
                                    "<body>\n<pre>Cannot "));
    put_escaped(&x->answer, x->method_text);
    buffer_put_u8(&x->answer, ' ');
    put_escaped(&x->answer, x->raw_path);
    buffer_put_text(&x->answer, "</pre>\n</body>\n</html>\n");
    http_answer_header(x, "Content-Security-Policy", "default-src 'none'");
}

/* Adds the headers that let a page of an allowed origin read the answer. */
static bool allow_origin(const struct http_router *router, struct http_exchange *x)
{
    if (router->origins == NULL)
        return false;
    http_answer_header(x, "Vary", "Origin");
    struct slice origin = http_header_get(x, "Origin");
    for (const char *const *at = router->origins; *at != NULL; at++) {
        if (origin.size > 0 && slice_equal_string(origin, *at)) {
            http_answer_header(x, "Access-Control-Allow-Origin", *at);
            return true;
        }
    }
    return false;
}

static void answer_options(struct http_exchange *x, bool allowed)
{
    http_answer_empty(x, 204);
    if (!allowed) {
        http_answer_header(x, "Allow", ALLOWED_METHODS);
        return;
    }
    http_answer_header(x, "Access-Control-Allow-Methods", ALLOWED_METHODS);
    struct slice wanted = http_header_get(x, "Access-Control-Request-Headers");
    http_answer_header(x, "Vary", "Access-Control-Request-Headers");
    if (wanted.size > 0)
        http_answer_header(x, "Access-Control-Allow-Headers", arena_string(x->arena, wanted));
}

/* JSON is UTF-8 (RFC 8259 8.1). True when the type says nothing else. */
static bool is_utf8_type(struct slice type)
{
    (void)slice_split(&type, ';');
    while (type.size > 0) {
        struct slice value = slice_split(&type, ';');
        struct slice name = slice_trim(slice_split(&value, '='));
        value = slice_trim(value);
        if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
            value = slice_of(value.data + 1, value.size - 2);
        if (slice_equal_ignore_case(name, SLICE_LITERAL("charset")) &&
            !slice_equal_ignore_case(value, SLICE_LITERAL("utf-8")))
            return false;
    }
    return true;
}

/* Parses the body of an application/json request. False when it has answered. */
static bool read_json(struct http_exchange *x)
{
    struct slice type = http_header_get(x, "Content-Type");
    struct slice coding = slice_trim(http_header_get(x, "Content-Encoding"));
    if (x->body.size == 0 ||
        !slice_equal_ignore_case(slice_trim(slice_first(type, slice_index_of(type, ';'))),
                                 SLICE_LITERAL("application/json")))
        return true;
    if (coding.size > 0 && !slice_equal_ignore_case(coding, SLICE_LITERAL("identity"))) {
        http_answer_error(x, 415, "Unsupported Media Type", "Send the body without encoding");
        return false;
    }
    if (!is_utf8_type(type)) {
        http_answer_error(x, 415, "Unsupported Media Type", "Send the body as UTF-8");
        return false;
    }
    struct error err;
    error_clear(&err);
    x->json = http_json_parse(x->body, &err);
    if (x->json == NULL)
        http_answer_error(x, 400, "Incorrect URI or Bad Request", /* spec mps 1.1 */
                          arena_printf(x->arena, "The body cannot be read: %s", err.text));
    return x->json != NULL;
}

/* A body over the server's limit is read only now that the client is known. False when it has
 * answered. */
static bool collect_body(struct http_exchange *x)
{
    size_t got = 1;
    while (x->incoming != NULL && got > 0) {
        struct error err;
        uint8_t *to = buffer_reserve(&x->collected, PIECE);
        if (!http_body_read(x, to, PIECE, &got, &err)) {
            http_answer_body_error(x, &err);
            return false;
        }
        buffer_added(&x->collected, got);
    }
    if (x->incoming != NULL)
        x->body = buffer_slice(&x->collected);
    return true;
}

static void run_route(const struct http_router *router, struct http_exchange *x)
{
    const struct http_route *route = x->route;
    x->context = router->contexts == NULL ? NULL : router->contexts[route->group];
    if (!route->open &&
        (router->authorize == NULL || !router->authorize(x, router->authorize_context))) {
        if (!http_answered(x))
            http_answer_error(x, 401, "Unauthorized", NULL);
        return;
    }
    if (!route->streams && (!collect_body(x) || !read_json(x)))
        return;
    if (route->rules != NULL && !route->rules_last && !http_validate(x, route->rules))
        return;
    route->handler(x);
}

static void note(const struct http_exchange *x, uint64_t started_ns)
{
    static struct metric *const classes[] = {&requests_2xx, &requests_3xx, &requests_4xx,
                                             &requests_5xx};
    uint64_t us = (clock_monotonic_ns() - started_ns) / 1000;
    if (x->status >= 200 && x->status < 600)
        metric_add(classes[x->status / 100 - 2], 1);
    metric_observe(&request_seconds, us);
    if (!log_enabled(LOG_DEBUG))
        return;
    char status[16];
    char ms[32];
    char id[24];
    char peer[IO_ADDRESS_TEXT_SIZE];
    (void)snprintf(status, sizeof status, "%d", x->status);
    (void)snprintf(ms, sizeof ms, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
    (void)snprintf(id, sizeof id, "%" PRIu64, x->id);
    log_line(LOG_DEBUG, "http request", "method", arena_string(x->arena, x->method_text), "route",
             x->route == NULL ? "none" : x->route->operation, "status", status, "ms", ms, "request",
             id, "peer", io_address_format(&x->peer, peer), NULL);
}

const struct http_route *http_router_find(const struct http_router *router,
                                          const struct http_message *head)
{
    struct arena arena;
    struct http_exchange x;
    const struct http_route *route = NULL;
    arena_init(&arena);
    if (http_exchange_init(&x, &arena, head) && match(router, &x))
        route = x.route;
    http_exchange_fini(&x);
    arena_fini_wiped(&arena);
    return route;
}

void http_router_serve(const struct http_router *router, struct http_exchange *x)
{
    uint64_t started = clock_monotonic_ns();
    bool allowed = allow_origin(router, x);
    if (x->method == HTTP_OPTIONS)
        answer_options(x, allowed);
    else if (!match(router, x) && !take_otherwise(router, x))
        answer_not_found(x);
    else
        run_route(router, x);
    if (!http_answered(x) || !buffer_ok(&x->answer))
        http_answer_error(x, 500, "Internal Server Error",
                          "The request was left without an answer");
    note(x, started);
}
