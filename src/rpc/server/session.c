#include "rpc/server/session.h"

#include "core/memory.h"
#include "http/websocket.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/server/relay.h"
#include "rpc/web/web.h"

#include <stdlib.h>
#include <string.h>

#define RUN_MS     (UINT64_C(30) * 60 * 1000)
#define CONNECT_MS 30000 /* with the WebSocket's handshake */
#define TELL_MS    30000 /* for the server to take a message */
#define TRIES      3
#define AGAIN_MS   1000  /* after the first try, twice that after the second */
#define ANSWER_MS  90000 /* behind a shield: AMT's answer, and telling the server of it */

struct session {
    struct rpc *rpc;
    const struct rpc_session_options *options;
    struct io_stream *socket;
    struct rpc_relay relay;
    struct io_wait changed; /* a message came, the listener is over, or the tunnel speaks */

    struct io_task listener;
    struct buffer inbox; /* the message that came */
    bool has_message;
    struct io_wait taken;
    bool over; /* nothing comes any more, for `why` */
    struct error why;

    bool told;     /* the first message has left */
    bool excused;  /* the server knows that this program was interrupted */
    bool heard;    /* the server has said something */
    bool finished; /* it has said its last word */
    bool success;
    struct slice text;
    enum rpc_exit code; /* of what failed */
};

/* ---- the server's side ---- */

static void goodbye(struct session *s)
{
    uint16_t code = 0;
    char reason[HTTP_WEBSOCKET_REASON_SIZE] = "";
    (void)http_websocket_closed_by(s->socket, &code, reason);
    (void)error_set(&s->why, ERROR_CONNECTION, "the server has ended the conversation (%u%s%s)",
                    (unsigned)code, reason[0] != '\0' ? ": " : "", reason);
}

static void listen_to_server(void *arg)
{
    struct session *s = arg;
    bool closed = false;
    while (http_websocket_receive(s->socket, &s->inbox, &closed, &s->why)) {
        if (closed) {
            goodbye(s);
            break;
        }
        s->has_message = true;
        io_signal(&s->changed);
        if (!io_wait_for(&s->taken, IO_FOREVER, &s->why))
            break;
    }
    if (!closed && s->why.code != ERROR_CANCELLED)
        (void)error_wrap(&s->why, "the server");
    s->over = true;
    io_signal(&s->changed);
}

/* `whose`: what is too long when it is. */
static bool put(struct session *s, const struct rpc_server_told *told, const char *whose,
                struct error *err)
{
    struct buffer text;
    buffer_init_secret(&text, RPC_SERVER_TOLD_LIMIT * 2);
    if (!rpc_server_message_put(&text, told)) {
        buffer_fini(&text);
        return error_set(err, ERROR_TOO_LARGE, "%s is too long for the server", whose);
    }
    uint64_t outer = io_deadline_within(TELL_MS);
    s->told = true;
    bool ok = io_stream_write(s->socket, buffer_slice(&text), err);
    if (!ok && err->code == ERROR_TIMEOUT)
        (void)error_set(err, ERROR_TIMEOUT, "the server talks, but has taken no message for %d s",
                        TELL_MS / 1000);
    io_deadline_restore(outer);
    buffer_fini(&text);
    return ok;
}

static bool tell(struct session *s, const char *method, struct slice payload, struct error *err)
{
    const struct rpc_server_told told = {.method = method, .payload = payload};
    rpc_log(s->rpc, LOG_DEBUG, "to the server: %s, %zu bytes", method, payload.size);
    return put(s, &told, "AMT's answer", err);
}

static bool tell_first(struct session *s, struct error *err)
{
    const struct rpc_server_told told = {
        .method = s->options->method,
        .tenant = slice_of_string(rpc_text(s->rpc, "tenantid")),
        .payload = s->options->payload,
    };
    return put(s, &told, "the first message", err);
}

/* ---- AMT's side ---- */

/* AMT cannot be reached, or says too much. The server hears of it and may ask again; that it stays
 * so, it finds. */
static bool tell_reset(struct session *s, const char *reason, struct error *err)
{
    return tell(s, "connection_reset", slice_of_string(reason), err);
}

