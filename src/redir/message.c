#include "redir/message.h"

#include "core/cursor.h"
#include "core/memory.h"
#include "http/digest.h"

#include <stdio.h>
#include <string.h>

#define METHOD "POST"

static const struct {
    const char *name;
    struct slice start; /* the message that starts it */
} kinds[REDIR_KINDS] = {
    [REDIR_KVM] = {"kvm", {(const uint8_t *)"\x10\x01\0\0KVMR", REDIR_START_SIZE}},
    [REDIR_SOL] = {"sol", {(const uint8_t *)"\x10\0\0\0SOL ", REDIR_START_SIZE}},
    [REDIR_IDER] = {"ider", {(const uint8_t *)"\x10\0\0\0IDER", REDIR_START_SIZE}},
};

const char *redir_kind_name(enum redir_kind kind)
{
    return kinds[kind].name;
}

bool redir_kind_parse(struct slice name, enum redir_kind *kind)
{
    for (int i = 0; i < REDIR_KINDS; i++) {
        if (slice_equal_string(name, kinds[i].name)) {
            *kind = (enum redir_kind)i;
            return true;
        }
    }
    return false;
}

const char *redir_start_status_text(uint8_t status)
{
    switch (status) {
    case REDIR_START_UNKNOWN:
        return "the device does not know this kind of redirection";
    case REDIR_START_BUSY:
        return "the device is busy: it has a session of this kind already";
    case REDIR_START_UNSUPPORTED:
        return "this kind of redirection is switched off on the device";
    default:
        return "the device cannot start the session";
    }
}

/* ---- reading ---- */

static enum redir_parsed whole(struct redir_message *message, struct slice bytes, size_t size)
{
    message->bytes = slice_first(bytes, size);
    return REDIR_WHOLE;
}

static enum redir_parsed parse_start(struct slice bytes, struct redir_message *message)
{
    if (bytes.size < REDIR_START_SIZE)
        return REDIR_PART;
    struct slice name = slice_first(slice_from(bytes, 4), 4);
    for (int i = 0; i < REDIR_KINDS; i++) { /* the byte behind the first is not the same in all */
        if (slice_equal(name, slice_from(kinds[i].start, 4))) {
            message->kind = (enum redir_kind)i;
            message->known = true;
        }
    }
    return whole(message, bytes, REDIR_START_SIZE);
}

static enum redir_parsed parse_start_reply(struct slice bytes, struct redir_message *message)
{
    if (bytes.size < 4)
        return REDIR_PART;
    message->status = bytes.data[1];
    if (message->status != REDIR_STARTED)
        return whole(message, bytes, REDIR_START_REPLY_SIZE);
    if (bytes.size < REDIR_START_REPLY_SIZE)
        return REDIR_PART;
    size_t size = REDIR_START_REPLY_SIZE + (size_t)bytes.data[12];
    if (bytes.size < size)
        return REDIR_PART;
    message->major = bytes.data[6];
    message->minor = bytes.data[7];
    return whole(message, bytes, size);
}

static enum redir_parsed parse_login(struct slice bytes, struct redir_message *message,
                                     struct error *err)
{
    struct cursor from = cursor_of(bytes);
    (void)cursor_u8(&from);
    message->status = cursor_u8(&from);
    (void)cursor_u16_le(&from);
    message->login = cursor_u8(&from);
    uint32_t size = cursor_u32_le(&from);
    if (!cursor_ok(&from))
        return REDIR_PART;
    if (size > REDIR_LOGIN_LIMIT) {
        (void)error_set(err, ERROR_PROTOCOL, "an authentication message has %u bytes, more than %u",
                        size, REDIR_LOGIN_LIMIT);
        return REDIR_MALFORMED;
    }
    message->data = cursor_bytes(&from, size);
    return cursor_ok(&from) ? whole(message, bytes, REDIR_LOGIN_SIZE + (size_t)size) : REDIR_PART;
}

