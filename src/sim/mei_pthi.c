#include "sim/mei_pthi.h"

#include "core/encoding.h"
#include "sim/capability/capability.h"
#include "sim/mei_pthi_field.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <string.h>

#define RESPONSE     0x00800000u
#define USER_SIZE    33
#define ACCOUNT_PAD  2
#define HASH_SIZE    64
#define SUFFIXES     320 /* bytes of the list of a set-up inside TLS */
#define DEVICE_GROUP 0x04000000u
#define ENGINE_STATE 0x01000001u /* the one command of another group */

/* ---- state ---- */

static uint32_t get_state(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    buffer_put_u32_le(out, pthi->machine->device.setup);
    return 0;
}

static uint32_t get_mode(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    buffer_put_u32_le(out, sim_provisioning_mode(&pthi->machine->device));
    return 0;
}

/* Enterprise mode, and no legacy mode. */
static uint32_t get_provisioning_mode(struct sim_pthi *pthi, struct slice payload,
                                      struct buffer *out)
{
    (void)payload;
    buffer_put_u32_le(out, pthi->machine->device.client_mode ? 4 : 1);
    buffer_put_u32_le(out, 0);
    return 0;
}

static uint32_t get_zero(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)pthi;
    (void)payload;
    buffer_put_u32_le(out, 0);
    return 0;
}

static uint32_t get_zero_touch(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    buffer_put_u32_le(out, pthi->machine->device.provisioning->zero_touch ? 1 : 0);
    return 0;
}

static uint32_t get_tls_mode(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    buffer_put_u32_le(out, pthi->machine->device.provisioning->doors[1].tls ? 1 : 0);
    return 0;
}

/* ---- the set-up ---- */

/* Only what the host has set up may be undone by the host alone (spec device-protocols 7.5). */
static uint32_t unprovision(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct sim_device *device = &pthi->machine->device;
    if (sim_provisioning_mode(device) != 1)
        return SIM_PTHI_INVALID_MODE;
    if (sim_audit_is_locked(device, pthi->now_ms))
        return SIM_STATUS_BLOCKED;
    static const uint8_t locally = 1;
    sim_audit(device, 16, 19, slice_of(&locally, 1), pthi->now_ms);
    sim_device_unprovision(device, pthi->now_ms);
    buffer_put(out, payload);
    return 0;
}

static uint32_t get_account(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    const char *texts[] = {SIM_LOCAL_USER, pthi->machine->device.provisioning->local_password};
    (void)payload;
    for (size_t i = 0; i < 2; i++) {
        struct slice text = slice_first(slice_of_string(texts[i]), USER_SIZE - 1);
        sim_pthi_put_padded(out, text, USER_SIZE);
    }
    sim_pthi_put_zeros(out, ACCOUNT_PAD);
    return 0;
}

/* The first suffix of the host's list stands for the one that DHCP would have told. */
static void take_suffixes(struct sim_provisioning *p, struct slice list)
{
    struct slice first = slice_split(&list, '\0');
    if (p->dhcp_suffix[0] != '\0' || first.size == 0 || first.size >= sizeof(p->dhcp_suffix))
        return;
    memcpy(p->dhcp_suffix, first.data, first.size);
    p->dhcp_suffix[first.size] = '\0';
}

/* Three shapes of request are about (spec device-protocols 8): with a flag of one byte and always a
 * list, and with one of four and with or without a list. */
static uint32_t start_host_based(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct sim_machine *machine = pthi->machine;
    struct sim_root_hash client = {.active = true};
    char text[2 * 32 + 1];
    uint8_t own[HASH_SIZE] = {0};
    if (payload.size != 73 && payload.size != 390 && payload.size != 393)
        return SIM_PTHI_INVALID_LENGTH;
    client.algorithm = payload.data[0];
    if (client.algorithm != 2 && client.algorithm != 3)
        return SIM_STATUS_INVALID_PARAMETER;
    client.size = client.algorithm == 2 ? 32 : 48;
    memcpy(client.bytes, payload.data + 1, client.size);
    if (!sim_tls_identity_fingerprint(&machine->host.tls, text) ||
        !encoding_hex_decode(slice_of_string(text), own, 32))
        return SIM_PTHI_INTERNAL_ERROR;
    uint32_t status = sim_provisioning_start(&machine->device, &client);
    if (status != 0)
        return status;
    if (payload.size > 73)
        take_suffixes(machine->device.provisioning, slice_from(payload, payload.size - SUFFIXES));
    buffer_put_u8(out, 2);
    buffer_put(out, slice_of(own, sizeof(own)));
    return 0;
}

static uint32_t stop_configuration(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    (void)out;
    if (pthi->machine->device.setup != SIM_SETUP_IN)
        return SIM_PTHI_INVALID_MODE;
    sim_provisioning_stop(&pthi->machine->device);
    return 0;
}

/* A bare-metal set-up needs a server that the machine says hello to; there is none here. */
static uint32_t start_configuration(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    (void)out;
    return pthi->machine->device.setup == SIM_SETUP_PRE ? 0 : SIM_PTHI_INVALID_MODE;
}

/* Of a machine that nobody has set up. */
static uint32_t disable_and_clear(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    (void)out;
    if (pthi->machine->device.setup != SIM_SETUP_PRE)
        return SIM_STATUS_NOT_PERMITTED;
    pthi->machine->device.provisioning->switched_off = true;
    return 0;
}

/* ---- names and calls ---- */

static const struct sim_personality_instance *general(const struct sim_device *device)
{
    struct sim_walk walk = {.device = device};
    return sim_walk_next_of(&walk, "AMT_GeneralSettings");
}

