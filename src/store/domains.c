/* Domains (store/configurations.h). */
#include "store/call.h"
#include "store/configuration.h"

#include <string.h>

static void domain_entries(struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST],
                           const struct store_domain_secrets *secrets)
{
    entries[0] = (struct configuration_entry){
        .folder = "certs",
        .fields = {{"CERT", secrets == NULL ? NULL : secrets->pfx_base64},
                   {"CERT_PASSWORD", secrets == NULL ? NULL : secrets->password}}};
    entries[1] = (struct configuration_entry){.folder = NULL};
}

bool store_domain_get(struct store *store, struct arena *arena, const char *tenant,
                      struct slice name, struct store_domain *domain, struct error *err)
{
    return configuration_get(store, STORE_DOMAIN, arena, tenant, name, domain, err);
}

bool store_domain_list(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                       uint64_t skip, struct store_domain **domains, size_t *count, uint64_t *total,
                       struct error *err)
{
    void *rows;
    if (!configuration_list(store, STORE_DOMAIN, arena, tenant, top, skip, &rows, count, total,
                            err))
        return false;
    *domains = rows;
    return true;
}

bool store_domain_put(struct store *store, struct arena *arena, const char *tenant,
                      enum store_put how, struct store_domain *domain,
                      const struct store_domain_secrets *secrets, struct store_refusal *refusal,
                      struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    domain_entries(entries, secrets);
    bool fits = configuration_text_fits(domain->suffix) && configuration_text_fits(domain->format);
    return configuration_put(store, STORE_DOMAIN, arena, tenant, how, domain, fits, entries,
                             refusal, err);
}

bool store_domain_delete(struct store *store, struct arena *arena, const char *tenant,
                         struct slice name, struct store_refusal *refusal, struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    domain_entries(entries, NULL);
    return configuration_delete(store, STORE_DOMAIN, arena, tenant, name, entries, refusal, err);
}

bool store_domain_certificate(struct store *store, struct arena *arena, const char *tenant,
                              const char *name, struct slice *pfx_base64, struct slice *password,
                              struct error *err)
{
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    domain_entries(entries, NULL);
    return configuration_secret(store, STORE_DOMAIN, arena, tenant, name, &entries[0], pfx_base64,
                                password, err);
}

struct match_call {
    struct store_call call;
    struct arena *arena;
    const char *tenant;
    const char *fqdn;
    struct store_domain *domain;
};

static void run_match(struct store_call *base)
{
    struct match_call *call = (struct match_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->domain_match(database, call->arena, call->tenant, call->fqdn,
                                               call->domain, &base->err);
}

/* A name of the DNS has at most 253 characters (RFC 1035). */
#define FQDN_LIMIT 253

bool store_domain_match(struct store *store, struct arena *arena, const char *tenant,
                        struct slice fqdn, struct store_domain *domain, struct error *err)
{
    if (fqdn.size == 0 || fqdn.size > FQDN_LIMIT || memchr(fqdn.data, '\0', fqdn.size) != NULL)
        return error_set(err, ERROR_NOT_FOUND, "what the device says is no name of a domain");
    struct match_call call = {.call.run = run_match,
                              .arena = arena,
                              .tenant = tenant,
                              .fqdn = arena_string(arena, fqdn),
                              .domain = domain};
    return store_call_lookup(store, &call.call, err);
}
