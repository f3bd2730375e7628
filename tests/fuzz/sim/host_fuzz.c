/* Any keys at any time for the simulated machine: each byte of the input says what comes next, a
 * key of the keyboard, bytes of the serial line, time, a power request, somebody who looks. */
#include "sim/host.h"

#include "core/cursor.h"
#include "sim/capability/capability.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void act(struct sim_device *device, struct cursor *from, uint64_t *now_ms, bool *looks)
{
    struct sim_host *host = sim_host_of(device, *now_ms);
    uint8_t what = cursor_u8(from), with = cursor_u8(from);
    switch (what % 8) {
    case 0:
        sim_host_key(host, (what & 8) == 0, with, *now_ms);
        break;
    case 1:
        sim_host_key(host, (what & 8) == 0, 0xFF00u | with, *now_ms);
        break;
    case 2:
        sim_host_type(host, cursor_bytes(from, with % 16), *now_ms);
        break;
    case 3:
        *now_ms += with * 4u;
        sim_device_tick(device, *now_ms);
        break;
    case 4:
        (void)sim_device_power(device, with % 16, *now_ms);
        break;
    case 5:
        sim_host_leave(host);
        *looks = (with & 1) != 0;
        if (*looks)
            (void)sim_host_look(host, with % 4);
        break;
    case 6:
        sim_host_mouse(host, 0, (uint16_t)(with * 8), (uint16_t)(with * 3));
        break;
    default:
        sim_host_plug(host, (with & 1) != 0);
        sim_host_break(host);
        break;
    }
    if (sim_host_said(host).size > 16384)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guid guid = {{1, 2, 3}};
    struct sim_device device;
    struct cursor from = cursor_of(slice_of(data, size));
    uint64_t now_ms = 0;
    bool looks = false;
    sim_device_init(&device, &sim_personality_16, &guid, 1);
    device.screens = 2;
    device.power_delay_ms = 10;
    while (from.left > 0 && cursor_ok(&from)) {
        act(&device, &from, &now_ms, &looks);
        sim_device_tick(&device, now_ms);
        if (sim_device_due(&device) <= now_ms)
            abort(); /* would spin */
    }
    sim_device_fini(&device);
    return 0;
}
