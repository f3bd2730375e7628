#include "mps/registry.h"

#include "core/memory.h"
#include "core/random.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define STRIPES        64
#define FIRST_CAPACITY 16 /* entries per stripe, a power of two */

struct entry {
    struct guid guid;
    struct mps_handle handle; /* generation 0: empty */
};

/* Open addressing with linear probing; removal shifts the run back, so there are no tombstones. */
struct stripe {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t capacity;
    size_t count;
};

struct mps_registry {
    struct stripe stripes[STRIPES];
    uint64_t seed;
    _Atomic uint64_t count;
    _Atomic uint64_t generation; /* of the newest login; drawn with the device's stripe locked */
};

struct mps_registry *mps_registry_new(void)
{
    struct mps_registry *registry = memory_new(sizeof *registry);
    random_bytes(&registry->seed, sizeof registry->seed);
    for (size_t i = 0; i < STRIPES; i++)
        (void)pthread_mutex_init(&registry->stripes[i].lock, NULL);
    return registry;
}

void mps_registry_free(struct mps_registry *registry)
{
    if (registry == NULL)
        return;
    for (size_t i = 0; i < STRIPES; i++) {
        (void)pthread_mutex_destroy(&registry->stripes[i].lock);
        free(registry->stripes[i].entries);
    }
    free(registry);
}

static uint64_t hash_of(const struct mps_registry *registry, const struct guid *guid)
{
    uint64_t halves[2];
    memcpy(halves, guid->bytes, sizeof halves);
    uint64_t hash = registry->seed ^ halves[0];
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= (hash >> 32) ^ halves[1];
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

static bool is_empty(const struct entry *entry)
{
    return entry->handle.generation == 0;
}

/* The entry of `guid`, or the empty one where it belongs. The stripe has at least one empty. */
static struct entry *place_of(struct stripe *stripe, const struct guid *guid, uint64_t hash)
{
    size_t at = (size_t)(hash / STRIPES) & (stripe->capacity - 1);
    while (!is_empty(&stripe->entries[at]) && !guid_equal(&stripe->entries[at].guid, guid))
        at = (at + 1) & (stripe->capacity - 1);
    return &stripe->entries[at];
}

static void grow(struct mps_registry *registry, struct stripe *stripe)
{
    struct stripe old = *stripe;
    stripe->capacity = old.capacity == 0 ? FIRST_CAPACITY : old.capacity * 2;
    stripe->entries = memory_new(stripe->capacity * sizeof *stripe->entries);
    for (size_t i = 0; i < old.capacity; i++) {
        struct entry *entry = &old.entries[i];
        if (!is_empty(entry))
            *place_of(stripe, &entry->guid, hash_of(registry, &entry->guid)) = *entry;
    }
    free(old.entries);
}

static struct stripe *lock_stripe(struct mps_registry *registry, uint64_t hash)
{
    struct stripe *stripe = &registry->stripes[hash % STRIPES];
    (void)pthread_mutex_lock(&stripe->lock);
    return stripe;
}

bool mps_registry_put(struct mps_registry *registry, const struct guid *guid,
                      struct mps_handle *handle, struct mps_handle *previous)
{
    uint64_t hash = hash_of(registry, guid);
    struct stripe *stripe = lock_stripe(registry, hash);
    if ((stripe->count + 1) * 4 > stripe->capacity * 3)
        grow(registry, stripe);
    struct entry *entry = place_of(stripe, guid, hash);
    bool replaced = !is_empty(entry);
    if (replaced) {
        *previous = entry->handle;
    } else {
        stripe->count++;
        atomic_fetch_add(&registry->count, 1);
    }
    handle->generation = atomic_fetch_add(&registry->generation, 1) + 1;
    entry->guid = *guid;
    entry->handle = *handle;
    (void)pthread_mutex_unlock(&stripe->lock);
    return replaced;
}

bool mps_registry_find(struct mps_registry *registry, const struct guid *guid,
                       struct mps_handle *handle)
{
    uint64_t hash = hash_of(registry, guid);
    struct stripe *stripe = lock_stripe(registry, hash);
    struct entry *entry = stripe->count == 0 ? NULL : place_of(stripe, guid, hash);
    bool found = entry != NULL && !is_empty(entry);
    if (found)
        *handle = entry->handle;
    (void)pthread_mutex_unlock(&stripe->lock);
    return found;
}

/* Empties `entry` and moves later members of its run back, so that each is still reached from
 * where its hash points. */
static void erase(struct mps_registry *registry, struct stripe *stripe, struct entry *entry)
{
    size_t mask = stripe->capacity - 1;
    size_t hole = (size_t)(entry - stripe->entries);
    for (size_t at = (hole + 1) & mask; !is_empty(&stripe->entries[at]); at = (at + 1) & mask) {
        size_t home = (size_t)(hash_of(registry, &stripe->entries[at].guid) / STRIPES) & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            stripe->entries[hole] = stripe->entries[at];
            hole = at;
        }
    }
    memset(&stripe->entries[hole], 0, sizeof stripe->entries[hole]);
    stripe->count--;
}

bool mps_registry_remove(struct mps_registry *registry, const struct guid *guid,
                         struct mps_handle handle)
{
    uint64_t hash = hash_of(registry, guid);
    struct stripe *stripe = lock_stripe(registry, hash);
    struct entry *entry = stripe->count == 0 ? NULL : place_of(stripe, guid, hash);
    bool ours = entry != NULL && !is_empty(entry) && entry->handle.generation == handle.generation;
    if (ours) {
        erase(registry, stripe, entry);
        atomic_fetch_sub(&registry->count, 1);
    }
    (void)pthread_mutex_unlock(&stripe->lock);
    return ours;
}

uint64_t mps_registry_count(struct mps_registry *registry)
{
    return atomic_load(&registry->count);
}

uint64_t mps_registry_logins(const struct mps_registry *registry)
{
    return atomic_load(&registry->generation);
}
