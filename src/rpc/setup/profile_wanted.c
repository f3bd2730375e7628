/* What a profile's members say that a step is to do, and whether any AMT could. */
#include "rpc/setup/profile_wanted.h"
#include "amt/tls_setup.h"
#include "rpc/setup/assistant.h"
#include "rpc/setup/login_8021x.h"
#include "rpc/setup/profile_text.h"

#include <strings.h>

#define PROXY_PORT 80

/* Too much of it is UINT_MAX, which no step takes. */
static unsigned number_of(const json_t *object, const char *name, unsigned otherwise)
{
    int64_t number = rpc_member_number(object, name, otherwise);
    return number < 0 || number > INT32_MAX ? UINT32_MAX : (unsigned)number;
}

static bool read_assistant(const json_t *configuration, struct rpc_assistant_login *login)
{
    const json_t *assistant = rpc_member(configuration, "enterpriseAssistant");
    *login = (struct rpc_assistant_login){.url = rpc_member_text(assistant, "url"),
                                          .user = rpc_member_text(assistant, "username"),
                                          .password = rpc_member_slice(assistant, "password")};
    return login->url != NULL && login->user != NULL;
}

/* True when there is one. What the profile doesn't say of it, its Enterprise Assistant does. */
static bool read_8021x(const json_t *configuration, const json_t *object, struct rpc_8021x *login,
                       struct rpc_assistant_login *assistant)
{
    const json_t *block = rpc_member(object, "ieee8021x");
    *login = (struct rpc_8021x){
        .username = rpc_member_text(block, "username"),
        .password = rpc_member_slice(block, "password"),
        .protocol = number_of(block, "authenticationProtocol", RPC_EAP_TLS),
        .private_key = rpc_member_slice(block, "privateKey"),
        .client_certificate = rpc_member_slice(block, "clientCert"),
        .ca_certificate = rpc_member_slice(block, "caCert"),
        .pxe_timeout_s = number_of(block, "pxeTimeout", RPC_PXE_TIMEOUT_S),
    };
    if (login->password.size == 0 && login->private_key.size == 0 &&
        read_assistant(configuration, assistant))
        login->assistant = assistant;
    return login->username != NULL || login->password.size > 0 ||
           login->client_certificate.size > 0 || login->private_key.size > 0 ||
           login->ca_certificate.size > 0 || number_of(block, "pxeTimeout", 0) != 0 ||
           login->protocol != RPC_EAP_TLS || rpc_member_text(block, "profileName") != NULL;
}

void rpc_profile_wired(const json_t *configuration, const json_t *wired,
                       struct rpc_profile_wired *wanted)
{
    *wanted =
        (struct rpc_profile_wired){.wired = {.dhcp = rpc_member_flag(wired, "dhcpEnabled"),
                                             .ip_sync = rpc_member_flag(wired, "ipSyncEnabled")}};
    if (read_8021x(configuration, wired, &wanted->login, &wanted->assistant))
        wanted->wired.ieee8021x = &wanted->login;
    if (wanted->wired.dhcp || wanted->wired.ip_sync)
        return;
    wanted->wired.address = rpc_member_text(wired, "ipAddress");
    wanted->wired.subnet_mask = rpc_member_text(wired, "subnetMask");
    wanted->wired.gateway = rpc_member_text(wired, "defaultGateway");
    wanted->wired.primary_dns = rpc_member_text(wired, "primaryDNS");
    wanted->wired.secondary_dns = rpc_member_text(wired, "secondaryDNS");
}

void rpc_profile_wireless(const json_t *configuration, const json_t *profile,
                          struct rpc_profile_wireless *wanted)
{
    *wanted = (struct rpc_profile_wireless){
        .wireless = {
            .name = rpc_member_text(profile, "profileName"),
            .ssid = rpc_member_text(profile, "ssid"),
            .priority = number_of(profile, "priority", 0),
            .authentication = rpc_member_authentication(profile, "authenticationMethod", 6),
            .encryption = rpc_member_encryption(profile, "encryptionMethod", 4),
            .passphrase = rpc_member_slice(profile, "password"),
        }};
    if (read_8021x(configuration, profile, &wanted->login, &wanted->assistant))
        wanted->wireless.ieee8021x = &wanted->login;
    if (wanted->wireless.passphrase.size == 0)
        wanted->wireless.passphrase = rpc_member_slice(profile, "pskPassphrase");
}

