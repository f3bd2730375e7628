#include "apf/session_internal.h"

#include "core/memory.h"

#include <stdlib.h>

#define DATA_HEADER 9
/* Channels that the ME has opened. */
#define ACCEPTED_MOST 4
/* Room in `out` that channel data leaves to everything else. */
#define CONTROL_ROOM 512
/* No device has a window anywhere near; what passes it is a device that cannot count. */
#define CREDIT_MOST (UINT32_C(1) << 31)

/*
 *   OPENING --91--> OPEN --apf_channel_close: 97--> CLOSING --97--> (freed)
 *      |              \--97: answer 97--> (freed)
 *      |--92, 97--> (freed)
 *      \--apf_channel_close--> UNWANTED --91: send 97--> CLOSING
 *                                       \--92, 97--> (freed)
 *
 * OVER is a channel whose closed event is on the stack. CLOSING and UNWANTED have no owner.
 */
enum channel_state { OPENING, OPEN, UNWANTED, CLOSING, OVER };

struct apf_channel {
    struct list link;
    struct apf_session *session;
    const struct apf_channel_events *events; /* NULL once the owner has closed */
    void *owner;
    uint32_t id;
    uint32_t peer_id;
    uint32_t credit;      /* what we may send */
    uint32_t credit_most; /* … at the best of times: the device's window, as far as that shows */
    uint32_t window;      /* what the device may still send */
    uint32_t window_most; /* … when nothing waits to be consumed */
    uint32_t unconsumed;  /* handed over, the owner has not dealt with it */
    uint32_t consumed;    /* dealt with, credit not returned yet */
    uint16_t port;
    uint8_t state; /* enum channel_state */
    bool accepted; /* opened by the ME */
};

static struct apf_channel *find(const struct apf_session *session, uint32_t id)
{
    for (struct list *at = session->channels.next; at != &session->channels; at = at->next) {
        struct apf_channel *channel = LIST_ENTRY(at, struct apf_channel, link);
        if (channel->id == id)
            return channel;
    }
    return NULL;
}

static bool is_disowned(const struct apf_channel *channel)
{
    return channel->state == UNWANTED || channel->state == CLOSING;
}

/* Takes the channel out, tells its owner and frees it. */
static void over(struct apf_channel *channel, const struct error *why)
{
    if (is_disowned(channel))
        channel->session->closing--;
    list_remove(&channel->link);
    channel->state = OVER;
    if (channel->events != NULL && channel->events->closed != NULL)
        channel->events->closed(channel->owner, why);
    free(channel);
}

static void misplaced(struct apf_session *session, enum apf_type type, uint32_t id,
                      const char *problem)
{
    apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL, "%s: its recipient channel %u %s",
                     apf_type_name(type), id, problem);
}

/* ---- messages ---- */

static bool is_accepted(const struct apf_channel *channel)
{
    return channel->accepted && !is_disowned(channel);
}

static uint32_t count_accepted(const struct apf_session *session)
{
    uint32_t count = 0;
    for (struct list *at = session->channels.next; at != &session->channels; at = at->next)
        count += is_accepted(LIST_ENTRY(at, struct apf_channel, link)) ? 1 : 0;
    return count;
}

static uint32_t take_id(struct apf_session *session)
{
    while (find(session, session->next_id) != NULL || session->next_id < APF_FIRST_ID)
        session->next_id++;
    return session->next_id++;
}

/* Offers the ME's channel to the owner. False when nobody takes it. */
static bool accept(struct apf_session *session, const struct apf_message *message)
{
    struct apf_channel *channel = memory_new(sizeof *channel);
    channel->session = session;
    channel->id = take_id(session);
    channel->peer_id = message->open.sender;
    channel->credit = message->open.window;
    channel->credit_most = channel->credit;
    channel->window_most = session->options.window;
    channel->window = channel->window_most;
    channel->state = OPEN;
    channel->accepted = true;
    channel->events = session->events->accept(session->owner, channel, message, &channel->owner);
    if (channel->events == NULL) {
        free(channel);
        return false;
    }
    list_append(&session->channels, &channel->link);
    apf_put_open_confirmation(session->out, channel->peer_id, channel->id, channel->window);
    return true;
}

