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

/* Everything that is sent, in the order of spec mps 2.3: not a copy of what was read, because
 * firmware refuses addresses beside DHCPEnabled. */
static bool put_wired(struct amt *amt, struct arena *arena, const struct wsman_xml *port,
                      const struct amt_ethernet_address *address, struct error *err)
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
    return amt_put(amt, arena, &target, &nothing, values, count, &reply, err);
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
    *found = true;
    return put_wired(amt, arena, port, address, err);
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
