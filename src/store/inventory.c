#include "store/inventory.h"

#include "core/clock.h"
#include "core/list.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "core/thread.h"
#include "store/call.h"
#include "store/guid_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(pending_rows, METRIC_GAUGE, "outband_store_inventory_pending", NULL,
              "Devices with facts that are not written yet.")
METRIC_DEFINE(failures, METRIC_COUNTER, "outband_store_inventory_failures_total", NULL,
              "Batches of facts that the database refused; each is tried again.")
METRIC_DEFINE(duration, METRIC_HISTOGRAM, "outband_store_calls_seconds", "call=\"inventory\"",
              "Seconds that calls to the store took on their worker.")

#define BATCH_ROWS 200 /* a write transaction of some ten milliseconds */
#define RETRY_MS   500
#define FLUSH_MS   10000
#define LOG_GAP_MS 60000

#define LEARNED_AT "learnedAt"
/* The same in the section deviceInfo, whose keys are the toolkit's. */
#define LAST_UPDATED "lastUpdated"

struct pending {
    struct guid_table_entry entry;
    struct list order;
    struct store_inventory_change change;
};

struct inventory {
    struct inventory_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;    /* the writer: there is something to do */
    pthread_cond_t written; /* whoever flushes: a batch is on disk */
    /* under the lock */
    struct guid_table table;
    struct list order; /* struct pending, oldest first */
    uint64_t added;    /* changes that ever became pending */
    uint64_t finished; /* … and were written or given up, in the same order */
    bool flushing;
    bool closing;
    uint64_t logged_ms; /* the writer's own; 0: not failing */
};

/* ---- merging ---- */

static bool is_time(const char *key)
{
    return strcmp(key, LEARNED_AT) == 0 || strcmp(key, LAST_UPDATED) == 0;
}

/* Both in the same minute: "2024-01-03T00:44" is the same. */
static bool is_recent(const json_t *old, const json_t *new)
{
    return json_is_string(old) && json_is_string(new) &&
           strncmp(json_string_value(old), json_string_value(new), 16) == 0;
}

/* True when a fact is new, or when the facts were last seen in another minute. */
static bool says_more(const json_t *old, const json_t *section)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)section, key, value)
    {
        const json_t *before = json_object_get(old, key);
        if (is_time(key) ? !is_recent(before, value) : !json_equal(before, value))
            return true;
    }
    return false;
}

bool inventory_merge(json_t *document, const json_t *sections)
{
    bool changed = false;
    const char *name;
    json_t *section;
    json_object_foreach((json_t *)sections, name, section)
    {
        json_t *old = json_object_get(document, name);
        if (!json_is_object(old))
            changed = json_object_set_new(document, name, json_deep_copy(section)) == 0 || changed;
        else if (says_more(old, section))
            changed = json_object_update(old, section) == 0 || changed;
    }
    return changed;
}

/* Every section says when; so does deviceInfo, in its own words. */
static void stamp(json_t *sections, int64_t when_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(when_ms, text);
    for (void *at = json_object_iter(sections); at != NULL;
         at = json_object_iter_next(sections, at)) {
        bool is_info = strcmp(json_object_iter_key(at), "deviceInfo") == 0;
        (void)json_object_set_new(json_object_iter_value(at), is_info ? LAST_UPDATED : LEARNED_AT,
                                  json_string(text));
    }
}

/* ---- the queue ---- */

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* Newer facts replace older ones, section by section. */
static void merge_pending(json_t *pending, const json_t *sections)
{
    const char *name;
    json_t *section;
    json_object_foreach((json_t *)sections, name, section)
    {
        json_t *before = json_object_get(pending, name);
        if (before == NULL)
            json_object_set(pending, name, section);
        else
            json_object_update(before, section);
    }
}

static struct pending *add_pending(struct inventory *inventory, const struct guid *guid,
                                   const char *tenant)
{
    struct pending *pending = memory_new(sizeof *pending);
    pending->entry.guid = *guid;
    pending->change.guid = *guid;
    (void)snprintf(pending->change.tenant_id, sizeof pending->change.tenant_id, "%s", tenant);
    guid_table_add(&inventory->table, &pending->entry);
    list_append(&inventory->order, &pending->order);
    inventory->added++;
    metric_add(&pending_rows, 1);
    if (inventory->table.count == 1 || inventory->table.count == BATCH_ROWS)
        pthread_cond_signal(&inventory->work);
    return pending;
}

static void note(struct inventory *inventory, const struct guid *guid, const char *tenant,
                 json_t *sections)
{
    pthread_mutex_lock(&inventory->lock);
    struct guid_table_entry *found = guid_table_find(&inventory->table, guid);
    struct pending *pending = found == NULL ? add_pending(inventory, guid, tenant)
                                            : LIST_ENTRY(found, struct pending, entry);
    if (pending->change.sections == NULL || strcmp(pending->change.tenant_id, tenant) != 0) {
        json_decref(pending->change.sections);
        (void)snprintf(pending->change.tenant_id, sizeof pending->change.tenant_id, "%s", tenant);
        pending->change.sections = sections;
        sections = NULL;
    } else {
        merge_pending(pending->change.sections, sections);
    }
    json_decref(sections); /* its sections may be the writer's as well now */
    pthread_mutex_unlock(&inventory->lock);
}

/* Waits for something to write, then a moment for more. With the lock. False when there is nothing
 * and never will be. */
static bool gather(struct inventory *inventory)
{
    while (inventory->table.count == 0) {
        inventory->flushing = false;
        if (inventory->closing)
            return false;
        pthread_cond_wait(&inventory->work, &inventory->lock);
    }
    uint64_t until = now_ms() + inventory->options.batch_ms;
    while (inventory->table.count < BATCH_ROWS && !inventory->closing && !inventory->flushing)
        if (!thread_wait_until(&inventory->work, &inventory->lock, until))
            break;
    return true;
}

