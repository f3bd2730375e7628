/* amtinfo as v2's text: labels padded with tabs, a value a line (rpc.md 1.6). */
#include "rpc/facts/facts.h"
#include "rpc/text/page.h"
#include "rpc/text/words.h"

struct printing {
    const struct rpc_facts *facts;
    struct arena *arena;
    struct buffer *out;
};

/* `label` with its tabs. */
static void put(struct printing *printing, const char *label, const char *value)
{
    buffer_printf(printing->out, "%s: %s\n", label,
                  rpc_page_printable(printing->arena, value != NULL ? value : ""));
}

static bool wants(const struct printing *printing, unsigned what)
{
    return (printing->facts->wanted & what) != 0;
}

static void put_adapter(struct printing *printing, const char *title,
                        const struct rpc_adapter *adapter)
{
    if (!adapter->known)
        return;
    buffer_printf(printing->out, "---%s Adapter---\n", title);
    put(printing, "DHCP Enabled \t\t", adapter->dhcp ? "true" : "false");
    put(printing, "DHCP Mode    \t\t", adapter->dhcp_active ? "active" : "passive");
    put(printing, "Link Status  \t\t", adapter->link_up ? "up" : "down");
    put(printing, "AMT IP Address\t\t", adapter->ip);
    put(printing, "OS  IP Address\t\t", adapter->os_ip);
    put(printing, "MAC Address  \t\t", adapter->mac);
}

static void put_remote_access(struct printing *printing)
{
    const struct rpc_facts *facts = printing->facts;
    if ((facts->wanted & RPC_FACT_RAS) == 0 || !facts->ras_known)
        return;
    put(printing, "RAS Network      \t", rpc_words_network(facts->ras.network, true));
    put(printing, "RAS Remote Status\t", rpc_words_remote(facts->ras.remote));
    put(printing, "RAS Trigger      \t", rpc_words_trigger(facts->ras.trigger));
    put(printing, "RAS MPS Hostname \t", facts->mps_host);
}

static void put_hashes(struct printing *printing)
{
    const struct rpc_facts *facts = printing->facts;
    if (facts->hash_count == 0) {
        buffer_put_text(printing->out, "---No Certificate Hashes Found---\n");
        return;
    }
    buffer_put_text(printing->out, "---Certificate Hashes---\n");
    for (size_t i = 0; i < facts->hash_count; i++) {
        const struct mei_hash *hash = &facts->hashes[i];
        const char *note = hash->is_default && hash->active ? "  (Default, Active)"
                           : hash->is_default               ? "  (Default)"
                           : hash->active                   ? "  (Active)"
                                                            : "";
        buffer_printf(
            printing->out, "%s%s\n   %s: %s\n",
            rpc_page_printable(printing->arena, arena_string(printing->arena, hash->name)), note,
            mei_hash_algorithm(hash), rpc_facts_hash(printing->arena, hash));
    }
}

static void put_certificates(struct printing *printing)
{
    const struct rpc_facts *facts = printing->facts;
    if (!facts->certificates_known)
        return;
    buffer_put_text(printing->out, "---Public Key Certs---\n");
    for (size_t i = 0; i < facts->certificate_count; i++) {
        const struct rpc_user_certificate *certificate = &facts->certificates[i];
        const char *note = certificate->trusted_root && certificate->read_only
                               ? "  (TrustedRoot, ReadOnly)"
                           : certificate->trusted_root ? "  (TrustedRoot)"
                           : certificate->read_only    ? "  (ReadOnly)"
                                                       : "";
        buffer_printf(printing->out, "%s%s\n",
                      rpc_page_printable(printing->arena, certificate->name), note);
    }
}

void rpc_facts_put_text_v2(const struct rpc_facts *facts, struct arena *arena, struct buffer *out)
{
    struct printing printing = {facts, arena, out};
    if (wants(&printing, RPC_FACT_VERSION))
        put(&printing, "Version\t\t\t", facts->version);
    if (wants(&printing, RPC_FACT_BUILD))
        put(&printing, "Build Number\t\t", facts->build);
    if (wants(&printing, RPC_FACT_SKU)) {
        put(&printing, "SKU\t\t\t", facts->sku);
        put(&printing, "Features\t\t", facts->features);
    }
    if (wants(&printing, RPC_FACT_UUID))
        put(&printing, "UUID\t\t\t", facts->uuid);
    if (wants(&printing, RPC_FACT_MODE))
        put(&printing, "Control Mode\t\t",
            facts->mode_known ? rpc_words_control_mode(facts->mode, true) : "unknown state");
    if (wants(&printing, RPC_FACT_OPERATIONAL) && facts->operational_known)
        put(&printing, "Operational State\t", facts->operational ? "enabled" : "disabled");
    if (wants(&printing, RPC_FACT_DNS)) {
        put(&printing, "DNS Suffix\t\t", facts->dns_suffix);
        put(&printing, "DNS Suffix (OS)\t\t", facts->host.dns_suffix);
    }
    if (wants(&printing, RPC_FACT_HOSTNAME))
        put(&printing, "Hostname (OS)\t\t", facts->host.hostname);
    put_remote_access(&printing);
    if (wants(&printing, RPC_FACT_LAN)) {
        if (!facts->wired.absent)
            put_adapter(&printing, "Wired", &facts->wired);
        put_adapter(&printing, "Wireless", &facts->wireless);
    }
    if (wants(&printing, RPC_FACT_HASHES))
        put_hashes(&printing);
    if (wants(&printing, RPC_FACT_CERTIFICATES))
        put_certificates(&printing);
}
