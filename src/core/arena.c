#include "core/arena.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first block is small, since most conversations need little; later ones double up to this. */
#define BLOCK_FIRST   1024
#define BLOCK_LARGEST ((size_t)256 * 1024)

struct arena_block {
    struct arena_block *older;
    size_t size;
    max_align_t data[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){NULL, 0, 0};
}

void arena_fini(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *older = arena->blocks->older;
        free(arena->blocks);
        arena->blocks = older;
    }
    arena_init(arena);
}

void arena_fini_wiped(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks; block != NULL; block = block->older)
        memory_wipe(block->data, block->size);
    arena_fini(arena);
}

static void add_block(struct arena *arena, size_t at_least)
{
    size_t size = arena->blocks == NULL ? BLOCK_FIRST : arena->blocks->size * 2;
    if (size > BLOCK_LARGEST)
        size = BLOCK_LARGEST;
    if (size < at_least)
        size = at_least;
    struct arena_block *block = memory_new(sizeof *block + size);
    block->older = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = sizeof(max_align_t);
    if (size > SIZE_MAX / 2)
        abort();
    size_t rounded = (size + align - 1) / align * align;
    if (arena->blocks == NULL || arena->blocks->size - arena->used < rounded)
        add_block(arena, rounded);
    uint8_t *at = (uint8_t *)arena->blocks->data + arena->used;
    arena->used += rounded;
    arena->total += rounded;
    return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        abort();
    return arena_alloc(arena, bytes);
}

char *arena_string(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.size + 1);
    if (s.size > 0)
        memcpy(copy, s.data, s.size);
    return copy;
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    return slice_of(arena_string(arena, s), s.size);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        abort();
    char *text = arena_alloc(arena, (size_t)length + 1);
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
