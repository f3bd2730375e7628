#include "store/logins.h"

#include "core/clock.h"
#include "core/list.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "io/work.h"
#include "store/guid_table.h"
#include "store/password_entry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(hits, METRIC_COUNTER, "outband_store_logins_total", "from=\"cache\"",
              "Login records given out, by where they came from.")
METRIC_DEFINE(misses, METRIC_COUNTER, "outband_store_logins_total", "from=\"database\"",
              "Login records given out, by where they came from.")
METRIC_DEFINE(passes, METRIC_COUNTER, "outband_store_login_passes_total", NULL,
              "Passes over the database that read login records.")
METRIC_DEFINE(refused, METRIC_COUNTER, "outband_store_logins_refused_total", NULL,
              "Lookups refused because too many were waiting.")
METRIC_DEFINE(duration, METRIC_HISTOGRAM, "outband_store_calls_seconds", "call=\"logins\"",
              "Seconds that calls to the store took on their worker.")

#define CACHE_NS   ((uint64_t)60 * 1000000000)
#define UNKNOWN_NS ((uint64_t)2 * 1000000000)
#define BATCH_MOST 1024

struct record {
    struct guid_table_entry entry;
    struct list age;
    struct shelf *shelf;
    uint64_t until_ns;
    uint32_t size; /* of text; 0 when there is no such device */
    char text[];   /* user name and tenant, then each password behind its flags, all with their
                      NUL: a device costs 100 bytes */
};

/* Records of a kind, with a bound of their own: strangers cannot push out devices. */
struct shelf {
    struct list ages; /* least recently used first */
    uint32_t count;
    uint32_t limit;
    uint64_t keep_ns;
};

/* Lives on the stack of the fiber that waits. */
struct request {
    struct list queued;
    struct guid guid;
    struct store_login *login;
    bool done;
    bool ok;
    struct error err;
    struct logins *logins;
};

struct logins {
    struct logins_options options;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    /* under the lock */
    struct guid_table table;
    struct shelf known;
    struct shelf unknown; /* devices that are not there */
    struct list queue;    /* struct request */
    uint32_t waiting;     /* queued or being read */
    uint64_t generation;  /* rises with every change of a device */
};

static void shelf_init(struct shelf *shelf, uint32_t limit, uint64_t keep_ns)
{
    *shelf = (struct shelf){.limit = limit, .keep_ns = keep_ns};
    list_init(&shelf->ages);
}

struct logins *logins_new(const struct logins_options *options)
{
    struct logins *logins = memory_new(sizeof *logins);
    logins->options = *options;
    pthread_mutex_init(&logins->lock, NULL);
    pthread_cond_init(&logins->answered, NULL);
    guid_table_init(&logins->table);
    shelf_init(&logins->known, options->cache_limit, CACHE_NS);
    shelf_init(&logins->unknown, options->cache_limit / 4, UNKNOWN_NS);
    list_init(&logins->queue);
    return logins;
}

static void drop(struct logins *logins, struct record *record)
{
    guid_table_remove(&logins->table, &record->entry);
    list_remove(&record->age);
    record->shelf->count--;
    memory_wipe(record, sizeof *record + record->size);
    free(record);
}

enum flags { PLAIN = 1, PROVEN = 2, CURRENT = 4, SEEN = 8 }; /* never 0 */

static char flags_of(const struct store_login_password *password)
{
    return (char)(PLAIN | (password->proven ? PROVEN : 0) | (password->current ? CURRENT : 0) |
                  (password->seen ? SEEN : 0));
}

static void add(struct record *record, const void *bytes, size_t size)
{
    memcpy(record->text + record->size, bytes, size);
    record->size += (uint32_t)size;
}

/* Packs the texts of `login` into a record. */
static struct record *new_record(const struct store_login *login)
{
    size_t user = strlen(login->mps_username) + 1, tenant = strlen(login->tenant_id) + 1;
    size_t size = user + tenant;
    for (size_t i = 0; i < login->count; i++)
        size += strlen(login->passwords[i].text) + 2;
    struct record *record = memory_new(sizeof *record + size);
    add(record, login->mps_username, user);
    add(record, login->tenant_id, tenant);
    for (size_t i = 0; i < login->count; i++) {
        char flags = flags_of(&login->passwords[i]);
        add(record, &flags, 1);
        add(record, login->passwords[i].text, strlen(login->passwords[i].text) + 1);
    }
    return record;
}

