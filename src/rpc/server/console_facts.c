/* What a console is told of a machine (rpc.md 1.5). */
#include "core/clock.h"
#include "core/json_writer.h"
#include "rpc/server/console.h"
#include "rpc/text/words.h"

static void put_text(struct json_writer *json, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_put_member_string(json, key, text);
}

static bool is_address(const char *text)
{
    return text != NULL && text[0] >= '0' && text[0] <= '9' &&
           !slice_equal_string(slice_of_string(text), "0.0.0.0");
}

/* An address where there is one: that is where a console finds the machine. */
static const char *name_of(const struct rpc_facts *facts, const char **address)
{
    const char *const candidates[] = {facts->wired.os_ip, facts->wireless.os_ip, facts->wired.ip,
                                      facts->wireless.ip};
    *address = NULL;
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (*address == NULL && is_address(candidates[i]))
            *address = candidates[i];
    for (size_t i = 0; i < facts->host.interface_count && *address == NULL; i++)
        if (facts->host.interfaces[i].up && facts->host.interfaces[i].ethernet)
            *address = facts->host.interfaces[i].ipv4;
    if (*address != NULL)
        return *address;
    return facts->host.hostname != NULL ? facts->host.hostname : "unknown";
}

const char *rpc_console_hostname(const struct rpc_facts *facts)
{
    const char *address;
    return name_of(facts, &address);
}

static void put_upid(struct json_writer *json, const struct rpc_facts *facts)
{
    if (!facts->upid_known)
        return;
    json_put_key(json, "upid");
    json_open_object(json);
    put_text(json, "csmeId", facts->csme_id);
    put_text(json, "oemId", facts->oem_id);
    put_text(json, "oemPlatformIdType", facts->oem_type);
    json_close_object(json);
}

static void put_hashes(struct json_writer *json, const struct rpc_facts *facts, struct arena *arena)
{
    if (!facts->hashes_known)
        return;
    json_put_key(json, "certHashes");
    json_open_array(json);
    for (size_t i = 0; i < facts->hash_count; i++)
        if (facts->hashes[i].active && facts->hashes[i].size > 0)
            json_put_string(json, rpc_facts_hash(arena, &facts->hashes[i]));
    json_close_array(json);
}

static void put_host(struct json_writer *json, const struct rpc_facts *facts, const char *address)
{
    const struct rpc_host *host = &facts->host;
    int64_t cards = 0;
    for (size_t i = 0; i < host->interface_count; i++)
        cards += host->interfaces[i].ethernet;
    put_text(json, "osName", host->os_name);
    put_text(json, "osVersion", host->os_version);
    put_text(json, "osDistro", host->os_distro);
    put_text(json, "cpuModel", host->cpu_model);
    put_text(json, "osIpAddress", is_address(facts->wired.os_ip) ? facts->wired.os_ip : address);
    json_put_member_int(json, "ethernetAdapterCount", cards);
    json_put_member_bool(json, "monitorConnected", host->monitor_connected);
}

void rpc_console_put_info(struct json_writer *json, const struct rpc_facts *facts, bool lms,
                          int64_t now_ms, struct arena *arena)
{
    char now[CLOCK_TEXT_SIZE];
    const char *address;
    (void)name_of(facts, &address);
    json_open_object(json);
    put_text(json, "fwVersion", facts->version);
    put_text(json, "fwBuild", facts->build);
    put_text(json, "fwSku", facts->sku);
    if (facts->mode_known)
        put_text(json, "currentMode", rpc_words_control_mode(facts->mode, false));
    put_text(json, "features", facts->features);
    put_text(json, "ipAddress", is_address(facts->wired.ip) ? facts->wired.ip : address);
    put_text(json, "lastSynced", clock_format(now_ms, now));
    put_text(json, "tlsMode", facts->tls_mode);
    put_upid(json, facts);
    if (facts->operational_known)
        json_put_member_bool(json, "amtEnabledInBIOS", facts->operational);
    put_text(json, "meInterfaceVersion", facts->host.me_interface);
    if (facts->wired.known)
        json_put_member_bool(json, "dhcpEnabled", facts->wired.dhcp);
    put_hashes(json, facts, arena);
    json_put_member_bool(json, "lmsInstalled", lms || facts->lms_version != NULL);
    put_text(json, "lmsVersion", facts->lms_version);
    put_host(json, facts, address);
    if (facts->ieee8021x_known)
        json_put_member_bool(json, "ieee8021xEnabled", facts->ieee8021x);
    json_close_object(json);
}

void rpc_console_put_facts(struct buffer *out, const struct rpc_facts *facts, bool lms,
                           int64_t now_ms, struct arena *arena)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    put_text(&json, "guid", facts->uuid);
    put_text(&json, "hostname", rpc_console_hostname(facts));
    json_put_key(&json, "deviceInfo");
    rpc_console_put_info(&json, facts, lms, now_ms, arena);
    json_close_object(&json);
}

void rpc_console_put_discovered(struct buffer *out, const struct rpc_facts *facts, int64_t now_ms)
{
    struct json_writer json;
    char now[CLOCK_TEXT_SIZE];
    const char *address;
    json_writer_init(&json, out);
    json_open_object(&json);
    put_text(&json, "guid", facts->uuid);
    put_text(&json, "hostname", name_of(facts, &address));
    json_put_key(&json, "deviceInfo");
    json_open_object(&json);
    json_put_member_bool(&json, "discovered", true);
    put_text(&json, "firstDiscovered", clock_format(now_ms, now));
    put_text(&json, "lastSynced", now);
    json_close_object(&json);
    json_close_object(&json);
}
