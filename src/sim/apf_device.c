#include "sim/apf_device.h"

#include <string.h>

#define SERVICE_AUTH "auth@amt.intel.com"
#define SERVICE_PFWD "pfwd@amt.intel.com"

#define PARTIAL_LIMIT (2 * 1024 * 1024)

const char *sim_apf_state_name(enum sim_apf_state state)
{
    static const char *const names[] = {"IDLE",       "AUTH_SERVICE", "LOGIN", "PFWD_SERVICE",
                                        "FORWARDING", "READY",        "OVER"};
    return names[state];
}

static void on_send(void *owner, struct slice message)
{
    struct sim_apf *apf = owner;
    apf->events->send(apf->owner, message);
}

static bool on_opened(void *owner, unsigned channel, uint16_t port)
{
    struct sim_apf *apf = owner;
    return apf->events->opened(apf->owner, channel, port);
}

static void on_channel_data(void *owner, unsigned channel, struct slice bytes)
{
    struct sim_apf *apf = owner;
    apf->events->data(apf->owner, channel, bytes);
}

static void on_channel_closed(void *owner, unsigned channel)
{
    struct sim_apf *apf = owner;
    apf->events->closed(apf->owner, channel);
}

static const struct sim_apf_pool_events pool_events = {
    .send = on_send, .opened = on_opened, .data = on_channel_data, .closed = on_channel_closed};

void sim_apf_init(struct sim_apf *apf, const struct sim_apf_options *options,
                  const struct sim_apf_events *events, void *owner)
{
    memset(apf, 0, sizeof(*apf));
    apf->options = options;
    apf->events = events;
    apf->owner = owner;
    apf->next_ms = UINT64_MAX;
    sim_apf_pool_init(&apf->pool, &pool_events, apf, options->window, &apf->oddities);
    buffer_init(&apf->partial, PARTIAL_LIMIT);
}

void sim_apf_fini(struct sim_apf *apf)
{
    sim_apf_pool_fini(&apf->pool);
    buffer_fini(&apf->partial);
}

/* ---- sending: one message at a time ---- */

static void flush(struct sim_apf *apf, struct buffer *message)
{
    apf->events->send(apf->owner, buffer_slice(message));
    buffer_fini(message);
}

#define SEND(apf, encoder, ...)                  \
    do {                                         \
        struct buffer message_;                  \
        buffer_init(&message_, SIM_APF_MESSAGE); \
        encoder(&message_, __VA_ARGS__);         \
        flush((apf), &message_);                 \
    } while (0)

static void finish(struct sim_apf *apf, enum sim_apf_end end, uint32_t reason)
{
    if (apf->state == SIM_APF_OVER)
        return;
    apf->state = SIM_APF_OVER;
    apf->next_ms = UINT64_MAX;
    sim_apf_pool_end(&apf->pool);
    apf->events->over(apf->owner, end, reason);
}

static void violation(struct sim_apf *apf)
{
    if (apf->state == SIM_APF_OVER)
        return;
    SEND(apf, apf_put_disconnect, APF_PROTOCOL_ERROR);
    finish(apf, SIM_APF_END_VIOLATION, APF_PROTOCOL_ERROR);
}

void sim_apf_leave(struct sim_apf *apf)
{
    if (apf->state == SIM_APF_OVER)
        return;
    SEND(apf, apf_put_disconnect, APF_BY_APPLICATION);
    finish(apf, SIM_APF_END_LEFT, APF_BY_APPLICATION);
}

/* ---- login ---- */

void sim_apf_start(struct sim_apf *apf, uint64_t now_us)
{
    (void)now_us;
    apf->interval_s = apf->options->keepalive_s;
    apf->timeout_s = apf->options->keepalive_timeout_s;
    apf->state = SIM_APF_AUTH_SERVICE;
    SEND(apf, apf_put_protocolversion, 1, 0, apf->options->trigger, &apf->options->guid);
    SEND(apf, apf_put_service_request, SLICE_LITERAL(SERVICE_AUTH));
}

/* Arms the keep-alive: the interval runs from the last one. */
static void arm(struct sim_apf *apf, uint64_t now_us)
{
    apf->next_ms = apf->interval_s == 0 ? UINT64_MAX : now_us / 1000 + apf->interval_s * 1000u;
}

