/*
 * A libuv connection inside. Private to this room's libuv half; loop thread only.
 *
 *   accepted with TLS:  PARKED --first byte--> WAITING --handshake place--> SHAKING --> OPEN
 *                       SHAKING --silent, its place is wanted--> ENDED
 *   io_connect:         CONNECTING [--> SHAKING] --> OPEN
 *   OPEN --io_conn_close, peer's end--> FLUSHING --queue sent--> LINGERING --peer's end--> ENDED
 *   any --error, io_conn_abort, deadline--> ENDED, then `closed` and gone
 *   OPEN --io_conn_detach--> DETACHED --io_conn_attach--> OPEN
 *                            DETACHED --io_conn_discard--> gone
 *
 * PARKED polls for reading and has no TLS state; WAITING is in its listener's list and polls
 * nothing; SHAKING is either in the loop's heavy list or polls for what the handshake needs, so a
 * connection that handshakes costs nothing between its steps. libuv needs a handle's memory until
 * it has closed it, so DETACHED is a new record: the old one ends without `closed`, holding
 * nothing. A moved connection's SSL still belongs to the SSL_CTX and the OSSL_LIB_CTX of the loop
 * it comes from, so its record holds that library (io/loop_uv.h). One connection is one allocation
 * of about 370 bytes, which with 13.2 KB of OpenSSL is what an idle tunnel costs.
 */
#ifndef IO_CONN_UV_H
#define IO_CONN_UV_H

#include "core/buffer.h"
#include "core/list.h"
#include "io/conn.h"
#include "io/timer.h"
#include "io/tls_context.h"

#include <uv.h>

enum conn_state {
    CONN_CONNECTING,
    CONN_PARKED,
    CONN_WAITING,
    CONN_SHAKING,
    CONN_OPEN,
    CONN_FLUSHING,
    CONN_LINGERING,
    CONN_ENDED,
    CONN_DETACHED
};

struct io_conn {
    uv_poll_t poll; /* its data points back here */
    struct io_loop *loop;
    struct io_listener *listener; /* that accepted it; NULL */
    const struct io_conn_events *events;
    void *owner; /* of the events; while CONNECTING or SHAKING the connector */
    SSL *ssl;    /* NULL on plain TCP and before the handshake */
    struct tls_library
        *library;          /* held: the one its SSL was made with; NULL when it is the loop's */
    struct error *why;     /* it ended for; NULL for an orderly end */
    struct list link;      /* in the loop's heavy list or the listener's waiting list */
    struct list progress;  /* SHAKING for a listener: in its list, longest without progress first */
    uint64_t progressed;   /* when its handshake last got further */
    struct io_timer timer; /* handshake or closing deadline; while OPEN the read of `unread` */
    struct buffer out;
    struct io_address peer;
    int fd;
    uint32_t reads;    /* most bytes at a time */
    uint32_t lingered; /* bytes thrown away while LINGERING */
    uint8_t state;
    uint8_t polled; /* what libuv polls for */
    bool paused : 1;
    bool blocked : 1;      /* the kernel takes no more for now */
    bool read_blocked : 1; /* TLS must write before it can read on */
    bool unread : 1;       /* moved here: TLS may know something that poll does not */
    bool peer_ended : 1;   /* the peer sends no more */
    bool outlives : 1;     /* … which its owner is told, and does not end it */
    bool unpolled : 1;     /* libuv could not take it */
};

/* A record for `fd`, which it takes over. Counts it, polls nothing yet. */
struct io_conn *conn_new(struct io_loop *loop, int fd, const struct io_address *peer,
                         enum conn_state state);

/* Polls for what the state needs. */
void conn_poll(struct io_conn *conn);

/* The connection is usable from now on. */
void conn_open(struct io_conn *conn);

/* Ends it; `why` (copied; NULL for an orderly end) goes to `closed` later in this turn. No effect
 * when it has ended already. */
void conn_end(struct io_conn *conn, const struct error *why);

/* Reads what is there and hands it over, as many bytes as its owner wants at a time. In conn_io.c,
 * as the rest. */
void conn_read(struct io_conn *conn);

/* Sends what is queued. */
void conn_flush(struct io_conn *conn);

/* Sends as much of `bytes` as goes at once: the number taken, possibly 0, or -1 after it ended the
 * connection. */
ssize_t conn_send(struct io_conn *conn, struct slice bytes);

/* Queues the next step of the handshake. In handshake.c. */
void handshake_queue(struct io_conn *conn);

/* The listener's part, in listener.c: the first byte has come; a step of the handshake is over and
 * has brought it further or not; the handshake is over; it ended in the state `in` before it was
 * handed over; its record goes away; a new SSL for its handshake. */
void listener_ready(struct io_conn *conn);
void listener_stepped(struct io_conn *conn, bool further);
void listener_opened(struct io_conn *conn);
void listener_failed(struct io_conn *conn, enum conn_state in);
void listener_forget(struct io_conn *conn);
SSL *listener_tls(const struct io_conn *conn);

/* The part of io_connect, in connect.c: connected or refused; the handshake is over; it ended
 * before; a new SSL for its handshake, set up to check the server's name. */
void connector_ready(struct io_conn *conn);
void connector_opened(struct io_conn *conn);
void connector_failed(struct io_conn *conn, const struct error *why);
SSL *connector_tls(const struct io_conn *conn);

#endif
