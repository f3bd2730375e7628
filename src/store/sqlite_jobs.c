#include "store/sqlite_jobs.h"

#include "store/guid_table.h"
#include "store/sqlite_devices.h"

#include <string.h>

static bool no_job(const struct guid *id, struct error *err)
{
    char text[GUID_TEXT_SIZE];
    return error_set(err, ERROR_NOT_FOUND, "Job ID %s not found", guid_format(id, text));
}

static void bind_guid(sqlite3_stmt *statement, int place, const struct guid *guid)
{
    char text[GUID_TEXT_SIZE];
    sqlite3_bind_text(statement, place, guid_format(guid, text), -1, SQLITE_TRANSIENT);
}

static void bind_time(sqlite3_stmt *statement, int place, int64_t when_ms)
{
    if (when_ms == STORE_NEVER)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_int64(statement, place, when_ms);
}

static int64_t time_column(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? STORE_NEVER
               : sqlite3_column_int64(statement, column);
}

static bool guid_column(sqlite3_stmt *statement, int column, struct guid *guid)
{
    return guid_parse(slice_of_string((const char *)sqlite3_column_text(statement, column)), guid);
}

/* ---- adding ---- */

static bool insert_job(struct sqlite_file *file, const struct store_job *job, int64_t *number,
                       struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_INSERT,
        "INSERT INTO jobs (id, tenantid, operation, parameters, selection, createdby, concurrency,"
        " timeout_s, wait_s, state, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, &job->id);
    sqlite_file_bind(statement, 2, job->tenant_id);
    sqlite_file_bind(statement, 3, job->operation);
    sqlite_file_bind(statement, 4, job->parameters);
    sqlite_file_bind(statement, 5, job->selection);
    sqlite_file_bind(statement, 6, job->created_by);
    sqlite3_bind_int64(statement, 7, job->concurrency);
    sqlite3_bind_int64(statement, 8, job->timeout_s);
    sqlite3_bind_int64(statement, 9, job->wait_s);
    sqlite3_bind_int(statement, 10, (int)job->state);
    sqlite3_bind_int64(statement, 11, job->created);
    if (!sqlite_file_finish(file, statement, err))
        return false;
    *number = sqlite3_last_insert_rowid(file->handle);
    return true;
}

static bool insert_device(struct sqlite_file *file, int64_t number, uint32_t place,
                          const struct guid *guid, bool is_there, int64_t when_ms,
                          struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_DEVICE_INSERT,
                              "INSERT INTO job_devices (job, place, guid, state, status, error,"
                              " finished) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                              err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_int64(statement, 2, place);
    bind_guid(statement, 3, guid);
    sqlite3_bind_int(statement, 4, is_there ? STORE_JOB_DEVICE_PENDING : STORE_JOB_DEVICE_SKIPPED);
    sqlite_file_bind(statement, 5, is_there ? NULL : "not found");
    sqlite_file_bind(statement, 6, is_there ? NULL : "There is no such device.");
    bind_time(statement, 7, is_there ? STORE_NEVER : when_ms);
    return sqlite_file_finish(file, statement, err);
}

static bool find_device(struct sqlite_file *file, const struct guid *guid, const char *tenant,
                        bool *is_there, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_FIND_DEVICE,
        "SELECT 1 FROM devices WHERE guid = ?1 AND (?2 IS NULL OR tenantid = ?2)", err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, guid);
    sqlite_file_bind(statement, 2, tenant);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    *is_there = step == SQLITE_FILE_ROW;
    if (*is_there)
        sqlite_file_reset(statement);
    return step != SQLITE_FILE_FAILED;
}

/* Each GUID once, in the order given. */
static bool insert_given(struct sqlite_file *file, struct arena *arena, int64_t number,
                         struct store_job *job, const struct guid *guids, size_t count,
                         struct error *err)
{
    struct guid_table seen;
    guid_table_init(&seen);
    uint32_t place = 0;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        if (guid_table_find(&seen, &guids[i]) != NULL)
            continue;
        struct guid_table_entry *entry = arena_alloc(arena, sizeof *entry);
        entry->guid = guids[i];
        guid_table_add(&seen, entry);
        bool is_there;
        ok = find_device(file, &guids[i], job->tenant_id, &is_there, err) &&
             insert_device(file, number, place++, &guids[i], is_there, job->created, err);
        if (ok)
            job->counts[is_there ? STORE_JOB_DEVICE_PENDING : STORE_JOB_DEVICE_SKIPPED]++;
    }
    guid_table_fini(&seen);
    return ok;
}

