#include "store/sqlite.h"

#include "core/memory.h"
#include "store/sqlite_configurations.h"
#include "store/sqlite_devices.h"
#include "store/sqlite_inventory.h"
#include "store/sqlite_jobs.h"
#include "store/sqlite_newcomers.h"
#include "store/sqlite_provisionings.h"

#include <stdlib.h>
#include <string.h>

#define NAME "outband.db"

struct sqlite_file *sqlite_reader_take(struct sqlite_database *database)
{
    struct sqlite_file *taken = NULL;
    pthread_mutex_lock(&database->read_lock);
    while (taken == NULL) {
        for (size_t i = 0; i < SQLITE_READERS && taken == NULL; i++) {
            if (!database->reading[i]) {
                database->reading[i] = true;
                taken = &database->readers[i];
            }
        }
        if (taken == NULL)
            pthread_cond_wait(&database->read_freed, &database->read_lock);
    }
    pthread_mutex_unlock(&database->read_lock);
    return taken;
}

void sqlite_reader_give(struct sqlite_database *database, struct sqlite_file *reader)
{
    pthread_mutex_lock(&database->read_lock);
    database->reading[reader - database->readers] = false;
    pthread_cond_signal(&database->read_freed);
    pthread_mutex_unlock(&database->read_lock);
}

bool sqlite_write_begin(struct sqlite_database *database, struct sqlite_file *file,
                        struct error *err)
{
    pthread_mutex_lock(&database->write_lock);
    if (sqlite_file_begin(file, true, err))
        return true;
    pthread_mutex_unlock(&database->write_lock);
    return false;
}

bool sqlite_write_end(struct sqlite_database *database, struct sqlite_file *file, bool ok,
                      struct error *err)
{
    ok = sqlite_file_end(file, ok, err);
    pthread_mutex_unlock(&database->write_lock);
    return ok;
}

static bool check(struct store_database *base, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_CHECK, "SELECT count(*) FROM (SELECT 1 FROM devices LIMIT 1)", err);
    bool ok = statement != NULL && sqlite_file_finish(file, statement, err);
    sqlite_reader_give(database, file);
    return ok;
}

static bool check_write(struct store_database *base, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, sqlite_file_touch(file, err), err);
}

static void hurry(struct store_database *base)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    atomic_store(&database->hurried, true);
}

/* Whatever the rows' instances are called: the directory is locked, so nobody else holds devices
 * of this database, and an instance that was renamed does not come back for its own. */
static bool clear_instance(struct store_database *base, const char *instance, struct error *err)
{
    (void)instance;
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = sqlite_file_execute(file,
                                  "UPDATE devices"
                                  " SET connectionstatus = 0, mpsinstance = NULL, conn_epoch = 0"
                                  " WHERE connectionstatus <> 0 OR mpsinstance IS NOT NULL"
                                  " OR conn_epoch <> 0;"
                                  /* jobs whose making was cut off */
                                  "DELETE FROM jobs WHERE state < 0;"
                                  /* provisioning that was cut off */
                                  "UPDATE provisionings SET outcome = 3 WHERE outcome = 0",
                                  err);
    return sqlite_write_end(database, file, ok, err);
}

/* False when the column does not fit, which is never cut: a cut name or tenant is another one. */
static bool copy_column(sqlite3_stmt *statement, int column, char *to, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    if (length >= size)
        return false;
    if (length > 0)
        memcpy(to, text, length);
    to[length] = '\0';
    return true;
}

static bool read_login(struct sqlite_file *file, struct store_login_row *row, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_LOGIN, "SELECT mpsusername, tenantid FROM devices WHERE guid = ?1", err);
    if (statement == NULL)
        return false;
    char guid[GUID_TEXT_SIZE];
    sqlite_file_bind(statement, 1, guid_format(&row->guid, guid));
    row->found = false;
    row->too_long = false;
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step == SQLITE_FILE_ROW) {
        row->found = true;
        row->too_long = !copy_column(statement, 0, row->mps_username, sizeof row->mps_username) ||
                        !copy_column(statement, 1, row->tenant_id, sizeof row->tenant_id);
        sqlite_file_reset(statement);
    }
    return step != SQLITE_FILE_FAILED;
}

static bool logins(struct store_database *base, struct store_login_row *rows, size_t count,
                   struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok) {
        for (size_t i = 0; i < count && ok; i++)
            ok = read_login(file, &rows[i], err);
        ok = sqlite_file_end(file, ok, err);
    }
    sqlite_reader_give(database, file);
    return ok;
}

