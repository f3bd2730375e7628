/* 802.1X configs. */
#include "store/sqlite_configurations.h"

static void bind(sqlite3_stmt *statement, struct arena *arena, const void *row)
{
    const struct store_ieee8021x_config *config = row;
    (void)arena;
    sqlite3_bind_int64(statement, 4, config->protocol);
    if (config->pxe_timeout_s >= 0)
        sqlite3_bind_int64(statement, 5, config->pxe_timeout_s);
    else
        sqlite3_bind_null(statement, 5);
    sqlite3_bind_int(statement, 6, config->wired);
}

static bool read_row(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                     const char *tenant, void *row, struct error *err)
{
    (void)file;
    (void)tenant;
    (void)err;
    *(struct store_ieee8021x_config *)row = (struct store_ieee8021x_config){
        .name = sqlite_file_text(statement, 0, arena),
        .version = (uint64_t)sqlite3_column_int64(statement, 1),
        .protocol = sqlite3_column_int(statement, 2),
        .pxe_timeout_s = sqlite3_column_type(statement, 3) == SQLITE_NULL
                             ? -1
                             : sqlite3_column_int(statement, 3),
        .wired = sqlite3_column_int(statement, 4) != 0,
    };
    return true;
}

static bool is_unused(struct sqlite_file *file, struct arena *arena, const char *tenant,
                      const char *name, struct store_refusal *refusal, struct error *err)
{
    return sqlite_no_name(file, SQLITE_NAME_BY_IEEE8021X,
                          "SELECT profile_name FROM profiles"
                          " WHERE tenant_id = ?1 AND ieee8021x_profile_name = ?2 LIMIT 1",
                          arena, tenant, name, STORE_CAUSE_IN_USE, STORE_PROFILE, refusal, err) &&
           sqlite_no_name(file, SQLITE_NAME_BY_IEEE8021X_WIRELESS,
                          "SELECT wireless_profile_name FROM wirelessconfigs"
                          " WHERE tenant_id = ?1 AND ieee8021x_profile_name = ?2 LIMIT 1",
                          arena, tenant, name, STORE_CAUSE_IN_USE, STORE_WIRELESS_CONFIG, refusal,
                          err);
}

const struct sqlite_kind sqlite_ieee8021x_config_kind = {
    .label = "802.1X config",
    .size = sizeof(struct store_ieee8021x_config),
    .version = offsetof(struct store_ieee8021x_config, version),
    SQLITE_KIND_SQL("ieee8021xconfigs", "profile_name",
                    "auth_protocol, pxe_timeout, wired_interface", "?4, ?5, ?6"),
    .bind = bind,
    .read = read_row,
    .is_unused = is_unused,
};
