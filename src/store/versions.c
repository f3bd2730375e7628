#include "store/versions.h"

#include "core/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

#define COUNT 65536u /* half a megabyte */

struct versions {
    _Atomic uint64_t numbers[COUNT];
};

struct versions *versions_new(void)
{
    return memory_new(sizeof(struct versions));
}

void versions_free(struct versions *versions)
{
    free(versions);
}

/* FNV-1a. Who chooses GUIDs such that many share a number makes others read a row once more. */
static uint32_t place_of(const struct guid *guid)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof guid->bytes; i++)
        hash = (hash ^ guid->bytes[i]) * 16777619u;
    return (hash ^ hash >> 16) % COUNT;
}

uint64_t versions_read(const struct versions *versions, const struct guid *guid)
{
    return atomic_load(&versions->numbers[place_of(guid)]);
}

void versions_begin(struct versions *versions, const struct guid *guid)
{
    (void)atomic_fetch_add(&versions->numbers[place_of(guid)], 1);
}

void versions_end(struct versions *versions, const struct guid *guid)
{
    (void)atomic_fetch_add(&versions->numbers[place_of(guid)], 1);
}