/* They fit: they came from such a struct. */
static const char *take(const char *at, char *text)
{
    size_t length = strlen(at) + 1;
    memcpy(text, at, length);
    return at + length;
}

static void unpack(const struct record *record, struct store_login *login)
{
    const char *at = take(record->text, login->mps_username);
    at = take(at, login->tenant_id);
    login->count = 0;
    while (at < record->text + record->size) {
        struct store_login_password *password = &login->passwords[login->count++];
        password->proven = (*at & PROVEN) != 0;
        password->current = (*at & CURRENT) != 0;
        password->seen = (*at & SEEN) != 0;
        at = take(at + 1, password->text);
    }
}

static void empty(struct logins *logins, struct shelf *shelf)
{
    while (!list_is_empty(&shelf->ages))
        drop(logins, LIST_ENTRY(shelf->ages.next, struct record, age));
}

void logins_free(struct logins *logins)
{
    if (logins == NULL)
        return;
    empty(logins, &logins->known);
    empty(logins, &logins->unknown);
    guid_table_fini(&logins->table);
    pthread_mutex_destroy(&logins->lock);
    pthread_cond_destroy(&logins->answered);
    free(logins);
}

static struct record *find(struct logins *logins, const struct guid *guid)
{
    struct guid_table_entry *entry = guid_table_find(&logins->table, guid);
    return entry == NULL ? NULL : LIST_ENTRY(entry, struct record, entry);
}

void logins_forget(struct logins *logins, const struct guid *guid)
{
    pthread_mutex_lock(&logins->lock);
    /* A pass that is reading now may have read the old row: it keeps nothing. */
    logins->generation++;
    struct record *record = find(logins, guid);
    if (record != NULL)
        drop(logins, record);
    pthread_mutex_unlock(&logins->lock);
}

/* With the lock. NULL when there is none that is still good. */
static const struct record *get_cached(struct logins *logins, const struct guid *guid)
{
    struct record *record = find(logins, guid);
    if (record == NULL)
        return NULL;
    if (record->until_ns <= clock_monotonic_ns()) {
        drop(logins, record);
        return NULL;
    }
    list_remove(&record->age);
    list_append(&record->shelf->ages, &record->age);
    return record;
}

/* With the lock. `login` NULL: there is no such device. */
static void keep(struct logins *logins, const struct guid *guid, const struct store_login *login)
{
    struct shelf *shelf = login != NULL ? &logins->known : &logins->unknown;
    struct record *record = find(logins, guid);
    if (record != NULL)
        drop(logins, record);
    if (shelf->limit == 0)
        return;
    while (shelf->count >= shelf->limit)
        drop(logins, LIST_ENTRY(shelf->ages.next, struct record, age));
    record = login != NULL ? new_record(login) : memory_new(sizeof *record);
    record->entry.guid = *guid;
    record->shelf = shelf;
    record->until_ns = clock_monotonic_ns() + shelf->keep_ns;
    guid_table_add(&logins->table, &record->entry);
    list_append(&shelf->ages, &record->age);
    shelf->count++;
}

/* The passwords that the device may call in with. */
static bool read_passwords(struct logins *logins, const struct guid *guid,
                           struct store_login *login, struct error *err)
{
    struct password_list lists[STORE_PASSWORD_KINDS];
    struct password_entry entry;
    bool ok = password_entry_open(&entry, logins->options.secrets, guid, login->tenant_id,
                                  login->tenant_id, err) &&
              password_entry_lists(&entry, lists, err);
    const struct password_list *list = &lists[STORE_PASSWORD_MPS];
    login->count = ok ? list->count : 0;
    for (size_t i = 0; i < login->count; i++) {
        const struct password_item *item = &list->items[i];
        struct store_login_password *password = &login->passwords[i];
        memcpy(password->text, item->text, sizeof password->text);
        password->proven = item->proven;
        password->current = item->current;
        password->seen = item->seen;
    }
    if (ok)
        password_lists_wipe(lists);
    password_entry_close(&entry);
    return ok;
}

static void answer(struct logins *logins, const struct store_login_row *row,
                   struct request *request)
{
    struct store_login *login = request->login;
    *login = (struct store_login){0};
    if (!row->found) {
        request->ok = store_database_no_device(&row->guid, &request->err);
    } else if (row->too_long) {
        request->ok = error_set(&request->err, ERROR_STORE,
                                "the device's user name or tenant is too long to log in with");
    } else {
        memcpy(login->mps_username, row->mps_username, sizeof login->mps_username);
        memcpy(login->tenant_id, row->tenant_id, sizeof login->tenant_id);
        request->ok = read_passwords(logins, &row->guid, login, &request->err);
    }
    if (!request->ok)
        memory_wipe(login, sizeof *login);
}

