/*
 * The HTTP/1.1 server of one loop. An idle connection has no fiber; a complete request starts one
 * that runs the router, and so does a complete head when the body is for the handler to read or is
 * larger than usual (http_route). Requests of one connection are served in order; while one is in
 * work the connection is read a bounded way ahead (a hang-up must be seen, and cancels the fiber).
 * Bounds and time limits are options with the defaults given; 0 means the default.
 *
 * A connection:
 *
 *     idle ──first byte──▶ receiving ──whole request──▶ working ──answer sent──▶ idle …
 *       │ idle_ms              │ malformed, too large, too slow     │ last answer or drain
 *       ▼                      ▼                                    ▼
 *     ending (what is queued is sent, input is dropped) ◀───────────┘
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/router.h"
#include "io/conn.h"

struct http_server;
struct io_pool;

#define HTTP_SOURCE_RATE 50

struct http_server_options {
    struct io_address address;
    bool shared;                /* as in io_listen_options */
    struct io_tls *tls;         /* NULL: plain HTTP */
    uint32_t connections_limit; /* default 10,000; one more ends the one that has been idle longest.
                                   When all are at work a few more get 503, the rest are closed */
    uint32_t source_rate;       /* new connections per second from one source address (burst 4x),
                                   more are closed at once; 0: no bound, as behind a proxy.
                                   HTTP_SOURCE_RATE is meant for TLS */
    uint32_t header_limit;      /* bytes of request line and headers; default 16 KB → 431 */
    uint32_t body_limit;        /* default 100 KB, as in the toolkit (spec mps 1.1) → 413 */
    uint32_t receive_ms;        /* from the first byte of a request to its last; default 10,000 */
    uint32_t silence_ms;        /* while a handler waits for more of a body; default 30,000 */
    uint32_t idle_ms;           /* between requests; default 60,000 */
    uint32_t handler_ms;        /* deadline of the handler's fiber; default 120,000 */
    uint32_t send_ms;           /* for the client to take the answer, or 64 KB of a file; default
                                   30,000 */
    struct io_pool *files;      /* reads the files of http_answer_file; outlives the server. NULL:
                                   they are read on the loop */
};

/* Starts listening on the current loop. NULL with `err`. The router must outlive the server. */
struct http_server *http_server_new(struct io_loop *loop, const struct http_server_options *options,
                                    const struct http_router *router, struct error *err);

struct io_address http_server_address(const struct http_server *server);

/* Stops accepting; ends idle connections now and busy ones after their answer. */
void http_server_drain(struct http_server *server);

/* Connections with a request of which a part has come, that is in work, or whose answer the kernel
 * has not taken yet. Not those that are idle or that only wait for the client to hang up. */
size_t http_server_busy(const struct http_server *server);

/* Cuts every connection, cancels their fibers, waits for them (on a fiber), frees the server. When
 * the calling fiber is cancelled or out of time it returns early and the last connection frees the
 * server; the router must then live on. */
void http_server_free(struct http_server *server);

#endif
