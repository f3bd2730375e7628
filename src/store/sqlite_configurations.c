#include "store/sqlite_configurations.h"

#include <string.h>

static const struct sqlite_kind *const kinds[] = {
    [STORE_DOMAIN] = &sqlite_domain_kind,
    [STORE_CIRA_CONFIG] = &sqlite_cira_config_kind,
    [STORE_PROFILE] = &sqlite_profile_kind,
    [STORE_WIRELESS_CONFIG] = &sqlite_wireless_config_kind,
    [STORE_IEEE8021X_CONFIG] = &sqlite_ieee8021x_config_kind,
    [STORE_PROXY_CONFIG] = &sqlite_proxy_config_kind,
};

#define FIRST_COLUMN 2 /* after name and version */
#define FIRST_PLACE  4 /* after tenant, name and version */

enum { GET, LIST, COUNT, INSERT, UPDATE, REMOVE, STATEMENTS };

_Static_assert(SQLITE_SLOT_PROVISIONING_OPEN - SQLITE_SLOT_CONFIGURATIONS ==
                   STATEMENTS * sizeof kinds / sizeof kinds[0],
               "a slot for each statement of each kind");

/* A statement of the kind with the tenant bound. */
static sqlite3_stmt *prepare(struct sqlite_file *file, enum store_kind kind, unsigned which,
                             const char *tenant, struct error *err)
{
    const struct sqlite_kind *of = kinds[kind];
    const char *const sql[STATEMENTS] = {
        [GET] = of->get,       [LIST] = of->list,     [COUNT] = of->count,
        [INSERT] = of->insert, [UPDATE] = of->update, [REMOVE] = of->remove,
    };
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_CONFIGURATIONS + (size_t)kind * STATEMENTS + which, sql[which], err);
    if (statement != NULL)
        sqlite_file_bind(statement, 1, tenant);
    return statement;
}

static const char *name_of(const void *row)
{
    return *(const char *const *)row;
}

static uint64_t *version_of(const struct sqlite_kind *kind, void *row)
{
    return (uint64_t *)(void *)((char *)row + kind->version);
}

static bool absent(enum store_kind kind, const char *name, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "there is no %s \"%s\"", kinds[kind]->label, name);
}

bool sqlite_refuse(struct arena *arena, enum store_cause cause, enum store_kind kind,
                   const char *name, struct store_refusal *refusal, struct error *err)
{
    static const struct {
        const char *before, *after;
    } words[] = {
        [STORE_CAUSE_NONE] = {"", ""},
        [STORE_CAUSE_EXISTS] = {"there is already the ", ""},
        [STORE_CAUSE_VERSION] = {"somebody else has changed the ", ""},
        [STORE_CAUSE_IN_USE] = {"it is referred to by the ", ""},
        [STORE_CAUSE_ABSENT] = {"it refers to the ", ", which is not there"},
    };
    *refusal = (struct store_refusal){cause, kind, arena_string(arena, slice_of_string(name))};
    return error_set(err, ERROR_CONFLICT, "%s%s \"%s\"%s", words[cause].before, kinds[kind]->label,
                     name, words[cause].after);
}

bool sqlite_no_row(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                   enum store_cause cause, enum store_kind kind, struct store_refusal *refusal,
                   struct error *err)
{
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step != SQLITE_FILE_ROW)
        return step == SQLITE_FILE_DONE;
    (void)sqlite_refuse(arena, cause, kind, (const char *)sqlite3_column_text(statement, 0),
                        refusal, err);
    sqlite_file_reset(statement);
    return false;
}

bool sqlite_no_name(struct sqlite_file *file, enum sqlite_name_slot slot, const char *sql,
                    struct arena *arena, const char *tenant, const char *text,
                    enum store_cause cause, enum store_kind kind, struct store_refusal *refusal,
                    struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_CONFIGURATION_NAME + slot, sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite_file_bind(statement, 2, text);
    return sqlite_no_row(file, statement, arena, cause, kind, refusal, err);
}

bool sqlite_kind_read(const struct sqlite_kind *kind, struct sqlite_file *file,
                      sqlite3_stmt *statement, struct arena *arena, const char *tenant, void *row,
                      struct error *err)
{
    memset(row, 0, kind->size);
    *(const char **)row = sqlite_file_text(statement, 0, arena);
    *version_of(kind, row) = (uint64_t)sqlite3_column_int64(statement, 1);
    sqlite_columns_read(statement, FIRST_COLUMN, kind->columns, arena, row);
    return kind->read == NULL || kind->read(file, statement, arena, tenant, row, err);
}

