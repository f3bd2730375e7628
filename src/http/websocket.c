#include "http/websocket.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"
#include "http/websocket_frame.h"
#include "io/fiber.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT  ((uint32_t)1024 * 1024)
#define PING_S_DEFAULT 30
#define SILENCES       3     /* of ping_s each: the second and the third after a question */
#define MESSAGE_PIECE  4096  /* of the peer's bytes, read at a time for a message */
#define PIECE          16384 /* most payload bytes that are copied behind a head at a time */
#define CONTROL_MS     30000 /* for the peer to take a control frame */
#define NO_CODE        1005  /* RFC 6455 7.1.5: a Close that gave none */

/* A control frame that has yet to be sent. */
struct control {
    uint8_t kind; /* 0: none */
    uint8_t size;
    uint8_t payload[HTTP_FRAME_CONTROL_SIZE];
};

struct http_websocket {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    struct http_frame_decoder decoder;
    struct slice ahead; /* what is left of it */
    uint8_t *ahead_memory;
    struct control control;
    struct io_wait writable; /* the reader has sent its control frame */
    uint32_t ping_ms;
    uint8_t silences; /* waits of ping_ms in a row that brought nothing */
    bool client;
    bool text;
    bool messages;   /* and no stream of bytes */
    bool writing;    /* a frame is on its way into `inner` */
    bool close_sent; /* nothing may follow it */
    bool closed;     /* the peer has sent Close */
    bool broken;     /* of no further use, for `why`; a frame may have been cut */
    uint16_t code;   /* of the peer's Close */
    uint8_t reason_size;
    char reason[HTTP_WEBSOCKET_REASON_SIZE];
    struct error why;
};

static struct http_websocket *self_of(const struct io_stream *stream)
{
    return (struct http_websocket *)(void *)(uintptr_t)stream;
}

static bool fail(const struct http_websocket *s, struct error *err)
{
    if (err != NULL)
        *err = s->why;
    return false;
}

static bool break_off(struct http_websocket *s, const struct error *why, struct error *err)
{
    s->broken = true;
    s->why = *why;
    return fail(s, err);
}

/* ---- control frames ---- */

/* What is not sent yet is replaced by what matters more: the last ping is the one to answer (RFC
 * 6455 5.5.3), and Close is the last word. */
static void post_control(struct http_websocket *s, enum http_frame_kind kind, struct slice payload)
{
    if (s->close_sent || s->control.kind == HTTP_FRAME_CLOSE ||
        (s->control.kind == HTTP_FRAME_PONG && kind == HTTP_FRAME_PING))
        return;
    s->control.kind = (uint8_t)kind;
    s->control.size = (uint8_t)payload.size;
    if (payload.size > 0)
        memcpy(s->control.payload, payload.data, payload.size);
}

static void post_close(struct http_websocket *s, uint16_t code, struct slice reason)
{
    uint8_t payload[HTTP_FRAME_CONTROL_SIZE] = {(uint8_t)(code >> 8), (uint8_t)code};
    reason = slice_first_text(reason, HTTP_FRAME_CONTROL_SIZE - 2);
    if (reason.size > 0)
        memcpy(payload + 2, reason.data, reason.size);
    post_control(s, HTTP_FRAME_CLOSE, slice_of(payload, 2 + reason.size));
}

/* A control frame is the reader's to send, and nothing else bounds that: a peer that asks and takes
 * no answer would be read no further, and never found out. */
static bool write_control(struct http_websocket *s, struct slice bytes, struct error *why)
{
    uint64_t outer = io_deadline_within(CONTROL_MS);
    bool ok = io_stream_write(s->inner, bytes, why);
    io_deadline_restore(outer);
    if (!ok && why->code == ERROR_TIMEOUT && io_deadline_left() > 0)
        (void)error_set(why, ERROR_TIMEOUT, "the peer took no control frame for %d s",
                        CONTROL_MS / 1000);
    return ok;
}

/* Sends what is posted, unless a frame is on its way: then whoever sends that one goes on with
 * this. */
