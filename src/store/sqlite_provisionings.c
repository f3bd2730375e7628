#include "store/sqlite_provisionings.h"

#include <string.h>

#define COLUMNS \
    "number, guid, tenantid, command, profile, started, finished, outcome, step, message, steps"

#define TRIM_EVERY 64

_Static_assert(STORE_OUTCOME_RUNNING == 0 && STORE_OUTCOME_INTERRUPTED == 3,
               "the SQL of this file has these numbers");

static bool read_row(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                     struct store_provisioning *row, struct error *err)
{
    *row = (struct store_provisioning){
        .number = sqlite3_column_int64(statement, 0),
        .tenant_id = sqlite_file_text(statement, 2, arena),
        .command = sqlite_file_text(statement, 3, arena),
        .profile = sqlite_file_text(statement, 4, arena),
        .started = sqlite_file_time(statement, 5),
        .finished = sqlite_file_time(statement, 6),
        .outcome = (enum store_outcome)sqlite3_column_int(statement, 7),
        .step = sqlite_file_text(statement, 8, arena),
        .message = sqlite_file_text(statement, 9, arena),
        .steps = sqlite_file_text(statement, 10, arena),
    };
    return sqlite_file_guid(statement, 1, &row->guid) ||
           error_set(err, ERROR_STORE, "%s holds a session of no device", file->name);
}

/* ---- writing ---- */

/* Closes one that is open although nobody runs it, since its process has ended. */
static bool close_open(struct sqlite_file *file, const struct guid *guid, struct error *err)
{
    sqlite3_stmt *close = sqlite_file_statement(file, SQLITE_SLOT_PROVISIONING_INTERRUPT,
                                                "UPDATE provisionings SET outcome = 3"
                                                " WHERE guid = ?1 AND outcome = 0",
                                                err);
    if (close == NULL)
        return false;
    sqlite_file_bind_guid(close, 1, guid);
    return sqlite_file_finish(file, close, err);
}

/* The newest of the device, if it was interrupted. */
static bool find_interrupted(struct sqlite_file *file, struct arena *arena, const struct guid *guid,
                             struct store_provisioning *row, struct error *err)
{
    *row = (struct store_provisioning){.number = 0};
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_PROVISIONING_OPEN,
                                                    "SELECT " COLUMNS " FROM provisionings"
                                                    " WHERE guid = ?1 ORDER BY number DESC LIMIT 1",
                                                    err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, guid);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step != SQLITE_FILE_ROW)
        return step == SQLITE_FILE_DONE;
    bool ok = read_row(file, statement, arena, row, err);
    sqlite_file_reset(statement);
    if (row->outcome != STORE_OUTCOME_INTERRUPTED)
        *row = (struct store_provisioning){.number = 0};
    return ok;
}

static bool insert(struct sqlite_file *file, struct store_provisioning *row, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_PROVISIONING_BEGIN,
        "INSERT INTO provisionings (guid, tenantid, command, profile, started, step, proven)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, &row->guid);
    sqlite_file_bind(statement, 2, row->tenant_id);
    sqlite_file_bind(statement, 3, row->command);
    sqlite_file_bind(statement, 4, row->profile);
    sqlite3_bind_int64(statement, 5, row->started);
    sqlite_file_bind(statement, 6, row->step);
    sqlite3_bind_int64(statement, 7, row->proven);
    if (!sqlite_file_finish(file, statement, err))
        return false;
    row->number = sqlite3_last_insert_rowid(file->handle);
    return true;
}

#define SOLID "WHERE guid = ?1 AND (proven = 1 OR outcome = 1)"

/* The device's oldest go when one is over; but ten places are for agents that have proved
 * themselves and for what succeeded, in this order, so that strangers do not push out what it went
 * through. */
static bool trim(struct sqlite_file *file, const struct guid *guid, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_PROVISIONING_TRIM,
        "WITH solid AS (SELECT number FROM provisionings " SOLID
        " ORDER BY proven DESC, number DESC LIMIT ?2)"
        " DELETE FROM provisionings WHERE guid = ?1 AND number NOT IN (SELECT number FROM solid)"
        " AND number NOT IN (SELECT number FROM provisionings WHERE guid = ?1"
        " AND number NOT IN (SELECT number FROM solid) ORDER BY number DESC"
        " LIMIT ?3 - (SELECT count(*) FROM solid))",
        err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, guid);
    sqlite3_bind_int64(statement, 2, STORE_PROVISIONINGS_SOLID);
    sqlite3_bind_int64(statement, 3, STORE_PROVISIONINGS_KEPT);
    return sqlite_file_finish(file, statement, err);
}

/* So that whoever invents devices fills no disk. Counting takes a while, so it is done for one in
 * many. */
static bool trim_all(struct sqlite_file *file, int64_t number, struct error *err)
{
    if (number % TRIM_EVERY != 0)
        return true;
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_PROVISIONING_TRIM_ALL,
        "DELETE FROM provisionings WHERE number IN (SELECT number FROM provisionings"
        " ORDER BY proven, number LIMIT max(0, (SELECT count(*) FROM provisionings) - ?1))",
        err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, STORE_PROVISIONINGS_LIMIT);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_provisioning_begin(struct store_database *base, struct arena *arena,
                               struct store_provisioning *provisioning,
                               struct store_provisioning *interrupted, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = close_open(file, &provisioning->guid, err) &&
              find_interrupted(file, arena, &provisioning->guid, interrupted, err) &&
              insert(file, provisioning, err);
    return sqlite_write_end(database, file, ok, err);
}

