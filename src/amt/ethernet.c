#include "amt/ethernet.h"

#define WIRELESS_ID "Intel(r) AMT Ethernet Port Settings 1"

static bool ends_with(struct slice text, struct slice end)
{
    return text.size >= end.size && slice_equal(slice_from(text, text.size - end.size), end);
}

static const struct wsman_xml *find_port(const struct amt_items *ports, struct slice end)
{
    for (size_t i = 0; i < ports->count; i++)
        if (ends_with(wsman_xml_child_text(ports->items[i], "InstanceID"), end))
            return ports->items[i];
    return NULL;
}

const struct wsman_xml *amt_ethernet_wired(const struct amt_items *ports)
{
    return find_port(ports, SLICE_LITERAL("Settings 0"));
}

const struct wsman_xml *amt_ethernet_wireless(const struct amt_items *ports)
{
    return find_port(ports, SLICE_LITERAL("Settings 1"));
}

bool amt_ethernet_is_there(const struct wsman_xml *port)
{
    return wsman_xml_child_text(port, "MACAddress").size > 0;
}

bool amt_ethernet_get_old_8021x(struct amt *amt, struct arena *arena,
                                const struct wsman_xml **found, struct error *err)
{
    struct amt_reading reading = AMT_READ_GET(AMT_8021XProfile);
    reading.optional = true;
    *found = NULL;
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    *found = amt_reading_instance(&reading);
    return true;
}

bool amt_ethernet_get_wired(struct amt *amt, struct arena *arena, struct amt_ethernet *wired,
                            struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(AMT_EthernetPortSettings),
                                     AMT_READ_GET(IPS_IEEE8021xSettings)};
    readings[1].optional = true;
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    wired->port = amt_ethernet_wired(&readings[0].items);
    wired->ieee8021x = amt_reading_instance(&readings[1]);
    if (wired->port == NULL || wired->ieee8021x != NULL)
        return true;
    return amt_ethernet_get_old_8021x(amt, arena, &wired->ieee8021x, err);
}

static bool enumerate_ports(struct amt *amt, struct arena *arena, struct amt_items *ports,
                            struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_EthernetPortSettings};
    return amt_enumerate(amt, arena, &target, ports, err);
}

/* ---- the wired port's address ---- */

static struct slice text_of(bool value)
{
    return value ? SLICE_LITERAL("true") : SLICE_LITERAL("false");
}

/* *after is what the device says it has then; NULL when it says nothing. Everything that is sent,
 * in the order of spec mps 2.3: not a copy of what was read, because firmware refuses addresses
 * beside DHCPEnabled. */
