/*
 * The REST interface of a presence server elsewhere, as a client (spec rps 5.3): where it is, how
 * it is spoken to, and a token for it. One for the process; each loop has TLS settings of its own.
 * A connection per request. Requests wait, on a fiber of an attached loop. For rps/handover_mps.c.
 */
#ifndef RPS_MPS_CLIENT_H
#define RPS_MPS_CLIENT_H

#include "http/client.h"
#include "rps/handover_mps.h"

#define RPS_MPS_URL_LIMIT 1024

struct rps_mps_client_loop {
    struct io_loop *loop;
    struct io_tls *tls; /* NULL: plain */
};

struct rps_mps_client {
    struct arena arena;
    struct io_resolver *resolver;
    struct io_pool *work;
    bool secure;
    const char *host; /* without brackets */
    uint16_t port;
    const char *authority;  /* host:port, for the Host header */
    const char *prefix;     /* of paths; "" or "/mps" */
    const char *name;       /* for messages */
    const char *token_file; /* NULL */
    struct slice ca_pem;
    unsigned loop_count;
    struct rps_mps_client_loop *loops;
};

/* One request and what came of it. */
struct rps_mps_call {
    const char *method;
    const char *target;
    struct slice body;
    struct arena arena; /* holds secrets; wiped */
    struct http_response response;
};

/* As rps_handover_to_mps and rps_handover_mps_attach have it. rps_mps_client_fini in any case. */
bool rps_mps_client_init(struct rps_mps_client *client,
                         const struct rps_handover_mps_options *options, unsigned loop_count,
                         struct error *err);
bool rps_mps_client_attach(struct rps_mps_client *client, unsigned index, struct io_loop *loop,
                           struct error *err);
void rps_mps_client_fini(struct rps_mps_client *client);

/* Sends it; any status is a success. Ended by rps_mps_call_end in either case. */
bool rps_mps_client_ask(const struct rps_mps_client *client, struct rps_mps_call *call,
                        struct error *err);
void rps_mps_call_end(struct rps_mps_call *call);

/* Puts before the message whom it is about; false. */
bool rps_mps_client_name_failure(const struct rps_mps_client *client, struct error *err);

#endif
