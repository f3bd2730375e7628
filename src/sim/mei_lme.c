#include "sim/mei_lme.h"

#include "sim/door.h"

#include <string.h>

#define WINDOW      8192 /* firmware's is not known (spec device-protocols 1.3) */
#define SLOW_MS     1000
#define WITHDRAW_MS 100
#define OUT_LIMIT   8192 /* bytes of a message of the ME */
/* From the end of an answer to the close of its channel. How long firmware takes is not known, but
 * longer than nothing: rpc-go takes a close for the end of the answer, and loses an answer whose
 * close comes with it. */
#define CLOSE_MS 20
/* Until an alert that was refused, or not acknowledged, is told again; firmware's pause is not
 * known. */
#define ALERT_AGAIN_MS 5000
#define ANSWER_LIMIT   8192

/* ---- what leaves, right or wrong ---- */

static bool has_fault(struct sim_mei_lme *lme, enum sim_mei_fault_kind kind)
{
    return sim_mei_fault_hit(lme->faults, kind, "lme", 0) != NULL;
}

static void send_out(struct sim_mei_lme *lme)
{
    if (buffer_size(&lme->out) > 0)
        lme->send(lme->owner, buffer_slice(&lme->out));
    buffer_clear(&lme->out);
    lme->out_waits = false;
}

/* Messages leave two by two; the last of a call does not wait for another one. */
static void send_joined(struct sim_mei_lme *lme, struct slice message)
{
    if (buffer_size(&lme->out) + message.size > OUT_LIMIT)
        send_out(lme);
    buffer_put(&lme->out, message);
    if (lme->out_waits)
        send_out(lme);
    else
        lme->out_waits = true;
}

/* Of a channel that nobody has. */
static void send_stale_close(struct sim_mei_lme *lme)
{
    static const uint8_t stale[] = {APF_CHANNEL_CLOSE, 0, 0, 0, 0};
    if (has_fault(lme, SIM_MEI_FAULT_LME_STALE_CLOSE))
        lme->send(lme->owner, slice_of(stale, sizeof(stale)));
}

static void on_send(void *owner, struct slice message)
{
    struct sim_mei_lme *lme = owner;
    if (message.data[0] == APF_CHANNEL_OPEN_CONFIRMATION)
        send_stale_close(lme);
    if (lme->out_waits || has_fault(lme, SIM_MEI_FAULT_LME_COALESCE)) {
        send_joined(lme, message);
    } else if (message.size > 1 && has_fault(lme, SIM_MEI_FAULT_LME_SPLIT)) {
        lme->send(lme->owner, slice_first(message, message.size / 2));
        lme->send(lme->owner, slice_from(message, message.size / 2));
    } else {
        lme->send(lme->owner, message);
    }
}

/* ---- alerts ---- */

static bool is_alert(const struct sim_mei_lme *lme, unsigned number)
{
    return lme->alert_answer != NULL && lme->alert_channel == number;
}

/* One at a time, each on a channel of its own; one that fails is tried again while it lives. */
static void send_alert(struct sim_mei_lme *lme)
{
    struct sim_alert_target target;
    sim_alerts_look(lme->alerts, lme->now_ms);
    if (lme->session.state != SIM_LME_READY || lme->alert_answer != NULL ||
        lme->now_ms < lme->alert_again_ms ||
        sim_alerts_next(lme->alerts, lme->now_ms, &target) == NULL)
        return;
    lme->alert_again_ms = lme->now_ms + ALERT_AGAIN_MS;
    lme->alert_channel = sim_apf_pool_call(
        &lme->session.pool,
        target.port == 0 ? SLICE_LITERAL("localhost") : SLICE_LITERAL("127.0.0.1"), target.port);
    if (lme->alert_channel < SIM_APF_CHANNELS)
        lme->alert_answer = http_parser_new(HTTP_PARSE_RESPONSE, ANSWER_LIMIT, ANSWER_LIMIT);
}

