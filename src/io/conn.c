#include "io/conn.h"

#include "core/memory.h"
#include "core/metrics.h"
#include "io/conn_uv.h"
#include "io/loop_uv.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WRITE_LIMIT ((size_t)256 * 1024)
#define CLOSING_MS  5000
#define LINGER_MOST ((uint32_t)4 * 1024 * 1024) /* of a peer that has not seen our end yet */
#define READ_LEAST  512

METRIC_DEFINE(connections, METRIC_GAUGE, "outband_io_connections_open", NULL,
              "Connections that hold a descriptor, handshakes included.")

/* Part of the promise of 14.5 KB for an idle tunnel. */
_Static_assert(sizeof(struct io_conn) <= 384, "a connection's record stays small");

/* --- life and death --------------------------------------------------------------------------- */

/* Whether its owner wants to hear of bytes. */
static bool listens(const struct io_conn *conn)
{
    return conn->events != NULL && !conn->paused && !conn->peer_ended;
}

/* Tells the owner and frees. */
static void free_record(struct io_conn *conn)
{
    if (conn->events != NULL)
        conn->events->closed(conn->owner, conn->why);
    if (conn->listener != NULL)
        listener_forget(conn);
    SSL_free(conn->ssl);
    tls_library_release(conn->library);
    buffer_fini(&conn->out);
    free(conn->why);
    free(conn);
    metric_add(&connections, -1);
}

static void on_timer(struct io_timer *timer)
{
    struct io_conn *conn = LIST_ENTRY(timer, struct io_conn, timer);
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    (void)io_address_format(&conn->peer, peer);
    switch ((enum conn_state)conn->state) {
    case CONN_ENDED: /* libuv did not know it */
        free_record(conn);
        return;
    case CONN_OPEN:
        if (listens(conn)) {
            conn->unread = false;
            conn_read(conn);
            conn_poll(conn);
        }
        return;
    case CONN_LINGERING:
        conn_end(conn, NULL);
        return;
    case CONN_FLUSHING:
        (void)error_set(&why, ERROR_TIMEOUT, "%s did not take the last bytes in time", peer);
        break;
    case CONN_WAITING:
        (void)error_set(&why, ERROR_TIMEOUT, "the handshake of %s did not have its turn in time",
                        peer);
        break;
    default:
        (void)error_set(&why, ERROR_TIMEOUT, "%s did not finish its handshake in time", peer);
    }
    conn_end(conn, &why);
}

struct io_conn *conn_new(struct io_loop *loop, int fd, const struct io_address *peer,
                         enum conn_state state)
{
    struct io_conn *conn = memory_new(sizeof *conn);
    int status = uv_poll_init(&loop->uv, &conn->poll, fd);
    if (status != 0) { /* epoll refuses what is no socket; ours always is */
        free(conn);
        return NULL;
    }
    conn->poll.data = conn;
    conn->loop = loop;
    conn->fd = fd;
    conn->reads = READ_BUDGET;
    conn->peer = *peer;
    conn->state = (uint8_t)state;
    list_init(&conn->link);
    list_init(&conn->progress);
    io_timer_init(&conn->timer, on_timer);
    buffer_init(&conn->out, WRITE_LIMIT);
    metric_add(&connections, 1);
    return conn;
}

/* libuv has let go of the record. */
static void on_gone(uv_handle_t *handle)
{
    free_record(handle->data);
}

void conn_end(struct io_conn *conn, const struct error *why)
{
    enum conn_state before = conn->state;
    if (before == CONN_ENDED)
        return;
    conn->state = CONN_ENDED;
    if (why != NULL) {
        conn->why = memory_new(sizeof *why);
        *conn->why = *why;
    }
    list_remove(&conn->link);
    list_remove(&conn->progress);
    if (conn->unpolled)
        io_timer_start(&conn->timer, 0);
    else {
        io_timer_stop(&conn->timer);
        uv_close((uv_handle_t *)&conn->poll, on_gone);
    }
    (void)close(conn->fd);
    if (before >= CONN_OPEN)
        return;
    if (conn->listener != NULL)
        listener_failed(conn, before);
    else
        connector_failed(conn, why);
}

static void abort_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (handle->type == UV_POLL && handle->data != NULL && !uv_is_closing(handle))
        conn_end(handle->data, NULL);
}

void conn_abort_all(struct io_loop *loop)
{
    uv_walk(&loop->uv, abort_handle, NULL);
}

void conn_open(struct io_conn *conn)
{
    io_timer_stop(&conn->timer);
    list_remove(&conn->progress);
    conn->state = CONN_OPEN;
    if (conn->listener != NULL)
        listener_opened(conn);
    else
        connector_opened(conn);
    if (conn->state == CONN_OPEN)
        conn_poll(conn);
}

