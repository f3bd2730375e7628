/*
 * A route's conversation with its device: the gate ("is the device connected?"), the events that
 * go with it (spec mps C) and the answers to everything that can go wrong (spec mps 1.4, 4.5;
 * docs/compatibility.md). On the exchange's fiber.
 */
#ifndef MPS_ROUTES_CONVERSATION_H
#define MPS_ROUTES_CONVERSATION_H

#include "amt/amt.h"
#include "http/exchange.h"

/* What a route says while it talks to the device. Texts are the toolkit's; NULL leaves out. */
struct routes_conversation {
    const char *event;         /* methods[0] of its events */
    const char *request_event; /* methods[0] of the request event where that is another */
    const char *requested;     /* request event, before the first message */
    const char *received;      /* success event */
    bool received_has_guid;    /* whether that names the device */
    const char *refused;       /* 400 when the device faults: "… request failed"; NULL: a fault is
                                  a 500 like everything else */
    const char *refused_event; /* fail event with it */
    const char *exception;     /* description of every other failure */
    bool exception_event;      /* "Internal Service Error" is published … */
    bool exception_has_guid;   /* … naming the device */
    const char *exception_message; /* … with this message instead */
    bool details;                  /* that failure is {"error":exception,"details":cause} */
};

/* Runs `fn` with the device of the path parameter guid, all of it within the application's
 * device_ms (clean-up behind a shield comes on top): 504 with the exchange that did not end in
 * time. True on success; otherwise an answer has been given: ERROR_INVALID of fn is a 400 with just
 * its text. `arg` belongs to fn meanwhile. */
bool routes_converse(struct http_exchange *exchange, const struct routes_conversation *what,
                     bool (*fn)(struct amt *amt, void *arg, struct error *err), void *arg);

/* Publishes the success event. */
void routes_conversation_succeeded(struct http_exchange *exchange,
                                   const struct routes_conversation *what);

/* Publishes a fail event that names the device: for what a route refuses after the conversation. */
void routes_conversation_failed(struct http_exchange *exchange,
                                const struct routes_conversation *what, const char *message);

/* The same event, and 404 {"error":message,"errorDescription":"message for guid : G."}. */
void routes_conversation_not_found(struct http_exchange *exchange,
                                   const struct routes_conversation *what, const char *message);

#endif
