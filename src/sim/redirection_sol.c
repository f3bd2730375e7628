/* SOL: the machine's serial line (spec device-protocols 2.3). */
#include "core/cursor.h"
#include "core/memory.h"
#include "sim/host.h"
#include "sim/redirection_kind.h"

#include <stdlib.h>

#define MAX_TX       1000   /* of ours, and of what we send in one message */
#define QUEUE_ENOUGH 16384  /* bytes under way; then what the host says waits with the host */
#define FLOOD_ENOUGH 131072 /* of a source: enough until the next tick */
#define DATA_HEAD    10     /* of messages 28 and 2A */

/* Control bits of messages 29 and 27, status bits of 29. */
enum { RTS = 1, DTR = 2, BREAK = 4 };
enum { TX_OVERFLOW = 1, LOOPBACK = 2, POWER_ON = 4 };

struct sol {
    uint16_t most;    /* bytes of data in one message */
    uint8_t controls; /* as they were last told */
    uint8_t status;
    uint64_t now_ms;      /* of the call in progress */
    uint64_t said, heard; /* bytes, unless the machine is at the line */
};

static bool is_open(const struct sim_redirection *session)
{
    return session->part != NULL && session->state == SIM_REDIRECTION_RUNNING;
}

/* A heartbeat is for when there is nothing else to say (spec 2.3). */
static void send_message(struct sim_redirection *session, struct buffer *message)
{
    sim_redirection_send(session, message);
    if (is_open(session) && session->heartbeat != 0)
        session->beat_ms = ((const struct sol *)session->part)->now_ms + session->heartbeat;
}

static size_t queued(const struct sim_redirection *session)
{
    return session->host->queued == NULL ? 0 : session->host->queued(session->owner);
}

static uint8_t status_of(const struct sim_device *device)
{
    return (uint8_t)((device->power == SIM_POWER_ON ? POWER_ON : 0) |
                     (sim_host_redirects(device->host) ? 0 : LOOPBACK));
}

/* The driver of whoever uses the line raises both. */
static uint8_t controls_of(const struct sim_device *device)
{
    return sim_host_redirects(device->host) ? RTS | DTR : 0;
}

static void send_controls(struct sim_redirection *session, uint8_t more)
{
    const struct sim_device *device = session->host->device;
    struct sol *sol = session->part;
    sol->controls = controls_of(device);
    sol->status = status_of(device);
    struct buffer message = sim_redirection_numbered(session, 0x29, 0);
    buffer_put_u8(&message, sol->controls);
    buffer_put_u8(&message, sol->status | more);
    send_message(session, &message);
}

static void send_data(struct sim_redirection *session, struct slice bytes)
{
    struct buffer message = sim_redirection_numbered(session, 0x2A, 0);
    buffer_put_u16_le(&message, (uint16_t)bytes.size);
    buffer_put(&message, bytes);
    send_message(session, &message);
}

/* `size` bytes of the cycle from byte `at` of the whole on. */
static void put_cycle(struct buffer *to, uint64_t at, size_t size)
{
    uint8_t cycle[SIM_LINE_CYCLE];
    for (unsigned i = 0; i < SIM_LINE_CYCLE; i++)
        cycle[i] = (uint8_t)((at + i) % SIM_LINE_CYCLE);
    for (size_t done = 0; done < size; done += SIM_LINE_CYCLE)
        buffer_put(to, slice_first(slice_of(cycle, SIM_LINE_CYCLE), size - done));
}

/* Speaks as fast as the transport takes it, in turns that leave others theirs. */
static void flood(struct sim_redirection *session)
{
    struct sol *sol = session->part;
    size_t size = session->host->device->line.size - (size_t)DATA_HEAD;
    for (size_t turn = 0; turn < FLOOD_ENOUGH && queued(session) < FLOOD_ENOUGH; turn += size) {
        struct buffer message = sim_redirection_numbered(session, 0x2A, 0);
        buffer_put_u16_le(&message, (uint16_t)size);
        put_cycle(&message, sol->said, size);
        send_message(session, &message);
        sol->said += size;
    }
}

/* What was typed, when the machine is not at the line. */
static void hear(struct sim_redirection *session, struct slice typed)
{
    struct sol *sol = session->part;
    struct buffer expected;
    if (session->host->device->line.end == SIM_LINE_ECHO)
        send_data(session, typed);
    if (session->host->device->line.end != SIM_LINE_SINK)
        return;
    buffer_init(&expected, UINT16_MAX);
    put_cycle(&expected, sol->heard, typed.size);
    if (!slice_equal(typed, buffer_slice(&expected)))
        session->finished = true;
    sol->heard += typed.size;
    buffer_fini(&expected);
}