/* The row; *found false when there is none. */
static bool find(struct sqlite_file *file, enum store_kind kind, struct arena *arena,
                 const char *tenant, const char *name, void *row, bool *found, struct error *err)
{
    *found = false;
    sqlite3_stmt *statement = prepare(file, kind, GET, tenant, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 2, name);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step != SQLITE_FILE_ROW)
        return step == SQLITE_FILE_DONE;
    bool ok = sqlite_kind_read(kinds[kind], file, statement, arena, tenant, row, err);
    sqlite_file_reset(statement);
    *found = ok;
    return ok;
}

/* Of the size of any row. */
union any_row {
    struct store_domain domain;
    struct store_cira_config cira_config;
    struct store_profile profile;
    struct store_wireless_config wireless_config;
    struct store_ieee8021x_config ieee8021x_config;
    struct store_proxy_config proxy_config;
};

bool sqlite_refers(struct sqlite_file *file, struct arena *arena, const char *tenant,
                   enum store_kind kind, const char *name, struct store_refusal *refusal,
                   struct error *err)
{
    union any_row row;
    bool found;
    if (name == NULL)
        return true;
    return find(file, kind, arena, tenant, name, &row, &found, err) &&
           (found || sqlite_refuse(arena, STORE_CAUSE_ABSENT, kind, name, refusal, err));
}

/* ---- reading ---- */

bool sqlite_configuration_get(struct store_database *base, enum store_kind kind,
                              struct arena *arena, const char *tenant, const char *name, void *row,
                              struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool found = false;
    /* One transaction, so that the links are those of the row. */
    bool ok = sqlite_file_begin(file, false, err);
    if (ok)
        ok = sqlite_file_end(file, find(file, kind, arena, tenant, name, row, &found, err), err);
    sqlite_reader_give(database, file);
    return ok && (found || absent(kind, name, err));
}

static bool count_rows(struct sqlite_file *file, enum store_kind kind, const char *tenant,
                       uint64_t *total, struct error *err)
{
    sqlite3_stmt *statement = prepare(file, kind, COUNT, tenant, err);
    if (statement == NULL || sqlite_file_step(file, statement, err) != SQLITE_FILE_ROW)
        return false;
    *total = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_file_reset(statement);
    return true;
}

static int64_t most(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static bool list_rows(struct sqlite_file *file, enum store_kind kind, struct arena *arena,
                      const char *tenant, uint64_t top, uint64_t skip, void **rows, size_t *count,
                      struct error *err)
{
    size_t size = kinds[kind]->size;
    size_t room = 0;
    char *list = NULL;
    sqlite3_stmt *statement = prepare(file, kind, LIST, tenant, err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 2, most(top));
    sqlite3_bind_int64(statement, 3, most(skip));
    enum sqlite_file_step step;
    *count = 0;
    while ((step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        if (*count == room) {
            room = room == 0 ? 8 : room * 2;
            char *larger = arena_array(arena, room, size);
            if (*count > 0)
                memcpy(larger, list, *count * size);
            list = larger;
        }
        if (!sqlite_kind_read(kinds[kind], file, statement, arena, tenant, list + *count * size,
                              err)) {
            sqlite_file_reset(statement);
            return false;
        }
        ++*count;
    }
    *rows = list;
    return step == SQLITE_FILE_DONE;
}

bool sqlite_configuration_list(struct store_database *base, enum store_kind kind,
                               struct arena *arena, const char *tenant, uint64_t top, uint64_t skip,
                               void **rows, size_t *count, uint64_t *total, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok) {
        ok = count_rows(file, kind, tenant, total, err) &&
             list_rows(file, kind, arena, tenant, top, skip, rows, count, err);
        ok = sqlite_file_end(file, ok, err);
    }
    sqlite_reader_give(database, file);
    return ok;
}

/* ---- writing ---- */

/* The next number of all. */
static bool next_version(struct sqlite_file *file, int64_t *version, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_CONFIGURATION_VERSION,
        "UPDATE configuration_version SET last = last + 1 RETURNING last", err);
    if (statement == NULL)
        return false;
    switch (sqlite_file_step(file, statement, err)) {
    case SQLITE_FILE_ROW:
        *version = sqlite3_column_int64(statement, 0);
        return sqlite_file_finish(file, statement, err);
    case SQLITE_FILE_DONE:
        return error_set(err, ERROR_STORE, "%s has lost its number of versions", file->name);
    case SQLITE_FILE_FAILED:
        break;
    }
    return false;
}

