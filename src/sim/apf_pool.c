#include "sim/apf_pool.h"

#include <string.h>

#define DATA_LIMIT  (SIM_APF_MESSAGE - 9)
#define QUEUE_LIMIT (512 * 1024)

static void flush(struct sim_apf_pool *pool, struct buffer *message)
{
    pool->events->send(pool->owner, buffer_slice(message));
    buffer_fini(message);
}

#define SEND(pool, encoder, ...)                 \
    do {                                         \
        struct buffer message_;                  \
        buffer_init(&message_, SIM_APF_MESSAGE); \
        encoder(&message_, __VA_ARGS__);         \
        flush((pool), &message_);                \
    } while (0)

void sim_apf_pool_init(struct sim_apf_pool *pool, const struct sim_apf_pool_events *events,
                       void *owner, uint32_t window, uint32_t *oddities)
{
    memset(pool, 0, sizeof(*pool));
    pool->events = events;
    pool->owner = owner;
    pool->window = window;
    pool->oddities = oddities;
}

void sim_apf_pool_fini(struct sim_apf_pool *pool)
{
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++) {
        if (pool->channels[i].state != SIM_CHANNEL_FREE)
            buffer_fini(&pool->channels[i].out);
    }
}

void sim_apf_pool_end(struct sim_apf_pool *pool)
{
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++) {
        if (pool->channels[i].state == SIM_CHANNEL_FREE)
            continue;
        bool told = pool->channels[i].state == SIM_CHANNEL_CLOSING;
        pool->channels[i].state = SIM_CHANNEL_FREE;
        buffer_fini(&pool->channels[i].out);
        if (!told)
            pool->events->closed(pool->owner, i);
    }
}

unsigned sim_apf_pool_busy(const struct sim_apf_pool *pool)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++)
        count += pool->channels[i].state != SIM_CHANNEL_FREE;
    return count;
}

/* ---- opening ---- */

static unsigned find_free(const struct sim_apf_pool *pool)
{
    unsigned index = 0;
    while (index < SIM_APF_CHANNELS && pool->channels[index].state != SIM_CHANNEL_FREE)
        index++;
    return index;
}

static uint32_t refusal(const struct sim_apf_pool *pool, const struct apf_message *message,
                        bool forwarded, unsigned *index)
{
    if (!slice_equal_string(message->open.type, "forwarded-tcpip"))
        return APF_UNKNOWN_CHANNEL_TYPE;
    if (!forwarded)
        return APF_ADMINISTRATIVELY_PROHIBITED;
    *index = find_free(pool);
    if (*index == SIM_APF_CHANNELS)
        return APF_RESOURCE_SHORTAGE;
    return pool->events->opened(pool->owner, *index, (uint16_t)message->open.connected_port)
               ? 0
               : APF_CONNECT_FAILED;
}

void sim_apf_pool_open(struct sim_apf_pool *pool, const struct apf_message *message, bool forwarded)
{
    unsigned index;
    uint32_t reason = refusal(pool, message, forwarded, &index);
    if (reason != 0) {
        SEND(pool, apf_put_open_failure, message->open.sender, reason);
        return;
    }
    struct sim_apf_channel *channel = &pool->channels[index];
    memset(channel, 0, sizeof(*channel));
    channel->state = SIM_CHANNEL_OPEN;
    channel->peer = message->open.sender;
    channel->credit = message->open.window;
    channel->window = pool->window;
    channel->port = (uint16_t)message->open.connected_port;
    buffer_init(&channel->out, QUEUE_LIMIT);
    SEND(pool, apf_put_open_confirmation, channel->peer, index + 1, channel->window);
}

unsigned sim_apf_pool_call(struct sim_apf_pool *pool, struct slice address, uint16_t port)
{
    unsigned index = find_free(pool);
    if (index == SIM_APF_CHANNELS)
        return index;
    struct sim_apf_channel *channel = &pool->channels[index];
    memset(channel, 0, sizeof(*channel));
    channel->state = SIM_CHANNEL_CALLING;
    channel->window = pool->window;
    channel->port = port;
    buffer_init(&channel->out, QUEUE_LIMIT);
    SEND(pool, apf_put_channel_open, SLICE_LITERAL("direct-tcpip"), index + 1, channel->window,
         address, port, address, 0);
    return index;
}

/* ---- bytes ---- */

static struct sim_apf_channel *channel_of(struct sim_apf_pool *pool, uint32_t id)
{
    if (id == 0 || id > SIM_APF_CHANNELS || pool->channels[id - 1].state == SIM_CHANNEL_FREE)
        return NULL;
    return &pool->channels[id - 1];
}

static void send_close(struct sim_apf_pool *pool, struct sim_apf_channel *channel)
{
    SEND(pool, apf_put_channel_close, channel->peer);
    channel->state = SIM_CHANNEL_CLOSING;
    pool->events->closed(pool->owner, (unsigned)(channel - pool->channels));
}

