#include "store/presence.h"

#include "core/clock.h"
#include "core/list.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "core/thread.h"
#include "store/guid_table.h"

#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(pending_rows, METRIC_GAUGE, "outband_store_presence_pending", NULL,
              "Devices whose presence is not written yet.")
METRIC_DEFINE(batches, METRIC_COUNTER, "outband_store_presence_batches_total", NULL,
              "Transactions that wrote presence.")
METRIC_DEFINE(rows, METRIC_COUNTER, "outband_store_presence_rows_total", NULL,
              "Devices whose presence was written, summed over batches.")
METRIC_DEFINE(failures, METRIC_COUNTER, "outband_store_presence_failures_total", NULL,
              "Presence batches that the database refused; each is tried again.")
METRIC_DEFINE(given_up, METRIC_COUNTER, "outband_store_presence_lost_total", NULL,
              "Devices whose presence was given up when the process ended.")

METRIC_DEFINE(duration, METRIC_HISTOGRAM, "outband_store_calls_seconds", "call=\"presence\"",
              "Seconds that calls to the store took on their worker.")

#define RETRY_MS   500
#define GIVE_UP_MS 2000
#define LOG_GAP_MS 60000

struct pending {
    struct guid_table_entry entry;
    struct list order;
    struct store_presence_change change;
};

