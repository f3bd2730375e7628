/*
 * The sessions that run now, for whoever asks what is going on; who has the device is
 * store/holds.h's to say. Shared by all loops; any thread.
 */
#ifndef RPS_LIVE_H
#define RPS_LIVE_H

#include "core/arena.h"
#include "core/guid.h"
#include "core/list.h"

#include <pthread.h>
#include <stdatomic.h>

#define RPS_STEP_SIZE 160 /* of a step's label, cut between characters */

struct rps_live {
    pthread_mutex_t lock;
    struct list running;
};

/* A session's entry. Its owner changes it by the functions below only. */
struct rps_running {
    struct list link; /* first */
    struct guid guid;
    const char *command; /* constant */
    char tenant[37];
    char profile[65];
    char step[RPS_STEP_SIZE];
    int64_t started_ms;             /* since 1970 */
    int64_t since_ms;               /* of the step */
    const atomic_ullong *waited_ms; /* for the device, so far */
};

void rps_live_init(struct rps_live *live);
void rps_live_fini(struct rps_live *live);

void rps_live_enter(struct rps_live *live, struct rps_running *running);
void rps_live_leave(struct rps_live *live, struct rps_running *running);

void rps_live_step(struct rps_live *live, struct rps_running *running, const char *label);

struct rps_live_facts {
    struct guid guid;
    const char *command, *profile, *step; /* in the arena; NULL: none */
    int64_t started_ms, since_ms;
    uint64_t waited_ms;
};

/* Those of a tenant, the longest running first; in the arena. `guid` NULL: all. */
void rps_live_list(struct rps_live *live, struct arena *arena, const char *tenant,
                   const struct guid *guid, struct rps_live_facts **list, size_t *count);

#endif