static bool flush_control(struct http_websocket *s, struct error *err)
{
    while (s->control.kind != 0 && !s->writing && !s->broken) {
        uint8_t frame[HTTP_FRAME_HEAD_SIZE + HTTP_FRAME_CONTROL_SIZE];
        uint8_t mask[4];
        struct error why;
        if (s->client)
            random_bytes(mask, sizeof mask);
        size_t head =
            http_frame_head(frame, s->control.kind, s->control.size, s->client ? mask : NULL);
        memcpy(frame + head, s->control.payload, s->control.size);
        if (s->client)
            http_frame_mask(frame + head, frame + head, s->control.size, mask, 0);
        s->close_sent = s->control.kind == HTTP_FRAME_CLOSE;
        struct slice bytes = slice_of(frame, head + s->control.size);
        s->control.kind = 0;
        s->writing = true;
        bool ok = write_control(s, bytes, &why);
        s->writing = false;
        io_signal(&s->writable);
        if (!ok)
            return break_off(s, &why, err);
    }
    return true;
}

/* ---- reading ---- */

/* The peer breaks the rules: it is told so, and the stream is over. */
static bool refuse(struct http_websocket *s, uint16_t code, const char *reason, struct error *err)
{
    struct error why;
    (void)error_set(&why, code == 1009 ? ERROR_TOO_LARGE : ERROR_PROTOCOL,
                    "the peer's WebSocket is broken: %s", reason);
    post_close(s, code, slice_of_string(reason));
    uint64_t outer = io_deadline_within(0); /* who breaks rules is not waited for */
    (void)flush_control(s, NULL);
    io_deadline_restore(outer);
    return break_off(s, &why, err);
}

static void note_close(struct http_websocket *s)
{
    const struct http_frame_decoder *d = &s->decoder;
    s->closed = true;
    s->code = NO_CODE;
    if (d->control_size >= 2) {
        s->code = (uint16_t)(d->control[0] << 8 | d->control[1]);
        s->reason_size = (uint8_t)(d->control_size - 2);
        memcpy(s->reason, d->control + 2, s->reason_size);
    }
    /* The same code goes back (RFC 6455 5.5.1), so that the peer can close in order. */
    post_control(s, HTTP_FRAME_CLOSE, slice_of(d->control, d->control_size < 2 ? 0 : 2));
}

/* Keeps bytes that follow a message for the next one: they come before what is left of `ahead`. */
static void push_back(struct http_websocket *s, struct slice bytes)
{
    uint8_t *memory = memory_new(bytes.size + s->ahead.size + 1);
    memcpy(memory, bytes.data, bytes.size);
    if (s->ahead.size > 0)
        memcpy(memory + bytes.size, s->ahead.data, s->ahead.size);
    struct slice both = slice_of(memory, bytes.size + s->ahead.size);
    if (s->ahead_memory != NULL && s->ahead.size > 0)
        memory_wipe(s->ahead_memory + (s->ahead.data - s->ahead_memory), s->ahead.size);
    free(s->ahead_memory);
    s->ahead_memory = memory;
    s->ahead = both;
}

/* Decodes `got` bytes at `to` in place. *size is what that gave; *whole when it ends a message. */
static bool decode(struct http_websocket *s, uint8_t *to, size_t got, size_t *size, bool *whole,
                   struct error *err)
{
    struct http_decoding at = {to, got, to};
    enum http_decoded result = HTTP_DECODED_PONG;
    while (result == HTTP_DECODED_PONG || result == HTTP_DECODED_PING) {
        result = http_frame_decode(&s->decoder, &at);
        if (result == HTTP_DECODED_BAD)
            return refuse(s, s->decoder.code, s->decoder.why, err);
        if (result == HTTP_DECODED_PING)
            post_control(s, HTTP_FRAME_PONG, slice_of(s->decoder.control, s->decoder.control_size));
    }
    if (result == HTTP_DECODED_CLOSE)
        note_close(s);
    *whole = result == HTTP_DECODED_MESSAGE;
    if (*whole && at.left > 0)
        push_back(s, slice_of(at.from, at.left));
    *size = (size_t)(at.to - to);
    return true;
}

/* The peer has said nothing for a while. Asks it for a sign of life; false when it has been asked
 * before and is gone. A peer to which a frame is stuck cannot be asked: as long as the kernel has
 * hope for it, so have we. */
