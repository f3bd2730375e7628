/* What PTHI tells of the machine: versions, hashes, interfaces, remote access (spec rpc 2.4). */
#include "core/encoding.h"
#include "sim/cira.h"
#include "sim/instance.h"
#include "sim/mei_pthi.h"
#include "sim/mei_pthi_field.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <stdio.h>
#include <string.h>

#define BIOS          "SIM10000.86A.0001.2026.0101.0000"
#define BIOS_SIZE     65
#define VERSIONS_MOST 50
#define VERSION_TEXT  20
#define HASH_SIZE     64
#define SECURITY_MOST 17

/* ---- versions ---- */

static void put_version(struct buffer *out, struct slice name, struct slice version)
{
    struct slice texts[] = {slice_first(name, VERSION_TEXT), slice_first(version, VERSION_TEXT)};
    for (size_t i = 0; i < 2; i++) {
        buffer_put_u16_le(out, (uint16_t)texts[i].size);
        sim_pthi_put_padded(out, texts[i], VERSION_TEXT);
    }
}

/* The same as CIM_SoftwareIdentity tells; all fifty places are sent, as firmware does. */
uint32_t sim_pthi_versions(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct buffer list;
    struct sim_instance one;
    struct arena arena;
    uint32_t count = 0;
    (void)payload;
    arena_init(&arena);
    buffer_init(&list, SIM_PTHI_REPLY_MOST);
    while (count < VERSIONS_MOST - 1 &&
           sim_instance_read(&pthi->machine->device, &wsman_CIM_SoftwareIdentity, count, &arena,
                             &one)) {
        put_version(&list, sim_instance_get(&one, "InstanceID"),
                    sim_instance_get(&one, "VersionString"));
        count++;
    }
    if (pthi->has_lms) {
        put_version(&list, SLICE_LITERAL("LMS"), SLICE_LITERAL("2410.5.0.0"));
        count++;
    }
    sim_pthi_put_padded(out, SLICE_LITERAL(BIOS), BIOS_SIZE);
    buffer_put_u32_le(out, count);
    buffer_put(out, buffer_slice(&list));
    for (uint32_t i = count; i < VERSIONS_MOST; i++)
        put_version(out, (struct slice){0}, (struct slice){0});
    buffer_fini(&list);
    arena_fini(&arena);
    return 0;
}

uint32_t sim_pthi_uuid(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    uint8_t raw[16];
    (void)payload;
    guid_to_smbios(&pthi->machine->device.guid, raw);
    buffer_put(out, slice_of(raw, sizeof(raw)));
    return 0;
}

/* ---- trusted roots ---- */

uint32_t sim_pthi_hash_handles(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const struct sim_provisioning *p = pthi->machine->device.provisioning;
    (void)payload;
    buffer_put_u32_le(out, (uint32_t)p->root_count);
    for (uint32_t i = 0; i < p->root_count; i++)
        buffer_put_u32_le(out, i);
    return 0;
}

uint32_t sim_pthi_hash_entry(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const struct sim_provisioning *p = pthi->machine->device.provisioning;
    uint32_t handle = sim_pthi_u32_le(payload.data);
    if (handle >= p->root_count)
        return SIM_STATUS_INVALID_HANDLE;
    const struct sim_root_hash *root = &p->roots[handle];
    buffer_put_u32_le(out, root->by_default ? 1 : 0);
    buffer_put_u32_le(out, root->active ? 1 : 0);
    sim_pthi_put_padded(out, slice_of(root->bytes, root->size), HASH_SIZE);
    buffer_put_u8(out, root->algorithm);
    sim_pthi_put_text(out, slice_of_string(root->name));
    return 0;
}

uint32_t sim_pthi_dns_suffix(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const struct sim_provisioning *p = pthi->machine->device.provisioning;
    (void)payload;
    sim_pthi_put_text(
        out, slice_of_string(p->trusted_suffix[0] != '\0' ? p->trusted_suffix : p->dhcp_suffix));
    return 0;
}

/* ---- the network ---- */

