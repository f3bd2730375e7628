#include "mei/cira_log.h"

#include "mei/pthi_field.h"

#define NAME_SIZE    256
#define DOMAIN_SIZE  192
#define PROFILE_SIZE 33

static void skip(struct cursor *c, size_t size)
{
    (void)cursor_bytes(c, size);
}

static bool flag(struct cursor *c)
{
    return cursor_u8(c) != 0;
}

/* Read as rpc-go does, whose word is the bytes in reverse: the first octet is the first byte. */
static uint32_t ipv4(struct cursor *c)
{
    return cursor_u32_be(c);
}

static void closure(struct cursor *c, struct mei_cira_closure *to)
{
    to->time = cursor_u32_le(c);
    to->by_mps = flag(c);
    to->apf_reason = cursor_u8(c);
    to->reason = cursor_u8(c);
    skip(c, 3);
}

static void summary(struct cursor *c, struct mei_cira_summary *to)
{
    to->tunnel_opened = flag(c);
    to->connection_state = cursor_u8(c);
    skip(c, 3);
    to->last_keep_alive = cursor_u32_le(c);
    to->keep_alive_interval = cursor_u32_le(c);
    to->last_connection_status = cursor_u8(c);
    to->last_connection_time = cursor_u32_le(c);
    to->last_tunnel_status = cursor_u8(c);
    to->last_opened = cursor_u32_le(c);
    to->last_closed = cursor_u32_le(c);
}

static void tunnel(struct cursor *c, struct arena *arena, struct mei_cira_tunnel *to)
{
    to->valid = flag(c);
    to->open_time = cursor_u32_le(c);
    to->trigger = cursor_u8(c);
    skip(c, 3);
    to->mps_host = pthi_field_text_in(c, arena, NAME_SIZE);
    to->proxy_used = flag(c);
    to->proxy = pthi_field_text_in(c, arena, NAME_SIZE);
    to->auth_method = cursor_u8(c);
    to->network_interface = cursor_u8(c);
    skip(c, 3);
    to->last_keep_alive = cursor_u32_le(c);
    to->keep_alive_interval = cursor_u32_le(c);
    closure(c, &to->closure);
}

static void network_interface(struct cursor *c, struct arena *arena, struct mei_cira_interface *to)
{
    to->present = flag(c);
    to->link_up = flag(c);
    to->dhcp = flag(c);
    skip(c, 3);
    to->ipv4 = ipv4(c);
    to->gateway = ipv4(c);
    to->dns1 = ipv4(c);
    to->dns2 = ipv4(c);
    to->domain = pthi_field_text_in(c, arena, DOMAIN_SIZE);
    pthi_field_bytes(c, to->ipv6_router, sizeof to->ipv6_router);
    pthi_field_bytes(c, to->ipv6_dns1, sizeof to->ipv6_dns1);
    pthi_field_bytes(c, to->ipv6_dns2, sizeof to->ipv6_dns2);
    for (size_t i = 0; i < MEI_CIRA_IPV6_ADDRESSES; i++) {
        pthi_field_bytes(c, to->ipv6[i].address, sizeof to->ipv6[i].address);
        to->ipv6[i].type = cursor_u8(c);
        to->ipv6[i].state = cursor_u8(c);
    }
    skip(c, 306);
}

static void attempt(struct cursor *c, struct arena *arena, struct mei_cira_attempt *to)
{
    to->status = cursor_u32_le(c);
    to->proxy_used = flag(c);
    to->proxy = pthi_field_text_in(c, arena, NAME_SIZE);
    to->tcp_error = cursor_u32_le(c);
    to->tls_error = (int32_t)cursor_u32_le(c);
}

static void failure(struct cursor *c, struct arena *arena, struct mei_cira_failure *to)
{
    to->valid = flag(c);
    to->time = cursor_u32_le(c);
    to->trigger = cursor_u8(c);
    skip(c, 3);
    to->mps_host = pthi_field_text_in(c, arena, NAME_SIZE);
    to->auth_method = cursor_u8(c);
    network_interface(c, arena, &to->interfaces[0]);
    network_interface(c, arena, &to->interfaces[1]);
    to->wifi_profile = pthi_field_text_in(c, arena, PROFILE_SIZE);
    to->wifi_host_control = flag(c);
    to->ieee8021x_result = cursor_u8(c);
    to->ieee8021x_sub_result = cursor_u8(c);
    to->media = cursor_u8(c);
    to->discrete_lan = cursor_u8(c);
    to->network_interface = cursor_u8(c);
    skip(c, 3);
    attempt(c, arena, &to->attempts[0]);
    attempt(c, arena, &to->attempts[1]);
    closure(c, &to->closure);
}

bool mei_cira_log_decode(struct slice block, struct arena *arena, struct mei_cira_log *log)
{
    *log = (struct mei_cira_log){0};
    if (block.size < MEI_CIRA_LOG_SIZE)
        return false;
    struct cursor c = cursor_of(block);
    log->version = cursor_u8(&c);
    summary(&c, &log->summary);
    tunnel(&c, arena, &log->tunnel);
    failure(&c, arena, &log->failure);
    return pthi_field_end(&c);
}

const char *mei_cira_closure_name(uint8_t reason)
{
    static const char *const names[] = {"user",           "tunnel timer",
                                        "internal error", "keep-alive expired",
                                        "TCP error",      "invalid APF message"};
    if (reason == 0xff)
        return "not applicable";
    return reason < sizeof names / sizeof names[0] ? names[reason] : "unknown";
}

const char *mei_cira_trigger_name(uint8_t trigger)
{
    static const char *const names[] = {"user", "alert", "periodic"};
    return trigger < sizeof names / sizeof names[0] ? names[trigger] : "unknown";
}

const char *mei_cira_auth_name(uint8_t method)
{
    static const char *const names[] = {"unknown", "mutual TLS", "user and password"};
    return method < sizeof names / sizeof names[0] ? names[method] : "unknown";
}
