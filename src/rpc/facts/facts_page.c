/* amtinfo as v3's page: sections of rows (rpc.md 1.5). */
#include "rpc/facts/facts.h"
#include "rpc/text/page.h"
#include "rpc/text/words.h"

static bool wants(const struct rpc_facts *facts, unsigned what)
{
    return (facts->wanted & what) != 0;
}

static enum rpc_tone tone_of(const char *value)
{
    static const struct {
        const char *value;
        enum rpc_tone tone;
    } tones[] = {
        {"enabled", RPC_GOOD},
        {"connected", RPC_GOOD},
        {"up", RPC_GOOD},
        {"active", RPC_GOOD},
        {"true", RPC_GOOD},
        {"post-provisioning", RPC_GOOD},
        {"admin control mode", RPC_GOOD},
        {"disabled", RPC_BAD},
        {"not connected", RPC_BAD},
        {"down", RPC_BAD},
        {"not activated", RPC_BAD},
        {"unknown", RPC_BAD},
        {"unknown control mode", RPC_BAD},
        {"unknown provisioning state", RPC_BAD},
        {"in provisioning", RPC_MIDDLING},
        {"client control mode", RPC_MIDDLING},
    };
    for (size_t i = 0; i < sizeof tones / sizeof tones[0]; i++)
        if (slice_equal_string(slice_of_string(value), tones[i].value))
            return tones[i].tone;
    return RPC_PLAIN;
}

/* Begins the section with its first row; leaves out what nobody knows. */
static void put(struct rpc_page *page, const char *section, bool *begun, const char *flag,
                const char *label, const char *value)
{
    if (value == NULL)
        return;
    if (!*begun)
        rpc_page_section(page, section);
    *begun = true;
    page->flag = flag;
    rpc_page_row(page, label, value, tone_of(value));
    page->flag = NULL;
}

static void put_banner(const struct rpc_facts *facts, struct rpc_page *page)
{
    if (facts->heci_available)
        return;
    rpc_page_section(page, NULL);
    if (!facts->may_use_me) {
        rpc_page_remark(page, "Not running as administrator: AMT's data is unavailable.",
                        RPC_MIDDLING);
        rpc_page_remark(page, "Only what the operating system knows is shown.", RPC_DIM);
    } else if (facts->me_exit == RPC_HECI_DRIVER_NOT_DETECTED) {
        rpc_page_remark(page, "The MEI/HECI driver was not detected.", RPC_MIDDLING);
    } else {
        rpc_page_remark(page, "The management engine does not answer: AMT's data is unavailable.",
                        RPC_MIDDLING);
    }
}

static void put_device(const struct rpc_facts *facts, struct rpc_page *page)
{
    const char *const title = "AMT Device Information";
    bool begun = false;
    if (wants(facts, RPC_FACT_VERSION))
        put(page, title, &begun, "--ver", "Version", facts->version);
    if (wants(facts, RPC_FACT_BUILD))
        put(page, title, &begun, "--bld", "Build Number", facts->build);
    if (wants(facts, RPC_FACT_SKU)) {
        put(page, title, &begun, "--sku", "SKU", facts->sku);
        put(page, title, &begun, "--sku", "Features", facts->features);
    }
    if (wants(facts, RPC_FACT_UUID))
        put(page, title, &begun, "--uuid", "UUID", facts->uuid);
    if (wants(facts, RPC_FACT_MODE) && facts->mode_known)
        put(page, title, &begun, "--mode", "Control Mode",
            rpc_words_control_mode(facts->mode, false));
    if (wants(facts, RPC_FACT_STATE) && facts->state_known)
        put(page, title, &begun, "--provisioningState", "Provisioning State",
            rpc_words_provisioning_state(facts->state));
    if (wants(facts, RPC_FACT_OPERATIONAL) && facts->operational_known)
        put(page, title, &begun, "--operationalState", "AMT Operational State (BIOS)",
            facts->operational ? "enabled" : "disabled");
    if (wants(facts, RPC_FACT_DNS)) {
        put(page, title, &begun, "--dns", "DNS Suffix",
            facts->dns_suffix == NULL && facts->heci_available ? "" : facts->dns_suffix);
        put(page, title, &begun, "--dns", "DNS Suffix (OS)",
            facts->host.dns_suffix != NULL ? facts->host.dns_suffix : "");
    }
    if (wants(facts, RPC_FACT_HOSTNAME))
        put(page, title, &begun, "--hostname", "Hostname (OS)", facts->host.hostname);
}

static void put_remote_access(const struct rpc_facts *facts, struct rpc_page *page)
{
    const char *const title = "Remote Access";
    bool begun = false;
    if (!wants(facts, RPC_FACT_RAS) || !facts->ras_known)
        return;
    put(page, title, &begun, "--ras", "Network", rpc_words_network(facts->ras.network, false));
    put(page, title, &begun, "--ras", "Remote Status", rpc_words_remote(facts->ras.remote));
    put(page, title, &begun, "--ras", "Trigger", rpc_words_trigger(facts->ras.trigger));
    put(page, title, &begun, "--ras", "MPS Hostname",
        facts->mps_host != NULL ? facts->mps_host : "");
    if (facts->mps_port > 0)
        put(page, title, &begun, "--ras", "MPS Port",
            arena_printf(page->arena, "%u", facts->mps_port));
}

