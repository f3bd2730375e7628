#include "sim/redirection_server.h"

#include "core/cursor.h"
#include "sim/capability/capability.h"
#include "sim/login.h"

#include <string.h>

#define INPUT_LIMIT    65536
#define LOGIN_LIMIT    512   /* bytes of an authentication message; amtterm's bound, too */
#define LOGIN_MS       60000 /* until the password is proved */
#define WRONG_MOST     3
#define IANA_INTEL     343
#define DIGEST         4 /* type of authentication: RFC 2617 */
#define IDER_BUFFER    8192
#define SOL_MAX_TX     1000
#define SOL_POWER      4 /* status bits of message 29 */
#define SOL_UNATTACHED 2

enum start_status { STARTED = 0, UNKNOWN_TYPE = 1, BUSY = 2, UNSUPPORTED = 3 };
enum login_status { PROVED = 0, TRY_AGAIN = 1, NO_SUCH_TYPE = 2 };

static void send_message(struct sim_redirection *session, struct buffer *message)
{
    session->host->send(session->owner, buffer_slice(message));
    buffer_fini(message);
}

/* Type and three bytes, as every message begins. */
static struct buffer message_of(uint8_t type, uint8_t status)
{
    struct buffer message;
    buffer_init(&message, INPUT_LIMIT);
    buffer_put_u8(&message, type);
    buffer_put_u8(&message, status);
    buffer_put_u16_le(&message, 0);
    return message;
}

static struct buffer numbered(struct sim_redirection *session, uint8_t type, uint8_t attribute)
{
    struct buffer message;
    buffer_init(&message, INPUT_LIMIT);
    buffer_put_u8(&message, type);
    buffer_put_u16_le(&message, 0);
    buffer_put_u8(&message, attribute);
    buffer_put_u32_le(&message, session->sequence++);
    return message;
}

static void put_zeros(struct buffer *message, size_t count)
{
    while (count-- > 0)
        buffer_put_u8(message, 0);
}

/* ---- start ---- */

bool sim_redirection_listens(const struct sim_device *device)
{
    return device->setup == SIM_SETUP_POST && sim_session_ports_open(device);
}

static bool kind_of(struct slice name, uint8_t *kind)
{
    static const struct {
        const char *name;
        enum sim_session kind;
    } kinds[] = {{"IDER", SIM_SESSION_IDER}, {"SOL ", SIM_SESSION_SOL}, {"KVMR", SIM_SESSION_KVM}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (slice_equal_string(name, kinds[i].name)) {
            *kind = (uint8_t)kinds[i].kind;
            return true;
        }
    }
    return false;
}

static size_t start(struct sim_redirection *session, struct slice bytes)
{
    struct sim_device *device = session->host->device;
    enum start_status status = STARTED;
    if (bytes.size < 8)
        return 0;
    if (!kind_of(slice_first(slice_from(bytes, 4), 4), &session->kind))
        status = UNKNOWN_TYPE;
    else if (!sim_session_enabled(device, session->kind))
        status = UNSUPPORTED;
    else if (!sim_session_reserve(device, session->kind))
        status = BUSY;
    /* in full even when it is refused: amtterm waits for all of it */
    struct buffer reply = message_of(0x11, (uint8_t)status);
    buffer_put_u16_le(&reply, 1);
    buffer_put_u8(&reply, device->personality->major);
    buffer_put_u8(&reply, device->personality->minor);
    buffer_put_u32_le(&reply, IANA_INTEL);
    buffer_put_u8(&reply, 0);
    send_message(session, &reply);
    if (status == STARTED)
        session->state = SIM_REDIRECTION_LOGIN;
    else
        session->finished = true;
    return 8;
}

/* ---- login ---- */

static void put_short(struct buffer *to, struct slice text)
{
    buffer_put_u8(to, (uint8_t)text.size);
    buffer_put(to, slice_first(text, UINT8_MAX));
}

static void answer_login(struct sim_redirection *session, enum login_status status, uint8_t type,
                         struct slice data)
{
    struct buffer reply = message_of(0x14, (uint8_t)status);
    buffer_put_u8(&reply, type);
    buffer_put_u32_le(&reply, (uint32_t)data.size);
    buffer_put(&reply, data);
    send_message(session, &reply);
}

static void challenge(struct sim_redirection *session, uint64_t now_ms)
{
    struct sim_authenticator *authenticator = session->host->authenticator;
    struct buffer data;
    buffer_init(&data, LOGIN_LIMIT);
    put_short(&data, slice_of_string(authenticator->realm));
    put_short(&data, slice_of_string(sim_authenticator_nonce(authenticator, now_ms)));
    put_short(&data, SLICE_LITERAL("auth"));
    answer_login(session, TRY_AGAIN, DIGEST, buffer_slice(&data));
    buffer_fini(&data);
}

