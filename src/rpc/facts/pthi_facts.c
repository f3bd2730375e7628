#include "rpc/facts/pthi_facts.h"

#include "core/clock.h"
#include "io/fiber.h"
#include "mei/upid.h"

#include <stdio.h>

#define PLATFORM_ID_MS 5000

struct telling {
    struct mei_pthi *pthi;
    struct arena *arena;
    struct rpc_json *json; /* either may be NULL */
    struct rpc_page *page;
};

static void begin(struct telling *telling, const char *key, const char *title)
{
    if (telling->json != NULL)
        rpc_json_open(telling->json, key, '{');
    if (telling->page != NULL)
        rpc_page_section(telling->page, title);
}

static void end(struct telling *telling)
{
    if (telling->json != NULL)
        rpc_json_close(telling->json, '}');
}

static void tell(struct telling *telling, const char *key, const char *label, const char *value)
{
    if (telling->json != NULL)
        rpc_json_text(telling->json, key, value);
    if (telling->page != NULL)
        rpc_page_row(telling->page, label, value, RPC_PLAIN);
}

static void tell_slice(struct telling *telling, const char *key, const char *label,
                       struct slice value)
{
    tell(telling, key, label, arena_string(telling->arena, value));
}

static void tell_bool(struct telling *telling, const char *key, const char *label, bool value)
{
    if (telling->json != NULL)
        rpc_json_bool(telling->json, key, value);
    if (telling->page != NULL)
        rpc_page_row(telling->page, label, value ? "yes" : "no", RPC_PLAIN);
}

static void tell_number(struct telling *telling, const char *key, const char *label, uint32_t value)
{
    if (telling->json != NULL)
        rpc_json_number(telling->json, key, value);
    if (telling->page != NULL)
        rpc_page_row(telling->page, label, arena_printf(telling->arena, "%u", value), RPC_PLAIN);
}

static void tell_ipv4(struct telling *telling, const char *key, const char *label, uint32_t ip)
{
    tell(telling, key, label,
         arena_printf(telling->arena, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 0xff, ip >> 8 & 0xff,
                      ip & 0xff));
}

static void tell_mac(struct telling *telling, const char *key, const char *label,
                     const uint8_t mac[6])
{
    tell(telling, key, label,
         arena_printf(telling->arena, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                      mac[3], mac[4], mac[5]));
}

static void tell_time(struct telling *telling, const char *key, const char *label, uint32_t time)
{
    char text[CLOCK_TEXT_SIZE];
    tell(telling, key, label,
         time == 0 ? "never"
                   : arena_string(telling->arena,
                                  slice_of_string(clock_format((int64_t)time * 1000, text))));
}

static void tell_versions(struct telling *telling)
{
    struct mei_versions versions;
    struct error err;
    if (!mei_pthi_versions(telling->pthi, telling->arena, &versions, &err))
        return;
    begin(telling, "versions", "Versions");
    tell_slice(telling, "BIOS", "BIOS", versions.bios);
    for (size_t i = 0; i < versions.count; i++) {
        const char *name = arena_string(telling->arena, versions.entries[i].name);
        tell_slice(telling, name, name, versions.entries[i].value);
    }
    end(telling);
}

static void tell_provisioning(struct telling *telling)
{
    struct mei_pthi *pthi = telling->pthi;
    struct mei_provisioning_mode mode;
    struct mei_config_server server;
    struct error err;
    unsigned tls;
    bool on;
    begin(telling, "provisioning", "Provisioning");
    if (mei_pthi_provisioning_mode(pthi, &mode, &err)) {
        tell_number(telling, "mode", "Mode", mode.mode);
        tell_bool(telling, "legacy", "Legacy mode", mode.legacy);
    }
    if (mei_pthi_tls_mode(pthi, &tls, &err))
        tell(telling, "security", "Secured by", tls == 1 ? "PSK" : tls == 2 ? "PKI" : "unknown");
    if (mei_pthi_zero_touch(pthi, &on, &err))
        tell_bool(telling, "remoteConfiguration", "Remote configuration", on);
    if (mei_pthi_ehbc(pthi, &on, &err))
        tell_bool(telling, "embeddedHostBased", "Embedded host based (EHBC)", on);
    if (mei_pthi_config_server(pthi, telling->arena, &server, &err)) {
        tell_slice(telling, "serverFqdn", "Server's name", server.fqdn);
        tell_slice(telling, "serverAddress", "Server's address", server.address);
        tell_number(telling, "serverPort", "Server's port", server.port);
    }
    end(telling);
}