/* --- readiness -------------------------------------------------------------------------------- */

/* The kernel's reason for an error that poll reported. */
static void end_by_socket_error(struct io_conn *conn)
{
    int code = 0;
    socklen_t size = sizeof code;
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    (void)getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &code, &size);
    (void)error_set(&why, ERROR_CONNECTION, "connection with %s lost: %s",
                    io_address_format(&conn->peer, peer),
                    code == 0 ? "unknown reason" : strerror(code));
    conn_end(conn, &why);
}

/* An open connection: writing first, so that room for answers is made before more is asked. */
static void open_ready(struct io_conn *conn, bool failed, int events)
{
    if ((events & UV_WRITABLE) != 0 && conn->blocked)
        conn_flush(conn);
    if (conn->state == CONN_OPEN && (events & UV_WRITABLE) != 0 && conn->read_blocked &&
        listens(conn)) {
        conn->read_blocked = false;
        events |= UV_READABLE;
    }
    if (conn->state == CONN_OPEN && (events & UV_READABLE) != 0 && listens(conn))
        conn_read(conn);
    if (conn->state == CONN_OPEN && failed)
        end_by_socket_error(conn);
    if (conn->state == CONN_OPEN)
        conn_poll(conn);
}

/* Our end is shut: what still comes is thrown away until the peer's end comes too. Closing with
 * unread bytes would make the kernel send a reset, which can overtake what we sent last. Who sends
 * more than the buffers of both kernels hold does not heed our end, and is cut. */
static void linger(struct io_conn *conn)
{
    ssize_t got = recv(conn->fd, conn->loop->scratch, READ_BUDGET, 0);
    bool over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (got > 0)
        conn->lingered += (uint32_t)got;
    if (over || conn->lingered > LINGER_MOST)
        conn_end(conn, NULL);
    else
        conn_poll(conn); /* a reset behind these bytes has stopped polling */
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct io_conn *conn = poll->data;
    if (status < 0) { /* an error waits on the socket; libuv has stopped polling */
        conn->polled = 0;
        events = UV_READABLE | UV_WRITABLE;
    }
    switch ((enum conn_state)conn->state) {
    case CONN_CONNECTING:
        connector_ready(conn);
        break;
    case CONN_PARKED:
        listener_ready(conn);
        break;
    case CONN_SHAKING:
        handshake_queue(conn);
        break;
    case CONN_OPEN:
        open_ready(conn, status < 0, events);
        break;
    case CONN_FLUSHING:
        conn_flush(conn);
        break;
    case CONN_LINGERING:
        linger(conn);
        break;
    case CONN_WAITING:
    case CONN_ENDED:
    case CONN_DETACHED:
        break;
    }
}

static void watch(struct io_conn *conn, int events)
{
    if (events == conn->polled || conn->unpolled)
        return;
    conn->polled = (uint8_t)events;
    if (events == 0)
        (void)uv_poll_stop(&conn->poll);
    else
        (void)uv_poll_start(&conn->poll, events, on_poll);
}

void conn_poll(struct io_conn *conn)
{
    int events = 0;
    switch ((enum conn_state)conn->state) {
    case CONN_CONNECTING:
    case CONN_FLUSHING:
        events = UV_WRITABLE;
        break;
    case CONN_PARKED:
    case CONN_LINGERING:
        events = UV_READABLE;
        break;
    case CONN_SHAKING:
        if (list_is_empty(&conn->link)) /* not queued for its next step */
            events = SSL_want_write(conn->ssl) ? UV_WRITABLE : UV_READABLE;
        break;
    case CONN_OPEN:
        if (listens(conn))
            events |= conn->read_blocked ? UV_WRITABLE : UV_READABLE;
        if (conn->blocked)
            events |= UV_WRITABLE;
        if (conn->unread && listens(conn) && !io_timer_running(&conn->timer))
            io_timer_start(&conn->timer, 0);
        break;
    case CONN_WAITING:
        break;
    case CONN_ENDED:
    case CONN_DETACHED:
        return;
    }
    watch(conn, events);
}

/* --- the owner's calls ------------------------------------------------------------------------ */

void io_conn_own(struct io_conn *conn, const struct io_conn_events *events, void *owner)
{
    conn->events = events;
    conn->owner = owner;
    conn_poll(conn);
}