/* "02-00-00-00-00-01" */
static bool read_mac(struct slice text, uint8_t mac[6])
{
    for (size_t i = 0; i < 6; i++) {
        if (!encoding_hex_decode(slice_split(&text, '-'), mac + i, 1))
            return false;
    }
    return text.size == 0;
}

/* The wired port's address is the one that the host has of DHCP, and the agents tell. */
static uint32_t wired_address(const struct sim_pthi *pthi)
{
    const struct sim_device *device = &pthi->machine->device;
    return device->ports[0].address != 0 ? device->ports[0].address
                                         : UINT32_C(0xC0000200) + device->number % 250u + 2;
}

static void get_mac(const struct sim_pthi *pthi, uint32_t index, uint8_t mac[6])
{
    struct sim_instance port;
    struct arena arena;
    memset(mac, 0, 6);
    arena_init(&arena);
    if (sim_instance_read(&pthi->machine->device, &wsman_AMT_EthernetPortSettings, index, &arena,
                          &port))
        (void)read_mac(sim_instance_get(&port, "MACAddress"), mac);
    arena_fini(&arena);
}

uint32_t sim_pthi_lan(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct sim_instance port;
    struct arena arena;
    uint8_t mac[6];
    uint32_t index = payload.data[0];
    arena_init(&arena);
    bool there =
        index < 2 && sim_instance_read(&pthi->machine->device, &wsman_AMT_EthernetPortSettings,
                                       index, &arena, &port);
    if (there) {
        bool up = slice_equal_string(sim_instance_get(&port, "LinkIsUp"), "true");
        bool dhcp = slice_equal_string(sim_instance_get(&port, "DHCPEnabled"), "true");
        uint32_t address = sim_pthi_address_of(sim_instance_get(&port, "IPAddress"));
        get_mac(pthi, index, mac);
        buffer_put_u32_le(out, index == 0 || up ? 1 : 0);
        buffer_put_u32_le(out, address != 0 || index != 0 ? address : wired_address(pthi));
        buffer_put_u32_le(out, dhcp ? 1 : 0);
        buffer_put_u8(out, pthi->machine->device.setup == SIM_SETUP_POST ? 1 : 2);
        buffer_put_u8(out, up ? 1 : 0);
        buffer_put(out, slice_of(mac, sizeof(mac)));
    }
    arena_fini(&arena);
    return there ? 0 : SIM_STATUS_INVALID_PARAMETER;
}

uint32_t sim_pthi_macs(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    uint8_t mac[6];
    (void)payload;
    get_mac(pthi, 0, mac);
    buffer_put(out, slice_of(mac, sizeof(mac))); /* AMT's … */
    buffer_put(out, slice_of(mac, sizeof(mac))); /* … and the host's: they share it */
    return 0;
}

uint32_t sim_pthi_remote_access(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const struct sim_device *device = &pthi->machine->device;
    struct sim_cira_plan plan;
    bool wants = sim_cira_plan(device, &plan);
    (void)payload;
    buffer_put_u32_le(out, sim_cira_is_outside(device) && device->setup == SIM_SETUP_POST ? 2 : 0);
    buffer_put_u32_le(out, device->tunnel_is_up ? 2 : wants ? 1 : 0);
    buffer_put_u32_le(out,
                      (device->tunnel_is_up || wants) && !device->calls_now ? 2 : 0); /* periodic */
    sim_pthi_put_text(out, wants ? plan.host : (struct slice){0});
    return 0;
}

/* Seven more numbers are reserved. */
uint32_t sim_pthi_security(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const struct sim_device *device = &pthi->machine->device;
    bool set_up = device->setup == SIM_SETUP_POST;
    const uint32_t numbers[SECURITY_MOST] = {
        1,                                  /* enterprise mode */
        device->provisioning->doors[0].tls, /* TLS */
        1,                                  /* cryptography in hardware */
        device->setup,
        set_up, /* the network interface */
        set_up, /* SOL */
        set_up, /* IDER */
        1,      /* updates of the firmware */
        1,      /* link */
        set_up, /* KVM */
    };
    (void)payload;
    for (size_t i = 0; i < SECURITY_MOST; i++)
        buffer_put_u32_le(out, numbers[i]);
    return 0;
}
