/*
 * Files that somebody has named to the run: in a flag, the environment, config.yaml or a profile.
 * One may be a pipe that its writer fills meanwhile, as a shell's <(command) is. On the run's
 * fiber.
 */
#ifndef RPC_RUN_NAMED_FILE_H
#define RPC_RUN_NAMED_FILE_H

#include "rpc/run/run.h"

/* The whole of one of at most `limit` bytes, in the run's arena. A pipe is read to its end, which
 * is waited for a minute, and once in a run: whoever names it again gets the same. ERROR_INVALID
 * with its name and why; ERROR_TIMEOUT, ERROR_CANCELLED. */
bool rpc_named_file_load(struct rpc *rpc, const char *path, size_t limit, struct slice *content,
                         struct error *err);

#endif
