#include "rps/agent.h"

#include "core/encoding.h"
#include "core/metrics.h"
#include "io/loop.h"
#include "rps/agent_request.h"

#include <stdio.h>
#include <string.h>

#define TELL_MS       30000 /* for the agent to take a message */
#define HEARTBEAT_MS  5000  /* for its echo */
#define SIGN_MS       10000 /* between heartbeats of a pause */
#define WRITERS_LIMIT 8
#define OUT_LIMIT     ((size_t)2 * 1024 * 1024)
#define SWITCH_MORE_S 60 /* beyond the delay, for the acknowledgement (spec rps 2.5) */

METRIC_DEFINE(twice_total, METRIC_COUNTER, "outband_rps_repeated_answers_total", NULL,
              "Answers of devices that an agent has said again.")
METRIC_DEFINE(late_total, METRIC_COUNTER, "outband_rps_late_answers_total", NULL,
              "Answers of devices that came through an agent after they were given up.")

void rps_agent_init(struct rps_agent *agent, struct io_stream *socket, const char *version)
{
    *agent = (struct rps_agent){.socket = socket, .version = version};
    io_gate_init(&agent->writing, 1, WRITERS_LIMIT);
    buffer_init_secret(&agent->answer, RPS_AGENT_ANSWER_LIMIT);
    buffer_init_secret(&agent->last, RPS_AGENT_ANSWER_LIMIT);
    buffer_init_secret(&agent->tls, RPS_AGENT_TLS_LIMIT);
}

void rps_agent_fini(struct rps_agent *agent)
{
    buffer_fini(&agent->answer);
    buffer_fini(&agent->last);
    buffer_fini(&agent->tls);
}

void rps_agent_leave(struct rps_agent *agent)
{
    agent->gone = true;
    io_signal(&agent->changed);
}

bool rps_agent_is_there(const struct rps_agent *agent, struct error *err)
{
    return !agent->gone || error_set(err, ERROR_CONNECTION, "the agent has gone");
}

/* ---- to the agent ---- */

bool rps_agent_tell(struct rps_agent *agent, const struct rps_told *told, struct error *err)
{
    struct buffer text;
    if (!rps_agent_is_there(agent, err))
        return false;
    uint64_t outer = io_deadline_within(TELL_MS);
    bool ok = io_gate_enter(&agent->writing, err);
    if (ok) {
        buffer_init_secret(&text, OUT_LIMIT);
        rps_message_put(&text, agent->version, told);
        ok = buffer_ok(&text) ? io_stream_write(agent->socket, buffer_slice(&text), err)
                              : error_set(err, ERROR_TOO_LARGE, "the request is too large");
        buffer_fini(&text);
        io_gate_leave(&agent->writing);
    }
    io_deadline_restore(outer);
    return ok;
}

/* Sends bytes for AMT. */
static bool tell_bytes(struct rps_agent *agent, const char *method, struct slice bytes,
                       struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    const struct rps_told told = {
        .method = method, .status = "ok", .payload = encoding_base64(&arena, bytes)};
    bool ok = rps_agent_tell(agent, &told, err);
    arena_fini_wiped(&arena);
    return ok;
}

/* Waits for something to come. */
static bool wait_for_change(struct rps_agent *agent, uint64_t ms, struct error *err)
{
    uint64_t began = io_now();
    if (!rps_agent_is_there(agent, err))
        return false;
    bool ok = io_wait_for(&agent->changed, ms, err);
    (void)atomic_fetch_add_explicit(&agent->waited_ms, io_now() - began, memory_order_relaxed);
    return ok && rps_agent_is_there(agent, err);
}

static bool ask_for_echo(struct rps_agent *agent, struct error *err)
{
    const struct rps_told told = {
        .method = "heartbeat_request", .status = "heartbeat", .payload = SLICE_LITERAL("")};
    agent->heartbeats++;
    return rps_agent_tell(agent, &told, err);
}

/* Something may come that nobody waits for. */
static void begin_doubt(struct rps_agent *agent)
{
    agent->doubt = true;
    agent->sure_from = 0;
}

/* Waits until nothing of earlier requests can come any more, or is known when it comes, as far as
 * the agent lets us know. */
static bool clear_doubt(struct rps_agent *agent, struct error *err)
{
    struct error why;
    if (agent->deaf)
        return true;
    if (!ask_for_echo(agent, err))
        return false;
    agent->sure_from = agent->heartbeats;
    uint64_t half = io_deadline_left() / 2; /* the rest is for what is to be asked */
    uint64_t end = io_now() + (half < HEARTBEAT_MS ? half : HEARTBEAT_MS);
    while (agent->doubt) {
        uint64_t now = io_now();
        if (now < end && wait_for_change(agent, end - now, &why))
            continue;
        if (now < end && (why.code != ERROR_TIMEOUT || io_deadline_left() == 0)) {
            if (err != NULL)
                *err = why;
            return false;
        }
        agent->deaf = agent->echoes == 0;
        return true;
    }
    return true;
}

/* ---- from the agent ---- */

