/* What the commands below "rpc configure" do, in configure.c and configure_network.c; their options
 * are in the tables beside them. On the run's fiber; false: the run has failed. */
#ifndef RPC_COMMAND_CONFIGURE_H
#define RPC_COMMAND_CONFIGURE_H

#include "rpc/run/run.h"

bool rpc_run_amt_password(struct rpc *rpc);
bool rpc_run_mebx(struct rpc *rpc);
bool rpc_run_amt_features(struct rpc *rpc);
bool rpc_run_enable_amt(struct rpc *rpc);
bool rpc_run_disable_amt(struct rpc *rpc);
bool rpc_run_cira(struct rpc *rpc);
bool rpc_check_cira(struct rpc *rpc);
bool rpc_check_sync_clock(struct rpc *rpc);
bool rpc_run_sync_clock(struct rpc *rpc);
bool rpc_check_tls(struct rpc *rpc);
bool rpc_run_tls(struct rpc *rpc);
bool rpc_run_proxy(struct rpc *rpc);
bool rpc_check_proxy(struct rpc *rpc);
bool rpc_run_host_name(struct rpc *rpc);
bool rpc_run_wired(struct rpc *rpc);
bool rpc_check_wired(struct rpc *rpc);
bool rpc_run_wireless(struct rpc *rpc);
bool rpc_check_wireless(struct rpc *rpc);
bool rpc_run_wifi_sync(struct rpc *rpc);

struct rpc_assistant_login;

/* --ea…: all three or none, and an address. */
bool rpc_check_assistant(struct rpc *rpc);

/* After that; *given is `login`, or NULL. */
bool rpc_read_assistant(struct rpc *rpc, struct rpc_assistant_login *login,
                        const struct rpc_assistant_login **given);

/* Parts (RPC_PROFILE_…) of what v2's -config, -configJson or -configv2 say. */
bool rpc_run_config_v2(struct rpc *rpc, unsigned parts);

#endif
