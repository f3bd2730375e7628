#include "mps/channel.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mps/tunnel.h"
#include "redir/message.h"

#include <stdlib.h>
#include <string.h>

/* A device offers its ports one by one after the login; a conversation that comes in between waits
 * so long for its port, if the login is no longer ago than YOUNG_MS. */
#define PORT_MS  5000
#define YOUNG_MS 10000

/* … and one that has offered its TLS port for the one without, which it may be about to offer. */
#define PLAIN_MS 1000

/* The receive window of a redirection channel: what waits for a browser that does not read. Others
 * have the tunnel's. */
#define REDIRECTION_WINDOW ((uint32_t)48 * 1024)

/* What a channel sends at a time while others wait for their turn: a message. */
#define TURN ((size_t)4096 - 9)

/* So long is more credit waited for while there is too little to be worth a message. */
#define SPLINTER_MS 200

struct channel {
    struct io_stream stream;
    struct list link; /* in the tunnel's */
    struct list turn; /* in the tunnel's queue of writers */
    struct mps_tunnel *tunnel;
    struct apf_channel *apf; /* NULL once the channel is over */
    struct buffer received;  /* at most the receive window: the session sees to that */
    struct io_wait readable; /* bytes, or the end */
    struct io_wait writable; /* opened, credit, room, a turn, a port or the end */
    bool opened;
    struct error why; /* ERROR_NONE after an orderly end */
};

static void on_opened(void *owner)
{
    struct channel *channel = owner;
    channel->opened = true;
    io_signal(&channel->writable);
}

static void on_data(void *owner, struct slice bytes)
{
    struct channel *channel = owner;
    buffer_put(&channel->received, bytes);
    io_signal(&channel->readable);
}

static void on_credit(void *owner)
{
    struct channel *channel = owner;
    io_signal(&channel->writable);
}

static void on_closed(void *owner, const struct error *why)
{
    struct channel *channel = owner;
    channel->apf = NULL;
    if (why != NULL)
        channel->why = *why;
    io_signal(&channel->readable);
    io_signal(&channel->writable);
}

static const struct apf_channel_events channel_events = {on_opened, on_data, on_credit, on_closed};

static bool channel_ended(const struct channel *channel, struct error *err)
{
    if (channel->why.code != ERROR_NONE) {
        if (err != NULL)
            *err = channel->why;
        return false;
    }
    return error_set(err, ERROR_CONNECTION, "the device closed the channel");
}

static bool channel_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                         struct error *err)
{
    struct channel *channel = (struct channel *)(void *)stream;
    while (buffer_size(&channel->received) == 0) {
        if (channel->apf == NULL) {
            *got = 0;
            return channel->why.code == ERROR_NONE || channel_ended(channel, err);
        }
        if (!io_wait_for(&channel->readable, IO_FOREVER, err))
            return error_wrap(err, "waiting for the device's answer");
    }
    struct slice part = slice_first(buffer_slice(&channel->received), size);
    memcpy(to, part.data, part.size);
    *got = part.size;
    buffer_consume(&channel->received, part.size);
    buffer_release(&channel->received);
    if (channel->apf != NULL) {
        apf_channel_consumed(channel->apf, part.size);
        mps_tunnel_flush(channel->tunnel);
    }
    return true;
}

static bool wait_to_write(struct channel *channel, struct error *err)
{
    return io_wait_for(&channel->writable, IO_FOREVER, err) ||
           error_wrap(err, "waiting for the device to take what is sent");
}

/* Whoever is next may look now. */
static void pass_turn(struct mps_tunnel *tunnel)
{
    if (!list_is_empty(&tunnel->writers))
        io_signal(&LIST_ENTRY(tunnel->writers.next, struct channel, turn)->writable);
}

/* How many of these bytes to send now: none while there is no credit, and after a wait whatever the
 * credit is. */
static bool await_credit(struct channel *channel, size_t size, size_t *worth, struct error *err)
{
    struct error why;
    *worth = apf_channel_worth(channel->apf, size);
    if (*worth > 0)
        return true;
    pass_turn(channel->tunnel);
    if (apf_channel_credit(channel->apf) == 0)
        return wait_to_write(channel, err);
    if (io_wait_for(&channel->writable, SPLINTER_MS, &why))
        return true;
    if (why.code == ERROR_TIMEOUT && io_deadline_left() > 0) {
        *worth = channel->apf == NULL ? 0 : apf_channel_credit(channel->apf);
        return true;
    }
    if (err != NULL)
        *err = why;
    return error_wrap(err, "waiting for the device to take what is sent");
}

/* Queues for the connection, first come first served. Leaves the queue at once when there is no
 * more to be had, so that nobody waits behind a channel that has no credit. */
static bool await_turn(struct channel *channel, struct error *err)
{
    struct mps_tunnel *tunnel = channel->tunnel;
    bool ok = true;
    list_append(&tunnel->writers, &channel->turn);
    while (ok && channel->apf != NULL && apf_channel_credit(channel->apf) > 0 &&
           (tunnel->writers.next != &channel->turn || mps_tunnel_room(tunnel) == 0))
        ok = wait_to_write(channel, err);
    list_remove(&channel->turn);
    return ok;
}

