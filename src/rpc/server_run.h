/* What a command does when it is given the URL of a server (rpc.md 1.4, 4). On the run's fiber;
 * false: the run has failed. */
#ifndef RPC_SERVER_RUN_H
#define RPC_SERVER_RUN_H

#include "rpc/rpc.h"

bool rpc_activate_by_server(struct rpc *rpc);
bool rpc_deactivate_by_server(struct rpc *rpc);
bool rpc_sync_clock_by_server(struct rpc *rpc);

#endif
