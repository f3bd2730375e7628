/* Wi-Fi configs. */
#include "store/sqlite_configurations.h"

#include "core/json_reader.h"

#include <stdlib.h>

/* A JSON array of the numbers; NULL for null. */
static const char *write_policy(struct arena *arena, const struct store_wireless_config *config)
{
    const char *text = "[";
    if (config->link_policy == NULL)
        return NULL;
    for (size_t i = 0; i < config->link_policy_count; i++)
        text = arena_printf(arena, "%s%s%d", text, i == 0 ? "" : ",", config->link_policy[i]);
    return arena_printf(arena, "%s]", text);
}

#define FIELD(name) offsetof(struct store_wireless_config, name)

static const struct sqlite_column columns[] = {
    {SQLITE_TO_NUMBER, FIELD(authentication)},
    {SQLITE_TO_NUMBER, FIELD(encryption)},
    {SQLITE_TO_TEXT, FIELD(ssid)},
    {SQLITE_TO_OTHER, 0}, /* link_policy */
    {SQLITE_TO_TEXT, FIELD(ieee8021x)},
    {SQLITE_TO_END, 0},
};

static void bind(sqlite3_stmt *statement, struct arena *arena, const void *row)
{
    sqlite_file_bind(statement, 7, write_policy(arena, row));
}

static bool read_policy(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                        const char *tenant, void *row, struct error *err)
{
    struct store_wireless_config *config = row;
    const char *text = (const char *)sqlite3_column_text(statement, 5);
    (void)tenant;
    if (text == NULL)
        return true;
    json_t *list = json_reader_parse(slice_of_string(text), JSON_READER_DEPTH, NULL);
    size_t count = json_array_size(list);
    int *numbers = arena_array(arena, count + 1, sizeof *numbers); /* an empty list is not null */
    bool ok = json_is_array(list);
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(list, i);
        ok = ok && json_is_integer(number);
        numbers[i] = (int)json_integer_value(number);
    }
    json_decref(list);
    config->link_policy = numbers;
    config->link_policy_count = count;
    return ok || error_set(err, ERROR_STORE, "%s holds a link policy that is none", file->name);
}

static bool check(struct sqlite_file *file, struct arena *arena, const char *tenant,
                  const void *row, struct store_refusal *refusal, struct error *err)
{
    const struct store_wireless_config *config = row;
    return sqlite_refers(file, arena, tenant, STORE_IEEE8021X_CONFIG, config->ieee8021x, refusal,
                         err);
}

static bool is_unused(struct sqlite_file *file, struct arena *arena, const char *tenant,
                      const char *name, struct store_refusal *refusal, struct error *err)
{
    return sqlite_no_name(file, SQLITE_NAME_BY_WIRELESS,
                          "SELECT profile_name FROM profiles_wirelessconfigs"
                          " WHERE tenant_id = ?1 AND wireless_profile_name = ?2 LIMIT 1",
                          arena, tenant, name, STORE_CAUSE_IN_USE, STORE_PROFILE, refusal, err);
}

const struct sqlite_kind sqlite_wireless_config_kind = {
    .label = "Wi-Fi config",
    .size = sizeof(struct store_wireless_config),
    .version = offsetof(struct store_wireless_config, version),
    .columns = columns,
    SQLITE_KIND_SQL("wirelessconfigs", "wireless_profile_name",
                    "authentication_method, encryption_method, ssid, link_policy,"
                    " ieee8021x_profile_name",
                    "?4, ?5, ?6, ?7, ?8"),
    .bind = bind,
    .read = read_policy,
    .check = check,
    .is_unused = is_unused,
};
