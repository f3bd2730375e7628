/* Profiles (store/configurations.h). */
#include "store/configuration.h"

#include <string.h>

#define LINK_LIMIT 255 /* of each kind */

/* The entries of a profile with these secrets. */
static void profile_entries(struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST],
                            const struct store_profile_secrets *secrets)
{
    static const struct store_profile_secrets none;
    if (secrets == NULL)
        secrets = &none;
    entries[0] =
        (struct configuration_entry){.folder = "profiles",
                                     .fields = {{"AMT_PASSWORD", secrets->amt_password},
                                                {"MEBX_PASSWORD", secrets->mebx_password}}};
    entries[1] = (struct configuration_entry){
        .folder = "TLS", .fields = {{NULL, secrets->tls_pair}}, .is_whole = true};
}

static bool check_links(const struct store_profile_link *links, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (links[i].name == NULL || strlen(links[i].name) > STORE_NAME_LIMIT)
            return false;
    return count <= LINK_LIMIT;
}

static bool check_profile(const struct store_profile *profile)
{
    for (size_t i = 0; i < profile->tag_count; i++)
        if (!configuration_text_fits(profile->tags[i]))
            return false;
    return profile->tag_count <= STORE_TAGS_LIMIT &&
           check_links(profile->wireless, profile->wireless_count) &&
           check_links(profile->proxies, profile->proxy_count);
}

bool store_profile_get(struct store *store, struct arena *arena, const char *tenant,
                       struct slice name, struct store_profile *profile, struct error *err)
{
    return configuration_get(store, STORE_PROFILE, arena, tenant, name, profile, err);
}

bool store_profile_list(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                        uint64_t skip, struct store_profile **profiles, size_t *count,
                        uint64_t *total, struct error *err)
{
    void *rows;
    if (!configuration_list(store, STORE_PROFILE, arena, tenant, top, skip, &rows, count, total,
                            err))
        return false;
    *profiles = rows;
    return true;
}

bool store_profile_put(struct store *store, struct arena *arena, const char *tenant,
                       enum store_put how, struct store_profile *profile,
                       const struct store_profile_secrets *secrets, struct store_refusal *refusal,
                       struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    profile_entries(entries, secrets);
    bool fits = configuration_text_fits(profile->activation) &&
                configuration_text_fits(profile->cira_config) &&
                configuration_text_fits(profile->tls_signing_authority) &&
                configuration_text_fits(profile->user_consent) &&
                configuration_text_fits(profile->ieee8021x);
    return configuration_put(store, STORE_PROFILE, arena, tenant, how, profile,
                             fits && check_profile(profile), entries, refusal, err);
}

bool store_profile_delete(struct store *store, struct arena *arena, const char *tenant,
                          struct slice name, struct store_refusal *refusal, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    profile_entries(entries, NULL);
    return configuration_delete(store, STORE_PROFILE, arena, tenant, name, entries, refusal, err);
}

bool store_profile_passwords(struct store *store, struct arena *arena, const char *tenant,
                             const char *name, struct slice *amt, struct slice *mebx,
                             struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    profile_entries(entries, NULL);
    return configuration_secret(store, STORE_PROFILE, arena, tenant, name, &entries[0], amt, mebx,
                                err);
}

bool store_profile_tls_pair(struct store *store, struct arena *arena, const char *tenant,
                            const char *name, struct slice *tls_pair, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    profile_entries(entries, NULL);
    return configuration_secret(store, STORE_PROFILE, arena, tenant, name, &entries[1], tls_pair,
                                NULL, err);
}
