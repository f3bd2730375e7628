/* Finding devices. Each combination of filters has a statement of its own, so that SQLite picks an
 * index for it; values are always bound, never written into the SQL. */
#include "core/json_writer.h"
#include "store/sqlite_devices.h"

#include <string.h>

enum condition {
    BY_TENANT = 1,
    BY_HOSTNAME = 2,
    BY_FRIENDLY_NAME = 4,
    BY_ANY_TAG = 8,
    BY_ALL_TAGS = 16,
    BY_STATUS = 32,
    COMBINATIONS = 64, /* of the above, which have statements that are kept */
    BY_FW_VERSION = 64,
    BY_CONTROL_MODE = 128,
    BY_POWER_STATE = 256,
    BY_MANUFACTURER = 512,
    BY_MODEL = 1024
};

_Static_assert(SQLITE_SLOT_LIST + 2 * COMBINATIONS <= SQLITE_FILE_SLOTS,
               "a slot for each combination, to read and to count");

/* Where the values are bound. */
enum place {
    TENANT = 1,
    HOSTNAME,
    FRIENDLY_NAME,
    TAGS,
    STATUS,
    TOP,
    SKIP,
    FW_VERSION,
    CONTROL_MODE,
    POWER_STATE,
    MANUFACTURER,
    MODEL
};

#define LEARNED(condition) " AND guid IN (SELECT guid FROM inventory WHERE " condition ")"

static const struct {
    unsigned bit;
    const char *sql;
} conditions[] = {
    {BY_TENANT, " AND tenantid = ?1"},
    {BY_HOSTNAME, " AND hostname = ?2"},
    {BY_FRIENDLY_NAME, " AND friendlyname = ?3"},
    /* ?4 is a JSON array of the tags asked for. */
    {BY_ANY_TAG, " AND guid IN (SELECT guid FROM device_tags"
                 " WHERE tag IN (SELECT value FROM json_each(?4)))"},
    {BY_ALL_TAGS, " AND guid IN (SELECT guid FROM device_tags"
                  " WHERE tag IN (SELECT value FROM json_each(?4)) GROUP BY guid"
                  " HAVING count(DISTINCT tag) ="
                  " (SELECT count(DISTINCT value) FROM json_each(?4)))"},
    {BY_STATUS, " AND connectionstatus = ?5"},
    /* That version or one below it: "16.1" has 16.1.25 and not 16.10. A dot comes right before a
     * slash. */
    {BY_FW_VERSION, LEARNED("fwversion = ?8 OR fwversion >= rtrim(?8, '.') || '.'"
                            " AND fwversion < rtrim(?8, '.') || '/'")},
    {BY_CONTROL_MODE, LEARNED("controlmode = ?9")},
    {BY_POWER_STATE, LEARNED("powerstate = ?10")},
    {BY_MANUFACTURER, LEARNED("manufacturer = ?11")},
    {BY_MODEL, LEARNED("model = ?12")},
};

#define TAGS_LIMIT ((size_t)1024 * 1024)

enum query { COUNTING, READING, NAMING };

/* Statements for reading and counting by the more common filters are kept. */
static bool is_kept(unsigned set, enum query query)
{
    return set < COMBINATIONS && query != NAMING;
}

/* Ended by finish_statement. */
static sqlite3_stmt *prepare(struct sqlite_file *file, unsigned set, enum query query,
                             struct error *err)
{
    char text[1536];
    struct buffer sql;
    buffer_init(&sql, sizeof text - 1);
    static const char *const starts[] = {[COUNTING] = "SELECT count(*)",
                                         [READING] = "SELECT " SQLITE_DEVICE_COLUMNS,
                                         [NAMING] = "SELECT guid"};
    buffer_put_text(&sql, starts[query]);
    buffer_put_text(&sql, " FROM devices WHERE 1");
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if ((set & conditions[i].bit) != 0)
            buffer_put_text(&sql, conditions[i].sql);
    if (query != COUNTING)
        buffer_put_text(&sql, " ORDER BY guid LIMIT ?6 OFFSET ?7");
    sqlite3_stmt *statement = NULL;
    if (buffer_ok(&sql)) {
        struct slice written = buffer_slice(&sql);
        memcpy(text, written.data, written.size);
        text[written.size] = '\0';
        size_t slot = SQLITE_SLOT_LIST + set + (query == COUNTING ? COMBINATIONS : 0);
        statement = is_kept(set, query) ? sqlite_file_statement(file, slot, text, err)
                                        : sqlite_file_prepare(file, text, err);
    } else {
        (void)error_set(err, ERROR_INTERNAL, "the query for devices is too long");
    }
    buffer_fini(&sql);
    return statement;
}

static void finish_statement(sqlite3_stmt *statement, unsigned set, enum query query)
{
    if (is_kept(set, query))
        sqlite_file_reset(statement);
    else
        sqlite3_finalize(statement);
}

