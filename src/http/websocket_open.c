#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"
#include "http/client.h"
#include "http/json.h"
#include "http/parse.h"
#include "http/websocket.h"
#include "http/websocket_key.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_LIMIT ((size_t)16 * 1024)
#define BODY_LIMIT ((size_t)64 * 1024) /* of a refusal */
#define READ_SIZE  4096

/* What one handshake needs. */
struct opening {
    struct io_stream *inner;
    struct arena arena;
    struct http_parser *parser;
    struct slice key;
    const char *protocol;     /* NULL: none */
    uint8_t bytes[READ_SIZE]; /* of the answer, the last that came */
    struct slice left;        /* of them, behind the answer's head */
};

static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static bool send_request(struct opening *o, const char *host, const char *target,
                         const char *bearer, struct error *err)
{
    struct buffer head;
    uint8_t key[HTTP_WEBSOCKET_KEY_SIZE];
    random_bytes(key, sizeof key);
    o->key = encoding_base64(&o->arena, slice_of(key, sizeof key));
    if (!is_clean(host) || !is_clean(target) || strchr(target, ' ') != NULL ||
        (o->protocol != NULL && !is_clean(o->protocol)) || (bearer != NULL && !is_clean(bearer)))
        return error_set(err, ERROR_INVALID, "a header has a control character in it");
    buffer_init_secret(&head, HEAD_LIMIT);
    buffer_printf(&head, "GET %s HTTP/1.1\r\nHost: %s\r\n", target, host);
    buffer_put_text(&head, "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
    buffer_put(&head, o->key);
    if (o->protocol != NULL) {
        buffer_put_text(&head, "\r\nSec-WebSocket-Protocol: ");
        buffer_put_text(&head, o->protocol);
    }
    if (bearer != NULL) {
        buffer_put_text(&head, "\r\nAuthorization: Bearer ");
        buffer_put_text(&head, bearer);
    }
    buffer_put_text(&head, "\r\n\r\n");
    bool ok = buffer_ok(&head) ? io_stream_write(o->inner, buffer_slice(&head), err)
                               : error_set(err, ERROR_TOO_LARGE, "the request is too large");
    buffer_fini(&head);
    return ok;
}

/* Feeds the parser until it says HEAD or DONE. */
static bool receive(struct opening *o, enum http_parse *result, struct error *err)
{
    for (;;) {
        if (o->left.size > 0 || *result == HTTP_PARSE_HEAD)
            *result = http_parser_feed(o->parser, &o->left);
        else
            *result = HTTP_PARSE_MORE;
        if (*result == HTTP_PARSE_HEAD || *result == HTTP_PARSE_DONE)
            return true;
        if (*result != HTTP_PARSE_MORE)
            return error_set(err, ERROR_PROTOCOL, "the server's answer is not HTTP: %s",
                             http_parser_reason(o->parser));
        size_t got = 0;
        if (!io_stream_read(o->inner, o->bytes, sizeof o->bytes, &got, err))
            return false;
        if (got == 0) {
            *result = http_parser_end(o->parser);
            return *result == HTTP_PARSE_DONE ||
                   error_set(err, ERROR_CONNECTION, "the server hung up during the handshake");
        }
        o->left = slice_of(o->bytes, got);
    }
}

/* The server said no: the sentence of its body, or the status. */
static bool explain(struct opening *o, struct error *err)
{
    int status = http_parser_message(o->parser)->status;
    enum http_parse result = HTTP_PARSE_HEAD;
    const char *text = NULL;
    json_t *json = NULL;
    if (receive(o, &result, NULL) && result == HTTP_PARSE_DONE)
        json = http_json_parse(http_parser_message(o->parser)->body, NULL);
    text = json_string_value(json_object_get(json, "errorDescription"));
    if (text == NULL)
        text = json_string_value(json_object_get(json, "error"));
    if (text == NULL)
        text = json_string_value(json_object_get(json, "message"));
    if (text != NULL)
        (void)error_set(err, http_client_error_of(status), "%s", text);
    else
        (void)error_set(err, http_client_error_of(status), "the server answered with status %d",
                        status);
    json_decref(json);
    return false;
}

static bool check_answer(struct opening *o, struct error *err)
{
    const struct http_message *m = http_parser_message(o->parser);
    if (m->status != 101)
        return explain(o, err);
    struct slice upgrade = http_header_find(m->headers, m->header_count, "Upgrade");
    struct slice connection = http_header_find(m->headers, m->header_count, "Connection");
    struct slice answer = http_header_find(m->headers, m->header_count, "Sec-WebSocket-Accept");
    struct slice chosen = http_header_find(m->headers, m->header_count, "Sec-WebSocket-Protocol");
    if (!slice_equal_ignore_case(upgrade, SLICE_LITERAL("websocket")) ||
        !http_header_has_token(connection, "Upgrade") ||
        !slice_equal(answer, http_websocket_answer_to(&o->arena, o->key)))
        return error_set(err, ERROR_PROTOCOL, "the server's WebSocket handshake is wrong");
    if (http_header_find(m->headers, m->header_count, "Sec-WebSocket-Extensions").size > 0)
        return error_set(err, ERROR_PROTOCOL,
                         "the server chose a WebSocket extension that was not offered");
    if (!slice_equal(chosen, slice_of_string(o->protocol)))
        return error_set(err, ERROR_PROTOCOL, "the server did not choose the sub-protocol");
    return true;
}

static struct io_stream *open_with(struct io_stream *inner, const char *host, const char *target,
                                   const char *protocol, const char *bearer,
                                   const struct http_websocket_options *options, struct error *err)
{
    struct opening *o = memory_new(sizeof *o);
    enum http_parse result = HTTP_PARSE_MORE;
    struct io_stream *stream = NULL;
    o->inner = inner;
    o->protocol = protocol;
    o->parser = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT, BODY_LIMIT);
    arena_init(&o->arena);
    if (send_request(o, host, target, bearer, err) && receive(o, &result, err) &&
        check_answer(o, err))
        stream = http_websocket_stream(inner, options, o->left);
    else
        io_stream_close(inner);
    http_parser_free(o->parser);
    arena_fini_wiped(&o->arena);
    free(o);
    return stream;
}

struct io_stream *http_websocket_open(struct io_stream *inner, const char *host, const char *target,
                                      const char *protocol, const char *bearer, struct error *err)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_CLIENT};
    return open_with(inner, host, target, protocol, bearer, &options, err);
}

struct io_stream *http_websocket_open_messages(struct io_stream *inner, const char *host,
                                               const char *target, const char *bearer,
                                               uint32_t message_limit, struct error *err)
{
    const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_CLIENT,
                                                   .text = true,
                                                   .messages = true,
                                                   .message_limit = message_limit};
    return open_with(inner, host, target, NULL, bearer, &options, err);
}
