/*
 * Jobs: one operation on many devices (store/jobs.h keeps them). A job runs as a fiber of one of
 * the server's loops, which starts a fiber per device, never more than the job's concurrency. Of
 * all jobs a few run side by side; the others wait in the order in which they were made.
 *
 *   QUEUED --its turn--> RUNNING --every device has a result--> DONE
 *     |                    |
 *     +-----cancel---------+--> CANCELLING --devices in work have ended--> CANCELLED
 *
 * A device is marked as running on disk before anything is done to it, so that a server that was
 * killed knows afterwards what it may have done. It then goes on with the jobs that were not over:
 * devices that were in work are taken again where the operation may be repeated, and get the result
 * "unknown" where not. A password that comes with a job is sealed for as long as the job is not
 * over, and is not among its parameters.
 *
 * One struct for the process; calls from fibers of any loop unless noted.
 */
#ifndef MPS_JOBS_H
#define MPS_JOBS_H

#include "store/jobs.h"

struct events;
struct io_loop;
struct mps;
struct mps_jobs;

#define MPS_JOBS_CONCURRENCY_DEFAULT 20
#define MPS_JOBS_CONCURRENCY_MOST    1000
#define MPS_JOBS_TIMEOUT_DEFAULT     120 /* seconds per device */
#define MPS_JOBS_TIMEOUT_MOST        3600
#define MPS_JOBS_WAIT_MOST           86400

struct mps_jobs_options {
    struct mps *mps;
    struct store *store;
    struct events *events;
    unsigned loop_count;
    unsigned running_limit; /* jobs that run at once; default 8 */
    unsigned queue_limit;   /* jobs that wait; more are refused with ERROR_BUSY; default 100 */
    unsigned grace_s;       /* how long a job that goes on after a restart waits for devices to
                               call in again; default 120 */
    unsigned finish_ms;     /* for devices in work when the process ends; default 2000 */
};

struct mps_jobs *mps_jobs_new(const struct mps_jobs_options *options);

/* When no loop runs jobs any more. NULL is allowed. */
void mps_jobs_free(struct mps_jobs *jobs);

/* Jobs may run on this loop. Before mps_jobs_resume. */
void mps_jobs_attach(struct mps_jobs *jobs, unsigned index, struct io_loop *loop);

/* Goes on with the jobs that were not over. Once, before any of the calls below succeeds. */
bool mps_jobs_resume(struct mps_jobs *jobs, struct error *err);

/* Begins no further device, lets those in work finish for finish_ms, cancels them then and waits,
 * at most until the fiber's deadline. The jobs go on at the next start. On a fiber of loop `index`,
 * for each of them. */
void mps_jobs_stop(struct mps_jobs *jobs, unsigned index);

/* Stores the job (its id, state and times are given here) and has it run; see store_job_add.
 * ERROR_INVALID when there is no such operation; ERROR_BUSY when too many jobs wait. */
bool mps_jobs_submit(struct mps_jobs *jobs, struct store_job *job, const struct guid *guids,
                     size_t count, const struct store_filter *filter, struct error *err);

/* Cancels a job that is not over. One that runs, or whose state the store refuses, is told so in
 * memory and ends as soon as its devices have. ERROR_CONFLICT when the tenant has no such job or it
 * is over. */
bool mps_jobs_cancel(struct mps_jobs *jobs, const struct guid *id, const char *tenant,
                     struct error *err);

/* Somebody has cancelled it and it is not over. */
bool mps_jobs_is_cancelling(struct mps_jobs *jobs, const struct guid *id);

#endif
