/* SOL: the machine's serial line (spec device-protocols 2.3). */
#include "sim/redirection_kind.h"

#include "core/cursor.h"

#define SOL_MAX_TX     1000
#define SOL_POWER      4 /* status bits of message 29 */
#define SOL_UNATTACHED 2

static void sol_controls(struct sim_redirection *session)
{
    bool on = session->host->device->power == SIM_POWER_ON;
    struct buffer message = sim_redirection_numbered(session, 0x29, 0);
    buffer_put_u8(&message, 0);
    buffer_put_u8(&message, SOL_UNATTACHED | (on ? SOL_POWER : 0));
    sim_redirection_send(session, &message);
}

static void sol_start(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    struct cursor from = cursor_of(slice_from(bytes, 4));
    uint32_t sequence = cursor_u32_le(&from);
    (void)cursor_bytes(&from, 6);
    session->silence = cursor_u16_le(&from);
    (void)cursor_u16_le(&from);
    session->heartbeat = cursor_u16_le(&from);
    session->beat_ms = session->heartbeat == 0 ? UINT64_MAX : now_ms + session->heartbeat;
    session->state = SIM_REDIRECTION_RUNNING;
    struct buffer reply = sim_redirection_message(0x21, 0);
    buffer_put_u32_le(&reply, sequence);
    buffer_put_u16_le(&reply, SOL_MAX_TX);
    sim_redirection_put_zeros(&reply, 13);
    sim_redirection_send(session, &reply);
    sol_controls(session);
}

/* Answers with the sequence number of the question. */
static void sol_answer(struct sim_redirection *session, uint8_t type, struct slice bytes)
{
    struct buffer reply = sim_redirection_message(type, 0);
    buffer_put(&reply, slice_first(slice_from(bytes, 4), 4));
    sim_redirection_send(session, &reply);
}

static size_t sol_data(struct sim_redirection *session, struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, 8));
    size_t size = cursor_u16_le(&from);
    struct slice typed = cursor_bytes(&from, size);
    if (!cursor_ok(&from))
        return 0;
    if (session->state != SIM_REDIRECTION_RUNNING || size == 0)
        return 10 + size;
    struct buffer echo = sim_redirection_numbered(session, 0x2A, 0);
    buffer_put_u16_le(&echo, (uint16_t)size);
    buffer_put(&echo, typed);
    sim_redirection_send(session, &echo);
    return 10 + size;
}

static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    uint8_t type = bytes.data[0];
    size_t size = type == 0x20 ? 24 : type == 0x27 ? 14 : type == 0x28 ? 10 : 8;
    if (bytes.size < size)
        return 0;
    switch (type) {
    case 0x20:
        sol_start(session, bytes, now_ms);
        return size;
    case 0x22:
        session->state = SIM_REDIRECTION_OPEN;
        session->beat_ms = UINT64_MAX;
        sol_answer(session, 0x23, bytes);
        return size;
    case 0x24:
        sol_answer(session, 0x25, bytes);
        return size;
    case 0x28:
        return sol_data(session, bytes);
    case 0x25: /* answers, heartbeats, settings */
    case 0x27:
    case 0x2B:
        return size;
    default:
        session->finished = true;
        return bytes.size;
    }
}

static void tick(struct sim_redirection *session, uint64_t now_ms)
{
    sim_redirection_beat(session, 0x2B, now_ms);
}

const struct sim_redirection_kind sim_redirection_sol = {.take = take, .tick = tick};
