/*
 * The fibers of a session: one owns it, one reads what the agent says, one runs the flow.
 *
 *     taken ─▶ session_main ─▶ first message
 *                  ├─ reader_main: hands messages over; cancels the flow when the agent has gone
 *                  │  or breaks a rule
 *                  ├─ flow_main: rps_flow_run
 *                  └─ joins the flow ─▶ final message ─▶ the agent closes, or 5 s pass ─▶ freed
 */
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/call.h"
#include "io/loop.h"
#include "rps/budget.h"
#include "rps/flow.h"
#include "rps/history.h"
#include "rps/proof.h"
#include "rps/request.h"
#include "rps/rps_parts.h"

#include <stdio.h>
#include <string.h>

#define LEAVE_MS     5000 /* for the agent to close after the final message */
#define LAST_MS      3000 /* for it to take that message */
#define MESSAGE_ROOM ((size_t)RPS_MESSAGE_LIMIT + 8192)
#define PING_S       20
#define CODE_BINARY  1003 /* RFC 6455 7.4.1: a kind of data that is not taken */

#define SESSIONS_HELP "Provisioning sessions, by how they ended"
METRIC_DEFINE(sessions_now, METRIC_GAUGE, "outband_rps_sessions", NULL,
              "Provisioning sessions of agents that run")
METRIC_DEFINE(sessions_good, METRIC_COUNTER, "outband_rps_sessions_total", "result=\"success\"",
              SESSIONS_HELP)
METRIC_DEFINE(sessions_bad, METRIC_COUNTER, "outband_rps_sessions_total", "result=\"failure\"",
              SESSIONS_HELP)
METRIC_DEFINE(sessions_cut, METRIC_COUNTER, "outband_rps_sessions_total", "result=\"cut\"",
              SESSIONS_HELP)

/* ---- before the connection ---- */

/* The address without its port. */
static void name_source(const struct io_address *peer, char text[IO_ADDRESS_TEXT_SIZE])
{
    (void)io_address_format(peer, text);
    char *colon = strrchr(text, ':');
    if (colon != NULL)
        *colon = '\0';
}

static uint32_t count_source(const struct rps_shard *shard, const char *source)
{
    uint32_t count = 0;
    for (const struct list *at = shard->sessions.next; at != &shard->sessions; at = at->next)
        count += strcmp(LIST_ENTRY(at, struct rps_session, link)->source, source) == 0;
    return count;
}

/* Whether the shard has a place for an agent at that address. */
static bool has_room(const struct rps_shard *shard, const char *source, struct error *err)
{
    const struct rps_options *options = &shard->rps->options;
    if (shard->stopping)
        return error_set(err, ERROR_BUSY, "the server is shutting down");
    if (shard->session_count >= options->sessions_limit)
        return error_set(err, ERROR_BUSY, "%lu provisioning sessions are running, the limit",
                         (unsigned long)options->sessions_limit);
    return count_source(shard, source) < options->source_limit ||
           error_set(err, ERROR_BUSY,
                     "%lu provisioning sessions of this address are running, the limit",
                     (unsigned long)options->source_limit);
}

struct rps_session *rps_session_new(struct rps *rps, const struct io_address *peer,
                                    const struct access_bearer *bearer, struct error *err)
{
    struct rps_shard *shard = rps_shard_of(rps);
    char source[IO_ADDRESS_TEXT_SIZE];
    name_source(peer, source);
    if (shard == NULL || !has_room(shard, source, err) ||
        (bearer->tenant_id == NULL && !rps_budget_admits(shard, err)))
        return NULL;
    struct rps_session *session = memory_new(sizeof *session);
    struct guid id = guid_random();
    list_append(&shard->sessions, &session->link);
    shard->session_count++;
    session->shard = shard;
    (void)guid_format(&id, session->id);
    memcpy(session->source, source, sizeof session->source);
    if (bearer->tenant_id != NULL)
        session->token_tenant = memory_string(slice_of_string(bearer->tenant_id));
    if (bearer->device != NULL)
        session->token_device = memory_string(slice_of_string(bearer->device));
    arena_init(&session->arena);
    list_init(&session->running.link);
    buffer_init_secret(&session->first, MESSAGE_ROOM);
    rps_agent_init(&session->agent, NULL, rps->options.version);
    return session;
}

