/* Wi-Fi configs (store/configurations.h). */
#include "store/configuration.h"

static void wireless_config_entries(struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST],
                                    const struct store_wireless_secrets *secrets)
{
    entries[0] = (struct configuration_entry){
        .folder = "Wireless",
        .fields = {{"PSK_PASSPHRASE", secrets == NULL ? NULL : secrets->passphrase}}};
    entries[1] = (struct configuration_entry){.folder = NULL};
}

bool store_wireless_config_get(struct store *store, struct arena *arena, const char *tenant,
                               struct slice name, struct store_wireless_config *config,
                               struct error *err)
{
    return configuration_get(store, STORE_WIRELESS_CONFIG, arena, tenant, name, config, err);
}

bool store_wireless_config_list(struct store *store, struct arena *arena, const char *tenant,
                                uint64_t top, uint64_t skip, struct store_wireless_config **configs,
                                size_t *count, uint64_t *total, struct error *err)
{
    void *rows;
    if (!configuration_list(store, STORE_WIRELESS_CONFIG, arena, tenant, top, skip, &rows, count,
                            total, err))
        return false;
    *configs = rows;
    return true;
}

bool store_wireless_config_put(struct store *store, struct arena *arena, const char *tenant,
                               enum store_put how, struct store_wireless_config *config,
                               const struct store_wireless_secrets *secrets,
                               struct store_refusal *refusal, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    wireless_config_entries(entries, secrets);
    bool fits = configuration_text_fits(config->ssid) && configuration_text_fits(config->ieee8021x);
    return configuration_put(store, STORE_WIRELESS_CONFIG, arena, tenant, how, config, fits,
                             entries, refusal, err);
}

bool store_wireless_config_delete(struct store *store, struct arena *arena, const char *tenant,
                                  struct slice name, struct store_refusal *refusal,
                                  struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    wireless_config_entries(entries, NULL);
    return configuration_delete(store, STORE_WIRELESS_CONFIG, arena, tenant, name, entries, refusal,
                                err);
}

bool store_wireless_passphrase(struct store *store, struct arena *arena, const char *tenant,
                               const char *name, struct slice *passphrase, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    wireless_config_entries(entries, NULL);
    return configuration_secret(store, STORE_WIRELESS_CONFIG, arena, tenant, name, &entries[0],
                                passphrase, NULL, err);
}