static bool ask(struct http_websocket *s, struct error *err)
{
    struct error why;
    if (s->writing)
        return true;
    if (++s->silences >= SILENCES) {
        (void)error_set(&why, ERROR_CONNECTION, "the peer gives no sign of life");
        return break_off(s, &why, err);
    }
    post_control(s, HTTP_FRAME_PING, slice_of(NULL, 0));
    return flush_control(s, err);
}

/* Waits for bytes of the peer. *got is 0 at the end of `inner`. */
static bool fetch(struct http_websocket *s, void *to, size_t size, size_t *got, struct error *err)
{
    if (s->ahead.size > 0) {
        struct slice first = slice_first(s->ahead, size);
        memcpy(to, first.data, first.size);
        memory_wipe(s->ahead_memory + (first.data - s->ahead_memory), first.size);
        *got = first.size;
        s->ahead = slice_from(s->ahead, first.size);
        return true;
    }
    free(s->ahead_memory);
    s->ahead_memory = NULL;
    for (;;) {
        struct error why;
        uint64_t outer = io_deadline_within(s->ping_ms);
        bool ok = io_stream_read(s->inner, to, size, got, &why);
        io_deadline_restore(outer);
        if (ok) {
            s->silences = 0;
            return true;
        }
        if (why.code != ERROR_TIMEOUT || io_deadline_left() == 0) {
            if (err != NULL)
                *err = why;
            return false;
        }
        if (!ask(s, err))
            return false;
    }
}

/* One read of the peer's bytes, decoded into `to`. */
static bool take(struct http_websocket *s, void *to, size_t size, size_t *got, bool *whole,
                 struct error *err)
{
    size_t raw = 0;
    if (s->broken)
        return fail(s, err);
    if (!fetch(s, to, size, &raw, err))
        return false;
    if (raw == 0) {
        struct error why;
        (void)error_set(&why, ERROR_CONNECTION, "the peer has gone without a Close frame");
        return break_off(s, &why, err);
    }
    if (!decode(s, to, raw, got, whole, err))
        return false;
    (void)flush_control(s, NULL); /* when that breaks it, the next turn says so */
    return true;
}

static bool stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct http_websocket *s = self_of(stream);
    bool whole;
    while (!s->closed && size > 0 && *got == 0)
        if (!take(s, to, size, got, &whole, err))
            return false;
    return true;
}

bool http_websocket_receive(struct io_stream *stream, struct buffer *message, bool *closed,
                            struct error *err)
{
    struct http_websocket *s = self_of(stream);
    bool whole = false;
    buffer_clear(message);
    while (!whole && !s->closed) {
        size_t got = 0;
        uint8_t *to = buffer_reserve(message, MESSAGE_PIECE);
        if (to == NULL)
            return refuse(s, 1009, "a message over the limit", err);
        if (!take(s, to, MESSAGE_PIECE, &got, &whole, err))
            return false;
        buffer_added(message, got);
    }
    *closed = s->closed;
    if (s->closed)
        buffer_clear(message);
    else if (s->decoder.text && !encoding_is_utf8(buffer_slice(message)))
        return refuse(s, 1007, "text that is not UTF-8", err);
    return true;
}

/* ---- writing ---- */

/* Bytes of a message's payload, on their way into pieces. */
struct payload {
    struct slice bytes; /* that are left */
    bool text;
    uint8_t *mask; /* NULL: none */
    uint64_t sent;
};

static uint64_t payload_size(struct slice bytes, bool text)
{
    uint64_t size = bytes.size;
    for (size_t i = 0; text && i < bytes.size; i++)
        size += bytes.data[i] >> 7;
    return size;
}

/* Fills `to` as far as `size` goes and returns how far that is. */
static size_t fill(struct payload *p, uint8_t *to, size_t size)
{
    size_t used = 0;
    if (!p->text) {
        used = slice_first(p->bytes, size).size;
        memcpy(to, p->bytes.data, used);
        p->bytes = slice_from(p->bytes, used);
    } else {
        size_t i = 0;
        for (; i < p->bytes.size && used + 2 <= size; i++) {
            uint8_t c = p->bytes.data[i];
            if (c >= 0x80)
                to[used++] = (uint8_t)(0xc0 | c >> 6);
            to[used++] = c < 0x80 ? c : (uint8_t)(0x80 | (c & 0x3f));
        }
        p->bytes = slice_from(p->bytes, i);
    }
    if (p->mask != NULL)
        http_frame_mask(to, to, used, p->mask, p->sent);
    p->sent += used;
    return used;
}

