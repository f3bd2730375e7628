/*
 * The commands that have a server do it (rpc.md 4). Each finds the way to AMT first, and speaks to
 * the server then. On the run's fiber.
 */
#ifndef RPC_SERVER_RUN_H
#define RPC_SERVER_RUN_H

#include "rpc/run/run.h"

/* What of it the line alone shows to be wrong is said by its …_check, before the machine is looked
 * at. False: the run has failed. */

/* rpc activate with --url: ws(s) is a provisioning server, http(s) a profile
 * (rpc/server/download.h). */
bool rpc_activate_by_server_check(struct rpc *rpc);
bool rpc_activate_by_server(struct rpc *rpc);

/* rpc deactivate with --url. */
bool rpc_deactivate_by_server_check(struct rpc *rpc);
bool rpc_deactivate_by_server(struct rpc *rpc);

/* rpc configure sync-clock with --url, and rpc maintenance …. */
bool rpc_by_server_check(struct rpc *rpc);
bool rpc_sync_ip_by_server_check(struct rpc *rpc);
bool rpc_sync_clock_by_server(struct rpc *rpc);
bool rpc_sync_hostname_by_server(struct rpc *rpc);
bool rpc_sync_ip_by_server(struct rpc *rpc);
bool rpc_change_password_by_server(struct rpc *rpc);
bool rpc_sync_device_info_by_server(struct rpc *rpc);

#endif
