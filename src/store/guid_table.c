#include "store/guid_table.h"

#include "core/memory.h"
#include "core/random.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

_Static_assert(crypto_shorthash_KEYBYTES == sizeof(((struct guid_table *)0)->key), "SipHash's key");

void guid_table_init(struct guid_table *table)
{
    *table = (struct guid_table){.bucket_count = BUCKETS_FIRST};
    table->buckets = memory_new(BUCKETS_FIRST * sizeof(struct guid_table_entry *));
    random_bytes(table->key, sizeof table->key);
}

void guid_table_fini(struct guid_table *table)
{
    free(table->buckets);
    *table = (struct guid_table){0};
}

static struct guid_table_entry **bucket_of(const struct guid_table *table, const struct guid *guid)
{
    uint64_t hash;
    unsigned char bytes[crypto_shorthash_BYTES];
    crypto_shorthash(bytes, guid->bytes, sizeof guid->bytes, table->key);
    memcpy(&hash, bytes, sizeof hash);
    return &table->buckets[hash & (table->bucket_count - 1)];
}

struct guid_table_entry *guid_table_find(const struct guid_table *table, const struct guid *guid)
{
    struct guid_table_entry *entry = *bucket_of(table, guid);
    while (entry != NULL && !guid_equal(&entry->guid, guid))
        entry = entry->next;
    return entry;
}

static void grow(struct guid_table *table)
{
    struct guid_table_entry **old = table->buckets;
    size_t old_count = table->bucket_count;
    table->bucket_count *= 2;
    table->buckets = memory_new(table->bucket_count * sizeof(struct guid_table_entry *));
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct guid_table_entry *entry = old[i];
            old[i] = entry->next;
            struct guid_table_entry **bucket = bucket_of(table, &entry->guid);
            entry->next = *bucket;
            *bucket = entry;
        }
    }
    free(old);
}

void guid_table_add(struct guid_table *table, struct guid_table_entry *entry)
{
    if (table->count >= table->bucket_count)
        grow(table);
    struct guid_table_entry **bucket = bucket_of(table, &entry->guid);
    entry->next = *bucket;
    *bucket = entry;
    table->count++;
}

void guid_table_remove(struct guid_table *table, struct guid_table_entry *entry)
{
    struct guid_table_entry **at = bucket_of(table, &entry->guid);
    while (*at != NULL && *at != entry)
        at = &(*at)->next;
    if (*at != NULL) {
        *at = entry->next;
        entry->next = NULL;
        table->count--;
    }
}