static void tell_audit(struct telling *telling)
{
    struct mei_setup_audit audit;
    struct error err;
    if (!mei_pthi_setup_audit(telling->pthi, telling->arena, &audit, &err))
        return;
    begin(telling, "lastSetup", "Last Set-up");
    tell_number(telling, "tlsMode", "TLS mode", audit.tls_mode);
    tell_bool(telling, "secureDns", "Secure DNS", audit.secure_dns);
    tell_bool(telling, "hostInitiated", "Initiated by the host", audit.host_initiated);
    tell_bool(telling, "manufacturersHash", "Root of the manufacturer's list", audit.oem_default);
    tell_slice(telling, "server", "Server", audit.server_fqdn);
    if (audit.time_valid)
        tell(telling, "time", "Time",
             arena_printf(telling->arena, "%04u-%02u-%02uT%02u:%02u:%02uZ", audit.year, audit.month,
                          audit.day, audit.hour, audit.minute, audit.second));
    end(telling);
}

static void tell_security(struct telling *telling)
{
    struct mei_security security;
    struct error err;
    if (!mei_pthi_security(telling->pthi, &security, &err))
        return;
    begin(telling, "security", "Security Parameters");
    tell_bool(telling, "enterpriseMode", "Enterprise mode", security.enterprise_mode);
    tell_bool(telling, "tls", "TLS", security.tls_enabled);
    tell_bool(telling, "hardwareCrypto", "Cryptography", security.hardware_crypto);
    tell_bool(telling, "network", "Network interface", security.network_enabled);
    tell_bool(telling, "sol", "SOL", security.sol_enabled);
    tell_bool(telling, "ider", "IDER", security.ider_enabled);
    tell_bool(telling, "kvm", "KVM", security.kvm_enabled);
    tell_bool(telling, "firmwareUpdate", "Firmware update", security.firmware_update_enabled);
    tell_bool(telling, "link", "Link", security.link_up);
    end(telling);
}

static void tell_features(struct telling *telling)
{
    static const struct {
        enum mei_feature feature;
        const char *key, *label;
    } switches[] = {
        {MEI_FEATURE_SYSTEM_DEFENSE, "systemDefense", "System defense"},
        {MEI_FEATURE_WEB_UI, "webUi", "Web pages"},
        {MEI_FEATURE_ACCESS_CONTROL, "endpointAccessControl", "Endpoint access control"},
    };
    struct mei_feature_state state;
    struct error err;
    uint32_t bits;
    begin(telling, "features", "Features");
    if (mei_pthi_redirection(telling->pthi, &bits, &err)) {
        tell_bool(telling, "solEnabled", "SOL is on", (bits & 1U) != 0);
        tell_bool(telling, "iderEnabled", "IDER is on", (bits & 2U) != 0);
        tell_bool(telling, "kvmEnabled", "KVM is on", (bits & 4U) != 0);
    }
    if (mei_pthi_feature(telling->pthi, MEI_FEATURE_REDIRECTION_SESSIONS, &state, &err)) {
        tell_bool(telling, "solSession", "A SOL session is open", state.sol_open);
        tell_bool(telling, "iderSession", "An IDER session is open", state.ider_open);
    }
    if (mei_pthi_feature(telling->pthi, MEI_FEATURE_KVM_SESSION, &state, &err)) {
        tell_bool(telling, "kvmSession", "A KVM session is open", state.kvm_active);
        tell_bool(telling, "kvmWaits", "KVM waits for consent", state.kvm_waits);
    }
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        if (mei_pthi_feature(telling->pthi, switches[i].feature, &state, &err))
            tell_bool(telling, switches[i].key, switches[i].label, state.on);
    end(telling);
}

static void tell_power(struct telling *telling)
{
    struct mei_reset_reason reason;
    struct mei_state state;
    struct slice policy;
    struct error err;
    begin(telling, "power", "Power and State");
    if (mei_pthi_power_policy(telling->pthi, telling->arena, &policy, &err))
        tell_slice(telling, "policy", "Power policy", policy);
    if (mei_pthi_reset_reason(telling->pthi, &reason, &err)) {
        tell(telling, "lastHostReset", "Last reset of the host",
             reason.reason == 0 && reason.time != 0 ? "a remote command" : "no remote command");
        tell_time(telling, "lastRemoteCommand", "Last remote command", reason.time);
    }
    if (mei_pthi_state(telling->pthi, &state, &err)) {
        tell_bool(telling, "cryptoFuse", "Cryptography's fuse", state.crypto_fuse);
        tell_bool(telling, "flashProtected", "Flash is protected", state.flash_protected);
        tell_number(telling, "lastEngineReset", "Last reset of the engine", state.last_reset);
    }
    end(telling);
}

