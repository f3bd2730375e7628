#include "rpc/facts/facts.h"

#include "amt/amt.h"
#include "amt/certificate.h"
#include "amt/reading.h"
#include "amt/tls.h"
#include "amt/wired.h"
#include "core/encoding.h"
#include "io/fiber.h"
#include "mei/upid.h"
#include "rpc/machine/access.h"
#include "rpc/machine/machine.h"
#include "rpc/text/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMT_MS 60000 /* for all that AMT's own ports are asked */

struct collecting {
    struct rpc *rpc;
    struct rpc_facts *facts;
    struct arena *arena;
    struct mei_pthi *pthi;
};

static bool wants(const struct collecting *collecting, unsigned what)
{
    return (collecting->facts->wanted & what) != 0;
}

static void note(const struct collecting *collecting, const struct error *err)
{
    rpc_log(collecting->rpc, LOG_DEBUG, "%s", err->text);
}

static const char *text_of(struct arena *arena, struct slice text)
{
    return text.size > 0 ? arena_string(arena, text) : NULL;
}

const char *rpc_facts_hash(struct arena *arena, const struct mei_hash *hash)
{
    char *text = arena_alloc(arena, hash->size * 2 + 1);
    encoding_hex(slice_of(hash->bytes, hash->size), text);
    return text;
}

/* ---- over PTHI ---- */

static void collect_versions(struct collecting *collecting)
{
    struct rpc_facts *facts = collecting->facts;
    struct mei_versions versions;
    struct error err;
    if (!mei_pthi_versions(collecting->pthi, collecting->arena, &versions, &err)) {
        note(collecting, &err);
        return;
    }
    struct slice version = mei_versions_find(&versions, "AMT");
    struct slice sku = mei_versions_find(&versions, "Sku");
    facts->version = text_of(collecting->arena, version);
    facts->build = text_of(collecting->arena, mei_versions_find(&versions, "Build Number"));
    facts->sku = text_of(collecting->arena, sku);
    facts->lms_version = text_of(collecting->arena, mei_versions_find(&versions, "LMS"));
    facts->features = rpc_words_features(collecting->arena, version, sku);
    if (facts->features[0] == '\0')
        facts->features = NULL;
}

static void collect_uuid(struct collecting *collecting)
{
    struct guid guid;
    struct error err;
    char text[GUID_TEXT_SIZE];
    struct rpc_facts *facts = collecting->facts;
    facts->uuid = facts->host.uuid;
    if (collecting->pthi == NULL)
        return;
    if (!mei_pthi_uuid(collecting->pthi, &guid, &err)) {
        note(collecting, &err);
        return;
    }
    if (!guid_is_nobodys(&guid))
        facts->uuid = arena_string(collecting->arena, slice_of_string(guid_format(&guid, text)));
}

static void collect_state(struct collecting *collecting)
{
    struct rpc_facts *facts = collecting->facts;
    struct error err;
    facts->mode_known = rpc_control_mode_known(collecting->rpc, &facts->mode);
    facts->state_known = wants(collecting, RPC_FACT_STATE) &&
                         (mei_pthi_provisioning_state(collecting->pthi, &facts->state, &err) ||
                          (note(collecting, &err), false));
    const struct mei_watchdog_flags *flags = rpc_watchdog(collecting->rpc);
    facts->tls_enforced = flags->tls_enforced;
    struct slice version = slice_of_string(facts->version != NULL ? facts->version : "");
    facts->operational_known = flags->new_interface && rpc_words_major(version) > 11;
    facts->operational = flags->enabled;
}

static void collect_suffix(struct collecting *collecting)
{
    struct slice suffix;
    struct error err;
    if (mei_pthi_dns_suffix(collecting->pthi, collecting->arena, &suffix, &err))
        collecting->facts->dns_suffix = text_of(collecting->arena, suffix);
    else
        note(collecting, &err);
}

static void collect_remote_access(struct collecting *collecting)
{
    struct rpc_facts *facts = collecting->facts;
    struct error err;
    facts->ras_known =
        mei_pthi_remote_access(collecting->pthi, collecting->arena, &facts->ras, &err);
    if (facts->ras_known)
        facts->mps_host = text_of(collecting->arena, facts->ras.mps_host);
    else
        note(collecting, &err);
}