static bool insert_found(struct sqlite_file *file, struct arena *arena, int64_t number,
                         struct store_job *job, const struct store_filter *filter,
                         struct error *err)
{
    struct guid *guids;
    size_t count;
    if (!sqlite_list_guids(file, arena, filter, STORE_JOB_DEVICES_LIMIT, &guids, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!insert_device(file, number, (uint32_t)i, &guids[i], true, job->created, err))
            return false;
    job->counts[STORE_JOB_DEVICE_PENDING] = count;
    return true;
}

/* Makes room: of a tenant's jobs that are over, the oldest go. */
static bool trim(struct sqlite_file *file, const char *tenant, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_TRIM,
        "DELETE FROM jobs WHERE tenantid = ?1 AND state IN (3, 4) AND number <="
        " (SELECT number FROM jobs WHERE tenantid = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite3_bind_int(statement, 2, STORE_JOBS_KEPT);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_job_add(struct store_database *base, struct store_job *job, const struct guid *guids,
                    size_t count, const struct store_filter *filter, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    int64_t number;
    memset(job->counts, 0, sizeof job->counts);
    if (count > STORE_JOB_DEVICES_LIMIT)
        return error_set(err, ERROR_TOO_LARGE, "%zu devices are selected, at most %d can be", count,
                         STORE_JOB_DEVICES_LIMIT);
    if (!sqlite_write_begin(database, file, err))
        return false;
    struct arena arena;
    arena_init(&arena);
    bool ok = insert_job(file, job, &number, err) && trim(file, job->tenant_id, err) &&
              (guids != NULL ? insert_given(file, &arena, number, job, guids, count, err)
                             : insert_found(file, &arena, number, job, filter, err));
    arena_fini(&arena);
    return sqlite_write_end(database, file, ok, err);
}

/* ---- reading ---- */

#define JOB_COLUMNS                                                                              \
    "id, tenantid, operation, parameters, selection, createdby, concurrency, timeout_s, wait_s," \
    " state, created, started, finished, number"

static bool read_job(sqlite3_stmt *statement, struct arena *arena, struct store_job *job,
                     int64_t *number, struct error *err)
{
    *job = (struct store_job){
        .tenant_id = sqlite_file_text(statement, 1, arena),
        .operation = sqlite_file_text(statement, 2, arena),
        .parameters = sqlite_file_text(statement, 3, arena),
        .selection = sqlite_file_text(statement, 4, arena),
        .created_by = sqlite_file_text(statement, 5, arena),
        .concurrency = (uint32_t)sqlite3_column_int64(statement, 6),
        .timeout_s = (uint32_t)sqlite3_column_int64(statement, 7),
        .wait_s = (uint32_t)sqlite3_column_int64(statement, 8),
        .state = (enum store_job_state)sqlite3_column_int(statement, 9),
        .created = sqlite3_column_int64(statement, 10),
        .started = time_column(statement, 11),
        .finished = time_column(statement, 12),
    };
    *number = sqlite3_column_int64(statement, 13);
    return guid_column(statement, 0, &job->id) ||
           error_set(err, ERROR_STORE, "outband.db holds a job whose ID is none");
}

static bool read_counts(struct sqlite_file *file, int64_t number, struct store_job *job,
                        struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_COUNTS,
        "SELECT state, count(*) FROM job_devices WHERE job = ?1 GROUP BY state", err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, number);
    enum sqlite_file_step step;
    while ((step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        int state = sqlite3_column_int(statement, 0);
        if (state >= 0 && state < STORE_JOB_DEVICE_STATE_COUNT)
            job->counts[state] = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    return step == SQLITE_FILE_DONE;
}

static bool find_job(struct sqlite_file *file, struct arena *arena, const struct guid *id,
                     const char *tenant, struct store_job *job, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_GET,
                                                    "SELECT " JOB_COLUMNS " FROM jobs WHERE id = ?1"
                                                    " AND (?2 IS NULL OR tenantid = ?2)",
                                                    err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    sqlite_file_bind(statement, 2, tenant);
    int64_t number;
    switch (sqlite_file_step(file, statement, err)) {
    case SQLITE_FILE_ROW: {
        bool ok = read_job(statement, arena, job, &number, err);
        sqlite_file_reset(statement);
        return ok && read_counts(file, number, job, err);
    }
    case SQLITE_FILE_DONE:
        return no_job(id, err);
    case SQLITE_FILE_FAILED:
        break;
    }
    return false;
}

bool sqlite_job_get(struct store_database *base, struct arena *arena, const struct guid *id,
                    const char *tenant, struct store_job *job, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok)
        ok = sqlite_file_end(file, find_job(file, arena, id, tenant, job, err), err);
    sqlite_reader_give(database, file);
    return ok;
}

/* The rows of a statement whose last parameters are bound; with the counts when asked for. */
static bool read_jobs(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                      size_t room, bool with_counts, struct store_job **jobs, size_t *count,
                      struct error *err)
{
    *jobs = arena_array(arena, room == 0 ? 1 : room, sizeof **jobs);
    *count = 0;
    enum sqlite_file_step step = SQLITE_FILE_DONE;
    bool ok = true;
    while (ok && *count < room &&
           (step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        int64_t number;
        struct store_job *job = &(*jobs)[(*count)++];
        ok = read_job(statement, arena, job, &number, err) &&
             (!with_counts || read_counts(file, number, job, err));
    }
    sqlite_file_reset(statement);
    return ok && step != SQLITE_FILE_FAILED;
}

static bool list_jobs(struct sqlite_file *file, struct arena *arena, const char *tenant, int state,
                      uint32_t top, uint32_t skip, struct store_job **jobs, size_t *count,
                      uint64_t *total, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_LIST_COUNT,
                                                    "SELECT count(*) FROM jobs WHERE tenantid = ?1"
                                                    " AND (?2 < 0 OR state = ?2)",
                                                    err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite3_bind_int(statement, 2, state);
    if (sqlite_file_step(file, statement, err) != SQLITE_FILE_ROW)
        return false;
    *total = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_file_reset(statement);
    statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_LIST,
                                      "SELECT " JOB_COLUMNS " FROM jobs WHERE tenantid = ?1"
                                      " AND (?2 < 0 OR state = ?2)"
                                      " ORDER BY number DESC LIMIT ?3 OFFSET ?4",
                                      err);
    if (statement == NULL)
        return false;
    uint64_t left = *total > skip ? *total - skip : 0;
    size_t room = (size_t)(left < top ? left : top);
    sqlite_file_bind(statement, 1, tenant);
    sqlite3_bind_int(statement, 2, state);
    sqlite3_bind_int64(statement, 3, (int64_t)room);
    sqlite3_bind_int64(statement, 4, skip);
    return read_jobs(file, statement, arena, room, true, jobs, count, err);
}

bool sqlite_job_list(struct store_database *base, struct arena *arena, const char *tenant,
                     int state, uint32_t top, uint32_t skip, struct store_job **jobs, size_t *count,
                     uint64_t *total, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok)
        ok = sqlite_file_end(
            file, list_jobs(file, arena, tenant, state, top, skip, jobs, count, total, err), err);
    sqlite_reader_give(database, file);
    return ok;
}

