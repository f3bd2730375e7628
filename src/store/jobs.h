/*
 * Jobs: one operation on many devices. A job is a row with what was asked for, and a row per device
 * with what became of it, so that nothing about a job is lost with the process. Who carries jobs
 * out is mps/jobs.h. Part of store/store.h; the same rules: all functions wait, on any loop.
 *
 * Everything is the tenant's: a selection finds the tenant's devices only, and nobody else finds
 * the job.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "store/store.h"

/* Names as clients see them; also the values in the database, so numbers never change. */
#define STORE_JOB_STATES(X)                  \
    X(STORE_JOB_QUEUED, 0, "queued")         \
    X(STORE_JOB_RUNNING, 1, "running")       \
    X(STORE_JOB_CANCELLING, 2, "cancelling") \
    X(STORE_JOB_CANCELLED, 3, "cancelled")   \
    X(STORE_JOB_DONE, 4, "done")

#define STORE_JOB_DEVICE_STATES(X)                \
    X(STORE_JOB_DEVICE_PENDING, 0, "pending")     \
    X(STORE_JOB_DEVICE_RUNNING, 1, "running")     \
    X(STORE_JOB_DEVICE_SUCCEEDED, 2, "succeeded") \
    X(STORE_JOB_DEVICE_FAILED, 3, "failed")       \
    X(STORE_JOB_DEVICE_SKIPPED, 4, "skipped")

enum store_job_state {
#define STORE_JOB_ENUM(constant, number, name) constant = number,
    STORE_JOB_STATES(STORE_JOB_ENUM)
};

enum store_job_device_state { STORE_JOB_DEVICE_STATES(STORE_JOB_ENUM) };
#undef STORE_JOB_ENUM

#define STORE_JOB_DEVICE_STATE_COUNT 5

/* "queued", …; NULL for a number that is none. */
const char *store_job_state_name(enum store_job_state state);
const char *store_job_device_state_name(enum store_job_device_state state);

/* The number of a name; -1 when there is none. */
int store_job_state_of(struct slice name);
int store_job_device_state_of(struct slice name);

#define STORE_JOB_DEVICES_LIMIT 100000  /* of one job; more is ERROR_TOO_LARGE */
#define STORE_JOBS_KEPT         1000    /* of a tenant; of those that are over, the oldest go */
#define STORE_JOB_RESULTS_KEPT  1000000 /* devices of a tenant's jobs; the same */

struct store_job {
    struct guid id;
    const char *tenant_id;
    const char *operation;
    const char *parameters;     /* JSON object */
    const char *selection;      /* JSON object, as asked for; NULL in lists */
    const char *selection_kind; /* its only member but "method": "guids", … */
    int64_t selection_size;     /* how many GUIDs, tags or conditions that has; 1 of "all" */
    const char *created_by;
    uint32_t concurrency;
    uint32_t timeout_s; /* per device */
    uint32_t wait_s;    /* for devices that are not connected */
    enum store_job_state state;
    int64_t created, started, finished; /* ms, or STORE_NEVER */
    uint64_t counts[STORE_JOB_DEVICE_STATE_COUNT];
};

struct store_job_device {
    uint32_t place; /* in the job, from 0 */
    struct guid guid;
    enum store_job_device_state state;
    const char *status;    /* one word or two: "ok", "refused", "not connected"; NULL: none */
    bool has_return_value; /* the device's own */
    int64_t return_value;
    const char *error;         /* a sentence; NULL: none */
    int64_t started, finished; /* ms, or STORE_NEVER */
};

/* A device that a job is to have, in its place. */
struct store_job_place {
    struct guid guid;
    bool is_there; /* the tenant has such a device */
};

/* Adds a queued job on the given devices or, when `guids` is NULL, on all that the filter finds
 * (its top and skip do not count). GUIDs given twice count once; those of no device of the tenant
 * are skipped with a sentence. A job without devices to work on is added, too. `job` gets its
 * counts. A large job is written in pieces, between which others write; it is there when all are.
 */
bool store_job_add(struct store *store, struct store_job *job, const struct guid *guids,
                   size_t count, const struct store_filter *filter, struct error *err);

/* ERROR_NOT_FOUND when the tenant has no such job. */
bool store_job_get(struct store *store, struct arena *arena, const struct guid *id,
                   const char *tenant, struct store_job *job, struct error *err);

/* Newest first. `state` -1: any. */
bool store_job_list(struct store *store, struct arena *arena, const char *tenant, int state,
                    uint32_t top, uint32_t skip, struct store_job **jobs, size_t *count,
                    uint64_t *total, struct error *err);

/* A page of a job's devices in their order. `state` -1: any. Does not look at the tenant. */
bool store_job_devices(struct store *store, struct arena *arena, const struct guid *id, int state,
                       uint32_t top, uint32_t skip, struct store_job_device **devices,
                       size_t *count, uint64_t *total, struct error *err);

/* Removes a job and its results. ERROR_NOT_FOUND; ERROR_CONFLICT when it is not over. */
bool store_job_delete(struct store *store, const struct guid *id, const char *tenant,
                      struct error *err);

/* ---- for whoever carries them out ---- */

/* Jobs that are not over, oldest first, whatever the tenant; without selections. */
bool store_job_unfinished(struct store *store, struct arena *arena, struct store_job **jobs,
                          size_t *count, struct error *err);

/* Sets the state, and the time that goes with it (running: started, unless it has one; cancelled
 * and done: finished). Into STORE_JOB_CANCELLED, devices that still wait become skipped. */
bool store_job_set_state(struct store *store, const struct guid *id, enum store_job_state state,
                         int64_t when_ms, struct error *err);

/* Writes state, status, return value, error and times of devices in one transaction: what was
 * finished, and what is about to be started, which is on disk before it is. A commit survives a
 * killed process, and with `durable` a power failure, too. */
bool store_job_write(struct store *store, const struct guid *id,
                     const struct store_job_device *devices, size_t count, bool durable,
                     struct error *err);

/* A job whose process ended under it: devices that ran become pending again when the operation may
 * be repeated, and failed ("unknown") when not. */
bool store_job_recover(struct store *store, const struct guid *id, bool repeatable, int64_t when_ms,
                       struct error *err);

#endif
