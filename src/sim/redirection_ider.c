/* IDER: the machine's remote drives (spec device-protocols 2.4). */
#include "sim/redirection_kind.h"

#include "core/cursor.h"
#include "sim/capability/capability.h"

#define IANA_INTEL  343
#define IDER_BUFFER 8192

static void ider_open(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    const struct sim_device *device = session->host->device;
    struct cursor from = cursor_of(slice_from(bytes, 8));
    session->silence = cursor_u16_le(&from);
    (void)cursor_u16_le(&from);
    session->heartbeat = cursor_u16_le(&from);
    session->beat_ms = session->heartbeat == 0 ? UINT64_MAX : now_ms + session->heartbeat;
    session->state = SIM_REDIRECTION_RUNNING;
    struct buffer reply = sim_redirection_numbered(session, 0x41, 0);
    buffer_put_u8(&reply, 1);
    buffer_put_u8(&reply, 0);
    buffer_put_u8(&reply, device->personality->major);
    buffer_put_u8(&reply, device->personality->minor);
    sim_redirection_put_zeros(&reply, 4);
    buffer_put_u16_le(&reply, IDER_BUFFER);
    buffer_put_u16_le(&reply, IDER_BUFFER);
    sim_redirection_put_zeros(&reply, 5);
    buffer_put_u32_le(&reply, IANA_INTEL);
    buffer_put_u8(&reply, 0);
    sim_redirection_send(session, &reply);
    session->finished = sim_session_lacks_consent(device, session->kind);
}

/* 1: what is supported, 2: what is on, 3: set. */
static size_t ider_features(struct sim_redirection *session, struct slice bytes)
{
    if (bytes.size < 9)
        return 0;
    uint8_t question = bytes.data[8];
    size_t size = question == 3 ? 13 : 9;
    if (bytes.size < size)
        return 0;
    struct buffer reply = sim_redirection_numbered(session, 0x49, 0);
    buffer_put_u8(&reply, question);
    buffer_put_u32_le(&reply, question == 2 ? 2 : 1);
    sim_redirection_send(session, &reply);
    return size;
}

static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    uint8_t type = bytes.data[0];
    size_t size = type == 0x40 ? 18 : 8;
    if (bytes.size < size)
        return 0;
    struct buffer reply;
    switch (type) {
    case 0x40:
        ider_open(session, bytes, now_ms);
        return size;
    case 0x42:
    case 0x44:
        reply = sim_redirection_numbered(session, (uint8_t)(type + 1), 0);
        sim_redirection_send(session, &reply);
        session->finished |= type == 0x42;
        return size;
    case 0x48:
        return ider_features(session, bytes);
    case 0x45: /* answers and heartbeats */
    case 0x47:
    case 0x4B:
        return size;
    default:
        session->finished = true;
        return bytes.size;
    }
}

static void tick(struct sim_redirection *session, uint64_t now_ms)
{
    sim_redirection_beat(session, 0x4B, now_ms);
}

const struct sim_redirection_kind sim_redirection_ider = {.take = take, .tick = tick};
