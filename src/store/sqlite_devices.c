#include "store/sqlite_devices.h"

#include "store/sqlite_inventory.h"

#include <string.h>

bool sqlite_strings(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                    const char ***strings, size_t *count, struct error *err)
{
    const char **list = NULL;
    size_t used = 0;
    size_t room = 0;
    enum sqlite_file_step step;
    while ((step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        if (used == room) {
            size_t more = room == 0 ? 4 : room * 2;
            const char **larger = arena_array(arena, more, sizeof *larger);
            if (used > 0)
                memcpy(larger, list, used * sizeof *larger);
            list = larger;
            room = more;
        }
        list[used++] = sqlite_file_text(statement, 0, arena);
    }
    *strings = list;
    *count = used;
    return step == SQLITE_FILE_DONE;
}

static bool read_tags(struct sqlite_file *file, const char *guid, struct arena *arena,
                      struct store_device *device, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_TAGS_OF,
                              "SELECT tag FROM device_tags WHERE guid = ?1 ORDER BY place", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    const char **tags;
    if (!sqlite_strings(file, statement, arena, &tags, &device->tag_count, err))
        return false;
    device->tags = tags;
    return true;
}

bool sqlite_device_read(struct sqlite_file *file, sqlite3_stmt *statement, bool with_inventory,
                        struct arena *arena, struct store_device *device, struct error *err)
{
    *device = (struct store_device){
        .hostname = sqlite_file_text(statement, 1, arena),
        .mps_instance = sqlite_file_text(statement, 2, arena),
        .connected = sqlite3_column_int(statement, 3) != 0,
        .mps_username = sqlite_file_text(statement, 4, arena),
        .tenant_id = sqlite_file_text(statement, 5, arena),
        .friendly_name = sqlite_file_text(statement, 6, arena),
        .dns_suffix = sqlite_file_text(statement, 7, arena),
        .last_connected = sqlite_file_time(statement, 8),
        .last_seen = sqlite_file_time(statement, 9),
        .last_disconnected = sqlite_file_time(statement, 10),
        .device_info = sqlite_file_text(statement, 11, arena),
        .username = sqlite_file_text(statement, 12, arena),
        .use_tls = sqlite3_column_int(statement, 13) != 0,
        .allow_self_signed = sqlite3_column_int(statement, 14) != 0,
        .cert_hash = sqlite_file_text(statement, 15, arena),
    };
    const char *guid = (const char *)sqlite3_column_text(statement, 0);
    if (!guid_parse(slice_of_string(guid), &device->guid))
        return error_set(err, ERROR_STORE, "%s holds a device whose GUID is none", file->name);
    return read_tags(file, guid, arena, device, err) &&
           sqlite_inventory_read(file, guid, with_inventory, arena, device, err);
}

/* ERROR_NOT_FOUND when there is no such row. */
static bool read_row(struct sqlite_file *file, struct arena *arena, const struct guid *guid,
                     struct store_device *device, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_DEVICE_GET,
                              "SELECT " SQLITE_DEVICE_COLUMNS " FROM devices WHERE guid = ?1", err);
    if (statement == NULL)
        return false;
    char text[GUID_TEXT_SIZE];
    sqlite_file_bind(statement, 1, guid_format(guid, text));
    switch (sqlite_file_step(file, statement, err)) {
    case SQLITE_FILE_ROW: {
        bool ok = sqlite_device_read(file, statement, false, arena, device, err);
        sqlite_file_reset(statement);
        return ok;
    }
    case SQLITE_FILE_DONE:
        return store_database_no_device(guid, err);
    case SQLITE_FILE_FAILED:
        break;
    }
    return false;
}

bool sqlite_device_get(struct store_database *base, struct arena *arena, const struct guid *guid,
                       const char *tenant, struct store_device *device, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    /* One transaction, so that the tags are those of the row. */
    bool ok = sqlite_file_begin(file, false, err);
    if (ok)
        ok = sqlite_file_end(file, read_row(file, arena, guid, device, err), err);
    sqlite_reader_give(database, file);
    if (ok && tenant != NULL && strcmp(device->tenant_id, tenant) != 0)
        return store_database_no_device(guid, err);
    return ok;
}

enum owner { OWNER_NONE, OWNER_SAME, OWNER_OTHER, OWNER_UNKNOWN };

/* Whose device that is; `tenant` NULL: anybody's is the same. */
static enum owner find_owner(struct sqlite_file *file, const char *guid, const char *tenant,
                             struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_DEVICE_OWNER, "SELECT tenantid FROM devices WHERE guid = ?1", err);
    if (statement == NULL)
        return OWNER_UNKNOWN;
    sqlite_file_bind(statement, 1, guid);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    if (step != SQLITE_FILE_ROW)
        return step == SQLITE_FILE_DONE ? OWNER_NONE : OWNER_UNKNOWN;
    const char *owner = (const char *)sqlite3_column_text(statement, 0);
    bool same = tenant == NULL || (owner != NULL && strcmp(owner, tenant) == 0);
    sqlite_file_reset(statement);
    return same ? OWNER_SAME : OWNER_OTHER;
}

static bool replace_tags(struct sqlite_file *file, const char *guid,
                         const struct store_device *device, struct error *err)
{
    sqlite3_stmt *clear = sqlite_file_statement(file, SQLITE_SLOT_TAGS_CLEAR,
                                                "DELETE FROM device_tags WHERE guid = ?1", err);
    sqlite3_stmt *insert = sqlite_file_statement(
        file, SQLITE_SLOT_TAG_INSERT,
        "INSERT INTO device_tags (guid, place, tag) VALUES (?1, ?2, ?3)", err);
    if (clear == NULL || insert == NULL)
        return false;
    sqlite_file_bind(clear, 1, guid);
    if (!sqlite_file_finish(file, clear, err))
        return false;
    for (size_t i = 0; i < device->tag_count; i++) {
        sqlite_file_bind(insert, 1, guid);
        sqlite3_bind_int64(insert, 2, (int64_t)i);
        sqlite_file_bind(insert, 3, device->tags[i]);
        if (!sqlite_file_finish(file, insert, err))
            return false;
    }
    return true;
}

