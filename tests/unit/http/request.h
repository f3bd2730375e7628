/* Runs one request, given as text, through a router without a connection. For tests. */
#ifndef TESTS_HTTP_REQUEST_H
#define TESTS_HTTP_REQUEST_H

#include "core/memory.h"
#include "http/router.h"

#include <stdlib.h>
#include <string.h>

struct request {
    struct http_parser *parser;
    struct arena arena;
    struct http_exchange exchange;
    char body[65536]; /* of the answer, ended by NUL */
};

/* Never NULL; the text must be one whole request. Freed with request_free. */
static inline struct request *request_serve(const struct http_router *router, const char *text)
{
    struct request *r = memory_new(sizeof *r);
    struct slice bytes = slice_of_string(text);
    r->parser = http_parser_new(HTTP_PARSE_REQUEST, 16384, 102400);
    enum http_parse result = http_parser_feed(r->parser, &bytes);
    while (result == HTTP_PARSE_HEAD)
        result = http_parser_feed(r->parser, &bytes);
    if (result != HTTP_PARSE_DONE || bytes.size > 0)
        abort();
    arena_init(&r->arena);
    if (http_exchange_init(&r->exchange, &r->arena, http_parser_message(r->parser)))
        http_router_serve(router, &r->exchange);
    struct slice body = slice_first(buffer_slice(&r->exchange.answer), sizeof r->body - 1);
    if (body.size > 0)
        memcpy(r->body, body.data, body.size);
    return r;
}

static inline void request_free(struct request *r)
{
    http_exchange_fini(&r->exchange);
    arena_fini(&r->arena);
    http_parser_free(r->parser);
    free(r);
}

/* Value of a header of the answer that the router or handler added; NULL when there is none. */
static inline const char *request_answer_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->exchange.extra_count; i++)
        if (slice_equal_string(r->exchange.extra[i].name, name))
            return (const char *)r->exchange.extra[i].value.data;
    return NULL;
}

#endif
