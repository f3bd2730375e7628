/*
 * Profiles that a server keeps (rpc.md 1.4): fetched over HTTP(S), run on this machine
 * (rpc/profile.h), and what came of it told to the server's devices API, which has the machine's
 * passwords from then on. On the run's fiber.
 */
#ifndef RPC_DOWNLOAD_H
#define RPC_DOWNLOAD_H

#include "rpc/rpc.h"
#include "rpc/url.h"

/* A password that was made here and that the server did not take would be lost: the activation is
 * taken back then. */
bool rpc_activate_by_profile(struct rpc *rpc, const struct rpc_url *url);

/* Deactivates this machine, and removes it from the server. */
bool rpc_deactivate_at_console(struct rpc *rpc, const struct rpc_url *url);

#endif