static struct slice short_text(struct cursor *from)
{
    return cursor_bytes(from, cursor_u8(from));
}

/* A caller of redirection needs its realm. */
static bool may_redirect(const struct sim_device *device)
{
    return (device->caller.realms >> SIM_REALM_REDIRECTION & 1) != 0;
}

static void check_digest(struct sim_redirection *session, struct slice data, uint64_t now_ms)
{
    struct sim_device *device = session->host->device;
    struct cursor from = cursor_of(data);
    struct http_digest_parts parts = {.username = short_text(&from)};
    parts.realm = short_text(&from);
    parts.nonce = short_text(&from);
    parts.uri = short_text(&from);
    parts.cnonce = short_text(&from);
    parts.nc = short_text(&from);
    parts.response = short_text(&from);
    parts.qop = short_text(&from);
    if (!cursor_ok(&from) || parts.username.size == 0) {
        session->finished = true;
    } else if (parts.response.size == 0) {
        challenge(session, now_ms);
    } else if (sim_login_digest(session->host->authenticator, device, &parts, "POST", now_ms) &&
               may_redirect(device)) {
        answer_login(session, PROVED, DIGEST, (struct slice){0});
        session->state = SIM_REDIRECTION_OPEN;
        sim_session_begin(device, session->kind, now_ms);
    } else if (++session->wrong == WRONG_MOST) {
        sim_login_failed(device, WRONG_MOST, now_ms);
        session->finished = true;
    } else {
        challenge(session, now_ms);
    }
}

static size_t login(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    struct cursor header = cursor_of(bytes);
    (void)cursor_u32_le(&header);
    uint8_t type = cursor_u8(&header);
    uint32_t size = cursor_u32_le(&header);
    if (!cursor_ok(&header))
        return 0;
    if (size > LOGIN_LIMIT) {
        session->finished = true;
        return bytes.size;
    }
    struct slice data = cursor_bytes(&header, size);
    if (!cursor_ok(&header))
        return 0;
    const uint8_t offered = DIGEST;
    if (type == 0)
        answer_login(session, PROVED, 0, slice_of(&offered, 1));
    else if (type == DIGEST)
        check_digest(session, data, now_ms);
    else
        answer_login(session, NO_SUCH_TYPE, type, (struct slice){0});
    return 9 + (size_t)size;
}

/* ---- SOL ---- */

static void sol_controls(struct sim_redirection *session)
{
    bool on = session->host->device->power == SIM_POWER_ON;
    struct buffer message = numbered(session, 0x29, 0);
    buffer_put_u8(&message, 0);
    buffer_put_u8(&message, SOL_UNATTACHED | (on ? SOL_POWER : 0));
    send_message(session, &message);
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
    struct buffer reply = message_of(0x21, 0);
    buffer_put_u32_le(&reply, sequence);
    buffer_put_u16_le(&reply, SOL_MAX_TX);
    put_zeros(&reply, 13);
    send_message(session, &reply);
    sol_controls(session);
}

/* Answers with the sequence number of the question. */
static void sol_answer(struct sim_redirection *session, uint8_t type, struct slice bytes)
{
    struct buffer reply = message_of(type, 0);
    buffer_put(&reply, slice_first(slice_from(bytes, 4), 4));
    send_message(session, &reply);
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
    struct buffer echo = numbered(session, 0x2A, 0);
    buffer_put_u16_le(&echo, (uint16_t)size);
    buffer_put(&echo, typed);
    send_message(session, &echo);
    return 10 + size;
}

