#include "store/store.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/work.h"
#include "store/call.h"
#include "store/holds.h"
#include "store/inventory.h"
#include "store/logins.h"
#include "store/presence.h"
#include "store/sealed.h"
#include "store/sqlite.h"
#include "store/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_QUEUE     1024
#define WRITE_QUEUE    1024
#define LOGINS_WAITING 4096
#define FLUSH_MS       10000
#define CHECK_NS       UINT64_C(1000000000)

/* ---- opening ---- */

/* Whoever may write to the directory may put other files in the place of ours. What others may only
 * read is closed to them, if it is ours to close. */
static bool close_directory(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return file_error(err, ERROR_STORE, path);
    struct stat status;
    bool ok = fstat(fd, &status) == 0 || file_error(err, ERROR_STORE, path);
    if (ok && (status.st_mode & 022) != 0)
        ok = error_set(err, ERROR_STORE, "%s can be written to by others; run chmod 700 %s", path,
                       path);
    if (ok && (status.st_mode & 077) != 0 && status.st_uid == geteuid())
        ok = fchmod(fd, 0700) == 0 || file_error(err, ERROR_STORE, path);
    (void)close(fd);
    return ok;
}

/* Takes the directory for this process: no other may serve from it. */
static bool take_directory(struct store *store, const char *path, struct error *err)
{
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock < 0)
        return file_error(err, ERROR_STORE, path);
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    return errno == EWOULDBLOCK
               ? error_set(err, ERROR_STORE,
                           "another process serves from this directory (it holds %s)", path)
               : file_error(err, ERROR_STORE, path);
}

/* The order is key, secrets, devices: a start that was killed on the way is taken up again, and
 * anything else that is missing was there once and is not made anew. */
static bool open_data(struct store *store, const char *directory, const char *database_path,
                      struct error *err)
{
    bool fresh;
    bool used = sqlite_file_has_content(database_path);
    enum migrations_start start = store->beside_server ? MIGRATIONS_NONE
                                  : used               ? MIGRATIONS_RUN
                                                       : MIGRATIONS_MAKE;
    store->secrets = sealed_open(directory, start, &fresh, err);
    if (store->secrets == NULL)
        return false;
    if (!store->beside_server)
        start = fresh || sqlite_file_has_content(database_path) ? MIGRATIONS_MAKE : MIGRATIONS_RUN;
    store->database = sqlite_open(directory, start, err);
    return store->database != NULL;
}

static bool start_workers(struct store *store, const struct store_options *options,
                          struct error *err)
{
    store->readers = io_pool_new("store-read", 2, READ_QUEUE, err);
    if (store->readers == NULL)
        return false;
    store->writer = io_pool_new("store-write", 1, WRITE_QUEUE, err);
    if (store->writer == NULL)
        return false;
    store->lookups = io_pool_new("store-lookup", 1, LOGINS_WAITING * 2, err);
    if (store->lookups == NULL)
        return false;
    struct logins_options logins = {
        .database = store->database,
        .secrets = store->secrets,
        .pool = store->lookups,
        .cache_limit = options->cache_limit != 0 ? options->cache_limit : 20000,
        .waiting_limit = LOGINS_WAITING,
    };
    store->logins = logins_new(&logins);
    struct presence_options presence = {
        .database = store->database,
        .instance = store->instance,
        .batch_ms = options->batch_ms != 0 ? options->batch_ms : 100,
        .batch_rows = options->batch_rows != 0 ? options->batch_rows : 1000,
        .write_failed = &store->write_failed,
    };
    store->presence = presence_new(&presence, err);
    if (store->presence == NULL)
        return false;
    struct inventory_options inventory = {
        .database = store->database,
        .batch_ms = options->batch_ms != 0 ? options->batch_ms : 200,
        .write_failed = &store->write_failed,
    };
    store->inventory = inventory_new(&inventory, err);
    return store->inventory != NULL;
}

static bool open_all(struct store *store, struct arena *arena, const struct store_options *options,
                     struct error *err)
{
    const char *directory = options->directory;
    const char *database_path = arena_printf(arena, "%s/outband.db", directory);
    if (options->beside_server)
        return (sqlite_file_has_content(database_path) ||
                error_set(err, ERROR_NOT_FOUND, "%s holds no store yet: start the server once",
                          directory)) &&
               open_data(store, directory, database_path, err) &&
               start_workers(store, options, err);
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return file_error(err, ERROR_STORE, directory);
    if (!close_directory(directory, err) ||
        !take_directory(store, arena_printf(arena, "%s/outband.lock", directory), err) ||
        !open_data(store, directory, database_path, err) ||
        !store->database->methods->clear_instance(store->database, store->instance, err))
        return false;
    return start_workers(store, options, err);
}