/* The device's own channels carry its alerts; a server takes none (spec device-protocols 1.3, rule
 * 10), and here they are taken by whoever asks for them. */
static void on_open(struct apf_session *session, const struct apf_message *message)
{
    if (session->options.local && session->events->accept != NULL) {
        if (count_accepted(session) == ACCEPTED_MOST) {
            apf_put_open_failure(session->out, message->open.sender, APF_RESOURCE_SHORTAGE);
            return;
        }
        if (message->open.window <= CREDIT_MOST && accept(session, message))
            return;
    }
    bool direct = slice_equal_string(message->open.type, "direct-tcpip");
    apf_put_open_failure(session->out, message->open.sender,
                         direct ? APF_ADMINISTRATIVELY_PROHIBITED : APF_UNKNOWN_CHANNEL_TYPE);
}

static void on_confirmation(struct apf_session *session, const struct apf_message *message)
{
    struct apf_channel *channel = find(session, message->confirmation.recipient);
    if (channel == NULL) { /* we forgot it, so the device should */
        apf_put_channel_close(session->out, message->confirmation.sender);
        return;
    }
    if (channel->state != OPENING && channel->state != UNWANTED) {
        misplaced(session, message->type, channel->id, "is open already");
        return;
    }
    if (message->confirmation.window > CREDIT_MOST) {
        misplaced(session, message->type, channel->id, "is given a window beyond 2^31 bytes");
        return;
    }
    channel->peer_id = message->confirmation.sender;
    if (channel->state == UNWANTED) {
        channel->state = CLOSING;
        apf_put_channel_close(session->out, channel->peer_id);
        return;
    }
    channel->state = OPEN;
    channel->credit = message->confirmation.window;
    channel->credit_most = channel->credit;
    if (channel->events->opened != NULL)
        channel->events->opened(channel->owner);
}

static void on_failure(struct apf_session *session, const struct apf_message *message)
{
    struct error why;
    struct apf_channel *channel = find(session, message->failure.recipient);
    if (channel == NULL)
        return;
    if (channel->state != OPENING && channel->state != UNWANTED) {
        misplaced(session, message->type, channel->id, "is open already");
        return;
    }
    bool passes = message->failure.reason == APF_ADMINISTRATIVELY_PROHIBITED ||
                  message->failure.reason == APF_RESOURCE_SHORTAGE;
    if (apf_session_forwards(session, channel->port))
        error_set(&why, session->options.local && passes ? ERROR_BUSY : ERROR_CONNECTION,
                  "the device refused a channel to port %u: %s (%u)", channel->port,
                  apf_open_failure_name(message->failure.reason), message->failure.reason);
    else /* AMT 16 withdraws its ports when idle, and offers them again */
        error_set(&why, ERROR_UNSUPPORTED, "the device does not forward port %u any more",
                  channel->port);
    over(channel, &why);
}

static void on_adjust(struct apf_session *session, const struct apf_message *message)
{
    struct apf_channel *channel = find(session, message->adjust.recipient);
    uint32_t bytes = message->adjust.bytes;
    if (channel == NULL || channel->state == CLOSING)
        return;
    if (channel->state != OPEN) {
        misplaced(session, message->type, channel->id, "is not open yet");
        return;
    }
    if (bytes > CREDIT_MOST - channel->credit) {
        misplaced(session, message->type, channel->id, "is given a window beyond 2^31 bytes");
        return;
    }
    channel->credit += bytes;
    if (channel->credit > channel->credit_most)
        channel->credit_most = channel->credit;
    if (bytes > 0 && channel->events->credit != NULL)
        channel->events->credit(channel->owner);
}

static void on_close(struct apf_session *session, const struct apf_message *message)
{
    struct error why;
    struct apf_channel *channel = find(session, message->close.recipient);
    if (channel == NULL) /* firmware closes dead channels again */
        return;
    switch ((enum channel_state)channel->state) {
    case OPEN:
        apf_put_channel_close(session->out, channel->peer_id);
        over(channel, NULL);
        break;
    case OPENING:
        error_set(&why, ERROR_CONNECTION, "the device closed a channel to port %u unopened",
                  channel->port);
        over(channel, &why);
        break;
    case UNWANTED:
    case CLOSING:
    case OVER:
        over(channel, NULL);
        break;
    }
}

