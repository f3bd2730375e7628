/* CIRA configs. */
#include "store/sqlite_configurations.h"

static void bind(sqlite3_stmt *statement, struct arena *arena, const void *row)
{
    const struct store_cira_config *config = row;
    (void)arena;
    sqlite_file_bind(statement, 4, config->address);
    sqlite3_bind_int64(statement, 5, config->port);
    sqlite_file_bind(statement, 6, config->username);
    sqlite_file_bind(statement, 7, config->common_name);
    sqlite3_bind_int64(statement, 8, config->address_format);
    sqlite3_bind_int64(statement, 9, config->auth_method);
    sqlite_file_bind(statement, 10, config->root_certificate);
    sqlite_file_bind(statement, 11, config->proxy_details);
}

static bool read_row(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                     const char *tenant, void *row, struct error *err)
{
    (void)file;
    (void)tenant;
    (void)err;
    *(struct store_cira_config *)row = (struct store_cira_config){
        .name = sqlite_file_text(statement, 0, arena),
        .version = (uint64_t)sqlite3_column_int64(statement, 1),
        .address = sqlite_file_text(statement, 2, arena),
        .port = (unsigned)sqlite3_column_int64(statement, 3),
        .username = sqlite_file_text(statement, 4, arena),
        .common_name = sqlite_file_text(statement, 5, arena),
        .address_format = (unsigned)sqlite3_column_int64(statement, 6),
        .auth_method = (unsigned)sqlite3_column_int64(statement, 7),
        .root_certificate = sqlite_file_text(statement, 8, arena),
        .proxy_details = sqlite_file_text(statement, 9, arena),
    };
    return true;
}

static bool is_unused(struct sqlite_file *file, struct arena *arena, const char *tenant,
                      const char *name, struct store_refusal *refusal, struct error *err)
{
    return sqlite_no_name(file, SQLITE_NAME_BY_CIRA,
                          "SELECT profile_name FROM profiles"
                          " WHERE tenant_id = ?1 AND cira_config_name = ?2 LIMIT 1",
                          arena, tenant, name, STORE_CAUSE_IN_USE, STORE_PROFILE, refusal, err);
}

const struct sqlite_kind sqlite_cira_config_kind = {
    .label = "CIRA config",
    .size = sizeof(struct store_cira_config),
    .version = offsetof(struct store_cira_config, version),
    SQLITE_KIND_SQL("ciraconfigs", "cira_config_name",
                    "mps_server_address, mps_port, user_name, common_name, server_address_format,"
                    " auth_method, mps_root_certificate, proxydetails",
                    "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"),
    .bind = bind,
    .read = read_row,
    .is_unused = is_unused,
};
