/*
 * Running the command again as root, through sudo: what was given as a secret goes along in the
 * environment, never among the arguments. Blocks until the other one has ended; of the program
 * only.
 */
#ifndef RPC_ELEVATE_H
#define RPC_ELEVATE_H

#include "rpc/run/parts.h"

/* The status of the other run; RPC_INCORRECT_PERMISSIONS when there was none, which is said. */
int rpc_elevate(struct rpc *rpc, int argc, char **argv);

#endif