/* Moves the oldest pending changes into the batch. With the lock. */
static size_t take_batch(struct inventory *inventory, struct store_inventory_change *batch)
{
    size_t count = 0;
    while (count < BATCH_ROWS && !list_is_empty(&inventory->order)) {
        struct pending *pending = LIST_ENTRY(inventory->order.next, struct pending, order);
        batch[count++] = pending->change;
        list_remove(&pending->order);
        guid_table_remove(&inventory->table, &pending->entry);
        free(pending);
    }
    return count;
}

static void report_failure(struct inventory *inventory, const struct error *err)
{
    metric_add(&failures, 1);
    if (inventory->options.write_failed != NULL &&
        (err->code == ERROR_STORE || err->code == ERROR_FULL))
        atomic_store(inventory->options.write_failed, true);
    uint64_t now = now_ms();
    if (inventory->logged_ms != 0 && now - inventory->logged_ms < LOG_GAP_MS)
        return;
    inventory->logged_ms = now;
    log_line(LOG_ERROR, "what was learned about devices cannot be written and is kept for later",
             "error", err->text, NULL);
}

static bool write_batch(struct inventory *inventory, const struct store_inventory_change *batch,
                        size_t count)
{
    struct store_database *database = inventory->options.database;
    struct error err;
    uint64_t started = clock_monotonic_ns();
    bool ok = database->methods->inventory_write(database, batch, count, &err);
    metric_observe(&duration, (clock_monotonic_ns() - started) / 1000);
    if (!ok)
        report_failure(inventory, &err);
    else if (inventory->logged_ms != 0) {
        inventory->logged_ms = 0;
        log_line(LOG_INFO, "what is learned about devices is written again", NULL);
    }
    return ok;
}

/* With the lock, which is let go while the database works. A batch that it refuses is tried again;
 * when the process ends, what is refused is given up. */
static void write_until_done(struct inventory *inventory, struct store_inventory_change *batch,
                             size_t count)
{
    for (;;) {
        pthread_mutex_unlock(&inventory->lock);
        bool ok = write_batch(inventory, batch, count);
        pthread_mutex_lock(&inventory->lock);
        if (ok || inventory->closing)
            return;
        uint64_t until = now_ms() + RETRY_MS;
        (void)thread_wait_until(&inventory->work, &inventory->lock, until);
    }
}

static void *write_behind(void *arg)
{
    struct inventory *inventory = arg;
    struct store_inventory_change *batch = memory_new(BATCH_ROWS * sizeof *batch);
    pthread_mutex_lock(&inventory->lock);
    while (gather(inventory)) {
        size_t count = take_batch(inventory, batch);
        write_until_done(inventory, batch, count);
        for (size_t i = 0; i < count; i++)
            json_decref(batch[i].sections);
        metric_add(&pending_rows, -(int64_t)count);
        inventory->finished += count;
        pthread_cond_broadcast(&inventory->written);
    }
    pthread_mutex_unlock(&inventory->lock);
    free(batch);
    return NULL;
}

/* ---- life ---- */

static void free_inventory(struct inventory *inventory)
{
    pthread_mutex_destroy(&inventory->lock);
    pthread_cond_destroy(&inventory->work);
    pthread_cond_destroy(&inventory->written);
    guid_table_fini(&inventory->table);
    free(inventory);
}

struct inventory *inventory_new(const struct inventory_options *options, struct error *err)
{
    struct inventory *inventory = memory_new(sizeof *inventory);
    inventory->options = *options;
    guid_table_init(&inventory->table);
    list_init(&inventory->order);
    pthread_mutex_init(&inventory->lock, NULL);
    thread_condition_init(&inventory->work);
    thread_condition_init(&inventory->written);
    if (!thread_start(&inventory->thread, "inventory", write_behind, inventory, err)) {
        free_inventory(inventory);
        return NULL;
    }
    return inventory;
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    pthread_mutex_lock(&inventory->lock);
    inventory->closing = true;
    pthread_cond_signal(&inventory->work);
    pthread_mutex_unlock(&inventory->lock);
    pthread_join(inventory->thread, NULL);
    free_inventory(inventory);
}

/* ---- of the store ---- */

void store_inventory_note(struct store *store, const struct guid *guid, const char *tenant,
                          json_t *sections, int64_t when_ms)
{
    stamp(sections, when_ms);
    note(store->inventory, guid, tenant, sections);
}

void store_inventory_flush(struct store *store)
{
    struct inventory *inventory = store->inventory;
    uint64_t until = now_ms() + FLUSH_MS;
    pthread_mutex_lock(&inventory->lock);
    uint64_t target = inventory->added;
    inventory->flushing = true;
    pthread_cond_signal(&inventory->work);
    while (inventory->finished < target)
        if (!thread_wait_until(&inventory->written, &inventory->lock, until))
            break;
    pthread_mutex_unlock(&inventory->lock);
}

struct inventory_call {
    struct store_call call;
    struct arena *arena;
    const struct guid *guid;
    const char *tenant;
    const char *document;
};

static void run_get(struct store_call *base)
{
    struct inventory_call *call = (struct inventory_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->inventory_get(database, call->arena, call->guid, call->tenant,
                                                &call->document, &base->err);
}

bool store_inventory_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, const char **document, struct error *err)
{
    struct inventory_call call = {
        .call.run = run_get, .arena = arena, .guid = guid, .tenant = tenant};
    if (!store_call_read(store, &call.call, err))
        return false;
    *document = call.document;
    return true;
}
