/* amtinfo as JSON, in the key order and the words of each generation. */
#include "rpc/facts/facts.h"
#include "rpc/text/json.h"
#include "rpc/text/words.h"

static bool wants(const struct rpc_facts *facts, unsigned what)
{
    return (facts->wanted & what) != 0;
}

static const char *algorithm_of(const struct mei_hash *hash)
{
    const char *name = mei_hash_algorithm(hash);
    return slice_equal_string(slice_of_string(name), "unknown") ? "UNKNOWN" : name;
}

static void put_adapter(struct rpc_json *json, const struct rpc_facts *facts, const char *key,
                        const struct rpc_adapter *adapter)
{
    if (!wants(facts, RPC_FACT_LAN) || !adapter->known)
        return;
    rpc_json_open(json, key, '{');
    rpc_json_bool(json, "isEnable", adapter->enabled);
    rpc_json_text(json, "linkStatus", adapter->link_up ? "up" : "down");
    rpc_json_bool(json, "dhcpEnabled", adapter->dhcp);
    rpc_json_text(json, "dhcpMode", adapter->dhcp_active ? "active" : "passive");
    rpc_json_text(json, "ipAddress", adapter->ip);
    rpc_json_text(json, "osIpAddress", adapter->os_ip);
    rpc_json_text(json, "macAddress", adapter->mac);
    rpc_json_close(json, '}');
}

static void put_remote_access(struct rpc_json *json, const struct rpc_facts *facts, bool v2)
{
    if (!wants(facts, RPC_FACT_RAS) || !facts->ras_known)
        return;
    rpc_json_open(json, "ras", '{');
    rpc_json_text(json, "networkStatus", rpc_words_network(facts->ras.network, v2));
    rpc_json_text(json, "remoteStatus", rpc_words_remote(facts->ras.remote));
    rpc_json_text(json, "remoteTrigger", rpc_words_trigger(facts->ras.trigger));
    rpc_json_text(json, "mpsHostname", facts->mps_host != NULL ? facts->mps_host : "");
    if (!v2 && facts->mps_port > 0)
        rpc_json_number(json, "mpsPort", facts->mps_port);
    rpc_json_close(json, '}');
}

static void put_hashes(struct rpc_json *json, const struct rpc_facts *facts, struct arena *arena)
{
    if (!wants(facts, RPC_FACT_HASHES) || facts->hash_count == 0)
        return;
    rpc_json_open(json, "certificateHashes", '{');
    for (size_t i = 0; i < facts->hash_count; i++) {
        const struct mei_hash *hash = &facts->hashes[i];
        const char *name = arena_string(arena, hash->name);
        rpc_json_open(json, name, '{');
        rpc_json_text(json, "Hash", rpc_facts_hash(arena, hash));
        rpc_json_text(json, "Name", name);
        rpc_json_text(json, "Algorithm", algorithm_of(hash));
        rpc_json_bool(json, "IsActive", hash->active);
        rpc_json_bool(json, "IsDefault", hash->is_default);
        rpc_json_close(json, '}');
    }
    rpc_json_close(json, '}');
}

static void put_certificates(struct rpc_json *json, const struct rpc_facts *facts, const char *key)
{
    if (!facts->certificates_known || facts->certificate_count == 0)
        return;
    rpc_json_open(json, key, '{');
    for (size_t i = 0; i < facts->certificate_count; i++) {
        const struct rpc_user_certificate *certificate = &facts->certificates[i];
        rpc_json_open(json, certificate->name, '{');
        rpc_json_text(json, "subject", certificate->subject);
        rpc_json_text(json, "issuer", certificate->issuer);
        rpc_json_bool(json, "trustedRootCertificate", certificate->trusted_root);
        rpc_json_bool(json, "readOnlyCertificate", certificate->read_only);
        rpc_json_close(json, '}');
    }
    rpc_json_close(json, '}');
}

static void put_upid(struct rpc_json *json, const struct rpc_facts *facts)
{
    if (!wants(facts, RPC_FACT_UPID) || !facts->upid_known)
        return;
    rpc_json_open(json, "upid", '{');
    rpc_json_text(json, "oemPlatformIdType", facts->oem_type);
    rpc_json_text(json, "oemId", facts->oem_id);
    rpc_json_text(json, "csmeId", facts->csme_id);
    rpc_json_close(json, '}');
}

