#include "redir/interceptor.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* What may wait for the rest of its message, and what comes in one call. */
#define WAITING_LIMIT ((size_t)64 * 1024)

/* What a device may still say after it has refused. */
#define REFUSAL_LIMIT (REDIR_START_REPLY_SIZE + 255u)

struct redir_interceptor {
    enum redir_interceptor_state state;
    bool inserts;
    bool started;    /* the browser's start has come: `kind` is set */
    bool replied;    /* the device's has */
    bool asked;      /* a login that is no query has gone to the device */
    bool greeted;    /* the user's name has been sent, a challenge is expected */
    bool challenged; /* it is in the three texts below */
    bool answered;
    enum redir_kind kind;
    uint8_t login;  /* the type that was greeted with */
    uint8_t status; /* of the start's reply */
    size_t refusal; /* bytes that may still pass */
    size_t rest;
    struct buffer from_browser, from_device;
    char cnonce[REDIR_CNONCE_SIZE + 1];
    size_t user_size, password_size;
    uint8_t user[REDIR_TEXT_LIMIT], password[REDIR_TEXT_LIMIT];
    size_t realm_size, nonce_size, qop_size;
    uint8_t realm[REDIR_TEXT_LIMIT], nonce[REDIR_TEXT_LIMIT], qop[REDIR_TEXT_LIMIT];
};

struct redir_interceptor *redir_interceptor_new(const char *cnonce)
{
    struct redir_interceptor *i = memory_new(sizeof *i);
    memcpy(i->cnonce, cnonce, REDIR_CNONCE_SIZE);
    buffer_init_secret(&i->from_browser, WAITING_LIMIT); /* a password in clear, perhaps */
    buffer_init(&i->from_device, WAITING_LIMIT);
    return i;
}

static void forget_credentials(struct redir_interceptor *i)
{
    memory_wipe(i->user, sizeof i->user);
    memory_wipe(i->password, sizeof i->password);
    i->user_size = 0;
    i->password_size = 0;
}

void redir_interceptor_free(struct redir_interceptor *i)
{
    if (i == NULL)
        return;
    forget_credentials(i);
    buffer_fini(&i->from_browser);
    buffer_fini(&i->from_device);
    free(i);
}

static size_t keep(uint8_t to[REDIR_TEXT_LIMIT], struct slice text)
{
    text = slice_first(text, REDIR_TEXT_LIMIT);
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    return text.size;
}

void redir_interceptor_insert(struct redir_interceptor *i, struct slice user, struct slice password)
{
    i->inserts = true;
    i->user_size = keep(i->user, user);
    i->password_size = keep(i->password, password);
}

enum redir_interceptor_state redir_interceptor_state(const struct redir_interceptor *i)
{
    return i->state;
}

bool redir_interceptor_kind(const struct redir_interceptor *i, enum redir_kind *kind)
{
    *kind = i->kind;
    return i->started;
}

size_t redir_interceptor_rest(const struct redir_interceptor *i)
{
    return i->rest;
}

uint8_t redir_interceptor_status(const struct redir_interceptor *i)
{
    return i->status;
}

static bool out_of_order(enum error_code code, const char *who, const struct redir_message *message,
                         struct error *err)
{
    return error_set(err, code, "%s sent message 0x%02X out of its order", who,
                     (unsigned)message->type);
}

/* ---- the browser's ---- */

static bool take_start(struct redir_interceptor *i, const struct redir_message *message,
                       struct error *err)
{
    if (!message->known)
        return error_set(err, ERROR_INVALID, "the session to start is of no known kind");
    i->started = true;
    i->kind = message->kind;
    return true;
}

static bool is_digest(uint8_t login)
{
    return login == REDIR_LOGIN_DIGEST || login == REDIR_LOGIN_DIGEST_2069;
}