bool sqlite_job_unfinished(struct store_database *base, struct arena *arena,
                           struct store_job **jobs, size_t *count, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    int64_t total = 0;
    bool ok =
        sqlite_file_number(file, "SELECT count(*) FROM jobs WHERE state IN (0, 1, 2)", &total, err);
    sqlite3_stmt *statement =
        ok ? sqlite_file_statement(file, SQLITE_SLOT_JOB_UNFINISHED,
                                   "SELECT " JOB_COLUMNS " FROM jobs WHERE state IN (0, 1, 2)"
                                   " ORDER BY number",
                                   err)
           : NULL;
    ok = statement != NULL &&
         read_jobs(file, statement, arena, (size_t)total, false, jobs, count, err);
    sqlite_reader_give(database, file);
    return ok;
}

/* ---- the devices of a job ---- */

static bool read_device(sqlite3_stmt *statement, struct arena *arena,
                        struct store_job_device *device, struct error *err)
{
    *device = (struct store_job_device){
        .place = (uint32_t)sqlite3_column_int64(statement, 0),
        .state = (enum store_job_device_state)sqlite3_column_int(statement, 2),
        .status = sqlite_file_text(statement, 3, arena),
        .has_return_value = sqlite3_column_type(statement, 4) != SQLITE_NULL,
        .return_value = sqlite3_column_int64(statement, 4),
        .error = sqlite_file_text(statement, 5, arena),
        .started = time_column(statement, 6),
        .finished = time_column(statement, 7),
    };
    return guid_column(statement, 1, &device->guid) ||
           error_set(err, ERROR_STORE, "outband.db holds a device whose GUID is none");
}

