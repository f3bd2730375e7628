#include "sim/lme_device.h"

#include <string.h>

#define SERVICE_AUTH  "auth@amt.intel.com"
#define SERVICE_PFWD  "pfwd@amt.intel.com"
#define TRIGGER_LOCAL 254

static const uint16_t ports[SIM_LME_PORTS] = {16992, 623, 16993, 664};

/* ---- sending: one message at a time ---- */

static void flush(struct sim_lme *lme, struct buffer *message)
{
    lme->events->pool.send(lme->owner, buffer_slice(message));
    buffer_fini(message);
}

#define SEND(lme, encoder, ...)                  \
    do {                                         \
        struct buffer message_;                  \
        buffer_init(&message_, SIM_APF_MESSAGE); \
        encoder(&message_, __VA_ARGS__);         \
        flush((lme), &message_);                 \
    } while (0)

/* ---- the session ---- */

void sim_lme_init(struct sim_lme *lme, const struct sim_lme_options *options,
                  const struct sim_lme_events *events, void *owner)
{
    memset(lme, 0, sizeof(*lme));
    lme->options = *options;
    lme->events = events;
    lme->owner = owner;
    sim_apf_pool_init(&lme->pool, &events->pool, owner, options->window, &lme->oddities);
}

void sim_lme_fini(struct sim_lme *lme)
{
    sim_apf_pool_fini(&lme->pool);
}

static void forget(struct sim_lme *lme)
{
    sim_apf_pool_end(&lme->pool);
    memset(lme->forwards, SIM_LME_ABSENT, sizeof(lme->forwards));
    lme->state = SIM_LME_IDLE;
}

static bool disconnect(struct sim_lme *lme, uint32_t reason)
{
    SEND(lme, apf_put_disconnect, reason);
    forget(lme);
    return false;
}

/* The identifier is the dummy that hardware shows, 12 34 56 78 09 00 … (spec rpc 3.2). */
static void begin(struct sim_lme *lme)
{
    static const struct guid dummy = {{0x78, 0x56, 0x34, 0x12, 0x00, 0x09}};
    SEND(lme, apf_put_protocolversion, 1, 0, TRIGGER_LOCAL, &dummy);
    lme->state = lme->options.logs_in ? SIM_LME_AUTH : SIM_LME_SERVICE;
    if (lme->options.logs_in)
        SEND(lme, apf_put_service_request, SLICE_LITERAL(SERVICE_AUTH));
    else
        SEND(lme, apf_put_service_request, SLICE_LITERAL(SERVICE_PFWD));
}

void sim_lme_restart(struct sim_lme *lme)
{
    forget(lme);
    begin(lme);
}

/* Some hosts answer the machine's own with a copy: only the first one begins the session. */
static bool on_version(struct sim_lme *lme, const struct apf_message *message)
{
    if (message->version.major != 1 || message->version.minor != 0)
        return disconnect(lme, APF_PROTOCOL_VERSION_NOT_SUPPORTED);
    if (lme->state == SIM_LME_IDLE)
        begin(lme);
    return true;
}

static bool on_accept(struct sim_lme *lme, const struct apf_message *message)
{
    struct slice name = message->service.name;
    if (lme->state == SIM_LME_AUTH && slice_equal_string(name, SERVICE_AUTH)) {
        lme->state = SIM_LME_LOGIN;
        SEND(lme, apf_put_userauth_request, (struct slice){0}, SLICE_LITERAL(SERVICE_PFWD),
             SLICE_LITERAL("password"), (struct slice){0});
        return true;
    }
    if (lme->state == SIM_LME_SERVICE && slice_equal_string(name, SERVICE_PFWD)) {
        lme->state = SIM_LME_READY;
        sim_lme_settle(lme);
        return true;
    }
    return disconnect(lme, lme->state == SIM_LME_AUTH || lme->state == SIM_LME_SERVICE
                               ? APF_SERVICE_NOT_AVAILABLE
                               : APF_PROTOCOL_ERROR);
}

static bool on_login(struct sim_lme *lme)
{
    if (lme->state != SIM_LME_LOGIN)
        return disconnect(lme, APF_PROTOCOL_ERROR);
    lme->state = SIM_LME_SERVICE;
    SEND(lme, apf_put_service_request, SLICE_LITERAL(SERVICE_PFWD));
    return true;
}

/* ---- forwards ---- */

/* 623 goes with 16992, and 664 with 16993. */
static bool is_wanted(const struct sim_lme *lme, unsigned index)
{
    return !lme->held && lme->events->listens(lme->owner, ports[index & ~1u]);
}

