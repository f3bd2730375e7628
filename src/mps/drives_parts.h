/* What drives.c, which runs sessions, and drives_table.c, which knows them, share. Private to
 * them and their test. */
#ifndef MPS_DRIVES_PARTS_H
#define MPS_DRIVES_PARTS_H

#include "core/list.h"
#include "io/fiber.h"
#include "mps/drives.h"

#include <pthread.h>

struct mps_image_use;

#define OWNER_SIZE  256
#define TENANT_SIZE 64
#define REASON_SIZE 512

struct drives_loop {
    struct io_loop *loop;
    unsigned sessions;   /* with a fiber there */
    struct io_wait idle; /* signalled when the last of them is over */
    bool stopping;
};

/* Any loop looks at one that is in the table, so what is not under the lock or atomic is all there
 * before it is entered and stays as it is, or is of one loop. */
struct mps_drives_session {
    struct list link; /* under the lock, as is the next; of the table, or of those that are over */
    unsigned holders; /* the list that it is in and those that look at it */
    struct mps_drives *drives;
    struct drives_loop *home;
    struct guid guid;
    char tenant[TENANT_SIZE]; /* the asker's; "" is one, too */
    bool any_tenant;
    bool absent; /* of the fiber that starts it: the device is for the tenant */
    char owner[OWNER_SIZE];
    char *names[REDIR_DRIVES];
    uint64_t sizes[REDIR_DRIVES];
    bool writable;
    struct redir_ider_options options;
    int64_t since_ms;
    struct redir_ider_counts counts; /* atomic */
    _Atomic uint64_t rate;
    bool ending;               /* under the lock, as are the next */
    bool over;                 /* then `why` and what follows stay as they are */
    char ended_by[OWNER_SIZE]; /* who told it to end */
    char reason[REASON_SIZE];
    int64_t ended_ms; /* wall time */
    uint64_t over_ms; /* io_now */
    /* of the session's own fibers, on the loop that is its home */
    struct io_task task;
    struct mps_image_use *images[REDIR_DRIVES];
    bool ok;
    struct error why;
    /* of the device's loop while the session runs */
    uint64_t counted_read, counted_written;
    uint64_t rate_from_ms, rate_from_bytes;
};

struct mps_drives {
    struct mps *mps;
    struct mps_images *library;
    struct events *events;
    pthread_mutex_t lock;
    struct list sessions; /* under the lock, as are the next */
    unsigned count;
    struct list kept; /* that are over, oldest first */
    unsigned kept_count;
    unsigned loop_count;
    struct drives_loop loops[];
};

void mps_drives_table_init(struct mps_drives *drives);
void mps_drives_table_fini(struct mps_drives *drives);

/* Whether the device could have a session: ERROR_CONFLICT when it has one, ERROR_BUSY when there
 * are as many as may be. */
bool mps_drives_could_enter(struct mps_drives_session *session, struct error *err);

/* Puts it into the table, which holds it; errors as above. From now on others look at it. */
bool mps_drives_enter(struct mps_drives_session *session, struct error *err);

/* Takes it out at that time of io_now. One that the device had opened is kept to be looked at, in
 * place of the one before it of that device; the table's hold ends otherwise. */
void mps_drives_leave(struct mps_drives_session *session, uint64_t now_ms);

/* The device's session, held for the caller, or the last one that is over if `over` allows that.
 * NULL when there is none of that tenant (NULL: any). `now_ms` as above. */
struct mps_drives_session *mps_drives_find(struct mps_drives *drives, const struct guid *guid,
                                           const char *tenant, bool over, uint64_t now_ms);

/* Ends a hold; the last one frees. */
void mps_drives_release(struct mps_drives_session *session);

bool mps_drives_is_ending(struct mps_drives_session *session);
bool mps_drives_is_over(struct mps_drives_session *session);

#endif
