/*
 * What both libraries do (rpc.h beside this): a command line as one text, run on the calling
 * thread. Any thread, several at once.
 */
#ifndef RPC_LIBRARY_CALL_H
#define RPC_LIBRARY_CALL_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"

/* Parts a line by the rules of rpc.h. `arguments` lives in the arena. */
bool rpc_call_arguments(struct arena *arena, const char *line, const char ***arguments,
                        size_t *count, struct error *err);

/* Runs `line`, with v2's words if is_v2, and returns its code. `out` and `log` may be the same
 * buffer. */
int rpc_call(const char *line, bool is_v2, struct buffer *out, struct buffer *log);

/* The code of rpcCheckAccess. */
int rpc_call_check(void);

/* A copy for rpc_call_free; empties the buffer. Never NULL. */
char *rpc_call_text(struct buffer *text);

/* Overwrites it, since output and log may hold secrets, and frees it. NULL is allowed. */
void rpc_call_free(char *text);

void rpc_call_buffer_init(struct buffer *text);

#endif
