/*
 * A hash table of entries that live in their owners, by GUID. Grows with its content; the hash is
 * keyed, so nobody can choose GUIDs that collide. No locking.
 */
#ifndef STORE_GUID_TABLE_H
#define STORE_GUID_TABLE_H

#include "core/guid.h"

struct guid_table_entry {
    struct guid_table_entry *next;
    struct guid guid;
};

struct guid_table {
    struct guid_table_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    uint8_t key[16];
};

void guid_table_init(struct guid_table *table);

/* Frees the table, not the entries. */
void guid_table_fini(struct guid_table *table);

/* NULL when there is none. */
struct guid_table_entry *guid_table_find(const struct guid_table *table, const struct guid *guid);

/* Adds an entry whose GUID is set and not yet there. */
void guid_table_add(struct guid_table *table, struct guid_table_entry *entry);

/* Takes out an entry that is there. */
void guid_table_remove(struct guid_table *table, struct guid_table_entry *entry);

#endif