static void collect_adapter(struct collecting *collecting, unsigned index,
                            struct rpc_adapter *adapter)
{
    static const uint8_t none[6];
    struct mei_lan lan;
    struct error err;
    if (!mei_pthi_lan(collecting->pthi, index, &lan, &err)) {
        note(collecting, &err);
        return;
    }
    const char *found = rpc_host_address_of(&collecting->facts->host, lan.mac);
    *adapter = (struct rpc_adapter){
        .known = true,
        .absent = memcmp(lan.mac, none, sizeof none) == 0,
        .enabled = lan.enabled,
        .link_up = lan.link_up,
        .dhcp = lan.dhcp,
        .dhcp_active = lan.dhcp_mode == 1,
    };
    adapter->ip = arena_printf(collecting->arena, "%u.%u.%u.%u", lan.ipv4 >> 24,
                               lan.ipv4 >> 16 & 0xff, lan.ipv4 >> 8 & 0xff, lan.ipv4 & 0xff);
    adapter->mac = arena_printf(collecting->arena, "%02x:%02x:%02x:%02x:%02x:%02x", lan.mac[0],
                                lan.mac[1], lan.mac[2], lan.mac[3], lan.mac[4], lan.mac[5]);
    adapter->os_ip = adapter->absent ? "0.0.0.0" : found != NULL ? found : "Not Found";
}

static const char *hex(struct arena *arena, const uint8_t *bytes, size_t size)
{
    char *text = arena_alloc(arena, size * 2 + 1);
    for (size_t i = 0; i < size; i++)
        (void)snprintf(text + 2 * i, 3, "%02X", bytes[i]);
    return text;
}

static void collect_upid(struct collecting *collecting)
{
    struct rpc_facts *facts = collecting->facts;
    struct mei_upid upid;
    struct error err;
    uint64_t previous = io_deadline_within(5000);
    facts->upid_known = mei_upid_get(&upid, &err);
    io_deadline_restore(previous);
    if (!facts->upid_known) {
        note(collecting, &err);
        return;
    }
    facts->oem_type = rpc_words_oem_type(upid.oem_type);
    facts->oem_id = hex(collecting->arena, upid.oem_id, sizeof upid.oem_id);
    facts->csme_id = hex(collecting->arena, upid.csme_id, sizeof upid.csme_id);
}

static int compare_hashes(const void *a, const void *b)
{
    const struct mei_hash *one = a;
    const struct mei_hash *other = b;
    size_t size = one->name.size < other->name.size ? one->name.size : other->name.size;
    int order = size > 0 ? memcmp(one->name.data, other->name.data, size) : 0;
    return order != 0 ? order
                      : (one->name.size > other->name.size) - (one->name.size < other->name.size);
}

static void collect_hashes(struct collecting *collecting)
{
    struct mei_hash *hashes = NULL;
    size_t count = 0;
    struct error err;
    if (!mei_pthi_hashes(collecting->pthi, collecting->arena, &hashes, &count, &err)) {
        note(collecting, &err);
        return;
    }
    if (count > 0)
        qsort(hashes, count, sizeof *hashes, compare_hashes);
    collecting->facts->hashes = hashes;
    collecting->facts->hash_count = count;
    collecting->facts->hashes_known = true;
}

/* ---- over AMT's own ports ---- */

enum { READ_SERVERS, READ_CERTIFICATES, READ_PROXIES, READ_TLS, READ_8021X, READ_COUNT };

static int compare_certificates(const void *a, const void *b)
{
    return strcmp(((const struct rpc_user_certificate *)a)->name,
                  ((const struct rpc_user_certificate *)b)->name);
}

