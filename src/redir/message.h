/*
 * Redirection, the protocol on ports 16994 and 16995 of a device: the messages that every session
 * begins with, start and authentication (spec device-protocols 2.1, 2.2). What follows the login
 * is each kind's own. Numbers are little-endian; texts are a byte with their length and that many
 * bytes. Pure; any thread.
 *
 *   client: 10 start -> device: 11 reply -> client: 13/0 query -> device: 14/0, the types it offers
 *   -> client: 13/4 with the user's name only -> device: 14/4 failed, with a challenge
 *   -> client: 13/4 with the answer -> device: 14/4 success
 */
#ifndef REDIR_MESSAGE_H
#define REDIR_MESSAGE_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/slice.h"

/* What is redirected. A device carries one session of each at a time. */
enum redir_kind { REDIR_KVM, REDIR_SOL, REDIR_IDER };

#define REDIR_KINDS 3

/* Ports of the device: plain, and inside TLS. */
#define REDIR_PORT     16994u
#define REDIR_TLS_PORT 16995u

/* First bytes of messages. */
enum redir_type {
    REDIR_START = 0x10,
    REDIR_START_REPLY = 0x11,
    REDIR_END = 0x12, /* from the client; no reply */
    REDIR_AUTHENTICATE = 0x13,
    REDIR_AUTHENTICATE_REPLY = 0x14,
};

enum redir_start_status {
    REDIR_STARTED = 0,
    REDIR_START_UNKNOWN = 1, /* no such kind */
    REDIR_START_BUSY = 2,    /* somebody else has a session of that kind */
    REDIR_START_UNSUPPORTED = 3,
    REDIR_START_ERROR = 0xFF,
};

enum redir_login_type {
    REDIR_LOGIN_QUERY = 0,
    REDIR_LOGIN_PASSWORD = 1, /* in clear; firmware up to 11 */
    REDIR_LOGIN_KERBEROS = 2,
    REDIR_LOGIN_DIGEST_2069 = 3, /* without qop; firmware up to 11 */
    REDIR_LOGIN_DIGEST = 4,      /* RFC 2617, qop auth */
};

enum redir_login_status {
    REDIR_LOGIN_SUCCESS = 0,
    REDIR_LOGIN_FAILED = 1, /* with a challenge: go on */
    REDIR_LOGIN_UNSUPPORTED = 2,
};

#define REDIR_START_SIZE       8u
#define REDIR_START_REPLY_SIZE 13u /* and the OEM data behind it */
#define REDIR_END_SIZE         4u
#define REDIR_LOGIN_SIZE       9u    /* 13 and 14, without their data */
#define REDIR_LOGIN_LIMIT      2048u /* of that data: eight texts of 255 bytes */
#define REDIR_TEXT_LIMIT       255u
#define REDIR_MESSAGE_LIMIT    (REDIR_LOGIN_SIZE + REDIR_LOGIN_LIMIT)

/* What digests are made over, with the method POST. */
#define REDIR_URI "/RedirectionService"

/* "kvm", "sol", "ider": as the relay's query and the device's status have it. */
const char *redir_kind_name(enum redir_kind kind);

/* The kind of that name. False when it is none. */
bool redir_kind_parse(struct slice name, enum redir_kind *kind);

struct redir_message {
    enum redir_type type;
    struct slice bytes; /* all of the message */
    /* START */
    enum redir_kind kind;
    bool known; /* the kind is one of ours */
    /* START_REPLY, AUTHENTICATE_REPLY */
    uint8_t status;
    /* START_REPLY, when the status is 0 */
    uint8_t major, minor; /* of the firmware */
    /* AUTHENTICATE, AUTHENTICATE_REPLY */
    uint8_t login;     /* enum redir_login_type */
    struct slice data; /* a query's reply: the types that are offered, a byte each */
};

enum redir_parsed { REDIR_WHOLE, REDIR_PART, REDIR_MALFORMED };

/* The message that `bytes` begin with, borrowed from them. PART: more bytes are needed. MALFORMED:
 * `err` says why. A start reply that refuses is whole with its first four bytes, since not every
 * device sends more; then `bytes` is as much of its 13 as is there. */
enum redir_parsed redir_message_parse(struct slice bytes, struct redir_message *message,
                                      struct error *err);

/* "busy", … of a start's reply, as a sentence for people. */
const char *redir_start_status_text(uint8_t status);

/* The texts of a challenge: realm, nonce and, with type 4, qop. False when they are not there, or
 * the qop is not "auth". */
struct redir_challenge {
    uint8_t login; /* enum redir_login_type; 0: none yet */
    struct slice realm, nonce, qop;
};
bool redir_challenge_parse(uint8_t login, struct slice data, struct redir_challenge *challenge);

/* ---- writing ---- */

void redir_put_start(struct buffer *to, enum redir_kind kind);
void redir_put_query(struct buffer *to);

/* The first message of a digest, which asks for the challenge. `user` of up to 255 bytes. */
void redir_put_hello(struct buffer *to, uint8_t login, struct slice user);

/* The answer to a challenge. `count` is the nonce count, `cnonce` the client's own nonce. */
void redir_put_answer(struct buffer *to, const struct redir_challenge *challenge, struct slice user,
                      struct slice password, uint32_t count, struct slice cnonce);

#endif