static bool send_message(struct http_websocket *s, struct slice bytes, struct error *err)
{
    uint8_t mask[4];
    bool encodes = s->text && !s->messages; /* else the text is UTF-8 already */
    struct payload p = {bytes, encodes, s->client ? mask : NULL, 0};
    uint64_t size = payload_size(bytes, encodes);
    size_t room = HTTP_FRAME_HEAD_SIZE + (size < PIECE ? (size_t)size + 1 : PIECE);
    uint8_t *piece = memory_resize(NULL, room);
    if (s->client)
        random_bytes(mask, sizeof mask);
    size_t used =
        http_frame_head(piece, s->text ? HTTP_FRAME_TEXT : HTTP_FRAME_BINARY, size, p.mask);
    used += fill(&p, piece + used, room - used);
    bool ok = io_stream_write(s->inner, slice_of(piece, used), err);
    if (ok && !p.text && p.mask == NULL && p.bytes.size > 0) {
        ok = io_stream_write(s->inner, p.bytes, err);
        p.bytes.size = 0;
    }
    while (ok && p.bytes.size > 0) {
        used = fill(&p, piece, room);
        ok = io_stream_write(s->inner, slice_of(piece, used), err);
    }
    free(piece);
    return ok;
}

static bool stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct http_websocket *s = self_of(stream);
    struct error why;
    while (s->writing) /* the reader sends a control frame */
        if (!io_wait_for(&s->writable, IO_FOREVER, err))
            return false;
    if (s->broken)
        return fail(s, err);
    if (s->close_sent || s->closed)
        return error_set(err, ERROR_CONNECTION, "the WebSocket is closed");
    if (bytes.size == 0)
        return true;
    s->writing = true;
    bool ok = send_message(s, bytes, &why);
    s->writing = false;
    if (!ok)
        return break_off(s, &why, err);
    return flush_control(s, err);
}

/* ---- life and death ---- */

bool http_websocket_end(struct io_stream *stream, uint16_t code, const char *reason)
{
    struct http_websocket *s = self_of(stream);
    bool sent = false;
    if (!s->broken && !s->writing && io_on_fiber()) {
        uint64_t outer = io_deadline_within(0);
        post_close(s, code, slice_of_string(reason));
        sent = flush_control(s, NULL);
        io_deadline_restore(outer);
    }
    io_stream_close(s->inner);
    free(s->ahead_memory);
    free(s);
    return sent;
}

static void stream_close(struct io_stream *stream)
{
    (void)http_websocket_end(stream, HTTP_WEBSOCKET_NORMAL, "");
}

struct io_stream *http_websocket_stream(struct io_stream *inner,
                                        const struct http_websocket_options *options,
                                        struct slice ahead)
{
    static const struct io_stream_methods methods = {stream_read, stream_write, stream_close};
    struct http_websocket *s = memory_new(sizeof *s);
    s->stream.methods = &methods;
    s->inner = inner;
    s->client = options->role == HTTP_WEBSOCKET_CLIENT;
    s->text = options->text;
    s->messages = options->messages;
    s->ping_ms = 1000 * (options->ping_s == 0 ? PING_S_DEFAULT : options->ping_s);
    http_frame_decoder_init(&s->decoder, !s->client,
                            options->message_limit == 0 ? LIMIT_DEFAULT : options->message_limit);
    s->decoder.whole = options->messages;
    if (ahead.size > 0) {
        s->ahead_memory = memory_new(ahead.size);
        memcpy(s->ahead_memory, ahead.data, ahead.size);
        s->ahead = slice_of(s->ahead_memory, ahead.size);
    }
    return &s->stream;
}

void http_websocket_set_text(struct io_stream *stream, bool text)
{
    self_of(stream)->text = text;
}

bool http_websocket_peer_text(const struct io_stream *stream)
{
    return self_of(stream)->decoder.text;
}

bool http_websocket_closed_by(const struct io_stream *stream, uint16_t *code,
                              char reason[HTTP_WEBSOCKET_REASON_SIZE])
{
    const struct http_websocket *s = self_of(stream);
    *code = s->code;
    memcpy(reason, s->reason, s->reason_size);
    reason[s->reason_size] = '\0';
    return s->closed;
}
