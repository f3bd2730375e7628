#include "store/configurations.h"

bool store_domain_get(struct store *store, struct arena *arena, const char *tenant,
                      struct slice name, struct store_domain *domain, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)domain;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_domain_list(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                       uint64_t skip, struct store_domain **domains, size_t *count, uint64_t *total,
                       struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)top;
    (void)skip;
    (void)domains;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_domain_put(struct store *store, struct arena *arena, const char *tenant,
                      enum store_put how, struct store_domain *domain,
                      const struct store_domain_secrets *secrets, struct store_refusal *refusal,
                      struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)how;
    (void)domain;
    (void)secrets;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_domain_delete(struct store *store, struct arena *arena, const char *tenant,
                         struct slice name, struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_cira_config_get(struct store *store, struct arena *arena, const char *tenant,
                           struct slice name, struct store_cira_config *config, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)config;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_cira_config_list(struct store *store, struct arena *arena, const char *tenant,
                            uint64_t top, uint64_t skip, struct store_cira_config **configs,
                            size_t *count, uint64_t *total, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)top;
    (void)skip;
    (void)configs;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_cira_config_put(struct store *store, struct arena *arena, const char *tenant,
                           enum store_put how, struct store_cira_config *config,
                           const struct store_cira_secrets *secrets, struct store_refusal *refusal,
                           struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)how;
    (void)config;
    (void)secrets;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_cira_config_delete(struct store *store, struct arena *arena, const char *tenant,
                              struct slice name, struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_profile_get(struct store *store, struct arena *arena, const char *tenant,
                       struct slice name, struct store_profile *profile, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)profile;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_profile_list(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                        uint64_t skip, struct store_profile **profiles, size_t *count,
                        uint64_t *total, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)top;
    (void)skip;
    (void)profiles;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_profile_put(struct store *store, struct arena *arena, const char *tenant,
                       enum store_put how, struct store_profile *profile,
                       const struct store_profile_secrets *secrets, struct store_refusal *refusal,
                       struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)how;
    (void)profile;
    (void)secrets;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_profile_delete(struct store *store, struct arena *arena, const char *tenant,
                          struct slice name, struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_wireless_config_get(struct store *store, struct arena *arena, const char *tenant,
                               struct slice name, struct store_wireless_config *config,
                               struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)config;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_wireless_config_list(struct store *store, struct arena *arena, const char *tenant,
                                uint64_t top, uint64_t skip, struct store_wireless_config **configs,
                                size_t *count, uint64_t *total, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)top;
    (void)skip;
    (void)configs;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_wireless_config_put(struct store *store, struct arena *arena, const char *tenant,
                               enum store_put how, struct store_wireless_config *config,
                               const struct store_wireless_secrets *secrets,
                               struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)how;
    (void)config;
    (void)secrets;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_wireless_config_delete(struct store *store, struct arena *arena, const char *tenant,
                                  struct slice name, struct store_refusal *refusal,
                                  struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_ieee8021x_config_get(struct store *store, struct arena *arena, const char *tenant,
                                struct slice name, struct store_ieee8021x_config *config,
                                struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)config;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_ieee8021x_config_list(struct store *store, struct arena *arena, const char *tenant,
                                 uint64_t top, uint64_t skip,
                                 struct store_ieee8021x_config **configs, size_t *count,
                                 uint64_t *total, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)top;
    (void)skip;
    (void)configs;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_ieee8021x_config_put(struct store *store, struct arena *arena, const char *tenant,
                                enum store_put how, struct store_ieee8021x_config *config,
                                struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)how;
    (void)config;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_ieee8021x_config_delete(struct store *store, struct arena *arena, const char *tenant,
                                   struct slice name, struct store_refusal *refusal,
                                   struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_proxy_config_get(struct store *store, struct arena *arena, const char *tenant,
                            struct slice name, struct store_proxy_config *config, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)config;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_proxy_config_list(struct store *store, struct arena *arena, const char *tenant,
                             uint64_t top, uint64_t skip, struct store_proxy_config **configs,
                             size_t *count, uint64_t *total, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)top;
    (void)skip;
    (void)configs;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_proxy_config_put(struct store *store, struct arena *arena, const char *tenant,
                            enum store_put how, struct store_proxy_config *config,
                            struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)how;
    (void)config;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_proxy_config_delete(struct store *store, struct arena *arena, const char *tenant,
                               struct slice name, struct store_refusal *refusal, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)refusal;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_domain_match(struct store *store, struct arena *arena, const char *tenant,
                        struct slice fqdn, struct store_domain *domain, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)fqdn;
    (void)domain;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_profile_passwords(struct store *store, struct arena *arena, const char *tenant,
                             const char *name, struct slice *amt, struct slice *mebx,
                             struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)amt;
    (void)mebx;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_profile_tls_pair(struct store *store, struct arena *arena, const char *tenant,
                            const char *name, struct slice *tls_pair, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)tls_pair;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_domain_certificate(struct store *store, struct arena *arena, const char *tenant,
                              const char *name, struct slice *pfx_base64, struct slice *password,
                              struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)pfx_base64;
    (void)password;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_cira_password(struct store *store, struct arena *arena, const char *tenant,
                         const char *name, struct slice *password, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)password;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_wireless_passphrase(struct store *store, struct arena *arena, const char *tenant,
                               const char *name, struct slice *passphrase, struct error *err)
{
    (void)store;
    (void)arena;
    (void)tenant;
    (void)name;
    (void)passphrase;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}