struct presence {
    struct presence_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;    /* the writer: there is something to do */
    pthread_cond_t written; /* whoever flushes: a batch is on disk */
    /* under the lock */
    struct guid_table table;
    struct list order; /* struct pending, oldest first */
    uint64_t added;    /* changes that ever became pending */
    uint64_t finished; /* … and were written or given up, in the same order */
    uint64_t flush_to; /* write without gathering until `finished` reaches this */
    bool closing;
    /* the writer's own */
    struct store_presence_change *batch;
    size_t batch_size;
    uint64_t failing_since_ms; /* 0: not failing */
    uint64_t logged_ms;
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

static void later(int64_t *time, int64_t when_ms)
{
    if (*time < when_ms) /* STORE_NEVER is before everything */
        *time = when_ms;
}

void presence_merge(struct store_presence_change *change, enum store_presence_kind kind,
                    uint64_t epoch, int64_t when_ms)
{
    if (epoch < change->epoch)
        return;
    bool newer = epoch > change->epoch;
    change->epoch = epoch;
    switch (kind) {
    case STORE_CONNECTED:
        if (newer || change->state != STORE_PRESENCE_DISCONNECTED)
            change->state = STORE_PRESENCE_CONNECTED;
        later(&change->last_connected, when_ms);
        break;
    case STORE_SEEN:
        /* Seen on a newer connection: that connection is up, whatever an older one said. */
        if (newer && change->state != STORE_PRESENCE_AS_IT_WAS)
            change->state = STORE_PRESENCE_CONNECTED;
        later(&change->last_seen, when_ms);
        break;
    case STORE_DISCONNECTED:
        change->state = STORE_PRESENCE_DISCONNECTED;
        later(&change->last_disconnected, when_ms);
        break;
    }
}

void presence_note(struct presence *presence, const struct guid *guid,
                   enum store_presence_kind kind, uint64_t epoch, int64_t when_ms)
{
    pthread_mutex_lock(&presence->lock);
    struct guid_table_entry *found = guid_table_find(&presence->table, guid);
    struct pending *pending;
    if (found != NULL) {
        pending = LIST_ENTRY(found, struct pending, entry);
    } else {
        pending = memory_new(sizeof *pending);
        pending->entry.guid = *guid;
        pending->change = (struct store_presence_change){.guid = *guid,
                                                         .last_connected = STORE_NEVER,
                                                         .last_seen = STORE_NEVER,
                                                         .last_disconnected = STORE_NEVER};
        guid_table_add(&presence->table, &pending->entry);
        list_append(&presence->order, &pending->order);
        presence->added++;
        metric_add(&pending_rows, 1);
        if (presence->table.count == 1 || presence->table.count == presence->options.batch_rows)
            pthread_cond_signal(&presence->work);
    }
    presence_merge(&pending->change, kind, epoch, when_ms);
    pthread_mutex_unlock(&presence->lock);
}

/* Waits for something to write, then until a batch is full or has waited long enough. With the
 * lock. False when there is nothing and never will be. */
static bool gather(struct presence *presence)
{
    while (presence->table.count == 0) {
        if (presence->closing)
            return false;
        pthread_cond_wait(&presence->work, &presence->lock);
    }
    uint64_t until = now_ms() + presence->options.batch_ms;
    while (presence->table.count < presence->options.batch_rows && !presence->closing &&
           presence->finished >= presence->flush_to)
        if (!thread_wait_until(&presence->work, &presence->lock, until))
            break;
    return true;
}

/* Moves the oldest pending changes into the batch. With the lock. */
static void take_batch(struct presence *presence)
{
    while (presence->batch_size < presence->options.batch_rows &&
           !list_is_empty(&presence->order)) {
        struct pending *pending = LIST_ENTRY(presence->order.next, struct pending, order);
        presence->batch[presence->batch_size++] = pending->change;
        list_remove(&pending->order);
        guid_table_remove(&presence->table, &pending->entry);
        free(pending);
    }
}

static void report_failure(struct presence *presence, const struct error *err)
{
    metric_add(&failures, 1);
    if (presence->options.write_failed != NULL &&
        (err->code == ERROR_STORE || err->code == ERROR_FULL))
        atomic_store(presence->options.write_failed, true);
    uint64_t now = now_ms();
    if (presence->failing_since_ms == 0 || now - presence->logged_ms >= LOG_GAP_MS) {
        log_line(LOG_ERROR, "presence cannot be written and is kept for later", "error", err->text,
                 NULL);
        presence->logged_ms = now;
    }
    if (presence->failing_since_ms == 0)
        presence->failing_since_ms = now;
}

static bool write_batch(struct presence *presence)
{
    struct store_database *database = presence->options.database;
    struct error err;
    uint64_t started = clock_monotonic_ns();
    bool ok = database->methods->presence(database, presence->options.instance, presence->batch,
                                          presence->batch_size, &err);
    metric_observe(&duration, (clock_monotonic_ns() - started) / 1000);
    if (!ok) {
        report_failure(presence, &err);
        return false;
    }
    if (presence->failing_since_ms != 0) {
        presence->failing_since_ms = 0;
        log_line(LOG_INFO, "presence is written again", NULL);
    }
    metric_add(&batches, 1);
    metric_add(&rows, (int64_t)presence->batch_size);
    return true;
}

static void finish_batch(struct presence *presence)
{
    metric_add(&pending_rows, -(int64_t)presence->batch_size);
    presence->finished += presence->batch_size;
    presence->batch_size = 0;
    pthread_cond_broadcast(&presence->written);
}

/* After a failed write: waits a moment, or gives the batch up when the process ends. With the
 * lock. */
static void wait_to_retry(struct presence *presence, uint64_t *closing_since)
{
    if (presence->closing && *closing_since == 0)
        *closing_since = now_ms();
    if (presence->closing && now_ms() - *closing_since >= GIVE_UP_MS) {
        metric_add(&given_up, (int64_t)presence->batch_size);
        finish_batch(presence);
        return;
    }
    uint64_t pause = presence->closing ? RETRY_MS / 5 : RETRY_MS;
    uint64_t until = now_ms() + pause;
    (void)thread_wait_until(&presence->written, &presence->lock, until);
}

static void *write_behind(void *arg)
{
    struct presence *presence = arg;
    uint64_t closing_since = 0;
    pthread_mutex_lock(&presence->lock);
    while (presence->batch_size > 0 || gather(presence)) {
        take_batch(presence);
        pthread_mutex_unlock(&presence->lock);
        bool ok = write_batch(presence);
        pthread_mutex_lock(&presence->lock);
        if (ok)
            finish_batch(presence);
        else
            wait_to_retry(presence, &closing_since);
    }
    pthread_mutex_unlock(&presence->lock);
    if (presence->failing_since_ms != 0)
        log_line(LOG_ERROR, "presence changes were given up, as the database refuses them", NULL);
    return NULL;
}

bool presence_flush(struct presence *presence, uint32_t timeout_ms)
{
    uint64_t until = now_ms() + timeout_ms;
    pthread_mutex_lock(&presence->lock);
    uint64_t target = presence->added;
    if (presence->flush_to < target)
        presence->flush_to = target;
    pthread_cond_signal(&presence->work);
    while (presence->finished < target)
        if (!thread_wait_until(&presence->written, &presence->lock, until))
            break;
    bool done = presence->finished >= target;
    pthread_mutex_unlock(&presence->lock);
    return done;
}

static void free_presence(struct presence *presence)
{
    pthread_mutex_destroy(&presence->lock);
    pthread_cond_destroy(&presence->work);
    pthread_cond_destroy(&presence->written);
    guid_table_fini(&presence->table);
    free(presence->batch);
    free(presence);
}

struct presence *presence_new(const struct presence_options *options, struct error *err)
{
    struct presence *presence = memory_new(sizeof *presence);
    presence->options = *options;
    presence->batch = memory_new(options->batch_rows * sizeof *presence->batch);
    guid_table_init(&presence->table);
    list_init(&presence->order);
    pthread_mutex_init(&presence->lock, NULL);
    thread_condition_init(&presence->work);
    thread_condition_init(&presence->written);
    if (!thread_start(&presence->thread, "presence", write_behind, presence, err)) {
        free_presence(presence);
        return NULL;
    }
    return presence;
}

void presence_free(struct presence *presence)
{
    if (presence == NULL)
        return;
    pthread_mutex_lock(&presence->lock);
    presence->closing = true;
    pthread_cond_signal(&presence->work);
    pthread_cond_broadcast(&presence->written);
    pthread_mutex_unlock(&presence->lock);
    pthread_join(presence->thread, NULL);
    free_presence(presence);
}