static void take_certificates(struct collecting *collecting, const struct amt_items *items)
{
    struct rpc_facts *facts = collecting->facts;
    struct arena *arena = collecting->arena;
    facts->certificates = arena_array(arena, items->count + 1, sizeof *facts->certificates);
    for (size_t i = 0; i < items->count; i++) {
        const struct wsman_xml *item = items->items[i];
        const struct amt_certificate certificate = {.instance = item,
                                                    .id = wsman_xml_child_text(item, "InstanceID")};
        facts->certificates[i] = (struct rpc_user_certificate){
            .name = arena_string(arena, amt_certificate_name(&certificate)),
            .subject = arena_string(arena, wsman_xml_child_text(item, "Subject")),
            .issuer = arena_string(arena, wsman_xml_child_text(item, "Issuer")),
            .trusted_root = wsman_xml_child_is_true(item, "TrustedRootCertficate"),
            .read_only = wsman_xml_child_is_true(item, "ReadOnlyCertificate"),
        };
    }
    facts->certificate_count = items->count;
    if (items->count > 0)
        qsort(facts->certificates, items->count, sizeof *facts->certificates, compare_certificates);
}

static unsigned number_in(const struct wsman_xml *item, const char *name)
{
    uint64_t value = 0;
    return slice_to_u64(wsman_xml_child_text(item, name), 65535, &value) ? (unsigned)value : 0;
}

static void take_proxies(struct collecting *collecting, const struct amt_items *items)
{
    struct rpc_facts *facts = collecting->facts;
    struct arena *arena = collecting->arena;
    facts->proxies = arena_array(arena, items->count + 1, sizeof *facts->proxies);
    facts->proxy_count = items->count;
    for (size_t i = 0; i < items->count; i++) {
        const struct wsman_xml *item = items->items[i];
        facts->proxies[i] = (struct rpc_proxy_fact){
            .address = arena_string(arena, wsman_xml_child_text(item, "AccessInfo")),
            .dns_suffix = arena_string(arena, wsman_xml_child_text(item, "NetworkDnsSuffix")),
            .port = number_in(item, "Port"),
            .format = number_in(item, "InfoFormat"),
        };
    }
}

/* A device that lacks a class has none of its instances. */
static bool is_told(const struct collecting *collecting, const struct amt_reading *reading)
{
    if (!reading->ok && !amt_reading_is_absent(reading))
        note(collecting, &reading->err);
    return reading->ok || amt_reading_is_absent(reading);
}

static void take_readings(struct collecting *collecting, const struct amt_reading *readings)
{
    struct rpc_facts *facts = collecting->facts;
    const struct amt_items *servers = &readings[READ_SERVERS].items;
    if (is_told(collecting, &readings[READ_SERVERS]) && servers->count > 0) {
        facts->mps_port = number_in(servers->items[0], "Port");
        if (facts->mps_host == NULL)
            facts->mps_host =
                text_of(collecting->arena, wsman_xml_child_text(servers->items[0], "AccessInfo"));
    }
    facts->certificates_known = is_told(collecting, &readings[READ_CERTIFICATES]);
    if (facts->certificates_known)
        take_certificates(collecting, &readings[READ_CERTIFICATES].items);
    facts->proxies_known = is_told(collecting, &readings[READ_PROXIES]);
    if (facts->proxies_known)
        take_proxies(collecting, &readings[READ_PROXIES].items);
}

static const char *tls_mode_of(const struct wsman_xml *door)
{
    bool plain = wsman_xml_child_is_true(door, "AcceptNonSecureConnections");
    if (!wsman_xml_child_is_true(door, "Enabled"))
        return "None";
    if (wsman_xml_child_is_true(door, "MutualAuthentication"))
        return plain ? "MutualAndNonTLS" : "Mutual";
    return plain ? "ServerAndNonTLS" : "Server";
}

static void take_doors(struct collecting *collecting, const struct amt_reading *readings)
{
    struct rpc_facts *facts = collecting->facts;
    const struct wsman_xml *door = amt_tls_door(&readings[READ_TLS].items, AMT_TLS_NETWORK);
    const struct wsman_xml *login = amt_reading_instance(&readings[READ_8021X]);
    if (is_told(collecting, &readings[READ_TLS]) && door != NULL)
        facts->tls_mode = tls_mode_of(door);
    facts->ieee8021x_known = is_told(collecting, &readings[READ_8021X]) && login != NULL;
    facts->ieee8021x = facts->ieee8021x_known && amt_wired_8021x_is_on(login);
}

