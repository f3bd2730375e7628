#include "store/sqlite_jobs.h"

#include "store/guid_table.h"
#include "store/sqlite_devices.h"

#include <string.h>

/* A job whose rows are not complete; nobody sees it. */
#define STATE_HIDDEN (-1)

bool sqlite_job_absent(const struct guid *id, struct error *err)
{
    char text[GUID_TEXT_SIZE];
    return error_set(err, ERROR_NOT_FOUND, "Job ID %s not found", guid_format(id, text));
}

/* ---- which devices ---- */

static bool find_device(struct sqlite_file *file, const struct guid *guid, const char *tenant,
                        bool *is_there, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_FIND_DEVICE,
        "SELECT 1 FROM devices WHERE guid = ?1 AND (?2 IS NULL OR tenantid = ?2)", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, guid);
    sqlite_file_bind(statement, 2, tenant);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    *is_there = step == SQLITE_FILE_ROW;
    if (*is_there)
        sqlite_file_reset(statement);
    return step != SQLITE_FILE_FAILED;
}

/* Each GUID once, in the order given. */
static bool select_given(struct sqlite_file *file, struct arena *arena, const char *tenant,
                         const struct guid *guids, size_t given, struct store_job_place **places,
                         size_t *count, struct error *err)
{
    struct guid_table seen;
    guid_table_init(&seen);
    bool ok = true;
    *count = 0;
    *places = arena_array(arena, given + 1, sizeof **places);
    for (size_t i = 0; i < given && ok; i++) {
        if (guid_table_find(&seen, &guids[i]) != NULL)
            continue;
        struct guid_table_entry *entry = arena_alloc(arena, sizeof *entry);
        entry->guid = guids[i];
        guid_table_add(&seen, entry);
        struct store_job_place *place = &(*places)[(*count)++];
        place->guid = guids[i];
        ok = find_device(file, &guids[i], tenant, &place->is_there, err);
    }
    guid_table_fini(&seen);
    return ok;
}

static bool select_found(struct sqlite_file *file, struct arena *arena,
                         const struct store_filter *filter, struct store_job_place **places,
                         size_t *count, struct error *err)
{
    struct guid *guids;
    if (!sqlite_list_guids(file, arena, filter, STORE_JOB_DEVICES_LIMIT, &guids, count, err))
        return false;
    *places = arena_array(arena, *count + 1, sizeof **places);
    for (size_t i = 0; i < *count; i++)
        (*places)[i] = (struct store_job_place){guids[i], true};
    return true;
}

bool sqlite_job_select(struct store_database *base, struct arena *arena, const char *tenant,
                       const struct guid *guids, size_t given, const struct store_filter *filter,
                       struct store_job_place **places, size_t *count, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    if (given > STORE_JOB_DEVICES_LIMIT)
        return error_set(err, ERROR_TOO_LARGE, "%zu devices are selected, at most %d can be", given,
                         STORE_JOB_DEVICES_LIMIT);
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok) {
        ok = guids != NULL ? select_given(file, arena, tenant, guids, given, places, count, err)
                           : select_found(file, arena, filter, places, count, err);
        ok = sqlite_file_end(file, ok, err);
    }
    sqlite_reader_give(database, file);
    return ok;
}

/* ---- adding ---- */

/* Kind and size of the selection are read from it, for lists that leave it out. */
static const char insert_sql[] =
    "INSERT INTO jobs (id, tenantid, operation, parameters, selection, createdby, concurrency,"
    " timeout_s, wait_s, state, created, pending, skipped, selectionkind, selectionsize)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
    " (SELECT key FROM json_each(?5) WHERE key <> 'method' LIMIT 1),"
    " (SELECT count(*) FROM json_each(?5) AS kind, json_each(kind.value)"
    " WHERE kind.key <> 'method'))";