/* What AMT has been asked it does, whoever waits for the answer: so the server hears the answer
 * even when this program is ending. */
static bool carry_plain(struct session *s, const struct rpc_server_message *message,
                        struct error *err)
{
    struct arena arena;
    struct slice answer;
    struct error why;
    arena_init(&arena);
    struct io_shield shield = io_shield_begin_for_answer(ANSWER_MS);
    bool ok =
        rpc_relay_ask(&s->relay, message->payload, RPC_SERVER_DATA_LIMIT, &arena, &answer, &why);
    if (!ok) {
        rpc_log(s->rpc, LOG_WARN, "%s", why.text);
        ok = tell_reset(s, "lms_error", err);
    } else if (answer.size > 0) {
        ok = tell(s, "response", answer, err);
    } else {
        rpc_log(s->rpc, LOG_DEBUG, "AMT has said nothing to that");
    }
    io_shield_end(shield);
    arena_fini_wiped(&arena);
    return ok;
}

static bool carry_tunnel(struct session *s, const struct rpc_server_message *message,
                         struct error *err)
{
    struct error why;
    if (rpc_relay_send(&s->relay, message->payload, &why))
        return true;
    rpc_log(s->rpc, LOG_WARN, "%s", why.text);
    rpc_relay_hang_up(&s->relay);
    return why.code == ERROR_CANCELLED ? error_set(err, ERROR_CANCELLED, "cancelled")
                                       : tell_reset(s, "lms_error", err);
}

/* What the tunnel has said meanwhile. */
static bool pass_tunnel(struct session *s, struct error *err)
{
    uint64_t wait_ms;
    if (rpc_relay_has_flight(&s->relay, &wait_ms)) {
        struct slice heard = buffer_slice(&s->relay.heard);
        for (struct slice rest = heard; rest.size > 0;
             rest = slice_from(rest, RPC_SERVER_DATA_LIMIT))
            if (!tell(s, "tls_data", slice_first(rest, RPC_SERVER_DATA_LIMIT), err))
                return false;
        rpc_relay_taken(&s->relay);
    }
    return !rpc_relay_take_end(&s->relay) || tell_reset(s, "connection_closed", err);
}

static bool switch_port(struct session *s, const struct rpc_server_message *message,
                        struct error *err)
{
    uint64_t delay = (uint64_t)message->delay_s * 1000;
    if (delay > s->options->switch_most_ms)
        delay = s->options->switch_most_ms;
    delay += s->options->switch_extra_ms;
    rpc_log(s->rpc, LOG_INFO, "The server goes on at AMT's port %u in %u s",
            (unsigned)message->port, (unsigned)(delay / 1000));
    rpc_relay_hang_up(&s->relay);
    if (!io_sleep(delay, err) || !rpc_relay_switch(&s->relay, message->port, err))
        return false;
    return tell(s, "port_switch_ack", SLICE_LITERAL("ok"), err);
}

/* ---- messages ---- */

static bool answer_heartbeat(struct session *s, struct arena *arena,
                             const struct rpc_server_message *message, struct error *err)
{
    const struct rpc_server_told told = {.method = "heartbeat_response",
                                         .status = "success",
                                         .message = arena_string(arena, message->text),
                                         .payload = message->raw,
                                         .encoded = true};
    return put(s, &told, "the answer to its heartbeat", err);
}

/* A label, one line of it. */
static void show_progress(struct session *s, struct slice text)
{
    struct slice line = slice_first_text(slice_split(&text, '\n'), 300);
    if (line.size > 0)
        rpc_log(s->rpc, LOG_INFO, "%.*s", SLICE_ARG(line));
}