static size_t sol(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
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

/* ---- IDER ---- */

static void ider_open(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    const struct sim_device *device = session->host->device;
    struct cursor from = cursor_of(slice_from(bytes, 8));
    session->silence = cursor_u16_le(&from);
    (void)cursor_u16_le(&from);
    session->heartbeat = cursor_u16_le(&from);
    session->beat_ms = session->heartbeat == 0 ? UINT64_MAX : now_ms + session->heartbeat;
    session->state = SIM_REDIRECTION_RUNNING;
    struct buffer reply = numbered(session, 0x41, 0);
    buffer_put_u8(&reply, 1);
    buffer_put_u8(&reply, 0);
    buffer_put_u8(&reply, device->personality->major);
    buffer_put_u8(&reply, device->personality->minor);
    put_zeros(&reply, 4);
    buffer_put_u16_le(&reply, IDER_BUFFER);
    buffer_put_u16_le(&reply, IDER_BUFFER);
    put_zeros(&reply, 5);
    buffer_put_u32_le(&reply, IANA_INTEL);
    buffer_put_u8(&reply, 0);
    send_message(session, &reply);
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
    struct buffer reply = numbered(session, 0x49, 0);
    buffer_put_u8(&reply, question);
    buffer_put_u32_le(&reply, question == 2 ? 2 : 1);
    send_message(session, &reply);
    return size;
}

static size_t ider(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
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
        reply = numbered(session, (uint8_t)(type + 1), 0);
        send_message(session, &reply);
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

/* ---- KVM ---- */

static size_t kvm(struct sim_redirection *session, struct slice bytes)
{
    static const char banner[] = "RFB 004.000\n";
    if (session->state == SIM_REDIRECTION_RUNNING)
        return bytes.size; /* nothing is drawn yet */
    if (bytes.size < 8)
        return 0;
    if (bytes.data[0] != 0x40) {
        session->finished = true;
        return bytes.size;
    }
    struct buffer reply = message_of(0x41, 0);
    put_zeros(&reply, 4);
    send_message(session, &reply);
    session->finished = sim_session_lacks_consent(session->host->device, session->kind);
    session->state = SIM_REDIRECTION_RUNNING;
    if (!session->finished)
        session->host->send(session->owner, slice_of_string(banner));
    return 8;
}

/* ---- all ---- */

/* The bytes of the next message that were used; 0: more are needed. */
static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    uint8_t type = bytes.data[0];
    bool framed = session->kind != SIM_SESSION_KVM || session->state != SIM_REDIRECTION_RUNNING;
    if (session->state == SIM_REDIRECTION_START && type == 0x10)
        return start(session, bytes);
    if (type == 0x12 && framed) {
        session->finished = true;
        return bytes.size;
    }
    if (session->state == SIM_REDIRECTION_LOGIN && type == 0x13)
        return login(session, bytes, now_ms);
    if (session->state == SIM_REDIRECTION_START || session->state == SIM_REDIRECTION_LOGIN) {
        session->finished = true;
        return bytes.size;
    }
    if (session->kind == SIM_SESSION_SOL)
        return sol(session, bytes, now_ms);
    return session->kind == SIM_SESSION_IDER ? ider(session, bytes, now_ms) : kvm(session, bytes);
}

void sim_redirection_init(struct sim_redirection *session, struct sim_redirection_host *host,
                          void *owner, uint64_t now_ms)
{
    memset(session, 0, sizeof(*session));
    session->host = host;
    session->owner = owner;
    session->heard_ms = now_ms;
    session->silence = LOGIN_MS;
    session->beat_ms = UINT64_MAX;
    buffer_init(&session->input, INPUT_LIMIT);
}

void sim_redirection_fini(struct sim_redirection *session, uint64_t now_ms)
{
    if (session->state > SIM_REDIRECTION_LOGIN)
        sim_session_end(session->host->device, session->kind, now_ms);
    if (session->state > SIM_REDIRECTION_START)
        sim_session_release(session->host->device, session->kind);
    buffer_fini(&session->input);
}

void sim_redirection_feed(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    if (session->state > SIM_REDIRECTION_LOGIN) /* until then the time runs whatever comes */
        session->heard_ms = now_ms;
    buffer_put(&session->input, bytes);
    if (!buffer_ok(&session->input))
        session->finished = true;
    while (!session->finished && buffer_size(&session->input) > 0) {
        enum sim_redirection_state before = session->state;
        size_t used = take(session, buffer_slice(&session->input), now_ms);
        if (used == 0)
            break;
        buffer_consume(&session->input, used);
        if (before == SIM_REDIRECTION_LOGIN && session->state == SIM_REDIRECTION_OPEN)
            session->silence = 0;
    }
    buffer_release(&session->input);
}

void sim_redirection_tick(struct sim_redirection *session, uint64_t now_ms)
{
    if (session->state > SIM_REDIRECTION_LOGIN &&
        sim_session_is_terminated(session->host->device, session->kind))
        session->finished = true;
    if (session->silence != 0 && now_ms >= session->heard_ms + session->silence)
        session->finished = true;
    while (!session->finished && session->beat_ms <= now_ms) {
        struct buffer beat = numbered(session, session->kind == SIM_SESSION_IDER ? 0x4B : 0x2B, 0);
        send_message(session, &beat);
        session->beat_ms = now_ms + session->heartbeat;
    }
}

uint64_t sim_redirection_due(const struct sim_redirection *session)
{
    uint64_t silent = session->silence == 0 ? UINT64_MAX : session->heard_ms + session->silence;
    return silent < session->beat_ms ? silent : session->beat_ms;
}