static bool write_row(struct sqlite_file *file, enum store_kind kind, struct arena *arena,
                      const char *tenant, const char *name, bool is_new, const void *row,
                      struct error *err)
{
    int64_t version = 0;
    if (!next_version(file, &version, err))
        return false;
    sqlite3_stmt *statement = prepare(file, kind, is_new ? INSERT : UPDATE, tenant, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 2, name);
    sqlite3_bind_int64(statement, 3, version);
    sqlite_columns_bind(statement, FIRST_PLACE, kinds[kind]->columns, row);
    if (kinds[kind]->bind != NULL)
        kinds[kind]->bind(statement, arena, row);
    return sqlite_file_finish(file, statement, err) &&
           (kinds[kind]->write_links == NULL ||
            kinds[kind]->write_links(file, tenant, name, row, err));
}

/* Whether the row that is there, if any, may be written as asked for. When its version is another
 * one, *row becomes it. */
static bool may_write(enum store_kind kind, struct arena *arena, enum store_put how, void *row,
                      const void *old, bool found, struct store_refusal *refusal, struct error *err)
{
    const struct sqlite_kind *of = kinds[kind];
    if (how == STORE_INSERT)
        return !found || sqlite_refuse(arena, STORE_CAUSE_EXISTS, kind, name_of(old), refusal, err);
    if (!found)
        return absent(kind, name_of(row), err);
    uint64_t version;
    memcpy(&version, (const char *)old + of->version, sizeof version);
    if (how == STORE_REPLACE || *version_of(of, row) == version)
        return true;
    memcpy(row, old, of->size);
    return sqlite_refuse(arena, STORE_CAUSE_VERSION, kind, name_of(old), refusal, err);
}

static bool put_row(struct sqlite_file *file, enum store_kind kind, struct arena *arena,
                    const char *tenant, enum store_put how, void *row,
                    const struct store_last_step *last, struct store_refusal *refusal,
                    struct error *err)
{
    const struct sqlite_kind *of = kinds[kind];
    union any_row old;
    union any_row stored;
    bool found;
    if (!find(file, kind, arena, tenant, name_of(row), &old, &found, err) ||
        !may_write(kind, arena, how, row, &old, found, refusal, err) ||
        (of->check != NULL && !of->check(file, arena, tenant, row, refusal, err)))
        return false;
    const char *name = found ? name_of(&old) : name_of(row);
    if (!write_row(file, kind, arena, tenant, name, !found, row, err) ||
        !find(file, kind, arena, tenant, name, &stored, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_STORE, "%s lost a row that was just written", file->name);
    memcpy(row, &stored, of->size);
    return last == NULL || last->run(last->context, name, err);
}

bool sqlite_configuration_put(struct store_database *base, enum store_kind kind,
                              struct arena *arena, const char *tenant, enum store_put how,
                              void *row, const struct store_last_step *last,
                              struct store_refusal *refusal, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = put_row(file, kind, arena, tenant, how, row, last, refusal, err);
    return sqlite_write_end(database, file, ok, err);
}

static bool delete_row(struct sqlite_file *file, enum store_kind kind, struct arena *arena,
                       const char *tenant, const char *name, const struct store_last_step *last,
                       struct store_refusal *refusal, struct error *err)
{
    const struct sqlite_kind *of = kinds[kind];
    union any_row old;
    bool found;
    if (!find(file, kind, arena, tenant, name, &old, &found, err))
        return false;
    if (!found)
        return absent(kind, name, err);
    if ((of->is_unused != NULL && !of->is_unused(file, arena, tenant, name, refusal, err)) ||
        (of->write_links != NULL && !of->write_links(file, tenant, name, NULL, err)))
        return false;
    sqlite3_stmt *statement = prepare(file, kind, REMOVE, tenant, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 2, name);
    return sqlite_file_finish(file, statement, err) &&
           (last == NULL || last->run(last->context, name_of(&old), err));
}

bool sqlite_configuration_delete(struct store_database *base, enum store_kind kind,
                                 struct arena *arena, const char *tenant, const char *name,
                                 const struct store_last_step *last, struct store_refusal *refusal,
                                 struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = delete_row(file, kind, arena, tenant, name, last, refusal, err);
    return sqlite_write_end(database, file, ok, err);
}
