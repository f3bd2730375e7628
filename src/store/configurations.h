/*
 * What administrators configure for provisioning (spec rps 1 and 5.1): domains, CIRA configs,
 * profiles, Wi-Fi and 802.1X configs, proxies. Rows of a tenant, found by name in any case, kept in
 * the spelling they were made with; each has a version that changes with every update. Their
 * secrets are in the secret store at the toolkit's paths and never in a row. Part of store/store.h;
 * the same rules: all functions wait (on a fiber), on any loop; what is read lives in the caller's
 * arena.
 */
#ifndef STORE_CONFIGURATIONS_H
#define STORE_CONFIGURATIONS_H

#include "store/store.h"

enum store_kind {
    STORE_DOMAIN,
    STORE_CIRA_CONFIG,
    STORE_PROFILE,
    STORE_WIRELESS_CONFIG,
    STORE_IEEE8021X_CONFIG,
    STORE_PROXY_CONFIG,
};

enum store_choice { STORE_UNSET = -1, STORE_NO, STORE_YES }; /* a boolean that may be null */

/* Bytes of a name; more is ERROR_INVALID, and so is none. */
#define STORE_NAME_LIMIT 120

struct store_domain {
    const char *name;
    const char *suffix;
    const char *format; /* "raw" or "string" */
    int64_t expires;    /* ms since 1970; of the certificate that ends first */
    uint64_t version;
};

struct store_cira_config {
    const char *name;
    const char *address;
    unsigned port;
    const char *username;
    const char *common_name;      /* NULL: null */
    unsigned address_format;      /* 3 IPv4, 4 IPv6, 201 FQDN */
    unsigned auth_method;         /* 1 mutual, 2 user name and password */
    const char *root_certificate; /* base64 of DER, or PEM, as it was given */
    const char *proxy_details;    /* NULL: null */
    uint64_t version;
};

struct store_ieee8021x_config {
    const char *name;
    int protocol;      /* 0 EAP-TLS, 2 PEAPv0/MSCHAPv2, 3, 5, 10 */
    int pxe_timeout_s; /* -1: null */
    bool wired;
    uint64_t version;
};

struct store_wireless_config {
    const char *name;
    unsigned authentication, encryption; /* 4 … 7; 3, 4 */
    const char *ssid;
    const int *link_policy; /* link_policy_count; NULL: null */
    size_t link_policy_count;
    const char *ieee8021x; /* NULL: null */
    uint64_t version;
};

struct store_proxy_config {
    const char *name;
    const char *address;
    unsigned format; /* 3, 4, 201 */
    unsigned port;
    const char *dns_suffix;
    uint64_t version; /* clients do not see it: the last writer wins (STORE_REPLACE) */
};

struct store_profile_link { /* to a Wi-Fi config or a proxy */
    const char *name;
    unsigned priority; /* 1 to 255 */
};

struct store_profile {
    const char *name;
    const char *activation; /* "acmactivate", "ccmactivate" */
    bool random_password, random_mebx_password;
    const char *cira_config; /* NULL: null */
    const char *const *tags;
    size_t tag_count;
    bool dhcp;
    enum store_choice ip_sync, local_wifi_sync, uefi_wifi_sync;
    unsigned tls_mode;                 /* 1 … 4; 0: null */
    const char *tls_signing_authority; /* "SelfSigned", "MicrosoftCA"; NULL: null */
    const char *user_consent;          /* "None", "KVM", "All" */
    bool ider, kvm, sol;
    const char *ieee8021x;                     /* NULL: null */
    const struct store_profile_link *wireless; /* by priority, then by name */
    size_t wireless_count;
    const struct store_profile_link *proxies; /* likewise */
    size_t proxy_count;
    uint64_t version;
};

/* ---- secrets that are written with a row ---- */

/* In each: NULL leaves what is stored as it is, "" removes it. A new row begins without any. */
struct store_domain_secrets {
    const char *pfx_base64; /* CERT */
    const char *password;   /* CERT_PASSWORD */
};

struct store_cira_secrets {
    const char *password; /* MPS_PASSWORD */
};

