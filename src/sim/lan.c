#include "sim/lan.h"

#include "core/clock.h"
#include "core/list.h"
#include "core/memory.h"
#include "io/conn.h"
#include "io/loop.h"
#include "io/timer.h"
#include "sim/call_home.h"
#include "sim/credentials.h"
#include "sim/enroll.h"
#include "sim/machine.h"
#include "sim/provisioning.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PORT        16992
#define PORTS             4
#define REDIRECTION       16994 /* this port and the next */
#define CONNECTIONS_LIMIT 64    /* of one port, served or waiting */
#define WRITE_LIMIT       (2 * 1024 * 1024)
#define ENDING_MS         5

struct lan_device {
    struct sim_call_home home; /* with the machine */
    struct sim_lan *lan;
    struct io_listener *listeners[PORTS]; /* by port; NULL: the personality lacks it */
    struct list waiting;                  /* connections without a service yet */
    struct list serving;
    uint32_t sessions; /* HTTP connections being served */
};

/* Who listens: the owner of a listener. */
struct lan_port {
    struct lan_device *device;
    uint16_t number; /* of the firmware, whatever the real one is */
};

struct lan_connection {
    struct list link;
    struct lan_device *device;
    struct io_conn *conn;
    struct sim_service *service; /* NULL while it waits */
    struct io_timer timer;       /* what the service wants, or the end of patience */
    uint64_t heard_ms;
    uint16_t port;
    bool ending; /* nothing of it counts any more */
    bool failed; /* it took nothing more */
};