/* ---- the reader ---- */

void rps_session_refuse(struct rps_session *session, const struct error *why)
{
    if (session->refused)
        return;
    session->refused = true;
    session->refusal = *why;
    io_task_cancel(&session->flow);
}

static void take_message(struct rps_session *session, struct slice text)
{
    struct rps_message message;
    struct error why = {ERROR_NONE, ""};
    struct arena arena;
    char guid[GUID_TEXT_SIZE];
    arena_init(&arena);
    bool ok = rps_message_read(&arena, text, &message, &why);
    if (ok && message.kind == RPS_MESSAGE_COMMAND)
        ok = error_set(&why, ERROR_INVALID,
                       "Device %s Not a supported method received from AMT device",
                       guid_format(&session->request.guid, guid));
    if (!ok || !rps_agent_take(&session->agent, &message, &why))
        rps_session_refuse(session, &why);
    arena_fini_wiped(&arena);
}

/* The first message is the owner's to read. */
static void take_any(struct rps_session *session, struct slice text)
{
    if (session->heard) {
        take_message(session, text);
        return;
    }
    buffer_put(&session->first, text);
    session->heard = true;
    io_signal(&session->news);
}

static void reader_main(void *arg)
{
    struct rps_session *session = arg;
    struct buffer text;
    bool closed = false;
    struct error err;
    buffer_init_secret(&text, MESSAGE_ROOM);
    while (session->close_code == 0 &&
           http_websocket_receive(session->socket, &text, &closed, &err) && !closed) {
        if (http_websocket_peer_text(session->socket))
            take_any(session, buffer_slice(&text));
        else
            session->close_code = CODE_BINARY;
    }
    buffer_fini(&text);
    session->reader_over = true;
    rps_agent_leave(&session->agent);
    io_task_cancel(&session->flow);
    io_signal(&session->news);
}

/* ---- the flow ---- */

static void flow_main(void *arg)
{
    struct rps_session *session = arg;
    rps_flow_run(session, &session->outcome);
}

/* Beside the reader, until it is over. */
static bool run_flow(struct rps_session *session, struct error *err)
{
    uint64_t outer = io_deadline_within(session->shard->rps->options.session_ms);
    bool ok = io_task_start(&session->flow, flow_main, session, err);
    io_deadline_restore(outer);
    if (ok && (session->shard->stopping || session->reader_over || session->refused))
        io_task_cancel(&session->flow);
    if (ok)
        io_task_join(&session->flow);
    return ok;
}

/* ---- the first message ---- */

/* False without a word when there was none that could be answered. */
static bool await_first(struct rps_session *session, struct error *err)
{
    uint64_t end = io_now() + session->shard->rps->options.first_message_ms;
    while (!session->heard) {
        uint64_t now = io_now();
        if (session->shard->stopping)
            return error_set(err, ERROR_CANCELLED, "the server is shutting down");
        if (session->reader_over)
            return error_set(err, ERROR_CONNECTION, "the agent left without a message");
        if (now >= end) {
            session->close_code = HTTP_WEBSOCKET_REFUSED;
            return error_set(err, ERROR_TIMEOUT, "the agent sent no message in time");
        }
        (void)io_wait_for(&session->news, end - now, NULL);
    }
    return true;
}

static bool read_first(struct rps_session *session, struct slice text, struct error *err)
{
    struct rps_message message;
    struct rps_request *request = &session->request;
    if (!rps_message_read(&session->arena, text, &message, err) ||
        !rps_request_read(&session->arena, &message, session->id, request, err))
        return false;
    session->described = true;
    if (session->token_tenant != NULL)
        request->tenant = slice_of_string(session->token_tenant);
    return true;
}

static void copy_cut(char *to, size_t size, struct slice text)
{
    text = slice_first_text(text, size - 1);
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    to[text.size] = '\0';
}

