/*
 * Errors. A function that can fail takes a `struct error *`, returns false (or NULL) and fills in
 * a code from the one table below and a sentence for people. The code decides the HTTP status, the
 * exit code of the command-line programs and whether the caller may try again. Leaf code sets,
 * callers add context with error_wrap, and the one who decides logs. Never put a secret in a text.
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdbool.h>

/*  X(code, name, HTTP status, exit code) */
#define ERROR_CODES(X)                                                                     \
    X(ERROR_NONE, "none", 200, 0)                                                          \
    X(ERROR_INVALID, "invalid", 400, 2)           /* the caller's input is wrong */        \
    X(ERROR_UNAUTHORIZED, "unauthorized", 401, 3) /* no or wrong credentials */            \
    X(ERROR_FORBIDDEN, "forbidden", 403, 3)       /* known, but not allowed */             \
    X(ERROR_NOT_FOUND, "not-found", 404, 4)                                                \
    X(ERROR_CONFLICT, "conflict", 409, 5)       /* exists already, or changed meanwhile */ \
    X(ERROR_CONSENT, "consent", 409, 5)         /* the user at the machine has to agree */ \
    X(ERROR_TOO_LARGE, "too-large", 413, 2)     /* a bound on size was passed */           \
    X(ERROR_THROTTLED, "throttled", 429, 6)     /* too many tries; wait */                 \
    X(ERROR_INTERNAL, "internal", 500, 1)       /* a fault of ours */                      \
    X(ERROR_UNSUPPORTED, "unsupported", 501, 1) /* the peer or this build cannot do it */  \
    X(ERROR_PROTOCOL, "protocol", 502, 7)       /* the peer sent what it must not */       \
    X(ERROR_CONNECTION, "connection", 502, 7)   /* refused, reset, closed, unreachable */  \
    X(ERROR_DEVICE, "device", 502, 8)           /* the device answered with a fault */     \
    X(ERROR_LOGIN, "login", 502, 8)             /* the device refuses our credentials */   \
    X(ERROR_BUSY, "busy", 503, 6)               /* a queue is full; try again */           \
    X(ERROR_TIMEOUT, "timeout", 504, 9)         /* a deadline passed */                    \
    X(ERROR_CANCELLED, "cancelled", 503, 10)    /* whoever asked went away */              \
    X(ERROR_STORE, "store", 500, 1)             /* database or secret store failed */      \
    X(ERROR_FULL, "full", 507, 1)               /* no room on the disk for what was sent */

enum error_code {
#define ERROR_CODE(code, name, status, exit) code,
    ERROR_CODES(ERROR_CODE)
#undef ERROR_CODE
};

#define ERROR_TEXT_SIZE 256

struct error {
    enum error_code code;
    char text[ERROR_TEXT_SIZE]; /* one sentence, cut to fit, not within a character */
};

/* Sets code and sentence; `err` may be NULL. Always returns false, so that a caller can write
 * `return error_set(err, …)`. */
bool error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the sentence, keeps the code. Always returns false. */
bool error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* No error. */
void error_clear(struct error *err);

const char *error_name(enum error_code code);
int error_http_status(enum error_code code);
int error_exit_code(enum error_code code);

#endif
