#include "store/sqlite_inventory.h"

#include "core/json_reader.h"
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
static json_t *read_old(struct sqlite_file *file, const char *guid, struct error *err)
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
    if (step == SQLITE_FILE_ROW) {
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

static bool put(struct sqlite_file *file, const char *guid, const char *tenant,
                const json_t *document, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_INVENTORY_PUT, put_sql, err);
    if (statement == NULL)
        return false;
    const json_t *info = json_object_get(document, "deviceInfo");
    char *text = json_dumps(document, JSON_COMPACT);
    char *info_text = info == NULL ? NULL : json_dumps(info, JSON_COMPACT);
    sqlite_file_bind(statement, 1, guid);
    sqlite_file_bind(statement, 2, tenant);
    sqlite_file_bind(statement, 3, text);
    bind_fact(statement, 4, document, "firmware", "version");
    bind_fact(statement, 5, document, "setup", "controlMode");
    bind_fact(statement, 6, document, "power", "state");
    bind_fact(statement, 7, document, "system", "manufacturer");
    bind_fact(statement, 8, document, "system", "model");
    sqlite_file_bind(statement, 9, info_text);
    bool ok = sqlite_file_finish(file, statement, err);
    free(info_text);
    free(text);
    return ok;
}

static bool write_one(struct sqlite_file *file, const struct store_inventory_change *change,
                      struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    guid_format(&change->guid, guid);
    json_t *document = read_old(file, guid, err);
    if (document == NULL)
        return false;
    bool ok = !inventory_merge(document, change->sections) ||
              put(file, guid, change->tenant_id, document, err);
    json_decref(document);
    return ok;
}

/* A commit survives a killed process; after a power failure the device can be asked again. */
bool sqlite_inventory_write(struct store_database *base,
                            const struct store_inventory_change *changes, size_t count,
                            struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->presence;
    if (!sqlite_write_begin(database, file, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = write_one(file, &changes[i], err);
    return sqlite_write_end(database, file, ok, err);
}