/* On its loop: the session that holds the device, and has proved nothing, gives it to who has. */
static void ask_to_go(void *context, const struct guid *guid)
{
    struct rps_shard *shard = context;
    struct error why;
    (void)error_set(
        &why, ERROR_CONFLICT,
        "Somebody takes over who knows the device's password, has a token, or administers it. Try "
        "again when that has ended.");
    for (struct list *at = shard->sessions.next; at != &shard->sessions; at = at->next) {
        struct rps_session *session = LIST_ENTRY(at, struct rps_session, link);
        if (!guid_equal(&session->hold.entry.guid, guid) ||
            !store_hold_is_asked(shard->rps->options.store, &session->hold))
            continue;
        log_line(LOG_WARN, "a provisioning session gives way to one that is proven", "peer",
                 session->source, "session", session->id, NULL);
        rps_session_refuse(session, &why);
    }
}

/* Takes the device, so that nobody else works on it. */
static bool hold_device(struct rps_session *session, struct error *err)
{
    struct rps *rps = session->shard->rps;
    struct store_hold *hold = &session->hold;
    char guid[GUID_TEXT_SIZE];
    hold->entry.guid = session->request.guid;
    hold->proven = rps_proof_is_given(session);
    hold->loop = session->shard->loop;
    hold->ask_to_go = ask_to_go;
    hold->context = session->shard;
    return rps->options.store == NULL || store_hold_take(rps->options.store, hold, NULL) ||
           error_set(err, ERROR_CONFLICT,
                     "Device %s has a provisioning session already. Try again when that has ended.",
                     guid_format(&session->request.guid, guid));
}

static void enter(struct rps_session *session)
{
    const struct rps_request *request = &session->request;
    struct rps_running *running = &session->running;
    running->guid = request->guid;
    running->command = rps_command_name(request->command);
    running->waited_ms = &session->agent.waited_ms;
    copy_cut(running->tenant, sizeof running->tenant, request->tenant);
    copy_cut(running->profile, sizeof running->profile, request->profile);
    rps_live_enter(&session->shard->rps->live, running);
}

static void leave(struct rps_session *session)
{
    struct rps *rps = session->shard->rps;
    rps_live_leave(&rps->live, &session->running);
    if (rps->options.store != NULL)
        store_hold_give(rps->options.store, &session->hold);
}

/* ---- the end ---- */

static const char *final_message(struct rps_session *session)
{
    const struct rps_outcome *outcome = &session->outcome;
    if (session->refused && !outcome->success)
        return session->refusal.text;
    if (!outcome->success && outcome->plain == NULL && outcome->status == NULL)
        return "request failed"; /* spec rps 2.5 */
    return rps_outcome_message(&session->arena, outcome);
}

/* The one final message. */
static void tell_end(struct rps_session *session, const char *text)
{
    uint64_t outer = io_deadline_within(LAST_MS);
    bool good = session->outcome.success;
    const struct rps_told told = {.method = good ? "success" : "error",
                                  .status = good ? "success" : "failed",
                                  .message = slice_of_string(text)};
    (void)rps_agent_tell(&session->agent, &told, NULL);
    io_deadline_restore(outer);
}

/* Agents close when they have read the final message; the connection is theirs until then. */
static void await_leaving(struct rps_session *session)
{
    uint64_t end = io_now() + LEAVE_MS;
    while (!session->reader_over && !session->shard->stopping && !session->overweight &&
           io_now() < end)
        (void)io_wait_for(&session->news, end - io_now(), NULL);
}

static void publish(struct rps_session *session, enum events_type type, const char *message)
{
    struct events *events = session->shard->rps->options.events;
    if (events != NULL)
        events_publish(events, type, "provisioning", message, &session->request.guid);
}

static void log_end(struct rps_session *session, const char *text)
{
    char guid[GUID_TEXT_SIZE];
    char waited[24];
    char ms[24];
    bool good = session->outcome.success;
    (void)snprintf(waited, sizeof waited, "%llu", atomic_load(&session->agent.waited_ms));
    (void)snprintf(ms, sizeof ms, "%lld",
                   (long long)(clock_wall_ms() - session->running.started_ms));
    log_line(good ? LOG_INFO : LOG_WARN, "provisioning session ended", "guid",
             guid_format(&session->request.guid, guid), "command", session->running.command,
             "profile", session->running.profile, "result",
             good ? "success" : (session->reader_over ? "the agent has gone" : "failure"),
             "message", text, "ms", ms, "waited-ms", waited, "peer", session->source, "session",
             session->id, NULL);
}

