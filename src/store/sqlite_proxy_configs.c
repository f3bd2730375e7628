/* Proxies. */
#include "store/sqlite_configurations.h"

#define FIELD(name) offsetof(struct store_proxy_config, name)

static const struct sqlite_column columns[] = {
    {SQLITE_TO_TEXT, FIELD(address)},
    {SQLITE_TO_NUMBER, FIELD(format)},
    {SQLITE_TO_NUMBER, FIELD(port)},
    {SQLITE_TO_TEXT, FIELD(dns_suffix)},
    {SQLITE_TO_END, 0},
};

/* Address and port are one proxy's. */
static bool check(struct sqlite_file *file, struct arena *arena, const char *tenant,
                  const void *row, struct store_refusal *refusal, struct error *err)
{
    const struct store_proxy_config *config = row;
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_CONFIGURATION_NAME + SQLITE_NAME_OF_ADDRESS,
                              "SELECT proxy_config_name FROM proxyconfigs WHERE tenant_id = ?1"
                              " AND address = ?2 AND port = ?3 AND proxy_config_name <> ?4",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite_file_bind(statement, 2, config->address);
    sqlite3_bind_int64(statement, 3, config->port);
    sqlite_file_bind(statement, 4, config->name);
    return sqlite_no_row(file, statement, arena, STORE_CAUSE_EXISTS, STORE_PROXY_CONFIG, refusal,
                         err);
}

static bool is_unused(struct sqlite_file *file, struct arena *arena, const char *tenant,
                      const char *name, struct store_refusal *refusal, struct error *err)
{
    return sqlite_no_name(file, SQLITE_NAME_BY_PROXY,
                          "SELECT profile_name FROM profiles_proxyconfigs"
                          " WHERE tenant_id = ?1 AND proxy_config_name = ?2 LIMIT 1",
                          arena, tenant, name, STORE_CAUSE_IN_USE, STORE_PROFILE, refusal, err);
}

const struct sqlite_kind sqlite_proxy_config_kind = {
    .label = "proxy",
    .size = sizeof(struct store_proxy_config),
    .version = offsetof(struct store_proxy_config, version),
    .columns = columns,
    SQLITE_KIND_SQL("proxyconfigs", "proxy_config_name",
                    "address, info_format, port, network_dns_suffix", "?4, ?5, ?6, ?7"),
    .check = check,
    .is_unused = is_unused,
};
