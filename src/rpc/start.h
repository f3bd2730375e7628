/*
 * How a run starts, in the program as in the library: rpc_start_prepare after rpc_run_init, then
 * rpc_start_main on a fiber.
 */
#ifndef RPC_START_H
#define RPC_START_H

#include "rpc/run/parts.h"

/* Reads arguments, environment and config.yaml. False: the run has failed, and that was said. */
bool rpc_start_prepare(struct rpc *rpc, const char *const *arguments, size_t count);

/* What a prepared run is there for: help, or what the command needs and then the command. On a
 * fiber. */
void rpc_start_main(struct rpc *rpc);

#endif
