/*
 * One HTTP connection of a server: reads requests, runs each on the connection's fiber, sends the
 * answers in order. Private to src/http.
 *
 *   IDLE --bytes--> RECEIVING --a whole request, or the head of one whose body is read by its
 *                               handler--> WORKING --answered--> IDLE, or RECEIVING when
 *                                                                        more was read ahead
 *   IDLE, RECEIVING, WORKING --refused, over, too slow, draining--> ENDING --sent--> gone
 *   WORKING --the peer goes away--> CLOSED --the fiber is over--> gone
 *   WORKING --answered 101--> LEAVING --the fiber is over--> handed over, gone
 *
 * A record is freed outside of its fiber only: io still writes to the task when its main returns.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "core/buffer.h"
#include "core/list.h"
#include "http/incoming.h"
#include "http/server.h"
#include "io/fiber.h"
#include "io/timer.h"

enum http_connection_state {
    HTTP_IDLE,
    HTTP_RECEIVING,
    HTTP_WORKING,
    HTTP_ENDING,
    HTTP_CLOSED,
    HTTP_LEAVING
};

struct http_server {
    struct http_server_options options;
    const struct http_router *router;
    struct io_listener *listener;
    struct list connections;
    struct list idle; /* those between requests, longest first */
    size_t connection_count;
    struct io_wait gone; /* signalled when the last connection is freed */
    bool draining;
    bool orphaned; /* http_server_free could not wait: the last connection frees the server */
};

struct http_connection {
    struct list link;
    struct list idle; /* in the server's list while IDLE */
    struct http_server *server;
    struct io_conn *conn; /* NULL once it is over */
    struct http_parser *parser;
    struct buffer ahead;
    struct io_timer timer;
    struct io_task task;
    struct io_wait drained;
    struct io_address peer;
    /* LEAVING: who takes the connection; `leaves` when 101 has been sent (http/websocket.h). */
    void (*taken)(void *arg, struct io_conn *conn, struct slice ahead);
    void *taken_arg;
    enum http_connection_state state;
    bool leaves;
    /* The body of the request in work comes piece by piece. */
    struct http_incoming incoming;
    bool streaming;
    bool unbounded;  /* and its handler has no deadline */
    bool wants_word; /* and the client waits for "100 Continue" */
    bool paused;
};

/* Takes over what the server accepted; refuses it with 503 when `busy`. */
void http_connection_accept(struct http_server *server, struct io_conn *conn, bool busy);

/* No more requests: sends what is queued, then closes. */
void http_connection_end(struct http_connection *c);

/* Closes an idle connection at once, to make room. */
void http_connection_evict(struct http_connection *c);

/* A request is being received, worked on or answered. */
bool http_connection_is_busy(const struct http_connection *c);

#endif
