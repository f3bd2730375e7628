#include "redir/login.h"

#include "core/buffer.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"

#include <stdlib.h>

#define CNONCE_BYTES 16
#define FIRST_COUNT  2 /* of the nonce, as the programs that firmware was tested with have it */

/* What the conversation needs while it lasts; its memory is wiped, since it holds what a digest is
 * made of. */
struct conversation {
    struct io_stream *stream;
    struct buffer out; /* secret */
    struct slice user, password;
    const char *step;                     /* what the device is to answer */
    size_t got;                           /* of `in` */
    uint8_t in[REDIR_MESSAGE_LIMIT + 64]; /* the message being read, and no byte behind it */
};

/* A wait that was too long says for what. */
static bool interrupted(const struct conversation *c, struct error *err)
{
    return err->code != ERROR_TIMEOUT
               ? false
               : error_set(err, ERROR_TIMEOUT,
                           "waiting for the device's answer to %s: the time limit passed", c->step);
}

static bool send(struct conversation *c, struct error *err)
{
    bool ok = io_stream_write(c->stream, buffer_slice(&c->out), err) || interrupted(c, err);
    memory_wipe(c->out.bytes, c->out.capacity);
    buffer_clear(&c->out);
    return ok;
}

/* How many bytes are missing for certain, so that none behind the message is read. */
static size_t missing(const struct conversation *c)
{
    static const size_t header[] = {4, REDIR_START_REPLY_SIZE, REDIR_LOGIN_SIZE};
    size_t want = header[0];
    if (c->got >= header[0] && c->in[0] == REDIR_START_REPLY && c->in[1] == REDIR_STARTED) {
        want = header[1];
        if (c->got >= want)
            want += c->in[12];
    } else if (c->got >= header[0] && c->in[0] == REDIR_AUTHENTICATE_REPLY) {
        want = header[2];
        if (c->got >= want)
            want += (size_t)c->in[5] | (size_t)c->in[6] << 8; /* more is malformed */
    }
    return want > c->got ? want - c->got : 1;
}

static bool receive(struct conversation *c, enum redir_type type, struct redir_message *message,
                    struct error *err)
{
    enum redir_parsed parsed;
    c->got = 0;
    while ((parsed = redir_message_parse(slice_of(c->in, c->got), message, err)) == REDIR_PART) {
        size_t want = missing(c);
        size_t got;
        if (want > sizeof c->in - c->got)
            return error_set(err, ERROR_PROTOCOL, "the device's message is too long");
        if (!io_stream_read(c->stream, c->in + c->got, want, &got, err))
            return interrupted(c, err);
        if (got == 0)
            return error_set(err, ERROR_CONNECTION,
                             "the device closed the session at its login, instead of answering %s",
                             c->step);
        c->got += got;
    }
    if (parsed == REDIR_MALFORMED)
        return false;
    return message->type == type ||
           error_set(err, ERROR_PROTOCOL, "the device sent message 0x%02X where 0x%02X belongs",
                     (unsigned)message->type, (unsigned)type);
}

static bool start(struct conversation *c, enum redir_kind kind, struct error *err)
{
    struct redir_message reply;
    c->step = "StartRedirectionSession";
    redir_put_start(&c->out, kind);
    if (!send(c, err) || !receive(c, REDIR_START_REPLY, &reply, err))
        return false;
    if (reply.status == REDIR_STARTED)
        return true;
    enum error_code code = reply.status == REDIR_START_BUSY ? ERROR_CONFLICT
                           : reply.status == REDIR_START_ERROR
                               ? ERROR_DEVICE
                               : /* unknown or switched off */ ERROR_UNSUPPORTED;
    return error_set(err, code, "%s", redir_start_status_text(reply.status));
}

/* Asks which types of login there are; takes the better digest. */
static bool choose(struct conversation *c, uint8_t *login, struct error *err)
{
    struct redir_message reply;
    c->step = "AuthenticateSession, the query for its types";
    redir_put_query(&c->out);
    if (!send(c, err) || !receive(c, REDIR_AUTHENTICATE_REPLY, &reply, err))
        return false;
    *login = REDIR_LOGIN_QUERY;
    for (size_t i = 0; i < reply.data.size; i++) {
        uint8_t type = reply.data.data[i];
        if (type == REDIR_LOGIN_DIGEST ||
            (type == REDIR_LOGIN_DIGEST_2069 && *login != REDIR_LOGIN_DIGEST))
            *login = type;
    }
    return *login != REDIR_LOGIN_QUERY ||
           error_set(err, ERROR_UNSUPPORTED,
                     "the device offers no digest login for redirection; a password is not sent "
                     "in clear");
}

static bool refused(struct error *err)
{
    return error_set(err, ERROR_LOGIN, "the device refuses the AMT user name or password");
}

static bool answer(struct conversation *c, const struct redir_challenge *challenge,
                   struct error *err)
{
    uint8_t random[CNONCE_BYTES];
    char cnonce[2 * CNONCE_BYTES + 1];
    struct redir_message reply;
    random_bytes(random, sizeof random);
    encoding_hex(slice_of(random, sizeof random), cnonce);
    c->step = "AuthenticateSession, the digest";
    redir_put_answer(&c->out, challenge, c->user, c->password, FIRST_COUNT,
                     slice_of_string(cnonce));
    if (!send(c, err) || !receive(c, REDIR_AUTHENTICATE_REPLY, &reply, err))
        return false;
    return (reply.status == REDIR_LOGIN_SUCCESS && reply.login == challenge->login) || refused(err);
}

static bool login(struct conversation *c, struct error *err)
{
    struct redir_message reply;
    struct redir_challenge challenge;
    uint8_t type;
    if (!choose(c, &type, err))
        return false;
    c->step = "AuthenticateSession, the user's name";
    redir_put_hello(&c->out, type, c->user);
    if (!send(c, err) || !receive(c, REDIR_AUTHENTICATE_REPLY, &reply, err))
        return false;
    if (reply.status == REDIR_LOGIN_UNSUPPORTED)
        return error_set(err, ERROR_UNSUPPORTED, "the device refuses the digest it has offered");
    if (reply.status != REDIR_LOGIN_FAILED || reply.login != type ||
        !redir_challenge_parse(type, reply.data, &challenge))
        return error_set(err, ERROR_PROTOCOL, "the device sent no challenge that can be answered");
    return answer(c, &challenge, err);
}

bool redir_login(struct io_stream *stream, enum redir_kind kind, struct slice user,
                 struct slice password, struct error *err)
{
    if (user.size > REDIR_TEXT_LIMIT || password.size > REDIR_TEXT_LIMIT)
        return error_set(err, ERROR_INVALID, "AMT user name or password is too long");
    struct conversation *c = memory_new(sizeof *c);
    c->stream = stream;
    c->user = user;
    c->password = password;
    buffer_init_secret(&c->out, REDIR_MESSAGE_LIMIT);
    bool ok = start(c, kind, err) && login(c, err);
    buffer_fini(&c->out);
    memory_wipe(c, sizeof *c);
    free(c);
    return ok;
}
