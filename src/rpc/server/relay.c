#include "rpc/server/relay.h"

#include "core/memory.h"
#include "http/parse.h"
#include "io/loop.h"
#include "mei/lme.h"

#include <stdlib.h>
#include <string.h>

/* AMT answers within a moment, but for the set-up, which takes it seconds. Servers give up after 12
 * s and ask again (rps.md 2.9): an answer after that would be taken for another one's. */
#define ANSWER_MS  11000
#define SILENCE_MS 2000 /* inside of an answer */
#define OPEN_TRIES 12   /* AMT shuts its doors for moments while it takes settings over */
#define OPEN_MS    500  /* between two of them */
#define SWITCH_MS  25000
#define SWITCH_GAP 500

/* How long nothing must come until what came is taken for a whole flight, where it does not say so
 * itself: at the end of a record, in the handshake and later, and inside of one. */
#define HANDSHAKE_IDLE_MS 100
#define DATA_IDLE_MS      10
#define RECORD_IDLE_MS    2000
#define HANDSHAKE_ROUNDS  3

#define HEAD_LIMIT  ((size_t)16 * 1024)
#define BODY_LIMIT  ((size_t)512 * 1024)
#define HEARD_LIMIT ((size_t)1024 * 1024)
#define HEARD_PAUSE ((size_t)256 * 1024) /* reading waits from there on */
#define PIECE       4096

void rpc_relay_init(struct rpc_relay *relay, struct rpc_access *access, struct io_wait *changed)
{
    *relay =
        (struct rpc_relay){.access = access, .tunnel_port = MEI_LME_TLS_PORT, .changed = changed};
    buffer_init_secret(&relay->heard, HEARD_LIMIT);
}

void rpc_relay_fini(struct rpc_relay *relay)
{
    rpc_relay_hang_up(relay);
    buffer_fini(&relay->heard);
}

static bool open_stream(struct rpc_relay *relay, uint16_t port, struct io_stream **stream,
                        struct error *err)
{
    for (unsigned tries = 1; !rpc_access_stream(relay->access, port, stream, err); tries++)
        if (err->code == ERROR_CANCELLED || tries == OPEN_TRIES || !io_sleep(OPEN_MS, NULL))
            return error_wrap(err, "AMT's port %u", (unsigned)port);
    return true;
}

/* ---- plain ---- */

static enum http_parse feed(struct http_parser *parser, struct slice bytes)
{
    enum http_parse result = HTTP_PARSE_HEAD;
    while (result == HTTP_PARSE_HEAD || (result == HTTP_PARSE_MORE && bytes.size > 0))
        result = http_parser_feed(parser, &bytes);
    return result;
}

static void read_answer(struct io_stream *stream, struct buffer *answer)
{
    struct http_parser *parser = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT, BODY_LIMIT);
    uint8_t piece[PIECE];
    size_t got = 0;
    enum http_parse result = HTTP_PARSE_MORE; /* anything else but DONE: silence is the end */
    while (result != HTTP_PARSE_DONE && buffer_ok(answer)) {
        uint64_t outer = io_deadline_within(buffer_size(answer) == 0 ? ANSWER_MS : SILENCE_MS);
        bool ok = io_stream_read(stream, piece, sizeof piece, &got, NULL);
        io_deadline_restore(outer);
        if (!ok || got == 0)
            break;
        buffer_put(answer, slice_of(piece, got));
        if (result == HTTP_PARSE_MORE)
            result = feed(parser, slice_of(piece, got));
    }
    http_parser_free(parser);
    memory_wipe(piece, sizeof piece);
}

bool rpc_relay_ask(struct rpc_relay *relay, struct slice request, size_t limit, struct arena *arena,
                   struct slice *answer, struct error *err)
{
    struct io_stream *stream = NULL;
    struct buffer bytes;
    *answer = (struct slice){NULL, 0};
    if (!open_stream(relay, MEI_LME_PORT, &stream, err))
        return false;
    buffer_init_secret(&bytes, limit);
    uint64_t outer = io_deadline_within(ANSWER_MS);
    bool ok = io_stream_write(stream, request, err);
    if (ok)
        read_answer(stream, &bytes);
    io_deadline_restore(outer);
    if (ok && !buffer_ok(&bytes))
        ok = error_set(err, ERROR_TOO_LARGE, "AMT's answer is longer than %zu bytes", limit);
    if (ok)
        *answer = arena_copy(arena, buffer_slice(&bytes));
    buffer_fini(&bytes);
    io_stream_close(stream);
    return ok;
}

/* ---- tunnel ---- */

bool rpc_relay_is_client_hello(struct slice bytes)
{
    return bytes.size > 5 && bytes.data[0] == 0x16 && bytes.data[5] == 0x01;
}

bool rpc_relay_ends_record(struct slice bytes)
{
    while (bytes.size >= 5) {
        size_t size = 5 + ((size_t)bytes.data[3] << 8 | bytes.data[4]);
        if (size > bytes.size)
            return false;
        bytes = slice_from(bytes, size);
    }
    return bytes.size == 0;
}

/* Types of records and of handshake messages (RFC 5246 6.2.1, 7.4). */
enum { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22 };
enum { SERVER_HELLO_DONE = 14 };

