/*
 * Connections: TCP, with or without TLS, driven by events, so that an idle one costs a record and
 * its TLS state and no stack. All of it happens on the loop that accepted or opened the
 * connection.
 *
 * Life cycle: accepted or connected → events are set with io_conn_own → data / drained, any number
 * of times → closed, exactly once, after which the connection is gone. io_conn_close and
 * io_conn_abort also end in `closed`, never inside the call itself.
 */
#ifndef IO_CONN_H
#define IO_CONN_H

#include "core/error.h"
#include "core/slice.h"
#include "io/stream.h"

#include <stdint.h>

struct io_conn;
struct io_loop;
struct io_tls;

/* An IPv4 or IPv6 address and port; kept as bytes so that no socket header is needed here. */
struct io_address {
    uint8_t bytes[28];
};

#define IO_ADDRESS_TEXT_SIZE 64

/* "127.0.0.1:4433", "[::1]:4433", ":4433" (all interfaces, IPv6 and IPv4) or "localhost:4433".
 * Numeric or localhost only. */
bool io_address_parse(struct slice text, struct io_address *address, struct error *err);

/* "127.0.0.1:4433". Returns `text`. */
const char *io_address_format(const struct io_address *address, char text[IO_ADDRESS_TEXT_SIZE]);
uint16_t io_address_port(const struct io_address *address);

struct io_conn_events {
    /* Bytes arrived; borrowed during the call, all of them are the owner's now. Not called while
     * paused. */
    void (*data)(void *owner, struct slice bytes);
    /* The write queue is empty again after a write that could not be sent at once. */
    void (*drained)(void *owner);
    /* The connection is over: `why` is NULL after an orderly end (by the peer or io_conn_close). */
    void (*closed)(void *owner, const struct error *why);
};

struct io_listen_options {
    struct io_tls *tls;         /* NULL: plain TCP */
    uint32_t connections_limit; /* more are closed at once; 0: no bound but the descriptors */
    uint32_t handshakes_limit;  /* TLS handshakes in progress at once (41 KB each); later ones wait
                                   without TLS state; default 512 */
    uint32_t parked_limit;      /* accepted, waiting for their first byte or for a handshake place;
                                   past it accepting pauses; default 20,000 */
    uint32_t handshake_ms;      /* for the first byte, then for a handshake place, then for the
                                   handshake itself, each; default 20,000 */
    uint32_t handshake_silence_ms; /* a handshake that has not got further for that long loses its
                                      place to one that waits for it; bytes that complete no
                                      message do not count; default 3,000, for slow firmware */
    uint32_t source_rate;          /* connections per second from one source address (burst 4x);
                                      0: no bound */
    bool shared; /* another loop of this process listens there already: share the port
                    with it. Without it a port that any program uses is refused, since
                    SO_REUSEPORT would hand that program half of our connections */
};

/* The owner of a listener learns of each connection once its handshake is over. It must call
 * io_conn_own or io_conn_abort before returning. */
typedef void io_accepted(void *owner, struct io_conn *conn);

struct io_listener;

/* Listens on the current loop with SO_REUSEPORT, so that each loop has a listener of its own on the
 * same port. NULL with `err` ("… is in use by another program"). */
struct io_listener *io_listen(struct io_loop *loop, const struct io_address *address,
                              const struct io_listen_options *options, io_accepted *accepted,
                              void *owner, struct error *err);

/* Where it listens: the port that the kernel chose when port 0 was asked for. */
struct io_address io_listener_address(const struct io_listener *listener);

/* Stops accepting; connections that were handed over live on. */
void io_listener_close(struct io_listener *listener);

/* Opens a connection and, with `tls`, completes the handshake, checking the certificate against
 * `server_name` (also sent as SNI) unless the client options are insecure. Waits; on a fiber.
 * Returned paused until io_conn_own. */
struct io_conn *io_connect(const struct io_address *address, struct io_tls *tls,
                           const char *server_name, struct error *err);