/* Of another client than PTHI, which is missing before ME 16. */
static void tell_platform_id(struct telling *telling)
{
    uint8_t bits;
    struct error err;
    bool on;
    uint64_t outer = io_deadline_within(PLATFORM_ID_MS);
    if (mei_upid_support(&bits, &err)) {
        begin(telling, "platformId", "Platform ID (UPID)");
        tell_bool(telling, "supported", "Supported", (bits & 1U) != 0);
        tell_bool(telling, "attestation", "Attestation", (bits & 2U) != 0);
        if (mei_upid_state(&on, &err))
            tell_bool(telling, "on", "Switched on", on);
        if (mei_upid_os_control(&on, &err))
            tell_bool(telling, "systemMaySwitch", "The system may switch it", on);
        end(telling);
    }
    io_deadline_restore(outer);
}

static void tell_suffixes(struct telling *telling)
{
    struct slice *suffixes = NULL;
    size_t count = 0;
    struct error err;
    const char *list = "";
    if (!mei_pthi_dns_suffixes(telling->pthi, telling->arena, &suffixes, &count, &err))
        return;
    for (size_t i = 0; i < count; i++)
        list = arena_printf(telling->arena, "%s%s%.*s", list, i > 0 ? ", " : "",
                            SLICE_ARG(suffixes[i]));
    tell(telling, "dnsSuffixes", "DNS suffixes", list);
}

static void tell_ipv6(struct telling *telling)
{
    static const char *const keys[] = {"wiredIpv6", "wirelessIpv6"};
    static const char *const labels[] = {"IPv6, wired", "IPv6, wireless"};
    struct mei_ipv6_lan lan;
    struct error err;
    for (unsigned i = 0; i < 2; i++) {
        const char *list = "";
        if (!mei_pthi_ipv6_lan(telling->pthi, i, telling->arena, &lan, &err))
            continue;
        for (size_t j = 0; j < lan.count; j++)
            list = arena_printf(telling->arena, "%s%s%.*s", list, j > 0 ? ", " : "",
                                SLICE_ARG(lan.addresses[j].address));
        tell(telling, keys[i], labels[i], list);
    }
}

static void tell_network(struct telling *telling)
{
    struct mei_macs macs;
    struct mei_fqdn fqdn;
    struct mei_tcpip tcpip;
    struct error err;
    begin(telling, "network", "Network");
    if (mei_pthi_macs(telling->pthi, &macs, &err)) {
        tell_mac(telling, "amtMac", "AMT's MAC", macs.dedicated);
        tell_mac(telling, "hostMac", "Host's MAC", macs.host);
    }
    if (mei_pthi_fqdn(telling->pthi, telling->arena, &fqdn, &err)) {
        tell_slice(telling, "fqdn", "Name", fqdn.name);
        tell_bool(telling, "sharedFqdn", "Shared with the host", fqdn.shared);
        tell_bool(telling, "ddns", "Dynamic DNS", fqdn.ddns);
    }
    if (mei_pthi_tcpip(telling->pthi, telling->arena, &tcpip, &err)) {
        tell_bool(telling, "dhcp", "DHCP", tcpip.dhcp_mode == 2);
        tell_ipv4(telling, "address", "Address", tcpip.address);
        tell_ipv4(telling, "mask", "Mask", tcpip.mask);
        tell_ipv4(telling, "gateway", "Gateway", tcpip.gateway);
        tell_ipv4(telling, "dns1", "First DNS server", tcpip.dns1);
        tell_ipv4(telling, "dns2", "Second DNS server", tcpip.dns2);
        tell_slice(telling, "domain", "Domain", tcpip.domain);
    }
    tell_suffixes(telling);
    tell_ipv6(telling);
    end(telling);
}

void rpc_pthi_facts_put(struct mei_pthi *pthi, struct arena *arena, struct rpc_json *json,
                        struct rpc_page *page)
{
    struct telling telling = {.pthi = pthi, .arena = arena, .json = json, .page = page};
    tell_versions(&telling);
    tell_provisioning(&telling);
    tell_audit(&telling);
    tell_security(&telling);
    tell_features(&telling);
    tell_power(&telling);
    tell_platform_id(&telling);
    tell_network(&telling);
}