/* ?1 is the job's id. */
#define DEVICES_WHERE                                                       \
    " FROM job_devices WHERE job = (SELECT number FROM jobs WHERE id = ?1)" \
    " AND (?2 < 0 OR state = ?2)"

static bool list_devices(struct sqlite_file *file, struct arena *arena, const struct guid *id,
                         int state, uint32_t top, uint32_t skip, struct store_job_device **devices,
                         size_t *count, uint64_t *total, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_DEVICES_COUNT,
                                                    "SELECT count(*)" DEVICES_WHERE, err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    sqlite3_bind_int(statement, 2, state);
    if (sqlite_file_step(file, statement, err) != SQLITE_FILE_ROW)
        return false;
    *total = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_file_reset(statement);
    statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_DEVICES,
        "SELECT place, guid, state, status, returnvalue, error, started, finished" DEVICES_WHERE
        " ORDER BY place LIMIT ?3 OFFSET ?4",
        err);
    if (statement == NULL)
        return false;
    uint64_t left = *total > skip ? *total - skip : 0;
    size_t room = (size_t)(left < top ? left : top);
    *devices = arena_array(arena, room == 0 ? 1 : room, sizeof **devices);
    bind_guid(statement, 1, id);
    sqlite3_bind_int(statement, 2, state);
    sqlite3_bind_int64(statement, 3, (int64_t)room);
    sqlite3_bind_int64(statement, 4, skip);
    enum sqlite_file_step step = SQLITE_FILE_DONE;
    bool ok = true;
    while (ok && *count < room &&
           (step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW)
        ok = read_device(statement, arena, &(*devices)[(*count)++], err);
    sqlite_file_reset(statement);
    return ok && step != SQLITE_FILE_FAILED;
}

bool sqlite_job_devices(struct store_database *base, struct arena *arena, const struct guid *id,
                        int state, uint32_t top, uint32_t skip, struct store_job_device **devices,
                        size_t *count, uint64_t *total, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    *count = 0;
    bool ok = sqlite_file_begin(file, false, err);
    if (ok)
        ok = sqlite_file_end(
            file, list_devices(file, arena, id, state, top, skip, devices, count, total, err), err);
    sqlite_reader_give(database, file);
    return ok;
}

/* ---- changing ---- */

static bool delete_job(struct sqlite_file *file, const struct guid *id, const char *tenant,
                       struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_OWNER,
                                                    "SELECT state FROM jobs WHERE id = ?1"
                                                    " AND (?2 IS NULL OR tenantid = ?2)",
                                                    err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    sqlite_file_bind(statement, 2, tenant);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step != SQLITE_FILE_ROW)
        return step == SQLITE_FILE_DONE ? no_job(id, err) : false;
    int state = sqlite3_column_int(statement, 0);
    sqlite_file_reset(statement);
    if (state != STORE_JOB_DONE && state != STORE_JOB_CANCELLED)
        return error_set(err, ERROR_CONFLICT, "the job is not over");
    statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_DELETE, "DELETE FROM jobs WHERE id = ?1", err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_job_delete(struct store_database *base, const struct guid *id, const char *tenant,
                       struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, delete_job(file, id, tenant, err), err);
}