static void put_proxies(struct rpc_json *json, const struct rpc_facts *facts)
{
    if (!facts->proxies_known || facts->proxy_count == 0)
        return;
    rpc_json_open(json, "proxyAccessPoints", '[');
    for (size_t i = 0; i < facts->proxy_count; i++) {
        const struct rpc_proxy_fact *proxy = &facts->proxies[i];
        rpc_json_open(json, NULL, '{');
        rpc_json_text(json, "address", proxy->address);
        rpc_json_number(json, "port", proxy->port);
        rpc_json_text(json, "networkDnsSuffix", proxy->dns_suffix);
        rpc_json_text(json, "infoFormat", rpc_words_address_format(proxy->format));
        rpc_json_close(json, '}');
    }
    rpc_json_close(json, ']');
}

static const char *operational(const struct rpc_facts *facts)
{
    bool known = wants(facts, RPC_FACT_OPERATIONAL) && facts->operational_known;
    return !known ? NULL : facts->operational ? "enabled" : "disabled";
}

static const char *if_wanted(const struct rpc_facts *facts, unsigned what, const char *text)
{
    return wants(facts, what) ? text : NULL;
}

void rpc_facts_put_json(const struct rpc_facts *facts, struct arena *arena, struct buffer *out)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '{');
    rpc_json_text(&json, "amt", if_wanted(facts, RPC_FACT_VERSION, facts->version));
    rpc_json_text(&json, "buildNumber", if_wanted(facts, RPC_FACT_BUILD, facts->build));
    rpc_json_text(&json, "sku", if_wanted(facts, RPC_FACT_SKU, facts->sku));
    rpc_json_text(&json, "features", if_wanted(facts, RPC_FACT_SKU, facts->features));
    rpc_json_text(&json, "uuid", if_wanted(facts, RPC_FACT_UUID, facts->uuid));
    if (wants(facts, RPC_FACT_MODE) && facts->mode_known)
        rpc_json_text(&json, "controlMode", rpc_words_control_mode(facts->mode, false));
    if (wants(facts, RPC_FACT_STATE) && facts->state_known)
        rpc_json_text(&json, "provisioningState", rpc_words_provisioning_state(facts->state));
    rpc_json_text(&json, "operationalState", operational(facts));
    rpc_json_text(&json, "dnsSuffix", if_wanted(facts, RPC_FACT_DNS, facts->dns_suffix));
    rpc_json_text(&json, "dnsSuffixOS", if_wanted(facts, RPC_FACT_DNS, facts->host.dns_suffix));
    rpc_json_text(&json, "hostnameOS", if_wanted(facts, RPC_FACT_HOSTNAME, facts->host.hostname));
    put_remote_access(&json, facts, false);
    put_adapter(&json, facts, "wiredAdapter", &facts->wired);
    put_adapter(&json, facts, "wirelessAdapter", &facts->wireless);
    put_upid(&json, facts);
    put_hashes(&json, facts, arena);
    if (wants(facts, RPC_FACT_CERTIFICATES))
        put_certificates(&json, facts, "userCerts");
    if (wants(facts, RPC_FACT_PROXIES))
        put_proxies(&json, facts);
    rpc_json_bool(&json, "heciAvailable", facts->heci_available);
    rpc_json_close(&json, '}');
}

void rpc_facts_put_json_v2(const struct rpc_facts *facts, struct arena *arena, struct buffer *out)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '{');
    rpc_json_text(&json, "amt", if_wanted(facts, RPC_FACT_VERSION, facts->version));
    rpc_json_text(&json, "buildNumber", if_wanted(facts, RPC_FACT_BUILD, facts->build));
    put_hashes(&json, facts, arena);
    if (wants(facts, RPC_FACT_MODE) && facts->mode_known)
        rpc_json_text(&json, "controlMode", rpc_words_control_mode(facts->mode, true));
    if (wants(facts, RPC_FACT_DNS)) {
        rpc_json_text(&json, "dnsSuffix", facts->dns_suffix != NULL ? facts->dns_suffix : "");
        rpc_json_text(&json, "dnsSuffixOS",
                      facts->host.dns_suffix != NULL ? facts->host.dns_suffix : "");
    }
    rpc_json_text(&json, "features", if_wanted(facts, RPC_FACT_SKU, facts->features));
    rpc_json_text(&json, "hostnameOS", if_wanted(facts, RPC_FACT_HOSTNAME, facts->host.hostname));
    rpc_json_text(&json, "operationalState", operational(facts));
    if (wants(facts, RPC_FACT_CERTIFICATES))
        put_certificates(&json, facts, "publicKeyCerts");
    put_remote_access(&json, facts, true);
    rpc_json_text(&json, "sku", if_wanted(facts, RPC_FACT_SKU, facts->sku));
    rpc_json_text(&json, "uuid", if_wanted(facts, RPC_FACT_UUID, facts->uuid));
    put_adapter(&json, facts, "wiredAdapter", &facts->wired);
    put_adapter(&json, facts, "wirelessAdapter", &facts->wireless);
    rpc_json_close(&json, '}');
}
