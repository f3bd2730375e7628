/*
 * A conversation with AMT over its own ports that may need the password, and may not: as admin when
 * one is given; else as the host's own account, and when AMT refuses that, the password is asked
 * for. On the run's fiber.
 */
#ifndef RPC_MACHINE_CONVERSE_H
#define RPC_MACHINE_CONVERSE_H

#include "rpc/run/run.h"

struct amt;

/* May be called twice. */
typedef bool rpc_talk(struct amt *amt, void *arg, struct error *err);

/* For what only reads. False: the run has failed: 100 for the login, 71 for the way, 101 for what
 * AMT answers. */
bool rpc_converse(struct rpc *rpc, rpc_talk *talk, void *arg);

/* For what changes something: as admin. */
bool rpc_command_amt(struct rpc *rpc, rpc_talk *talk, void *arg);

/* Fails for a refusal of the device: `what` is its name, `why` (or NULL) in words. Always false. */
bool rpc_fail_refusal(struct rpc *rpc, int64_t return_value, const char *what, const char *why);

#endif
