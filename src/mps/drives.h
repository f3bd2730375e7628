/*
 * Drives that the server itself redirects: a device uses images of the library (mps/images.h) with
 * no client connected. A session is a fiber in the background that outlives the request that
 * started it and ends with the device's tunnel, when it is told to, or with the server.
 *
 *   STARTING --the device has taken the drives--> RUNNING --ended or cut--> ENDED --later--> gone
 *      |                                             |
 *      +---------------- told to end ------> ENDING -+
 *
 * The last one of a device that has run can be looked at for MPS_DRIVES_KEPT_MS after its end, or
 * until MPS_DRIVES_KEPT others have ended. One that never ran is gone at once: whoever started it
 * was told why.
 *
 * One per device, whether of the server or of a browser (mps/redirection.h). Calls from fibers of
 * any loop unless noted.
 */
#ifndef MPS_DRIVES_H
#define MPS_DRIVES_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"
#include "redir/ider.h"

struct events;
struct io_loop;
struct mps;
struct mps_drives;
struct mps_images;

/* Sessions at once, each of which holds up to REDIR_IDER_MEMORY and four stacks. */
#define MPS_DRIVES_MOST 500

/* Sessions that have ended and are remembered, and for how long: about 2 KB each. */
#define MPS_DRIVES_KEPT    256
#define MPS_DRIVES_KEPT_MS (10 * 60 * 1000)

/* `loop_count` loops, each of which is attached before a session starts on it. */
struct mps_drives *mps_drives_new(struct mps *mps, struct mps_images *images, struct events *events,
                                  unsigned loop_count);

/* When no loop runs any more. NULL is allowed. */
void mps_drives_free(struct mps_drives *drives);

void mps_drives_attach(struct mps_drives *drives, unsigned index, struct io_loop *loop);

/* No session starts any more; those whose fiber is on loop `index` are ended and waited for. On a
 * fiber of that loop. */
void mps_drives_stop(struct mps_drives *drives, unsigned index);

struct mps_drives_request {
    struct slice images[REDIR_DRIVES]; /* names by kind of drive; empty: none */
    bool writable;                     /* the floppy */
    enum redir_ider_start start;
};

enum mps_drives_state {
    MPS_DRIVES_STARTING,
    MPS_DRIVES_RUNNING,
    MPS_DRIVES_ENDING,
    MPS_DRIVES_ENDED
};

/* "starting", "running", "ending", "ended". */
const char *mps_drives_state_name(enum mps_drives_state state);

struct mps_drives_status {
    enum mps_drives_state state;
    const char *images[REDIR_DRIVES]; /* NULL: none; in the arena */
    uint64_t sizes[REDIR_DRIVES];     /* bytes */
    bool writable;
    enum redir_ider_start start;
    const char *owner; /* who started it; in the arena */
    int64_t since_ms;
    int64_t ended_ms;   /* 0: it has not */
    const char *reason; /* why it has ended, a sentence; in the arena; NULL: it has not */
    uint64_t read[REDIR_DRIVES], written[REDIR_DRIVES]; /* bytes */
    uint64_t last_block[REDIR_DRIVES];
    uint64_t commands, checks, resets;
    uint64_t rate; /* bytes per second, both ways, of late */
};

/* Opens the images, starts a session and waits until the device has taken the drives or has not.
 * Should the caller be cancelled meanwhile the session goes on. ERROR_INVALID and ERROR_NOT_FOUND
 * (ERROR_NOT_FOUND with *absent set: the device is), ERROR_CONFLICT (image in use; device has a
 * session), ERROR_CONSENT, ERROR_BUSY, and all of mps_redirect and
 * redir_ider_run. `err` must not be NULL. */
bool mps_drives_start(struct mps_drives *drives, const struct guid *guid, const char *tenant,
                      const char *owner, const struct mps_drives_request *request, bool *absent,
                      struct error *err);

/* The device's session, or its last one. ERROR_NOT_FOUND when the tenant's device has none. */
bool mps_drives_status(struct mps_drives *drives, struct arena *arena, const struct guid *guid,
                       const char *tenant, struct mps_drives_status *status, struct error *err);

/* Ends the device's session on behalf of `user` and waits until it is over, at most 10 s.
 * ERROR_NOT_FOUND when there is none, or it has ended. */
bool mps_drives_end(struct mps_drives *drives, const struct guid *guid, const char *tenant,
                    const char *user, struct error *err);

#endif
