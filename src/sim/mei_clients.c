#include "sim/mei_clients.h"

#include "core/memory.h"
#include "sim/provisioning.h"

#include <openssl/evp.h>
#include <string.h>

/* ---- watchdog ---- */

static bool is_new(const struct sim_personality *firmware)
{
    return firmware->major > 16 || (firmware->major == 16 && firmware->minor >= 1);
}

static uint8_t flags_of(const struct sim_device *device)
{
    unsigned flags = 0;
    if (device->setup != SIM_SETUP_POST)
        flags |= SIM_WATCHDOG_ALLOWED;
    if (!device->provisioning->switched_off)
        flags |= SIM_WATCHDOG_ENABLED;
    if (is_new(device->personality))
        flags |= SIM_WATCHDOG_NEW;
    if (sim_provisioning_is_tls_only(device))
        flags |= SIM_WATCHDOG_TLS;
    return (uint8_t)flags;
}

static uint32_t switch_amt(struct sim_device *device, uint8_t wanted)
{
    if (!is_new(device->personality))
        return SIM_STATUS_UNSUPPORTED;
    if (wanted > 1)
        return SIM_STATUS_INVALID_PARAMETER;
    if (device->setup == SIM_SETUP_POST)
        return SIM_STATUS_NOT_PERMITTED;
    device->provisioning->switched_off = wanted == 0;
    return 0;
}

/* Command, bytes that follow the second byte, sub-command, version. */
void sim_watchdog_answer(struct sim_device *device, struct slice request, struct buffer *reply)
{
    static const uint8_t is_enabled[] = {0x05, 0x02, 0x51, 0x10};
    static const uint8_t change[] = {0x05, 0x02, 0x52, 0x10};
    static const uint8_t set_state[] = {0x05, 0x03, 0x53, 0x10};
    struct slice head = slice_first(request, 4);
    if (request.size == 4 && slice_equal(head, slice_of(is_enabled, 4))) {
        buffer_put_u8(reply, flags_of(device));
    } else if ((request.size == 4 && slice_equal(head, slice_of(change, 4))) ||
               (request.size == 5 && slice_equal(head, slice_of(set_state, 4)))) {
        uint32_t status = switch_amt(device, request.size == 5 ? request.data[4] : 1);
        buffer_put(reply, head);
        buffer_put_u32_le(reply, status);
    }
}

/* ---- UPID ---- */

enum {
    UPID_GET_SUPPORT,
    UPID_GET_STATE,
    UPID_SET_STATE,
    UPID_GET_CONTROL,
    UPID_SET_CONTROL,
    UPID_GET_ID,
    UPID_GET_COUNTER
};
enum { UPID_OK, UPID_UNSUPPORTED, UPID_INVALID };

#define PRINTABLE 2
#define ROM       3  /* place of its certificate in the chain */
#define BOUND     20 /* bytes of the identity */

bool sim_upid_exists(const struct sim_device *device)
{
    return device->personality->major >= 15;
}

/* Of the machine, and bound to the ROM's certificate where there is one (spec rpc 2.8). */
static void put_id(const struct sim_device *device, const struct sim_tls_keys *keys,
                   struct buffer *out)
{
    static const char oem[32] = "SIMULATED-PLATFORM";
    uint8_t digest[EVP_MAX_MD_SIZE], bound[32];
    unsigned size = 0;
    buffer_put_u32_le(out, PRINTABLE);
    buffer_put(out, slice_of(oem, sizeof(oem)));
    (void)EVP_Digest(device->guid.bytes, sizeof(device->guid.bytes), digest, &size, EVP_sha256(),
                     NULL);
    if (keys != NULL && sim_tls_keys_digest(keys, ROM, bound))
        memcpy(digest, bound, BOUND);
    buffer_put(out, slice_of(digest, 32));
}

static uint32_t serve_upid(struct sim_device *device, const struct sim_tls_keys *keys,
                           unsigned command, struct slice payload, struct buffer *out)
{
    switch (command) {
    case UPID_GET_SUPPORT:
        buffer_put_u8(out, 1);
        return UPID_OK;
    case UPID_GET_STATE:
        buffer_put_u8(out, device->provisioning->upid_is_off ? 0 : 1);
        return UPID_OK;
    case UPID_SET_STATE:
        if (payload.size != 1 || payload.data[0] > 1)
            return UPID_INVALID;
        device->provisioning->upid_is_off = payload.data[0] == 0;
        return UPID_OK;
    case UPID_GET_ID:
        put_id(device, keys, out);
        return UPID_OK;
    case UPID_GET_COUNTER:
        buffer_put_u32_le(out, 0);
        return UPID_OK;
    default:
        return UPID_UNSUPPORTED;
    }
}

/* Feature, command, length of what follows. */
void sim_upid_answer(struct sim_device *device, const struct sim_tls_keys *keys,
                     struct slice request, struct buffer *reply)
{
    struct buffer body;
    if (request.size < 4)
        return;
    size_t size = request.data[2] | (size_t)request.data[3] << 8;
    buffer_init(&body, 256);
    uint32_t status =
        request.data[0] != 0 || size != request.size - 4
            ? (uint32_t)UPID_INVALID
            : serve_upid(device, keys, request.data[1], slice_from(request, 4), &body);
    buffer_put_u8(reply, request.data[0]);
    buffer_put_u8(reply, request.data[1]);
    buffer_put_u16_le(reply, (uint16_t)(4 + buffer_size(&body)));
    buffer_put_u32_le(reply, status);
    buffer_put(reply, buffer_slice(&body));
    buffer_fini(&body);
}

/* ---- HOTHAM ---- */

void sim_flash_log_answer(const struct sim_device *device, struct slice request,
                          struct buffer *reply)
{
    static const uint8_t get_size[] = {0x06, 0x80, 0x00, 0x00};
    static const uint8_t get_data[] = {0x06, 0x81, 0x00, 0x00};
    static const uint8_t unknown[] = {0x06, 0x80, 0x00, 0x89};
    struct buffer log;
    buffer_init(&log, 1024);
    buffer_printf(&log, "simulated flash log, firmware %s.%s, %u set-ups\n",
                  device->personality->version, device->personality->build,
                  (unsigned)device->setups);
    if (slice_equal(request, slice_of(get_size, 4))) {
        buffer_put(reply, request);
        buffer_put_u32_le(reply, (uint32_t)buffer_size(&log));
    } else if (slice_equal(request, slice_of(get_data, 4))) {
        buffer_put(reply, request);
        buffer_put(reply, buffer_slice(&log));
    } else {
        buffer_put(reply, slice_of(unknown, 4));
    }
    buffer_fini(&log);
}
