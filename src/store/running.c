#include "store/running.h"

#include "core/memory.h"
#include "store/guid_table.h"

#include <pthread.h>
#include <stdlib.h>

struct running {
    pthread_mutex_t lock;
    struct guid_table devices;
};

struct running *running_new(void)
{
    struct running *running = memory_new(sizeof *running);
    pthread_mutex_init(&running->lock, NULL);
    guid_table_init(&running->devices);
    return running;
}

static struct guid_table_entry *take_any(struct guid_table *table)
{
    for (size_t i = 0; i < table->bucket_count; i++)
        if (table->buckets[i] != NULL)
            return table->buckets[i];
    return NULL;
}

void running_free(struct running *running)
{
    if (running == NULL)
        return;
    for (struct guid_table_entry *entry = take_any(&running->devices); entry != NULL;
         entry = take_any(&running->devices)) {
        guid_table_remove(&running->devices, entry);
        free(entry);
    }
    guid_table_fini(&running->devices);
    pthread_mutex_destroy(&running->lock);
    free(running);
}

bool running_add(struct running *running, const struct guid *guid)
{
    pthread_mutex_lock(&running->lock);
    bool is_free = guid_table_find(&running->devices, guid) == NULL;
    if (is_free) {
        struct guid_table_entry *entry = memory_new(sizeof *entry);
        entry->guid = *guid;
        guid_table_add(&running->devices, entry);
    }
    pthread_mutex_unlock(&running->lock);
    return is_free;
}

void running_remove(struct running *running, const struct guid *guid)
{
    pthread_mutex_lock(&running->lock);
    struct guid_table_entry *entry = guid_table_find(&running->devices, guid);
    if (entry != NULL) {
        guid_table_remove(&running->devices, entry);
        free(entry);
    }
    pthread_mutex_unlock(&running->lock);
}

bool running_has(struct running *running, const struct guid *guid)
{
    pthread_mutex_lock(&running->lock);
    bool has = guid_table_find(&running->devices, guid) != NULL;
    pthread_mutex_unlock(&running->lock);
    return has;
}
