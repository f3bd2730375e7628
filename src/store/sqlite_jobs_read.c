/* Reading jobs and what became of their devices. */
#include "store/sqlite_jobs.h"

/* Then the selection, or nothing in its place. */
#define JOB_COLUMNS                                                                     \
    "id, tenantid, operation, parameters, createdby, concurrency, timeout_s, wait_s,"   \
    " state, created, started, finished, pending, running, succeeded, failed, skipped," \
    " selectionkind, selectionsize, "

#define FIRST_COUNT 12 /* the column, in the order of enum store_job_device_state */

_Static_assert(STORE_JOB_DEVICE_PENDING == 0 && STORE_JOB_DEVICE_RUNNING == 1 &&
                   STORE_JOB_DEVICE_SUCCEEDED == 2 && STORE_JOB_DEVICE_FAILED == 3 &&
                   STORE_JOB_DEVICE_SKIPPED == 4,
               "the columns are in this order");

static bool read_job(sqlite3_stmt *statement, struct arena *arena, struct store_job *job,
                     struct error *err)
{
    *job = (struct store_job){
        .tenant_id = sqlite_file_text(statement, 1, arena),
        .operation = sqlite_file_text(statement, 2, arena),
        .parameters = sqlite_file_text(statement, 3, arena),
        .created_by = sqlite_file_text(statement, 4, arena),
        .concurrency = (uint32_t)sqlite3_column_int64(statement, 5),
        .timeout_s = (uint32_t)sqlite3_column_int64(statement, 6),
        .wait_s = (uint32_t)sqlite3_column_int64(statement, 7),
        .state = (enum store_job_state)sqlite3_column_int(statement, 8),
        .created = sqlite3_column_int64(statement, 9),
        .started = sqlite_file_time(statement, 10),
        .finished = sqlite_file_time(statement, 11),
        .selection_kind = sqlite_file_text(statement, 17, arena),
        .selection_size = sqlite3_column_int64(statement, 18),
        .selection = sqlite_file_text(statement, 19, arena),
    };
    for (int i = 0; i < STORE_JOB_DEVICE_STATE_COUNT; i++)
        job->counts[i] = (uint64_t)sqlite3_column_int64(statement, FIRST_COUNT + i);
    return sqlite_file_guid(statement, 0, &job->id) ||
           error_set(err, ERROR_STORE, "outband.db holds a job whose ID is none");
}

static bool find_job(struct sqlite_file *file, struct arena *arena, const struct guid *id,
                     const char *tenant, struct store_job *job, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_GET,
                              "SELECT " JOB_COLUMNS "selection FROM jobs WHERE id = ?1"
                              " AND state >= 0 AND (?2 IS NULL OR tenantid = ?2)",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, id);
    sqlite_file_bind(statement, 2, tenant);
    switch (sqlite_file_step(file, statement, err)) {
    case SQLITE_FILE_ROW: {
        bool ok = read_job(statement, arena, job, err);
        sqlite_file_reset(statement);
        return ok;
    }
    case SQLITE_FILE_DONE:
        return sqlite_job_absent(id, err);
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

/* The rows of a statement whose last parameters are bound. */
static bool read_jobs(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                      size_t room, struct store_job **jobs, size_t *count, struct error *err)
{
    *jobs = arena_array(arena, room == 0 ? 1 : room, sizeof **jobs);
    *count = 0;
    enum sqlite_file_step step = SQLITE_FILE_DONE;
    bool ok = true;
    while (ok && *count < room &&
           (step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        ok = read_job(statement, arena, &(*jobs)[(*count)++], err);
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
                                                    " AND state >= 0 AND (?2 < 0 OR state = ?2)",
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
                                      "SELECT " JOB_COLUMNS "NULL FROM jobs WHERE tenantid = ?1"
                                      " AND state >= 0 AND (?2 < 0 OR state = ?2)"
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
    return read_jobs(file, statement, arena, room, jobs, count, err);
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
                                   "SELECT " JOB_COLUMNS "NULL FROM jobs WHERE state IN (0, 1, 2)"
                                   " ORDER BY number",
                                   err)
           : NULL;
    ok = statement != NULL && read_jobs(file, statement, arena, (size_t)total, jobs, count, err);
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
        .started = sqlite_file_time(statement, 6),
        .finished = sqlite_file_time(statement, 7),
    };
    return sqlite_file_guid(statement, 1, &device->guid) ||
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
    sqlite_file_bind_guid(statement, 1, id);
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
    sqlite_file_bind_guid(statement, 1, id);
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