/* A "seen" alone: no indexed column, so no index is written. */
static const char seen_sql[] =
    "UPDATE devices SET lastseen = coalesce(?2, lastseen) WHERE guid = ?1 AND conn_epoch = ?3";

static const char presence_sql[] =
    "UPDATE devices SET"
    " connectionstatus = ?2,"
    " mpsinstance = CASE WHEN ?2 = 1 THEN ?3 END,"
    " lastconnected = coalesce(?4, lastconnected),"
    " lastseen = coalesce(?5, lastseen),"
    " lastdisconnected = coalesce(?6, lastdisconnected),"
    " conn_epoch = ?7"
    " WHERE guid = ?1 AND (conn_epoch < ?7 OR conn_epoch = ?7 AND ?8)";

/* *done is false when the row does not know of this login. */
static bool write_seen(struct sqlite_file *file, const char *guid,
                       const struct store_presence_change *change, bool *done, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_SEEN, seen_sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    sqlite_file_bind_time(statement, 2, change->last_seen);
    sqlite3_bind_int64(statement, 3, (int64_t)change->epoch);
    if (!sqlite_file_finish(file, statement, err))
        return false;
    *done = sqlite3_changes(file->handle) > 0;
    return true;
}

static bool write_presence(struct sqlite_file *file, const char *instance,
                           const struct store_presence_change *change, struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    guid_format(&change->guid, guid);
    bool was_known = change->state != STORE_PRESENCE_AS_IT_WAS;
    if (!was_known) {
        bool done;
        if (!write_seen(file, guid, change, &done, err))
            return false;
        if (done)
            return true;
        /* Seen on a login that the row has not heard of: it was deleted and added again while the
         * device was connected. */
    }
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_PRESENCE, presence_sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    sqlite3_bind_int(statement, 2, change->state != STORE_PRESENCE_DISCONNECTED);
    sqlite_file_bind(statement, 3, instance);
    sqlite_file_bind_time(statement, 4, change->last_connected);
    sqlite_file_bind_time(statement, 5, change->last_seen);
    sqlite_file_bind_time(statement, 6, change->last_disconnected);
    sqlite3_bind_int64(statement, 7, (int64_t)change->epoch);
    sqlite3_bind_int(statement, 8, was_known);
    return sqlite_file_finish(file, statement, err);
}

static bool presence(struct store_database *base, const char *instance,
                     const struct store_presence_change *changes, size_t count, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    if (!sqlite_write_begin(database, &database->presence, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = write_presence(&database->presence, instance, &changes[i], err);
    return sqlite_write_end(database, &database->presence, ok, err);
}

static bool user_get(struct store_database *base, struct arena *arena, const char *name,
                     const char **hash, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = false;
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_USER_GET,
                                                    "SELECT hash FROM users WHERE name = ?1", err);
    if (statement != NULL) {
        sqlite_file_bind(statement, 1, name);
        switch (sqlite_file_step(file, statement, err)) {
        case SQLITE_FILE_ROW:
            *hash = sqlite_file_text(statement, 0, arena);
            sqlite_file_reset(statement);
            ok = true;
            break;
        case SQLITE_FILE_DONE:
            (void)error_set(err, ERROR_NOT_FOUND, "there is no such user");
            break;
        case SQLITE_FILE_FAILED:
            break;
        }
    }
    sqlite_reader_give(database, file);
    return ok;
}

static bool user_put(struct store_database *base, const char *name, const char *hash,
                     struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_USER_PUT,
                              "INSERT INTO users (name, hash) VALUES (?1, ?2)"
                              " ON CONFLICT (name) DO UPDATE SET hash = excluded.hash",
                              err);
    bool ok = statement != NULL;
    if (ok) {
        sqlite_file_bind(statement, 1, name);
        sqlite_file_bind(statement, 2, hash);
        ok = sqlite_file_finish(file, statement, err);
    }
    return sqlite_write_end(database, file, ok, err);
}

static bool user_keep_only(struct store_database *base, const char *name, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_USER_KEEP_ONLY,
                                                    "DELETE FROM users WHERE name <> ?1", err);
    bool ok = statement != NULL;
    if (ok) {
        sqlite_file_bind(statement, 1, name);
        ok = sqlite_file_finish(file, statement, err);
    }
    return sqlite_write_end(database, file, ok, err);
}

static bool user_count(struct store_database *base, uint64_t *count, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_USER_COUNT, "SELECT count(*) FROM users", err);
    bool ok = statement != NULL && sqlite_file_step(file, statement, err) == SQLITE_FILE_ROW;
    if (ok) {
        *count = (uint64_t)sqlite3_column_int64(statement, 0);
        sqlite_file_reset(statement);
    }
    sqlite_reader_give(database, file);
    return ok;
}

