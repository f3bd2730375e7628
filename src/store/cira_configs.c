/* CIRA configs (store/configurations.h). */
#include "store/configuration.h"

static void cira_config_entries(struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST],
                                const struct store_cira_secrets *secrets)
{
    entries[0] = (struct configuration_entry){
        .folder = "CIRAConfigs",
        .fields = {{"MPS_PASSWORD", secrets == NULL ? NULL : secrets->password}}};
    entries[1] = (struct configuration_entry){.folder = NULL};
}

bool store_cira_config_get(struct store *store, struct arena *arena, const char *tenant,
                           struct slice name, struct store_cira_config *config, struct error *err)
{
    return configuration_get(store, STORE_CIRA_CONFIG, arena, tenant, name, config, err);
}

bool store_cira_config_list(struct store *store, struct arena *arena, const char *tenant,
                            uint64_t top, uint64_t skip, struct store_cira_config **configs,
                            size_t *count, uint64_t *total, struct error *err)
{
    void *rows;
    if (!configuration_list(store, STORE_CIRA_CONFIG, arena, tenant, top, skip, &rows, count, total,
                            err))
        return false;
    *configs = rows;
    return true;
}

bool store_cira_config_put(struct store *store, struct arena *arena, const char *tenant,
                           enum store_put how, struct store_cira_config *config,
                           const struct store_cira_secrets *secrets, struct store_refusal *refusal,
                           struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    cira_config_entries(entries, secrets);
    bool fits = configuration_text_fits(config->address) &&
                configuration_text_fits(config->username) &&
                configuration_text_fits(config->common_name) &&
                configuration_text_fits(config->root_certificate) &&
                configuration_text_fits(config->proxy_details);
    return configuration_put(store, STORE_CIRA_CONFIG, arena, tenant, how, config, fits, entries,
                             refusal, err);
}

bool store_cira_config_delete(struct store *store, struct arena *arena, const char *tenant,
                              struct slice name, struct store_refusal *refusal, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    cira_config_entries(entries, NULL);
    return configuration_delete(store, STORE_CIRA_CONFIG, arena, tenant, name, entries, refusal,
                                err);
}

bool store_cira_password(struct store *store, struct arena *arena, const char *tenant,
                         const char *name, struct slice *password, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    cira_config_entries(entries, NULL);
    return configuration_secret(store, STORE_CIRA_CONFIG, arena, tenant, name, &entries[0],
                                password, NULL, err);
}
