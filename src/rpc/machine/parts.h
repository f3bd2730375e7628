/*
 * What machine.c, which asks the ME, and amt.c, which talks to AMT, share: the machine of a
 * run (machine.h). On the run's fiber.
 */
#ifndef RPC_MACHINE_PARTS_H
#define RPC_MACHINE_PARTS_H

#include "rpc/machine/machine.h"
#include "rpc/run/parts.h"

struct rpc_machine {
    struct mei_pthi *pthi;
    bool mode_known;
    unsigned mode;
    bool watchdog_known;
    struct mei_watchdog_flags watchdog;
    struct rpc_access *access;
    bool lms_refused; /* what is at LMS's port isn't logged in to, and there is no other way */
    struct rpc_trust *trust;
    bool is_new;  /* set up by this run */
    bool touched; /* this run has begun to change AMT … */
    bool told;    /* … and has said what AMT is since */
    bool has_turn;
    int turn;               /* the lock of rpc/machine/turn.h */
    struct slice made_root; /* PEM, of the CA that this run has made for AMT */
};

/* Made when it is first asked for. */
struct rpc_machine *rpc_machine_of(struct rpc *rpc);

/* What the machine makes of a failure (rpc->exit_of): rpc_exit_of_step, and
 * RPC_LMS_CONNECTION_FAILED in place of RPC_AMT_CONNECTION_FAILED when what is at LMS's port isn't
 * logged in to. */
enum rpc_exit rpc_exit_of_failure(const struct rpc *rpc, enum rpc_exit code,
                                  const struct error *err);

/* Closes the way to AMT's ports and drops the trust. */
void rpc_machine_close_way(struct rpc_machine *machine);

#endif
