#include "store/sqlite_file.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS    5000 /* for another program that holds the file */
#define HURRIED_MS 100  /* the same when the process ends */
#define STEP_MS    10

bool sqlite_file_error(struct sqlite_file *file, int status, struct error *err)
{
    switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, ERROR_BUSY, "%s is held by another program", file->name);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, ERROR_STORE,
                         "%s is damaged (%s); nothing was changed, restore it from a backup",
                         file->name, sqlite3_errstr(status));
    case SQLITE_FULL:
        return error_set(err, ERROR_FULL, "the disk that holds %s is full", file->name);
    default:
        return error_set(err, ERROR_STORE, "%s: %s", file->name,
                         file->handle == NULL ? sqlite3_errstr(status)
                                              : sqlite3_errmsg(file->handle));
    }
}

bool sqlite_file_has_content(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 ? info.st_size > 0 : errno != ENOENT;
}

bool sqlite_file_create(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        char reason[128];
        return error_set(err, ERROR_STORE, "%s: %s", path,
                         strerror_r(errno, reason, sizeof reason));
    }
    close(fd);
    return true;
}

/* Waits a moment for the other program; 0 gives up. */
static int on_busy(void *arg, int times)
{
    const struct sqlite_file *file = arg;
    bool is_hurried = file->hurried != NULL && atomic_load(file->hurried);
    if ((times + 1) * STEP_MS > (is_hurried ? HURRIED_MS : BUSY_MS))
        return 0;
    (void)sqlite3_sleep(STEP_MS);
    return 1;
}

