/*
 * What a relay does to a session's beginning: it passes start and authentication on between a
 * browser and a device, and puts the device's own credentials where the browser has none (spec mps
 * 5.3). The browser speaks the protocol as if it had a password; what it sends of user and digest
 * is replaced, and neither the password nor a digest made with it ever goes its way. Once the
 * device has let the session in, both directions are transparent and nobody needs the interceptor
 * any more.
 *
 *   START --10 passed--> LOGIN --14, success--> OPEN
 *     LOGIN --11 that refuses--> REFUSED      what is left of the device's answer passes
 *     LOGIN --12 passed--> ENDED              the browser wants no session
 *
 * Messages that are malformed, too long, out of order or none at all are errors, in both
 * directions: nothing is held back and waited for. The device is asked once with these credentials;
 * when it refuses them, that is the end (ERROR_LOGIN).
 *
 * Pure: bytes in, split anywhere, and bytes out. One thread.
 */
#ifndef REDIR_INTERCEPTOR_H
#define REDIR_INTERCEPTOR_H

#include "redir/message.h"

enum redir_interceptor_state {
    REDIR_AT_START,
    REDIR_AT_LOGIN,
    REDIR_OPEN,
    REDIR_REFUSED,
    REDIR_ENDED,
};

#define REDIR_CNONCE_SIZE 32

struct redir_interceptor;

/* `cnonce` are REDIR_CNONCE_SIZE random characters. Copied. */
struct redir_interceptor *redir_interceptor_new(const char *cnonce);

/* NULL is allowed. */
void redir_interceptor_free(struct redir_interceptor *interceptor);

/* From now on the browser's logins are replaced by this user's; of up to 255 bytes each, copied,
 * and wiped when the session is open. Without it they pass as they are, and so do passwords in
 * clear and tickets. */
void redir_interceptor_insert(struct redir_interceptor *interceptor, struct slice user,
                              struct slice password);

/* Bytes of the browser; adds what goes to the device. Any number, empty ones too. Only the first
 * start message is taken from them while `to_device` is NULL, so that a caller learns of the kind
 * before there is a device: the rest waits for the next call. False: the session must end.
 * ERROR_INVALID: the browser has sent what it must not; ERROR_UNSUPPORTED: a login that cannot be
 * replaced; ERROR_TOO_LARGE. */
bool redir_interceptor_browser(struct redir_interceptor *interceptor, struct slice bytes,
                               struct buffer *to_device, struct error *err);

/* Bytes of the device; adds what goes to the browser. False: ERROR_PROTOCOL, ERROR_TOO_LARGE;
 * ERROR_LOGIN: the device refuses the credentials; ERROR_UNSUPPORTED: it offers no digest. */
bool redir_interceptor_device(struct redir_interceptor *interceptor, struct slice bytes,
                              struct buffer *to_browser, struct error *err);

enum redir_interceptor_state redir_interceptor_state(const struct redir_interceptor *interceptor);

/* What the browser has started; false before. */
bool redir_interceptor_kind(const struct redir_interceptor *interceptor, enum redir_kind *kind);

/* Of the bytes that the call which opened the session gave for the browser: how many, at the end,
 * follow the login. */
size_t redir_interceptor_rest(const struct redir_interceptor *interceptor);

/* enum redir_start_status of a device that has refused. */
uint8_t redir_interceptor_status(const struct redir_interceptor *interceptor);

#endif