enum redir_parsed redir_message_parse(struct slice bytes, struct redir_message *message,
                                      struct error *err)
{
    *message = (struct redir_message){.kind = REDIR_KVM};
    if (bytes.size == 0)
        return REDIR_PART;
    message->type = (enum redir_type)bytes.data[0];
    switch (bytes.data[0]) {
    case REDIR_START:
        return parse_start(bytes, message);
    case REDIR_START_REPLY:
        return parse_start_reply(bytes, message);
    case REDIR_END:
        return bytes.size < REDIR_END_SIZE ? REDIR_PART : whole(message, bytes, REDIR_END_SIZE);
    case REDIR_AUTHENTICATE:
    case REDIR_AUTHENTICATE_REPLY:
        return parse_login(bytes, message, err);
    default:
        (void)error_set(err, ERROR_PROTOCOL, "byte 0x%02X begins no message of a login",
                        bytes.data[0]);
        return REDIR_MALFORMED;
    }
}

static struct slice read_text(struct cursor *from)
{
    return cursor_bytes(from, cursor_u8(from));
}

bool redir_challenge_parse(uint8_t login, struct slice data, struct redir_challenge *challenge)
{
    struct cursor from = cursor_of(data);
    *challenge = (struct redir_challenge){.login = login};
    challenge->realm = read_text(&from);
    challenge->nonce = read_text(&from);
    if (login == REDIR_LOGIN_DIGEST) {
        challenge->qop = read_text(&from);
        if (!slice_equal_string(challenge->qop, "auth"))
            return false;
    } else if (login != REDIR_LOGIN_DIGEST_2069) {
        return false;
    }
    return cursor_ok(&from) && challenge->realm.size > 0 && challenge->nonce.size > 0;
}

/* ---- writing ---- */

static void put_text(struct buffer *to, struct slice text)
{
    text = slice_first(text, REDIR_TEXT_LIMIT);
    buffer_put_u8(to, (uint8_t)text.size);
    buffer_put(to, text);
}

void redir_put_start(struct buffer *to, enum redir_kind kind)
{
    buffer_put(to, kinds[kind].start);
}

static void put_login(struct buffer *to, uint8_t login, size_t size)
{
    buffer_put_u32_le(to, REDIR_AUTHENTICATE);
    buffer_put_u8(to, login);
    buffer_put_u32_le(to, (uint32_t)size);
}

void redir_put_query(struct buffer *to)
{
    put_login(to, REDIR_LOGIN_QUERY, 0);
}

/* The texts behind the login's type: eight with type 4, one fewer with type 3. */
static void put_texts(struct buffer *to, uint8_t login, const struct slice texts[8])
{
    size_t count = login == REDIR_LOGIN_DIGEST ? 8 : 7;
    size_t size = count;
    for (size_t i = 0; i < count; i++)
        size += slice_first(texts[i], REDIR_TEXT_LIMIT).size;
    put_login(to, login, size);
    for (size_t i = 0; i < count; i++)
        put_text(to, texts[i]);
}

void redir_put_hello(struct buffer *to, uint8_t login, struct slice user)
{
    const struct slice texts[8] = {[0] = user, [3] = SLICE_LITERAL(REDIR_URI)};
    put_texts(to, login, texts);
}

void redir_put_answer(struct buffer *to, const struct redir_challenge *challenge, struct slice user,
                      struct slice password, uint32_t count, struct slice cnonce)
{
    char ha1[HTTP_DIGEST_HEX_SIZE];
    char response[HTTP_DIGEST_HEX_SIZE];
    char nc[9];
    struct slice qop = challenge->login == REDIR_LOGIN_DIGEST ? challenge->qop : slice_of(NULL, 0);
    (void)snprintf(nc, sizeof nc, "%08x", count);
    http_digest_ha1(user, challenge->realm, password, ha1);
    http_digest_response(ha1, challenge->nonce, slice_of_string(nc), cnonce, qop, METHOD,
                         SLICE_LITERAL(REDIR_URI), response);
    const struct slice texts[8] = {
        user,   challenge->realm,    challenge->nonce,          SLICE_LITERAL(REDIR_URI),
        cnonce, slice_of_string(nc), slice_of_string(response), qop};
    put_texts(to, challenge->login, texts);
    memory_wipe(ha1, sizeof ha1);
    memory_wipe(response, sizeof response);
}
