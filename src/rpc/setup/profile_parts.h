/*
 * What is inside one run of a profile (rpc/setup/profile.h): for profile*.c only. On the run's
 * fiber.
 */
#ifndef RPC_SETUP_PROFILE_PARTS_H
#define RPC_SETUP_PROFILE_PARTS_H

#include "rpc/setup/activation.h"
#include "rpc/setup/profile.h"

#define RPC_PROFILE_STEPS_MOST 64

struct rpc_profile_told {
    const char *step;
    const char *fault; /* NULL: it is done */
};

struct rpc_profile_work {
    struct rpc *rpc;
    const json_t *configuration;
    struct rpc_profile_outcome *outcome;
    struct rpc_profile_told told[RPC_PROFILE_STEPS_MOST];
    size_t count;
    bool was_active;
    struct rpc_activation_given given; /* what AMT has of the outcome's passwords */
    enum rpc_has mps;                  /* whether AMT has this run's password of CIRA */
    bool partial; /* one of several that are asked for by themselves: code 112 */
    bool gone;    /* AMT cannot be reached, or set up, or the run is to end */
};

typedef bool rpc_profile_step(struct rpc_profile_work *work, const void *what,
                              struct rpc_fault *fault);

/* A member of the configuration, or with `second` one of that member; NULL: not there. */
const json_t *rpc_profile_part(const struct rpc_profile_work *work, const char *first,
                               const char *second);

/* A step's result, for the log and the list; NULL: it is done. The first fault has the say over the
 * run's code. */
void rpc_profile_tell(struct rpc_profile_work *work, const char *name,
                      const struct rpc_fault *fault);

/* ---- profile_passwords.c ---- */

/* Which control mode and which passwords it is to have; those that the profile leaves to us are
 * made. `keeper`: they will be told to it. False: the run has failed, and AMT is as it was. */
bool rpc_profile_prepare(struct rpc_profile_work *work, const struct rpc_profile_keeper *keeper,
                         unsigned *mode);

rpc_profile_step rpc_profile_activate;

/* An AMT that is activated has the profile's password, or the one that is given, and gets the
 * profile's. */
rpc_profile_step rpc_profile_align_password;

rpc_profile_step rpc_profile_set_mebx;

/* ---- profile_conclude.c ---- */

/* What came of it is told to the keeper (NULL: there is none), as a step, and printed. No password
 * that was made is lost (rpc/made/made.h). False: the run has failed. */
bool rpc_profile_conclude(struct rpc_profile_work *work, const struct rpc_profile_keeper *keeper);

#endif
