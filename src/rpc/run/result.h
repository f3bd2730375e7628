/* The result of commands that do something: a sentence, or an object with it (rpc.md 1.4). */
#ifndef RPC_RUN_RESULT_H
#define RPC_RUN_RESULT_H

#include "rpc/run/run.h"

struct rpc_result_member {
    const char *key, *value; /* NULL: left out */
};

/* --json: {"message": …, "status": "success"} with the members, in the alphabet's order. Otherwise
 * "Status: MESSAGE" in the log. */
void rpc_result(struct rpc *rpc, const char *message, const struct rpc_result_member *members,
                size_t count);

#endif