/* What a described session does, from its place in the table to its last word. */
static void run(struct rps_session *session)
{
    struct error err;
    char guid[GUID_TEXT_SIZE];
    enter(session);
    log_line(LOG_INFO, "provisioning session", "guid", guid_format(&session->request.guid, guid),
             "command", session->running.command, "profile", session->running.profile, "peer",
             session->source, "session", session->id, NULL);
    publish(session, EVENTS_REQUEST, "Provisioning session begun");
    rps_session_open(session);
    if (!run_flow(session, &err))
        session->outcome = (struct rps_outcome){.plain = "request failed"};
    const char *text = final_message(session);
    bool cut = session->reader_over;
    rps_history_finish(session, text);
    leave(session); /* before the agent hears of it and comes again */
    log_end(session, text);
    publish(session, session->outcome.success ? EVENTS_SUCCESS : EVENTS_FAIL,
            session->outcome.success ? "Provisioning session succeeded"
                                     : "Provisioning session failed");
    metric_add(session->outcome.success ? &sessions_good : (cut ? &sessions_cut : &sessions_bad),
               1);
    tell_end(session, text);
    await_leaving(session);
}

/* Nothing was begun: the agent is told why where it said something. */
static void turn_away(struct rps_session *session, bool heard, const struct error *err)
{
    metric_add(&sessions_bad, 1);
    log_line(LOG_WARN, "provisioning session refused", "why", err->text, "peer", session->source,
             "session", session->id, NULL);
    if (!heard)
        return;
    session->outcome = (struct rps_outcome){.success = false};
    tell_end(session, err->text);
    await_leaving(session);
}

static void open_socket(struct rps_session *session)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER,
                                                          .text = true,
                                                          .messages = true,
                                                          .message_limit = RPS_MESSAGE_LIMIT,
                                                          .ping_s = PING_S};
    struct io_conn *conn = session->conn;
    session->conn = NULL;
    io_conn_attach(conn);
    session->socket = http_websocket_stream(io_conn_stream(conn), &options,
                                            slice_of(session->ahead, session->ahead_size));
    session->agent.socket = session->socket;
}

static void session_main(void *arg)
{
    struct rps_session *session = arg;
    struct rps_shard *shard = session->shard;
    struct error err;
    error_clear(&err);
    metric_add(&sessions_now, 1);
    open_socket(session);
    bool ok = io_task_start(&session->reader, reader_main, session, &err) &&
              await_first(session, &err) &&
              read_first(session, buffer_slice(&session->first), &err) &&
              rps_proof_hear(session, &err) && hold_device(session, &err);
    if (ok)
        run(session);
    else
        turn_away(session, session->heard, &err);
    io_task_cancel(&session->reader);
    io_task_join(&session->reader);
    if (session->amt != NULL) { /* its kept streams write to the socket */
        amt_free(session->amt);
        session->amt = NULL;
    }
    (void)http_websocket_end(session->socket,
                             session->close_code == 0 ? HTTP_WEBSOCKET_NORMAL : session->close_code,
                             "");
    list_remove(&session->link);
    rps_session_free(session);
    metric_add(&sessions_now, -1);
    rps_shard_left(shard);
}

void rps_session_taken(void *arg, struct io_conn *conn, struct slice ahead)
{
    struct rps_session *session = arg;
    struct rps_shard *shard = session->shard;
    struct error err;
    session->conn = conn;
    if (ahead.size > 0) {
        session->ahead = memory_new(ahead.size);
        memcpy(session->ahead, ahead.data, ahead.size);
        session->ahead_size = ahead.size;
    }
    if (conn != NULL && io_fiber_start(session_main, session, &err))
        return;
    list_remove(&session->link);
    rps_session_free(session);
    rps_shard_left(shard);
}
