#include "store/sqlite_newcomers.h"

#define HOUR_MS INT64_C(3600000)

/* How many there are, before one comes. */
struct counts {
    uint64_t all, of_tenant, of_source;
    bool is_one; /* it is counted already */
};

/* Those that have got a row, whoever made it, are known. */
static bool leave_known(struct sqlite_file *file, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_NEWCOMER_KNOWN,
        "DELETE FROM newcomers WHERE (guid, tenantid) IN (SELECT guid, tenantid FROM devices)",
        err);
    return statement != NULL && sqlite_file_finish(file, statement, err);
}

static bool count(struct sqlite_file *file, const struct store_newcomer *newcomer,
                  struct counts *counts, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_NEWCOMER_COUNT,
                              "SELECT count(*), count(*) FILTER (WHERE tenantid = ?2),"
                              " count(*) FILTER (WHERE source = ?3 AND since > ?4),"
                              " count(*) FILTER (WHERE guid = ?1 AND tenantid = ?2)"
                              " FROM newcomers",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, &newcomer->guid);
    sqlite_file_bind(statement, 2, newcomer->tenant);
    sqlite_file_bind(statement, 3, newcomer->source);
    sqlite3_bind_int64(statement, 4, newcomer->now_ms - HOUR_MS);
    if (sqlite_file_step(file, statement, err) != SQLITE_FILE_ROW)
        return false;
    *counts = (struct counts){
        .all = (uint64_t)sqlite3_column_int64(statement, 0),
        .of_tenant = (uint64_t)sqlite3_column_int64(statement, 1),
        .of_source = (uint64_t)sqlite3_column_int64(statement, 2),
        .is_one = sqlite3_column_int64(statement, 3) > 0,
    };
    sqlite_file_reset(statement);
    return true;
}

/* One that has a row by now is none. */
static bool insert(struct sqlite_file *file, const struct store_newcomer *newcomer, uint64_t *total,
                   struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_NEWCOMER_INSERT,
                              "INSERT INTO newcomers (guid, tenantid, source, since)"
                              " SELECT ?1, ?2, ?3, ?4"
                              " WHERE NOT EXISTS (SELECT 1 FROM devices"
                              "  WHERE guid = ?1 AND tenantid = ?2)",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind_guid(statement, 1, &newcomer->guid);
    sqlite_file_bind(statement, 2, newcomer->tenant);
    sqlite_file_bind(statement, 3, newcomer->source);
    sqlite3_bind_int64(statement, 4, newcomer->now_ms);
    if (!sqlite_file_finish(file, statement, err))
        return false;
    *total += (uint64_t)sqlite3_changes(file->handle);
    return true;
}

static enum store_newcomer_limit find_limit(const struct counts *counts,
                                            const struct store_newcomer_limits *limits)
{
    if (counts->of_source >= limits->of_source)
        return STORE_NEWCOMER_SOURCE;
    if (counts->of_tenant >= limits->of_tenant)
        return STORE_NEWCOMER_TENANT;
    return counts->all >= limits->all ? STORE_NEWCOMER_ALL : STORE_NEWCOMER_NO_LIMIT;
}

bool sqlite_newcomer_add(struct store_database *base, const struct store_newcomer *newcomer,
                         const struct store_newcomer_limits *limits,
                         enum store_newcomer_limit *reached, uint64_t *total, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    struct counts counts = {0};
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = leave_known(file, err) && count(file, newcomer, &counts, err);
    *total = counts.all;
    *reached = counts.is_one ? STORE_NEWCOMER_NO_LIMIT : find_limit(&counts, limits);
    if (ok && !counts.is_one && *reached == STORE_NEWCOMER_NO_LIMIT)
        ok = insert(file, newcomer, total, err);
    return sqlite_write_end(database, file, ok, err);
}

static bool count_all(struct sqlite_file *file, uint64_t *total, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_NEWCOMER_TOTAL,
                                                    "SELECT count(*) FROM newcomers", err);
    if (statement == NULL || sqlite_file_step(file, statement, err) != SQLITE_FILE_ROW)
        return false;
    *total = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_file_reset(statement);
    return true;
}

bool sqlite_newcomer_remove(struct store_database *base, const struct guid *guid,
                            const char *tenant, uint64_t *total, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_NEWCOMER_DELETE,
                              "DELETE FROM newcomers WHERE guid = ?1 AND tenantid = ?2", err);
    bool ok = statement != NULL;
    if (ok) {
        sqlite_file_bind_guid(statement, 1, guid);
        sqlite_file_bind(statement, 2, tenant);
        ok = sqlite_file_finish(file, statement, err) && count_all(file, total, err);
    }
    return sqlite_write_end(database, file, ok, err);
}
