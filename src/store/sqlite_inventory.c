#include "store/sqlite_inventory.h"

#include "core/json_reader.h"
#include "core/memory.h"
#include "store/inventory.h"

#include <stdlib.h>

bool sqlite_inventory_read(struct sqlite_file *file, const char *guid, bool whole,
                           struct arena *arena, struct store_device *device, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_INVENTORY_OF,
        "SELECT deviceinfo, CASE WHEN ?2 THEN document END FROM inventory WHERE guid = ?1", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    sqlite3_bind_int(statement, 2, whole);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step == SQLITE_FILE_ROW) {
        device->learned_info = sqlite_file_text(statement, 0, arena);
        device->inventory = sqlite_file_text(statement, 1, arena);
        sqlite_file_reset(statement);
    }
    return step != SQLITE_FILE_FAILED;
}

bool sqlite_inventory_get(struct store_database *base, struct arena *arena, const struct guid *guid,
                          const char *tenant, const char **document, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = false;
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_INVENTORY_GET,
                              "SELECT document FROM inventory JOIN devices USING (guid)"
                              " WHERE guid = ?1 AND (?2 IS NULL OR tenantid = ?2)",
                              err);
    if (statement != NULL) {
        char text[GUID_TEXT_SIZE];
        sqlite_file_bind(statement, 1, guid_format(guid, text));
        sqlite_file_bind(statement, 2, tenant);
        switch (sqlite_file_step(file, statement, err)) {
        case SQLITE_FILE_ROW:
            *document = sqlite_file_text(statement, 0, arena);
            sqlite_file_reset(statement);
            ok = true;
            break;
        case SQLITE_FILE_DONE:
            (void)error_set(err, ERROR_NOT_FOUND, "nothing is known about device %s", text);
            break;
        case SQLITE_FILE_FAILED:
            break;
        }
    }
    sqlite_reader_give(database, file);
    return ok;
}

/* What is there; an empty object when there is nothing, or nothing that can be read. Owned by the
 * caller; NULL with `err` when the database fails. */
static json_t *read_old(struct sqlite_file *file, const char *guid, bool *was_there,
                        struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_INVENTORY_OLD, "SELECT document FROM inventory WHERE guid = ?1", err);
    if (statement == NULL)
        return NULL;
    sqlite_file_bind(statement, 1, guid);
    json_t *old = NULL;
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step == SQLITE_FILE_FAILED)
        return NULL;
    *was_there = step == SQLITE_FILE_ROW;
    if (*was_there) {
        struct slice text =
            slice_of(sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
        old = json_reader_parse(text, JSON_READER_DEPTH, NULL);
        sqlite_file_reset(statement);
    }
    if (json_is_object(old))
        return old;
    json_decref(old);
    return json_object();
}

/* The fact as it stands in a column of its own: null when it is not known. */
static void bind_fact(sqlite3_stmt *statement, int place, const json_t *document,
                      const char *section, const char *fact)
{
    const json_t *value = json_object_get(json_object_get(document, section), fact);
    if (json_is_integer(value))
        sqlite3_bind_int64(statement, place, json_integer_value(value));
    else
        sqlite_file_bind(statement, place, json_string_value(value));
}

static const char put_sql[] =
    "INSERT INTO inventory (guid, document, fwversion, controlmode, powerstate, manufacturer,"
    " model, deviceinfo)"
    " SELECT guid, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM devices WHERE guid = ?1 AND tenantid = ?2"
    " ON CONFLICT (guid) DO UPDATE SET document = excluded.document,"
    " fwversion = excluded.fwversion, controlmode = excluded.controlmode,"
    " powerstate = excluded.powerstate, manufacturer = excluded.manufacturer,"
    " model = excluded.model, deviceinfo = excluded.deviceinfo";

/* What a change makes of a row, found out before the lock is taken. */
struct merged {
    const struct store_inventory_change *change;
    char guid[GUID_TEXT_SIZE];
    bool was_there;
    json_t *document; /* NULL: it says nothing new */
    char *text;
    char *info_text;
};

static void set_document(struct merged *merged, json_t *document)
{
    const json_t *info = json_object_get(document, "deviceInfo");
    merged->document = document;
    merged->text = json_dumps(document, JSON_COMPACT);
    merged->info_text = info == NULL ? NULL : json_dumps(info, JSON_COMPACT);
}

static void clear_document(struct merged *merged)
{
    json_decref(merged->document);
    free(merged->text);
    free(merged->info_text);
    merged->document = NULL;
    merged->text = NULL;
    merged->info_text = NULL;
}

static bool merge_one(struct sqlite_file *file, struct merged *merged, struct error *err)
{
    guid_format(&merged->change->guid, merged->guid);
    json_t *document = read_old(file, merged->guid, &merged->was_there, err);
    if (document == NULL)
        return false;
    if (inventory_merge(document, merged->change->sections))
        set_document(merged, document);
    else
        json_decref(document);
    return true;
}

static bool is_there(struct sqlite_file *file, const char *guid, bool *there, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_INVENTORY_THERE,
                                                    "SELECT 1 FROM inventory WHERE guid = ?1", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    *there = step == SQLITE_FILE_ROW;
    sqlite_file_reset(statement);
    return step != SQLITE_FILE_FAILED;
}

static bool put(struct sqlite_file *file, const struct merged *merged, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_INVENTORY_PUT, put_sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, merged->guid);
    sqlite_file_bind(statement, 2, merged->change->tenant_id);
    sqlite_file_bind(statement, 3, merged->text);
    bind_fact(statement, 4, merged->document, "firmware", "version");
    bind_fact(statement, 5, merged->document, "setup", "controlMode");
    bind_fact(statement, 6, merged->document, "power", "state");
    bind_fact(statement, 7, merged->document, "system", "manufacturer");
    bind_fact(statement, 8, merged->document, "system", "model");
    sqlite_file_bind(statement, 9, merged->info_text);
    return sqlite_file_finish(file, statement, err);
}

static bool write_one(struct sqlite_file *file, struct merged *merged, struct error *err)
{
    bool there = true;
    if (merged->was_there && !is_there(file, merged->guid, &there, err))
        return false;
    if (!there) { /* it was deleted meanwhile, and what was known went with it */
        clear_document(merged);
        set_document(merged, json_deep_copy(merged->change->sections));
    }
    return merged->document == NULL || put(file, merged, err);
}

/* Old documents are read and merged without the lock: nobody else writes them, but they are deleted
 * with their device. */
static bool merge_all(struct sqlite_database *database, struct merged *merged, size_t count,
                      struct error *err)
{
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = merge_one(file, &merged[i], err);
    sqlite_reader_give(database, file);
    return ok;
}

static bool write_all(struct sqlite_database *database, struct merged *merged, size_t count,
                      struct error *err)
{
    struct sqlite_file *file = &database->presence;
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any = any || merged[i].document != NULL;
    if (!any)
        return true;
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = write_one(file, &merged[i], err);
    return sqlite_write_end(database, file, ok, err);
}

/* A commit survives a killed process; after a power failure the device can be asked again. */
bool sqlite_inventory_write(struct store_database *base,
                            const struct store_inventory_change *changes, size_t count,
                            struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct merged *merged = memory_new((count + 1) * sizeof *merged);
    for (size_t i = 0; i < count; i++)
        merged[i].change = &changes[i];
    bool ok = merge_all(database, merged, count, err) && write_all(database, merged, count, err);
    for (size_t i = 0; i < count; i++)
        clear_document(&merged[i]);
    free(merged);
    return ok;
}