/* Whether the last message of a plain handshake record is ServerHelloDone, which is four bytes. */
static bool is_hello_done(struct slice record)
{
    static const uint8_t done[] = {SERVER_HELLO_DONE, 0, 0, 0};
    return record.size >= sizeof done &&
           memcmp(record.data + record.size - sizeof done, done, sizeof done) == 0;
}

bool rpc_relay_ends_flight(struct slice bytes)
{
    uint8_t before = 0;
    uint8_t type = 0;
    struct slice record = {NULL, 0};
    if (!rpc_relay_ends_record(bytes))
        return false;
    while (bytes.size > 0) {
        size_t size = (size_t)bytes.data[3] << 8 | bytes.data[4];
        before = type;
        type = bytes.data[0];
        record = slice_first(slice_from(bytes, 5), size);
        bytes = slice_from(bytes, 5 + size);
    }
    if (type == ALERT)
        return true;
    return type == HANDSHAKE && (before == CHANGE_CIPHER || is_hello_done(record));
}

static void read_tunnel(void *arg)
{
    struct rpc_relay *relay = arg;
    uint8_t piece[PIECE];
    size_t got = 0;
    while (io_stream_read(relay->stream, piece, sizeof piece, &got, NULL) && got > 0) {
        buffer_put(&relay->heard, slice_of(piece, got));
        relay->heard_at = io_now();
        io_signal(relay->changed);
        while (buffer_size(&relay->heard) >= HEARD_PAUSE)
            if (!io_wait_for(&relay->room, IO_FOREVER, NULL))
                return;
    }
    relay->ended = true;
    io_signal(relay->changed);
}

void rpc_relay_hang_up(struct rpc_relay *relay)
{
    if (relay->stream == NULL)
        return;
    io_task_cancel(&relay->reader);
    io_task_join(&relay->reader);
    io_stream_close(relay->stream);
    relay->stream = NULL;
    relay->ended = false;
    buffer_clear(&relay->heard);
}

static bool open_tunnel(struct rpc_relay *relay, struct error *err)
{
    if (!open_stream(relay, relay->tunnel_port, &relay->stream, err)) {
        relay->stream = NULL;
        return false;
    }
    relay->had_tunnel = true;
    relay->ended = false;
    relay->rounds = 0;
    relay->reader = (struct io_task){.fiber = NULL};
    if (io_task_start(&relay->reader, read_tunnel, relay, err))
        return true;
    io_stream_close(relay->stream);
    relay->stream = NULL;
    return false;
}

bool rpc_relay_send(struct rpc_relay *relay, struct slice bytes, struct error *err)
{
    if (rpc_relay_is_client_hello(bytes))
        rpc_relay_hang_up(relay);
    else if (relay->stream == NULL && relay->had_tunnel)
        return true; /* the end of it has been told */
    if (relay->stream == NULL && !open_tunnel(relay, err))
        return false;
    relay->rounds++;
    uint64_t outer = io_deadline_within(ANSWER_MS);
    bool ok = io_stream_write(relay->stream, bytes, err);
    io_deadline_restore(outer);
    return ok || relay->ended; /* what it said before that is still to be told */
}

bool rpc_relay_has_flight(const struct rpc_relay *relay, uint64_t *wait_ms)
{
    struct slice heard = buffer_slice(&relay->heard);
    uint64_t idle = relay->rounds < HANDSHAKE_ROUNDS ? HANDSHAKE_IDLE_MS : DATA_IDLE_MS;
    *wait_ms = IO_FOREVER;
    if (heard.size == 0)
        return false;
    if (relay->ended || heard.size >= HEARD_PAUSE ||
        (relay->rounds < HANDSHAKE_ROUNDS && rpc_relay_ends_flight(heard)))
        return true;
    if (!rpc_relay_ends_record(heard))
        idle = RECORD_IDLE_MS;
    uint64_t since = io_now() - relay->heard_at;
    if (since >= idle)
        return true;
    *wait_ms = idle - since;
    return false;
}

void rpc_relay_taken(struct rpc_relay *relay)
{
    buffer_clear(&relay->heard);
    io_signal(&relay->room);
}

bool rpc_relay_take_end(struct rpc_relay *relay)
{
    if (relay->stream == NULL || !relay->ended || buffer_size(&relay->heard) > 0)
        return false;
    rpc_relay_hang_up(relay);
    return true;
}

bool rpc_relay_switch(struct rpc_relay *relay, uint16_t port, struct error *err)
{
    uint64_t begun = io_now();
    struct io_stream *probe = NULL;
    if (port != MEI_LME_PORT && port != MEI_LME_TLS_PORT)
        return error_set(err, ERROR_PROTOCOL, "the server wants AMT's port %u, which is none of it",
                         (unsigned)port);
    relay->tunnel_port = port;
    relay->had_tunnel = false;
    if (rpc_access_way(relay->access) == RPC_WAY_LME)
        return true;
    while (!rpc_access_stream(relay->access, port, &probe, err))
        if (err->code == ERROR_CANCELLED || io_now() - begun >= SWITCH_MS ||
            !io_sleep(SWITCH_GAP, NULL))
            return error_wrap(err, "AMT's port %u", (unsigned)port);
    io_stream_close(probe);
    return true;
}
