/* 802.1X configs (store/configurations.h). */
#include "store/configuration.h"

bool store_ieee8021x_config_get(struct store *store, struct arena *arena, const char *tenant,
                                struct slice name, struct store_ieee8021x_config *config,
                                struct error *err)
{
    return configuration_get(store, STORE_IEEE8021X_CONFIG, arena, tenant, name, config, err);
}

bool store_ieee8021x_config_list(struct store *store, struct arena *arena, const char *tenant,
                                 uint64_t top, uint64_t skip,
                                 struct store_ieee8021x_config **configs, size_t *count,
                                 uint64_t *total, struct error *err)
{
    void *rows;
    if (!configuration_list(store, STORE_IEEE8021X_CONFIG, arena, tenant, top, skip, &rows, count,
                            total, err))
        return false;
    *configs = rows;
    return true;
}

bool store_ieee8021x_config_put(struct store *store, struct arena *arena, const char *tenant,
                                enum store_put how, struct store_ieee8021x_config *config,
                                struct store_refusal *refusal, struct error *err)
{
    return configuration_put(store, STORE_IEEE8021X_CONFIG, arena, tenant, how, config, true, NULL,
                             refusal, err);
}

bool store_ieee8021x_config_delete(struct store *store, struct arena *arena, const char *tenant,
                                   struct slice name, struct store_refusal *refusal,
                                   struct error *err)
{
    return configuration_delete(store, STORE_IEEE8021X_CONFIG, arena, tenant, name, NULL, refusal,
                                err);
}