/* Sends as much as the peer's window takes. */
static void push(struct sim_apf_pool *pool, struct sim_apf_channel *channel)
{
    while (!pool->corked && channel->state == SIM_CHANNEL_OPEN && channel->credit > 0 &&
           buffer_size(&channel->out) > 0) {
        size_t most = channel->credit < DATA_LIMIT ? channel->credit : DATA_LIMIT;
        struct slice bytes = slice_first(buffer_slice(&channel->out), most);
        channel->credit -= (uint32_t)bytes.size;
        SEND(pool, apf_put_channel_data, channel->peer, bytes);
        buffer_consume(&channel->out, bytes.size);
    }
    buffer_release(&channel->out);
    if (channel->state == SIM_CHANNEL_OPEN && channel->close_when_sent &&
        buffer_size(&channel->out) == 0)
        send_close(pool, channel);
}

bool sim_apf_pool_write(struct sim_apf_pool *pool, unsigned channel, struct slice bytes)
{
    struct sim_apf_channel *c = &pool->channels[channel];
    if (c->state != SIM_CHANNEL_OPEN)
        return false;
    buffer_put(&c->out, bytes);
    if (!buffer_ok(&c->out))
        return false;
    push(pool, c);
    return true;
}

void sim_apf_pool_cork(struct sim_apf_pool *pool)
{
    pool->corked = true;
}

void sim_apf_pool_uncork(struct sim_apf_pool *pool)
{
    pool->corked = false;
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++) {
        if (pool->channels[i].state == SIM_CHANNEL_OPEN)
            push(pool, &pool->channels[i]);
    }
}

size_t sim_apf_pool_queued(const struct sim_apf_pool *pool, unsigned channel)
{
    const struct sim_apf_channel *c = &pool->channels[channel];
    return c->state == SIM_CHANNEL_FREE ? 0 : buffer_size(&c->out);
}

void sim_apf_pool_close(struct sim_apf_pool *pool, unsigned channel)
{
    struct sim_apf_channel *c = &pool->channels[channel];
    if (c->state != SIM_CHANNEL_OPEN)
        return;
    c->close_when_sent = true;
    push(pool, c);
}

/* Firmware gives the window back at once, for exactly the length of each message. */
static bool on_data(struct sim_apf_pool *pool, const struct apf_message *message)
{
    struct sim_apf_channel *channel = channel_of(pool, message->data.recipient);
    if (channel == NULL || channel->state == SIM_CHANNEL_CLOSING)
        return true; /* crossed our 97 */
    if (channel->state == SIM_CHANNEL_CALLING)
        return false;
    if (message->data.bytes.size > channel->window)
        return false;
    if (message->data.bytes.size == 0) {
        (*pool->oddities)++;
        return true;
    }
    SEND(pool, apf_put_window_adjust, channel->peer, (uint32_t)message->data.bytes.size);
    pool->events->data(pool->owner, (unsigned)(channel - pool->channels), message->data.bytes);
    return true;
}

static bool on_adjust(struct sim_apf_pool *pool, const struct apf_message *message)
{
    struct sim_apf_channel *channel = channel_of(pool, message->adjust.recipient);
    if (channel == NULL)
        return true;
    if (message->adjust.bytes > UINT32_MAX - channel->credit)
        return false;
    channel->credit += message->adjust.bytes;
    push(pool, channel);
    return true;
}

static bool on_close(struct sim_apf_pool *pool, const struct apf_message *message)
{
    struct sim_apf_channel *channel = channel_of(pool, message->close.recipient);
    if (channel == NULL) {
        (*pool->oddities)++; /* stale: ignored, as firmware does */
        return true;
    }
    if (channel->state == SIM_CHANNEL_OPEN)
        send_close(pool, channel);
    channel->state = SIM_CHANNEL_FREE;
    buffer_fini(&channel->out);
    return true;
}

static struct sim_apf_channel *called(struct sim_apf_pool *pool, uint32_t id)
{
    struct sim_apf_channel *channel = channel_of(pool, id);
    return channel != NULL && channel->state == SIM_CHANNEL_CALLING ? channel : NULL;
}

static bool on_confirmation(struct sim_apf_pool *pool, const struct apf_message *message)
{
    struct sim_apf_channel *channel = called(pool, message->confirmation.recipient);
    if (channel == NULL)
        return false;
    channel->state = SIM_CHANNEL_OPEN;
    channel->peer = message->confirmation.sender;
    channel->credit = message->confirmation.window;
    pool->events->taken(pool->owner, (unsigned)(channel - pool->channels));
    return true;
}

static bool on_failure(struct sim_apf_pool *pool, const struct apf_message *message)
{
    struct sim_apf_channel *channel = called(pool, message->failure.recipient);
    if (channel == NULL)
        return false;
    channel->state = SIM_CHANNEL_FREE;
    buffer_fini(&channel->out);
    pool->events->closed(pool->owner, (unsigned)(channel - pool->channels));
    return true;
}

bool sim_apf_pool_take(struct sim_apf_pool *pool, const struct apf_message *message)
{
    switch (message->type) {
    case APF_CHANNEL_DATA:
        return on_data(pool, message);
    case APF_CHANNEL_WINDOW_ADJUST:
        return on_adjust(pool, message);
    case APF_CHANNEL_CLOSE:
        return on_close(pool, message);
    case APF_CHANNEL_OPEN_CONFIRMATION:
        return on_confirmation(pool, message);
    case APF_CHANNEL_OPEN_FAILURE:
        return on_failure(pool, message);
    default:
        return false;
    }
}
