#include "http/client.h"

#include "core/memory.h"
#include "http/parse.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_BODY    ((size_t)256 * 1024)
#define HEAD_LIMIT    ((size_t)16 * 1024)
#define INTERIM_LIMIT 8 /* 1xx answers before the real one */
#define READ_SIZE     4096
#define SOURCE_PIECE  ((size_t)256 * 1024)
#define SINK_PIECE    ((size_t)64 * 1024)

/* An answer on its way. */
struct reception {
    struct http_parser *parser;
    const struct http_body_sink *sink;
    size_t body_limit;
    unsigned interim; /* answers before this one */
    bool head;        /* it belongs to a HEAD request, or CONNECT */
    bool sinking;     /* its body goes to the sink */
    bool done;
};

/* No control character can split the head in two. */
static bool is_clean(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((s.data[i] < 0x20 && s.data[i] != '\t') || s.data[i] == 0x7f)
            return false;
    return true;
}

static bool put_head(struct buffer *to, const struct http_request *request, struct error *err)
{
    struct slice target = slice_of_string(request->target);
    bool clean = is_clean(target) && slice_index_of(target, ' ') == target.size;
    buffer_put_text(to, request->method);
    buffer_put_u8(to, ' ');
    buffer_put(to, target);
    buffer_put_text(to, " HTTP/1.1\r\n");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *h = &request->headers[i];
        clean = clean && is_clean(h->name) && is_clean(h->value);
        buffer_put(to, h->name);
        buffer_put_text(to, ": ");
        buffer_put(to, h->value);
        buffer_put_text(to, "\r\n");
    }
    struct slice method = slice_of_string(request->method);
    uint64_t size = request->source != NULL ? request->source->size : request->body.size;
    if (size > 0 || slice_equal_string(method, "POST") || slice_equal_string(method, "PUT") ||
        slice_equal_string(method, "PATCH"))
        buffer_printf(to, "Content-Length: %llu\r\n", (unsigned long long)size);
    buffer_put_text(to, "\r\n");
    return clean || error_set(err, ERROR_INVALID, "a header has a control character in it");
}

static bool send_source(struct io_stream *stream, const struct http_body_source *source,
                        struct error *err)
{
    uint8_t *piece = memory_new(SOURCE_PIECE);
    uint64_t left = source->size;
    bool ok = true;
    while (ok && left > 0) {
        size_t got = 0;
        ok = source->read(source->owner, piece, left < SOURCE_PIECE ? (size_t)left : SOURCE_PIECE,
                          &got, err);
        if (ok && got == 0)
            ok = error_set(err, ERROR_INVALID, "the content ended before its size");
        if (ok && !io_stream_write(stream, slice_of(piece, got), err)) {
            /* The peer may have answered before it closed: it need not read what it refuses. */
            ok = err->code == ERROR_CONNECTION;
            break;
        }
        left -= got;
    }
    free(piece);
    return ok;
}

static bool send_request(struct io_stream *stream, const struct http_request *request,
                         struct error *err)
{
    struct buffer bytes;
    buffer_init_secret(&bytes, SIZE_MAX / 2);
    bool ok = put_head(&bytes, request, err);
    if (ok) {
        /* One write, so that a short request is one record and one APF message; a long body is not
         * copied. */
        bool is_short = request->body.size <= SHORT_BODY;
        if (is_short)
            buffer_put(&bytes, request->body);
        ok = io_stream_write(stream, buffer_slice(&bytes), err) &&
             (is_short || io_stream_write(stream, request->body, err)) &&
             (request->source == NULL || send_source(stream, request->source, err));
    }
    buffer_fini(&bytes);
    return ok;
}

static bool check(enum http_parse result, const struct http_parser *parser, struct error *err)
{
    switch (result) {
    case HTTP_PARSE_BAD:
        return error_set(err, ERROR_PROTOCOL, "the peer's answer is not HTTP: %s",
                         http_parser_reason(parser));
    case HTTP_PARSE_HEAD_TOO_LARGE:
        return error_set(err, ERROR_TOO_LARGE, "the head of the peer's answer is too large");
    case HTTP_PARSE_BODY_TOO_LARGE:
        return error_set(err, ERROR_TOO_LARGE, "the body of the peer's answer is too large");
    case HTTP_PARSE_MORE:
    case HTTP_PARSE_HEAD:
    case HTTP_PARSE_DONE:
        break;
    }
    return true;
}

/* The peer closed: that ends some answers, and cuts the others short. */
static bool end_answer(struct http_parser *parser, struct error *err)
{
    if (http_parser_end(parser) == HTTP_PARSE_DONE)
        return true;
    return error_set(err, ERROR_CONNECTION, "the connection closed %s the answer",
                     http_parser_idle(parser) ? "before" : "inside");
}

