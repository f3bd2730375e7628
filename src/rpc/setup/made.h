/*
 * Passwords that are made here. Nobody else knows them, so from the moment on that AMT may have one
 * the run holds it, and does not end, by whatever, before it was told to a server
 * (rpc_made_known), taken back with the activation (rpc_made_take_back), or shown (rpc_made_show):
 * printed, else in a file for its owner alone, else on standard error. A second signal, which ends
 * the process at once, has them put into such a file first (rpc_made_rescue).
 *
 * What is held is never changed but replaced as a whole, so that the handler of a signal can read
 * it at any time. On the run's fiber, but for rpc_made_rescue.
 */
#ifndef RPC_SETUP_MADE_H
#define RPC_SETUP_MADE_H

#include "rpc/rpc.h"

enum rpc_made_kind { RPC_MADE_AMT, RPC_MADE_MEBX, RPC_MADE_MPS, RPC_MADE_KINDS };

/* False: nobody would see what is printed (standard output is closed, full, /dev/null or a pipe
 * that nobody reads), and the run has failed. Before AMT is changed. */
bool rpc_made_can_be_shown(struct rpc *rpc);

/* Before AMT is given it. */
void rpc_made_hold(struct rpc *rpc, enum rpc_made_kind kind, struct slice password);

/* AMT has not got it. */
void rpc_made_drop(struct rpc *rpc, enum rpc_made_kind kind);

/* Somebody else knows all of them. */
void rpc_made_known(struct rpc *rpc);

/* What is held and nobody knows; NULL: none. In the run's arena. */
const char *rpc_made_password(const struct rpc *rpc, enum rpc_made_kind kind);
bool rpc_made_any(const struct rpc *rpc);

/* Deactivates AMT. The MEBx password outlives that and is held on; false: the others are too. */
bool rpc_made_take_back(struct rpc *rpc);

/* The run's output has what is held, and is written out. If it cannot be: into the file, which is
 * named in the log; else, where AMT was activated by this run, taken back; else standard error. */
void rpc_made_show(struct rpc *rpc, bool may_take_back);

/* For handlers of signals: puts what is held into the file, or on standard error, and says so.
 * False: it could not; the run has to go on. True without anything held. */
bool rpc_made_rescue(const struct rpc *rpc);

#endif
