#include "rpc/setup/config_v2.h"
#include "rpc/setup/blob.h"

#include "core/encoding.h"
#include "core/file.h"
#include "rpc/setup/profile_text.h"

#include <string.h>
#include <strings.h>

#define FILE_MOST ((size_t)1024 * 1024)

/* ---- as a profile ---- */

static void put(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static void put_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        put(object, key, json_string(text));
}

/* The entry of a list that has that name. */
static const json_t *named(const json_t *list, const char *name)
{
    for (size_t i = 0; name != NULL && i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const char *text = rpc_member_text(entry, "profileName");
        if (text != NULL && strcasecmp(text, name) == 0)
            return entry;
    }
    return NULL;
}

/* What stands in the configuration, else in the secrets of that name. */
static const char *secret(const json_t *entry, const json_t *secrets, const char *name,
                          const char *key)
{
    const char *text = rpc_member_text(entry, key);
    return text != NULL ? text : rpc_member_text(named(rpc_member(secrets, "secrets"), name), key);
}

static void put_8021x(json_t *object, const json_t *config, const json_t *secrets, const char *name)
{
    static const char *const keys[] = {"username", "clientCert", "caCert"};
    const json_t *entry = named(rpc_member(config, "ieee8021xConfigs"), name);
    if (name == NULL)
        return;
    json_t *block = json_object();
    put_text(block, "profileName", name);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_text(block, keys[i], rpc_member_text(entry, keys[i]));
    put_text(block, "password", secret(entry, secrets, name, "password"));
    put_text(block, "privateKey", secret(entry, secrets, name, "privateKey"));
    put(block, "authenticationProtocol",
        json_integer(rpc_member_number(entry, "authenticationProtocol", 0)));
    put(object, "ieee8021x", block);
}

static json_t *wired_of(const json_t *config, const json_t *secrets)
{
    static const char *const keys[][2] = {{"ipaddress", "ipAddress"},
                                          {"subnetmask", "subnetMask"},
                                          {"gateway", "defaultGateway"},
                                          {"primarydns", "primaryDNS"},
                                          {"secondarydns", "secondaryDNS"}};
    const json_t *given = rpc_member(config, "wiredConfig");
    json_t *wired = json_object();
    if (json_object_size(given) == 0)
        return wired;
    put(wired, "dhcpEnabled", json_boolean(rpc_member_flag(given, "dhcp")));
    put(wired, "ipSyncEnabled", json_boolean(rpc_member_flag(given, "ipsync")));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_text(wired, keys[i][1], rpc_member_text(given, keys[i][0]));
    put_8021x(wired, config, secrets, rpc_member_text(given, "ieee8021xProfileName"));
    return wired;
}

static json_t *wireless_of(const json_t *config, const json_t *secrets)
{
    const json_t *given = rpc_member(config, "wifiConfigs");
    json_t *wireless = json_object();
    json_t *profiles = json_array();
    put(wireless, "wifiSyncEnabled", json_boolean(rpc_member_flag(config, "wifiSyncEnabled")));
    put(wireless, "uefiWiFiSyncEnabled",
        json_boolean(rpc_member_flag(config, "uefiWiFiSyncEnabled")));
    put(wireless, "profiles", profiles);
    for (size_t i = 0; i < json_array_size(given); i++) {
        const json_t *entry = json_array_get(given, i);
        const char *name = rpc_member_text(entry, "profileName");
        json_t *profile = json_object();
        put_text(profile, "profileName", name);
        put_text(profile, "ssid", rpc_member_text(entry, "ssid"));
        put(profile, "priority", json_integer(rpc_member_number(entry, "priority", 0)));
        put(profile, "authenticationMethod",
            json_integer(rpc_member_authentication(entry, "authenticationMethod", 6)));
        put(profile, "encryptionMethod",
            json_integer(rpc_member_encryption(entry, "encryptionMethod", 4)));
        put_text(profile, "password", secret(entry, secrets, name, "pskPassphrase"));
        put_8021x(profile, config, secrets, rpc_member_text(entry, "ieee8021xProfileName"));
        (void)json_array_append_new(profiles, profile);
    }
    return wireless;
}

static json_t *tls_of(const json_t *config)
{
    const char *mode = rpc_member_text(rpc_member(config, "tlsConfig"), "mode");
    json_t *tls = json_object();
    if (mode == NULL)
        return tls;
    put(tls, "enabled", json_boolean(strcasecmp(mode, "None") != 0));
    put(tls, "mutualAuthentication", json_boolean(strncasecmp(mode, "Mutual", 6) == 0));
    put(tls, "allowNonTLS",
        json_boolean(strcasecmp(mode, "ServerAndNonTLS") == 0 ||
                     strcasecmp(mode, "MutualAndNonTLS") == 0));
    if (rpc_member_text(rpc_member(config, "enterpriseAssistant"), "eaAddress") != NULL)
        put_text(tls, "signingAuthority", "MicrosoftCA");
    return tls;
}

/* NULL when there is none. */
static json_t *assistant_of(const json_t *config)
{
    static const char *const keys[][2] = {
        {"url", "eaAddress"}, {"username", "eaUsername"}, {"password", "eaPassword"}};
    const json_t *given = rpc_member(config, "enterpriseAssistant");
    if (rpc_member_text(given, "eaAddress") == NULL)
        return NULL;
    json_t *assistant = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_text(assistant, keys[i][0], rpc_member_text(given, keys[i][1]));
    return assistant;
}

