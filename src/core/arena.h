/*
 * An arena holds everything that one request or one conversation needs and frees it at once.
 * Pointers into it stay valid until arena_fini. One owner at a time; no locking.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include "core/slice.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes taken from the newest block */
    size_t total;               /* bytes handed out so far, for bounds */
};

void arena_init(struct arena *arena);

/* Frees everything that came from the arena. It can be used again afterwards. */
void arena_fini(struct arena *arena);

/* The same, and overwrites it before: for an arena that secrets have passed through. */
void arena_fini_wiped(struct arena *arena);

/* Zeroed memory aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* Zeroed array; ends the process when count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of the bytes with a NUL after them. */
char *arena_string(struct arena *arena, struct slice s);

/* A copy of the bytes. */
struct slice arena_copy(struct arena *arena, struct slice s);

char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