static bool ask_amt(struct collecting *collecting, struct error *err)
{
    struct amt *amt;
    struct amt_reading readings[READ_COUNT] = {
        [READ_SERVERS] = AMT_READ_ENUMERATE(AMT_ManagementPresenceRemoteSAP),
        [READ_CERTIFICATES] = AMT_READ_ENUMERATE(AMT_PublicKeyCertificate),
        [READ_PROXIES] = AMT_READ_ENUMERATE(IPS_HTTPProxyAccessPoint),
        [READ_TLS] = AMT_READ_ENUMERATE(AMT_TLSSettingData),
        [READ_8021X] = AMT_READ_GET(IPS_IEEE8021xSettings),
    };
    size_t count = wants(collecting, RPC_FACT_DOORS) ? READ_COUNT : READ_TLS;
    for (size_t i = 0; i < READ_COUNT; i++) {
        readings[i].optional = true;
        readings[i].tolerant = true;
    }
    if (!rpc_amt_or(collecting->rpc, RPC_AS_EITHER, &amt, err) ||
        !amt_read(amt, collecting->arena, readings, count, err))
        return false;
    take_readings(collecting, readings);
    if (count == READ_COUNT)
        take_doors(collecting, readings);
    return true;
}

static void collect_over_ports(struct collecting *collecting)
{
    struct error err;
    uint64_t previous = io_deadline_within(AMT_MS);
    if (!ask_amt(collecting, &err))
        rpc_log(collecting->rpc, LOG_INFO, "part of it is unknown: %s%s", err.text,
                err.code == ERROR_LOGIN && !rpc_given(collecting->rpc, "password")
                    ? "; --password-file or $AMT_PASSWORD gives it"
                    : "");
    io_deadline_restore(previous);
    struct mei_security security;
    if (collecting->facts->tls_mode == NULL &&
        mei_pthi_security(collecting->pthi, &security, &err) && !security.tls_enabled)
        collecting->facts->tls_mode = "None";
}

/* ---- */

static void collect_from_me(struct collecting *collecting)
{
    struct rpc_facts *facts = collecting->facts;
    collect_versions(collecting);
    collect_state(collecting);
    if (wants(collecting, RPC_FACT_DNS))
        collect_suffix(collecting);
    if (wants(collecting, RPC_FACT_RAS))
        collect_remote_access(collecting);
    if (wants(collecting, RPC_FACT_LAN)) {
        collect_adapter(collecting, 0, &facts->wired);
        collect_adapter(collecting, 1, &facts->wireless);
    }
    if (wants(collecting, RPC_FACT_UPID))
        collect_upid(collecting);
    if (wants(collecting, RPC_FACT_HASHES))
        collect_hashes(collecting);
    if (wants(collecting,
              RPC_FACT_RAS | RPC_FACT_CERTIFICATES | RPC_FACT_PROXIES | RPC_FACT_DOORS) &&
        facts->mode_known && facts->mode != MEI_CONTROL_NONE)
        collect_over_ports(collecting);
}

void rpc_facts_collect(struct rpc *rpc, unsigned wanted, struct rpc_facts *facts)
{
    struct collecting collecting = {.rpc = rpc, .facts = facts, .arena = rpc_arena(rpc)};
    struct error err;
    unsigned mode;
    *facts = (struct rpc_facts){.wanted = wanted, .may_use_me = rpc_may_use_me()};
    rpc_host_read(collecting.arena, &facts->host);
    if (!facts->may_use_me) {
        facts->me_exit = RPC_INCORRECT_PERMISSIONS;
    } else if (!rpc_control_mode_or(rpc, &mode, &err)) {
        facts->me_exit = rpc_exit_of_me(&err, RPC_AMT_NOT_READY);
        rpc_log(rpc, LOG_WARN, "%s", err.text);
    } else {
        facts->heci_available = true;
        collecting.pthi = rpc_pthi_or(rpc, &err);
    }
    if (wants(&collecting, RPC_FACT_UUID))
        collect_uuid(&collecting);
    if (collecting.pthi != NULL)
        collect_from_me(&collecting);
}
