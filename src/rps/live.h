/*
 * The sessions that run now, one per device: for whoever asks what is going on, and so that two
 * agents never work on one device. The one table that loops share; any thread.
 */
#ifndef RPS_LIVE_H
#define RPS_LIVE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"
#include "core/list.h"

#include <pthread.h>
#include <stdatomic.h>

#define RPS_STEP_SIZE 160 /* of a step's label, cut between characters */

struct rps_live {
    pthread_mutex_t lock;
    struct list running;
};

struct rps_shard;

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
    struct rps_shard *shard;
    bool proven;    /* the agent has a token, or has said a stored password */
    bool answered;  /* AMT has answered it under a login */
    bool gives_way; /* to a proven one */
};

void rps_live_init(struct rps_live *live);
void rps_live_fini(struct rps_live *live);

/* ERROR_CONFLICT with a sentence for the agent when the device has a session already. */
bool rps_live_enter(struct rps_live *live, struct rps_running *running, struct error *err);
/* Of one that is in the table. */
void rps_live_note_answer(struct rps_live *live, struct rps_running *running);

/* For one that is proven and finds its device held: true when the other is neither proven nor
 * answered by AMT, and so has to give way. It is marked; who asks tells it, on its shard's loop,
 * where rps_live_gives_way tells which one it is. */
bool rps_live_displace(struct rps_live *live, const struct guid *guid, struct rps_shard **shard);
bool rps_live_gives_way(struct rps_live *live, const struct rps_running *running,
                        const struct guid *guid);

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
