/*
 * What a provisioning server said at last, for people and as an exit code (rpc.md 4.4, rps.md 2.6).
 * An error that the server reports is never success, nor is a success of which a part failed.
 */
#ifndef RPC_SERVER_OUTCOME_H
#define RPC_SERVER_OUTCOME_H

#include "rpc/run/run.h"
#include "rpc/server/message.h"

/* Log lines: a line a part with --compat v2 where the server tells parts, else "Status: …",
 * "Network: …", "CIRA: …", "TLS: …". */
void rpc_outcome_show(struct rpc *rpc, const struct rpc_final *final, bool success);

/* The code of it; `usual` is that of the command when it fails for a reason of no code of its own.
 * Pure. */
enum rpc_exit rpc_outcome_code(const struct rpc_final *final, bool success, enum rpc_exit usual);

#endif
