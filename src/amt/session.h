/*
 * What a device in use needs beyond its carrier: the gate that caps requests on the wire, the
 * digest challenge, the cached credentials, and streams kept for the next request. Made with the
 * first request. One HTTP exchange goes through session_exchange, which deals with 401 answers and
 * with kept streams that the device has closed meanwhile: what is known to be closed is not used,
 * and when a close crosses a request on its way, only one that may be repeated is. Private to
 * src/amt; loop thread, on a fiber unless noted.
 *
 * While no challenge is known one request, the scout, goes out alone and the others wait for what
 * it brings. However the scout ends, those who wait look again, and without a challenge the first
 * of them is the next scout, so that nobody waits for longer than its own deadline.
 */
#ifndef AMT_SESSION_H
#define AMT_SESSION_H

#include "amt/amt.h"
#include "http/client.h"
#include "http/digest.h"
#include "io/fiber.h"
#include "io/timer.h"

#define AMT_PORT 16992

struct kept_stream {
    struct io_stream *stream;
    uint64_t since; /* io_now when it became idle */
};

struct session {
    struct io_gate wire;     /* requests on the wire */
    struct io_gate sequence; /* conversations that must not be mixed (amt_sequence_begin) */
    struct io_gate search;   /* for a password that opens the device: one at a time */
    struct http_digest digest;
    uint32_t challenges; /* taken so far; tells whether another request brought a newer one */
    uint32_t epoch;      /* raised when everything known is forgotten */
    char *user;          /* heap; NULL until read */
    char *password;
    uint64_t refused_until; /* io_now: the device has refused the credentials, do not try again */
    uint64_t redirection_refused_until; /* the same for redirection (amt/redirection.h) */
    bool scouting;
    struct list waiting; /* requests that wait for the scout */
    uint32_t message_id;
    bool boot_is_clear;   /* no boot is prepared, as far as this process knows (amt/boot_order.h) */
    char *boot_source;    /* the boot order that it has set; heap, NULL: none */
    struct io_timer idle; /* for the oldest kept stream */
    uint32_t kept_count;  /* at most the cap on requests in flight */
    struct kept_stream kept[]; /* oldest first */
};

struct amt {
    struct amt_carrier carrier; /* .host points to `host` below */
    struct amt_options options;
    struct session *session; /* NULL until the first request */
    uint32_t denials;        /* amt_denials */
    char host[];
};

/* The session, made when there is none. Any context on the loop. */
struct session *session_of(struct amt *amt);

/* Any context on the loop; no fiber may be using it. NULL is allowed. */
void session_free(struct session *session);

/* Puts a password in the cache. Any context on the loop. */
void session_take_password(struct session *session, struct slice password);

/* Forgets challenge, credentials and kept streams. Any context on the loop. */
void session_forget(struct session *session);

/* Closes the oldest kept stream; false when there is none. Any context on the loop. */
bool session_drop_kept(struct session *session);

struct session_answer {
    struct http_response response;
    struct io_stream *stream; /* on which it came; the caller releases it */
    uint32_t epoch;
    uint32_t challenge; /* the newest when the request was sent */
};

/* POSTs `body` to /wsman and returns the final answer, never a 401. The caller has passed the gate
 * `wire`. `repeatable`: nothing is changed by it, so it may reach the device twice, which happens
 * when a kept stream ends without a byte of the answer. ERROR_LOGIN when the device refuses the
 * stored credentials (after at most one retry with a new challenge, one with credentials that
 * changed, and one with each other password that may open it; then no request is sent for five
 * seconds, unless they change: more would lock the account). */
bool session_exchange(struct amt *amt, struct arena *arena, struct slice body, bool repeatable,
                      struct session_answer *answer, struct error *err);

/* Keeps the answer's stream for another request when `usable` and the device allows it, else
 * closes it. Does not wait. */
void session_release(struct amt *amt, struct session_answer *answer, bool usable);

#endif