static void on_taken(void *owner, unsigned number)
{
    struct sim_mei_lme *lme = owner;
    struct sim_alert_target target;
    struct buffer request;
    const struct sim_alert *alert = sim_alerts_next(lme->alerts, lme->now_ms, &target);
    buffer_init(&request, OUT_LIMIT);
    if (alert != NULL && lme->session.pool.channels[number].port == target.port)
        sim_alert_put(alert, &target, &request);
    if (buffer_size(&request) == 0 ||
        !sim_apf_pool_write(&lme->session.pool, number, buffer_slice(&request)))
        sim_apf_pool_close(&lme->session.pool, number);
    buffer_fini(&request);
}

/* Any 200 will do. */
static void take_acknowledgement(struct sim_mei_lme *lme, struct slice bytes)
{
    enum http_parse parse = HTTP_PARSE_HEAD;
    while (parse == HTTP_PARSE_HEAD)
        parse = http_parser_feed(lme->alert_answer, &bytes);
    if (parse == HTTP_PARSE_MORE)
        return;
    if (parse == HTTP_PARSE_DONE && http_parser_message(lme->alert_answer)->status == 200) {
        sim_alerts_told(lme->alerts);
        lme->alert_again_ms = 0;
    }
    sim_apf_pool_close(&lme->session.pool, lme->alert_channel);
    http_parser_free(lme->alert_answer); /* it closes later where the request has not all gone */
    lme->alert_answer = NULL;
}

/* ---- channels ---- */

static unsigned number_of(const struct sim_mei_lme_channel *channel)
{
    return (unsigned)(channel - channel->lme->channels);
}

static void on_service_send(void *owner, struct slice bytes)
{
    struct sim_mei_lme_channel *channel = owner;
    if (!sim_apf_pool_write(&channel->lme->session.pool, number_of(channel), bytes))
        channel->failed = true;
}

static size_t on_service_queued(void *owner)
{
    const struct sim_mei_lme_channel *channel = owner;
    return sim_apf_pool_queued(&channel->lme->session.pool, number_of(channel));
}

static const struct sim_service_events service_events = {.send = on_service_send,
                                                         .queued = on_service_queued};

static bool on_opened(void *owner, unsigned number, uint16_t port)
{
    struct sim_mei_lme *lme = owner;
    struct sim_mei_lme_channel *channel = &lme->channels[number];
    channel->lme = lme;
    channel->failed = false;
    channel->close_ms = UINT64_MAX;
    channel->closes = false;
    channel->service =
        sim_service_new_local(lme->host, port, &service_events, channel, lme->now_ms);
    return channel->service != NULL;
}

static void on_closed(void *owner, unsigned number)
{
    struct sim_mei_lme *lme = owner;
    if (is_alert(lme, number)) {
        http_parser_free(lme->alert_answer);
        lme->alert_answer = NULL;
        return;
    }
    sim_service_free(lme->channels[number].service, lme->now_ms);
    lme->channels[number].service = NULL;
    if (has_fault(lme, SIM_MEI_FAULT_LME_DROP))
        lme->drops = true;
}

/* Closes a channel, in a while, whose service has finished. */
static void finish(struct sim_mei_lme *lme, unsigned number)
{
    struct sim_mei_lme_channel *channel = &lme->channels[number];
    if (channel->service == NULL || channel->closes ||
        !(channel->failed || channel->service->finished))
        return;
    if (channel->close_ms == UINT64_MAX)
        channel->close_ms = lme->now_ms + CLOSE_MS;
    if (channel->close_ms > lme->now_ms)
        return;
    channel->close_ms = UINT64_MAX;
    channel->closes = true;
    sim_apf_pool_close(&lme->session.pool, number);
}

static void on_data(void *owner, unsigned number, struct slice bytes)
{
    struct sim_mei_lme *lme = owner;
    if (is_alert(lme, number))
        take_acknowledgement(lme, bytes);
    if (lme->channels[number].service == NULL)
        return;
    /* How firmware cuts TLS into messages is not known. Records that are made together leave
     * together: rpc-go takes what is left of one channel for the first bytes of the next. */
    sim_apf_pool_cork(&lme->session.pool);
    sim_service_feed(lme->channels[number].service, bytes, lme->now_ms);
    sim_apf_pool_uncork(&lme->session.pool);
    finish(lme, number);
}

static bool on_listens(void *owner, uint16_t port)
{
    const struct sim_mei_lme *lme = owner;
    return sim_door_is_open(lme->host->web.device, port, true);
}

