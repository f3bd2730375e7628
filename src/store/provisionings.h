/*
 * Provisioning sessions of devices: the one that runs, written down as it goes on so that a killed
 * server can say where it was, and the last ones that are over. Part of store/store.h; the same
 * rules: all functions wait (on a fiber), on any loop. A commit survives a killed process, not
 * always a power failure (passwords do: store/passwords.h).
 */
#ifndef STORE_PROVISIONINGS_H
#define STORE_PROVISIONINGS_H

#include "store/store.h"

#define STORE_PROVISIONINGS_KEPT       20 /* of a device; the oldest go … */
#define STORE_PROVISIONINGS_SOLID      10 /* … but not for others so many that are proven or good */
#define STORE_PROVISIONINGS_LIMIT      200000 /* of all devices; the oldest go, unproven ones first */
#define STORE_PROVISIONING_STEPS_LIMIT 16384 /* bytes of the JSON text of steps */
#define STORE_PROVISIONING_MESSAGE_LIMIT \
    16384 /* bytes of what was told at the end, which may be JSON; cut */
#define STORE_PROVISIONING_TEXT_LIMIT 1024 /* of every other text, in bytes; cut */

/* Names as clients see them; also the values in the database, so numbers never change. */
#define STORE_OUTCOMES(X)                  \
    X(STORE_OUTCOME_RUNNING, 0, "running") \
    X(STORE_OUTCOME_SUCCESS, 1, "success") \
    X(STORE_OUTCOME_FAILURE, 2, "failure") \
    X(STORE_OUTCOME_INTERRUPTED, 3, "interrupted") /* the process ended under it */

enum store_outcome {
#define STORE_OUTCOME_ENUM(constant, number, name) constant = number,
    STORE_OUTCOMES(STORE_OUTCOME_ENUM)
#undef STORE_OUTCOME_ENUM
};

/* "running", …; NULL for a number that is none. */
const char *store_outcome_name(enum store_outcome outcome);

struct store_provisioning {
    int64_t number; /* grows; given by _begin */
    struct guid guid;
    const char *tenant_id;
    const char *command;       /* "activate", "deactivate", "maintenance", "rotate-password" */
    const char *profile;       /* NULL: null */
    int64_t started, finished; /* ms, or STORE_NEVER */
    enum store_outcome outcome;
    bool proven;         /* whoever did it has proved to speak for the device, or is an operator */
    const char *step;    /* the last that was begun; NULL: none yet */
    const char *message; /* what was told at the end; NULL: nothing */
    const char *steps;   /* JSON array, one object per step: what and when, and its error; as given
                            to _finish, "[]" before */
};

/* Marks that a session has begun (guid, tenant_id, command, profile, started, step, proven), by who
 * holds the device (store/holds.h). One that was left by a process that ended is closed as
 * "interrupted" and given in *interrupted, which has `number` 0 when there was none. *provisioning
 * gets its number. Who begins finishes it. */
bool store_provisioning_begin(struct store *store, struct arena *arena,
                              struct store_provisioning *provisioning,
                              struct store_provisioning *interrupted, struct error *err);

/* A step of it begins. */
bool store_provisioning_step(struct store *store, const struct store_provisioning *provisioning,
                             const char *step, struct error *err);

/* It is over: outcome, finished, step, message and steps are written. Steps that are too long are
 * ERROR_TOO_LARGE and left out. */
bool store_provisioning_finish(struct store *store, const struct store_provisioning *provisioning,
                               struct error *err);

/* Newest first, also the one that runs. `guid` NULL: of all the tenant's devices; `tenant` NULL: of
 * any tenant; `outcome` -1: any. */
bool store_provisioning_list(struct store *store, struct arena *arena, const struct guid *guid,
                             const char *tenant, int outcome, uint32_t top, uint32_t skip,
                             struct store_provisioning **provisionings, size_t *count,
                             uint64_t *total, struct error *err);

#endif
