/*
 * What a client says in a screen session, after the 0x40 that opens it (spec device-protocols 3.1,
 * 3.4): bytes in, in any pieces; events out. For those who stand where the device stands (a
 * viewer's other side), and for those who look on. One owner; no locking. Zero-initialise.
 */
#ifndef REDIR_RFB_REQUESTS_H
#define REDIR_RFB_REQUESTS_H

#include "redir/screen.h"

/* Each may be NULL. They must not feed the parser. */
struct redir_rfb_request_events {
    void (*version)(void *owner); /* 003.008 */
    void (*choice)(void *owner, uint8_t security);
    void (*init)(void *owner);
    /* False: nobody knows such pixels. */
    bool (*format)(void *owner, enum redir_rfb_format format);
    /* One call for each encoding; `first` begins the list anew. */
    void (*encoding)(void *owner, int32_t encoding, bool first);
    /* A request for changes passes: true makes it one for everything, if the bytes can be changed.
     */
    bool (*renews)(void *owner);
    void (*request)(void *owner, bool incremental, const struct redir_rect *rect);
};

struct redir_rfb_requests {
    const struct redir_rfb_request_events *events;
    void *owner;
    uint8_t phase;    /* version, choice, init, then messages */
    uint8_t head[20]; /* of the message at hand, as far as it is looked at */
    size_t have;
    uint32_t skip;      /* bytes of its body that nobody reads */
    uint32_t encodings; /* of its list that are to come */
    bool first;
};

/* Most bytes of a cut text of a client. */
#define REDIR_RFB_CLIENT_TEXT_LIMIT (1024u * 1024u)

void redir_rfb_requests_init(struct redir_rfb_requests *r,
                             const struct redir_rfb_request_events *events, void *owner);

/* Takes what the client sent. `change` is the same bytes where they may be changed in place, else
 * NULL. ERROR_PROTOCOL when they are no RFB 3.8, or the format is unknown; it is not to be fed
 * then. */
bool redir_rfb_requests_feed(struct redir_rfb_requests *r, struct slice bytes, uint8_t *change,
                             struct error *err);

/* Whether the next byte begins a message, so that another one may go before it. */
bool redir_rfb_requests_at_rest(const struct redir_rfb_requests *r);

#endif