static const struct sim_lme_events session_events = {
    .pool = {.send = on_send,
             .opened = on_opened,
             .data = on_data,
             .closed = on_closed,
             .taken = on_taken},
    .listens = on_listens,
};

/* ---- the session ---- */

/* What waited for the end of the call. */
static void end_call(struct sim_mei_lme *lme)
{
    if (lme->drops && sim_apf_pool_busy(&lme->session.pool) == 0) {
        lme->drops = false;
        sim_lme_restart(&lme->session);
    }
    sim_lme_settle(&lme->session);
    send_alert(lme);
    send_out(lme);
}

static void hold_back(struct sim_mei_lme *lme, uint64_t ms)
{
    lme->session.held = true;
    lme->held_ms = lme->now_ms + ms;
}

void sim_mei_lme_init(struct sim_mei_lme *lme, struct sim_service_host *host,
                      struct sim_mei_faults *faults, struct sim_alerts *alerts,
                      void (*send)(void *owner, struct slice message), void *owner, uint64_t now_ms)
{
    const struct sim_device *device = host->web.device;
    struct sim_lme_options options = {.host_name = device->host_name,
                                      .logs_in = device->personality->major < 14,
                                      .window = WINDOW};
    memset(lme, 0, sizeof(*lme));
    sim_lme_init(&lme->session, &options, &session_events, lme);
    lme->host = host;
    lme->faults = faults;
    lme->alerts = alerts;
    lme->send = send;
    lme->owner = owner;
    lme->now_ms = now_ms;
    lme->held_ms = UINT64_MAX;
    buffer_init_secret(&lme->out, OUT_LIMIT);
    if (has_fault(lme, SIM_MEI_FAULT_LME_SLOW))
        hold_back(lme, SLOW_MS);
}

void sim_mei_lme_fini(struct sim_mei_lme *lme)
{
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++)
        sim_service_free(lme->channels[i].service, lme->now_ms);
    http_parser_free(lme->alert_answer);
    sim_lme_fini(&lme->session);
    buffer_fini(&lme->out);
}

void sim_mei_lme_feed(struct sim_mei_lme *lme, struct slice message, uint64_t now_ms)
{
    lme->now_ms = now_ms;
    if (message.size > 0 && message.data[0] == APF_CHANNEL_OPEN &&
        has_fault(lme, SIM_MEI_FAULT_LME_REFUSE)) {
        hold_back(lme, WITHDRAW_MS);
        sim_lme_settle(&lme->session);
    }
    (void)sim_lme_feed(&lme->session, message);
    if (message.size > 0 && message.data[0] == APF_REQUEST_SUCCESS &&
        sim_lme_is_settled(&lme->session))
        send_stale_close(lme);
    end_call(lme);
}

void sim_mei_lme_tick(struct sim_mei_lme *lme, uint64_t now_ms)
{
    lme->now_ms = now_ms;
    if (lme->held_ms <= now_ms) {
        lme->held_ms = UINT64_MAX;
        lme->session.held = false;
    }
    sim_apf_pool_cork(&lme->session.pool);
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++) {
        struct sim_service *service = lme->channels[i].service;
        if (service != NULL && sim_service_due(service) <= now_ms)
            sim_service_tick(service, now_ms);
    }
    sim_apf_pool_uncork(&lme->session.pool);
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++)
        finish(lme, i);
    end_call(lme);
}

uint64_t sim_mei_lme_due(const struct sim_mei_lme *lme)
{
    uint64_t due = lme->held_ms;
    if (lme->alerts->count > 0 && lme->alert_answer == NULL && lme->session.state == SIM_LME_READY)
        due = due < lme->alert_again_ms ? due : lme->alert_again_ms;
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++) {
        const struct sim_mei_lme_channel *channel = &lme->channels[i];
        if (channel->service == NULL)
            continue;
        uint64_t own = sim_service_due(channel->service);
        own = own < channel->close_ms ? own : channel->close_ms;
        due = due < own ? due : own;
    }
    return due;
}

void sim_mei_lme_settle(struct sim_mei_lme *lme, uint64_t now_ms)
{
    lme->now_ms = now_ms;
    end_call(lme);
}