static bool serve(struct session *s, struct arena *arena, const struct rpc_server_message *message,
                  struct error *err)
{
    switch (message->kind) {
    case RPC_SERVER_SUCCESS:
    case RPC_SERVER_ERROR:
        s->finished = true;
        s->success = message->kind == RPC_SERVER_SUCCESS;
        s->text = arena_copy(rpc_arena(s->rpc), message->text);
        return true;
    case RPC_SERVER_HEARTBEAT:
        return answer_heartbeat(s, arena, message, err);
    case RPC_SERVER_PROGRESS:
        show_progress(s, message->text);
        return true;
    case RPC_SERVER_PORT_SWITCH:
        return switch_port(s, message, err);
    case RPC_SERVER_TLS_DATA:
        return carry_tunnel(s, message, err);
    case RPC_SERVER_WSMAN:
        return carry_plain(s, message, err);
    case RPC_SERVER_UNKNOWN:
        break;
    }
    rpc_log(s->rpc, LOG_DEBUG, "The server says \"%.*s\", which means nothing here",
            SLICE_ARG(slice_first_text(message->method, 40)));
    return true;
}

static bool take_message(struct session *s, struct error *err)
{
    struct arena arena;
    struct rpc_server_message message;
    arena_init(&arena);
    s->has_message = false;
    s->heard = true;
    bool ok = rpc_server_message_read(&arena, buffer_slice(&s->inbox), &message, err);
    if (!ok)
        s->code = RPC_UNMARSHAL_FAILED;
    else
        rpc_log(s->rpc, LOG_DEBUG, "from the server: %.*s, %zu bytes",
                SLICE_ARG(slice_first_text(message.method, 40)), message.payload.size);
    buffer_clear(&s->inbox);
    io_signal(&s->taken);
    ok = ok && serve(s, &arena, &message, err);
    arena_fini_wiped(&arena);
    return ok;
}

/* Waits for whatever comes next, at most --server-wait for the server. */
static bool wait_for_more(struct session *s, uint64_t *quiet_since, struct error *err)
{
    uint64_t most = (uint64_t)rpc_number(s->rpc, "server-wait");
    uint64_t flight_ms;
    uint64_t quiet = io_now() - *quiet_since;
    uint64_t wait = most > quiet ? most - quiet : 0;
    (void)rpc_relay_has_flight(&s->relay, &flight_ms);
    if (wait == 0)
        return error_set(err, ERROR_TIMEOUT, "the server has said nothing for %u s",
                         (unsigned)(most / 1000));
    return io_wait_for(&s->changed, flight_ms < wait ? flight_ms : wait, err) ||
           (err->code == ERROR_TIMEOUT && io_deadline_left() > 0);
}

/* Looked at once for each message: what waits for AMT's answer does so behind a shield, and a
 * server that always has another message ready lets nothing else wait. */
static bool may_go_on(struct error *err)
{
    struct io_wait never = {.waiter = NULL};
    (void)io_wait_for(&never, 0, err);
    return err->code != ERROR_CANCELLED && io_deadline_left() > 0;
}

static bool converse(struct session *s, struct error *err)
{
    uint64_t quiet_since = io_now();
    while (!s->finished) {
        if (!may_go_on(err) || !pass_tunnel(s, err))
            return false;
        if (s->has_message) {
            if (!take_message(s, err))
                return false;
            quiet_since = io_now();
        } else if (s->over) {
            *err = s->why;
            if (err->code == ERROR_PROTOCOL || err->code == ERROR_TOO_LARGE)
                s->code = RPC_UNMARSHAL_FAILED;
            return false;
        } else if (!wait_for_more(s, &quiet_since, err)) {
            return false;
        }
    }
    return true;
}

/* ---- one try ---- */

static enum rpc_exit code_of(enum rpc_web_fault fault)
{
    return fault == RPC_WEB_CERTIFICATE ? RPC_SERVER_CERTIFICATE : RPC_SERVER_AUTHENTICATION;
}

/* *again: the same may go well a moment later. */
static bool connect_server(struct session *s, struct rpc_web *web, bool *again, struct error *err)
{
    const struct rpc_url *url = s->options->url;
    enum rpc_web_fault fault;
    uint64_t outer = io_deadline_within(CONNECT_MS);
    struct io_stream *stream = rpc_web_connect(web, url, &fault, err);
    if (stream != NULL) {
        fault = RPC_WEB_UNREACHABLE;
        s->socket =
            http_websocket_open_messages(stream, url->authority, url->target, s->options->bearer,
                                         (uint32_t)RPC_SERVER_MESSAGE_LIMIT, err);
        if (s->socket == NULL)
            (void)error_wrap(err, "%s", url->shown);
    }
    io_deadline_restore(outer);
    if (s->socket != NULL)
        return true;
    s->code = code_of(fault);
    *again =
        fault == RPC_WEB_UNREACHABLE &&
        (err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT || err->code == ERROR_BUSY);
    return false;
}

