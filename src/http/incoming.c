#include "http/incoming.h"

#include "http/exchange.h"

#include <string.h>

/* How the body ended. */
static bool conclude(const struct http_incoming *in, struct error *err)
{
    switch (in->result) {
    case HTTP_PARSE_DONE:
        return true;
    case HTTP_PARSE_BODY_TOO_LARGE:
        return error_set(err, ERROR_TOO_LARGE, "The request body is too large");
    default:
        return error_set(err, ERROR_INVALID, "The request body is malformed: %s",
                         http_parser_reason(in->parser));
    }
}

bool http_body_read(struct http_exchange *x, void *to, size_t size, size_t *got, struct error *err)
{
    struct http_incoming *in = x->incoming;
    *got = 0;
    if (in == NULL) /* a request without a body */
        return true;
    while (http_parser_piece(in->parser).size == 0) {
        struct error why;
        if (in->result != HTTP_PARSE_MORE)
            return conclude(in, err);
        in->hungry(in);
        if (http_parser_piece(in->parser).size > 0 || in->result != HTTP_PARSE_MORE)
            continue;
        if (io_wait_for(&in->more, in->silence_ms, &why))
            continue;
        if (why.code == ERROR_TIMEOUT)
            return error_set(err, ERROR_TIMEOUT, "The request took too long to arrive");
        if (err != NULL)
            *err = why;
        return false;
    }
    struct slice piece = slice_first(http_parser_piece(in->parser), size);
    memcpy(to, piece.data, piece.size);
    *got = piece.size;
    http_parser_drop(in->parser, piece.size);
    return true;
}

void http_answer_body_error(struct http_exchange *x, const struct error *err)
{
    const char *why = arena_string(x->arena, slice_of_string(err->text));
    switch (err->code) {
    case ERROR_TOO_LARGE:
        http_answer_error(x, 413, "Payload Too Large", why);
        break;
    case ERROR_INVALID:
        http_answer_error(x, 400, "Incorrect URI or Bad Request", why);
        break;
    case ERROR_TIMEOUT:
        http_answer_error(x, 408, "Timeout Error", why);
        break;
    default: /* the client has gone */
        http_answer_error(x, error_http_status(err->code), "The request did not arrive", why);
    }
}
