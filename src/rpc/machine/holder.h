/*
 * Who has what open, by the descriptors that /proc shows of other programs: root is shown all of
 * them, others their own. Blocking. No state; any thread.
 */
#ifndef RPC_MACHINE_HOLDER_H
#define RPC_MACHINE_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Whether a program of that user, but not this one, has the ME's device open to read and write. */
bool rpc_holder_is(uint32_t uid);

/* The programs that have it open: "lms (812), other (5)"; NULL: none that can be seen. */
const char *rpc_holder_list(struct arena *arena);

/* "lms (812)", the program that has this socket; NULL: none that can be seen. */
const char *rpc_holder_of_socket(struct arena *arena, uint64_t inode);

/* "root", or "user 1000". */
const char *rpc_holder_user(struct arena *arena, uint32_t uid);

#endif