static void put_proxies(const struct rpc_facts *facts, struct rpc_page *page)
{
    const char *const title = "HTTP Proxy Configuration";
    bool begun = true;
    bool usual = facts->wanted == RPC_FACT_USUAL;
    if (!wants(facts, RPC_FACT_PROXIES) || !facts->mode_known || (usual && facts->mode == 0))
        return;
    rpc_page_section(page, title);
    page->flag = "--proxy";
    if (!facts->proxies_known)
        rpc_page_remark(page, "Proxy configuration could not be retrieved", RPC_PLAIN);
    else if (facts->proxy_count == 0)
        rpc_page_remark(page, "No HTTP proxy access points configured", RPC_PLAIN);
    for (size_t i = 0; i < facts->proxy_count; i++) {
        const struct rpc_proxy_fact *proxy = &facts->proxies[i];
        put(page, title, &begun, "--proxy", "Address", proxy->address);
        put(page, title, &begun, "--proxy", "Port", arena_printf(page->arena, "%u", proxy->port));
        put(page, title, &begun, "--proxy", "Type", rpc_words_address_format(proxy->format));
        put(page, title, &begun, "--proxy", "Network DNS Suffix", proxy->dns_suffix);
    }
    page->flag = NULL;
}

static void put_adapter(const struct rpc_adapter *adapter, const char *title, struct rpc_page *page)
{
    bool begun = false;
    if (!adapter->known)
        return;
    put(page, title, &begun, "--lan", "DHCP Enabled", adapter->dhcp ? "true" : "false");
    put(page, title, &begun, "--lan", "DHCP Mode", adapter->dhcp_active ? "active" : "passive");
    put(page, title, &begun, "--lan", "Link Status", adapter->link_up ? "up" : "down");
    put(page, title, &begun, "--lan", "AMT IP Address", adapter->ip);
    put(page, title, &begun, "--lan", "OS IP Address", adapter->os_ip);
    put(page, title, &begun, "--lan", "MAC Address", adapter->mac);
}

static void put_upid(const struct rpc_facts *facts, struct rpc_page *page)
{
    const char *const title = "Intel UPID";
    bool begun = false;
    if (!wants(facts, RPC_FACT_UPID) || !facts->upid_known)
        return;
    put(page, title, &begun, "--upid", "Platform ID Type", facts->oem_type);
    put(page, title, &begun, "--upid", "OEM ID", facts->oem_id);
    put(page, title, &begun, "--upid", "CSME ID", facts->csme_id);
}

static const char *note_of(bool first, const char *one, bool second, const char *other,
                           const char *both)
{
    return first && second ? both : first ? one : second ? other : NULL;
}

static void put_certificates(const struct rpc_facts *facts, struct rpc_page *page)
{
    if (!wants(facts, RPC_FACT_CERTIFICATES) || !facts->mode_known)
        return;
    rpc_page_section(page, "Public Key Certificates");
    page->flag = "--userCert";
    if (!facts->certificates_known && facts->mode != MEI_CONTROL_NONE)
        rpc_page_remark(page, "Public key certificates could not be retrieved", RPC_PLAIN);
    else if (facts->certificate_count == 0)
        rpc_page_remark(page, "No public key certificates found", RPC_PLAIN);
    for (size_t i = 0; i < facts->certificate_count; i++) {
        const struct rpc_user_certificate *certificate = &facts->certificates[i];
        rpc_page_item(page, certificate->name,
                      note_of(certificate->trusted_root, "Trusted Root", certificate->read_only,
                              "Read Only", "Trusted Root, Read Only"));
        rpc_page_detail(page, "Subject", certificate->subject);
        rpc_page_detail(page, "Issuer", certificate->issuer);
    }
    page->flag = NULL;
}

static void put_hashes(const struct rpc_facts *facts, struct rpc_page *page)
{
    if (!wants(facts, RPC_FACT_HASHES) || !facts->heci_available)
        return;
    rpc_page_section(page, "Certificate Hashes");
    page->flag = "--cert";
    if (facts->hash_count == 0)
        rpc_page_remark(page, "No certificate hashes found", RPC_PLAIN);
    for (size_t i = 0; i < facts->hash_count; i++) {
        const struct mei_hash *hash = &facts->hashes[i];
        rpc_page_item(
            page, arena_string(page->arena, hash->name),
            note_of(hash->is_default, "Default", hash->active, "Active", "Default, Active"));
        rpc_page_detail(page, mei_hash_algorithm(hash), rpc_facts_hash(page->arena, hash));
    }
    page->flag = NULL;
}

void rpc_facts_put_page(const struct rpc_facts *facts, struct rpc_page *page)
{
    put_banner(facts, page);
    const void *before = page->last;
    put_device(facts, page);
    put_remote_access(facts, page);
    put_proxies(facts, page);
    if (wants(facts, RPC_FACT_LAN)) {
        if (!facts->wired.absent) /* as the toolkit: the wireless one is shown with zeros */
            put_adapter(&facts->wired, "Wired Adapter", page);
        put_adapter(&facts->wireless, "Wireless Adapter", page);
    }
    put_upid(facts, page);
    put_certificates(facts, page);
    put_hashes(facts, page);
    if (page->last == before) {
        rpc_page_section(page, NULL);
        rpc_page_remark(page, "No matching information found.", RPC_PLAIN);
    }
}
