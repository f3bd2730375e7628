#include "http/connection.h"

#include "core/memory.h"
#include "core/metrics.h"
#include "io/loop.h"

#include <stdlib.h>

#define CONNECTIONS_DEFAULT 10000
#define HEADER_DEFAULT      (16 * 1024)
#define BODY_DEFAULT        (100 * 1024)
#define RECEIVE_MS_DEFAULT  10000
#define IDLE_MS_DEFAULT     60000
#define HANDLER_MS_DEFAULT  120000
#define SEND_MS_DEFAULT     30000

METRIC_DEFINE(evicted, METRIC_COUNTER, "outband_http_evicted_total", NULL,
              "Idle HTTP connections closed to make room for new ones")

/* Cuts the connection that has been idle longest, so that whoever holds many open keeps nobody out.
 * False when all are at work. */
static bool make_room(struct http_server *server)
{
    if (list_is_empty(&server->idle))
        return false;
    http_connection_evict(LIST_ENTRY(server->idle.next, struct http_connection, idle));
    metric_add(&evicted, 1);
    return true;
}

static void on_accepted(void *owner, struct io_conn *conn)
{
    struct http_server *server = owner;
    bool full = server->connection_count >= server->options.connections_limit;
    http_connection_accept(server, conn, full && !make_room(server));
}

static uint32_t or_default(uint32_t value, uint32_t standard)
{
    return value == 0 ? standard : value;
}

struct http_server *http_server_new(struct io_loop *loop, const struct http_server_options *options,
                                    const struct http_router *router, struct error *err)
{
    struct http_server *server = memory_new(sizeof *server);
    struct http_server_options *o = &server->options;
    *o = *options;
    o->connections_limit = or_default(o->connections_limit, CONNECTIONS_DEFAULT);
    o->header_limit = or_default(o->header_limit, HEADER_DEFAULT);
    o->body_limit = or_default(o->body_limit, BODY_DEFAULT);
    o->receive_ms = or_default(o->receive_ms, RECEIVE_MS_DEFAULT);
    o->silence_ms = or_default(o->silence_ms, HTTP_INCOMING_SILENCE_MS);
    o->idle_ms = or_default(o->idle_ms, IDLE_MS_DEFAULT);
    o->handler_ms = or_default(o->handler_ms, HANDLER_MS_DEFAULT);
    o->send_ms = or_default(o->send_ms, SEND_MS_DEFAULT);
    server->router = router;
    list_init(&server->connections);
    list_init(&server->idle);
    /* A few more than the limit are accepted, to be told "busy" instead of being cut. */
    struct io_listen_options listen = {
        .tls = o->tls,
        .connections_limit = o->connections_limit + 64,
        .source_rate = o->source_rate,
        .shared = o->shared,
    };
    server->listener = io_listen(loop, &o->address, &listen, on_accepted, server, err);
    if (server->listener == NULL) {
        free(server);
        return NULL;
    }
    return server;
}

struct io_address http_server_address(const struct http_server *server)
{
    return io_listener_address(server->listener);
}

void http_server_drain(struct http_server *server)
{
    server->draining = true;
    if (server->listener != NULL)
        io_listener_close(server->listener);
    server->listener = NULL;
    for (struct list *at = server->connections.next; at != &server->connections; at = at->next) {
        struct http_connection *c = LIST_ENTRY(at, struct http_connection, link);
        if (c->state == HTTP_IDLE && c->conn != NULL && !io_task_running(&c->task))
            http_connection_end(c);
    }
}

size_t http_server_busy(const struct http_server *server)
{
    size_t count = 0;
    for (struct list *at = server->connections.next; at != &server->connections; at = at->next)
        count += http_connection_is_busy(LIST_ENTRY(at, struct http_connection, link));
    return count;
}

void http_server_free(struct http_server *server)
{
    http_server_drain(server);
    for (struct list *at = server->connections.next; at != &server->connections; at = at->next) {
        struct http_connection *c = LIST_ENTRY(at, struct http_connection, link);
        if (c->conn != NULL)
            io_conn_abort(c->conn);
        io_task_cancel(&c->task);
    }
    while (server->connection_count > 0) {
        if (!io_wait_for(&server->gone, IO_FOREVER, NULL)) {
            server->orphaned = true;
            return;
        }
    }
    free(server);
}