static void forward_next(struct sim_apf *apf, uint64_t now_us)
{
    uint16_t port = apf->options->ports[apf->port_at];
    if (port != 0) {
        SEND(apf, apf_put_tcpip_forward, false, true, slice_of_string(apf->options->host_name),
             port);
        return;
    }
    apf->state = SIM_APF_READY;
    if (apf->next_ms == UINT64_MAX)
        arm(apf, now_us);
    apf->events->ready(apf->owner);
}

static void on_service_accept(struct sim_apf *apf, const struct apf_message *message,
                              uint64_t now_us)
{
    if (apf->state == SIM_APF_AUTH_SERVICE &&
        slice_equal_string(message->service.name, SERVICE_AUTH)) {
        apf->state = SIM_APF_LOGIN;
        SEND(apf, apf_put_userauth_request, slice_of_string(apf->options->user),
             SLICE_LITERAL(SERVICE_PFWD), SLICE_LITERAL("password"),
             slice_of_string(apf->options->password));
    } else if (apf->state == SIM_APF_PFWD_SERVICE &&
               slice_equal_string(message->service.name, SERVICE_PFWD)) {
        apf->state = SIM_APF_FORWARDING;
        forward_next(apf, now_us);
    } else {
        violation(apf);
    }
}

static void on_success(struct sim_apf *apf)
{
    if (apf->state != SIM_APF_LOGIN) {
        violation(apf);
        return;
    }
    apf->state = SIM_APF_PFWD_SERVICE;
    SEND(apf, apf_put_service_request, SLICE_LITERAL(SERVICE_PFWD));
}

static void on_request_answer(struct sim_apf *apf, const struct apf_message *message,
                              uint64_t now_us)
{
    if (apf->state != SIM_APF_FORWARDING) {
        violation(apf);
        return;
    }
    if (message->type == APF_REQUEST_SUCCESS &&
        message->request_success.port != apf->options->ports[apf->port_at])
        apf->oddities++;
    apf->port_at++;
    forward_next(apf, now_us);
}

/* ---- keep-alive ---- */

bool sim_apf_ping(struct sim_apf *apf, uint64_t now_us)
{
    if (apf->state == SIM_APF_OVER || apf->awaiting_reply)
        return false;
    apf->cookie++;
    apf->awaiting_reply = true;
    apf->asked_us = now_us;
    SEND(apf, apf_put_keepalive_request, apf->cookie);
    return true;
}

static void on_keepalive_reply(struct sim_apf *apf, const struct apf_message *message,
                               uint64_t now_us)
{
    if (!apf->awaiting_reply || message->keepalive.cookie != apf->cookie) {
        apf->oddities++;
        return;
    }
    apf->awaiting_reply = false;
    arm(apf, apf->asked_us);
    if (apf->next_ms <= now_us / 1000)
        arm(apf, now_us);
    if (apf->events->round_trip != NULL)
        apf->events->round_trip(apf->owner, now_us - apf->asked_us);
}

static void on_keepalive_options(struct sim_apf *apf, const struct apf_message *message,
                                 uint64_t now_us)
{
    if (apf->state != SIM_APF_FORWARDING && apf->state != SIM_APF_READY) {
        violation(apf);
        return;
    }
    SEND(apf, apf_put_keepalive_options_reply, message->options.interval_s,
         message->options.timeout_s);
    if (apf->options->ignore_keepalive_options)
        return;
    apf->interval_s = message->options.interval_s;
    if (message->options.timeout_s != 0)
        apf->timeout_s = message->options.timeout_s;
    arm(apf, now_us);
}

uint64_t sim_apf_due(const struct sim_apf *apf)
{
    if (apf->awaiting_reply && apf->timeout_s != 0)
        return apf->asked_us / 1000 + apf->timeout_s * 1000u;
    return apf->awaiting_reply ? UINT64_MAX : apf->next_ms;
}

void sim_apf_tick(struct sim_apf *apf, uint64_t now_us)
{
    if (apf->state == SIM_APF_OVER || sim_apf_due(apf) > now_us / 1000)
        return;
    if (apf->awaiting_reply)
        finish(apf, SIM_APF_END_KEEPALIVE, 0);
    else
        sim_apf_ping(apf, now_us);
}

/* ---- channels ---- */

