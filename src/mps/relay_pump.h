/*
 * The two pumps of a relay, and what watches them (mps/relay.h). The interceptor stands in both
 * ways until the login has succeeded, then pieces pass as they are, past the taps. Private to
 * src/mps; the device's loop, on the relay's fiber.
 */
#ifndef MPS_RELAY_PUMP_H
#define MPS_RELAY_PUMP_H

#include "io/fiber.h"
#include "mps/tap.h"
#include "redir/interceptor.h"

/* What a pump has in hand: with a WebSocket's head half of a TLS record. And what may wait for the
 * browser in its connection's queue. */
#define MPS_RELAY_PIECE ((size_t)8 * 1024 - 4)
#define MPS_RELAY_QUEUE ((size_t)8 * 1024)

enum mps_relay_end { MPS_GOING_ON, MPS_BROWSER_LEFT, MPS_DEVICE_LEFT, MPS_RELAY_FAILED };

/* One direction. */
struct mps_pump {
    struct io_task task;
    uint64_t since; /* io_now when the piece in hand began to be written; 0: none is */
};

struct mps_pumps {
    struct io_stream *browser; /* a WebSocket; the owner closes it */
    struct io_stream *device;  /* set before the run; the owner closes it */
    struct redir_interceptor *interceptor;
    struct mps_tap_session session;
    const struct mps_tap *taps[MPS_TAPS];
    void *tap_owners[MPS_TAPS];
    unsigned tap_count; /* those that want this session */
    const struct mps *mps;
    struct mps_pump to_device, to_browser;
    struct io_task inserter; /* for a tap that does not want to wait for the browser */
    struct io_wait written;  /* for the pump: the inserter is done */
    bool writing;            /* to the device: the pump or the inserter */
    bool nudged;             /* the taps were not asked since */
    struct io_wait news;
    enum mps_relay_end end; /* the first reason */
    struct error why;       /* of MPS_RELAY_FAILED */
    uint64_t began;         /* io_now */
    uint64_t refused_since; /* io_now when the device refused or the browser gave up; 0 */
    uint64_t deaf_since;    /* io_now when the device's end took no more; 0: it does */
    struct error deaf_why;
    bool open;  /* the login has succeeded */
    bool clear; /* nothing of the browser is with the interceptor any more */
};

void mps_pumps_init(struct mps_pumps *pumps, struct io_stream *browser);
void mps_pumps_fini(struct mps_pumps *pumps);

/* Reads until the browser has said what it wants. Within the fiber's deadline. */
bool mps_pumps_read_start(struct mps_pumps *pumps, enum redir_kind *kind, struct error *err);

/* Pumps until one side has ended the session (true: `end` says which) or it must end (false). */
bool mps_pumps_run(struct mps_pumps *pumps, const struct mps *mps, struct error *err);

#endif
