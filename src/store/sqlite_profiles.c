/* Profiles, with their links to Wi-Fi configs and proxies. */
#include "store/sqlite_configurations.h"

#include "core/json_reader.h"
#include "core/json_writer.h"

#include <string.h>

/* ---- the row ---- */

#define FIELD(name) offsetof(struct store_profile, name)

static const struct sqlite_column columns[] = {
    {SQLITE_TO_TEXT, FIELD(activation)},
    {SQLITE_TO_FLAG, FIELD(random_password)},
    {SQLITE_TO_FLAG, FIELD(random_mebx_password)},
    {SQLITE_TO_TEXT, FIELD(cira_config)},
    {SQLITE_TO_OTHER, 0}, /* tags */
    {SQLITE_TO_FLAG, FIELD(dhcp)},
    {SQLITE_TO_CHOICE, FIELD(ip_sync)},
    {SQLITE_TO_CHOICE, FIELD(local_wifi_sync)},
    {SQLITE_TO_CHOICE, FIELD(uefi_wifi_sync)},
    {SQLITE_TO_NUMBER_0, FIELD(tls_mode)},
    {SQLITE_TO_TEXT, FIELD(tls_signing_authority)},
    {SQLITE_TO_TEXT, FIELD(user_consent)},
    {SQLITE_TO_FLAG, FIELD(ider)},
    {SQLITE_TO_FLAG, FIELD(kvm)},
    {SQLITE_TO_FLAG, FIELD(sol)},
    {SQLITE_TO_TEXT, FIELD(ieee8021x)},
    {SQLITE_TO_END, 0},
};

/* A JSON array of the tags. */
static const char *write_tags(struct arena *arena, const struct store_profile *profile)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, SIZE_MAX);
    json_writer_init(&json, &text);
    json_open_array(&json);
    for (size_t i = 0; i < profile->tag_count; i++)
        json_put_string(&json, profile->tags[i]);
    json_close_array(&json);
    const char *copy = arena_string(arena, buffer_slice(&text));
    buffer_fini(&text);
    return copy;
}

static bool read_tags(struct sqlite_file *file, sqlite3_stmt *statement, int column,
                      struct arena *arena, struct store_profile *profile, struct error *err)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    json_t *list = json_reader_parse(slice_of_string(text), JSON_READER_DEPTH, NULL);
    size_t count = json_array_size(list);
    const char **tags = arena_array(arena, count + 1, sizeof *tags);
    bool ok = json_is_array(list);
    for (size_t i = 0; i < count; i++) {
        const char *tag = json_string_value(json_array_get(list, i));
        ok = ok && tag != NULL;
        tags[i] = arena_string(arena, slice_of_string(tag));
    }
    json_decref(list);
    profile->tags = tags;
    profile->tag_count = count;
    return ok || error_set(err, ERROR_STORE, "%s holds tags that are none", file->name);
}

static void bind(sqlite3_stmt *statement, struct arena *arena, const void *row)
{
    sqlite_file_bind(statement, 8, write_tags(arena, row));
}

/* ---- links ---- */

enum { LINKS_READ, LINKS_CLEAR, LINKS_ADD, LINKS_STATEMENTS };

static const char *const link_sql[2][LINKS_STATEMENTS] = {
    {
        "SELECT wireless_profile_name, priority FROM profiles_wirelessconfigs"
        " WHERE tenant_id = ?1 AND profile_name = ?2 ORDER BY priority, wireless_profile_name",
        "DELETE FROM profiles_wirelessconfigs WHERE tenant_id = ?1 AND profile_name = ?2",
        "INSERT OR IGNORE INTO profiles_wirelessconfigs"
        " (tenant_id, profile_name, wireless_profile_name, priority) VALUES (?1, ?2, ?3, ?4)",
    },
    {
        "SELECT proxy_config_name, priority FROM profiles_proxyconfigs"
        " WHERE tenant_id = ?1 AND profile_name = ?2 ORDER BY priority, proxy_config_name",
        "DELETE FROM profiles_proxyconfigs WHERE tenant_id = ?1 AND profile_name = ?2",
        "INSERT OR IGNORE INTO profiles_proxyconfigs"
        " (tenant_id, profile_name, proxy_config_name, priority) VALUES (?1, ?2, ?3, ?4)",
    },
};

/* `to` 0: Wi-Fi configs, 1: proxies. */
static sqlite3_stmt *prepare(struct sqlite_file *file, unsigned to, unsigned which,
                             const char *tenant, const char *profile, struct error *err)
{
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_LINKS + to * LINKS_STATEMENTS + which, link_sql[to][which], err);
    if (statement != NULL) {
        sqlite_file_bind(statement, 1, tenant);
        sqlite_file_bind(statement, 2, profile);
    }
    return statement;
}

