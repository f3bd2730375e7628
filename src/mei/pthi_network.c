#include "mei/pthi_network.h"

#include "mei/pthi_field.h"

bool mei_pthi_decode_lan(struct slice body, struct mei_lan *lan)
{
    struct cursor c = cursor_of(body);
    lan->enabled = pthi_field_bool(&c);
    lan->ipv4 = cursor_u32_le(&c);
    lan->dhcp = pthi_field_bool(&c);
    lan->dhcp_mode = cursor_u8(&c);
    lan->link_up = cursor_u8(&c) != 0;
    pthi_field_bytes(&c, lan->mac, sizeof lan->mac);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_remote_access(struct slice body, struct arena *arena,
                                   struct mei_remote_access *access)
{
    struct cursor c = cursor_of(body);
    access->network = cursor_u32_le(&c);
    access->remote = cursor_u32_le(&c);
    access->trigger = cursor_u32_le(&c);
    access->mps_host = pthi_field_text(&c, arena);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_macs(struct slice body, struct mei_macs *macs)
{
    struct cursor c = cursor_of(body);
    pthi_field_bytes(&c, macs->dedicated, sizeof macs->dedicated);
    pthi_field_bytes(&c, macs->host, sizeof macs->host);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_tcpip(struct slice body, struct arena *arena, struct mei_tcpip *tcpip)
{
    struct cursor c = cursor_of(body);
    tcpip->dhcp_mode = cursor_u32_le(&c);
    tcpip->address = cursor_u32_le(&c);
    tcpip->mask = cursor_u32_le(&c);
    tcpip->gateway = cursor_u32_le(&c);
    tcpip->dns1 = cursor_u32_le(&c);
    tcpip->dns2 = cursor_u32_le(&c);
    tcpip->domain = pthi_field_text(&c, arena);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_suffixes(struct slice body, struct arena *arena, struct slice **suffixes,
                              size_t *count)
{
    struct cursor c = cursor_of(body);
    uint16_t size = cursor_u16_le(&c);
    struct slice names = cursor_bytes(&c, size);
    if (!pthi_field_end(&c))
        return false;
    *suffixes = arena_array(arena, names.size, sizeof **suffixes);
    *count = 0;
    while (names.size > 0) {
        struct slice name = slice_split(&names, 0);
        if (name.size > 0)
            (*suffixes)[(*count)++] = pthi_field_printable(arena, name);
    }
    return true;
}

bool mei_pthi_decode_config_server(struct slice body, struct arena *arena,
                                   struct mei_config_server *server)
{
    struct cursor c = cursor_of(body);
    server->port = cursor_u16_le(&c);
    server->address = pthi_field_text_in(&c, arena, PTHI_ADDRESS_SIZE);
    server->fqdn = pthi_field_text(&c, arena);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_ipv6_lan(struct slice body, struct arena *arena, struct mei_ipv6_lan *lan)
{
    struct cursor c = cursor_of(body);
    lan->router = pthi_field_text_in(&c, arena, PTHI_ADDRESS_SIZE);
    lan->dns1 = pthi_field_text_in(&c, arena, PTHI_ADDRESS_SIZE);
    lan->dns2 = pthi_field_text_in(&c, arena, PTHI_ADDRESS_SIZE);
    uint32_t count = cursor_u32_le(&c);
    if (!cursor_ok(&c) || count > MEI_IPV6_LIMIT)
        return false;
    lan->count = count;
    for (uint32_t i = 0; i < count; i++) {
        lan->addresses[i].address = pthi_field_text_in(&c, arena, PTHI_ADDRESS_SIZE);
        lan->addresses[i].type = cursor_u32_le(&c);
        lan->addresses[i].state = cursor_u32_le(&c);
    }
    return pthi_field_end(&c);
}

bool mei_pthi_decode_fqdn(struct slice body, struct arena *arena, struct mei_fqdn *fqdn)
{
    struct cursor c = cursor_of(body);
    fqdn->shared = pthi_field_bool(&c);
    fqdn->ddns = pthi_field_bool(&c);
    fqdn->ddns_interval = cursor_u32_le(&c);
    fqdn->ddns_ttl = cursor_u32_le(&c);
    fqdn->host_length = cursor_u32_le(&c);
    fqdn->name = pthi_field_text(&c, arena);
    return pthi_field_end(&c);
}