bool io_conn_write(struct io_conn *conn, struct slice bytes)
{
    if (conn->state != CONN_OPEN || bytes.size > conn->out.limit ||
        buffer_size(&conn->out) > conn->out.limit - bytes.size)
        return false;
    if (!conn->blocked) {
        while (bytes.size > 0) {
            ssize_t sent = conn_send(conn, bytes);
            if (sent < 0)
                return false;
            if (sent == 0)
                break;
            bytes = slice_from(bytes, (size_t)sent);
        }
    }
    if (bytes.size > 0) {
        buffer_put(&conn->out, bytes);
        conn->blocked = true;
        conn_poll(conn);
    }
    return true;
}

size_t io_conn_queued(const struct io_conn *conn)
{
    return buffer_size(&conn->out);
}

void io_conn_limit(struct io_conn *conn, size_t write_limit)
{
    conn->out.limit = write_limit;
}

void io_conn_read_limit(struct io_conn *conn, size_t read_limit)
{
    size_t most = read_limit < READ_BUDGET ? read_limit : READ_BUDGET;
    conn->reads = most < READ_LEAST ? READ_LEAST : (uint32_t)most;
}

size_t io_conn_reads(const struct io_conn *conn)
{
    return conn->reads;
}

void io_conn_pause(struct io_conn *conn)
{
    conn->paused = true;
    conn_poll(conn);
}

void io_conn_resume(struct io_conn *conn)
{
    conn->paused = false;
    conn_poll(conn);
}

void io_conn_outlive_input(struct io_conn *conn)
{
    conn->outlives = true;
}

void io_conn_close(struct io_conn *conn)
{
    if (conn->state != CONN_OPEN)
        return;
    conn->state = CONN_FLUSHING;
    io_timer_start(&conn->timer, CLOSING_MS);
    conn_flush(conn);
}

void io_conn_abort(struct io_conn *conn)
{
    conn_end(conn, NULL);
}

/* --- moving ----------------------------------------------------------------------------------- */

struct io_conn *io_conn_detach(struct io_conn *conn)
{
    if (conn->state != CONN_OPEN)
        return NULL;
    struct io_conn *moved = memory_new(sizeof *moved);
    moved->state = CONN_DETACHED;
    moved->fd = conn->fd;
    moved->reads = conn->reads;
    moved->peer = conn->peer;
    moved->ssl = conn->ssl;
    moved->library = conn->library;
    moved->out = conn->out;
    moved->blocked = conn->blocked;
    moved->read_blocked = conn->read_blocked;
    moved->peer_ended = conn->peer_ended;
    moved->outlives = conn->outlives;
    moved->unread = conn->ssl != NULL; /* it may have read the peer's goodbye already */
    list_init(&moved->link);
    list_init(&moved->progress);
    io_timer_init(&moved->timer, on_timer);
    metric_add(&connections, 1);
    if (moved->ssl != NULL) {
        SSL_set_bio(moved->ssl, NULL, NULL); /* the loop's stays behind */
        if (moved->library == NULL) {
            moved->library = conn->loop->library;
            tls_library_hold(moved->library);
        }
    }
    buffer_init(&conn->out, 0);
    conn->ssl = NULL;
    conn->library = NULL;
    conn->events = NULL;
    conn->state = CONN_ENDED;
    io_timer_stop(&conn->timer);
    uv_close((uv_handle_t *)&conn->poll, on_gone);
    return moved;
}

void io_conn_attach(struct io_conn *conn)
{
    struct io_loop *loop = io_loop_current();
    conn->loop = loop;
    conn->state = CONN_OPEN;
    conn->paused = true;
    if (conn->ssl != NULL)
        tls_bio_join(&loop->tls_bio, conn->ssl);
    if (conn->library == loop->library) { /* it has come home */
        tls_library_release(conn->library);
        conn->library = NULL;
    }
    conn->poll.data = conn;
    int status = uv_poll_init(&loop->uv, &conn->poll, conn->fd);
    if (status != 0) { /* the kernel has no memory for it */
        struct error why;
        (void)error_set(&why, ERROR_INTERNAL, "a socket cannot be polled: %s", uv_strerror(status));
        conn->unpolled = true;
        conn_end(conn, &why);
        return;
    }
    conn_poll(conn);
}

void io_conn_discard(struct io_conn *conn)
{
    (void)close(conn->fd);
    free_record(conn);
}

struct io_address io_conn_peer(const struct io_conn *conn)
{
    return conn->peer;
}

const char *io_conn_tls_version(const struct io_conn *conn)
{
    return conn->ssl == NULL ? NULL : SSL_get_version(conn->ssl);
}

const char *io_conn_tls_cipher(const struct io_conn *conn)
{
    return conn->ssl == NULL ? NULL : SSL_get_cipher_name(conn->ssl);
}