struct store_wireless_secrets {
    const char *passphrase; /* PSK_PASSPHRASE */
};

struct store_profile_secrets {
    const char *amt_password, *mebx_password; /* none where it is made for each device */
    const char *tls_pair; /* of TLS/<profile>: a JSON object, ROOT_CERTIFICATE and
                             ISSUED_CERTIFICATE in it (spec rps 4.5) */
};

/* ---- writing ---- */

enum store_put {
    STORE_INSERT,  /* the row's `version` is not looked at */
    STORE_UPDATE,  /* only what has the row's `version` */
    STORE_REPLACE, /* an update whatever its version is now */
};

/* Why a put or a delete was ERROR_CONFLICT. Names in the caller's arena. */
struct store_refusal {
    enum store_cause {
        STORE_CAUSE_NONE,    /* it was not refused, or for another reason */
        STORE_CAUSE_EXISTS,  /* the name is taken; or a domain's suffix, or a proxy's address and
                                port. `name`: of the row that has it */
        STORE_CAUSE_VERSION, /* the row has another version: it was given back as it is now */
        STORE_CAUSE_IN_USE,  /* `name`, one of `kind`, refers to it */
        STORE_CAUSE_ABSENT,  /* it refers to `name`, one of `kind`, which is not there */
    } cause;
    enum store_kind kind;
    const char *name;
};

/*
 * For each kind:
 *
 * _get     ERROR_NOT_FOUND.
 * _list    By name; `top` and `skip` as far as they go. *total counts all of the tenant's.
 * _put     All columns are written, links are replaced with the row, secrets as said above; all of
 *          it or nothing. The row becomes what is stored: name as it was first given, new version,
 *          texts in the arena. ERROR_NOT_FOUND when there is none to update; ERROR_CONFLICT with
 *          `refusal` (may be NULL) and, for STORE_CAUSE_VERSION, the row as it is now;
 *          ERROR_INVALID when a name or a text passes a limit. `secrets` may be NULL.
 * _delete  With its links and secrets. ERROR_NOT_FOUND; ERROR_CONFLICT while it is referred to.
 *
 * A secret is on the disk before its row counts, and a row whose secret could not be written is not
 * there; a row that could not be written leaves the secrets as they were.
 */

bool store_domain_get(struct store *store, struct arena *arena, const char *tenant,
                      struct slice name, struct store_domain *domain, struct error *err);
bool store_domain_list(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                       uint64_t skip, struct store_domain **domains, size_t *count, uint64_t *total,
                       struct error *err);
bool store_domain_put(struct store *store, struct arena *arena, const char *tenant,
                      enum store_put how, struct store_domain *domain,
                      const struct store_domain_secrets *secrets, struct store_refusal *refusal,
                      struct error *err);
bool store_domain_delete(struct store *store, struct arena *arena, const char *tenant,
                         struct slice name, struct store_refusal *refusal, struct error *err);

bool store_cira_config_get(struct store *store, struct arena *arena, const char *tenant,
                           struct slice name, struct store_cira_config *config, struct error *err);
bool store_cira_config_list(struct store *store, struct arena *arena, const char *tenant,
                            uint64_t top, uint64_t skip, struct store_cira_config **configs,
                            size_t *count, uint64_t *total, struct error *err);
bool store_cira_config_put(struct store *store, struct arena *arena, const char *tenant,
                           enum store_put how, struct store_cira_config *config,
                           const struct store_cira_secrets *secrets, struct store_refusal *refusal,
                           struct error *err);
bool store_cira_config_delete(struct store *store, struct arena *arena, const char *tenant,
                              struct slice name, struct store_refusal *refusal, struct error *err);

bool store_profile_get(struct store *store, struct arena *arena, const char *tenant,
                       struct slice name, struct store_profile *profile, struct error *err);
bool store_profile_list(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                        uint64_t skip, struct store_profile **profiles, size_t *count,
                        uint64_t *total, struct error *err);