static bool put_wired(struct amt *amt, struct arena *arena, const struct wsman_xml *port,
                      const struct amt_ethernet_address *address, const struct wsman_xml **after,
                      struct error *err)
{
    const struct wsman_xml nothing = {.space = port->space, .name = port->name};
    const struct wsman_selector selector = {"InstanceID", wsman_xml_child_text(port, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_AMT_EthernetPortSettings, .selectors = &selector, .selector_count = 1};
    bool synced = address->dhcp || address->ip_sync;
    const struct wsman_value values[] = {
        {.name = "ElementName", .text = wsman_xml_child_text(port, "ElementName")},
        {.name = "InstanceID", .text = selector.value},
        {.name = "SharedMAC", .text = wsman_xml_child_text(port, "SharedMAC")},
        {.name = "SharedStaticIp", .text = text_of(!address->dhcp && address->ip_sync)},
        {.name = "IpSyncEnabled", .text = text_of(synced)},
        {.name = "DHCPEnabled", .text = text_of(address->dhcp)},
        {.name = "IPAddress", .text = address->address},
        {.name = "SubnetMask", .text = address->subnet_mask},
        {.name = "DefaultGateway", .text = address->gateway},
        {.name = "PrimaryDNS", .text = address->primary_dns},
        {.name = "SecondaryDNS", .text = address->secondary_dns},
    };
    struct wsman_reply reply;
    size_t plain = 6;
    size_t count = synced ? plain : sizeof values / sizeof values[0];
    if (!amt_put(amt, arena, &target, &nothing, values, count, &reply, err))
        return false;
    *after = amt_instance(&reply, &wsman_AMT_EthernetPortSettings);
    return true;
}

bool amt_ethernet_set_address(struct amt *amt, struct arena *arena,
                              const struct amt_ethernet_address *address, bool *found,
                              struct error *err)
{
    struct amt_items ports;
    *found = false;
    if (!enumerate_ports(amt, arena, &ports, err))
        return false;
    const struct wsman_xml *port = amt_ethernet_wired(&ports);
    if (port == NULL)
        return true;
    const struct wsman_xml *after;
    *found = true;
    return put_wired(amt, arena, port, address, &after, err);
}

/* ---- for provisioning ---- */

/* A property of the address that is left out is what the device has. */
static struct slice filled(struct slice wanted, const struct wsman_xml *port, const char *name)
{
    return wanted.data != NULL ? wanted : wsman_xml_child_text(port, name);
}

static bool is_true(const struct wsman_xml *port, const char *name)
{
    return wsman_xml_child_is_true(port, name);
}

/* Empty is as good as absent. */
static bool has_address(const struct wsman_xml *port, const char *name, struct slice wanted)
{
    return slice_equal(wsman_xml_child_text(port, name), wanted);
}

/* Whether the port is set up so. An address that the host or DHCP gives says nothing. */
static bool is_so(const struct wsman_xml *port, const struct amt_ethernet_address *wanted)
{
    bool synced = wanted->dhcp || wanted->ip_sync;
    if (is_true(port, "DHCPEnabled") != wanted->dhcp || is_true(port, "IpSyncEnabled") != synced ||
        is_true(port, "SharedStaticIp") != (!wanted->dhcp && wanted->ip_sync))
        return false;
    return synced || (has_address(port, "IPAddress", wanted->address) &&
                      has_address(port, "SubnetMask", wanted->subnet_mask) &&
                      has_address(port, "DefaultGateway", wanted->gateway) &&
                      has_address(port, "PrimaryDNS", wanted->primary_dns) &&
                      has_address(port, "SecondaryDNS", wanted->secondary_dns));
}

static bool configure(struct amt *amt, struct arena *arena, const struct wsman_xml *port,
                      const struct amt_ethernet_address *address, bool *changed, struct error *err)
{
    struct amt_ethernet_address full = *address;
    const struct wsman_xml *after = NULL;
    if (!full.dhcp && !full.ip_sync) {
        full.address = filled(address->address, port, "IPAddress");
        full.subnet_mask = filled(address->subnet_mask, port, "SubnetMask");
        full.gateway = filled(address->gateway, port, "DefaultGateway");
        full.primary_dns = filled(address->primary_dns, port, "PrimaryDNS");
        full.secondary_dns = filled(address->secondary_dns, port, "SecondaryDNS");
        if (full.address.size == 0 || full.subnet_mask.size == 0)
            return error_set(err, ERROR_INVALID,
                             "Invalid configuration - IPAddress and SubnetMask are required when "
                             "AMT profile is static and IpSyncEnabled is false");
    }
    *changed = !is_so(port, &full);
    if (!*changed)
        return true;
    return put_wired(amt, arena, port, &full, &after, err) &&
           (after == NULL || is_so(after, &full) ||
            error_set(err, ERROR_DEVICE,
                      "Put AMT_EthernetPortSettings: the device keeps other settings than those "
                      "it was given (DHCPEnabled, IpSyncEnabled, SharedStaticIp or addresses)"));
}

bool amt_ethernet_configure(struct amt *amt, struct arena *arena,
                            const struct amt_ethernet_address *address,
                            struct amt_ethernet_change *change, struct error *err)
{
    struct amt_items ports;
    *change = (struct amt_ethernet_change){.found = false};
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = enumerate_ports(amt, arena, &ports, err);
    const struct wsman_xml *port = ok ? amt_ethernet_wired(&ports) : NULL;
    change->found = amt_ethernet_is_there(port);
    if (port != NULL && change->found)
        ok = configure(amt, arena, port, address, &change->changed, err);
    amt_sequence_end(amt);
    return ok;
}

/* ---- links ---- */

#define POLICIES_MOST 4

static bool check_link(const struct amt_ethernet_link *link, struct error *err)
{
    static const unsigned known[POLICIES_MOST] = {AMT_LINK_S0_AC, AMT_LINK_SX_AC, AMT_LINK_S0_DC,
                                                  AMT_LINK_SX_DC};
    if (link->policy == NULL)
        return true;
    bool ok = link->policy_count > 0 && link->policy_count <= POLICIES_MOST;
    for (size_t i = 0; ok && i < link->policy_count; i++) {
        bool found = false;
        for (size_t k = 0; k < POLICIES_MOST; k++)
            found = found || link->policy[i] == known[k];
        ok = found;
    }
    return ok || error_set(err, ERROR_INVALID,
                           "a link policy is one or more of 1 (S0 AC), 14 (Sx AC), 16 (S0 DC) and "
                           "224 (Sx DC)");
}

static bool has_policy(const struct wsman_xml *port, const struct amt_ethernet_link *link)
{
    size_t count = 0;
    const struct wsman_xml *at = wsman_xml_child(port, "LinkPolicy");
    for (; at != NULL; at = wsman_xml_again(at), count++) {
        uint64_t value;
        bool found = false;
        for (size_t i = 0; i < link->policy_count; i++)
            found = found || (slice_to_u64(slice_trim(at->text), UINT8_MAX, &value) &&
                              value == link->policy[i]);
        if (!found)
            return false;
    }
    return count == link->policy_count;
}

/* Everything that was read, but addresses that are not ours to set. */
static bool put_link(struct amt *amt, struct arena *arena, const struct wsman_xml *port,
                     const struct amt_ethernet_link *link, bool *changed, struct error *err)
{
    static const char *const addresses[] = {"IPAddress", "SubnetMask", "DefaultGateway",
                                            "PrimaryDNS", "SecondaryDNS"};
    const struct wsman_selector selector = {"InstanceID", wsman_xml_child_text(port, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_AMT_EthernetPortSettings, .selectors = &selector, .selector_count = 1};
    struct wsman_value values[POLICIES_MOST + 1 + 5];
    struct wsman_reply reply;
    size_t count = 0;
    struct slice tries = slice_of_string(arena_printf(arena, "%u", link->retransmissions));
    if (link->policy != NULL && !has_policy(port, link))
        for (size_t i = 0; i < link->policy_count; i++)
            values[count++] = (struct wsman_value){
                .name = "LinkPolicy",
                .text = slice_of_string(arena_printf(arena, "%u", link->policy[i]))};
    if (link->retransmissions != 0 &&
        !slice_equal(wsman_xml_child_text(port, "ConsoleTcpMaxRetransmissions"), tries))
        values[count++] =
            (struct wsman_value){.name = "ConsoleTcpMaxRetransmissions", .text = tries};
    *changed = count > 0;
    if (!*changed)
        return true;
    bool synced = is_true(port, "DHCPEnabled") || is_true(port, "SharedStaticIp");
    for (size_t i = 0; synced && i < sizeof addresses / sizeof addresses[0]; i++)
        values[count++] = (struct wsman_value){.name = addresses[i]};
    return amt_put(amt, arena, &target, port, values, count, &reply, err);
}

bool amt_ethernet_set_link(struct amt *amt, struct arena *arena,
                           const struct amt_ethernet_link *link, struct amt_ethernet_change *change,
                           struct error *err)
{
    struct amt_items ports;
    *change = (struct amt_ethernet_change){.found = false};
    if (!check_link(link, err) || !amt_sequence_begin(amt, err))
        return false;
    bool ok = enumerate_ports(amt, arena, &ports, err);
    const struct wsman_xml *port = NULL;
    if (ok)
        port = link->wireless ? amt_ethernet_wireless(&ports) : amt_ethernet_wired(&ports);
    change->found = amt_ethernet_is_there(port);
    if (port != NULL && change->found)
        ok = put_link(amt, arena, port, link, &change->changed, err);
    amt_sequence_end(amt);
    return ok;
}

/* ---- the radio's owner ---- */

bool amt_ethernet_prefer_link(struct amt *amt, struct arena *arena, uint32_t preference,
                              uint32_t timeout_s, bool *found, int64_t *return_value,
                              struct error *err)
{
    struct amt_items ports;
    *found = false;
    if (!enumerate_ports(amt, arena, &ports, err))
        return false;
    if (amt_ethernet_wireless(&ports) == NULL)
        return true;
    *found = true;
    const struct wsman_selector selector = {"InstanceID", SLICE_LITERAL(WIRELESS_ID)};
    const struct wsman_target target = {
        .class = &wsman_AMT_EthernetPortSettings, .selectors = &selector, .selector_count = 1};
    const struct wsman_value values[] = {
        {.name = "LinkPreference", .text = slice_of_string(preference == 1 ? "1" : "2")},
        {.name = "Timeout", .text = slice_of_string(arena_printf(arena, "%u", timeout_s))}};
    struct wsman_reply reply;
    return amt_invoke(amt, arena, &target, "SetLinkPreference", values, 2, &reply, return_value,
                      err);
}
