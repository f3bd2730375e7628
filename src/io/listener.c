#include "core/memory.h"
#include "core/metrics.h"
#include "io/conn_uv.h"
#include "io/loop_uv.h"
#include "io/sources.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG           4096
#define ACCEPTED_PER_TURN 32
#define RETRY_MS          100 /* after the process ran out of descriptors */
#define DEFER_SECONDS     1 /* the kernel keeps silent connections to itself for about that long */

#define HANDSHAKES_LIMIT 512
#define PARKED_LIMIT     20000
#define HANDSHAKE_MS     20000
#define SILENCE_MS       3000

METRIC_DEFINE(accepted_total, METRIC_COUNTER, "outband_io_accepted_total", NULL,
              "Connections accepted.")
METRIC_DEFINE(over_limit, METRIC_COUNTER, "outband_io_over_limit_total", NULL,
              "Connections closed at once because the listener had its limit.")
METRIC_DEFINE(rate_limited, METRIC_COUNTER, "outband_io_rate_limited_total", NULL,
              "Connections closed at once because their source address came too often.")
METRIC_DEFINE(paused_total, METRIC_COUNTER, "outband_io_accept_paused_total", NULL,
              "Times that accepting paused for lack of descriptors or of room to wait.")
METRIC_DEFINE(parked_now, METRIC_GAUGE, "outband_io_parked", NULL,
              "Connections waiting for their first byte or for a handshake place.")
METRIC_DEFINE(shaking_now, METRIC_GAUGE, "outband_io_handshakes_in_progress", NULL,
              "TLS handshakes of callers in progress.")
METRIC_DEFINE(timed_out, METRIC_COUNTER, "outband_io_handshakes_total", "result=\"timeout\"",
              "TLS handshakes that ended.")
METRIC_DEFINE(evicted, METRIC_COUNTER, "outband_io_handshakes_total", "result=\"evicted\"",
              "TLS handshakes that ended.")

/* Freed when it is closed, libuv has let go of it and none of its connections is left. */
struct io_listener {
    uv_poll_t poll;
    struct io_loop *loop;
    int fd;
    struct io_address address;
    struct io_listen_options options;
    io_accepted *accepted;
    void *owner;
    struct list waiting;  /* connections whose first byte is there, first come first served */
    uint32_t connections; /* with a record, in any state */
    uint32_t parked;      /* PARKED or WAITING */
    uint32_t shaking;
    struct list progress;    /* the SHAKING ones, longest without progress first */
    struct io_timer silence; /* while some wait: when the first of them may lose its place */
    struct io_timer retry;   /* runs while accepting pauses for lack of descriptors */
    struct sources *sources; /* NULL without a bound */
    bool admitting;          /* inside of admit_waiting */
    bool polled;
    bool closed;
    bool gone; /* libuv has let go */
};

static void free_when_unused(struct io_listener *listener)
{
    if (!listener->gone || listener->connections > 0)
        return;
    sources_free(listener->sources);
    free(listener);
}

static void on_gone(uv_handle_t *handle)
{
    struct io_listener *listener = LIST_ENTRY(handle, struct io_listener, poll);
    listener->gone = true;
    free_when_unused(listener);
}

/* --- accepting -------------------------------------------------------------------------------- */

static void on_poll(uv_poll_t *poll, int status, int events);

/* Polls exactly while there is room and nothing else keeps it from accepting. */
static void poll_listener(struct io_listener *listener)
{
    bool wanted = !listener->closed && !io_timer_running(&listener->retry) &&
                  listener->parked < listener->options.parked_limit;
    if (wanted == listener->polled)
        return;
    listener->polled = wanted;
    if (wanted) {
        (void)uv_poll_start(&listener->poll, UV_READABLE, on_poll);
    } else {
        (void)uv_poll_stop(&listener->poll);
        if (!listener->closed)
            metric_add(&paused_total, 1);
    }
}

static void on_retry(struct io_timer *timer)
{
    poll_listener(LIST_ENTRY(timer, struct io_listener, retry));
}

static bool is_welcome(struct io_listener *listener, const struct io_address *peer)
{
    uint32_t most = listener->options.connections_limit;
    if (most > 0 && listener->connections >= most) {
        metric_add(&over_limit, 1);
        return false;
    }
    if (listener->sources != NULL && !sources_take(listener->sources, peer, io_now())) {
        metric_add(&rate_limited, 1);
        return false;
    }
    return true;
}

static void take(struct io_listener *listener, int fd, const struct io_address *peer)
{
    bool tls = listener->options.tls != NULL;
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct io_conn *conn = conn_new(listener->loop, fd, peer, CONN_PARKED);
    if (conn == NULL) {
        (void)close(fd);
        return;
    }
    conn->listener = listener;
    listener->connections++;
    if (!tls) {
        conn_open(conn);
        return;
    }
    listener->parked++;
    metric_add(&parked_now, 1);
    io_timer_start(&conn->timer, listener->options.handshake_ms);
    conn_poll(conn);
}