static bool channel_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct channel *channel = (struct channel *)(void *)stream;
    struct mps_tunnel *tunnel = channel->tunnel;
    bool ok = true;
    while (ok && bytes.size > 0) {
        size_t worth = 0;
        if (channel->apf == NULL) {
            ok = channel_ended(channel, err);
            continue;
        }
        ok = await_credit(channel, bytes.size, &worth, err);
        if (!ok || worth == 0)
            continue;
        bool in_turn = !list_is_empty(&tunnel->writers) || mps_tunnel_room(tunnel) == 0;
        if (in_turn) {
            worth = worth < TURN ? worth : TURN;
            ok = await_turn(channel, err);
        }
        if (ok && channel->apf != NULL)
            bytes =
                slice_from(bytes, mps_tunnel_send(tunnel, channel->apf, slice_first(bytes, worth)));
        if (in_turn)
            pass_turn(tunnel);
    }
    return ok;
}

static void channel_close(struct io_stream *stream)
{
    struct channel *channel = (struct channel *)(void *)stream;
    if (channel->apf != NULL) {
        apf_channel_close(channel->apf);
        mps_tunnel_flush(channel->tunnel);
    }
    list_remove(&channel->link);
    buffer_fini(&channel->received);
    free(channel);
}

static const struct io_stream_methods channel_methods = {channel_read, channel_write,
                                                         channel_close};

void mps_channel_wake(struct mps_tunnel *tunnel)
{
    for (struct list *at = tunnel->channels.next; at != &tunnel->channels; at = at->next)
        io_signal(&LIST_ENTRY(at, struct channel, link)->writable);
}

static bool carries(const struct mps_tunnel *tunnel)
{
    return tunnel->state == MPS_CONNECTED || tunnel->state == MPS_CLOSING;
}

static bool offers_tls_only(const struct mps_tunnel *tunnel, uint16_t port)
{
    return !apf_session_forwards(tunnel->session, port) &&
           apf_session_forwards(tunnel->session, (uint16_t)(port + 1));
}

/* Gives a device that has just logged in the time to offer the port. True also when it has not:
 * opening the channel will tell. */
static bool await_port(struct channel *channel, uint16_t port, bool or_tls, struct error *err)
{
    const struct mps_tunnel *tunnel = channel->tunnel;
    uint64_t until = io_now() + PORT_MS;
    if (io_now() - tunnel->connected_at >= YOUNG_MS)
        return true;
    while (carries(tunnel) && !apf_session_forwards(tunnel->session, port)) {
        uint64_t now = io_now();
        if (or_tls && offers_tls_only(tunnel, port) && until > tunnel->connected_at + PLAIN_MS)
            until = tunnel->connected_at + PLAIN_MS;
        if (now >= until)
            return true;
        struct error why;
        if (!io_wait_for(&channel->writable, until - now, &why) && io_now() < until) {
            if (err != NULL)
                *err = why;
            return error_wrap(err, "waiting for the device to offer port %u", port);
        }
    }
    return true;
}

static bool await_confirmation(struct channel *channel, uint16_t port, struct error *err)
{
    while (!channel->opened) {
        if (!io_wait_for(&channel->writable, IO_FOREVER, err))
            return error_wrap(err, "waiting for the device to open port %u", port);
        if (channel->apf == NULL && !channel->opened)
            return channel_ended(channel, err);
    }
    return true;
}

static bool open_channel(struct channel *channel, uint16_t port, bool *tls, struct error *err)
{
    struct mps_tunnel *tunnel = channel->tunnel;
    if (!await_port(channel, port, tls != NULL, err))
        return false;
    if (!carries(tunnel))
        return error_set(err, ERROR_CONNECTION, "the device's tunnel has ended");
    if (tls != NULL) {
        *tls = offers_tls_only(tunnel, port);
        port = (uint16_t)(port + *tls);
    }
    uint32_t window =
        port == REDIR_PORT || port == REDIR_TLS_PORT ? REDIRECTION_WINDOW : UINT32_MAX;
    if (window < channel->received.limit)
        channel->received.limit = window; /* nor does it grow beyond */
    channel->apf =
        apf_channel_open_within(tunnel->session, port, window, &channel_events, channel, err);
    if (channel->apf == NULL)
        return false;
    mps_tunnel_flush(tunnel);
    return await_confirmation(channel, port, err);
}

bool mps_channel_open(struct mps_tunnel *tunnel, uint16_t port, bool *tls,
                      struct io_stream **stream, struct error *err)
{
    struct channel *channel = memory_new(sizeof *channel);
    channel->stream.methods = &channel_methods;
    channel->tunnel = tunnel;
    list_append(&tunnel->channels, &channel->link);
    list_init(&channel->turn);
    buffer_init(&channel->received, APF_DATA_LIMIT);
    if (!open_channel(channel, port, tls, err)) {
        channel_close(&channel->stream);
        return false;
    }
    *stream = &channel->stream;
    return true;
}
