/*
 * What a job can do to a device: one table of operations, each a check of its parameters and a
 * function over struct amt. Parameters are a JSON object that is checked when the job is made and
 * only read from then on, by several threads at once. Private to src/mps and its routes; constant
 * data and functions on a fiber.
 */
#ifndef MPS_JOBS_OPERATION_H
#define MPS_JOBS_OPERATION_H

#include "amt/amt.h"
#include "core/guid.h"

#include <jansson.h>

struct store;

/* What became of one device, beyond success or error. */
struct jobs_outcome {
    bool has_return_value; /* the device's own; other than 0: it refused */
    int64_t return_value;
    const char *return_text; /* in the arena or constant; NULL: none */
    const char *description; /* the refusal in words, also; NULL: none */
};

/* What is wrong with parameters. */
struct jobs_complaint {
    const char *field; /* "action"; in the JSON or constant */
    const char *message;
};

/* Where an operation that has to do with the store is carried out. */
struct jobs_place {
    struct store *store;
    const struct guid *job;
    const struct guid *device;
    const char *tenant;
};

struct jobs_operation {
    const char *name;
    bool repeatable; /* may be done again to a device when nobody knows whether it was done */
    bool forgets;    /* a device that it was done to is nobody's any more: its row is deleted */
    bool (*check)(const json_t *parameters, struct jobs_complaint *complaint);
    /* Borrowed parameters that `check` has passed. */
    bool (*run)(struct amt *amt, struct arena *arena, const json_t *parameters,
                struct jobs_outcome *outcome, struct error *err);
    /* The same of an operation that needs the store; `run` is NULL then. */
    bool (*run_at)(const struct jobs_place *place, struct amt *amt, struct arena *arena,
                   const json_t *parameters, struct error *err);
    const char *secret; /* the parameter that is kept apart (mps/jobs_secret.h); NULL: none */
};

/* NULL when there is none of that name. */
const struct jobs_operation *jobs_operation_find(struct slice name);

#endif