static bool insert_job(struct sqlite_file *file, const struct store_job *job, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_JOB_INSERT, insert_sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, &job->id);
    sqlite_file_bind(statement, 2, job->tenant_id);
    sqlite_file_bind(statement, 3, job->operation);
    sqlite_file_bind(statement, 4, job->parameters);
    sqlite_file_bind(statement, 5, job->selection);
    sqlite_file_bind(statement, 6, job->created_by);
    sqlite3_bind_int64(statement, 7, job->concurrency);
    sqlite3_bind_int64(statement, 8, job->timeout_s);
    sqlite3_bind_int64(statement, 9, job->wait_s);
    sqlite3_bind_int(statement, 10, STATE_HIDDEN);
    sqlite3_bind_int64(statement, 11, job->created);
    sqlite3_bind_int64(statement, 12, (int64_t)job->counts[STORE_JOB_DEVICE_PENDING]);
    sqlite3_bind_int64(statement, 13, (int64_t)job->counts[STORE_JOB_DEVICE_SKIPPED]);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_job_begin(struct store_database *base, const struct store_job *job, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, insert_job(file, job, err), err);
}

static bool insert_device(struct sqlite_file *file, const char *id, int64_t when_ms, size_t place,
                          const struct store_job_place *device, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_DEVICE_INSERT,
        "INSERT INTO job_devices (job, place, guid, state, status, error, finished)"
        " VALUES ((SELECT number FROM jobs WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
        err);
    if (statement == NULL)
        return false;
    bool is_there = device->is_there;
    sqlite_file_bind(statement, 1, id);
    sqlite3_bind_int64(statement, 2, (int64_t)place);
    sqlite_file_bind_guid(statement, 3, &device->guid);
    sqlite3_bind_int(statement, 4, is_there ? STORE_JOB_DEVICE_PENDING : STORE_JOB_DEVICE_SKIPPED);
    sqlite_file_bind(statement, 5, is_there ? NULL : "not found");
    sqlite_file_bind(statement, 6, is_there ? NULL : "There is no such device.");
    sqlite_file_bind_time(statement, 7, is_there ? STORE_NEVER : when_ms);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_job_fill(struct store_database *base, const struct store_job *job, size_t first,
                     const struct store_job_place *places, size_t count, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    char id[GUID_TEXT_SIZE];
    guid_format(&job->id, id);
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = insert_device(file, id, job->created, first + i, &places[i], err);
    return sqlite_write_end(database, file, ok, err);
}

/* Makes room: of a tenant's jobs that are over, the oldest go, when there are too many jobs or
 * devices of jobs. */
static bool trim(struct sqlite_file *file, const char *tenant, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_TRIM,
        "DELETE FROM jobs WHERE number IN (SELECT number FROM"
        " (SELECT number, state, row_number() OVER newest AS place,"
        " sum(pending + running + succeeded + failed + skipped) OVER newest AS devices"
        " FROM jobs WHERE tenantid = ?1 AND state >= 0 WINDOW newest AS (ORDER BY number DESC))"
        " WHERE state IN (3, 4) AND (place > ?2 OR devices > ?3))",
        err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite3_bind_int(statement, 2, STORE_JOBS_KEPT);
    sqlite3_bind_int(statement, 3, STORE_JOB_RESULTS_KEPT);
    return sqlite_file_finish(file, statement, err);
}

static bool publish(struct sqlite_file *file, const struct store_job *job, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_PUBLISH, "UPDATE jobs SET state = ?2 WHERE id = ?1", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, &job->id);
    sqlite3_bind_int(statement, 2, (int)job->state);
    return sqlite_file_finish(file, statement, err) && trim(file, job->tenant_id, err);
}

/* The only commit of a job's making that has to survive a power failure; it takes the others
 * along. */
bool sqlite_job_publish(struct store_database *base, const struct store_job *job, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, publish(file, job, err), err);
}

static bool abandon(struct sqlite_file *file, const struct guid *id, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_JOB_ABANDON, "DELETE FROM jobs WHERE id = ?1 AND state < 0", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, id);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_job_abandon(struct store_database *base, const struct guid *id, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file, abandon(file, id, err), err);
}