void apf_channels_message(struct apf_session *session, const struct apf_message *message)
{
    switch (message->type) {
    case APF_CHANNEL_OPEN:
        on_open(session, message);
        break;
    case APF_CHANNEL_OPEN_CONFIRMATION:
        on_confirmation(session, message);
        break;
    case APF_CHANNEL_OPEN_FAILURE:
        on_failure(session, message);
        break;
    case APF_CHANNEL_WINDOW_ADJUST:
        on_adjust(session, message);
        break;
    case APF_CHANNEL_CLOSE:
        on_close(session, message);
        break;
    default: /* the intake lets nothing else through */
        break;
    }
}

void apf_channels_expect_data(struct apf_session *session, uint32_t id, uint32_t size)
{
    struct apf_channel *channel = find(session, id);
    if (channel == NULL)
        return;
    if (channel->state != OPEN && channel->state != CLOSING) {
        misplaced(session, APF_CHANNEL_DATA, id, "is not open yet");
        return;
    }
    if (size > channel->window) {
        apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL,
                         "CHANNEL_DATA: its data has %u bytes, the window of channel %u has %u",
                         size, id, channel->window);
        return;
    }
    channel->window -= size;
}

void apf_channels_data(struct apf_session *session, uint32_t id, struct slice bytes)
{
    struct apf_channel *channel = find(session, id);
    if (channel == NULL || channel->state != OPEN) {
        session->ignored += bytes.size;
        return;
    }
    channel->unconsumed += (uint32_t)bytes.size;
    if (channel->events->data != NULL)
        channel->events->data(channel->owner, bytes);
}

void apf_channels_end(struct apf_session *session, const struct error *why)
{
    while (!list_is_empty(&session->channels))
        over(LIST_ENTRY(session->channels.next, struct apf_channel, link), why);
}

void apf_channels_free(struct apf_session *session)
{
    while (!list_is_empty(&session->channels)) {
        struct apf_channel *channel = LIST_ENTRY(session->channels.next, struct apf_channel, link);
        list_remove(&channel->link);
        free(channel);
    }
}

void apf_channels_check(struct apf_session *session)
{
    if (session->closing > APF_CLOSING_LIMIT)
        apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL,
                         "CHANNEL_CLOSE: the device owes %u of them", session->closing);
}

/* ---- the owner's side ---- */

static bool is_opened(const struct apf_channel *channel)
{
    return !is_disowned(channel) && !channel->accepted;
}

static uint32_t count_owned(const struct apf_session *session)
{
    uint32_t count = 0;
    for (struct list *at = session->channels.next; at != &session->channels; at = at->next)
        count += is_opened(LIST_ENTRY(at, struct apf_channel, link)) ? 1 : 0;
    return count;
}

static size_t out_room(const struct apf_session *session)
{
    size_t taken = buffer_size(session->out) + CONTROL_ROOM;
    return taken < session->out->limit ? session->out->limit - taken : 0;
}

static bool may_open(const struct apf_session *session, uint32_t port, struct error *err)
{
    if (session->state != APF_FORWARDING)
        return error_set(err, ERROR_CONNECTION, "the device's session is in the state %s",
                         apf_state_name(session->state));
    if (!apf_session_forwards(session, port))
        return error_set(err, ERROR_UNSUPPORTED, "the device does not forward port %u", port);
    if (count_owned(session) >= session->options.channels_limit)
        return error_set(err, ERROR_BUSY, "all %u channels of the device are in use",
                         session->options.channels_limit);
    if (out_room(session) == 0)
        return error_set(err, ERROR_BUSY, "the device does not read what it is sent");
    return true;
}

/* The target's address is left empty, as MPS does. The originator is MPS's as well: firmware is
 * known to take it, while a loopback address might make it think of a local caller, who has other
 * rights. A local caller is just what the agent is; its addresses are MeshCmd's. */