/* The head is there. The body of an answer that is no success is collected, so that it can be
 * looked at. */
static enum http_parse begin_body(struct reception *r)
{
    int status = http_parser_message(r->parser)->status;
    if (r->sink == NULL || status < 200)
        return HTTP_PARSE_HEAD;
    if (status > 299)
        return http_parser_limit(r->parser, r->body_limit);
    http_parser_stream(r->parser);
    r->sinking = true;
    return HTTP_PARSE_HEAD;
}

/* What has come of a body that goes to the sink. */
static bool pour(struct reception *r, size_t least, struct error *err)
{
    struct slice piece = http_parser_piece(r->parser);
    if (!r->sinking || piece.size < least || piece.size == 0)
        return true;
    bool ok = r->sink->put(r->sink->owner, piece, err);
    http_parser_drop(r->parser, piece.size);
    return ok;
}

/* Takes what of `bytes` belongs to the answer. */
static bool take(struct reception *r, struct slice *bytes, struct error *err)
{
    enum http_parse result = HTTP_PARSE_HEAD;
    while (bytes->size > 0 || result == HTTP_PARSE_HEAD) {
        result = http_parser_feed(r->parser, bytes);
        if (result == HTTP_PARSE_HEAD)
            result = begin_body(r);
        if (!check(result, r->parser, err))
            return false;
        if (result != HTTP_PARSE_DONE)
            continue;
        int status = http_parser_message(r->parser)->status;
        if (status >= 200) {
            r->done = true;
            return true;
        }
        if (status == 101 || ++r->interim > INTERIM_LIMIT)
            return error_set(err, ERROR_PROTOCOL, "unexpected answer with status %d", status);
        http_parser_next(r->parser);
        if (r->head)
            http_parser_no_body(r->parser);
    }
    return true;
}

static bool receive(struct io_stream *stream, struct reception *r, struct http_response *response,
                    struct slice *left, struct error *err)
{
    uint8_t bytes[READ_SIZE];
    if (r->head)
        http_parser_no_body(r->parser);
    while (!r->done) {
        size_t got = 0;
        if (!io_stream_read(stream, bytes, sizeof bytes, &got, err))
            return false;
        if (got == 0) {
            *left = (struct slice){NULL, 0};
            return end_answer(r->parser, err) && pour(r, 0, err);
        }
        response->began = true;
        *left = slice_of(bytes, got);
        if (!take(r, left, err) || !pour(r, r->done ? 0 : SINK_PIECE, err))
            return false;
    }
    *left = slice_of(NULL, left->size);
    return true;
}

/* What follows a proxy's answer to CONNECT is the server's; of a refusal the status says enough. */
static bool has_no_body(const char *method)
{
    return strcmp(method, "HEAD") == 0 || strcmp(method, "CONNECT") == 0;
}

bool http_client_exchange(struct io_stream *stream, const struct http_request *request,
                          size_t body_limit, struct arena *arena, struct http_response *response,
                          struct error *err)
{
    *response = (struct http_response){.status = 0};
    struct http_parser *parser = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT,
                                                 request->sink != NULL ? UINT64_MAX : body_limit);
    struct reception reception = {
        .parser = parser,
        .sink = request->sink,
        .body_limit = body_limit,
        .head = has_no_body(request->method),
    };
    struct slice left = {NULL, 0};
    bool ok =
        send_request(stream, request, err) && receive(stream, &reception, response, &left, err);
    if (!ok)
        goto out;
    const struct http_message *message = http_parser_message(parser);
    struct http_header *headers = arena_array(arena, message->header_count + 1, sizeof *headers);
    for (size_t i = 0; i < message->header_count; i++) {
        headers[i].name = arena_copy(arena, message->headers[i].name);
        headers[i].value = arena_copy(arena, message->headers[i].value);
    }
    response->status = message->status;
    response->headers = headers;
    response->header_count = message->header_count;
    response->body = arena_copy(arena, message->body);
    /* Bytes after the answer belong to no request: the two sides disagree about its end. */
    response->keep_alive = message->keep_alive && left.size == 0;
out:
    http_parser_free(parser);
    return ok;
}

struct slice http_response_header(const struct http_response *response, const char *name)
{
    return http_header_find(response->headers, response->header_count, name);
}

enum error_code http_client_error_of(int status)
{
    static const enum error_code codes[] = {
#define ERROR_CODE(code, name, status, exit) code,
        ERROR_CODES(ERROR_CODE)
#undef ERROR_CODE
    };
    if (status < 400)
        return ERROR_PROTOCOL;
    if (status == error_http_status(ERROR_DEVICE))
        return ERROR_DEVICE;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (error_http_status(codes[i]) == status)
            return codes[i];
    return status < 500 ? ERROR_INVALID : ERROR_INTERNAL;
}
