#include "sim/redirection_server.h"

#include "core/cursor.h"
#include "sim/capability/capability.h"
#include "sim/login.h"
#include "sim/redirection_kind.h"

#include <string.h>

#define PIECE       16384
#define INPUT_LIMIT 65536
#define LOGIN_LIMIT 512   /* bytes of an authentication message; amtterm's bound, too */
#define LOGIN_MS    60000 /* until the password is proved */
#define WRONG_MOST  3
#define IANA_INTEL  343
#define LAST_CLEAR  11 /* firmware that takes a password in clear */

/* Types of authentication: a password in clear, and RFC 2617. */
enum { CLEAR = 1, DIGEST = 4 };

enum start_status { STARTED = 0, UNKNOWN_TYPE = 1, BUSY = 2, UNSUPPORTED = 3 };
enum login_status { PROVED = 0, TRY_AGAIN = 1, NO_SUCH_TYPE = 2 };

void sim_redirection_send(struct sim_redirection *session, struct buffer *message)
{
    session->host->send(session->owner, buffer_slice(message));
    buffer_fini(message);
}

/* Type and three bytes, as every message begins. */
struct buffer sim_redirection_message(uint8_t type, uint8_t status)
{
    struct buffer message;
    buffer_init(&message, INPUT_LIMIT);
    buffer_put_u8(&message, type);
    buffer_put_u8(&message, status);
    buffer_put_u16_le(&message, 0);
    return message;
}

struct buffer sim_redirection_numbered(struct sim_redirection *session, uint8_t type,
                                       uint8_t attribute)
{
    struct buffer message;
    buffer_init(&message, INPUT_LIMIT);
    buffer_put_u8(&message, type);
    buffer_put_u16_le(&message, 0);
    buffer_put_u8(&message, attribute);
    buffer_put_u32_le(&message, session->sequence++);
    return message;
}

void sim_redirection_put_zeros(struct buffer *message, size_t count)
{
    while (count-- > 0)
        buffer_put_u8(message, 0);
}

void sim_redirection_beat(struct sim_redirection *session, uint8_t type, uint64_t now_ms)
{
    if (session->beat_ms > now_ms)
        return;
    struct buffer beat = sim_redirection_numbered(session, type, 0);
    sim_redirection_send(session, &beat);
    session->beat_ms = now_ms + session->heartbeat;
}

/* NULL until the password is proved. */
static const struct sim_redirection_kind *kind_in(const struct sim_redirection *session)
{
    static const struct sim_redirection_kind *const kinds[] = {
        [SIM_SESSION_IDER] = &sim_redirection_ider,
        [SIM_SESSION_SOL] = &sim_redirection_sol,
        [SIM_SESSION_KVM] = &sim_redirection_kvm,
    };
    return session->state > SIM_REDIRECTION_LOGIN ? kinds[session->kind] : NULL;
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
    struct buffer reply = sim_redirection_message(0x11, (uint8_t)status);
    buffer_put_u16_le(&reply, 1);
    buffer_put_u8(&reply, device->personality->major);
    buffer_put_u8(&reply, device->personality->minor);
    buffer_put_u32_le(&reply, IANA_INTEL);
    buffer_put_u8(&reply, 0);
    sim_redirection_send(session, &reply);
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
    struct buffer reply = sim_redirection_message(0x14, (uint8_t)status);
    buffer_put_u8(&reply, type);
    buffer_put_u32_le(&reply, (uint32_t)data.size);
    buffer_put(&reply, data);
    sim_redirection_send(session, &reply);
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

static void let_in(struct sim_redirection *session, uint8_t type, uint64_t now_ms)
{
    answer_login(session, PROVED, type, (struct slice){0});
    session->state = SIM_REDIRECTION_OPEN;
    sim_session_begin(session->host->device, session->kind, now_ms);
}

static bool takes_clear(const struct sim_redirection *session)
{
    return session->host->device->personality->major <= LAST_CLEAR;
}

static void check_clear(struct sim_redirection *session, struct slice data, uint64_t now_ms)
{
    struct sim_device *device = session->host->device;
    struct cursor from = cursor_of(data);
    struct slice user = short_text(&from);
    struct slice password = short_text(&from);
    if (!cursor_ok(&from)) {
        session->finished = true;
    } else if (sim_login_clear(session->host->authenticator, device, user, password, now_ms) &&
               may_redirect(device)) {
        let_in(session, CLEAR, now_ms);
    } else {
        if (++session->wrong == WRONG_MOST) {
            sim_login_failed(device, WRONG_MOST, now_ms);
            session->finished = true;
        }
        answer_login(session, TRY_AGAIN, CLEAR, (struct slice){0});
    }
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
        let_in(session, DIGEST, now_ms);
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
    static const uint8_t offered[] = {CLEAR, DIGEST};
    if (type == 0)
        answer_login(session, PROVED, 0,
                     slice_from(slice_of(offered, 2), takes_clear(session) ? 0 : 1));
    else if (type == CLEAR && takes_clear(session))
        check_clear(session, data, now_ms);
    else if (type == DIGEST)
        check_digest(session, data, now_ms);
    else
        answer_login(session, NO_SUCH_TYPE, type, (struct slice){0});
    return 9 + (size_t)size;
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
    return kind_in(session)->take(session, bytes, now_ms);
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
    if (kind_in(session) != NULL && kind_in(session)->fini != NULL)
        kind_in(session)->fini(session, now_ms);
    if (session->state > SIM_REDIRECTION_LOGIN)
        sim_session_end(session->host->device, session->kind, now_ms);
    if (session->state > SIM_REDIRECTION_START)
        sim_session_release(session->host->device, session->kind);
    buffer_fini(&session->input);
}

static void feed_piece(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
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

/* The bound is one of a message, not of what a read brings. */
void sim_redirection_feed(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    while (bytes.size > 0 && !session->finished) {
        feed_piece(session, slice_first(bytes, PIECE), now_ms);
        bytes = slice_from(bytes, PIECE);
    }
}

void sim_redirection_tick(struct sim_redirection *session, uint64_t now_ms)
{
    if (session->state > SIM_REDIRECTION_LOGIN &&
        sim_session_is_terminated(session->host->device, session->kind))
        session->finished = true;
    if (session->silence != 0 && now_ms >= session->heard_ms + session->silence)
        session->finished = true;
    if (!session->finished && kind_in(session) != NULL && kind_in(session)->tick != NULL)
        kind_in(session)->tick(session, now_ms);
}

uint64_t sim_redirection_due(const struct sim_redirection *session)
{
    uint64_t silent = session->silence == 0 ? UINT64_MAX : session->heard_ms + session->silence;
    uint64_t due = silent < session->beat_ms ? silent : session->beat_ms;
    uint64_t kind = kind_in(session) != NULL && kind_in(session)->due != NULL
                        ? kind_in(session)->due(session)
                        : UINT64_MAX;
    return kind < due ? kind : due;
}