static void put_open(struct apf_channel *channel)
{
    bool local = channel->session->options.local;
    struct slice target = local ? SLICE_LITERAL("127.0.0.1") : (struct slice){NULL, 0};
    struct slice origin = local ? SLICE_LITERAL("127.0.0.1") : SLICE_LITERAL("1.2.3.4");
    apf_put_channel_open(channel->session->out, SLICE_LITERAL("forwarded-tcpip"), channel->id,
                         channel->window, target, channel->port, origin,
                         1024 + channel->id % 30000);
}

struct apf_channel *apf_channel_open_within(struct apf_session *session, uint32_t port,
                                            uint32_t window,
                                            const struct apf_channel_events *events, void *owner,
                                            struct error *err)
{
    if (!may_open(session, port, err))
        return NULL;
    struct apf_channel *channel = memory_new(sizeof *channel);
    channel->session = session;
    channel->events = events;
    channel->owner = owner;
    channel->id = take_id(session);
    channel->window_most = window < session->options.window ? window : session->options.window;
    channel->window = channel->window_most;
    channel->port = (uint16_t)port;
    channel->state = OPENING;
    list_append(&session->channels, &channel->link);
    put_open(channel);
    return channel;
}

struct apf_channel *apf_channel_open(struct apf_session *session, uint32_t port,
                                     const struct apf_channel_events *events, void *owner,
                                     struct error *err)
{
    return apf_channel_open_within(session, port, session->options.window, events, owner, err);
}

uint32_t apf_channel_credit(const struct apf_channel *channel)
{
    return channel->state == OPEN ? channel->credit : 0;
}

uint32_t apf_channels_send_most(const struct apf_session *session)
{
    uint32_t limit = session->options.message_limit;
    return limit > DATA_HEADER ? limit - DATA_HEADER : 1;
}

size_t apf_channel_worth(const struct apf_channel *channel, size_t size)
{
    uint32_t credit = apf_channel_credit(channel);
    if (size <= credit)
        return size;
    uint32_t most = apf_channels_send_most(channel->session);
    if (credit >= most)
        return credit - credit % most;
    return credit >= channel->credit_most / 16 ? credit : 0;
}

size_t apf_channel_send(struct apf_channel *channel, struct slice bytes)
{
    size_t sent = 0;
    uint32_t most = apf_channels_send_most(channel->session);
    while (channel->state == OPEN && sent < bytes.size && channel->credit > 0) {
        size_t room = out_room(channel->session);
        if (room <= DATA_HEADER)
            break;
        struct slice part = slice_first(slice_from(bytes, sent), most);
        part = slice_first(part, channel->credit);
        part = slice_first(part, room - DATA_HEADER);
        apf_put_channel_data(channel->session->out, channel->peer_id, part);
        channel->credit -= (uint32_t)part.size;
        sent += part.size;
    }
    return sent;
}

void apf_channel_consumed(struct apf_channel *channel, size_t size)
{
    if (channel->state != OPEN)
        return;
    if (size > channel->unconsumed)
        size = channel->unconsumed;
    channel->unconsumed -= (uint32_t)size;
    channel->consumed += (uint32_t)size;
    bool all = channel->session->options.local && channel->unconsumed == 0;
    if (channel->consumed < channel->window_most / 2 && (!all || channel->consumed == 0))
        return;
    apf_put_window_adjust(channel->session->out, channel->peer_id, channel->consumed);
    channel->window += channel->consumed;
    channel->consumed = 0;
}

void apf_channel_close(struct apf_channel *channel)
{
    struct apf_session *session = channel->session;
    if (channel->state == OVER || is_disowned(channel))
        return;
    channel->events = NULL;
    if (session->state == APF_CLOSED) /* apf_channels_end is about to free it */
        return;
    if (channel->state == OPEN) {
        channel->state = CLOSING;
        apf_put_channel_close(session->out, channel->peer_id);
    } else {
        channel->state = UNWANTED;
    }
    session->closing++;
    /* From inside an event the intake checks, so that nothing is freed under the caller. */
    if (!session->processing)
        apf_channels_check(session);
}