static bool waits_for_answer(const struct sim_lme *lme)
{
    for (unsigned i = 0; i < SIM_LME_PORTS; i++) {
        if (lme->forwards[i] == SIM_LME_ASKED || lme->forwards[i] == SIM_LME_WITHDRAWN)
            return true;
    }
    return false;
}

static bool step(struct sim_lme *lme, unsigned index)
{
    bool wanted = is_wanted(lme, index);
    bool forwarded = lme->forwards[index] == SIM_LME_FORWARDED;
    if (wanted == forwarded)
        return false;
    lme->forwards[index] = wanted ? SIM_LME_ASKED : SIM_LME_WITHDRAWN;
    SEND(lme, apf_put_tcpip_forward, !wanted, true, slice_of_string(lme->options.host_name),
         ports[index]);
    return true;
}

bool sim_lme_is_settled(const struct sim_lme *lme)
{
    for (unsigned i = 0; i < SIM_LME_PORTS; i++) {
        if (lme->forwards[i] != (is_wanted(lme, i) ? SIM_LME_FORWARDED : SIM_LME_ABSENT))
            return false;
    }
    return lme->state == SIM_LME_READY;
}

void sim_lme_settle(struct sim_lme *lme)
{
    if (lme->state != SIM_LME_READY || waits_for_answer(lme))
        return;
    for (unsigned i = 0; i < SIM_LME_PORTS; i++) {
        if (step(lme, i))
            return;
    }
}

/* One that the host refuses counts as made: it is not asked again, and nobody comes by it. */
static bool on_answer(struct sim_lme *lme, const struct apf_message *message)
{
    unsigned i = 0;
    while (i < SIM_LME_PORTS && lme->forwards[i] != SIM_LME_ASKED &&
           lme->forwards[i] != SIM_LME_WITHDRAWN)
        i++;
    if (i == SIM_LME_PORTS) {
        lme->oddities++; /* of the session before */
        return true;
    }
    bool asked = lme->forwards[i] == SIM_LME_ASKED;
    if (message->type == APF_REQUEST_SUCCESS && asked && message->request_success.has_port &&
        message->request_success.port != ports[i])
        lme->oddities++;
    lme->forwards[i] = asked ? SIM_LME_FORWARDED : SIM_LME_ABSENT;
    sim_lme_settle(lme);
    return true;
}

static bool forwards(const struct sim_lme *lme, uint32_t port)
{
    for (unsigned i = 0; i < SIM_LME_PORTS; i++) {
        if (ports[i] == port && lme->forwards[i] == SIM_LME_FORWARDED)
            return true;
    }
    return false;
}

/* ---- receiving ---- */

static bool on_message(struct sim_lme *lme, const struct apf_message *message)
{
    if (lme->state == SIM_LME_IDLE && message->type != APF_PROTOCOLVERSION)
        return disconnect(lme, APF_PROTOCOL_ERROR);
    switch (message->type) {
    case APF_PROTOCOLVERSION:
        return on_version(lme, message);
    case APF_SERVICE_ACCEPT:
        return on_accept(lme, message);
    case APF_USERAUTH_SUCCESS:
        return on_login(lme);
    case APF_REQUEST_SUCCESS:
    case APF_REQUEST_FAILURE:
        return on_answer(lme, message);
    case APF_KEEPALIVE_REQUEST:
        SEND(lme, apf_put_keepalive_reply, message->keepalive.cookie);
        return true;
    case APF_KEEPALIVE_OPTIONS_REQUEST:
        SEND(lme, apf_put_keepalive_options_reply, message->options.interval_s,
             message->options.timeout_s);
        return true;
    case APF_KEEPALIVE_REPLY:
        return true;
    case APF_DISCONNECT:
        forget(lme);
        return true;
    case APF_CHANNEL_OPEN:
        sim_apf_pool_open(&lme->pool, message,
                          !lme->held && forwards(lme, message->open.connected_port));
        return true;
    default:
        return sim_apf_pool_take(&lme->pool, message) || disconnect(lme, APF_PROTOCOL_ERROR);
    }
}

bool sim_lme_feed(struct sim_lme *lme, struct slice message)
{
    while (message.size > 0) {
        struct apf_message one;
        size_t used;
        /* what stands alone says itself whether it names a port */
        bool has_port = message.size >= 5;
        if (apf_decode(message, has_port, &one, &used, NULL) != APF_DECODED)
            return disconnect(lme, APF_PROTOCOL_ERROR);
        message = slice_from(message, used);
        if (!on_message(lme, &one))
            return false;
    }
    return true;
}