static bool skip_pending(struct sqlite_file *file, const struct guid *id, int64_t when_ms,
                         struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_SKIP,
                              "UPDATE job_devices SET state = 4, status = 'cancelled',"
                              " error = 'The job was cancelled before this device''s turn.',"
                              " finished = ?2"
                              " WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND state = 0",
                              err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    sqlite3_bind_int64(statement, 2, when_ms);
    return sqlite_file_finish(file, statement, err);
}

_Static_assert(STORE_JOB_QUEUED == 0 && STORE_JOB_RUNNING == 1 && STORE_JOB_CANCELLING == 2 &&
                   STORE_JOB_CANCELLED == 3 && STORE_JOB_DONE == 4 &&
                   STORE_JOB_DEVICE_PENDING == 0 && STORE_JOB_DEVICE_RUNNING == 1 &&
                   STORE_JOB_DEVICE_FAILED == 3 && STORE_JOB_DEVICE_SKIPPED == 4,
               "the SQL of this file has these numbers");

/* A job that somebody cancels while it is started stays so: RUNNING does not undo CANCELLING. */
static bool set_state(struct sqlite_file *file, const struct guid *id, enum store_job_state state,
                      int64_t when_ms, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_SET_STATE,
                              "UPDATE jobs SET state = ?2,"
                              " started = CASE WHEN ?2 = 1 THEN coalesce(started, ?3)"
                              " ELSE started END,"
                              " finished = CASE WHEN ?2 IN (3, 4) THEN ?3 END"
                              /* A job that is over meanwhile is not cancelled any more. */
                              " WHERE id = ?1 AND (?2 NOT IN (1, 2) OR state IN (0, 1))",
                              err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    sqlite3_bind_int(statement, 2, (int)state);
    sqlite3_bind_int64(statement, 3, when_ms);
    return sqlite_file_finish(file, statement, err) &&
           (state != STORE_JOB_CANCELLED || skip_pending(file, id, when_ms, err));
}

bool sqlite_job_set_state(struct store_database *base, const struct guid *id,
                          enum store_job_state state, int64_t when_ms, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, set_state(file, id, state, when_ms, err), err);
}

static bool write_device(struct sqlite_file *file, const char *id,
                         const struct store_job_device *device, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_WRITE,
                              "UPDATE job_devices SET state = ?3, status = ?4, returnvalue = ?5,"
                              " error = ?6, started = ?7, finished = ?8"
                              " WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND place = ?2",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, id);
    sqlite3_bind_int64(statement, 2, device->place);
    sqlite3_bind_int(statement, 3, (int)device->state);
    sqlite_file_bind(statement, 4, device->status);
    if (device->has_return_value)
        sqlite3_bind_int64(statement, 5, device->return_value);
    sqlite_file_bind(statement, 6, device->error);
    bind_time(statement, 7, device->started);
    bind_time(statement, 8, device->finished);
    return sqlite_file_finish(file, statement, err);
}

/* Otherwise on the connection whose commits survive a killed process: what a power failure undoes
 * is done again then, or said to be unknown. */
bool sqlite_job_write(struct store_database *base, const struct guid *id,
                      const struct store_job_device *devices, size_t count, bool durable,
                      struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = durable ? &database->writer : &database->presence;
    char text[GUID_TEXT_SIZE];
    guid_format(id, text);
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = write_device(file, text, &devices[i], err);
    return sqlite_write_end(database, file, ok, err);
}

static bool recover(struct sqlite_file *file, const struct guid *id, bool repeatable,
                    int64_t when_ms, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_RECOVER,
        "UPDATE job_devices SET state = CASE WHEN ?2 THEN 0 ELSE 3 END,"
        " status = CASE WHEN ?2 THEN NULL ELSE 'unknown' END,"
        " error = CASE WHEN ?2 THEN NULL ELSE 'The server was restarted while it ran.' END,"
        " started = CASE WHEN ?2 THEN NULL ELSE started END,"
        " finished = CASE WHEN ?2 THEN NULL ELSE ?3 END"
        " WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND state = 1",
        err);
    if (statement == NULL)
        return false;
    bind_guid(statement, 1, id);
    sqlite3_bind_int(statement, 2, repeatable);
    sqlite3_bind_int64(statement, 3, when_ms);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_job_recover(struct store_database *base, const struct guid *id, bool repeatable,
                        int64_t when_ms, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, recover(file, id, repeatable, when_ms, err), err);
}