static uint32_t set_fqdn(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    struct sim_device *device = &pthi->machine->device;
    (void)out;
    size_t size = payload.size < 2 ? 0 : payload.data[0] | (size_t)payload.data[1] << 8;
    if (payload.size < 2 || payload.size < size + 2)
        return SIM_PTHI_INVALID_LENGTH;
    if (size == 0 || size > 255)
        return SIM_STATUS_INVALID_PARAMETER;
    sim_object_set(device, general(device), "HostName", slice_first(slice_from(payload, 2), size));
    return 0;
}

static uint32_t open_connection(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    (void)out;
    if (pthi->machine->device.setup != SIM_SETUP_POST)
        return SIM_PTHI_INVALID_MODE;
    pthi->machine->device.calls_now = true;
    return 0;
}

static uint32_t close_connection(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)payload;
    (void)out;
    if (pthi->machine->device.setup != SIM_SETUP_POST)
        return SIM_PTHI_INVALID_MODE;
    pthi->machine->device.calls_now = false;
    return 0;
}

static uint32_t do_nothing(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    (void)pthi;
    (void)payload;
    (void)out;
    return 0;
}

/* ---- the table ---- */

#define ANY (-1) /* the command looks at the length itself */

struct entry {
    uint32_t command;
    int size;       /* of the request's payload */
    bool needs_amt; /* not while AMT is switched off */
    sim_pthi_answerer *answer;
};

static const struct entry entries[] = {
    {0x06, 0, false, sim_pthi_tcpip},
    {0x08, 0, false, get_provisioning_mode},
    {0x10, 4, true, unprovision},
    {0x11, 0, false, get_state},
    {0x1A, 0, false, sim_pthi_versions},
    {0x1B, 0, false, sim_pthi_security},
    {0x25, 0, false, sim_pthi_macs},
    {0x29, 0, true, start_configuration},
    {0x2B, 0, false, get_tls_mode},
    {0x2C, 0, false, sim_pthi_hash_handles},
    {0x2D, 4, false, sim_pthi_hash_entry},
    {0x30, 0, false, get_zero_touch},
    {0x36, 0, false, sim_pthi_dns_suffix},
    {0x3E, 0, false, sim_pthi_dns_suffixes},
    {0x3F, ANY, true, do_nothing},
    {0x44, 0, true, open_connection},
    {0x45, 0, true, close_connection},
    {0x46, 0, false, sim_pthi_remote_access},
    {0x47, 0, false, get_zero},
    {0x48, 4, false, sim_pthi_lan},
    {0x49, 4, false, sim_pthi_feature},
    {0x4A, 0, false, sim_pthi_reset_reason},
    {0x4D, 0, false, sim_pthi_user_interfaces},
    {0x4E, 0, false, sim_pthi_config_server},
    {0x52, 4, false, sim_pthi_ipv6_lan},
    {0x56, 0, false, sim_pthi_fqdn},
    {0x58, 0, false, sim_pthi_redirection},
    {0x5B, ANY, true, set_fqdn},
    {0x5C, 0, false, sim_pthi_uuid},
    {0x5E, 0, true, stop_configuration},
    {0x67, 40, true, get_account},
    {0x6B, 0, false, get_mode},
    {0x84, 0, false, get_zero},
    {0x88, 0, true, disable_and_clear},
    {0x8B, ANY, true, start_host_based},
    {0x8E, 1, false, sim_pthi_cira_log},
    {ENGINE_STATE, 16, false, sim_pthi_engine_state},
};

static const struct entry *entry_of(uint32_t command)
{
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        uint32_t group = entries[i].command == ENGINE_STATE ? 0 : DEVICE_GROUP;
        if ((entries[i].command | group) == command)
            return &entries[i];
    }
    return NULL;
}

/* ---- framing ---- */

uint32_t sim_pthi_command(struct slice message)
{
    return message.size < SIM_PTHI_HEADER ? 0 : sim_pthi_u32_le(message.data + 4);
}

static uint32_t serve(struct sim_pthi *pthi, struct slice request, struct buffer *out)
{
    const struct entry *entry = entry_of(sim_pthi_command(request));
    struct slice payload = slice_from(request, SIM_PTHI_HEADER);
    if (request.data[0] != 1 || sim_pthi_u32_le(request.data + 8) != payload.size)
        return SIM_PTHI_INVALID_LENGTH;
    if (entry == NULL)
        return SIM_STATUS_UNSUPPORTED;
    if (entry->size != ANY && payload.size != (size_t)entry->size)
        return SIM_PTHI_INVALID_LENGTH;
    if (entry->needs_amt && pthi->machine->device.provisioning->switched_off)
        return SIM_PTHI_NOT_READY;
    return entry->answer(pthi, payload, out);
}

void sim_pthi_answer(struct sim_pthi *pthi, struct slice request, uint64_t now_ms,
                     struct buffer *reply)
{
    struct buffer body;
    if (request.size < SIM_PTHI_HEADER)
        return;
    pthi->now_ms = now_ms;
    buffer_init_secret(&body, SIM_PTHI_REPLY_MOST);
    uint32_t status = serve(pthi, request, &body);
    if (status != 0)
        buffer_clear(&body); /* the status is all that follows */
    buffer_put_u8(reply, 1);
    buffer_put_u8(reply, 1);
    buffer_put_u16_le(reply, 0);
    buffer_put_u32_le(reply, sim_pthi_command(request) | RESPONSE);
    buffer_put_u32_le(reply, (uint32_t)buffer_size(&body) + 4);
    buffer_put_u32_le(reply, status);
    buffer_put(reply, buffer_slice(&body));
    buffer_fini(&body);
}
