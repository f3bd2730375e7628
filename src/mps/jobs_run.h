/* One job while it runs: the fiber that carries it out. Private to src/mps/jobs*.c. */
#ifndef MPS_JOBS_RUN_H
#define MPS_JOBS_RUN_H

#include "core/list.h"
#include "io/loop.h"
#include "io/timer.h"
#include "mps/jobs.h"
#include "mps/jobs_operation.h"

#include <stdatomic.h>

/* A job that is not over, from its making or the start of the process to its end. Owned by struct
 * mps_jobs; while it runs, by its fiber. */
struct jobs_run {
    struct list link; /* in the queue, or among those that run */
    struct mps_jobs *owner;
    const struct mps_jobs_options *options;
    struct guid id;
    char tenant[STORE_TENANT_LIMIT + 1];
    const struct jobs_operation *operation;
    json_t *parameters;
    uint32_t concurrency;
    uint32_t timeout_s;
    uint32_t wait_s;
    bool resumed;          /* it was interrupted by a restart */
    unsigned loop;         /* on which it runs */
    atomic_bool cancelled; /* somebody wants it to end */
    atomic_bool stopping;  /* the process ends */
    struct io_message start;
    struct io_timer retry; /* while its loop has no fiber for it */
    bool has_waited;       /* and it was logged */
};

/* Carries the job out, to its end or until it is told to stop; all results are stored then, as far
 * as the store takes them. On a fiber.
 *
 * The states of a device, each step in a turn of that fiber:
 *
 *   waits --chosen--> CHOSEN --written, still wanted--> WORKING --its fiber is over--> FINISHED
 *     ^                  |                                                                |
 *     |                  +--no longer wanted (whether written or not)--> FINISHED         |
 *     +---------------- written, with its result or as one that waits -------------------+
 *
 * A write that the store refuses is repeated, and nothing begins meanwhile. */
void jobs_run(struct jobs_run *run);

#endif
