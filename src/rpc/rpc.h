/*
 * The agent as a whole: one command, by its arguments, as a program or within another one. Nothing
 * but rpc_main changes what belongs to the process.
 */
#ifndef RPC_RPC_H
#define RPC_RPC_H

#include "core/buffer.h"

/* The program: options from `argv`, whose secrets are overwritten; output to the process's own
 * descriptors; SIGINT, SIGTERM and SIGHUP cancel the command, which undoes what it has to, and then
 * the process ends by that signal. */
int rpc_main(int argc, char **argv);

/* The library: runs one command on the calling thread, which must have no loop, and returns its
 * code. `arguments` are without the program's name. What would be on standard output and standard
 * error is added to `out` and `log`. Never asks anybody. */
int rpc_execute(const char *const *arguments, size_t count, struct buffer *out, struct buffer *log);

#endif