/* Accepts one connection. False when there is none or accepting has to pause. */
static bool accept_one(struct io_listener *listener)
{
    struct io_address peer;
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof from;
    int fd = accept4(listener->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            io_timer_start(&listener->retry, RETRY_MS);
        return errno == ECONNABORTED || errno == EINTR;
    }
    metric_add(&accepted_total, 1);
    memcpy(peer.bytes, &from, sizeof peer.bytes);
    if (is_welcome(listener, &peer))
        take(listener, fd, &peer);
    else
        (void)close(fd);
    return !listener->closed && listener->parked < listener->options.parked_limit;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct io_listener *listener = LIST_ENTRY(poll, struct io_listener, poll);
    (void)events;
    if (status < 0) { /* libuv has stopped polling; a listening socket that fails is tried again */
        listener->polled = false;
        io_timer_start(&listener->retry, RETRY_MS);
        return;
    }
    for (int i = 0; i < ACCEPTED_PER_TURN && accept_one(listener); i++)
        ;
    poll_listener(listener);
}

/* --- between accepting and handing over ------------------------------------------------------- */

static void start_shaking(struct io_conn *conn)
{
    struct io_listener *listener = conn->listener;
    listener->parked--;
    metric_add(&parked_now, -1);
    listener->shaking++;
    metric_add(&shaking_now, 1);
    conn->state = CONN_SHAKING;
    conn->progressed = io_now();
    list_append(&listener->progress, &conn->progress);
    io_timer_start(&conn->timer, listener->options.handshake_ms);
    handshake_queue(conn);
}

/* Ends the handshake that has been without progress for longest, if that is long enough: peers that
 * connect and then say nothing would keep honest ones out. True when a place is free now. */
static bool evict_silent(struct io_listener *listener)
{
    if (list_is_empty(&listener->progress))
        return false;
    struct io_conn *conn = LIST_ENTRY(listener->progress.next, struct io_conn, progress);
    if (!list_is_empty(&conn->link)) /* it has just said something: its next step decides */
        return false;
    uint64_t silent = io_now() - conn->progressed;
    uint64_t enough = listener->options.handshake_silence_ms;
    if (silent < enough) {
        io_timer_start(&listener->silence, enough - silent);
        return false;
    }
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    (void)error_set(&why, ERROR_BUSY, "%s was silent while others waited for its handshake place",
                    io_address_format(&conn->peer, peer));
    metric_add(&evicted, 1);
    conn_end(conn, &why);
    return true;
}

/* Hands out places as long as somebody waits and one is or can be made free. */
static void admit_waiting(struct io_listener *listener)
{
    if (listener->admitting) /* the end of an evicted one leads here again */
        return;
    listener->admitting = true;
    io_timer_stop(&listener->silence);
    do {
        while (!list_is_empty(&listener->waiting) &&
               listener->shaking < listener->options.handshakes_limit) {
            struct io_conn *conn = LIST_ENTRY(listener->waiting.next, struct io_conn, link);
            list_remove(&conn->link);
            start_shaking(conn);
        }
    } while (!list_is_empty(&listener->waiting) && evict_silent(listener));
    listener->admitting = false;
    poll_listener(listener);
}

static void on_silence(struct io_timer *timer)
{
    admit_waiting(LIST_ENTRY(timer, struct io_listener, silence));
}

void listener_ready(struct io_conn *conn)
{
    struct io_listener *listener = conn->listener;
    conn->state = CONN_WAITING;
    conn_poll(conn);
    list_append(&listener->waiting, &conn->link);
    io_timer_start(&conn->timer, listener->options.handshake_ms);
    admit_waiting(listener);
}

void listener_stepped(struct io_conn *conn, bool further)
{
    struct io_listener *listener = conn->listener;
    if (further) {
        conn->progressed = io_now();
        list_remove(&conn->progress);
        list_append(&listener->progress, &conn->progress);
    }
    if (!list_is_empty(&listener->waiting))
        admit_waiting(listener);
}

SSL *listener_tls(const struct io_conn *conn)
{
    SSL *ssl = SSL_new(conn->listener->options.tls->context);
    if (ssl != NULL)
        SSL_set_accept_state(ssl);
    return ssl;
}

void listener_opened(struct io_conn *conn)
{
    struct io_listener *listener = conn->listener;
    if (conn->ssl != NULL) {
        listener->shaking--;
        metric_add(&shaking_now, -1);
        admit_waiting(listener);
    }
    listener->accepted(listener->owner, conn);
    if (conn->events == NULL)
        io_conn_abort(conn);
}

void listener_failed(struct io_conn *conn, enum conn_state in)
{
    struct io_listener *listener = conn->listener;
    if (conn->why != NULL && conn->why->code == ERROR_TIMEOUT)
        metric_add(&timed_out, 1);
    if (in == CONN_SHAKING) {
        listener->shaking--;
        metric_add(&shaking_now, -1);
    } else if (listener->options.tls != NULL) {
        listener->parked--;
        metric_add(&parked_now, -1);
    }
    if (!listener->closed)
        admit_waiting(listener);
}