struct sim_lan {
    const struct sim_options *options;
    struct io_loop *loop;
    struct sim_tls_keys *keys;
    struct io_resolver *resolver;
    struct lan_device *devices;
    struct lan_port *ports; /* PORTS of each device */
    struct io_message start, stop;
    struct io_timer ending; /* looks whether all has ended */
    struct in_addr address; /* of the first device */
    bool stopping;
    bool failed;
    struct error why;
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- connections ---- */

static void serve(struct lan_connection *connection);

static bool is_redirection(const struct lan_connection *connection)
{
    return connection->port >= REDIRECTION;
}

static void serve_next(struct lan_device *device)
{
    while (!device->lan->stopping && !list_is_empty(&device->waiting) &&
           device->sessions < device->lan->options->sessions)
        serve(LIST_ENTRY(device->waiting.next, struct lan_connection, link));
}

static void on_closed(void *owner, const struct error *why)
{
    struct lan_connection *connection = owner;
    struct lan_device *device = connection->device;
    (void)why;
    io_timer_stop(&connection->timer);
    list_remove(&connection->link);
    if (connection->service != NULL && !is_redirection(connection))
        device->sessions--;
    sim_service_free(connection->service, now_ms());
    free(connection);
    serve_next(device);
}

/* A silent HTTP connection ends after a while; redirection has rules of its own. */
static uint64_t patience_ms(const struct lan_connection *connection)
{
    if (is_redirection(connection))
        return UINT64_MAX;
    return connection->heard_ms + connection->device->lan->options->idle_s * 1000u;
}

static void schedule(struct lan_connection *connection)
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

/* Something may have begun, or another connection's session may have ended. */
static void schedule_all(struct lan_device *device)
{
    for (struct list *at = device->serving.next; at != &device->serving; at = at->next) {
        struct lan_connection *connection = LIST_ENTRY(at, struct lan_connection, link);
        if (!connection->ending)
            schedule(connection);
    }
}

/* A request may have started something. */
static void settle_device(struct lan_device *device)
{
    sim_call_home_check(&device->home);
    schedule_all(device);
}

/* Ends what is finished, and sets the next alarms. */
static void settle(struct lan_connection *connection)
{
    if (connection->service->finished || connection->failed) {
        connection->ending = true;
        io_timer_stop(&connection->timer);
        io_conn_close(connection->conn);
    }
    settle_device(connection->device);
}

static void on_send(void *owner, struct slice bytes)
{
    struct lan_connection *connection = owner;
    if (!io_conn_write(connection->conn, bytes))
        connection->failed = true;
}

static size_t on_queued(void *owner)
{
    const struct lan_connection *connection = owner;
    return io_conn_queued(connection->conn);
}

static const struct sim_service_events service_events = {.send = on_send, .queued = on_queued};

static void on_data(void *owner, struct slice bytes)
{
    struct lan_connection *connection = owner;
    if (connection->ending)
        return;
    connection->heard_ms = now_ms();
    sim_service_feed(connection->service, bytes, now_ms());
    settle(connection);
}

static void on_connection_timer(struct io_timer *timer)
{
    struct lan_connection *connection = LIST_ENTRY(timer, struct lan_connection, timer);
    uint64_t now = now_ms();
    if (patience_ms(connection) <= now && sim_service_due(connection->service) == UINT64_MAX)
        connection->service->finished = true;
    sim_service_tick(connection->service, now);
    settle(connection);
}

/* There is room again: what was held back goes on. */
static void on_drained(void *owner)
{
    struct lan_connection *connection = owner;
    if (connection->ending || connection->service == NULL)
        return;
    sim_service_tick(connection->service, now_ms());
    settle(connection);
}

static const struct io_conn_events events = {
    .data = on_data, .drained = on_drained, .closed = on_closed};

static void serve(struct lan_connection *connection)
{
    struct lan_device *device = connection->device;
    list_remove(&connection->link);
    list_append(&device->serving, &connection->link);
    /* nobody sets a machine up but by its local door: until then this is it */
    connection->service =
        device->home.tunnel.machine.device.setup == SIM_SETUP_POST
            ? sim_service_new(&device->home.tunnel.machine.host, connection->port, &service_events,
                              connection, now_ms())
            : sim_service_new_local(&device->home.tunnel.machine.host, connection->port,
                                    &service_events, connection, now_ms());
    if (connection->service == NULL) {
        connection->ending = true;
        io_conn_abort(connection->conn);
        return;
    }
    if (!is_redirection(connection))
        device->sessions++;
    connection->heard_ms = now_ms();
    io_conn_resume(connection->conn);
    settle(connection);
}

static void on_accepted(void *owner, struct io_conn *conn)
{
    struct lan_port *port = owner;
    struct lan_connection *connection = memory_new(sizeof(*connection));
    connection->device = port->device;
    connection->conn = conn;
    connection->port = port->number;
    io_timer_init(&connection->timer, on_connection_timer);
    list_init(&connection->link);
    list_append(&port->device->waiting, &connection->link);
    io_conn_own(conn, &events, connection);
    io_conn_limit(conn, WRITE_LIMIT);
    io_conn_pause(conn);
    if (is_redirection(connection))
        serve(connection);
    else
        serve_next(port->device);
}

/* ---- devices ---- */

static void on_settled(struct sim_call_home *home)
{
    schedule_all(home->owner);
}

static void on_call_failed(struct sim_call_home *home, const struct error *why)
{
    char guid[GUID_TEXT_SIZE];
    fprintf(stderr, "call failed guid=%s why=%s\n",
            guid_format(&home->tunnel.machine.device.guid, guid), why->text);
}

static const struct sim_call_home_events home_events = {.settled = on_settled,
                                                        .failed = on_call_failed};

static const char *address_text(const struct sim_lan *lan, uint32_t number,
                                char text[INET_ADDRSTRLEN])
{
    struct in_addr address = {htonl(ntohl(lan->address.s_addr) + number)};
    return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static bool listen_on(struct sim_lan *lan, uint32_t number, unsigned index, struct error *err)
{
    struct lan_device *device = &lan->devices[number];
    struct lan_port *port = &lan->ports[number * PORTS + index];
    struct io_listen_options options = {.connections_limit = CONNECTIONS_LIMIT};
    char host[INET_ADDRSTRLEN];
    char text[IO_ADDRESS_TEXT_SIZE];
    struct io_address address;
    port->device = device;
    port->number = (uint16_t)(FIRST_PORT + index);
    if (!sim_personality_has_port(device->home.tunnel.machine.device.personality, port->number))
        return true;
    snprintf(text, sizeof(text), "%s:%u", address_text(lan, number, host),
             lan->options->ports == 0 ? 0u : lan->options->ports + index);
    if (!io_address_parse(slice_of_string(text), &address, err))
        return error_wrap(err, "%s", text);
    device->listeners[index] = io_listen(lan->loop, &address, &options, on_accepted, port, err);
    return device->listeners[index] != NULL;
}

/* "ready 127.0.0.1 http=16992 https=16993 redirection=16994 redirection-tls=16995 guid=… sha256=…",
 * the ports only where the device has them. */
static void announce(const struct sim_lan *lan, uint32_t number)
{
    static const char *const names[PORTS] = {"http", "https", "redirection", "redirection-tls"};
    struct lan_device *device = &lan->devices[number];
    char host[INET_ADDRSTRLEN];
    char guid[GUID_TEXT_SIZE];
    char fingerprint[65] = "";
    printf("ready %s", address_text(lan, number, host));
    for (unsigned i = 0; i < PORTS; i++) {
        if (device->listeners[i] == NULL)
            continue;
        struct io_address address = io_listener_address(device->listeners[i]);
        printf(" %s=%u", names[i], io_address_port(&address));
    }
    (void)sim_tls_identity_fingerprint(&device->home.tunnel.machine.host.tls, fingerprint);
    printf(" guid=%s sha256=%s\n", guid_format(&device->home.tunnel.machine.device.guid, guid),
           fingerprint);
}

static bool start_device(struct sim_lan *lan, uint32_t number, struct error *err)
{
    const struct sim_options *options = lan->options;
    struct lan_device *device = &lan->devices[number];
    struct sim_identity identity;
    sim_identity_of(options, number, &identity);
    sim_call_home_init(&device->home, options, &identity, number, lan->keys, lan->resolver,
                       &home_events, device);
    memory_wipe(&identity, sizeof(identity));
    device->lan = lan;
    list_init(&device->waiting);
    list_init(&device->serving);
    for (unsigned i = 0; i < PORTS; i++) {
        if (!listen_on(lan, number, i, err))
            return false;
    }
    return true;
}

static void abort_all(struct list *connections)
{
    for (struct list *at = connections->next; at != connections; at = at->next) {
        struct lan_connection *connection = LIST_ENTRY(at, struct lan_connection, link);
        connection->ending = true;
        io_timer_stop(&connection->timer);
        io_conn_abort(connection->conn);
    }
}

static void close_all(struct sim_lan *lan)
{
    lan->stopping = true;
    for (uint32_t i = 0; i < lan->options->count; i++) {
        struct lan_device *device = &lan->devices[i];
        if (device->lan == NULL)
            continue; /* never started */
        for (unsigned k = 0; k < PORTS; k++) {
            if (device->listeners[k] != NULL)
                io_listener_close(device->listeners[k]);
        }
        sim_call_home_stop(&device->home, true);
        abort_all(&device->serving);
        abort_all(&device->waiting);
    }
}

static void on_start(struct io_message *message)
{
    struct sim_lan *lan = LIST_ENTRY(message, struct sim_lan, start);
    for (uint32_t i = 0; i < lan->options->count && !lan->failed; i++)
        lan->failed = !start_device(lan, i, &lan->why);
    if (lan->failed) {
        close_all(lan);
        io_timer_start(&lan->ending, ENDING_MS);
        return;
    }
    for (uint32_t i = 0; i < lan->options->count; i++)
        announce(lan, i);
    fflush(stdout);
}

static void on_stop(struct io_message *message)
{
    struct sim_lan *lan = LIST_ENTRY(message, struct sim_lan, stop);
    if (lan->failed)
        return; /* that ends it, too */
    close_all(lan);
    io_timer_start(&lan->ending, ENDING_MS);
}

/* What a device has on the loop must be off it before the loop goes. */
static void on_ending(struct io_timer *timer)
{
    struct sim_lan *lan = LIST_ENTRY(timer, struct sim_lan, ending);
    bool over = true;
    for (uint32_t i = 0; i < lan->options->count; i++) {
        struct lan_device *device = &lan->devices[i];
        if (device->lan == NULL)
            continue;
        sim_call_home_stop(&device->home, true);
        over &= list_is_empty(&device->serving) && list_is_empty(&device->waiting) &&
                sim_call_home_is_over(&device->home);
    }
    if (!over) {
        io_timer_start(&lan->ending, ENDING_MS);
        return;
    }
    for (uint32_t i = 0; i < lan->options->count; i++) {
        if (lan->devices[i].lan != NULL)
            sim_call_home_fini(&lan->devices[i].home);
    }
    io_loop_stop(lan->loop);
}

/* ---- life ---- */

struct sim_lan *sim_lan_new(const struct sim_options *options, struct error *err)
{
    struct sim_lan *lan = memory_new(sizeof(*lan));
    lan->options = options;
    lan->start.run = on_start;
    lan->stop.run = on_stop;
    io_timer_init(&lan->ending, on_ending);
    if (inet_pton(AF_INET, options->bind, &lan->address) != 1) {
        error_set(err, ERROR_INVALID, "--bind: '%s' is no IPv4 address", options->bind);
        goto fail;
    }
    lan->keys = sim_credentials_keys(options, err);
    if (lan->keys == NULL)
        goto fail;
    lan->resolver = io_resolver_new(&(struct io_resolver_options){0});
    lan->loop = io_loop_new(err);
    if (lan->loop == NULL)
        goto fail;
    lan->devices = memory_new(options->count * sizeof(*lan->devices));
    lan->ports = memory_new(options->count * PORTS * sizeof(*lan->ports));
    return lan;
fail:
    sim_lan_free(lan);
    return NULL;
}

bool sim_lan_run(struct sim_lan *lan, struct error *err)
{
    io_post(lan->loop, &lan->start);
    io_loop_run(lan->loop);
    if (lan->failed && err != NULL)
        *err = lan->why;
    return !lan->failed;
}

void sim_lan_stop(struct sim_lan *lan)
{
    io_post(lan->loop, &lan->stop);
}

void sim_lan_free(struct sim_lan *lan)
{
    if (lan == NULL)
        return;
    if (lan->loop != NULL)
        io_loop_free(lan->loop); /* the connections that are left hear of their end */
    sim_tls_keys_free(lan->keys);
    io_resolver_free(lan->resolver);
    free(lan->devices);
    free(lan->ports);
    free(lan);
}