static unsigned conditions_of(const struct store_filter *filter)
{
    unsigned set = 0;
    if (filter->tenant != NULL)
        set |= BY_TENANT;
    if (filter->hostname != NULL)
        set |= BY_HOSTNAME;
    if (filter->friendly_name != NULL)
        set |= BY_FRIENDLY_NAME;
    if (filter->tag_count > 0)
        set |= filter->all_tags ? BY_ALL_TAGS : BY_ANY_TAG;
    if (filter->connected >= 0)
        set |= BY_STATUS;
    if (filter->fw_version != NULL)
        set |= BY_FW_VERSION;
    if (filter->control_mode != NULL)
        set |= BY_CONTROL_MODE;
    if (filter->power_state != 0)
        set |= BY_POWER_STATE;
    if (filter->manufacturer != NULL)
        set |= BY_MANUFACTURER;
    if (filter->model != NULL)
        set |= BY_MODEL;
    return set;
}

static void bind_conditions(sqlite3_stmt *statement, unsigned set,
                            const struct store_filter *filter, struct slice tags)
{
    if ((set & BY_TENANT) != 0)
        sqlite_file_bind(statement, TENANT, filter->tenant);
    if ((set & BY_HOSTNAME) != 0)
        sqlite_file_bind(statement, HOSTNAME, filter->hostname);
    if ((set & BY_FRIENDLY_NAME) != 0)
        sqlite_file_bind(statement, FRIENDLY_NAME, filter->friendly_name);
    if ((set & (BY_ANY_TAG | BY_ALL_TAGS)) != 0)
        sqlite3_bind_text(statement, TAGS, (const char *)tags.data, (int)tags.size, SQLITE_STATIC);
    if ((set & BY_STATUS) != 0)
        sqlite3_bind_int(statement, STATUS, filter->connected > 0);
    if ((set & BY_FW_VERSION) != 0)
        sqlite_file_bind(statement, FW_VERSION, filter->fw_version);
    if ((set & BY_CONTROL_MODE) != 0)
        sqlite_file_bind(statement, CONTROL_MODE, filter->control_mode);
    if ((set & BY_POWER_STATE) != 0)
        sqlite3_bind_int(statement, POWER_STATE, filter->power_state);
    if ((set & BY_MANUFACTURER) != 0)
        sqlite_file_bind(statement, MANUFACTURER, filter->manufacturer);
    if ((set & BY_MODEL) != 0)
        sqlite_file_bind(statement, MODEL, filter->model);
}

static bool count_rows(struct sqlite_file *file, unsigned set, const struct store_filter *filter,
                       struct slice tags, uint64_t *total, struct error *err)
{
    sqlite3_stmt *statement = prepare(file, set, COUNTING, err);
    if (statement == NULL)
        return false;
    bind_conditions(statement, set, filter, tags);
    bool ok = sqlite_file_step(file, statement, err) == SQLITE_FILE_ROW;
    if (ok)
        *total = (uint64_t)sqlite3_column_int64(statement, 0);
    finish_statement(statement, set, COUNTING);
    return ok;
}

