/* 802.1X configs. */
#include "store/sqlite_configurations.h"

#define FIELD(name) offsetof(struct store_ieee8021x_config, name)

static const struct sqlite_column columns[] = {
    {SQLITE_TO_NUMBER_1, FIELD(protocol)},
    {SQLITE_TO_NUMBER_1, FIELD(pxe_timeout_s)},
    {SQLITE_TO_FLAG, FIELD(wired)},
    {SQLITE_TO_END, 0},
};

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
    .columns = columns,
    SQLITE_KIND_SQL("ieee8021xconfigs", "profile_name",
                    "auth_protocol, pxe_timeout, wired_interface", "?4, ?5, ?6"),
    .is_unused = is_unused,
};