static bool insert_row(struct sqlite_file *file, const char *guid,
                       const struct store_device *device, unsigned fields, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_DEVICE_INSERT,
                              "INSERT INTO devices (guid, tenantid, usetls, allowselfsigned)"
                              " VALUES (?1, ?2, ?3, ?3)",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    sqlite_file_bind(statement, 2, device->tenant_id);
    sqlite3_bind_int(statement, 3, (fields & STORE_NEW_WITH_TLS) != 0);
    return sqlite_file_finish(file, statement, err);
}

/* ?2 says which fields are given (enum store_field); the others stay as they are. */
static const char update_sql[] = "UPDATE devices SET"
                                 " hostname = CASE WHEN ?2 & 1 THEN ?3 ELSE hostname END,"
                                 " mpsusername = CASE WHEN ?2 & 4 THEN ?4 ELSE mpsusername END,"
                                 " friendlyname = CASE WHEN ?2 & 8 THEN ?5 ELSE friendlyname END,"
                                 " dnssuffix = CASE WHEN ?2 & 16 THEN ?6 ELSE dnssuffix END,"
                                 " deviceinfo = CASE WHEN ?2 & 32 THEN ?7 ELSE deviceinfo END,"
                                 " username = CASE WHEN ?2 & 64 THEN ?8 ELSE username END,"
                                 " usetls = CASE WHEN ?2 & 128 THEN ?9 ELSE usetls END,"
                                 " allowselfsigned ="
                                 " CASE WHEN ?2 & 256 THEN ?10 ELSE allowselfsigned END,"
                                 " certhash = CASE WHEN ?2 & 512 THEN ?11 ELSE certhash END"
                                 " WHERE guid = ?1";

_Static_assert(STORE_HOSTNAME == 1 && STORE_MPS_USERNAME == 4 && STORE_FRIENDLY_NAME == 8 &&
                   STORE_DNS_SUFFIX == 16 && STORE_DEVICE_INFO == 32 && STORE_USERNAME == 64 &&
                   STORE_USE_TLS == 128 && STORE_ALLOW_SELF_SIGNED == 256 && STORE_CERT_HASH == 512,
               "update_sql tests these bits");

static bool update_row(struct sqlite_file *file, const char *guid,
                       const struct store_device *device, unsigned fields, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_DEVICE_UPDATE, update_sql, err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, guid);
    sqlite3_bind_int64(statement, 2, (int64_t)fields);
    sqlite_file_bind(statement, 3, device->hostname);
    sqlite_file_bind(statement, 4, device->mps_username);
    sqlite_file_bind(statement, 5, device->friendly_name);
    sqlite_file_bind(statement, 6, device->dns_suffix);
    sqlite_file_bind(statement, 7, device->device_info);
    sqlite_file_bind(statement, 8, device->username);
    sqlite3_bind_int(statement, 9, device->use_tls);
    sqlite3_bind_int(statement, 10, device->allow_self_signed);
    sqlite_file_bind(statement, 11, device->cert_hash);
    return sqlite_file_finish(file, statement, err) &&
           ((fields & STORE_TAGS) == 0 || replace_tags(file, guid, device, err));
}

static bool merge(struct sqlite_file *file, struct arena *arena, struct store_device *device,
                  unsigned fields, bool must_exist, bool *created, struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    guid_format(&device->guid, guid);
    *created = false;
    switch (find_owner(file, guid, device->tenant_id, err)) {
    case OWNER_UNKNOWN:
        return false;
    case OWNER_OTHER:
        /* To whoever changes a device, another tenant's is not there. */
        return must_exist ? store_database_no_device(&device->guid, err)
                          : store_database_other_tenant(&device->guid, err);
    case OWNER_NONE:
        if (must_exist)
            return store_database_no_device(&device->guid, err);
        if (!insert_row(file, guid, device, fields, err))
            return false;
        *created = true;
        break;
    case OWNER_SAME:
        break;
    }
    struct guid key = device->guid;
    return update_row(file, guid, device, fields, err) && read_row(file, arena, &key, device, err);
}

bool sqlite_device_put(struct store_database *base, struct arena *arena,
                       struct store_device *device, unsigned fields, bool must_exist, bool *created,
                       struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    if (!sqlite_write_begin(database, &database->writer, err))
        return false;
    bool ok = merge(&database->writer, arena, device, fields, must_exist, created, err);
    return sqlite_write_end(database, &database->writer, ok, err);
}

bool sqlite_device_delete(struct store_database *base, const struct guid *guid, const char *tenant,
                          struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = &database->writer;
    if (!sqlite_write_begin(database, file, err))
        return false;
    char text[GUID_TEXT_SIZE];
    guid_format(guid, text);
    bool ok = false;
    switch (find_owner(file, text, tenant, err)) {
    case OWNER_UNKNOWN:
        break;
    case OWNER_NONE:
    case OWNER_OTHER:
        (void)store_database_no_device(guid, err);
        break;
    case OWNER_SAME: {
        sqlite3_stmt *statement = sqlite_file_statement(file, SQLITE_SLOT_DEVICE_DELETE,
                                                        "DELETE FROM devices WHERE guid = ?1", err);
        if (statement != NULL) {
            sqlite_file_bind(statement, 1, text);
            ok = sqlite_file_finish(file, statement, err);
        }
        break;
    }
    }
    return sqlite_write_end(database, file, ok, err);
}