static json_t *specific_of(const json_t *config)
{
    const json_t *acm = rpc_member(config, "acmactivate");
    const json_t *ccm = rpc_member(config, "ccmactivate");
    const json_t *given = json_object_size(acm) > 0 ? acm : ccm;
    const char *password = rpc_member_text(given, "amtPassword");
    json_t *specific = json_object();
    if (json_object_size(given) > 0)
        put_text(specific, "controlMode", given == acm ? "acmactivate" : "ccmactivate");
    put_text(specific, "adminPassword",
             password != NULL ? password : rpc_member_text(config, "password"));
    put_text(specific, "provisioningCert", rpc_member_text(given, "provisioningCert"));
    put_text(specific, "provisioningCertPwd", rpc_member_text(given, "provisioningCertPwd"));
    return specific;
}

json_t *rpc_config_v2_profile(const json_t *config, const json_t *secrets)
{
    json_t *profile = json_object();
    json_t *configuration = json_object();
    json_t *network = json_object();
    put(profile, "configuration", configuration);
    put(configuration, "network", network);
    put(network, "wired", wired_of(config, secrets));
    put(network, "wireless", wireless_of(config, secrets));
    put(configuration, "tls", tls_of(config));
    json_t *assistant = assistant_of(config);
    if (assistant != NULL)
        put(configuration, "enterpriseAssistant", assistant);
    put(configuration, "amtSpecific", specific_of(config));
    return profile;
}

/* ---- reading ---- */

bool rpc_config_v2_is_given(const struct rpc *rpc)
{
    return rpc_given(rpc, "config") || rpc_given(rpc, "configJson") || rpc_given(rpc, "configv2");
}

static json_t *fail(struct rpc *rpc, enum rpc_exit code, const char *name, const char *text)
{
    (void)rpc_fail(rpc, code, "%s: %s", name, text);
    return NULL;
}

static json_t *parse(struct rpc *rpc, const char *name, struct slice text)
{
    struct error err;
    json_t *value = rpc_profile_parse(text, &err);
    if (value != NULL && json_is_object(value))
        return value;
    const char *why = value != NULL ? "it is no mapping" : err.text;
    rpc_profile_free(value);
    return fail(rpc, RPC_WRONG_CONFIGURATION, name, why);
}

static bool read_file(struct rpc *rpc, const char *option, struct slice *bytes)
{
    const char *path = rpc_text(rpc, option);
    struct error err;
    return rpc_file_read(rpc, path, FILE_MOST, bytes, &err) ||
           rpc_fail(rpc, RPC_FAILED_READING_CONFIGURATION, "--%s: %s", option, err.text);
}

static json_t *read_named(struct rpc *rpc, const char *option)
{
    struct slice bytes;
    return read_file(rpc, option, &bytes)
               ? parse(rpc, rpc_file_shown(rpc, rpc_text(rpc, option)), bytes)
               : NULL;
}

static json_t *read_sealed(struct rpc *rpc)
{
    struct slice bytes, key = {NULL, 0};
    struct rpc_fault fault;
    if (!read_file(rpc, "configv2", &bytes) ||
        (rpc_given(rpc, "key") && !rpc_secret(rpc, "key", "Key", false, &key)))
        return NULL;
    json_t *profile = rpc_profile_read(rpc, bytes, key, &fault);
    if (profile == NULL)
        (void)rpc_fail_fault(rpc, &fault);
    return profile;
}

static bool is_pfx(const char *path)
{
    static const char end[] = ".pfx";
    size_t size = strlen(path);
    return size >= sizeof end && strcasecmp(path + size - (sizeof end - 1), end) == 0;
}

/* v2 takes a PFX in place of a file, too: the provisioning certificate and nothing else. */
static json_t *read_pfx(struct rpc *rpc)
{
    struct slice bytes;
    if (!read_file(rpc, "config", &bytes))
        return NULL;
    struct slice text = encoding_base64(rpc_arena(rpc), bytes);
    return json_pack("{s:{s:s%}}", "acmactivate", "provisioningCert", (const char *)text.data,
                     text.size);
}

static json_t *read_config(struct rpc *rpc)
{
    struct slice text;
    if (!rpc_given(rpc, "configJson"))
        return is_pfx(rpc_text(rpc, "config")) ? read_pfx(rpc) : read_named(rpc, "config");
    return rpc_secret(rpc, "configJson", "Configuration", false, &text)
               ? parse(rpc, "--configJson", text)
               : NULL;
}

json_t *rpc_config_v2_read(struct rpc *rpc)
{
    json_t *secrets = NULL;
    if (rpc_given(rpc, "configv2"))
        return read_sealed(rpc);
    json_t *config = read_config(rpc);
    if (config == NULL)
        return NULL;
    if (rpc_given(rpc, "secrets") && (secrets = read_named(rpc, "secrets")) == NULL) {
        rpc_profile_free(config);
        return NULL;
    }
    json_t *profile = rpc_config_v2_profile(config, secrets);
    rpc_profile_free(config);
    rpc_profile_free(secrets);
    return profile;
}