static bool forwards(const struct sim_apf *apf, uint32_t port)
{
    for (unsigned i = 0; i < apf->port_at; i++) {
        if (apf->options->ports[i] == port)
            return true;
    }
    return false;
}

static void on_open(struct sim_apf *apf, const struct apf_message *message)
{
    if (apf->state != SIM_APF_FORWARDING && apf->state != SIM_APF_READY)
        violation(apf);
    else
        sim_apf_pool_open(&apf->pool, message, forwards(apf, message->open.connected_port));
}

bool sim_apf_write(struct sim_apf *apf, unsigned channel, struct slice bytes)
{
    return apf->state != SIM_APF_OVER && sim_apf_pool_write(&apf->pool, channel, bytes);
}

size_t sim_apf_queued(const struct sim_apf *apf, unsigned channel)
{
    return sim_apf_pool_queued(&apf->pool, channel);
}

void sim_apf_close(struct sim_apf *apf, unsigned channel)
{
    if (apf->state != SIM_APF_OVER)
        sim_apf_pool_close(&apf->pool, channel);
}

/* ---- receiving ---- */

static void on_message(struct sim_apf *apf, const struct apf_message *message, uint64_t now_us)
{
    switch (message->type) {
    case APF_DISCONNECT:
        finish(apf, SIM_APF_END_DISCONNECT, message->disconnect.reason);
        break;
    case APF_PROTOCOLVERSION: /* the Go servers answer with their own; nothing waits for it */
        break;
    case APF_SERVICE_ACCEPT:
        on_service_accept(apf, message, now_us);
        break;
    case APF_USERAUTH_SUCCESS:
        on_success(apf);
        break;
    case APF_USERAUTH_FAILURE:
        if (apf->state == SIM_APF_LOGIN)
            finish(apf, SIM_APF_END_REFUSED, 0);
        else
            violation(apf);
        break;
    case APF_REQUEST_SUCCESS:
    case APF_REQUEST_FAILURE:
        on_request_answer(apf, message, now_us);
        break;
    case APF_KEEPALIVE_REQUEST:
        SEND(apf, apf_put_keepalive_reply, message->keepalive.cookie);
        break;
    case APF_KEEPALIVE_REPLY:
        on_keepalive_reply(apf, message, now_us);
        break;
    case APF_KEEPALIVE_OPTIONS_REQUEST:
        on_keepalive_options(apf, message, now_us);
        break;
    case APF_CHANNEL_OPEN:
        on_open(apf, message);
        break;
    case APF_CHANNEL_DATA:
    case APF_CHANNEL_WINDOW_ADJUST:
    case APF_CHANNEL_CLOSE:
        if (!sim_apf_pool_take(&apf->pool, message))
            violation(apf);
        break;
    default: /* what only a device sends */
        violation(apf);
        break;
    }
}

/* Handles the whole messages at the front of `bytes`; returns how much that was. */
static size_t take_messages(struct sim_apf *apf, struct slice bytes, uint64_t now_us)
{
    size_t taken = 0;
    while (apf->state != SIM_APF_OVER && taken < bytes.size) {
        struct apf_message message;
        size_t used;
        enum apf_decoded got = apf_decode(slice_from(bytes, taken),
                                          apf->state == SIM_APF_FORWARDING, &message, &used, NULL);
        if (got == APF_NEED_MORE)
            break;
        if (got == APF_MALFORMED) {
            violation(apf);
            break;
        }
        on_message(apf, &message, now_us);
        taken += used;
    }
    return taken;
}

bool sim_apf_feed(struct sim_apf *apf, struct slice bytes, uint64_t now_us)
{
    if (apf->state == SIM_APF_OVER)
        return false;
    if (buffer_size(&apf->partial) > 0) {
        buffer_put(&apf->partial, bytes);
        if (!buffer_ok(&apf->partial)) {
            violation(apf);
            return false;
        }
        size_t taken = take_messages(apf, buffer_slice(&apf->partial), now_us);
        buffer_consume(&apf->partial, taken);
    } else {
        size_t taken = take_messages(apf, bytes, now_us);
        buffer_put(&apf->partial, slice_from(bytes, taken));
    }
    buffer_release(&apf->partial);
    return apf->state != SIM_APF_OVER;
}
