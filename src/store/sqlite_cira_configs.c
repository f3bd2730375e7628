/* CIRA configs. */
#include "store/sqlite_configurations.h"

#define FIELD(name) offsetof(struct store_cira_config, name)

static const struct sqlite_column columns[] = {
    {SQLITE_TO_TEXT, FIELD(address)},
    {SQLITE_TO_NUMBER, FIELD(port)},
    {SQLITE_TO_TEXT, FIELD(username)},
    {SQLITE_TO_TEXT, FIELD(common_name)},
    {SQLITE_TO_NUMBER, FIELD(address_format)},
    {SQLITE_TO_NUMBER, FIELD(auth_method)},
    {SQLITE_TO_TEXT, FIELD(root_certificate)},
    {SQLITE_TO_TEXT, FIELD(proxy_details)},
    {SQLITE_TO_END, 0},
};

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
    .columns = columns,
    SQLITE_KIND_SQL("ciraconfigs", "cira_config_name",
                    "mps_server_address, mps_port, user_name, common_name, server_address_format,"
                    " auth_method, mps_root_certificate, proxydetails",
                    "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"),
    .is_unused = is_unused,
};