bool sqlite_provisioning_step(struct store_database *base, int64_t number, const char *step,
                              struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    if (!sqlite_write_begin(database, file, err))
        return false;
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_PROVISIONING_STEP,
                              "UPDATE provisionings SET step = ?2 WHERE number = ?1", err);
    bool ok = statement != NULL;
    if (ok) {
        sqlite3_bind_int64(statement, 1, number);
        sqlite_file_bind(statement, 2, step);
        ok = sqlite_file_finish(file, statement, err);
    }
    return sqlite_write_end(database, file, ok, err);
}

static bool finish(struct sqlite_file *file, const struct store_provisioning *row,
                   struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_PROVISIONING_FINISH,
                              "UPDATE provisionings SET outcome = ?2, finished = ?3,"
                              " step = coalesce(?4, step), message = ?5,"
                              " steps = coalesce(?6, steps), proven = ?7 WHERE number = ?1",
                              err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, row->number);
    sqlite3_bind_int64(statement, 2, row->outcome);
    sqlite_file_bind_time(statement, 3, row->finished);
    sqlite_file_bind(statement, 4, row->step);
    sqlite_file_bind(statement, 5, row->message);
    sqlite_file_bind(statement, 6, row->steps);
    sqlite3_bind_int64(statement, 7, row->proven);
    return sqlite_file_finish(file, statement, err);
}

bool sqlite_provisioning_finish(struct store_database *base,
                                const struct store_provisioning *provisioning, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    return sqlite_write_begin(database, file, err) &&
           sqlite_write_end(database, file,
                            finish(file, provisioning, err) &&
                                trim(file, &provisioning->guid, err) &&
                                trim_all(file, provisioning->number, err),
                            err);
}

/* ---- reading ---- */

#define CONDITIONS " AND (?2 IS NULL OR tenantid = ?2) AND (?3 < 0 OR outcome = ?3)"
#define OF_ALL     " FROM provisionings WHERE ?1 IS NULL" CONDITIONS
#define OF_DEVICE  " FROM provisionings WHERE guid = ?1" CONDITIONS /* by its index */
#define PAGE       " ORDER BY number DESC LIMIT ?4 OFFSET ?5"

enum { COUNTING, LISTING };

static sqlite3_stmt *prepare(struct sqlite_file *file, unsigned query, const struct guid *guid,
                             const char *tenant, int outcome, struct error *err)
{
    static const char *const sql[2][2] = {
        {"SELECT count(*)" OF_ALL, "SELECT count(*)" OF_DEVICE},
        {"SELECT " COLUMNS OF_ALL PAGE, "SELECT " COLUMNS OF_DEVICE PAGE},
    };
    unsigned of = guid != NULL;
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_PROVISIONING_QUERIES + query * 2 + of, sql[query][of], err);
    if (statement == NULL)
        return NULL;
    if (guid != NULL)
        sqlite_file_bind_guid(statement, 1, guid);
    sqlite_file_bind(statement, 2, tenant);
    sqlite3_bind_int(statement, 3, outcome);
    return statement;
}

static bool count_rows(struct sqlite_file *file, const struct guid *guid, const char *tenant,
                       int outcome, uint64_t *total, struct error *err)
{
    sqlite3_stmt *statement = prepare(file, COUNTING, guid, tenant, outcome, err);
    if (statement == NULL || sqlite_file_step(file, statement, err) != SQLITE_FILE_ROW)
        return false;
    *total = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_file_reset(statement);
    return true;
}

static bool list_rows(struct sqlite_file *file, struct arena *arena, sqlite3_stmt *statement,
                      struct store_provisioning **rows, size_t *count, struct error *err)
{
    struct store_provisioning *list = NULL;
    size_t room = 0;
    enum sqlite_file_step step;
    *count = 0;
    while ((step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        if (*count == room) {
            room = room == 0 ? 8 : room * 2;
            struct store_provisioning *larger = arena_array(arena, room, sizeof *larger);
            if (*count > 0)
                memcpy(larger, list, *count * sizeof *larger);
            list = larger;
        }
        if (!read_row(file, statement, arena, &list[*count], err)) {
            sqlite_file_reset(statement);
            return false;
        }
        ++*count;
    }
    *rows = list;
    return step == SQLITE_FILE_DONE;
}

bool sqlite_provisioning_list(struct store_database *base, struct arena *arena,
                              const struct guid *guid, const char *tenant, int outcome,
                              uint32_t top, uint32_t skip,
                              struct store_provisioning **provisionings, size_t *count,
                              uint64_t *total, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok) {
        ok = count_rows(file, guid, tenant, outcome, total, err);
        sqlite3_stmt *statement = ok ? prepare(file, LISTING, guid, tenant, outcome, err) : NULL;
        ok = statement != NULL;
        if (ok) {
            sqlite3_bind_int64(statement, 4, top);
            sqlite3_bind_int64(statement, 5, skip);
            ok = list_rows(file, arena, statement, provisionings, count, err);
        }
        ok = sqlite_file_end(file, ok, err);
    }
    sqlite_reader_give(database, file);
    return ok;
}