/* The login that goes instead of the browser's. */
static bool replace_login(struct redir_interceptor *i, const struct redir_message *message,
                          struct buffer *to_device, struct error *err)
{
    struct slice user = slice_of(i->user, i->user_size);
    if (!is_digest(message->login))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the browser asks for a login of type %u; only digests are made for it",
                         message->login);
    if (i->challenged && message->login == i->login && !i->answered) {
        const struct redir_challenge challenge = {i->login, slice_of(i->realm, i->realm_size),
                                                  slice_of(i->nonce, i->nonce_size),
                                                  slice_of(i->qop, i->qop_size)};
        i->answered = true;
        redir_put_answer(to_device, &challenge, user, slice_of(i->password, i->password_size), 1,
                         slice_of_string(i->cnonce));
        return true;
    }
    /* once for each type: who says it again gets no further tries at the device */
    if (i->answered || i->challenged || (i->greeted && message->login == i->login))
        return out_of_order(ERROR_INVALID, "the browser", message, err);
    i->greeted = true;
    i->login = message->login;
    redir_put_hello(to_device, message->login, user);
    return true;
}

static bool browser_message(struct redir_interceptor *i, const struct redir_message *message,
                            struct buffer *to_device, struct error *err)
{
    switch (message->type) {
    case REDIR_START:
        if (i->state != REDIR_AT_START)
            return out_of_order(ERROR_INVALID, "the browser", message, err);
        i->state = REDIR_AT_LOGIN;
        break;
    case REDIR_END:
        i->state = REDIR_ENDED;
        break;
    case REDIR_AUTHENTICATE:
        if (i->state != REDIR_AT_LOGIN)
            return out_of_order(ERROR_INVALID, "the browser", message, err);
        i->asked = i->asked || message->login != REDIR_LOGIN_QUERY;
        if (i->inserts && message->login != REDIR_LOGIN_QUERY)
            return replace_login(i, message, to_device, err);
        break;
    default:
        return out_of_order(ERROR_INVALID, "the browser", message, err);
    }
    buffer_put(to_device, message->bytes);
    return true;
}

static bool too_large(struct error *err)
{
    return error_set(err, ERROR_TOO_LARGE, "more came before the login than belongs to it");
}

/* The message that waits at the front, of this side: the other one's is refused with its first
 * byte, not waited for. */
static enum redir_parsed next_message(const struct buffer *from, bool of_device, const char *who,
                                      struct redir_message *message, struct error *err)
{
    struct slice waiting = buffer_slice(from);
    struct error why;
    bool is_reply =
        waiting.data[0] == REDIR_START_REPLY || waiting.data[0] == REDIR_AUTHENTICATE_REPLY;
    enum redir_parsed parsed = redir_message_parse(waiting, message, &why);
    enum error_code code = of_device ? ERROR_PROTOCOL : ERROR_INVALID;
    if (parsed == REDIR_MALFORMED)
        (void)error_set(err, code, "%s: %s", who, why.text);
    else if (is_reply != of_device)
        (void)out_of_order(code, who, message, err);
    return is_reply == of_device ? parsed : REDIR_MALFORMED;
}

/* All of what waits, when nothing is to be understood any more. */
static bool pass(struct buffer *from, struct buffer *to, struct error *err)
{
    buffer_put(to, buffer_slice(from));
    buffer_consume(from, buffer_size(from));
    buffer_release(from);
    return buffer_ok(to) || too_large(err);
}

bool redir_interceptor_browser(struct redir_interceptor *i, struct slice bytes,
                               struct buffer *to_device, struct error *err)
{
    struct buffer *from = &i->from_browser;
    struct redir_message message;
    buffer_put(from, bytes);
    if (!buffer_ok(from))
        return too_large(err);
    while (buffer_size(from) > 0 && (i->state == REDIR_AT_START || i->state == REDIR_AT_LOGIN)) {
        enum redir_parsed parsed = next_message(from, false, "the browser", &message, err);
        if (parsed != REDIR_WHOLE)
            return parsed == REDIR_PART;
        if (message.type == REDIR_START && !i->started && !take_start(i, &message, err))
            return false;
        if (to_device == NULL)
            return i->started || out_of_order(ERROR_INVALID, "the browser", &message, err);
        if (!browser_message(i, &message, to_device, err))
            return false;
        buffer_consume(from, message.bytes.size);
    }
    if (i->state == REDIR_OPEN && to_device != NULL)
        return pass(from, to_device, err);
    buffer_clear(from); /* after the end, or what crossed a refusal */
    return true;
}

/* ---- the device's ---- */