/* Reads what the requests ask for. Without the lock; nobody else touches them meanwhile. */
static void read_batch(struct logins *logins, struct request **requests, size_t count)
{
    uint64_t started = clock_monotonic_ns();
    struct store_login_row *rows = memory_new(count * sizeof *rows);
    for (size_t i = 0; i < count; i++)
        rows[i].guid = requests[i]->guid;
    struct store_database *database = logins->options.database;
    struct error err;
    if (database->methods->logins(database, rows, count, &err)) {
        for (size_t i = 0; i < count; i++)
            answer(logins, &rows[i], requests[i]);
    } else {
        for (size_t i = 0; i < count; i++) {
            requests[i]->ok = false;
            requests[i]->err = err;
        }
    }
    free(rows);
    metric_add(&passes, 1);
    metric_add(&misses, (int64_t)count);
    metric_observe(&duration, (clock_monotonic_ns() - started) / 1000);
}

/* One pass over what is queued now. With the lock, which is given up while it reads. */
static void pass(struct logins *logins)
{
    struct request **requests = memory_new(BATCH_MOST * sizeof(struct request *));
    size_t count = 0;
    while (count < BATCH_MOST && !list_is_empty(&logins->queue)) {
        requests[count] = LIST_ENTRY(logins->queue.next, struct request, queued);
        list_remove(&requests[count]->queued);
        count++;
    }
    uint64_t generation = logins->generation;
    pthread_mutex_unlock(&logins->lock);
    read_batch(logins, requests, count);
    pthread_mutex_lock(&logins->lock);
    for (size_t i = 0; i < count; i++) {
        bool is_certain = requests[i]->ok || requests[i]->err.code == ERROR_NOT_FOUND;
        if (is_certain && generation == logins->generation)
            keep(logins, &requests[i]->guid, requests[i]->ok ? requests[i]->login : NULL);
        requests[i]->done = true;
    }
    logins->waiting -= (uint32_t)count;
    pthread_cond_broadcast(&logins->answered);
    free(requests);
}

/* On the worker, once per request: the first one reads for all that are queued by then, and the
 * others find their answer there. */
static void serve(void *arg)
{
    struct request *request = arg;
    struct logins *logins = request->logins;
    pthread_mutex_lock(&logins->lock);
    while (!request->done)
        pass(logins);
    pthread_mutex_unlock(&logins->lock);
}

/* The worker would not run `serve` for this request: another's may have answered it all the same.
 * True when it was. */
static bool withdraw(struct logins *logins, struct request *request)
{
    pthread_mutex_lock(&logins->lock);
    if (!request->done && !list_is_empty(&request->queued)) {
        list_remove(&request->queued);
        logins->waiting--;
    } else {
        while (!request->done) /* being read: a moment */
            pthread_cond_wait(&logins->answered, &logins->lock);
    }
    bool done = request->done;
    pthread_mutex_unlock(&logins->lock);
    return done;
}

bool logins_get(struct logins *logins, const struct guid *guid, struct store_login *login,
                struct error *err)
{
    struct request request = {.guid = *guid, .login = login, .logins = logins};
    list_init(&request.queued);
    pthread_mutex_lock(&logins->lock);
    const struct record *record = get_cached(logins, guid);
    bool cached = record != NULL;
    bool known = cached && record->shelf == &logins->known;
    if (known)
        unpack(record, login);
    bool full = !cached && logins->waiting >= logins->options.waiting_limit;
    if (!cached && !full) {
        list_append(&logins->queue, &request.queued);
        logins->waiting++;
    }
    pthread_mutex_unlock(&logins->lock);
    if (cached) {
        metric_add(&hits, 1);
        return known || store_database_no_device(guid, err);
    }
    if (full) {
        metric_add(&refused, 1);
        return error_set(err, ERROR_BUSY, "too many devices are logging in at once");
    }
    if (!io_work(logins->options.pool, serve, &request, err) && !withdraw(logins, &request))
        return false;
    if (!request.ok && err != NULL)
        *err = request.err;
    return request.ok;
}