/* Whether the echo that ends the doubt is still to come. */
static bool is_ahead_of_echo(const struct rps_agent *agent)
{
    return agent->doubt && !agent->deaf && agent->sure_from > 0;
}

/* Of one request or another an answer was taken; never of the one that waits. */
static bool was_taken(const struct rps_agent *agent, uint64_t id)
{
    unsigned known = agent->taken_count < RPS_AGENT_TAKEN ? agent->taken_count : RPS_AGENT_TAKEN;
    for (unsigned i = 0; i < known; i++)
        if (agent->taken[i] == id)
            return agent->has_id && id != agent->id;
    return false;
}

static void drop(struct rps_agent *agent, struct metric *metric)
{
    agent->dropped++;
    metric_add(metric, 1);
}

/* Drops an answer that is not that of the request that waits. */
static bool drops(struct rps_agent *agent, struct slice bytes)
{
    uint64_t id;
    bool relates = rps_agent_answer_relates_to(bytes, &id);
    if (relates && was_taken(agent, id))
        drop(agent, &twice_total);
    else if (!agent->asked || (agent->answered && !agent->suspect) || is_ahead_of_echo(agent) ||
             (agent->doubt && agent->has_id && relates && id != agent->id))
        drop(agent, &late_total);
    else
        return false;
    return true;
}

static void take_answer(struct rps_agent *agent, struct slice bytes)
{
    if (drops(agent, bytes))
        return;
    if (agent->suspect) /* so that it was the last one again */
        drop(agent, &twice_total);
    agent->suspect = false;
    buffer_clear(&agent->answer);
    buffer_put(&agent->answer, bytes);
    agent->answered = true;
}

/* Bytes of an earlier tunnel are those that come before the echo. */
static bool take_tls(struct rps_agent *agent, struct slice bytes, struct error *err)
{
    if (!agent->tunnel || bytes.size == 0)
        return true;
    if (is_ahead_of_echo(agent)) {
        drop(agent, &late_total);
        return true;
    }
    buffer_put(&agent->tls, bytes);
    return buffer_ok(&agent->tls) ||
           error_set(err, ERROR_TOO_LARGE, "the agent sends more of TLS than is read");
}

static void take_echo(struct rps_agent *agent)
{
    if (agent->echoes == agent->heartbeats)
        return;
    agent->echoes++;
    agent->deaf = false;
    if (agent->sure_from > 0 && agent->echoes >= agent->sure_from) {
        agent->doubt = false;
        agent->sure_from = 0;
    }
}

bool rps_agent_take(struct rps_agent *agent, const struct rps_message *message, struct error *err)
{
    struct slice bytes = {NULL, 0};
    struct arena arena;
    bool ok = true;
    arena_init(&arena);
    bool sound = encoding_base64_decode(&arena, message->payload, &bytes);
    switch (message->kind) {
    case RPS_MESSAGE_RESPONSE:
        take_answer(agent, sound ? bytes : slice_of(NULL, 0));
        break;
    case RPS_MESSAGE_TLS_DATA:
        ok = !sound || take_tls(agent, bytes, err);
        break;
    case RPS_MESSAGE_CONNECTION_RESET:
        agent->reset |= !is_ahead_of_echo(agent);
        break;
    case RPS_MESSAGE_PORT_SWITCH_ACK:
        agent->acknowledged = agent->awaits_ack;
        break;
    case RPS_MESSAGE_HEARTBEAT_RESPONSE:
        take_echo(agent);
        break;
    case RPS_MESSAGE_COMMAND:
        break;
    }
    arena_fini_wiped(&arena);
    io_signal(&agent->changed);
    return ok;
}

/* ---- requests ---- */

bool rps_agent_begin_request(struct rps_agent *agent, struct error *err)
{
    if (agent->asked)
        return error_set(err, ERROR_INTERNAL, "a request of the device is outstanding");
    return !agent->doubt || clear_doubt(agent, err);
}

bool rps_agent_ask(struct rps_agent *agent, struct slice text, struct slice envelope,
                   struct error *err)
{
    agent->answered = false;
    agent->reset = false;
    agent->has_id = rps_agent_message_id(envelope, &agent->id);
    agent->asked = true;
    return tell_bytes(agent, "wsman", text, err);
}

static bool is_refusal(struct slice answer)
{
    const struct slice version = SLICE_LITERAL("HTTP/1.1 "), status = SLICE_LITERAL("401");
    return slice_equal(slice_first(slice_from(answer, version.size), status.size), status);
}

/* What to know an answer by when it is said again. */
static void remember_answer(struct rps_agent *agent)
{
    uint64_t id;
    buffer_clear(&agent->last);
    if (is_refusal(buffer_slice(&agent->answer)))
        buffer_put(&agent->last, buffer_slice(&agent->answer));
    else if (agent->has_id && rps_agent_answer_relates_to(buffer_slice(&agent->answer), &id) &&
             id == agent->id)
        agent->taken[agent->taken_count++ % RPS_AGENT_TAKEN] = id;
}

