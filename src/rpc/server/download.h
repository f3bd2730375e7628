/*
 * Profiles that a server keeps (rpc.md 1.4): fetched over HTTP(S), run on this machine
 * (rpc/setup/profile.h), and what came of it told to the server's devices API, which has the
 * machine's passwords from then on. On the run's fiber.
 */
#ifndef RPC_SERVER_DOWNLOAD_H
#define RPC_SERVER_DOWNLOAD_H

#include "rpc/run/run.h"
#include "rpc/text/url.h"

/* Passwords that were made here are told to the server; when it doesn't take them, the activation
 * is taken back, and what is left of them is shown (rpc/made/made.h). A machine without a UUID,
 * which no server could know, is left as it is. */
bool rpc_activate_by_profile(struct rpc *rpc, const struct rpc_url *url);

/* Deactivates this machine, and removes it from the server. */
bool rpc_deactivate_at_console(struct rpc *rpc, const struct rpc_url *url);

/* Where --devices-endpoint or --auth-endpoint is an address, and with a login for it, a machine
 * that is deactivated without a server is removed there too (spec rpc 1.4). *known is false where
 * there is none. False: the run has failed. */
bool rpc_console_of_run(struct rpc *rpc, struct rpc_url *server, bool *known);

/* Removes it, AMT being deactivated. False: the run has failed. */
bool rpc_forget_at_console(struct rpc *rpc, const struct rpc_url *server, const char *uuid);

#endif
