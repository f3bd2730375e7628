#include "rps/profile_import.h"

#include "http/body_value.h"
#include "http/check.h"
#include "http/json.h"

#include <string.h>

#define MPS_PORT 4433 /* Console's documents have none */

struct reading {
    struct arena *arena;
    struct rps_import *import;
    const char *name; /* of the profile */
    json_t *profile;  /* its body; owned by the import */
    bool is_acm;
};

/* ---- members ---- */

/* A text, or a number that stands for one: an unquoted password of digits. */
static const char *text_in(const struct reading *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value))
        return arena_printf(r->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return json_is_string(value) ? json_string_value(value) : "";
}

static bool flag_in(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static void put(json_t *body, const char *key, json_t *value)
{
    (void)json_object_set_new(body, key, value);
}

static void put_text(json_t *body, const char *key, const char *text)
{
    put(body, key, json_string(text));
}

/* Nothing when it is empty. */
static void put_given(json_t *body, const char *key, const char *text)
{
    if (text[0] != '\0')
        put_text(body, key, text);
}

/* The same value, under another name; nothing when it is not there. */
static void copy(json_t *body, const char *to, const json_t *object, const char *from)
{
    json_t *value = json_object_get(object, from);
    if (value != NULL && !json_is_null(value))
        (void)json_object_set(body, to, value);
}

static bool has_part(const struct rps_import *import, enum store_kind kind, const char *key,
                     const char *name)
{
    for (size_t i = 0; i < import->count; i++)
        if (import->parts[i].kind == kind &&
            slice_equal_ignore_case(http_body_value_text(import->parts[i].body, key),
                                    slice_of_string(name)))
            return true;
    return false;
}

/* A new body; NULL when there are too many. */
static json_t *add(const struct reading *r, enum store_kind kind)
{
    if (r->import->count == RPS_IMPORT_PARTS - 1) /* the profile is one, too */
        return NULL;
    json_t *body = json_object();
    r->import->parts[r->import->count++] = (struct rps_import_part){kind, body};
    return body;
}

/* ---- what the profile refers to ---- */

/* The name of the 802.1X config that `owner` has in its block or by name; "" when it has none. */
static bool read_8021x(const struct reading *r, const json_t *owner, const char *otherwise,
                       bool wired, const char **name)
{
    const json_t *block = json_object_get(owner, "ieee8021x");
    *name = text_in(r, owner, "ieee8021xProfileName");
    if (!json_is_object(block))
        return true;
    if (text_in(r, block, "profileName")[0] != '\0')
        *name = text_in(r, block, "profileName");
    if ((*name)[0] == '\0')
        *name = otherwise;
    if (has_part(r->import, STORE_IEEE8021X_CONFIG, "profileName", *name))
        return true;
    json_t *body = add(r, STORE_IEEE8021X_CONFIG);
    if (body == NULL)
        return false;
    put_text(body, "profileName", *name);
    copy(body, "authenticationProtocol", block, "authenticationProtocol");
    put(body, "wiredInterface", json_boolean(wired));
    if (wired)
        copy(body, "pxeTimeout", block, "pxeTimeout");
    return true;
}

static json_int_t method_of(const struct reading *r, const json_t *network)
{
    static const char *const names[] = {"WPAPSK", "WPAIEEE8021x", "WPA2PSK", "WPA2IEEE8021x"};
    const char *text = text_in(r, network, "authenticationMethod");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (slice_equal_ignore_case(slice_of_string(text), slice_of_string(names[i])))
            return (json_int_t)i + 4;
    return (json_int_t)http_body_value_number(network, "authenticationMethod", 0);
}

static json_int_t encryption_of(const struct reading *r, const json_t *network)
{
    struct slice text = slice_of_string(text_in(r, network, "encryptionMethod"));
    if (slice_equal_ignore_case(text, SLICE_LITERAL("TKIP")))
        return 3;
    if (slice_equal_ignore_case(text, SLICE_LITERAL("CCMP")))
        return 4;
    return (json_int_t)http_body_value_number(network, "encryptionMethod", 0);
}

static bool read_network(const struct reading *r, const json_t *network, json_t *links)
{
    const char *name = text_in(r, network, "profileName");
    json_int_t method = method_of(r, network);
    const char *ieee8021x = "";
    if ((method == 5 || method == 7) &&
        !read_8021x(r, network, arena_printf(r->arena, "%s8021x", name), false, &ieee8021x))
        return false;
    json_t *body = add(r, STORE_WIRELESS_CONFIG);
    if (body == NULL)
        return false;
    const char *passphrase = text_in(r, network, "pskPassphrase");
    if (passphrase[0] == '\0')
        passphrase = text_in(r, network, "password");
    put_text(body, "profileName", name);
    put(body, "authenticationMethod", json_integer(method));
    put(body, "encryptionMethod", json_integer(encryption_of(r, network)));
    put_text(body, "ssid", text_in(r, network, "ssid"));
    copy(body, "linkPolicy", network, "linkPolicy");
    if (method == 4 || method == 6)
        put_text(body, "pskPassphrase", passphrase);
    put_given(body, "ieee8021xProfileName", ieee8021x);
    json_t *link = json_object();
    put_text(link, "profileName", name);
    copy(link, "priority", network, "priority");
    (void)json_array_append_new(links, link);
    return true;
}

static bool read_networks(const struct reading *r, const json_t *wireless)
{
    const json_t *networks = json_object_get(wireless, "profiles");
    json_t *links = json_array();
    put(r->profile, "wifiConfigs", links);
    for (size_t i = 0; i < json_array_size(networks); i++)
        if (!read_network(r, json_array_get(networks, i), links))
            return false;
    return true;
}

static bool read_proxies(const struct reading *r, const json_t *proxies)
{
    json_t *links = json_array();
    put(r->profile, "proxyConfigs", links);
    for (size_t i = 0; i < json_array_size(proxies); i++) {
        const json_t *proxy = json_array_get(proxies, i);
        json_t *body = add(r, STORE_PROXY_CONFIG);
        if (body == NULL)
            return false;
        const char *name = text_in(r, proxy, "name");
        if (name[0] == '\0')
            name = arena_printf(r->arena, "%sproxy%zu", r->name, i + 1);
        json_int_t priority = (json_int_t)http_body_value_number(proxy, "priority", (int64_t)i + 1);
        put_text(body, "name", name);
        put_text(body, "address", text_in(r, proxy, "address"));
        copy(body, "port", proxy, "port");
        put_text(body, "networkDnsSuffix", text_in(r, proxy, "networkDnsSuffix"));
        json_t *link = json_object();
        put_text(link, "name", name);
        put(link, "priority", json_integer(priority));
        (void)json_array_append_new(links, link);
    }
    return true;
}

static json_int_t format_of(const char *address)
{
    if (strchr(address, ':') != NULL)
        return 4;
    return http_check_ipv4(slice_of_string(address)) ? 3 : 201;
}

static bool read_cira(const struct reading *r, const json_t *cira)
{
    const char *address = text_in(r, cira, "mpsAddress");
    if (address[0] == '\0')
        return true;
    json_t *body = add(r, STORE_CIRA_CONFIG);
    if (body == NULL)
        return false;
    const char *name = text_in(r, cira, "configName");
    if (name[0] == '\0')
        name = r->name;
    json_int_t format =
        (json_int_t)http_body_value_number(cira, "serverAddressFormat", format_of(address));
    const char *common_name = text_in(r, cira, "commonName");
    if (common_name[0] == '\0' && format == 3)
        common_name = address;
    json_int_t port = (json_int_t)http_body_value_number(cira, "mpsPort", 0);
    put_text(body, "configName", name);
    put_text(body, "mpsServerAddress", address);
    put(body, "mpsPort", json_integer(port == 0 ? MPS_PORT : port));
    put(body, "serverAddressFormat", json_integer(format));
    put(body, "authMethod", json_integer(http_body_value_number(cira, "authMethod", 2)));
    put_text(body, "username", text_in(r, cira, "mpsUsername"));
    put_given(body, "commonName", common_name);
    put_given(body, "password", text_in(r, cira, "mpsPassword"));
    put_text(body, "mpsRootCertificate", text_in(r, cira, "mpsCert"));
    put_given(body, "proxyDetails", text_in(r, cira, "proxyDetails"));
    put_text(r->profile, "ciraConfigName", name);
    return true;
}

static bool read_domain(const struct reading *r, const json_t *specific)
{
    const char *pfx = text_in(r, specific, "provisioningCert");
    const char *suffix = text_in(r, specific, "domainSuffix");
    const char *format = text_in(r, specific, "provisioningCertStorageFormat");
    if (pfx[0] == '\0')
        return true;
    if (suffix[0] == '\0') {
        r->import->without_domain = true;
        return true;
    }
    json_t *body = add(r, STORE_DOMAIN);
    if (body == NULL)
        return false;
    put_text(body, "profileName", text_in(r, specific, "domainName"));
    put_text(body, "domainSuffix", suffix);
    put_text(body, "provisioningCert", pfx);
    put_text(body, "provisioningCertPassword", text_in(r, specific, "provisioningCertPwd"));
    put_text(body, "provisioningCertStorageFormat", format[0] == '\0' ? "string" : format);
    return true;
}

/* ---- the profile ---- */

static void read_passwords(const struct reading *r, const json_t *specific)
{
    bool random = flag_in(specific, "generateRandomPassword");
    put(r->profile, "generateRandomPassword", json_boolean(random));
    if (!random)
        put_given(r->profile, "amtPassword", text_in(r, specific, "adminPassword"));
    if (!r->is_acm)
        return;
    bool random_mebx = flag_in(specific, "generateRandomMEBXPassword");
    put(r->profile, "generateRandomMEBxPassword", json_boolean(random_mebx));
    if (!random_mebx)
        put_given(r->profile, "mebxPassword", text_in(r, specific, "mebxPassword"));
}

static void read_tls(const struct reading *r, const json_t *tls)
{
    bool mutual = flag_in(tls, "mutualAuthentication");
    bool plain = flag_in(tls, "allowNonTLS");
    int64_t mode = !flag_in(tls, "enabled") ? 0 : (mutual ? 3 : 1) + (plain ? 1 : 0);
    if (mode == 0)
        return;
    put(r->profile, "tlsMode", json_integer(http_body_value_number(tls, "tlsMode", mode)));
    put_given(r->profile, "tlsSigningAuthority", text_in(r, tls, "signingAuthority"));
}

static void read_switches(const struct reading *r, const json_t *configuration)
{
    const json_t *network = json_object_get(configuration, "network");
    const json_t *wireless = json_object_get(network, "wireless");
    const json_t *redirection = json_object_get(configuration, "redirection");
    const json_t *services = json_object_get(redirection, "services");
    copy(r->profile, "ipSyncEnabled", json_object_get(network, "wired"), "ipSyncEnabled");
    copy(r->profile, "localWifiSyncEnabled", wireless, "wifiSyncEnabled");
    copy(r->profile, "uefiWifiSyncEnabled", wireless, "uefiWifiSyncEnabled");
    copy(r->profile, "uefiWifiSyncEnabled", wireless, "uefiWiFiSyncEnabled");
    copy(r->profile, "iderEnabled", services, "ider");
    copy(r->profile, "kvmEnabled", services, "kvm");
    copy(r->profile, "solEnabled", services, "sol");
    put_given(r->profile, "userConsent",
              r->is_acm ? text_in(r, redirection, "userConsent") : "All");
}

static bool read_parts(const struct reading *r, const json_t *configuration)
{
    const json_t *network = json_object_get(configuration, "network");
    const json_t *wired = json_object_get(network, "wired");
    const json_t *specific = json_object_get(configuration, "amtSpecific");
    const char *ieee8021x;
    if (!read_8021x(r, wired, arena_printf(r->arena, "%s8021x", r->name), true, &ieee8021x) ||
        !read_networks(r, json_object_get(network, "wireless")) ||
        !read_proxies(r, json_object_get(network, "proxy")) ||
        !read_cira(r, json_object_get(specific, "cira")) || !read_domain(r, specific))
        return false;
    put_given(r->profile, "ieee8021xProfileName", ieee8021x);
    put(r->profile, "dhcpEnabled", json_boolean(flag_in(wired, "dhcpEnabled")));
    read_passwords(r, specific);
    read_tls(r, json_object_get(configuration, "tls"));
    read_switches(r, configuration);
    return true;
}

bool rps_import_read(struct arena *arena, const json_t *document, const char *name,
                     struct rps_import *import, struct error *err)
{
    struct reading r = {.arena = arena, .import = import};
    const json_t *configuration = json_object_get(document, "configuration");
    const char *activation =
        text_in(&r, json_object_get(configuration, "amtSpecific"), "controlMode");
    *import = (struct rps_import){.count = 0};
    if (!json_is_object(configuration) || activation[0] == '\0')
        return error_set(err, ERROR_INVALID, "the content is no exported profile");
    r.name = name != NULL && name[0] != '\0' ? name : text_in(&r, document, "name");
    r.is_acm = strcmp(activation, "acmactivate") == 0;
    r.profile = json_object();
    put_text(r.profile, "profileName", r.name);
    put_text(r.profile, "activation", activation);
    copy(r.profile, "tags", document, "tags");
    bool ok = read_parts(&r, configuration);
    if (ok) {
        import->parts[import->count++] = (struct rps_import_part){STORE_PROFILE, r.profile};
    } else {
        http_json_wipe(r.profile);
        json_decref(r.profile);
    }
    return ok || error_set(err, ERROR_INVALID, "the document refers to too many configurations");
}

void rps_import_fini(struct rps_import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        http_json_wipe(import->parts[i].body);
        json_decref(import->parts[i].body);
    }
    import->count = 0;
}