static bool is_as_the_last(const struct rps_agent *agent)
{
    return buffer_size(&agent->last) > 0 && !agent->deaf &&
           slice_equal(buffer_slice(&agent->last), buffer_slice(&agent->answer));
}

/* The answer is the last one again, or a device repeats itself: agents answer in order, so that
 * what is still to come comes ahead of the echo. */
static bool settle_suspect(struct rps_agent *agent, struct error *err)
{
    struct error why;
    if (!ask_for_echo(agent, err))
        return false;
    unsigned echo = agent->heartbeats;
    uint64_t half = io_deadline_left() / 2;
    uint64_t end = io_now() + (half < HEARTBEAT_MS ? half : HEARTBEAT_MS);
    agent->suspect = true;
    while (agent->suspect && agent->echoes < echo && io_now() < end) {
        if (wait_for_change(agent, end - io_now(), &why) ||
            (why.code == ERROR_TIMEOUT && io_deadline_left() > 0))
            continue;
        agent->suspect = false;
        if (err != NULL)
            *err = why;
        return false;
    }
    agent->deaf |= agent->suspect && agent->echoes == 0;
    return true;
}

bool rps_agent_await_answer(struct rps_agent *agent, struct buffer *answer, struct error *err)
{
    while (!agent->answered) {
        if (agent->reset) {
            agent->reset = false;
            return error_set(err, ERROR_CONNECTION, "the agent lost its connection to AMT");
        }
        if (!wait_for_change(agent, IO_FOREVER, err))
            return false;
    }
    while (!agent->suspect && is_as_the_last(agent))
        if (!settle_suspect(agent, err))
            return false;
    agent->suspect = false;
    remember_answer(agent);
    buffer_put(answer, buffer_slice(&agent->answer));
    buffer_clear(&agent->answer);
    agent->asked = false;
    return true;
}

void rps_agent_give_up(struct rps_agent *agent)
{
    agent->asked = false;
    agent->suspect = false;
    begin_doubt(agent);
}

/* ---- TLS ---- */

bool rps_agent_open_tunnel(struct rps_agent *agent, struct error *err)
{
    if (agent->tunnel)
        return error_set(err, ERROR_INTERNAL, "a TLS tunnel is open already");
    if (agent->had_tunnel)
        begin_doubt(agent);
    if (agent->doubt && !clear_doubt(agent, err))
        return false;
    buffer_clear(&agent->tls);
    agent->tunnel = true;
    agent->had_tunnel = true;
    agent->reset = false;
    return true;
}

bool rps_agent_send_tls(struct rps_agent *agent, struct slice bytes, struct error *err)
{
    return tell_bytes(agent, "tls_data", bytes, err) &&
           (agent->heartbeats > 0 || ask_for_echo(agent, err));
}

bool rps_agent_read_tls(struct rps_agent *agent, void *to, size_t size, size_t *got,
                        struct error *err)
{
    *got = 0;
    while (buffer_size(&agent->tls) == 0) {
        if (agent->reset)
            return true; /* AMT has hung up */
        if (!wait_for_change(agent, IO_FOREVER, err))
            return false;
    }
    struct slice piece = slice_first(buffer_slice(&agent->tls), size);
    memcpy(to, piece.data, piece.size);
    buffer_consume(&agent->tls, piece.size);
    *got = piece.size;
    return true;
}

void rps_agent_close_tunnel(struct rps_agent *agent)
{
    agent->tunnel = false;
    buffer_clear(&agent->tls);
}

/* ---- ports and pauses ---- */

bool rps_agent_switch_port(struct rps_agent *agent, uint16_t port, uint32_t delay_s,
                           struct error *err)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{\"port\":\"%u\",\"delay\":%lu}", port,
                   (unsigned long)delay_s);
    const struct rps_told told = {
        .method = "port_switch", .status = "ok", .payload = slice_of_string(text)};
    uint64_t outer = io_deadline_within(((uint64_t)delay_s + SWITCH_MORE_S) * 1000);
    agent->acknowledged = false;
    agent->awaits_ack = true;
    bool ok = rps_agent_tell(agent, &told, err);
    while (ok && !agent->acknowledged)
        ok = wait_for_change(agent, IO_FOREVER, err);
    agent->awaits_ack = false;
    agent->reset = false;
    io_deadline_restore(outer);
    return ok || error_wrap(err, "the agent did not move to port %u", port);
}

bool rps_agent_pause(struct rps_agent *agent, uint32_t ms, struct error *err)
{
    struct error why;
    uint64_t end = io_now() + ms;
    for (uint64_t now = io_now(); now < end; now = io_now()) {
        uint64_t step = end - now < SIGN_MS ? end - now : SIGN_MS;
        if (!wait_for_change(agent, step, &why) &&
            (why.code != ERROR_TIMEOUT || io_deadline_left() == 0)) {
            if (err != NULL)
                *err = why;
            return false;
        }
        if (io_now() - now >= SIGN_MS && !agent->deaf && agent->heartbeats == agent->echoes &&
            !ask_for_echo(agent, err))
            return false;
    }
    return true;
}
