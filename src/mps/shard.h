/*
 * One shard of the presence server: a loop, its CIRA listener and the tunnels accepted there.
 * Everything here is touched by the shard's own thread only; other shards reach a tunnel by its
 * handle and io_call. Private to src/mps.
 */
#ifndef MPS_SHARD_H
#define MPS_SHARD_H

#include "core/buffer.h"
#include "core/list.h"
#include "io/fiber.h"
#include "mps/mps.h"
#include "mps/registry.h"
#include "mps/tap.h"

#include <stdatomic.h>

struct io_resolver;
struct io_tls;
struct mps_failures;
struct mps_lan;
struct mps_sessions;
struct mps_tunnel;

/* The most that may wait in a connection's queue for its device: what io_conn_write queues by
 * default. A device that lets more than that come together takes nothing and is cut. */
#define MPS_OUT_LIMIT ((size_t)256 * 1024)

/* The part of it that channels may fill; they wait when it is full, and the rest is left to what
 * cannot wait. */
#define MPS_DATA_LIMIT ((size_t)64 * 1024)

struct mps_slot {
    struct mps_tunnel *tunnel; /* NULL: free */
    uint32_t next_free;        /* 1-based */
};

struct mps_shard {
    struct mps *mps;
    uint32_t index;
    struct io_loop *loop;
    struct io_listener *listener; /* NULL: no device calls in */
    struct io_tls *device_tls;    /* for connections to AMT */
    struct mps_lan *lan;          /* devices on the LAN */
    struct list tunnels;          /* every tunnel of this shard, logged in or not */
    struct list conversations;    /* in progress (mps/conversations.h) */
    struct io_wait emptied;       /* signalled when the last of the tunnels or of them is gone */
    bool stopping;
    atomic_uint relays; /* what the loop must not end before: browsers' sessions and watchers, here
                           or on their way, and recordings of them */
    atomic_uint places; /* of MPS_PLACES, also by those whose browser is being answered */
    uint32_t refusals_delayed; /* logins whose refusal waits (mps/failures.h) */
    struct mps_slot *slots;    /* tunnels that are logged in */
    uint32_t slot_count;
    uint32_t slot_free; /* 1-based head of the free list */
    uint32_t slots_used;
    struct buffer out; /* what the APF session at work has to say; empty between calls */
};

struct mps {
    struct mps_options options;
    struct mps_registry *registry;
    struct mps_failures *failures;
    struct mps_sessions *sessions; /* redirection sessions of all devices */
    struct io_resolver *names;     /* asks for host names */
    struct mps_tap taps[MPS_TAPS];
    unsigned tap_count;
    unsigned shard_count;
    struct mps_shard shards[];
};

/* The shard that a device is spoken to on, whether it is there or not. Any thread. */
struct mps_shard *mps_device_shard(struct mps *mps, const struct guid *guid);

/* The shard whose loop this is; NULL: none. */
struct mps_shard *mps_shard_here(struct mps *mps);

/* Connections of browsers on one loop: relays need four fibers each, watchers as many. */
#define MPS_PLACES 4000u

/* A place among them. ERROR_BUSY. Any thread. */
bool mps_place_take(struct mps_shard *shard, struct error *err);

/* NULL is allowed. */
void mps_place_give(struct mps_shard *shard);

/* Gives the tunnel a slot; false when the shard holds as many devices as it may. */
bool mps_shard_enter(struct mps_shard *shard, struct mps_tunnel *tunnel, uint32_t *slot);
void mps_shard_leave(struct mps_shard *shard, uint32_t slot);

/* The live tunnel behind a handle of this shard; NULL when it is gone. */
struct mps_tunnel *mps_shard_tunnel(struct mps_shard *shard, struct mps_handle handle);

#endif
