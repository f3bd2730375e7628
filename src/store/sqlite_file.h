/*
 * One connection to one SQLite file: opening with the house's settings, prepared statements kept by
 * slot, transactions, and errors as sentences. Used by one thread at a time; whoever shares it
 * brings the lock. Freed with sqlite_file_close.
 */
#ifndef STORE_SQLITE_FILE_H
#define STORE_SQLITE_FILE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"

#include <sqlite3.h>
#include <stdatomic.h>

#define SQLITE_FILE_SLOTS 256

struct sqlite_file {
    sqlite3 *handle;
    const char *name;           /* "outband.db", for messages */
    const atomic_bool *hurried; /* true: another program is not waited for any more; or NULL */
    sqlite3_stmt *statements[SQLITE_FILE_SLOTS];
};

/* True when there is a file with something in it, or when that cannot be told. */
bool sqlite_file_has_content(const char *path);

/* Makes an empty file for its owner only, unless it is there. SQLite would make it by the process's
 * umask; its -wal and -shm take over the mode. */
bool sqlite_file_create(const char *path, struct error *err);

enum sqlite_file_mode {
    SQLITE_FILE_READ,    /* reads only */
    SQLITE_FILE_WRITE,   /* a commit survives kill -9, but perhaps not a power failure */
    SQLITE_FILE_DURABLE, /* a commit is on the disk when it returns */
};

/* Opens the file, which must exist (it may be empty). `name` must outlive it. A file that is
 * damaged or no database is ERROR_STORE. */
bool sqlite_file_open(struct sqlite_file *file, const char *path, const char *name,
                      enum sqlite_file_mode mode, struct error *err);

/* Safe on a zeroed struct. */
void sqlite_file_close(struct sqlite_file *file);

/* Reads the whole file through SQLite's quick check: ERROR_STORE when anything is damaged. */
bool sqlite_file_verify(struct sqlite_file *file, struct error *err);

/* Runs SQL without parameters or rows. */
bool sqlite_file_execute(struct sqlite_file *file, const char *sql, struct error *err);

/* The first column of the first row as a number. */
bool sqlite_file_number(struct sqlite_file *file, const char *sql, int64_t *value,
                        struct error *err);

/* The statement of `slot`, prepared from `sql` at first use, reset and without bindings. NULL with
 * `err` on failure. */
sqlite3_stmt *sqlite_file_statement(struct sqlite_file *file, size_t slot, const char *sql,
                                    struct error *err);

/* A statement for one use; the caller ends it with sqlite3_finalize. NULL with `err` on failure. */
sqlite3_stmt *sqlite_file_prepare(struct sqlite_file *file, const char *sql, struct error *err);

enum sqlite_file_step { SQLITE_FILE_ROW, SQLITE_FILE_DONE, SQLITE_FILE_FAILED };

/* Takes the next row. On DONE and FAILED the statement is reset and its bindings are wiped from
 * it. */
enum sqlite_file_step sqlite_file_step(struct sqlite_file *file, sqlite3_stmt *statement,
                                       struct error *err);

/* Steps a statement that gives no rows. */
bool sqlite_file_finish(struct sqlite_file *file, sqlite3_stmt *statement, struct error *err);

/* Resets a statement whose rows were not read to the end. NULL is allowed. */
void sqlite_file_reset(sqlite3_stmt *statement);

/* A transaction: begin, then end with the outcome so far. `ok` false rolls back; the result is
 * true when everything is committed. */
bool sqlite_file_begin(struct sqlite_file *file, bool write, struct error *err);
bool sqlite_file_end(struct sqlite_file *file, bool ok, struct error *err);

/* Inside a write transaction: writes a page whose content stays as it is. */
bool sqlite_file_touch(struct sqlite_file *file, struct error *err);

/* Sets ERROR_STORE (ERROR_BUSY when another program holds the file) from SQLite's last error.
 * Returns false. */
bool sqlite_file_error(struct sqlite_file *file, int status, struct error *err);

/* NULL binds null. The text must live until the statement is stepped to its end. */
void sqlite_file_bind(sqlite3_stmt *statement, int place, const char *text);

/* The GUID as text; a time in ms, where STORE_NEVER is null. */
void sqlite_file_bind_guid(sqlite3_stmt *statement, int place, const struct guid *guid);
void sqlite_file_bind_time(sqlite3_stmt *statement, int place, int64_t when_ms);

/* The same of a column; false when it is no GUID. */
bool sqlite_file_guid(sqlite3_stmt *statement, int column, struct guid *guid);
int64_t sqlite_file_time(sqlite3_stmt *statement, int column);

/* A copy of the column in the arena; NULL for null. */
const char *sqlite_file_text(sqlite3_stmt *statement, int column, struct arena *arena);

#endif