void listener_forget(struct io_conn *conn)
{
    conn->listener->connections--;
    free_when_unused(conn->listener);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static int new_socket(sa_family_t family)
{
    int on = 1;
    int off = 0;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return fd;
}

/* Binds without SO_REUSEPORT, which fails when anybody at all listens there. */
static bool port_is_free(const struct sockaddr_storage *at, socklen_t size)
{
    int fd = new_socket(at->ss_family);
    bool in_use =
        fd >= 0 && bind(fd, (const struct sockaddr *)at, size) != 0 && errno == EADDRINUSE;
    if (fd >= 0)
        (void)close(fd);
    return !in_use;
}

static void set_options(int fd, const struct io_listen_options *options)
{
    int on = 1;
    int defer = DEFER_SECONDS;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (options->tls != NULL)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof defer);
}

static int open_socket(const struct io_address *address, const struct io_listen_options *options,
                       struct error *err)
{
    struct sockaddr_storage at = {0};
    char text[IO_ADDRESS_TEXT_SIZE];
    memcpy(&at, address->bytes, sizeof address->bytes);
    socklen_t size =
        at.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    (void)io_address_format(address, text);
    if (!options->shared && !port_is_free(&at, size)) {
        (void)error_set(err, ERROR_CONFLICT, "%s is in use by another program", text);
        return -1;
    }
    int fd = new_socket(at.ss_family);
    if (fd < 0) {
        (void)error_set(err, ERROR_CONNECTION, "%s: %s", text, strerror(errno));
        return -1;
    }
    set_options(fd, options);
    if (bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    if (errno == EADDRINUSE)
        (void)error_set(err, ERROR_CONFLICT, "%s is in use by another program", text);
    else
        (void)error_set(err, ERROR_CONNECTION, "cannot listen on %s: %s", text, strerror(errno));
    (void)close(fd);
    return -1;
}

/* The wildcard address stands for IPv4 alone on a machine without IPv6. */
static int open_listening(const struct io_address *address, const struct io_listen_options *options,
                          struct error *err)
{
    struct sockaddr_in6 six;
    memcpy(&six, address->bytes, sizeof six);
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe >= 0)
        (void)close(probe);
    if (probe < 0 && six.sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&six.sin6_addr)) {
        struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six.sin6_port};
        struct io_address any = {{0}};
        memcpy(any.bytes, &four, sizeof four);
        return open_socket(&any, options, err);
    }
    return open_socket(address, options, err);
}

static void fill_in_defaults(struct io_listen_options *options)
{
    if (options->handshakes_limit == 0)
        options->handshakes_limit = HANDSHAKES_LIMIT;
    if (options->parked_limit == 0)
        options->parked_limit = PARKED_LIMIT;
    if (options->handshake_ms == 0)
        options->handshake_ms = HANDSHAKE_MS;
    if (options->handshake_silence_ms == 0)
        options->handshake_silence_ms = SILENCE_MS;
}

struct io_listener *io_listen(struct io_loop *loop, const struct io_address *address,
                              const struct io_listen_options *options, io_accepted *accepted,
                              void *owner, struct error *err)
{
    int fd = open_listening(address, options, err);
    if (fd < 0)
        return NULL;
    struct io_listener *listener = memory_new(sizeof *listener);
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    (void)getsockname(fd, (struct sockaddr *)&at, &size);
    memcpy(listener->address.bytes, &at, sizeof listener->address.bytes);
    listener->loop = loop;
    listener->fd = fd;
    listener->options = *options;
    fill_in_defaults(&listener->options);
    listener->accepted = accepted;
    listener->owner = owner;
    list_init(&listener->waiting);
    list_init(&listener->progress);
    io_timer_init(&listener->silence, on_silence);
    io_timer_init(&listener->retry, on_retry);
    if (options->source_rate > 0)
        listener->sources = sources_new(options->source_rate);
    int status = uv_poll_init(&loop->uv, &listener->poll, fd);
    if (status != 0) {
        (void)error_set(err, ERROR_INTERNAL, "cannot listen: %s", uv_strerror(status));
        (void)close(fd);
        sources_free(listener->sources);
        free(listener);
        return NULL;
    }
    poll_listener(listener);
    return listener;
}

struct io_address io_listener_address(const struct io_listener *listener)
{
    return listener->address;
}

/* Ends the connections of a closing listener that nobody owns yet. */
static void end_unowned(uv_handle_t *handle, void *arg)
{
    struct io_conn *conn = handle->data;
    if (handle->type == UV_POLL && conn != NULL && conn->listener == arg && conn->state < CONN_OPEN)
        conn_end(conn, NULL);
}

void io_listener_close(struct io_listener *listener)
{
    if (listener == NULL || listener->closed)
        return;
    listener->closed = true;
    listener->polled = false;
    io_timer_stop(&listener->retry);
    io_timer_stop(&listener->silence);
    uv_walk(&listener->loop->uv, end_unowned, listener);
    uv_close((uv_handle_t *)&listener->poll, on_gone);
    (void)close(listener->fd);
}
