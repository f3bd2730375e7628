/*
 * Heap allocation for the whole program. Running out of memory ends the process with a message:
 * what keeps memory in bounds are the named limits on queues, messages and connections, not the
 * error paths of malloc. Any thread.
 */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "core/slice.h"

/* Zeroed memory, owned by the caller, freed with free(). Never NULL. */
void *memory_new(size_t size);

/* Like realloc(), never NULL for size > 0. */
void *memory_resize(void *old, size_t size);

/* A heap copy of `s` with a NUL after it, owned by the caller. */
char *memory_string(struct slice s);

/* Overwrites a secret in a way the compiler keeps. */
void memory_wipe(void *at, size_t size);

#endif
