#include "apf/session_internal.h"

#include "core/cursor.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Every message that is collected whole has at most four strings and a few words. */
#define KEPT_LIMIT  (4 * APF_STRING_LIMIT + 64)
#define DATA_HEADER 9

/* In which states the device may send a message; the ME of this machine in all of them. It is asked
 * with the first byte, so that a peer that has not been admitted cannot make us wait for a message
 * that we would refuse. */
static bool type_fits(const struct apf_session *session, unsigned type)
{
    unsigned states = 0;
    switch (type) {
    case APF_DISCONNECT:
    case APF_KEEPALIVE_REQUEST:
    case APF_KEEPALIVE_REPLY:
    case APF_KEEPALIVE_OPTIONS_REPLY:
        states = IN_ANY;
        break;
    case APF_PROTOCOLVERSION:
        states = IN_START;
        break;
    case APF_SERVICE_REQUEST:
        states = IN_VERSION | IN_ADMITTED;
        break;
    case APF_USERAUTH_REQUEST:
        states = IN_AUTH;
        break;
    case APF_GLOBAL_REQUEST:
    case APF_CHANNEL_OPEN:
    case APF_CHANNEL_OPEN_CONFIRMATION:
    case APF_CHANNEL_OPEN_FAILURE:
    case APF_CHANNEL_WINDOW_ADJUST:
    case APF_CHANNEL_DATA:
    case APF_CHANNEL_CLOSE:
        states = IN_FORWARDING;
        break;
    default: /* what only the host sends */
        break;
    }
    if (session->options.local && states != 0)
        states = IN_ANY;
    return (states & 1U << session->state) != 0;
}

/* Takes the header of a CHANNEL_DATA: its payload is handed on as it arrives. */
static size_t take_data_header(struct apf_session *session, struct slice bytes)
{
    struct cursor in = cursor_of(bytes);
    (void)cursor_u8(&in); /* the type */
    uint32_t recipient = cursor_u32_be(&in);
    uint32_t size = cursor_u32_be(&in);
    if (!cursor_ok(&in))
        return 0;
    if (size > APF_DATA_LIMIT) {
        apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL,
                         "CHANNEL_DATA: its data has %u bytes, at most %u are allowed", size,
                         APF_DATA_LIMIT);
        return 0;
    }
    apf_channels_expect_data(session, recipient, size);
    session->data_channel = recipient;
    session->data_left = size;
    return DATA_HEADER;
}

static size_t take_data(struct apf_session *session, struct slice bytes)
{
    struct slice part = slice_first(bytes, session->data_left);
    session->data_left -= (uint32_t)part.size;
    apf_channels_data(session, session->data_channel, part);
    return part.size;
}

/* How many bytes were used; 0 when the message has not arrived whole, or the session ended. */
static size_t take_message(struct apf_session *session, struct slice bytes)
{
    struct apf_message message;
    size_t used;
    struct error err;
    unsigned type = bytes.data[0];
    if (!type_fits(session, type)) {
        apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL,
                         "message type %u (%s) does not fit the state %s", type,
                         apf_type_name(type), apf_state_name(session->state));
        return 0;
    }
    if (type == APF_CHANNEL_DATA)
        return take_data_header(session, bytes);
    switch (apf_decode(bytes, false, &message, &used, &err)) {
    case APF_DECODED:
        apf_session_message(session, &message);
        return used;
    case APF_NEED_MORE:
        return 0;
    case APF_MALFORMED:
        break;
    }
    apf_session_fail(session, APF_PROTOCOL_ERROR, err.code, "%s", err.text);
    return 0;
}

static void check_out(struct apf_session *session)
{
    if (!buffer_ok(session->out))
        apf_session_fail(session, 0, ERROR_CONNECTION,
                         "the device does not read: more than %zu bytes wait for it",
                         session->out->limit);
}

/* Works through `bytes` up to an incomplete message, to credentials that have to be checked first,
 * or to the end of the session. Returns how many bytes are done with. */
static size_t process(struct apf_session *session, struct slice bytes)
{
    size_t at = 0;
    session->processing = true;
    check_out(session); /* the owner may have filled it since */
    while (at < bytes.size && session->state != APF_CLOSED && session->state != APF_CHECKING) {
        struct slice rest = slice_from(bytes, at);
        size_t used =
            session->data_left > 0 ? take_data(session, rest) : take_message(session, rest);
        apf_channels_check(session);
        check_out(session);
        if (used == 0)
            break;
        at += used;
    }
    session->processing = false;
    return at;
}

/* What was kept may have held a password. */
void apf_intake_drop(struct apf_session *session)
{
    if (session->kept != NULL)
        memory_wipe(session->kept, session->kept_capacity);
    free(session->kept);
    session->kept = NULL;
    session->kept_size = 0;
    session->kept_capacity = 0;
}

/* Grows by hand and not with realloc, which would leave copies of a password behind. */
static void keep(struct apf_session *session, struct slice bytes)
{
    size_t size = session->kept_size + bytes.size;
    if (bytes.size == 0)
        return;
    if (size > session->kept_capacity) {
        size_t capacity = session->kept_capacity < 64 ? 64 : 2 * (size_t)session->kept_capacity;
        if (capacity < size)
            capacity = size;
        uint8_t *grown = memory_new(capacity);
        uint32_t old_size = session->kept_size;
        if (old_size > 0)
            memcpy(grown, session->kept, old_size);
        apf_intake_drop(session);
        session->kept = grown;
        session->kept_size = old_size;
        session->kept_capacity = (uint32_t)capacity;
    }
    memcpy(session->kept + session->kept_size, bytes.data, bytes.size);
    session->kept_size = (uint32_t)size;
}

static void forget(struct apf_session *session, size_t size)
{
    if (size >= session->kept_size || session->state == APF_CLOSED) {
        apf_intake_drop(session);
        return;
    }
    memmove(session->kept, session->kept + size, session->kept_size - size);
    session->kept_size -= (uint32_t)size;
}

static struct slice kept_slice(const struct apf_session *session)
{
    return slice_of(session->kept, session->kept_size);
}

static void fail_flood(struct apf_session *session)
{
    apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL,
                     "the device sent more than %d bytes without waiting in the state %s",
                     KEPT_LIMIT, apf_state_name(session->state));
    apf_intake_drop(session);
}

/* Completes what was kept with the start of `bytes`. Returns what is left of `bytes`. */
static struct slice feed_kept(struct apf_session *session, struct slice bytes)
{
    size_t before = session->kept_size;
    size_t added = slice_first(bytes, KEPT_LIMIT - before).size;
    if (added == 0) {
        fail_flood(session);
        return bytes;
    }
    keep(session, slice_first(bytes, added));
    size_t used = process(session, kept_slice(session));
    if (used < before) {
        forget(session, used);
        return slice_from(bytes, added);
    }
    /* Past the old bytes: what follows is read where it lies. */
    apf_intake_drop(session);
    return slice_from(bytes, used - before);
}

bool apf_session_feed(struct apf_session *session, struct slice bytes)
{
    assert(!session->processing);
    while (bytes.size > 0 && session->kept_size > 0 && session->state != APF_CLOSED)
        bytes = feed_kept(session, bytes);
    if (session->state == APF_CLOSED)
        return false;
    bytes = slice_from(bytes, process(session, bytes));
    if (session->state == APF_CLOSED)
        return false;
    if (bytes.size > KEPT_LIMIT)
        fail_flood(session);
    else
        keep(session, bytes);
    return session->state != APF_CLOSED;
}

void apf_intake_resume(struct apf_session *session)
{
    if (!session->processing)
        forget(session, process(session, kept_slice(session)));
}
