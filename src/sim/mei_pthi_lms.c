/* What of PTHI only LMS asks for: features, redirection, names, addresses. The layouts are those
 * that LMS reads. */
#include "sim/instance.h"
#include "sim/mei_pthi.h"
#include "sim/mei_pthi_field.h"
#include "sim/provisioning.h"

#include <string.h>

#define ADDRESS_SIZE 46
#define SUFFIXES     2

static struct slice property(const struct sim_pthi *pthi, const struct wsman_class *class,
                             struct arena *arena, const char *name)
{
    struct sim_instance instance;
    if (!sim_instance_read(&pthi->machine->device, class, 0, arena, &instance))
        return (struct slice){0};
    return sim_instance_get(&instance, name);
}

static uint32_t number(const struct sim_pthi *pthi, const struct wsman_class *class,
                       struct arena *arena, const char *name)
{
    uint64_t value = 0;
    (void)slice_to_u64(property(pthi, class, arena, name), UINT32_MAX, &value);
    return (uint32_t)value;
}

static uint32_t truth(const struct sim_pthi *pthi, const struct wsman_class *class,
                      struct arena *arena, const char *name)
{
    return slice_equal_string(property(pthi, class, arena, name), "true") ? 1 : 0;
}

/* ---- features ---- */

/* Nobody has a session open or uses system defence; the web page is on, EAC is off. */
uint32_t sim_pthi_feature(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    uint32_t id = sim_pthi_u32_le(payload.data);
    (void)pthi;
    if (id > 4)
        return SIM_STATUS_INVALID_PARAMETER;
    buffer_put_u32_le(out, id);
    buffer_put_u32_le(out, id == 2 ? 1 : 0);
    if (id == 0)
        sim_pthi_put_zeros(out, 8); /* SOL, and nothing */
    return 0;
}

/* The host was never reset from afar. */
uint32_t sim_pthi_reset_reason(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)pthi;
    (void)payload;
    sim_pthi_put_zeros(out, 8);
    return 0;
}

/* SOL, IDER, screen. The service's state is 32768 and one more for IDER, two more for SOL. */
uint32_t sim_pthi_redirection(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct arena arena;
    (void)payload;
    arena_init(&arena);
    uint32_t state = number(pthi, &wsman_AMT_RedirectionService, &arena, "EnabledState");
    uint32_t screen = number(pthi, &wsman_CIM_KVMRedirectionSAP, &arena, "EnabledState");
    bool has_screen = screen == 2 || screen == 6;
    buffer_put_u32_le(out, (state >> 1 & 1) | (state & 1) << 1 | (has_screen ? 4 : 0));
    arena_fini(&arena);
    return 0;
}

/* From where a user may ask for a connection: 32768 and one more for the BIOS, two for an agent. */
uint32_t sim_pthi_user_interfaces(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct arena arena;
    (void)payload;
    arena_init(&arena);
    buffer_put_u32_le(
        out, number(pthi, &wsman_AMT_UserInitiatedConnectionService, &arena, "EnabledState") & 3);
    arena_fini(&arena);
    return 0;
}

/* The link's, of cryptography, flash and the last reset of the ME. */
uint32_t sim_pthi_engine_state(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct arena arena;
    arena_init(&arena);
    buffer_put(out, payload);
    buffer_put_u32_le(out, 5);
    buffer_put_u8(out, (uint8_t)truth(pthi, &wsman_AMT_EthernetPortSettings, &arena, "LinkIsUp"));
    buffer_put_u8(out, 0);
    buffer_put_u8(out, 1);
    buffer_put_u8(out, 1);
    buffer_put_u8(out, 0);
    arena_fini(&arena);
    return 0;
}

/* ---- names ---- */

uint32_t sim_pthi_fqdn(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    static const struct wsman_class *const general = &wsman_AMT_GeneralSettings;
    struct arena arena;
    (void)payload;
    arena_init(&arena);
    struct slice host = property(pthi, general, &arena, "HostName");
    struct slice domain = property(pthi, general, &arena, "DomainName");
    if (host.size == 0)
        host = slice_of_string(pthi->machine->device.host_name);
    buffer_put_u32_le(out, truth(pthi, general, &arena, "SharedFQDN"));
    buffer_put_u32_le(out, truth(pthi, general, &arena, "DDNSUpdateEnabled"));
    buffer_put_u32_le(out, number(pthi, general, &arena, "DDNSPeriodicUpdateInterval"));
    buffer_put_u32_le(out, number(pthi, general, &arena, "DDNSTTL"));
    buffer_put_u32_le(out, (uint32_t)host.size);
    sim_pthi_put_text(out, domain.size == 0
                               ? host
                               : slice_of_string(arena_printf(&arena, "%.*s.%.*s", SLICE_ARG(host),
                                                              SLICE_ARG(domain))));
    arena_fini(&arena);
    return 0;
}

/* Each with a NUL behind it, and how many bytes they are. */
uint32_t sim_pthi_dns_suffixes(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const struct sim_provisioning *p = pthi->machine->device.provisioning;
    const char *const suffixes[SUFFIXES] = {p->trusted_suffix, p->dhcp_suffix};
    size_t size = 0;
    (void)payload;
    for (size_t i = 0; i < SUFFIXES; i++)
        size += suffixes[i][0] == '\0' ? 0 : strlen(suffixes[i]) + 1;
    buffer_put_u16_le(out, (uint16_t)size);
    for (size_t i = 0; i < SUFFIXES; i++) {
        if (suffixes[i][0] != '\0')
            buffer_put(out, slice_of(suffixes[i], strlen(suffixes[i]) + 1));
    }
    return 0;
}

/* Nobody has typed a server in: the usual port, and any that answers to the usual name. */
uint32_t sim_pthi_config_server(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)pthi;
    (void)payload;
    buffer_put_u16_le(out, 9971);
    sim_pthi_put_zeros(out, ADDRESS_SIZE);
    sim_pthi_put_text(out, (struct slice){0});
    return 0;
}

/* ---- addresses ---- */

/* Of the wired port. */
uint32_t sim_pthi_tcpip(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    static const struct wsman_class *const port = &wsman_AMT_EthernetPortSettings;
    static const char *const names[] = {"IPAddress", "SubnetMask", "DefaultGateway", "PrimaryDNS",
                                        "SecondaryDNS"};
    struct arena arena;
    (void)payload;
    arena_init(&arena);
    buffer_put_u32_le(out, 1 + truth(pthi, port, &arena, "DHCPEnabled"));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        buffer_put_u32_le(out, sim_pthi_address_of(property(pthi, port, &arena, names[i])));
    sim_pthi_put_text(out, property(pthi, &wsman_AMT_GeneralSettings, &arena, "DomainName"));
    arena_fini(&arena);
    return 0;
}

/* IPv6 is off: no router, no servers, no addresses. */
uint32_t sim_pthi_ipv6_lan(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)pthi;
    if (sim_pthi_u32_le(payload.data) > 1)
        return SIM_STATUS_INVALID_PARAMETER;
    sim_pthi_put_zeros(out, 3 * ADDRESS_SIZE);
    buffer_put_u32_le(out, 0);
    return 0;
}
