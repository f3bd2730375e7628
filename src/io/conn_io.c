#include "io/conn_uv.h"
#include "io/loop_uv.h"
#include "io/tcp_facts.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

static void end_by(struct io_conn *conn, const char *what, const char *reason)
{
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    (void)error_set(&why, ERROR_CONNECTION, "connection %s %s: %s", what,
                    io_address_format(&conn->peer, peer), reason);
    conn_end(conn, &why);
}

static void end_by_errno(struct io_conn *conn, int code)
{
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    if (code != ECONNRESET && code != EPIPE) {
        end_by(conn, "lost with", strerror(code));
        return;
    }
    (void)error_set(&why, ERROR_CONNECTION, "connection reset by %s",
                    io_address_format(&conn->peer, peer));
    conn_end(conn, &why);
}

/* `code` and `reason` are errno and the head of OpenSSL's error queue right after the call. */
static void end_by_tls(struct io_conn *conn, int problem, int code, unsigned long reason)
{
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    ERR_clear_error();
    if (tls_was_cut(problem, code, reason)) {
        (void)error_set(&why, ERROR_CONNECTION, "connection closed by %s without TLS's goodbye",
                        io_address_format(&conn->peer, peer));
        conn_end(conn, &why);
    } else if (problem == SSL_ERROR_SYSCALL) {
        end_by_errno(conn, code);
    } else {
        (void)error_set(&why, ERROR_PROTOCOL, "TLS with %s broke: %s",
                        io_address_format(&conn->peer, peer), tls_reason(reason));
        conn_end(conn, &why);
    }
}

/* Our last word; then only the peer's end is awaited. */
static void shut(struct io_conn *conn)
{
    if (conn->ssl != NULL) {
        tls_bio_use(&conn->loop->tls_bio, conn->fd);
        (void)SSL_shutdown(conn->ssl);
        ERR_clear_error();
    }
    if (conn->peer_ended) {
        conn_end(conn, NULL);
        return;
    }
    (void)shutdown(conn->fd, SHUT_WR);
    conn->state = CONN_LINGERING;
    conn_poll(conn);
}

/* The peer sends no more; what we queued may still be wanted. */
static void end_of_stream(struct io_conn *conn)
{
    conn->peer_ended = true;
    if (conn->state != CONN_OPEN)
        return;
    if (conn->outlives)
        conn->events->data(conn->owner, (struct slice){NULL, 0});
    else
        io_conn_close(conn);
}

/* --- sending ---------------------------------------------------------------------------------- */

static ssize_t send_tls(struct io_conn *conn, struct slice bytes)
{
    size_t sent = 0;
    tls_bio_use(&conn->loop->tls_bio, conn->fd);
    int result = SSL_write_ex(conn->ssl, bytes.data, bytes.size, &sent);
    int code = errno;
    if (result == 1)
        return (ssize_t)sent;
    int problem = SSL_get_error(conn->ssl, result);
    if (problem == SSL_ERROR_WANT_WRITE)
        return 0;
    end_by_tls(conn, problem, code, ERR_peek_error());
    return -1;
}

ssize_t conn_send(struct io_conn *conn, struct slice bytes)
{
    if (conn->ssl != NULL)
        return send_tls(conn, bytes);
    ssize_t sent = send(conn->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
    if (sent >= 0)
        return sent;
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    end_by_errno(conn, errno);
    return -1;
}

uint64_t io_conn_acknowledged(const struct io_conn *conn)
{
    return tcp_acknowledged(conn->fd);
}

void conn_flush(struct io_conn *conn)
{
    while (buffer_size(&conn->out) > 0) {
        ssize_t sent = conn_send(conn, buffer_slice(&conn->out));
        if (sent < 0)
            return;
        if (sent == 0) {
            conn_poll(conn);
            return;
        }
        buffer_consume(&conn->out, (size_t)sent);
    }
    buffer_release(&conn->out);
    conn->blocked = false;
    if (conn->state == CONN_FLUSHING)
        shut(conn);
    else if (conn->events != NULL && conn->events->drained != NULL)
        conn->events->drained(conn->owner);
}

/* --- receiving -------------------------------------------------------------------------------- */

static void read_plain(struct io_conn *conn)
{
    uint8_t *scratch = conn->loop->scratch;
    ssize_t got = recv(conn->fd, scratch, conn->reads, 0);
    if (got > 0)
        conn->events->data(conn->owner, slice_of(scratch, (size_t)got));
    else if (got == 0)
        end_of_stream(conn);
    else if (errno != EAGAIN && errno != EINTR)
        end_by_errno(conn, errno);
}

static void read_tls(struct io_conn *conn)
{
    uint8_t *scratch = conn->loop->scratch;
    size_t total = 0;
    size_t got = 0;
    int problem = SSL_ERROR_NONE;
    int code = 0;
    tls_bio_read_ahead(&conn->loop->tls_bio, conn->fd, conn->reads);
    while (problem == SSL_ERROR_NONE && total < READ_BUDGET) {
        errno = 0;
        int result = SSL_read_ex(conn->ssl, scratch + total, READ_BUDGET - total, &got);
        code = errno;
        if (result == 1)
            total += got;
        else
            problem = SSL_get_error(conn->ssl, result);
    }
    unsigned long reason = ERR_peek_error();
    if (total > 0)
        conn->events->data(conn->owner, slice_of(scratch, total));
    if (conn->state == CONN_ENDED)
        return;
    if (problem == SSL_ERROR_WANT_WRITE)
        conn->read_blocked = true;
    else if (problem == SSL_ERROR_ZERO_RETURN)
        end_of_stream(conn);
    else if (problem != SSL_ERROR_NONE && problem != SSL_ERROR_WANT_READ)
        end_by_tls(conn, problem, code, reason);
}

void conn_read(struct io_conn *conn)
{
    if (conn->ssl == NULL)
        read_plain(conn);
    else
        read_tls(conn);
}
