/*
 * amtinfo --sync: tells a server's devices API what is known of the machine (rpc.md 1.5). The facts
 * are collected by amtinfo, all of them; here they are sent. On the run's fiber.
 */
#ifndef RPC_SERVER_SYNC_H
#define RPC_SERVER_SYNC_H

#include "rpc/facts/facts.h"

/* Whether the line says where to. False: the run has failed. */
bool rpc_sync_check(struct rpc *rpc);

/* Sends to --url. False: the run has failed; the facts are shown all the same. */
bool rpc_sync(struct rpc *rpc, const struct rpc_facts *facts);

#endif
