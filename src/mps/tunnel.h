/*
 * A tunnel: one device's CIRA connection from the end of its TLS handshake on. Feeds the APF
 * session, has the login checked, keeps presence, and carries the conversations with the device.
 *
 *   SILENT --first byte 'G'--> ENDING        (a browser; gets a page)
 *   SILENT --other bytes--> LOGGING_IN --credentials match--> CONNECTED
 *   CONNECTED --ended by the server while conversations use it--> CLOSING
 *   any --session or connection over, deadline, replaced--> ENDING
 *
 * A CLOSING tunnel is no longer the way to its device: it is not found any more. Its conversations
 * are cancelled, and what they still have to take back goes through it, under the pin and the
 * password that were good for them; the last of them, or a time limit, ends it.
 * An ENDING tunnel is freed when its connection is gone and no fiber holds it any more.
 * Lives on its shard's thread. Private to src/mps.
 */
#ifndef MPS_TUNNEL_H
#define MPS_TUNNEL_H

#include "apf/session.h"
#include "core/arena.h"
#include "io/conn.h"
#include "io/timer.h"
#include "mps/shard.h"

enum mps_tunnel_state { MPS_SILENT, MPS_LOGGING_IN, MPS_CONNECTED, MPS_CLOSING, MPS_ENDING };

/* No row has this version: nothing was read yet. */
#define MPS_TUNNEL_UNREAD UINT64_MAX

struct mps_tunnel {
    struct mps_shard *shard;
    struct list in_shard;
    struct io_conn *conn; /* NULL once it is gone */
    struct apf_session *session;
    struct amt *amt;          /* NULL until the first conversation */
    struct mps_handle handle; /* generation 0 until connected */
    struct io_timer timer;    /* login deadline, then idle limit, then that of closing */
    uint64_t last_traffic;    /* io_now of the last bytes from the device */
    uint64_t connected_at;    /* io_now of the login */
    struct list channels;     /* streams over it (mps/channel.h) */
    struct list writers;      /* those that wait for room in the connection's queue */
    uint8_t *pin;             /* of its certificate, heap; NULL: none, or not read yet */
    uint64_t version;         /* of the row that it was read from (store_device_version) */
    struct io_wait *refusal;  /* a refused login waits to be told so; signalled at the end */
    char *tenant;             /* heap; NULL stands for "" */
    char *unproven; /* heap: the password it logged in with, while it is not proven; NULL: it is */
    uint32_t idle_ms;
    uint32_t holds;        /* fibers that use the tunnel */
    uint32_t close_reason; /* closing: what the device will be told */
    enum mps_tunnel_state state;
    bool pinged;          /* idle: a keep-alive request of ours is out */
    uint32_t pin_changes; /* of what the row pins; each has ended the conversations */
};

/* Takes over an accepted connection. */
void mps_tunnel_accept(struct mps_shard *shard, struct io_conn *conn);

/* The login was good: the tunnel carries conversations from now on. */
void mps_tunnel_connected(struct mps_tunnel *tunnel);

/* Tells the device why and ends the tunnel now; `reason` as in apf/message.h. */
void mps_tunnel_end(struct mps_tunnel *tunnel, uint32_t reason);

/* The same by the server's own will: first ends the conversations that use the tunnel (ERROR_BUSY)
 * and gives them time to take back what they have begun. Does not wait. */
void mps_tunnel_close(struct mps_tunnel *tunnel, uint32_t reason);

/* Ends it at once, without a word: for a stop that has waited long enough. */
void mps_tunnel_cut(struct mps_tunnel *tunnel);

/* Room for channel data in the connection's queue, in bytes. */
size_t mps_tunnel_room(const struct mps_tunnel *tunnel);

/* Sends on a channel what its credit and the connection's queue have room for; returns how many
 * bytes were taken. Fewer than the credit: mps_channel_wake follows when there is room again. */
size_t mps_tunnel_send(struct mps_tunnel *tunnel, struct apf_channel *channel, struct slice bytes);

/* Sends what the session has written, and closes the connection of an ending tunnel. Call after
 * every call into the session. */
void mps_tunnel_flush(struct mps_tunnel *tunnel);

/* Brackets a fiber's use of the tunnel, which outlives it. False with ERROR_BUSY when too many
 * fibers use it, ERROR_CONNECTION when it is ending. Releasing may end and free the tunnel. */
bool mps_tunnel_hold(struct mps_tunnel *tunnel, struct error *err);
void mps_tunnel_release(struct mps_tunnel *tunnel);

/* Reads again what the row says if it may have changed since it was last read, and has the
 * password read again. Another pin ends the conversations over the tunnel (ERROR_BUSY). When the
 * row is gone, or another tenant's, the tunnel is ended: ERROR_NOT_FOUND. Waits; the caller holds
 * the tunnel. In tunnel_carrier.c, like the next five. */
bool mps_tunnel_update(struct mps_tunnel *tunnel, struct error *err);

/* The same inside of a conversation, which is one of those: ERROR_BUSY after another pin, unless
 * the caller is cleaning up (io_is_cleaning_up). */
bool mps_tunnel_revise(struct mps_tunnel *tunnel, struct error *err);

/* The device to converse with, made on first use. */
struct amt *mps_tunnel_amt(struct mps_tunnel *tunnel);

/* Opens a stream to a port of the device. With a certificate pinned in the device's row that is the
 * port after it, with TLS inside the tunnel and that certificate, or nothing; without, the same
 * with any certificate when only that port is offered, since the tunnel has been logged into with
 * the device's password. An odd port is one of TLS, and opened with it. Errors as of
 * mps_channel_open. */
bool mps_tunnel_open(struct mps_tunnel *tunnel, uint16_t port, struct io_stream **stream,
                     struct error *err);

/* Forgets credentials and kept connections, and reads the row again now. Waits; the caller holds
 * the tunnel. */
void mps_tunnel_refresh(struct mps_tunnel *tunnel);

/* The certificate of the device's TLS port, shown on a channel of its own that carries nothing
 * else. ERROR_CONFLICT when the device does not offer the port. */
bool mps_tunnel_look(struct mps_tunnel *tunnel, struct arena *arena, struct slice *der,
                     struct error *err);

/* "" for the default tenant. */
const char *mps_tunnel_tenant(const struct mps_tunnel *tunnel);

#endif