/* Behind a shield: the streams say goodbye also when the run was cancelled. */
static void leave(struct session *s, bool cancelled)
{
    if (io_task_running(&s->listener)) {
        io_task_cancel(&s->listener);
        io_task_join(&s->listener);
    }
    if (s->socket != NULL && cancelled)
        s->excused = http_websocket_end(s->socket, HTTP_WEBSOCKET_GOING_AWAY, "interrupted");
    else
        io_stream_close(s->socket);
    s->socket = NULL;
}

static bool try_once(struct session *s, struct rpc_web *web, bool *again, struct error *err)
{
    *again = false;
    s->code = RPC_SERVER_AUTHENTICATION;
    s->over = s->has_message = false;
    s->changed = s->taken = (struct io_wait){.waiter = NULL};
    s->listener = (struct io_task){.fiber = NULL};
    if (!connect_server(s, web, again, err))
        return false;
    rpc_relay_init(&s->relay, s->options->access, &s->changed);
    buffer_init_secret(&s->inbox, RPC_SERVER_MESSAGE_LIMIT + 4096);
    bool ok = tell_first(s, err) && io_task_start(&s->listener, listen_to_server, s, err) &&
              converse(s, err);
    struct error why = ok ? (struct error){.code = ERROR_NONE} : *err;
    struct io_shield shield = io_shield_begin(5000);
    rpc_relay_fini(&s->relay);
    leave(s, !ok && why.code == ERROR_CANCELLED);
    io_shield_end(shield);
    buffer_fini(&s->inbox);
    if (!ok)
        *again = !s->heard && why.code == ERROR_CONNECTION;
    return ok;
}

static bool fail(struct session *s, const struct error *err)
{
    switch (err->code) {
    case ERROR_CANCELLED:
        return rpc_fail(s->rpc, RPC_GENERIC_FAILURE, "interrupted; %s",
                        !s->told ? "the server hasn't asked AMT for anything, which is as it was"
                        : s->excused ? "the server has been told so"
                                     : "the server could not be told so");
    case ERROR_UNAUTHORIZED:
    case ERROR_FORBIDDEN:
        return rpc_fail(s->rpc, RPC_SERVER_AUTHENTICATION, "%s (--auth-token is what it may want)",
                        err->text);
    case ERROR_INVALID:
        return rpc_fail(s->rpc, RPC_WRONG_URL, "%s", err->text);
    default:
        return rpc_fail(s->rpc, s->code, "%s", err->text);
    }
}

bool rpc_session_run(struct rpc *rpc, const struct rpc_session_options *options,
                     struct rpc_session_end *end)
{
    struct error err = {.code = ERROR_NONE};
    struct rpc_web *web = rpc_web_open(rpc, options->proxy);
    struct session *s = memory_new(sizeof *s);
    bool again = true;
    bool ok = false;
    *s = (struct session){.rpc = rpc, .options = options};
    uint64_t outer = io_deadline_within(RUN_MS);
    for (unsigned tries = 1; again && !ok; tries++) {
        ok = try_once(s, web, &again, &err);
        if (!ok && again && tries == TRIES)
            again = false;
        if (!ok && again) {
            rpc_log(rpc, LOG_WARN, "%s; once more", err.text);
            again = io_sleep((uint64_t)AGAIN_MS * tries, &err);
        }
    }
    if (!ok && err.code == ERROR_TIMEOUT && io_deadline_left() == 0)
        (void)error_set(&err, ERROR_TIMEOUT, "the server has come to no end in %d minutes",
                        (int)(RUN_MS / 60000));
    io_deadline_restore(outer);
    rpc_web_close(web);
    *end = (struct rpc_session_end){.success = s->success, .told = s->told, .text = s->text};
    if (!ok)
        (void)fail(s, &err);
    free(s);
    return ok;
}