/* Changes of the line first, then what the host said, as much as the transport takes. */
static void flush(struct sim_redirection *session)
{
    struct sol *sol = session->part;
    const struct sim_device *device = session->host->device;
    struct sim_host *host = device->host;
    if (sol->status != status_of(device) || sol->controls != controls_of(device))
        send_controls(session, 0);
    if (sim_host_take_loss(host))
        send_controls(session, TX_OVERFLOW);
    if (device->line.end == SIM_LINE_SOURCE)
        flood(session);
    if (device->line.end != SIM_LINE_MACHINE)
        return;
    while (sim_host_said(host).size > 0 && queued(session) < QUEUE_ENOUGH) {
        struct slice piece = slice_first(sim_host_said(host), sol->most);
        send_data(session, piece);
        sim_host_heard(host, piece.size);
    }
}

static void start(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    struct cursor from = cursor_of(slice_from(bytes, 4));
    uint32_t sequence = cursor_u32_le(&from);
    uint16_t most = cursor_u16_le(&from);
    (void)cursor_u32_le(&from); /* TxTimeout and TxOverflow */
    session->silence = cursor_u16_le(&from);
    (void)cursor_u16_le(&from); /* RxFlush */
    session->heartbeat = cursor_u16_le(&from);
    session->beat_ms = UINT64_MAX;
    session->state = SIM_REDIRECTION_RUNNING;
    if (session->part == NULL)
        session->part = memory_new(sizeof(struct sol));
    struct sol *sol = session->part;
    sol->now_ms = now_ms;
    sol->most = most == 0 || most > MAX_TX ? MAX_TX : most;
    struct buffer reply = sim_redirection_message(0x21, 0);
    buffer_put_u32_le(&reply, sequence);
    buffer_put_u16_le(&reply, MAX_TX);
    sim_redirection_put_zeros(&reply, 13);
    send_message(session, &reply);
    sim_host_plug(sim_host_of(session->host->device, now_ms), true);
    send_controls(session, 0);
}

/* Answers with the sequence number of the question. */
static void answer(struct sim_redirection *session, uint8_t type, struct slice bytes)
{
    struct buffer reply = sim_redirection_message(type, 0);
    buffer_put(&reply, slice_first(slice_from(bytes, 4), 4));
    send_message(session, &reply);
}

static void end(struct sim_redirection *session, struct slice bytes)
{
    session->state = SIM_REDIRECTION_OPEN;
    session->beat_ms = UINT64_MAX;
    if (session->part != NULL)
        sim_host_plug(session->host->device->host, false);
    answer(session, 0x23, bytes);
}

static size_t take_data(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    struct cursor from = cursor_of(slice_from(bytes, 8));
    size_t size = cursor_u16_le(&from);
    struct slice typed = cursor_bytes(&from, size);
    if (!cursor_ok(&from))
        return 0;
    if (is_open(session) && session->host->device->line.end != SIM_LINE_MACHINE)
        hear(session, typed);
    else if (is_open(session))
        sim_host_type(session->host->device->host, typed, now_ms);
    return DATA_HEAD + size;
}

static size_t take_message(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    uint8_t type = bytes.data[0];
    size_t size = type == 0x20 ? 24 : type == 0x27 ? 14 : type == 0x28 ? 10 : 8;
    if (bytes.size < size)
        return 0;
    switch (type) {
    case 0x20:
        start(session, bytes, now_ms);
        return size;
    case 0x22:
        end(session, bytes);
        return size;
    case 0x24:
        answer(session, 0x25, bytes);
        return size;
    case 0x27:
        if (is_open(session) && (bytes.data[8] & BREAK) != 0)
            sim_host_break(session->host->device->host);
        return size;
    case 0x28:
        return take_data(session, bytes, now_ms);
    case 0x25: /* answers and heartbeats */
    case 0x2B:
        return size;
    default:
        session->finished = true;
        return bytes.size;
    }
}

static void tick(struct sim_redirection *session, uint64_t now_ms)
{
    if (!is_open(session))
        return;
    ((struct sol *)session->part)->now_ms = now_ms;
    flush(session);
    sim_redirection_beat(session, 0x2B, now_ms);
}

static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    if (session->part != NULL)
        ((struct sol *)session->part)->now_ms = now_ms;
    size_t used = take_message(session, bytes, now_ms);
    if (is_open(session) && !session->finished)
        flush(session);
    return used;
}

static uint64_t due(const struct sim_redirection *session)
{
    const struct sim_device *device = session->host->device;
    const struct sol *sol = session->part;
    if (!is_open(session))
        return UINT64_MAX;
    bool news = sol->status != status_of(device) || sol->controls != controls_of(device) ||
                (device->line.end == SIM_LINE_MACHINE && sim_host_said(device->host).size > 0 &&
                 queued(session) < QUEUE_ENOUGH) ||
                (device->line.end == SIM_LINE_SOURCE && queued(session) < FLOOD_ENOUGH);
    return news ? sol->now_ms : UINT64_MAX;
}

static void fini(struct sim_redirection *session, uint64_t now_ms)
{
    (void)now_ms;
    if (session->part != NULL)
        sim_host_plug(session->host->device->host, false);
    free(session->part);
    session->part = NULL;
}

const struct sim_redirection_kind sim_redirection_sol = {
    .take = take, .tick = tick, .due = due, .fini = fini};