struct store *store_open(const struct store_options *options, struct error *err)
{
    struct store *store = memory_new(sizeof *store);
    store->lock = -1;
    pthread_mutex_init(&store->checked.lock, NULL);
    store->beside_server = options->beside_server;
    store->versions = versions_new();
    store->holds = store_holds_new();
    store->instance = memory_string(slice_of_string(options->instance));
    struct arena arena;
    arena_init(&arena);
    bool ok = open_all(store, &arena, options, err);
    arena_fini(&arena);
    if (ok)
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->writer != NULL)
        io_pool_free(store->writer);
    if (store->readers != NULL)
        io_pool_free(store->readers);
    if (store->lookups != NULL)
        io_pool_free(store->lookups);
    logins_free(store->logins);
    presence_free(store->presence);
    inventory_free(store->inventory);
    if (store->database != NULL)
        store->database->methods->close(store->database);
    if (store->secrets != NULL)
        store->secrets->methods->close(store->secrets);
    if (store->lock >= 0)
        close(store->lock);
    pthread_mutex_destroy(&store->checked.lock);
    versions_free(store->versions);
    store_holds_free(store->holds);
    free(store->instance);
    free(store);
}

void store_hurry(struct store *store)
{
    store->database->methods->hurry(store->database);
}

bool store_is_beside_server(const struct store *store)
{
    return store->beside_server;
}

/* ---- start-up code ---- */

struct blocking {
    struct io_message message;
    struct io_loop *loop;
    struct store *store;
    void (*fn)(struct store *store, void *arg);
    void *arg;
};

static void run_blocking(void *arg)
{
    struct blocking *blocking = arg;
    blocking->fn(blocking->store, blocking->arg);
    io_loop_stop(blocking->loop);
}

static void start_blocking(struct io_message *message)
{
    struct blocking *blocking = (struct blocking *)message;
    struct error err;
    if (io_fiber_start(run_blocking, blocking, &err))
        return;
    log_line(LOG_ERROR, "the store cannot be used", "error", err.text, NULL);
    io_loop_stop(blocking->loop);
}

void store_blocking(struct store *store, void (*fn)(struct store *store, void *arg), void *arg)
{
    struct error err;
    struct io_loop *loop = io_loop_new(&err);
    if (loop == NULL) {
        log_line(LOG_ERROR, "the store cannot be used", "error", err.text, NULL);
        return;
    }
    struct blocking blocking = {
        .message.run = start_blocking, .loop = loop, .store = store, .fn = fn, .arg = arg};
    io_post(loop, &blocking.message);
    io_loop_run(loop);
    io_loop_free(loop);
}

/* ---- health ---- */

static void run_check(struct store_call *call)
{
    struct store *store = call->store;
    call->ok = store->database->methods->check(store->database, &call->err) &&
               store->secrets->methods->check(store->secrets, &call->err);
}

/* A disk that is full lets everything be read. Writing is tried only after a write has failed: a
 * check every second is not to keep the disk awake. */
static void run_write_check(struct store_call *call)
{
    struct store *store = call->store;
    atomic_store(&store->write_failed, false);
    call->ok = store->database->methods->check_write(store->database, &call->err) &&
               store->secrets->methods->check_write(store->secrets, &call->err);
    if (!call->ok)
        atomic_store(&store->write_failed, true);
}

static bool check_now(struct store *store, struct error *err)
{
    struct store_call reading = {.run = run_check};
    struct store_call writing = {.run = run_write_check};
    return store_call_read(store, &reading, err) &&
           (!atomic_load(&store->write_failed) || store_call_write(store, &writing, err));
}

/* A call that was not carried out says nothing about the store. */
static bool was_checked(const struct error *err)
{
    return err->code != ERROR_BUSY && err->code != ERROR_TIMEOUT && err->code != ERROR_CANCELLED;
}

