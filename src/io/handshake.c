#include "core/metrics.h"
#include "io/conn_uv.h"
#include "io/loop_uv.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

METRIC_DEFINE(succeeded, METRIC_COUNTER, "outband_io_handshakes_total", "result=\"ok\"",
              "TLS handshakes that ended.")
METRIC_DEFINE(failed, METRIC_COUNTER, "outband_io_handshakes_total", "result=\"failed\"",
              "TLS handshakes that ended.")

void handshake_queue(struct io_conn *conn)
{
    if (!list_is_empty(&conn->link))
        return;
    list_append(&conn->loop->heavy, &conn->link);
    conn_poll(conn); /* not polled until the step has run */
}

/* Why a handshake failed, in words. */
static void explain(struct io_conn *conn, int problem, int code, struct error *why)
{
    char peer[IO_ADDRESS_TEXT_SIZE];
    unsigned long first = ERR_peek_error();
    long verified = SSL_get_verify_result(conn->ssl);
    (void)io_address_format(&conn->peer, peer);
    if (!SSL_is_server(conn->ssl) && verified != X509_V_OK &&
        (SSL_get_verify_mode(conn->ssl) & SSL_VERIFY_PEER) != 0)
        (void)error_set(why, ERROR_CONNECTION, "the certificate of %s is not trusted: %s", peer,
                        X509_verify_cert_error_string(verified));
    else if (tls_was_cut(problem, code, first))
        (void)error_set(why, ERROR_CONNECTION, "%s hung up during the TLS handshake", peer);
    else if (problem == SSL_ERROR_SYSCALL)
        (void)error_set(why, ERROR_CONNECTION, "TLS handshake with %s failed: %s", peer,
                        strerror(code));
    else
        (void)error_set(why, ERROR_PROTOCOL, "TLS handshake with %s failed: %s", peer,
                        tls_reason(first));
    ERR_clear_error();
}

static void step(struct io_conn *conn)
{
    OSSL_HANDSHAKE_STATE before = SSL_get_state(conn->ssl);
    tls_bio_use(&conn->loop->tls_bio, conn->fd);
    int result = SSL_do_handshake(conn->ssl);
    int code = errno;
    if (result == 1) {
        metric_add(&succeeded, 1);
        conn_open(conn);
        return;
    }
    int problem = SSL_get_error(conn->ssl, result);
    if (problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE) {
        conn_poll(conn);
        if (conn->listener != NULL) /* may end it */
            listener_stepped(conn, SSL_get_state(conn->ssl) != before);
        return;
    }
    struct error why;
    explain(conn, problem, code, &why);
    metric_add(&failed, 1);
    conn_end(conn, &why);
}

/* A fiber that waits for its turn; on its stack. */
struct turn {
    struct list link;
    struct io_wait come;
};

bool handshake_turn(struct error *err)
{
    struct turn turn = {.come = {NULL, false}};
    list_append(&io_loop_current()->turns, &turn.link);
    bool ok = io_wait_for(&turn.come, IO_FOREVER, err);
    list_remove(&turn.link);
    return ok;
}

bool handshake_waits(const struct io_loop *loop)
{
    return !list_is_empty(&loop->heavy) || !list_is_empty(&loop->turns);
}

/* It runs with the fibers of the next turn. */
static void give_turn(struct io_loop *loop)
{
    struct turn *turn = LIST_ENTRY(loop->turns.next, struct turn, link);
    list_remove(&turn->link);
    io_signal(&turn->come);
}

static void conn_step(struct io_loop *loop)
{
    struct io_conn *conn = LIST_ENTRY(loop->heavy.next, struct io_conn, link);
    list_remove(&conn->link);
    if (conn->ssl == NULL) {
        conn->ssl = conn->listener != NULL ? listener_tls(conn) : connector_tls(conn);
        if (conn->ssl == NULL) {
            struct error why;
            (void)error_set(&why, ERROR_INTERNAL, "a TLS handshake cannot be started");
            ERR_clear_error();
            conn_end(conn, &why);
            return;
        }
        tls_bio_join(&loop->tls_bio, conn->ssl);
    }
    step(conn);
}

void handshake_step(struct io_loop *loop)
{
    if (!handshake_waits(loop))
        return;
    loop->was_fiber =
        list_is_empty(&loop->heavy) || (!loop->was_fiber && !list_is_empty(&loop->turns));
    if (loop->was_fiber)
        give_turn(loop);
    else
        conn_step(loop);
}
