#include "rps/profile_export.h"

#include <string.h>

struct gathering {
    struct store *store;
    struct arena *arena;
    const char *tenant;
    struct rps_missing *missing;
    struct error *err;
    struct store_profile profile;
};

static bool lacks(const struct gathering *g, enum store_kind kind, const char *name)
{
    if (g->err->code == ERROR_NOT_FOUND)
        *g->missing = (struct rps_missing){kind, name};
    return false;
}

/* ---- members ---- */

static void put(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static void put_text(json_t *object, const char *key, const char *text)
{
    put(object, key, json_string(text == NULL ? "" : text));
}

static void put_slice(json_t *object, const char *key, struct slice text)
{
    put(object, key, json_stringn(text.size == 0 ? "" : (const char *)text.data, text.size));
}

static void put_flag(json_t *object, const char *key, bool flag)
{
    put(object, key, json_boolean(flag));
}

static void put_number(json_t *object, const char *key, json_int_t number)
{
    put(object, key, json_integer(number));
}

/* A choice that was left open is left out; agents take that for no. */
static void put_choice(json_t *object, const char *key, enum store_choice choice)
{
    if (choice != STORE_UNSET)
        put_flag(object, key, choice == STORE_YES);
}

static void put_empty_texts(json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        put_text(object, *keys, "");
}

/* ---- networks ---- */

static bool put_8021x(const struct gathering *g, json_t *object, const char *name)
{
    struct store_ieee8021x_config config;
    if (name == NULL) {
        put(object, "ieee8021x", json_null());
        return true;
    }
    if (!store_ieee8021x_config_get(g->store, g->arena, g->tenant, slice_of_string(name), &config,
                                    g->err))
        return lacks(g, STORE_IEEE8021X_CONFIG, name);
    json_t *block = json_object();
    put_text(block, "profileName", config.name);
    put_number(block, "authenticationProtocol", config.protocol);
    put_number(block, "pxeTimeout", config.pxe_timeout_s < 0 ? 0 : config.pxe_timeout_s);
    put_flag(block, "wiredInterface", config.wired);
    put_empty_texts(block, (const char *const[]){"username", "password", "clientCert", "caCert",
                                                 "privateKey", NULL});
    put_text(block, "tenantId", g->tenant);
    put(object, "ieee8021x", block);
    return true;
}

static json_t *wired_of(const struct gathering *g)
{
    json_t *wired = json_object();
    put_flag(wired, "dhcpEnabled", g->profile.dhcp);
    put_choice(wired, "ipSyncEnabled", g->profile.ip_sync);
    put_flag(wired, "sharedStaticIP", !g->profile.dhcp);
    put_empty_texts(wired,
                    (const char *const[]){"ipAddress", "subnetMask", "defaultGateway", "primaryDNS",
                                          "secondaryDNS", "authentication", NULL});
    if (put_8021x(g, wired, g->profile.ieee8021x))
        return wired;
    json_decref(wired);
    return NULL;
}

/* As agents read them. */
static const char *authentication_name(unsigned method)
{
    static const char *const names[] = {"WPAPSK", "WPAIEEE8021x", "WPA2PSK", "WPA2IEEE8021x"};
    return method >= 4 && method <= 7 ? names[method - 4] : "";
}

static json_t *network_of(const struct gathering *g, const struct store_profile_link *link)
{
    struct store_wireless_config config;
    struct slice passphrase = {NULL, 0};
    if (!store_wireless_config_get(g->store, g->arena, g->tenant, slice_of_string(link->name),
                                   &config, g->err) ||
        !store_wireless_passphrase(g->store, g->arena, g->tenant, config.name, &passphrase,
                                   g->err)) {
        (void)lacks(g, STORE_WIRELESS_CONFIG, link->name);
        return NULL;
    }
    json_t *network = json_object();
    put_text(network, "profileName", config.name);
    put_text(network, "ssid", config.ssid);
    put_number(network, "priority", link->priority);
    put_text(network, "authenticationMethod", authentication_name(config.authentication));
    put_text(network, "encryptionMethod", config.encryption == 3 ? "TKIP" : "CCMP");
    put_slice(network, "password", passphrase);
    put_slice(network, "pskPassphrase", passphrase);
    put_text(network, "ieee8021xProfileName", config.ieee8021x);
    if (config.link_policy != NULL) {
        json_t *policy = json_array();
        for (size_t i = 0; i < config.link_policy_count; i++)
            (void)json_array_append_new(policy, json_integer(config.link_policy[i]));
        put(network, "linkPolicy", policy);
    }
    if (put_8021x(g, network, config.ieee8021x))
        return network;
    json_decref(network);
    return NULL;
}

static json_t *wireless_of(const struct gathering *g)
{
    json_t *wireless = json_object();
    json_t *networks = json_array();
    put_choice(wireless, "wifiSyncEnabled", g->profile.local_wifi_sync);
    put_choice(wireless, "uefiWifiSyncEnabled", g->profile.uefi_wifi_sync); /* RPS's spelling */
    put_choice(wireless, "uefiWiFiSyncEnabled", g->profile.uefi_wifi_sync); /* the agent's */
    put(wireless, "profiles", networks);
    for (size_t i = 0; i < g->profile.wireless_count; i++) {
        json_t *network = network_of(g, &g->profile.wireless[i]);
        if (network == NULL) {
            json_decref(wireless);
            return NULL;
        }
        (void)json_array_append_new(networks, network);
    }
    return wireless;
}

static json_t *proxies_of(const struct gathering *g)
{
    json_t *proxies = json_array();
    for (size_t i = 0; i < g->profile.proxy_count; i++) {
        const struct store_profile_link *link = &g->profile.proxies[i];
        struct store_proxy_config config;
        if (!store_proxy_config_get(g->store, g->arena, g->tenant, slice_of_string(link->name),
                                    &config, g->err)) {
            (void)lacks(g, STORE_PROXY_CONFIG, link->name);
            json_decref(proxies);
            return NULL;
        }
        json_t *proxy = json_object();
        put_text(proxy, "name", config.name);
        put_number(proxy, "priority", link->priority);
        put_text(proxy, "address", config.address);
        put_number(proxy, "port", config.port);
        put_text(proxy, "networkDnsSuffix", config.dns_suffix);
        (void)json_array_append_new(proxies, proxy);
    }
    return proxies;
}

/* Puts `value` there; false when there is none. */
static bool put_part(json_t *object, const char *key, json_t *value)
{
    if (value == NULL)
        return false;
    put(object, key, value);
    return true;
}

static bool put_network(const struct gathering *g, json_t *configuration)
{
    json_t *network = json_object();
    put(configuration, "network", network);
    return put_part(network, "wired", wired_of(g)) &&
           put_part(network, "wireless", wireless_of(g)) &&
           put_part(network, "proxy", proxies_of(g));
}

/* ---- TLS, redirection, CIRA, passwords ---- */

static void put_tls(const struct gathering *g, json_t *configuration)
{
    unsigned mode = g->profile.tls_mode;
    json_t *tls = json_object();
    put_number(tls, "tlsMode", mode);
    put_text(tls, "signingAuthority", g->profile.tls_signing_authority);
    put_flag(tls, "mutualAuthentication", mode == 3 || mode == 4);
    put_flag(tls, "enabled", mode != 0);
    put(tls, "trustedCN", json_array());
    put_flag(tls, "allowNonTLS", mode == 2 || mode == 4);
    put(configuration, "tls", tls);
}

static void put_redirection(const struct gathering *g, json_t *configuration)
{
    json_t *redirection = json_object();
    json_t *services = json_object();
    put_flag(redirection, "enabled", g->profile.kvm || g->profile.sol || g->profile.ider);
    put_flag(services, "kvm", g->profile.kvm);
    put_flag(services, "sol", g->profile.sol);
    put_flag(services, "ider", g->profile.ider);
    put(redirection, "services", services);
    put_text(redirection, "userConsent", g->profile.user_consent);
    put(configuration, "redirection", redirection);
}

static bool put_cira(const struct gathering *g, json_t *specific)
{
    const char *name = g->profile.cira_config;
    struct store_cira_config config = {.name = NULL};
    struct slice password = {NULL, 0};
    if (name != NULL &&
        (!store_cira_config_get(g->store, g->arena, g->tenant, slice_of_string(name), &config,
                                g->err) ||
         !store_cira_password(g->store, g->arena, g->tenant, config.name, &password, g->err)))
        return lacks(g, STORE_CIRA_CONFIG, name);
    json_t *cira = json_object();
    put_text(cira, "mpsUsername", config.username);
    put_slice(cira, "mpsPassword", password);
    put_text(cira, "mpsAddress", config.address);
    put_number(cira, "mpsPort", config.port);
    put_text(cira, "mpsCert", config.root_certificate);
    put(cira, "environmentDetection", json_array());
    put_flag(cira, "generateRandomPassword", name != NULL && password.size == 0);
    if (name != NULL) {
        put_text(cira, "configName", config.name);
        put_number(cira, "serverAddressFormat", config.address_format);
        put_text(cira, "commonName", config.common_name);
        put_number(cira, "authMethod", config.auth_method);
        put_text(cira, "proxyDetails", config.proxy_details);
    }
    put(specific, "cira", cira);
    return true;
}

static bool put_domain(const struct gathering *g, json_t *specific, struct slice name)
{
    struct store_domain domain = {.name = NULL};
    struct slice pfx = {NULL, 0};
    struct slice password = {NULL, 0};
    bool wanted =
        name.size > 0 && slice_equal_string(slice_of_string(g->profile.activation), "acmactivate");
    if (wanted && (!store_domain_get(g->store, g->arena, g->tenant, name, &domain, g->err) ||
                   !store_domain_certificate(g->store, g->arena, g->tenant, domain.name, &pfx,
                                             &password, g->err)))
        return lacks(g, STORE_DOMAIN, arena_string(g->arena, name));
    put_slice(specific, "provisioningCert", pfx);
    put_slice(specific, "provisioningCertPwd", password);
    if (wanted) {
        put_text(specific, "domainName", domain.name);
        put_text(specific, "domainSuffix", domain.suffix);
        put_text(specific, "provisioningCertStorageFormat", domain.format);
    }
    return true;
}

static bool put_specific(const struct gathering *g, json_t *configuration, struct slice domain)
{
    struct slice amt = {NULL, 0};
    struct slice mebx = {NULL, 0};
    json_t *specific = json_object();
    put(configuration, "amtSpecific", specific);
    if (!store_profile_passwords(g->store, g->arena, g->tenant, g->profile.name, &amt, &mebx,
                                 g->err))
        return lacks(g, STORE_PROFILE, g->profile.name);
    put_text(specific, "controlMode", g->profile.activation);
    put_slice(specific, "adminPassword", amt);
    put_flag(specific, "generateRandomPassword", g->profile.random_password);
    put_slice(specific, "mebxPassword", mebx);
    put_flag(specific, "generateRandomMEBXPassword", g->profile.random_mebx_password);
    return put_domain(g, specific, domain) && put_cira(g, specific);
}

/* ---- the whole ---- */

static void put_general(json_t *configuration)
{
    json_t *general = json_object();
    put_flag(general, "sharedFQDN", false);
    put_number(general, "networkInterfaceEnabled", 0);
    put_flag(general, "pingResponseEnabled", false);
    put(configuration, "generalSettings", general);
}

/* What agents expect and nobody configures here. */
static void put_others(json_t *configuration)
{
    static const char *const kinds[] = {"bmcSpecific", "dashSpecific", "redfishSpecific"};
    json_t *accounts = json_object();
    json_t *assistant = json_object();
    put(accounts, "userAccounts", json_array());
    put(configuration, "userAccounts", accounts);
    put_empty_texts(assistant, (const char *const[]){"url", "username", "password", NULL});
    put(configuration, "enterpriseAssistant", assistant);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        json_t *specific = json_object();
        put_text(specific, "adminPassword", "");
        put(configuration, kinds[i], specific);
    }
}

json_t *rps_profile_export(struct store *store, struct arena *arena, const char *tenant,
                           struct slice name, struct slice domain, struct rps_missing *missing,
                           struct error *err)
{
    struct gathering g = {
        .store = store, .arena = arena, .tenant = tenant, .missing = missing, .err = err};
    if (!store_profile_get(store, arena, tenant, name, &g.profile, err)) {
        (void)lacks(&g, STORE_PROFILE, arena_string(arena, name));
        return NULL;
    }
    json_t *document = json_object();
    json_t *tags = json_array();
    json_t *configuration = json_object();
    put_number(document, "id", 0);
    put_text(document, "name", g.profile.name);
    for (size_t i = 0; i < g.profile.tag_count; i++)
        (void)json_array_append_new(tags, json_string(g.profile.tags[i]));
    put(document, "tags", tags);
    put(document, "configuration", configuration);
    put_general(configuration);
    bool ok = put_network(&g, configuration);
    put_tls(&g, configuration);
    put_redirection(&g, configuration);
    put_others(configuration);
    if (ok && put_specific(&g, configuration, domain))
        return document;
    json_decref(document);
    return NULL;
}