bool store_check(struct store *store, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    pthread_mutex_lock(&store->checked.lock);
    uint64_t now = clock_monotonic_ns();
    bool is_fresh = now < store->checked.until_ns;
    bool ok = !store->checked.failed;
    if (is_fresh)
        why = store->checked.err;
    else /* until this one is through, others are told the last result */
        store->checked.until_ns = now + CHECK_NS;
    pthread_mutex_unlock(&store->checked.lock);
    if (!is_fresh) {
        ok = check_now(store, &why);
        pthread_mutex_lock(&store->checked.lock);
        if (ok || was_checked(&why)) {
            store->checked.failed = !ok;
            store->checked.err = why;
        } else {
            store->checked.until_ns = 0;
        }
        pthread_mutex_unlock(&store->checked.lock);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

/* ---- presence ---- */

void store_presence(struct store *store, const struct guid *guid, enum store_presence_kind kind,
                    uint64_t epoch, int64_t when_ms)
{
    presence_note(store->presence, guid, kind, epoch, when_ms);
}

void store_presence_flush(struct store *store)
{
    if (!presence_flush(store->presence, FLUSH_MS))
        log_line(LOG_WARN, "presence is not written yet", NULL);
}

/* ---- secrets of the server ---- */

struct secret_call {
    struct store_call call;
    struct arena *arena;
    const char *path;
    struct slice value;
};

static void run_secret_get(struct store_call *base)
{
    struct secret_call *call = (struct secret_call *)base;
    struct store_secrets *secrets = base->store->secrets;
    base->ok = secrets->methods->get(secrets, call->arena, call->path, &call->value, &base->err);
}

bool store_secret_get(struct store *store, struct arena *arena, const char *path,
                      struct slice *value, struct error *err)
{
    struct secret_call call = {.call.run = run_secret_get, .arena = arena, .path = path};
    if (!store_call_lookup(store, &call.call, err))
        return false;
    *value = call.value;
    return true;
}

static void run_secret_put(struct store_call *base)
{
    struct secret_call *call = (struct secret_call *)base;
    struct store_secrets *secrets = base->store->secrets;
    base->ok = secrets->methods->put(secrets, call->path, call->value, &base->err);
}

bool store_secret_put(struct store *store, const char *path, struct slice value, struct error *err)
{
    struct secret_call call = {.call.run = run_secret_put, .path = path, .value = value};
    return store_call_write(store, &call.call, err);
}

static void run_secret_remove(struct store_call *base)
{
    struct secret_call *call = (struct secret_call *)base;
    struct store_secrets *secrets = base->store->secrets;
    base->ok = secrets->methods->remove(secrets, call->path, &base->err);
}

bool store_secret_remove(struct store *store, const char *path, struct error *err)
{
    struct secret_call call = {.call.run = run_secret_remove, .path = path};
    return store_call_write(store, &call.call, err);
}

/* ---- users ---- */

#define USER_NAME_LIMIT 256

/* Names are stored in lower case, and found whatever the case they are asked for in. */
static bool lower_name(char to[USER_NAME_LIMIT + 1], const char *name, struct error *err)
{
    size_t length = strlen(name);
    if (length > USER_NAME_LIMIT)
        return error_set(err, ERROR_INVALID, "a user name has at most %d characters",
                         USER_NAME_LIMIT);
    for (size_t i = 0; i <= length; i++)
        to[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + ('a' - 'A')) : name[i];
    return true;
}

struct user_call {
    struct store_call call;
    struct arena *arena;
    const char *name;
    const char *hash;
    uint64_t count;
};

static void run_user_get(struct store_call *base)
{
    struct user_call *call = (struct user_call *)base;
    struct store_database *database = base->store->database;
    base->ok =
        database->methods->user_get(database, call->arena, call->name, &call->hash, &base->err);
}

bool store_user_get(struct store *store, struct arena *arena, const char *name, const char **hash,
                    struct error *err)
{
    char lower[USER_NAME_LIMIT + 1];
    if (!lower_name(lower, name, err))
        return false;
    struct user_call call = {.call.run = run_user_get, .arena = arena, .name = lower};
    if (!store_call_lookup(store, &call.call, err))
        return false;
    *hash = call.hash;
    return true;
}

static void run_user_put(struct store_call *base)
{
    struct user_call *call = (struct user_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->user_put(database, call->name, call->hash, &base->err);
}

bool store_user_put(struct store *store, const char *name, const char *hash, struct error *err)
{
    char lower[USER_NAME_LIMIT + 1];
    if (!lower_name(lower, name, err))
        return false;
    struct user_call call = {.call.run = run_user_put, .name = lower, .hash = hash};
    return store_call_write(store, &call.call, err);
}

static void run_user_keep_only(struct store_call *base)
{
    struct user_call *call = (struct user_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->user_keep_only(database, call->name, &base->err);
}

bool store_user_keep_only(struct store *store, const char *name, struct error *err)
{
    char lower[USER_NAME_LIMIT + 1];
    if (!lower_name(lower, name, err))
        return false;
    struct user_call call = {.call.run = run_user_keep_only, .name = lower};
    return store_call_write(store, &call.call, err);
}

static void run_user_count(struct store_call *base)
{
    struct user_call *call = (struct user_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->user_count(database, &call->count, &base->err);
}

bool store_user_count(struct store *store, uint64_t *count, struct error *err)
{
    struct user_call call = {.call.run = run_user_count};
    if (!store_call_read(store, &call.call, err))
        return false;
    *count = call.count;
    return true;
}