bool rpc_profile_tls(const json_t *configuration, const json_t *tls, struct rpc_profile_tls *wanted,
                     struct rpc_fault *fault)
{
    bool mutual = rpc_member_flag(tls, "mutualAuthentication");
    bool plain = rpc_member_flag(tls, "allowNonTLS");
    const char *authority = rpc_member_text(tls, "signingAuthority");
    bool known = read_assistant(configuration, &wanted->assistant);
    bool assisted = authority != NULL && strcasecmp(authority, "MicrosoftCA") == 0;
    bool off = rpc_member(tls, "enabled") != NULL && !rpc_member_flag(tls, "enabled");
    wanted->tls = (struct rpc_tls_wanted){
        .mode = off      ? 0
                : mutual ? (plain ? AMT_TLS_MUTUAL_OR_PLAIN : AMT_TLS_MUTUAL)
                         : (plain ? AMT_TLS_SERVER_OR_PLAIN : AMT_TLS_SERVER),
        .assistant = assisted ? &wanted->assistant : NULL,
    };
    return !assisted || known ||
           rpc_fault_set(fault, RPC_TLS_FAILED,
                         "the profile wants a certificate of MicrosoftCA and names no Enterprise "
                         "Assistant");
}

void rpc_profile_cira(struct arena *arena, const json_t *cira, struct rpc_cira *wanted)
{
    const json_t *list = rpc_member(cira, "environmentDetection");
    const char **detection = arena_array(arena, json_array_size(list) + 1, sizeof *detection);
    *wanted = (struct rpc_cira){
        .address = rpc_member_text(cira, "mpsAddress"),
        .port = number_of(cira, "mpsPort", 0),
        .user = rpc_member_text(cira, "mpsUsername"),
        .password = rpc_member_slice(cira, "mpsPassword"),
        .certificate = rpc_member_slice(cira, "mpsCert"),
        .detection = detection,
    };
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text != NULL && *text != '\0')
            detection[wanted->detection_count++] = arena_string(arena, slice_of_string(text));
    }
}

void rpc_profile_proxy(const json_t *proxy, struct rpc_proxy *wanted)
{
    const char *address = rpc_member_text(proxy, "address");
    *wanted = (struct rpc_proxy){
        .address = address != NULL ? address : "",
        .port = number_of(proxy, "port", PROXY_PORT),
        .dns_suffix = rpc_member_text(proxy, "networkDnsSuffix"),
    };
}

const json_t *rpc_profile_proxies(const json_t *configuration)
{
    const json_t *network = rpc_member(configuration, "network");
    const json_t *proxies = rpc_member(network, "proxy");
    return proxies != NULL ? proxies : rpc_member(network, "proxies");
}

/* ---- whether any AMT could ---- */

static bool check_networks(const json_t *configuration, struct rpc_fault *fault)
{
    const json_t *network = rpc_member(configuration, "network");
    const json_t *wired = rpc_member(network, "wired");
    const json_t *profiles = rpc_member(rpc_member(network, "wireless"), "profiles");
    const json_t *proxies = rpc_profile_proxies(configuration);
    if (json_object_size(wired) > 0) {
        struct rpc_profile_wired wanted;
        rpc_profile_wired(configuration, wired, &wanted);
        if (!rpc_wired_check(&wanted.wired, fault))
            return false;
    }
    for (size_t i = 0; i < json_array_size(profiles); i++) {
        struct rpc_profile_wireless wanted;
        rpc_profile_wireless(configuration, json_array_get(profiles, i), &wanted);
        if (!rpc_wireless_check(&wanted.wireless, fault))
            return false;
    }
    for (size_t i = 0; i < json_array_size(proxies); i++) {
        struct rpc_proxy wanted;
        rpc_profile_proxy(json_array_get(proxies, i), &wanted);
        if (!rpc_proxy_check(&wanted, fault))
            return false;
    }
    return true;
}

bool rpc_profile_check_values(struct arena *arena, const json_t *configuration,
                              struct rpc_fault *fault)
{
    const json_t *tls = rpc_member(configuration, "tls");
    const json_t *cira = rpc_member(rpc_member(configuration, "amtSpecific"), "cira");
    struct rpc_profile_tls wanted_tls;
    struct rpc_cira wanted;
    if (!check_networks(configuration, fault))
        return false;
    if (rpc_member_flag(tls, "enabled") && !rpc_profile_tls(configuration, tls, &wanted_tls, fault))
        return false;
    if (rpc_member_text(cira, "mpsAddress") == NULL)
        return true;
    rpc_profile_cira(arena, cira, &wanted);
    return rpc_cira_check(&wanted, fault);
}