static bool read_rows(struct sqlite_file *file, unsigned set, const struct store_filter *filter,
                      struct slice tags, struct arena *arena, struct store_device **devices,
                      size_t *count, uint64_t total, struct error *err)
{
    uint64_t left = total > filter->skip ? total - filter->skip : 0;
    size_t room = (size_t)(left < filter->top ? left : filter->top);
    *devices = arena_array(arena, room == 0 ? 1 : room, sizeof **devices);
    *count = 0;
    if (room == 0)
        return true;
    sqlite3_stmt *statement = prepare(file, set, READING, err);
    if (statement == NULL)
        return false;
    bind_conditions(statement, set, filter, tags);
    sqlite3_bind_int64(statement, TOP, (int64_t)room);
    sqlite3_bind_int64(statement, SKIP, filter->skip);
    enum sqlite_file_step step = SQLITE_FILE_DONE;
    while (*count < room && (step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        if (!sqlite_device_read(file, statement, filter->with_inventory, arena, &(*devices)[*count],
                                err)) {
            step = SQLITE_FILE_FAILED;
            break;
        }
        (*count)++;
    }
    finish_statement(statement, set, READING);
    return step != SQLITE_FILE_FAILED;
}

static bool list(struct sqlite_file *file, struct arena *arena, const struct store_filter *filter,
                 struct slice tags, struct store_device **devices, size_t *count, uint64_t *total,
                 struct error *err)
{
    unsigned set = conditions_of(filter);
    /* One transaction: page and total belong to one moment. */
    if (!sqlite_file_begin(file, false, err))
        return false;
    bool ok = count_rows(file, set, filter, tags, total, err) &&
              read_rows(file, set, filter, tags, arena, devices, count, *total, err);
    return sqlite_file_end(file, ok, err);
}

/* A JSON array of the tags asked for. False when that is too long. */
static bool put_tags(struct buffer *tags, const struct store_filter *filter, struct error *err)
{
    struct json_writer json;
    json_writer_init(&json, tags);
    json_open_array(&json);
    for (size_t i = 0; i < filter->tag_count; i++)
        json_put_string(&json, filter->tags[i]);
    json_close_array(&json);
    return buffer_ok(tags) || error_set(err, ERROR_TOO_LARGE, "the list of tags is too long");
}

bool sqlite_device_list(struct store_database *base, struct arena *arena,
                        const struct store_filter *filter, struct store_device **devices,
                        size_t *count, uint64_t *total, struct error *err)
{
    *devices = NULL;
    *count = 0;
    *total = 0;
    if (filter->match_no_tag)
        return true;
    struct buffer tags;
    buffer_init(&tags, TAGS_LIMIT);
    bool ok = put_tags(&tags, filter, err);
    if (ok) {
        struct sqlite_database *database = (struct sqlite_database *)base;
        struct sqlite_file *file = sqlite_reader_take(database);
        ok = list(file, arena, filter, buffer_slice(&tags), devices, count, total, err);
        sqlite_reader_give(database, file);
    }
    buffer_fini(&tags);
    return ok;
}

static bool name_rows(struct sqlite_file *file, unsigned set, const struct store_filter *filter,
                      struct slice tags, struct guid *guids, size_t room, size_t *count,
                      struct error *err)
{
    sqlite3_stmt *statement = prepare(file, set, NAMING, err);
    if (statement == NULL)
        return false;
    bind_conditions(statement, set, filter, tags);
    sqlite3_bind_int64(statement, TOP, (int64_t)room);
    sqlite3_bind_int64(statement, SKIP, 0);
    enum sqlite_file_step step = SQLITE_FILE_DONE;
    while (*count < room && (step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW)
        if (guid_parse(slice_of_string((const char *)sqlite3_column_text(statement, 0)),
                       &guids[*count]))
            (*count)++;
    finish_statement(statement, set, NAMING);
    return step != SQLITE_FILE_FAILED;
}

bool sqlite_list_guids(struct sqlite_file *file, struct arena *arena,
                       const struct store_filter *filter, size_t most, struct guid **guids,
                       size_t *count, struct error *err)
{
    *guids = NULL;
    *count = 0;
    if (filter->match_no_tag)
        return true;
    struct buffer tags;
    buffer_init(&tags, TAGS_LIMIT);
    unsigned set = conditions_of(filter);
    uint64_t total = 0;
    bool ok = put_tags(&tags, filter, err) &&
              count_rows(file, set, filter, buffer_slice(&tags), &total, err);
    if (ok && total > most)
        ok = error_set(err, ERROR_TOO_LARGE, "%llu devices are selected, at most %zu can be",
                       (unsigned long long)total, most);
    if (ok && total > 0) {
        *guids = arena_array(arena, (size_t)total, sizeof **guids);
        ok = name_rows(file, set, filter, buffer_slice(&tags), *guids, (size_t)total, count, err);
    }
    buffer_fini(&tags);
    return ok;
}

bool sqlite_device_stats(struct store_database *base, const char *tenant, uint64_t *total,
                         uint64_t *connected, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    sqlite3_stmt *statement =
        tenant == NULL
            ? sqlite_file_statement(file, SQLITE_SLOT_STATS_ALL,
                                    "SELECT count(*), total(connectionstatus) FROM devices", err)
            : sqlite_file_statement(file, SQLITE_SLOT_STATS,
                                    "SELECT count(*), total(connectionstatus) FROM devices"
                                    " WHERE tenantid = ?1",
                                    err);
    bool ok = false;
    if (statement != NULL) {
        if (tenant != NULL)
            sqlite_file_bind(statement, 1, tenant);
        ok = sqlite_file_step(file, statement, err) == SQLITE_FILE_ROW;
        if (ok) {
            *total = (uint64_t)sqlite3_column_int64(statement, 0);
            *connected = (uint64_t)sqlite3_column_int64(statement, 1);
            sqlite_file_reset(statement);
        }
    }
    sqlite_reader_give(database, file);
    return ok;
}

bool sqlite_device_tags(struct store_database *base, struct arena *arena, const char *tenant,
                        const char ***tags, size_t *count, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    sqlite3_stmt *statement =
        tenant == NULL
            ? sqlite_file_statement(file, SQLITE_SLOT_TAGS_ALL,
                                    "SELECT DISTINCT tag FROM device_tags ORDER BY tag", err)
            : sqlite_file_statement(file, SQLITE_SLOT_TAGS,
                                    "SELECT DISTINCT tag FROM device_tags JOIN devices USING (guid)"
                                    " WHERE tenantid = ?1 ORDER BY tag",
                                    err);
    bool ok = statement != NULL;
    if (ok) {
        if (tenant != NULL)
            sqlite_file_bind(statement, 1, tenant);
        ok = sqlite_strings(file, statement, arena, tags, count, err);
    }
    sqlite_reader_give(database, file);
    return ok;
}
