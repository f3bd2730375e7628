#include "sim/listening.h"

#include "core/clock.h"
#include "core/memory.h"
#include "io/loop.h"
#include "io/timer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_PORT        16992
#define REDIRECTION       16994 /* this port and the next */
#define CONNECTIONS_LIMIT 64    /* of one port, served or waiting */
#define WRITE_LIMIT       (2 * 1024 * 1024)

struct connection {
    struct list link;
    struct sim_listening *listening;
    struct io_conn *conn;
    struct sim_service *service; /* NULL while it waits */
    struct io_timer timer;       /* what the service wants, or the end of patience */
    uint64_t heard_ms;
    uint16_t port;
    bool ending; /* nothing of it counts any more */
    bool failed; /* it took nothing more */
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- connections ---- */

static void serve(struct connection *connection);

static bool is_redirection(const struct connection *connection)
{
    return connection->port >= REDIRECTION;
}

static void serve_next(struct sim_listening *listening)
{
    while (!listening->stopping && !list_is_empty(&listening->waiting) &&
           listening->sessions < listening->options->sessions)
        serve(LIST_ENTRY(listening->waiting.next, struct connection, link));
}

static void on_closed(void *owner, const struct error *why)
{
    struct connection *connection = owner;
    struct sim_listening *listening = connection->listening;
    (void)why;
    io_timer_stop(&connection->timer);
    list_remove(&connection->link);
    if (connection->service != NULL && !is_redirection(connection))
        listening->sessions--;
    sim_service_free(connection->service, now_ms());
    free(connection);
    serve_next(listening);
}

/* A silent HTTP connection ends after a while; redirection has rules of its own. */
static uint64_t patience_ms(const struct connection *connection)
{
    if (is_redirection(connection))
        return UINT64_MAX;
    return connection->heard_ms + connection->listening->options->idle_s * 1000u;
}

static void schedule(struct connection *connection)
{
    uint64_t due = patience_ms(connection);
    uint64_t now = now_ms();
    if (sim_service_due(connection->service) < due)
        due = sim_service_due(connection->service);
    if (due == UINT64_MAX)
        io_timer_stop(&connection->timer);
    else
        io_timer_start(&connection->timer, due > now ? due - now : 1);
}

void sim_listening_schedule(struct sim_listening *listening)
{
    for (struct list *at = listening->serving.next; at != &listening->serving; at = at->next) {
        struct connection *connection = LIST_ENTRY(at, struct connection, link);
        if (!connection->ending)
            schedule(connection);
    }
}

/* Ends what is finished, and sets the next alarms. */
static void settle(struct connection *connection)
{
    if (connection->service->finished || connection->failed) {
        connection->ending = true;
        io_timer_stop(&connection->timer);
        io_conn_close(connection->conn);
    }
    connection->listening->settled(connection->listening->owner); /* a request may do anything */
    sim_listening_schedule(connection->listening);
}

static void on_send(void *owner, struct slice bytes)
{
    struct connection *connection = owner;
    if (!io_conn_write(connection->conn, bytes))
        connection->failed = true;
}

static size_t on_queued(void *owner)
{
    const struct connection *connection = owner;
    return io_conn_queued(connection->conn);
}

static const struct sim_service_events service_events = {.send = on_send, .queued = on_queued};

static void on_data(void *owner, struct slice bytes)
{
    struct connection *connection = owner;
    if (connection->ending)
        return;
    connection->heard_ms = now_ms();
    sim_service_feed(connection->service, bytes, now_ms());
    settle(connection);
}

static void on_connection_timer(struct io_timer *timer)
{
    struct connection *connection = LIST_ENTRY(timer, struct connection, timer);
    uint64_t now = now_ms();
    if (patience_ms(connection) <= now && sim_service_due(connection->service) == UINT64_MAX)
        connection->service->finished = true;
    sim_service_tick(connection->service, now);
    settle(connection);
}

/* There is room again: what was held back goes on. */
static void on_drained(void *owner)
{
    struct connection *connection = owner;
    if (connection->ending || connection->service == NULL)
        return;
    sim_service_tick(connection->service, now_ms());
    settle(connection);
}

static const struct io_conn_events events = {
    .data = on_data, .drained = on_drained, .closed = on_closed};

/* Nobody sets a machine up but by its local door: a LAN of its own is that until then. */
static struct sim_service *open_service(struct connection *connection)
{
    struct sim_listening *listening = connection->listening;
    struct sim_service_host *host = listening->host;
    bool local =
        listening->side == SIM_LISTENING_LOCAL ||
        (listening->side == SIM_LISTENING_EITHER && host->web.device->setup != SIM_SETUP_POST);
    return local ? sim_service_new_local(host, connection->port, &service_events, connection,
                                         now_ms())
                 : sim_service_new(host, connection->port, &service_events, connection, now_ms());
}

static void serve(struct connection *connection)
{
    struct sim_listening *listening = connection->listening;
    list_remove(&connection->link);
    list_append(&listening->serving, &connection->link);
    connection->service = open_service(connection);
    if (connection->service == NULL) {
        connection->ending = true;
        io_conn_abort(connection->conn);
        return;
    }
    if (!is_redirection(connection))
        listening->sessions++;
    connection->heard_ms = now_ms();
    io_conn_resume(connection->conn);
    settle(connection);
}

/* True when the rules want something else than service. */
static bool misbehave(struct connection *connection)
{
    struct sim_listening *listening = connection->listening;
    enum sim_listening_manner manner = listening->manner == NULL
                                           ? SIM_LISTENING_SERVES
                                           : listening->manner(listening->owner, connection->port);
    if (manner == SIM_LISTENING_SERVES)
        return false;
    connection->ending = true;
    list_remove(&connection->link);
    list_append(&listening->serving, &connection->link);
    if (manner == SIM_LISTENING_HANGS_UP)
        io_conn_abort(connection->conn);
    if (manner == SIM_LISTENING_TALKS) {
        (void)io_conn_write(connection->conn, SLICE_LITERAL("HTTP/1.1 400 Bad Request\r\n\r\n"));
        io_conn_close(connection->conn);
    }
    return true;
}

static void on_accepted(void *owner, struct io_conn *conn)
{
    struct sim_listening_port *port = owner;
    struct sim_listening *listening = port->listening;
    struct connection *connection = memory_new(sizeof(*connection));
    connection->listening = listening;
    connection->conn = conn;
    connection->port = port->number;
    io_timer_init(&connection->timer, on_connection_timer);
    list_init(&connection->link);
    list_append(&listening->waiting, &connection->link);
    io_conn_own(conn, &events, connection);
    io_conn_limit(conn, WRITE_LIMIT);
    io_conn_pause(conn);
    if (misbehave(connection))
        return;
    if (is_redirection(connection))
        serve(connection);
    else
        serve_next(listening);
}

/* ---- the listeners ---- */

void sim_listening_init(struct sim_listening *listening, const struct sim_options *options,
                        struct sim_service_host *host, enum sim_listening_side side,
                        void (*settled)(void *owner), void *owner)
{
    memset(listening, 0, sizeof(*listening));
    listening->options = options;
    listening->host = host;
    listening->side = side;
    listening->settled = settled;
    listening->owner = owner;
    list_init(&listening->waiting);
    list_init(&listening->serving);
    for (unsigned i = 0; i < SIM_LISTENING_PORTS; i++) {
        listening->ports[i].listening = listening;
        listening->ports[i].number = (uint16_t)(FIRST_PORT + i);
    }
}

bool sim_listening_open(struct sim_listening *listening, unsigned index,
                        const struct io_address *address, struct error *err)
{
    struct io_listen_options options = {.connections_limit = CONNECTIONS_LIMIT};
    struct sim_listening_port *port = &listening->ports[index];
    port->listener = io_listen(io_loop_current(), address, &options, on_accepted, port, err);
    return port->listener != NULL;
}

void sim_listening_close(struct sim_listening *listening, unsigned index)
{
    if (listening->ports[index].listener != NULL)
        io_listener_close(listening->ports[index].listener);
    listening->ports[index].listener = NULL;
}

static void abort_all(struct list *connections)
{
    for (struct list *at = connections->next; at != connections; at = at->next) {
        struct connection *connection = LIST_ENTRY(at, struct connection, link);
        connection->ending = true;
        io_timer_stop(&connection->timer);
        io_conn_abort(connection->conn);
    }
}

void sim_listening_stop(struct sim_listening *listening)
{
    listening->stopping = true;
    for (unsigned i = 0; i < SIM_LISTENING_PORTS; i++)
        sim_listening_close(listening, i);
    abort_all(&listening->serving);
    abort_all(&listening->waiting);
}

bool sim_listening_is_over(const struct sim_listening *listening)
{
    return list_is_empty(&listening->serving) && list_is_empty(&listening->waiting);
}
