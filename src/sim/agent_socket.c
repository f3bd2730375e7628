#include "sim/agent_socket.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"
#include "io/fiber.h"
#include "io/stream.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_LIMIT 8192
#define PIECE      4096
#define GUID       "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

struct sim_socket {
    struct io_stream *stream;
    struct buffer in; /* bytes that came and are not used yet */
};

/* ---- the address ---- */

bool sim_socket_target_read(struct slice url, struct sim_socket_target *target, struct error *err)
{
    uint64_t port;
    memset(target, 0, sizeof(*target));
    target->tls = slice_starts_with(url, SLICE_LITERAL("wss://"));
    if (!target->tls && !slice_starts_with(url, SLICE_LITERAL("ws://")))
        return error_set(err, ERROR_INVALID, "--url begins with ws:// or wss://");
    struct slice rest = slice_from(url, target->tls ? 6 : 5);
    size_t slash = slice_index_of(rest, '/');
    struct slice path = slash < rest.size ? slice_from(rest, slash) : SLICE_LITERAL("/");
    struct slice host = slice_first(rest, slash);
    struct slice digits = {0};
    size_t bracket = slice_index_of(host, ']');
    size_t colon = slice_index_of(slice_from(host, bracket < host.size ? bracket : 0), ':') +
                   (bracket < host.size ? bracket : 0);
    if (colon < host.size) {
        digits = slice_from(host, colon + 1);
        host = slice_first(host, colon);
    }
    if (host.size >= 2 && host.data[0] == '[')
        host = slice_first(slice_from(host, 1), host.size - 2);
    port = target->tls ? 443 : 80;
    if (host.size == 0 || host.size >= sizeof(target->host) || path.size >= sizeof(target->path) ||
        (digits.size > 0 && !slice_to_u64(digits, UINT16_MAX, &port)))
        return error_set(err, ERROR_INVALID, "--url: '%.*s' is no address", SLICE_ARG(url));
    memcpy(target->host, host.data, host.size);
    memcpy(target->path, path.data, path.size);
    target->port = (uint16_t)port;
    for (size_t i = 0; i < url.size; i++) {
        if (url.data[i] <= ' ' || url.data[i] > '~')
            return error_set(err, ERROR_INVALID, "--url has a character that no URL has");
    }
    return true;
}

/* ---- bytes ---- */

/* Waits until at least `size` bytes are there. */
static bool need(struct sim_socket *socket, size_t size, struct error *err)
{
    while (buffer_size(&socket->in) < size) {
        uint8_t piece[PIECE];
        size_t got = 0;
        if (!io_stream_read(socket->stream, piece, sizeof(piece), &got, err))
            return false;
        if (got == 0)
            return error_set(err, ERROR_CONNECTION, "the server has closed the connection");
        buffer_put(&socket->in, slice_of(piece, got));
        if (!buffer_ok(&socket->in))
            return error_set(err, ERROR_TOO_LARGE, "the server says too much");
    }
    return true;
}

/* ---- the handshake ---- */

static void accept_of(const char *key, char accept[32])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct arena arena;
    arena_init(&arena);
    const char *text = arena_printf(&arena, "%s" GUID, key);
    (void)EVP_Digest(text, strlen(text), digest, &size, EVP_sha1(), NULL);
    struct slice encoded = encoding_base64(&arena, slice_of(digest, size));
    snprintf(accept, 32, "%.*s", SLICE_ARG(encoded));
    arena_fini(&arena);
}

/* The head of the answer, without its empty line, in the buffer's front; `size` with it. */
static bool read_head(struct sim_socket *socket, size_t *size, struct error *err)
{
    for (size_t wanted = 4;; wanted = buffer_size(&socket->in) + 1) {
        if (!need(socket, wanted, err))
            return false;
        struct slice all = buffer_slice(&socket->in);
        const uint8_t *end = memmem(all.data, all.size, "\r\n\r\n", 4);
        if (end != NULL) {
            *size = (size_t)(end - all.data) + 4;
            return true;
        }
        if (all.size > HEAD_LIMIT)
            return error_set(err, ERROR_PROTOCOL, "the server's answer is no handshake");
    }
}

static bool check_head(struct slice head, const char *key, struct error *err)
{
    char accept[32];
    struct slice line = slice_split(&head, '\n');
    line = slice_trim(line);
    if (!slice_starts_with(line, SLICE_LITERAL("HTTP/1.1 101")))
        return error_set(err,
                         slice_starts_with(line, SLICE_LITERAL("HTTP/1.1 401")) ? ERROR_UNAUTHORIZED
                                                                                : ERROR_PROTOCOL,
                         "the server answers '%.*s'", SLICE_ARG(slice_first(line, 80)));
    accept_of(key, accept);
    while (head.size > 0) {
        struct slice value = slice_split(&head, '\n');
        struct slice name = slice_split(&value, ':');
        if (slice_equal_ignore_case(slice_trim(name), SLICE_LITERAL("Sec-WebSocket-Accept")))
            return slice_equal_string(slice_trim(value), accept) ||
                   error_set(err, ERROR_PROTOCOL, "the server accepts another key");
    }
    return error_set(err, ERROR_PROTOCOL, "the server accepts no key");
}