static bool configure(struct sqlite_file *file, enum sqlite_file_mode mode, struct error *err)
{
    sqlite3_busy_handler(file->handle, on_busy, file);
    sqlite3_extended_result_codes(file->handle, 1);
    /* A schema that somebody tampered with may not run functions behind our back. */
    sqlite3_db_config(file->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(file->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (!sqlite_file_execute(file, "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY", err))
        return false;
    if (mode == SQLITE_FILE_READ)
        return sqlite_file_execute(file, "PRAGMA query_only = ON", err);
    return sqlite_file_execute(file, "PRAGMA journal_mode = WAL", err) &&
           sqlite_file_execute(file,
                               mode == SQLITE_FILE_DURABLE ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = NORMAL",
                               err);
}

bool sqlite_file_open(struct sqlite_file *file, const char *path, const char *name,
                      enum sqlite_file_mode mode, struct error *err)
{
    *file = (struct sqlite_file){.name = name};
    /* Readers open for writing too, as the first user of a WAL file may have to recover it. */
    int status =
        sqlite3_open_v2(path, &file->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (status != SQLITE_OK)
        (void)sqlite_file_error(file, status, err);
    else if (configure(file, mode, err))
        return true;
    sqlite_file_close(file);
    return false;
}

void sqlite_file_close(struct sqlite_file *file)
{
    for (size_t i = 0; i < SQLITE_FILE_SLOTS; i++)
        sqlite3_finalize(file->statements[i]);
    sqlite3_close(file->handle);
    *file = (struct sqlite_file){.name = file->name};
}

/* Whether a check that answers "ok" or one row per fault finds none. False with `err` only when it
 * could not run. */
static bool passes(struct sqlite_file *file, const char *pragma, bool *sound, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(file->handle, pragma, -1, &statement, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_step(statement);
    if (status == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        *sound = text != NULL && strcmp(text, "ok") == 0;
    } else {
        (void)sqlite_file_error(file, status, err);
    }
    sqlite3_finalize(statement);
    return status == SQLITE_ROW;
}

bool sqlite_file_verify(struct sqlite_file *file, struct error *err)
{
    bool sound = false;
    if (!passes(file, "PRAGMA quick_check(1)", &sound, err))
        return false;
    /* That of SQLite 3.40 takes columns of some tables without rowid for NULL (those whose primary
     * key has another order than the table): only what the whole check finds, too, counts. */
    if (!sound && !passes(file, "PRAGMA integrity_check(1)", &sound, err))
        return false;
    if (!sound)
        (void)sqlite_file_error(file, SQLITE_CORRUPT, err);
    return sound;
}

bool sqlite_file_execute(struct sqlite_file *file, const char *sql, struct error *err)
{
    int status = sqlite3_exec(file->handle, sql, NULL, NULL, NULL);
    return status == SQLITE_OK || sqlite_file_error(file, status, err);
}

bool sqlite_file_number(struct sqlite_file *file, const char *sql, int64_t *value,
                        struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(file->handle, sql, -1, &statement, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_step(statement);
    bool ok = status == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int64(statement, 0);
    else
        (void)sqlite_file_error(file, status, err);
    sqlite3_finalize(statement);
    return ok;
}

sqlite3_stmt *sqlite_file_statement(struct sqlite_file *file, size_t slot, const char *sql,
                                    struct error *err)
{
    if (file->statements[slot] == NULL) {
        int status = sqlite3_prepare_v3(file->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &file->statements[slot], NULL);
        if (status != SQLITE_OK) {
            (void)sqlite_file_error(file, status, err);
            return NULL;
        }
    }
    return file->statements[slot];
}

sqlite3_stmt *sqlite_file_prepare(struct sqlite_file *file, const char *sql, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(file->handle, sql, -1, &statement, NULL);
    if (status == SQLITE_OK)
        return statement;
    (void)sqlite_file_error(file, status, err);
    return NULL;
}

void sqlite_file_reset(sqlite3_stmt *statement)
{
    if (statement != NULL) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
}

enum sqlite_file_step sqlite_file_step(struct sqlite_file *file, sqlite3_stmt *statement,
                                       struct error *err)
{
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        return SQLITE_FILE_ROW;
    if (status != SQLITE_DONE)
        (void)sqlite_file_error(file, status, err);
    sqlite_file_reset(statement);
    return status == SQLITE_DONE ? SQLITE_FILE_DONE : SQLITE_FILE_FAILED;
}

bool sqlite_file_finish(struct sqlite_file *file, sqlite3_stmt *statement, struct error *err)
{
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step == SQLITE_FILE_ROW)
        sqlite_file_reset(statement);
    return step != SQLITE_FILE_FAILED;
}

bool sqlite_file_begin(struct sqlite_file *file, bool write, struct error *err)
{
    return sqlite_file_execute(file, write ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

bool sqlite_file_end(struct sqlite_file *file, bool ok, struct error *err)
{
    if (ok && sqlite_file_execute(file, "COMMIT", err))
        return true;
    /* Some failures have rolled back already; then there is nothing to undo. */
    if (sqlite3_get_autocommit(file->handle) == 0)
        (void)sqlite_file_execute(file, "ROLLBACK", NULL);
    return false;
}

bool sqlite_file_touch(struct sqlite_file *file, struct error *err)
{
    int64_t version;
    char sql[64];
    if (!sqlite_file_number(file, "PRAGMA user_version", &version, err))
        return false;
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", (int)version);
    return sqlite_file_execute(file, sql, err);
}

void sqlite_file_bind(sqlite3_stmt *statement, int place, const char *text)
{
    if (text == NULL)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

const char *sqlite_file_text(sqlite3_stmt *statement, int column, struct arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    if (text == NULL)
        return NULL;
    return arena_string(arena, slice_of(text, (size_t)sqlite3_column_bytes(statement, column)));
}

void sqlite_file_bind_guid(sqlite3_stmt *statement, int place, const struct guid *guid)
{
    char text[GUID_TEXT_SIZE];
    sqlite3_bind_text(statement, place, guid_format(guid, text), -1, SQLITE_TRANSIENT);
}

void sqlite_file_bind_time(sqlite3_stmt *statement, int place, int64_t when_ms)
{
    if (when_ms == STORE_NEVER)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_int64(statement, place, when_ms);
}

bool sqlite_file_guid(sqlite3_stmt *statement, int column, struct guid *guid)
{
    return guid_parse(slice_of_string((const char *)sqlite3_column_text(statement, column)), guid);
}

int64_t sqlite_file_time(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? STORE_NEVER
               : sqlite3_column_int64(statement, column);
}