bool store_profile_put(struct store *store, struct arena *arena, const char *tenant,
                       enum store_put how, struct store_profile *profile,
                       const struct store_profile_secrets *secrets, struct store_refusal *refusal,
                       struct error *err);
bool store_profile_delete(struct store *store, struct arena *arena, const char *tenant,
                          struct slice name, struct store_refusal *refusal, struct error *err);

bool store_wireless_config_get(struct store *store, struct arena *arena, const char *tenant,
                               struct slice name, struct store_wireless_config *config,
                               struct error *err);
bool store_wireless_config_list(struct store *store, struct arena *arena, const char *tenant,
                                uint64_t top, uint64_t skip, struct store_wireless_config **configs,
                                size_t *count, uint64_t *total, struct error *err);
bool store_wireless_config_put(struct store *store, struct arena *arena, const char *tenant,
                               enum store_put how, struct store_wireless_config *config,
                               const struct store_wireless_secrets *secrets,
                               struct store_refusal *refusal, struct error *err);
bool store_wireless_config_delete(struct store *store, struct arena *arena, const char *tenant,
                                  struct slice name, struct store_refusal *refusal,
                                  struct error *err);

bool store_ieee8021x_config_get(struct store *store, struct arena *arena, const char *tenant,
                                struct slice name, struct store_ieee8021x_config *config,
                                struct error *err);
bool store_ieee8021x_config_list(struct store *store, struct arena *arena, const char *tenant,
                                 uint64_t top, uint64_t skip,
                                 struct store_ieee8021x_config **configs, size_t *count,
                                 uint64_t *total, struct error *err);
bool store_ieee8021x_config_put(struct store *store, struct arena *arena, const char *tenant,
                                enum store_put how, struct store_ieee8021x_config *config,
                                struct store_refusal *refusal, struct error *err);
bool store_ieee8021x_config_delete(struct store *store, struct arena *arena, const char *tenant,
                                   struct slice name, struct store_refusal *refusal,
                                   struct error *err);

bool store_proxy_config_get(struct store *store, struct arena *arena, const char *tenant,
                            struct slice name, struct store_proxy_config *config,
                            struct error *err);
bool store_proxy_config_list(struct store *store, struct arena *arena, const char *tenant,
                             uint64_t top, uint64_t skip, struct store_proxy_config **configs,
                             size_t *count, uint64_t *total, struct error *err);
bool store_proxy_config_put(struct store *store, struct arena *arena, const char *tenant,
                            enum store_put how, struct store_proxy_config *config,
                            struct store_refusal *refusal, struct error *err);
bool store_proxy_config_delete(struct store *store, struct arena *arena, const char *tenant,
                               struct slice name, struct store_refusal *refusal, struct error *err);

/* The domain whose suffix is `fqdn` or its longest ending at a dot with two labels left (spec rps
 * 2.7). ERROR_NOT_FOUND. */
bool store_domain_match(struct store *store, struct arena *arena, const char *tenant,
                        struct slice fqdn, struct store_domain *domain, struct error *err);

/* ---- secrets of a row ---- */

/* What was never stored is empty; ERROR_NOT_FOUND when there is no such row; ERROR_STORE when the
 * secret cannot be read. The caller wipes them. Paths as the toolkit's Vault has them for the
 * default tenant (spec rps 5.2); another tenant's are below "tenants/<tenant>/". */
bool store_profile_passwords(struct store *store, struct arena *arena, const char *tenant,
                             const char *name, struct slice *amt, struct slice *mebx,
                             struct error *err);
bool store_profile_tls_pair(struct store *store, struct arena *arena, const char *tenant,
                            const char *name, struct slice *tls_pair, struct error *err);
bool store_domain_certificate(struct store *store, struct arena *arena, const char *tenant,
                              const char *name, struct slice *pfx_base64, struct slice *password,
                              struct error *err);
bool store_cira_password(struct store *store, struct arena *arena, const char *tenant,
                         const char *name, struct slice *password, struct error *err);
bool store_wireless_passphrase(struct store *store, struct arena *arena, const char *tenant,
                               const char *name, struct slice *passphrase, struct error *err);

#endif
