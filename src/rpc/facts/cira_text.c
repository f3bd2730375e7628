#include "rpc/facts/cira_text.h"

#include "core/clock.h"

#include <arpa/inet.h>

static const char *yes(bool value)
{
    return value ? "yes" : "no";
}

static void put_time(struct buffer *out, const char *label, uint32_t time)
{
    char text[CLOCK_TEXT_SIZE];
    buffer_printf(out, "  %-24s %s\n", label,
                  time == 0 ? "never" : clock_format((int64_t)time * 1000, text));
}

static void put_ipv4(struct buffer *out, const char *label, uint32_t ip)
{
    buffer_printf(out, "    %-22s %u.%u.%u.%u\n", label, ip >> 24, ip >> 16 & 0xff, ip >> 8 & 0xff,
                  ip & 0xff);
}

static void put_ipv6(struct buffer *out, const char *label, const uint8_t address[16])
{
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, address, text, sizeof text) != NULL)
        buffer_printf(out, "    %-22s %s\n", label, text);
}

static void put_closure(struct buffer *out, const struct mei_cira_closure *closure)
{
    put_time(out, "Closed", closure->time);
    buffer_printf(out, "  %-24s %s\n", "Closed by the server", yes(closure->by_mps));
    buffer_printf(out, "  %-24s %u\n", "APF reason", closure->apf_reason);
    buffer_printf(out, "  %-24s %s (%u)\n", "Reason", mei_cira_closure_name(closure->reason),
                  closure->reason);
}

static void put_summary(struct buffer *out, const struct mei_cira_summary *summary)
{
    buffer_put_text(out, "Summary\n");
    buffer_printf(out, "  %-24s %s\n", "Tunnel open", yes(summary->tunnel_opened));
    buffer_printf(out, "  %-24s %u\n", "Connection state", summary->connection_state);
    put_time(out, "Last keep-alive", summary->last_keep_alive);
    buffer_printf(out, "  %-24s %u s\n", "Keep-alive interval", summary->keep_alive_interval);
    buffer_printf(out, "  %-24s %u\n", "Last connection status", summary->last_connection_status);
    put_time(out, "Last connection", summary->last_connection_time);
    buffer_printf(out, "  %-24s %u\n", "Last tunnel status", summary->last_tunnel_status);
    put_time(out, "Last opened", summary->last_opened);
    put_time(out, "Last closed", summary->last_closed);
}

static void put_tunnel(struct buffer *out, const struct mei_cira_tunnel *tunnel)
{
    buffer_put_text(out, "\nLast tunnel\n");
    if (!tunnel->valid) {
        buffer_put_text(out, "  none\n");
        return;
    }
    put_time(out, "Opened", tunnel->open_time);
    buffer_printf(out, "  %-24s %s\n", "Trigger", mei_cira_trigger_name(tunnel->trigger));
    buffer_printf(out, "  %-24s %.*s\n", "Server", SLICE_ARG(tunnel->mps_host));
    if (tunnel->proxy_used)
        buffer_printf(out, "  %-24s %.*s\n", "Proxy", SLICE_ARG(tunnel->proxy));
    buffer_printf(out, "  %-24s %s\n", "Authentication", mei_cira_auth_name(tunnel->auth_method));
    buffer_printf(out, "  %-24s %s\n", "Interface",
                  tunnel->network_interface == 0 ? "wired" : "wireless");
    put_time(out, "Last keep-alive", tunnel->last_keep_alive);
    buffer_printf(out, "  %-24s %u s\n", "Keep-alive interval", tunnel->keep_alive_interval);
    put_closure(out, &tunnel->closure);
}

static void put_interface(struct buffer *out, const char *name,
                          const struct mei_cira_interface *interface)
{
    buffer_printf(out, "  %s\n", name);
    if (!interface->present) {
        buffer_put_text(out, "    none\n");
        return;
    }
    buffer_printf(out, "    %-22s %s\n", "Link up", yes(interface->link_up));
    buffer_printf(out, "    %-22s %s\n", "DHCP", yes(interface->dhcp));
    put_ipv4(out, "Address", interface->ipv4);
    put_ipv4(out, "Gateway", interface->gateway);
    put_ipv4(out, "First DNS server", interface->dns1);
    put_ipv4(out, "Second DNS server", interface->dns2);
    buffer_printf(out, "    %-22s %.*s\n", "Domain", SLICE_ARG(interface->domain));
    put_ipv6(out, "IPv6 router", interface->ipv6_router);
    put_ipv6(out, "First IPv6 DNS", interface->ipv6_dns1);
    put_ipv6(out, "Second IPv6 DNS", interface->ipv6_dns2);
    for (size_t i = 0; i < MEI_CIRA_IPV6_ADDRESSES; i++)
        put_ipv6(out, "IPv6 address", interface->ipv6[i].address);
}

static void put_failure(struct buffer *out, const struct mei_cira_failure *failure)
{
    buffer_put_text(out, "\nLast failure\n");
    if (!failure->valid) {
        buffer_put_text(out, "  none\n");
        return;
    }
    put_time(out, "Time", failure->time);
    buffer_printf(out, "  %-24s %s\n", "Trigger", mei_cira_trigger_name(failure->trigger));
    buffer_printf(out, "  %-24s %.*s\n", "Server", SLICE_ARG(failure->mps_host));
    buffer_printf(out, "  %-24s %s\n", "Authentication", mei_cira_auth_name(failure->auth_method));
    put_interface(out, "Wired", &failure->interfaces[0]);
    put_interface(out, "Wireless", &failure->interfaces[1]);
    buffer_printf(out, "  %-24s %.*s\n", "Wi-Fi profile", SLICE_ARG(failure->wifi_profile));
    buffer_printf(out, "  %-24s %s\n", "Wi-Fi is the host's", yes(failure->wifi_host_control));
    buffer_printf(out, "  %-24s %u/%u\n", "802.1X result", failure->ieee8021x_result,
                  failure->ieee8021x_sub_result);
    buffer_printf(out, "  %-24s %s\n", "Interface",
                  failure->network_interface == 0 ? "wired" : "wireless");
    for (size_t i = 0; i < 2; i++) {
        const struct mei_cira_attempt *attempt = &failure->attempts[i];
        buffer_printf(out, "  Attempt %zu                status %u, TCP error %u, TLS error %d\n",
                      i + 1, attempt->status, attempt->tcp_error, attempt->tls_error);
        if (attempt->proxy_used)
            buffer_printf(out, "    %-22s %.*s\n", "Proxy", SLICE_ARG(attempt->proxy));
    }
    put_closure(out, &failure->closure);
}

void rpc_cira_text_put(struct buffer *out, const struct mei_cira_log *log)
{
    buffer_printf(out, "CIRA log, version %u (times are UTC)\n\n", log->version);
    put_summary(out, &log->summary);
    put_tunnel(out, &log->tunnel);
    put_failure(out, &log->failure);
}
