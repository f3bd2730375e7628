#include "io/conn_uv.h"
#include "io/loop_uv.h"
#include "io/tls_context.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 30000 /* for callers without a deadline of their own */

/* A call of io_connect; lives on the fiber's stack. */
struct connector {
    struct io_tls *tls;
    const char *server_name; /* NULL: no name is sent or checked */
    struct io_wait done;
    bool failed;
    struct error why;
};

static void explain(const struct io_address *address, int code, struct error *why)
{
    char text[IO_ADDRESS_TEXT_SIZE];
    (void)io_address_format(address, text);
    if (code == ECONNREFUSED)
        (void)error_set(why, ERROR_CONNECTION, "connection refused by %s", text);
    else
        (void)error_set(why, ERROR_CONNECTION, "cannot connect to %s: %s", text, strerror(code));
}

void connector_failed(struct io_conn *conn, const struct error *why)
{
    struct connector *connector = conn->owner;
    if (connector == NULL) /* the fiber has given up */
        return;
    conn->owner = NULL;
    connector->failed = true;
    if (why != NULL)
        connector->why = *why;
    else
        (void)error_set(&connector->why, ERROR_CANCELLED, "cancelled");
    io_signal(&connector->done);
}

void connector_opened(struct io_conn *conn)
{
    struct connector *connector = conn->owner;
    conn->owner = NULL;
    io_signal(&connector->done);
}

void connector_ready(struct io_conn *conn)
{
    struct connector *connector = conn->owner;
    int code = 0;
    socklen_t size = sizeof code;
    (void)getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code != 0) {
        struct error why;
        explain(&conn->peer, code, &why);
        conn_end(conn, &why);
    } else if (connector->tls == NULL) {
        conn_open(conn);
    } else {
        conn->state = CONN_SHAKING;
        handshake_queue(conn);
    }
}

SSL *connector_tls(const struct io_conn *conn)
{
    const struct connector *connector = conn->owner;
    SSL *ssl = SSL_new(connector->tls->context);
    if (ssl == NULL)
        return NULL;
    SSL_set_connect_state(ssl);
    if (connector->server_name != NULL && !tls_expect_name(ssl, connector->server_name)) {
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}

/* A socket on its way to `address`; -1 with `err`. */
static int start(const struct io_address *address, struct error *err)
{
    struct sockaddr_storage to = {0};
    int on = 1;
    memcpy(&to, address->bytes, sizeof address->bytes);
    socklen_t size =
        to.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        explain(address, errno, err);
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&to, size) == 0 || errno == EINPROGRESS)
        return fd;
    explain(address, errno, err);
    (void)close(fd);
    return -1;
}

struct io_conn *io_connect(const struct io_address *address, struct io_tls *tls,
                           const char *server_name, struct error *err)
{
    struct connector connector = {.tls = tls, .server_name = server_name};
    char text[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    int fd = start(address, err);
    if (fd < 0)
        return NULL;
    struct io_conn *conn = conn_new(io_loop_current(), fd, address, CONN_CONNECTING);
    if (conn == NULL) {
        (void)close(fd);
        (void)error_set(err, ERROR_INTERNAL, "a socket cannot be polled");
        return NULL;
    }
    conn->owner = &connector;
    conn_poll(conn);
    uint64_t previous = io_deadline_within(CONNECT_MS);
    bool done = io_wait_for(&connector.done, IO_FOREVER, &why);
    io_deadline_restore(previous);
    if (!done) {
        conn->owner = NULL;
        conn_end(conn, NULL);
        if (why.code == ERROR_TIMEOUT)
            (void)error_set(&why, ERROR_TIMEOUT, "%s did not answer in time",
                            io_address_format(address, text));
    } else if (connector.failed) {
        why = connector.why;
    } else {
        return conn;
    }
    if (err != NULL)
        *err = why;
    return NULL;
}
