/*
 * AMT's side of an exchange with a provisioning server (rpc.md 4.5): carries what the server sends
 * to AMT's own ports, and what AMT answers back. Knows nothing of messages. On the run's fiber; a
 * fiber of its own reads the tunnel.
 *
 *     plain    one request, one answer, on a stream of their own: the answer is complete when it is
 *              complete as HTTP, and nobody waits for silence
 *     tunnel   bytes of TLS on a stream that stays. What AMT sends is gathered until it is likely
 * to be all of a flight, since servers take each message as one
 */
#ifndef RPC_SERVER_RELAY_H
#define RPC_SERVER_RELAY_H

#include "core/arena.h"
#include "core/buffer.h"
#include "io/fiber.h"
#include "rpc/machine/access.h"

struct rpc_relay {
    struct rpc_access *access;
    uint16_t tunnel_port;
    struct io_wait *changed;  /* signalled when the tunnel has something to say */
    struct io_stream *stream; /* the tunnel; NULL: closed */
    struct io_task reader;
    struct buffer heard;
    uint64_t heard_at; /* io_now of the last of it */
    unsigned rounds;   /* messages of the server since the last ClientHello */
    bool ended;        /* AMT has ended the stream, or it broke */
    bool had_tunnel;
    struct io_wait room; /* what was heard has been taken */
};

void rpc_relay_init(struct rpc_relay *relay, struct rpc_access *access, struct io_wait *changed);

/* On a fiber, also when it was cancelled. */
void rpc_relay_fini(struct rpc_relay *relay);

/* One request and its answer, which is empty when AMT said nothing in time: servers ask again.
 * ERROR_CONNECTION: AMT cannot be reached; ERROR_TOO_LARGE: it says more than `limit` bytes. */
bool rpc_relay_ask(struct rpc_relay *relay, struct slice request, size_t limit, struct arena *arena,
                   struct slice *answer, struct error *err);

/* Bytes into the tunnel, which is opened for them; a ClientHello opens a new one. What belongs to a
 * tunnel that AMT has ended is dropped. ERROR_CONNECTION: it could not be opened, or broke. */
bool rpc_relay_send(struct rpc_relay *relay, struct slice bytes, struct error *err);

/* What the tunnel has to say is all there: take it from `heard`, and clear that. Otherwise false,
 * and *wait_ms says how long it may take (IO_FOREVER: until `changed`). */
bool rpc_relay_has_flight(const struct rpc_relay *relay, uint64_t *wait_ms);
void rpc_relay_taken(struct rpc_relay *relay);

/* AMT has ended the tunnel and nothing of it is left: told once. */
bool rpc_relay_take_end(struct rpc_relay *relay);

void rpc_relay_hang_up(struct rpc_relay *relay);

/* From now on the tunnel leads to another port (16992 or 16993), which is waited for when it is one
 * of LMS's. */
bool rpc_relay_switch(struct rpc_relay *relay, uint16_t port, struct error *err);

/* ---- pure parts ---- */

bool rpc_relay_is_client_hello(struct slice bytes);

/* Whether `bytes` end where a record of TLS ends. */
bool rpc_relay_ends_record(struct slice bytes);

/* Whether they are a flight of TLS 1.2's handshake that says itself where it ends: with
 * ServerHelloDone, with Finished behind ChangeCipherSpec, or with an alert. */
bool rpc_relay_ends_flight(struct slice bytes);

#endif
