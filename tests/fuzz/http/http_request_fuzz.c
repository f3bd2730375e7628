/* Requests from any bytes, in pieces: what the parser makes of them must not depend on the pieces,
 * and whatever is a request must get an answer. The first byte chooses the size of a piece. */
#include "http/answer.h"
#include "http/router.h"

#include <stdlib.h>

#define LIMIT ((size_t)4096)

static void say_parameters(struct http_exchange *x)
{
    struct slice value;
    struct json_writer json = http_answer_json(x, 200);
    json_open_array(&json);
    json_put_string_slice(&json, http_parameter(x, "guid"));
    json_put_string_slice(&json, http_parameter(x, "name"));
    if (http_query_get(x, "$top", &value))
        json_put_string_slice(&json, value);
    json_close_array(&json);
}

static const struct http_rule rules[] = {
    {.field = "guid", .check = HTTP_CHECK_LENGTH, .min = 2, .max = 10},
    {.field = "$top",
     .location = HTTP_IN_QUERY,
     .optional = HTTP_OPTIONAL,
     .check = HTTP_CHECK_INT},
    {.field = NULL},
};

static const struct http_route routes[] = {
    {HTTP_GET, "/", "root", say_parameters, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/d/{guid}", "device", say_parameters, true, rules, false, 0, false, 0},
    {HTTP_POST, "/d/{guid}/{name}", "name", say_parameters, true, rules, false, 0, false, 0},
    {HTTP_GET, "/d/stats", "stats", say_parameters, true, NULL, false, 0, false, 0},
};

static const char *const prefixes[] = {"/mps", NULL};
static const char *const origins[] = {"https://a", NULL};

static const struct http_router router = {
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
    .prefixes = prefixes,
    .origins = origins,
};

static uint64_t mix(uint64_t hash, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash * 31 + bytes.size;
}

static uint64_t answer(const struct http_message *message, uint64_t hash)
{
    struct arena arena;
    struct http_exchange x;
    struct slice body;
    arena_init(&arena);
    if (http_exchange_init(&x, &arena, message))
        http_router_serve(&router, &x);
    if (!http_answered(&x) || !buffer_ok(&x.answer))
        abort();
    struct slice head = http_answer_head(&x, HTTP_ANSWER_CLOSE, true, &body);
    if (slice_index_of(head, 0) != head.size)
        abort();
    hash = mix(hash, body) + (uint64_t)x.status;
    http_exchange_fini(&x);
    arena_fini(&arena);
    return hash;
}

static uint64_t parse(struct slice bytes, size_t piece)
{
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, LIMIT, LIMIT);
    uint64_t hash = 0;
    enum http_parse result = HTTP_PARSE_MORE;
    while (bytes.size > 0 && (result == HTTP_PARSE_MORE || result == HTTP_PARSE_DONE)) {
        struct slice part = slice_first(bytes, piece);
        bytes = slice_from(bytes, piece);
        do {
            result = http_parser_feed(p, &part);
            if (result == HTTP_PARSE_DONE) {
                const struct http_message *m = http_parser_message(p);
                hash = mix(mix(mix(hash, m->method), m->target), m->body);
                for (size_t i = 0; i < m->header_count; i++)
                    hash = mix(mix(hash, m->headers[i].name), m->headers[i].value);
                hash = answer(m, hash) * 2 + (uint64_t)m->keep_alive;
                http_parser_next(p);
            }
        } while (result == HTTP_PARSE_HEAD || (result == HTTP_PARSE_DONE && part.size > 0));
        if (result == HTTP_PARSE_MORE && part.size > 0)
            abort();
    }
    http_parser_free(p);
    return hash * 8 + (uint64_t)result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct slice bytes = slice_of(data + 1, size - 1);
    if (parse(bytes, (size_t)data[0] + 1) != parse(bytes, size))
        abort();
    return 0;
}