static void close_database(struct store_database *base)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    for (size_t i = 0; i < SQLITE_READERS; i++)
        sqlite_file_close(&database->readers[i]);
    sqlite_file_close(&database->presence);
    sqlite_file_close(&database->writer);
    pthread_mutex_destroy(&database->write_lock);
    pthread_mutex_destroy(&database->read_lock);
    pthread_cond_destroy(&database->read_freed);
    free(database);
}

static const struct store_database_methods methods = {
    .check = check,
    .check_write = check_write,
    .hurry = hurry,
    .clear_instance = clear_instance,
    .device_get = sqlite_device_get,
    .device_put = sqlite_device_put,
    .device_delete = sqlite_device_delete,
    .device_list = sqlite_device_list,
    .device_stats = sqlite_device_stats,
    .device_tags = sqlite_device_tags,
    .logins = logins,
    .presence = presence,
    .inventory_write = sqlite_inventory_write,
    .inventory_get = sqlite_inventory_get,
    .job_select = sqlite_job_select,
    .job_begin = sqlite_job_begin,
    .job_fill = sqlite_job_fill,
    .job_publish = sqlite_job_publish,
    .job_abandon = sqlite_job_abandon,
    .job_get = sqlite_job_get,
    .job_list = sqlite_job_list,
    .job_devices = sqlite_job_devices,
    .job_delete = sqlite_job_delete,
    .job_unfinished = sqlite_job_unfinished,
    .job_set_state = sqlite_job_set_state,
    .job_write = sqlite_job_write,
    .job_recover = sqlite_job_recover,
    .configuration_get = sqlite_configuration_get,
    .configuration_list = sqlite_configuration_list,
    .configuration_put = sqlite_configuration_put,
    .configuration_delete = sqlite_configuration_delete,
    .domain_match = sqlite_domain_match,
    .provisioning_begin = sqlite_provisioning_begin,
    .provisioning_step = sqlite_provisioning_step,
    .provisioning_finish = sqlite_provisioning_finish,
    .provisioning_list = sqlite_provisioning_list,
    .newcomer_add = sqlite_newcomer_add,
    .newcomer_remove = sqlite_newcomer_remove,
    .user_get = user_get,
    .user_put = user_put,
    .user_keep_only = user_keep_only,
    .user_count = user_count,
    .close = close_database,
};

static bool no_content(struct error *err)
{
    return error_set(err, ERROR_STORE,
                     NAME " is missing or empty, but there are secrets of an earlier start: "
                          "restore it from a backup (nothing was changed)");
}

static bool open_files(struct sqlite_database *database, const char *path,
                       enum migrations_start start, struct error *err)
{
    if (start != MIGRATIONS_MAKE && !sqlite_file_has_content(path))
        return no_content(err);
    if (!sqlite_file_create(path, err))
        return false;
    int64_t version;
    if (!sqlite_file_open(&database->writer, path, NAME, SQLITE_FILE_DURABLE, err) ||
        !migrations_version(&database->writer, &version, err))
        return false;
    if (version == 0 && start == MIGRATIONS_RUN)
        return no_content(err);
    if (!sqlite_file_verify(&database->writer, err) ||
        !(start == MIGRATIONS_NONE ? migrations_check : migrations_run)(&database->writer,
                                                                        MIGRATIONS_DEVICES, err) ||
        !sqlite_file_open(&database->presence, path, NAME, SQLITE_FILE_WRITE, err))
        return false;
    for (size_t i = 0; i < SQLITE_READERS; i++)
        if (!sqlite_file_open(&database->readers[i], path, NAME, SQLITE_FILE_READ, err))
            return false;
    database->writer.hurried = &database->hurried;
    database->presence.hurried = &database->hurried;
    return true;
}

struct store_database *sqlite_open(const char *directory, enum migrations_start start,
                                   struct error *err)
{
    struct sqlite_database *database = memory_new(sizeof *database);
    database->base.methods = &methods;
    pthread_mutex_init(&database->write_lock, NULL);
    pthread_mutex_init(&database->read_lock, NULL);
    pthread_cond_init(&database->read_freed, NULL);

    struct arena arena;
    arena_init(&arena);
    bool ok = open_files(database, arena_printf(&arena, "%s/" NAME, directory), start, err);
    arena_fini(&arena);
    if (ok)
        return &database->base;
    close_database(&database->base);
    return NULL;
}