/* Sets who hears of events; may be called again to hand the connection over to another owner. */
void io_conn_own(struct io_conn *conn, const struct io_conn_events *events, void *owner);

/* Sends at once as much as goes and queues the rest. False when the queue would exceed
 * `write_limit` (io_conn_limit; default 256 KB): nothing was taken then. After the end of the
 * connection it takes nothing and returns false. */
bool io_conn_write(struct io_conn *conn, struct slice bytes);

/* Bytes queued and not yet taken by the kernel. */
size_t io_conn_queued(const struct io_conn *conn);

/* Sets the most bytes that io_conn_write queues. */
void io_conn_limit(struct io_conn *conn, size_t write_limit);

/* Sets the most bytes that are read at a time (default 64 KB, which is also the most it can be):
 * small for a connection whose owner may be slow for long. With TLS a record that was begun before
 * may come on top. */
void io_conn_read_limit(struct io_conn *conn, size_t read_limit);
size_t io_conn_reads(const struct io_conn *conn);

/* Stops and resumes reading; the peer is stopped by TCP's window. Nests not. */
void io_conn_pause(struct io_conn *conn);
void io_conn_resume(struct io_conn *conn);

/* From now on the peer's end of sending is not the end of the connection: `data` is called once
 * with no bytes, and what is written still goes, until io_conn_close. A stream reads the end, and
 * writes on. Before the peer's end is heard of. */
void io_conn_outlive_input(struct io_conn *conn);

/* Sends what is queued, then ends the connection; after 5 s it is cut. */
void io_conn_close(struct io_conn *conn);

/* Ends it now; what is queued is lost. */
void io_conn_abort(struct io_conn *conn);

/*
 * Moving a connection to another loop, so that both ends of a relay live on one:
 *
 *     moved = io_conn_detach(conn)  on the loop it is on
 *     …io_post or io_call to the other loop, with `moved`…
 *     io_conn_attach(moved), io_conn_own, io_conn_resume  there
 *
 * io_conn_detach takes an open connection off its loop, with all that is queued for the peer and
 * what TLS has read: the owner's events never come again, and `conn` is gone. May be called inside
 * of an event. NULL when the connection is ending or over already; `closed` then comes as usual.
 * The result belongs to no loop and no listener (it counts at none: whoever takes connections
 * bounds how many), may be passed from thread to thread, and ends with io_conn_attach or
 * io_conn_discard only.
 */
struct io_conn *io_conn_detach(struct io_conn *conn);

/* Makes a detached connection the current loop's: paused, without events until io_conn_own and
 * io_conn_resume. What happened to it meanwhile, its end too, is heard of then. */
void io_conn_attach(struct io_conn *conn);

/* Cuts a detached connection and frees it. Any thread. */
void io_conn_discard(struct io_conn *conn);

struct io_address io_conn_peer(const struct io_conn *conn);

/* "TLSv1.2" and "ECDHE-RSA-AES256-GCM-SHA384"; NULL on plain TCP. Borrowed. */
const char *io_conn_tls_version(const struct io_conn *conn);
const char *io_conn_tls_cipher(const struct io_conn *conn);

/* Wraps a connection as a stream for a conversation; the stream owns the connection from then on.
 * Reading pauses once as many bytes wait as the connection reads at a time (io_conn_read_limit,
 * called before; 64 KB); what the last turn brought makes that twice as many at most, and 16 KB
 * with TLS. A write returns when all of its bytes are with the kernel or in the connection's queue,
 * so io_conn_limit says how many bytes of finished writes may wait. */
struct io_stream *io_conn_stream(struct io_conn *conn);

/* Bytes that the peer's system has acknowledged, TLS's own included: it takes something whenever
 * that grows, however slow it is. 0 when the connection is over. */
uint64_t io_conn_acknowledged(const struct io_conn *conn);

/* The same of a stream made by io_conn_stream. */
uint64_t io_conn_stream_acknowledged(const struct io_stream *stream);

#endif
