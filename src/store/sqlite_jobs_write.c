/* What becomes of jobs: states, results, recovery, removal. */
#include "store/sqlite_jobs.h"

static bool delete_job(struct sqlite_file *file, const struct guid *id, const char *tenant,
                       struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_OWNER,
                              "SELECT state FROM jobs WHERE id = ?1 AND state >= 0"
                              " AND (?2 IS NULL OR tenantid = ?2)",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, id);
    sqlite_file_bind(statement, 2, tenant);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step != SQLITE_FILE_ROW)
        return step == SQLITE_FILE_DONE ? sqlite_job_absent(id, err) : false;
    int state = sqlite3_column_int(statement, 0);
    sqlite_file_reset(statement);
    if (state != STORE_JOB_DONE && state != STORE_JOB_CANCELLED)
        return error_set(err, ERROR_CONFLICT, "the job is not over");
    statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_DELETE, "DELETE FROM jobs WHERE id = ?1", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, id);
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

/* A statement with the job's id alone. */
static bool execute(struct sqlite_file *file, enum sqlite_slot slot, const char *sql,
                    const struct guid *id, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, slot, sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, id);
    return sqlite_file_finish(file, statement, err);
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
    sqlite_file_bind_guid(statement, 1, id);
    sqlite3_bind_int64(statement, 2, when_ms);
    return sqlite_file_finish(file, statement, err) &&
           execute(file, SQLITE_SLOT_JOB_SKIP_COUNTS,
                   "UPDATE jobs SET skipped = skipped + pending, pending = 0 WHERE id = ?1", id,
                   err);
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
    sqlite_file_bind_guid(statement, 1, id);
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

/* How much the counts of a job change. */
struct delta {
    int64_t counts[STORE_JOB_DEVICE_STATE_COUNT];
};

/* A step of one row; `*value` stays as it is when there is none. */
static bool read_number(struct sqlite_file *file, sqlite3_stmt *statement, int64_t *value,
                        struct error *err)
{
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step == SQLITE_FILE_ROW) {
        *value = sqlite3_column_int64(statement, 0);
        sqlite_file_reset(statement);
    }
    return step != SQLITE_FILE_FAILED;
}

static bool count_device(struct sqlite_file *file, int64_t job,
                         const struct store_job_device *device, struct delta *delta,
                         struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_DEVICE_STATE,
                              "SELECT state FROM job_devices WHERE job = ?1 AND place = ?2", err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, job);
    sqlite3_bind_int64(statement, 2, device->place);
    int64_t before = -1;
    if (!read_number(file, statement, &before, err))
        return false;
    if (before >= 0 && before < STORE_JOB_DEVICE_STATE_COUNT) {
        delta->counts[before]--;
        delta->counts[device->state]++;
    }
    return true;
}

static bool write_device(struct sqlite_file *file, int64_t job,
                         const struct store_job_device *device, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_JOB_WRITE,
                              "UPDATE job_devices SET state = ?3, status = ?4, returnvalue = ?5,"
                              " error = ?6, started = ?7, finished = ?8"
                              " WHERE job = ?1 AND place = ?2",
                              err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, job);
    sqlite3_bind_int64(statement, 2, device->place);
    sqlite3_bind_int(statement, 3, (int)device->state);
    sqlite_file_bind(statement, 4, device->status);
    if (device->has_return_value)
        sqlite3_bind_int64(statement, 5, device->return_value);
    sqlite_file_bind(statement, 6, device->error);
    sqlite_file_bind_time(statement, 7, device->started);
    sqlite_file_bind_time(statement, 8, device->finished);
    return sqlite_file_finish(file, statement, err);
}

static bool write_counts(struct sqlite_file *file, int64_t job, const struct delta *delta,
                         struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_COUNTS,
        "UPDATE jobs SET pending = pending + ?2, running = running + ?3,"
        " succeeded = succeeded + ?4, failed = failed + ?5, skipped = skipped + ?6"
        " WHERE number = ?1",
        err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, job);
    for (int i = 0; i < STORE_JOB_DEVICE_STATE_COUNT; i++)
        sqlite3_bind_int64(statement, 2 + i, delta->counts[i]);
    return sqlite_file_finish(file, statement, err);
}

static bool write_devices(struct sqlite_file *file, const struct guid *id,
                          const struct store_job_device *devices, size_t count, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_NUMBER,
                                                    "SELECT number FROM jobs WHERE id = ?1", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, id);
    int64_t job = -1;
    struct delta delta = {{0}};
    bool ok = read_number(file, statement, &job, err);
    for (size_t i = 0; i < count && ok && job >= 0; i++)
        ok = count_device(file, job, &devices[i], &delta, err) &&
             write_device(file, job, &devices[i], err);
    return ok && write_counts(file, job, &delta, err);
}

/* Otherwise on the connection whose commits survive a killed process: what a power failure undoes
 * is done again then, or said to be unknown. */
bool sqlite_job_write(struct store_database *base, const struct guid *id,
                      const struct store_job_device *devices, size_t count, bool durable,
                      struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = durable ? &database->writer : &database->presence;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, write_devices(file, id, devices, count, err), err);
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
    sqlite_file_bind_guid(statement, 1, id);
    sqlite3_bind_int(statement, 2, repeatable);
    sqlite3_bind_int64(statement, 3, when_ms);
    if (!sqlite_file_finish(file, statement, err))
        return false;
    return repeatable
               ? execute(file, SQLITE_SLOT_JOB_AGAIN_COUNTS,
                         "UPDATE jobs SET pending = pending + running, running = 0 WHERE id = ?1",
                         id, err)
               : execute(file, SQLITE_SLOT_JOB_UNKNOWN_COUNTS,
                         "UPDATE jobs SET failed = failed + running, running = 0 WHERE id = ?1", id,
                         err);
}

bool sqlite_job_recover(struct store_database *base, const struct guid *id, bool repeatable,
                        int64_t when_ms, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, recover(file, id, repeatable, when_ms, err), err);
}
