#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *at, size_t size)
{
    if (at == NULL && size > 0) {
        fprintf(stderr, "out of memory: %zu bytes were refused\n", size);
        abort();
    }
    return at;
}

void *memory_new(size_t size)
{
    return checked(calloc(1, size), size);
}

void *memory_resize(void *old, size_t size)
{
    return checked(realloc(old, size), size);
}

char *memory_string(struct slice s)
{
    char *copy = memory_new(s.size + 1);
    if (s.size > 0)
        memcpy(copy, s.data, s.size);
    return copy;
}

void memory_wipe(void *at, size_t size)
{
    if (size > 0)
        explicit_bzero(at, size);
}