static bool read_links(struct sqlite_file *file, unsigned to, struct arena *arena,
                       const char *tenant, const char *profile,
                       const struct store_profile_link **links, size_t *count, struct error *err)
{
    struct store_profile_link *list = NULL;
    size_t used = 0;
    size_t room = 0;
    sqlite3_stmt *statement = prepare(file, to, LINKS_READ, tenant, profile, err);
    if (statement == NULL)
        return false;
    enum sqlite_file_step step;
    while ((step = sqlite_file_step(file, statement, err)) == SQLITE_FILE_ROW) {
        if (used == room) {
            room = room == 0 ? 8 : room * 2;
            struct store_profile_link *larger = arena_array(arena, room, sizeof *larger);
            if (used > 0)
                memcpy(larger, list, used * sizeof *larger);
            list = larger;
        }
        list[used++] = (struct store_profile_link){
            .name = sqlite_file_text(statement, 0, arena),
            .priority = (unsigned)sqlite3_column_int64(statement, 1),
        };
    }
    *links = list;
    *count = used;
    return step == SQLITE_FILE_DONE;
}

static bool replace_links(struct sqlite_file *file, unsigned to, const char *tenant,
                          const char *profile, const struct store_profile_link *links, size_t count,
                          struct error *err)
{
    sqlite3_stmt *clear = prepare(file, to, LINKS_CLEAR, tenant, profile, err);
    if (clear == NULL || !sqlite_file_finish(file, clear, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *add = prepare(file, to, LINKS_ADD, tenant, profile, err);
        if (add == NULL)
            return false;
        sqlite_file_bind(add, 3, links[i].name);
        sqlite3_bind_int64(add, 4, links[i].priority);
        if (!sqlite_file_finish(file, add, err))
            return false;
    }
    return true;
}

static bool write_links(struct sqlite_file *file, const char *tenant, const char *name,
                        const void *row, struct error *err)
{
    static const struct store_profile none;
    const struct store_profile *profile = row == NULL ? &none : row;
    return replace_links(file, 0, tenant, name, profile->wireless, profile->wireless_count, err) &&
           replace_links(file, 1, tenant, name, profile->proxies, profile->proxy_count, err);
}

static bool read_rest(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                      const char *tenant, void *row, struct error *err)
{
    struct store_profile *profile = row;
    return read_tags(file, statement, 6, arena, profile, err) &&
           read_links(file, 0, arena, tenant, profile->name, &profile->wireless,
                      &profile->wireless_count, err) &&
           read_links(file, 1, arena, tenant, profile->name, &profile->proxies,
                      &profile->proxy_count, err);
}

static bool check(struct sqlite_file *file, struct arena *arena, const char *tenant,
                  const void *row, struct store_refusal *refusal, struct error *err)
{
    const struct store_profile *profile = row;
    bool ok =
        sqlite_refers(file, arena, tenant, STORE_CIRA_CONFIG, profile->cira_config, refusal, err) &&
        sqlite_refers(file, arena, tenant, STORE_IEEE8021X_CONFIG, profile->ieee8021x, refusal,
                      err);
    for (size_t i = 0; ok && i < profile->wireless_count; i++)
        ok = sqlite_refers(file, arena, tenant, STORE_WIRELESS_CONFIG, profile->wireless[i].name,
                           refusal, err);
    for (size_t i = 0; ok && i < profile->proxy_count; i++)
        ok = sqlite_refers(file, arena, tenant, STORE_PROXY_CONFIG, profile->proxies[i].name,
                           refusal, err);
    return ok;
}

const struct sqlite_kind sqlite_profile_kind = {
    .label = "profile",
    .size = sizeof(struct store_profile),
    .version = offsetof(struct store_profile, version),
    .columns = columns,
    SQLITE_KIND_SQL("profiles", "profile_name",
                    "activation, generate_random_password, generate_random_mebx_password,"
                    " cira_config_name, tags, dhcp_enabled, ip_sync_enabled,"
                    " local_wifi_sync_enabled, uefi_wifi_sync_enabled, tls_mode,"
                    " tls_signing_authority, user_consent, ider_enabled, kvm_enabled, sol_enabled,"
                    " ieee8021x_profile_name",
                    "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19"),
    .bind = bind,
    .read = read_rest,
    .check = check,
    .write_links = write_links,
};