static bool offers_digest(struct slice types)
{
    return slice_index_of(types, REDIR_LOGIN_DIGEST) < types.size ||
           slice_index_of(types, REDIR_LOGIN_DIGEST_2069) < types.size;
}

/* The login failed: with the first challenge that is as it should be. */
static bool take_challenge(struct redir_interceptor *i, const struct redir_message *message,
                           struct error *err)
{
    struct redir_challenge challenge;
    if (i->answered)
        return error_set(err, ERROR_LOGIN,
                         "the device refuses the stored AMT user name or password");
    if (!i->greeted || i->challenged || message->login != i->login)
        return out_of_order(ERROR_PROTOCOL, "the device", message, err);
    if (!redir_challenge_parse(message->login, message->data, &challenge))
        return error_set(err, ERROR_PROTOCOL, "the device sent a challenge nobody can answer");
    i->realm_size = keep(i->realm, challenge.realm);
    i->nonce_size = keep(i->nonce, challenge.nonce);
    i->qop_size = keep(i->qop, challenge.qop);
    i->challenged = true;
    return true;
}

static bool take_login_reply(struct redir_interceptor *i, const struct redir_message *message,
                             struct error *err)
{
    if (i->state != REDIR_AT_LOGIN || !i->replied)
        return out_of_order(ERROR_PROTOCOL, "the device", message, err);
    if (message->login == REDIR_LOGIN_QUERY)
        return !i->inserts || message->status != REDIR_LOGIN_SUCCESS ||
               offers_digest(message->data) ||
               error_set(err, ERROR_UNSUPPORTED, "the device offers no digest login");
    if (!i->asked)
        return out_of_order(ERROR_PROTOCOL, "the device", message, err);
    if (message->status == REDIR_LOGIN_SUCCESS) {
        i->state = REDIR_OPEN;
        forget_credentials(i);
        return true;
    }
    if (!i->inserts)
        return true;
    if (message->status == REDIR_LOGIN_FAILED)
        return take_challenge(i, message, err);
    return !i->answered || error_set(err, ERROR_LOGIN, "the device refuses the login");
}

static bool device_message(struct redir_interceptor *i, const struct redir_message *message,
                           struct buffer *to_browser, struct error *err)
{
    switch (message->type) {
    case REDIR_START_REPLY:
        if (i->state != REDIR_AT_LOGIN || i->replied)
            return out_of_order(ERROR_PROTOCOL, "the device", message, err);
        i->replied = true;
        i->status = message->status;
        if (message->status != REDIR_STARTED) {
            i->state = REDIR_REFUSED;
            i->refusal = REFUSAL_LIMIT - message->bytes.size;
        }
        break;
    case REDIR_AUTHENTICATE_REPLY:
        if (!take_login_reply(i, message, err))
            return false;
        break;
    default:
        return out_of_order(ERROR_PROTOCOL, "the device", message, err);
    }
    buffer_put(to_browser, message->bytes);
    return true;
}

static void pass_refusal(struct redir_interceptor *i, struct buffer *to_browser)
{
    struct slice rest = slice_first(buffer_slice(&i->from_device), i->refusal);
    buffer_put(to_browser, rest);
    i->refusal -= rest.size;
    buffer_clear(&i->from_device);
}

bool redir_interceptor_device(struct redir_interceptor *i, struct slice bytes,
                              struct buffer *to_browser, struct error *err)
{
    struct buffer *from = &i->from_device;
    struct redir_message message;
    buffer_put(from, bytes);
    if (!buffer_ok(from))
        return too_large(err);
    while (buffer_size(from) > 0 && (i->state == REDIR_AT_START || i->state == REDIR_AT_LOGIN)) {
        enum redir_parsed parsed = next_message(from, true, "the device", &message, err);
        if (parsed != REDIR_WHOLE)
            return parsed == REDIR_PART;
        if (!device_message(i, &message, to_browser, err))
            return false;
        buffer_consume(from, message.bytes.size);
    }
    if (i->state == REDIR_OPEN) {
        i->rest = buffer_size(from);
        return pass(from, to_browser, err);
    }
    if (i->state == REDIR_REFUSED)
        pass_refusal(i, to_browser);
    else
        buffer_clear(from);
    return buffer_ok(to_browser) || too_large(err);
}