static bool shake_hands(struct sim_socket *socket, const struct sim_socket_target *target,
                        const char *bearer, struct error *err)
{
    uint8_t nonce[16];
    struct buffer request;
    struct arena arena;
    size_t size = 0;
    arena_init(&arena);
    random_bytes(nonce, sizeof(nonce));
    const char *key = arena_string(&arena, encoding_base64(&arena, slice_of(nonce, sizeof(nonce))));
    buffer_init_secret(&request, HEAD_LIMIT);
    buffer_printf(&request,
                  "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n",
                  target->path, target->host, target->port, key);
    if (bearer != NULL)
        buffer_printf(&request, "Authorization: Bearer %s\r\n", bearer);
    buffer_put_text(&request, "\r\n");
    bool done = buffer_ok(&request) &&
                io_stream_write(socket->stream, buffer_slice(&request), err) &&
                read_head(socket, &size, err) &&
                check_head(slice_first(buffer_slice(&socket->in), size), key, err);
    if (done)
        buffer_consume(&socket->in, size);
    buffer_fini(&request);
    arena_fini(&arena);
    return done;
}

struct sim_socket *sim_socket_open(const struct sim_socket_target *target,
                                   struct io_resolver *resolver, struct io_tls *tls,
                                   const char *server_name, const char *bearer, struct error *err)
{
    struct io_address addresses[IO_RESOLVE_MOST];
    size_t count = 0;
    if (!io_resolve(resolver, target->host, target->port, addresses, &count, err))
        return NULL;
    struct io_conn *conn =
        io_connect(&addresses[0], target->tls ? tls : NULL, target->tls ? server_name : NULL, err);
    if (conn == NULL)
        return NULL;
    struct sim_socket *socket = memory_new(sizeof(*socket));
    socket->stream = io_conn_stream(conn);
    buffer_init(&socket->in, 1024 * 1024);
    if (shake_hands(socket, target, bearer, err))
        return socket;
    sim_socket_close(socket, false);
    return NULL;
}

/* ---- frames ---- */

static bool send_frame(struct sim_socket *socket, unsigned kind, struct slice payload,
                       struct error *err)
{
    uint8_t mask[4];
    struct buffer frame;
    buffer_init_secret(&frame, payload.size + 16);
    random_bytes(mask, sizeof(mask));
    buffer_put_u8(&frame, (uint8_t)(0x80 | kind));
    if (payload.size < 126) {
        buffer_put_u8(&frame, (uint8_t)(0x80 | payload.size));
    } else if (payload.size <= UINT16_MAX) {
        buffer_put_u8(&frame, 0x80 | 126);
        buffer_put_u16_be(&frame, (uint16_t)payload.size);
    } else {
        buffer_put_u8(&frame, 0x80 | 127);
        buffer_put_u32_be(&frame, 0);
        buffer_put_u32_be(&frame, (uint32_t)payload.size);
    }
    buffer_put(&frame, slice_of(mask, sizeof(mask)));
    uint8_t *room = buffer_reserve(&frame, payload.size);
    for (size_t i = 0; room != NULL && i < payload.size; i++)
        room[i] = payload.data[i] ^ mask[i & 3];
    buffer_added(&frame, payload.size);
    bool sent = io_stream_write(socket->stream, buffer_slice(&frame), err);
    buffer_fini(&frame);
    return sent;
}

bool sim_socket_send(struct sim_socket *socket, struct slice text, struct error *err)
{
    return send_frame(socket, TEXT, text, err);
}

struct frame {
    unsigned kind;
    bool last;
    size_t size;
};

static bool read_frame(struct sim_socket *socket, struct frame *frame, size_t most,
                       struct error *err)
{
    if (!need(socket, 2, err))
        return false;
    const uint8_t *head = buffer_slice(&socket->in).data;
    uint64_t size = head[1] & 127u;
    size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    *frame = (struct frame){.kind = head[0] & 15u, .last = (head[0] & 0x80) != 0};
    if ((head[0] & 0x70) != 0 || (head[1] & 0x80) != 0)
        return error_set(err, ERROR_PROTOCOL, "the server's frame is masked, or of an extension");
    if (!need(socket, 2 + more, err))
        return false;
    head = buffer_slice(&socket->in).data;
    if (more > 0)
        size = 0;
    for (size_t i = 0; i < more; i++)
        size = size << 8 | head[2 + i];
    if (size > most)
        return error_set(err, ERROR_TOO_LARGE, "the server's message is too long");
    frame->size = (size_t)size;
    buffer_consume(&socket->in, 2 + more);
    return need(socket, frame->size, err);
}

bool sim_socket_read(struct sim_socket *socket, struct buffer *message, struct error *err)
{
    bool begun = false;
    struct frame frame;
    buffer_clear(message);
    while (read_frame(socket, &frame, message->limit, err)) {
        struct slice payload = slice_first(buffer_slice(&socket->in), frame.size);
        bool sent = true;
        if (frame.kind == CLOSE)
            return error_set(err, ERROR_CONNECTION, "the server has said goodbye");
        if (frame.kind == PING)
            sent = send_frame(socket, PONG, payload, err);
        if (!sent)
            return false;
        if (frame.kind == TEXT || frame.kind == 0) {
            if ((frame.kind == TEXT) == begun)
                return error_set(err, ERROR_PROTOCOL, "the server's frames are out of order");
            begun = true;
            buffer_put(message, payload);
        } else if (frame.kind != PING && frame.kind != PONG) {
            return error_set(err, ERROR_PROTOCOL, "the server's message is no text");
        }
        buffer_consume(&socket->in, frame.size);
        if (begun && frame.last && frame.kind < CLOSE)
            return buffer_ok(message) ||
                   error_set(err, ERROR_TOO_LARGE, "the server's message is too long");
    }
    return false;
}

void sim_socket_close(struct sim_socket *socket, bool politely)
{
    static const uint8_t normal[] = {1000 >> 8, 1000 & 255};
    if (socket == NULL)
        return;
    if (politely) {
        uint64_t before = io_deadline_within(1000);
        (void)send_frame(socket, CLOSE, slice_of(normal, sizeof(normal)), NULL);
        io_deadline_restore(before);
    }
    io_stream_close(socket->stream);
    buffer_fini(&socket->in);
    free(socket);
}
