/* The log of remote access that PTHI gives (spec rpc 2.6): 2781 bytes, whatever happened. */
#include "sim/cira.h"
#include "sim/mei_pthi.h"
#include "sim/mei_pthi_field.h"

#include <stdlib.h>

#define NAME_SIZE    256
#define FAILED_SIZE  2208
#define PERIODIC     2
#define AUTHENTICATE 1 /* by password */

static void put_name(struct buffer *out, struct slice name)
{
    name = slice_first(name, NAME_SIZE - 1);
    buffer_put(out, name);
    sim_pthi_put_zeros(out, NAME_SIZE - name.size);
}

/* The firmware's clock. */
static uint32_t clock_of(const struct sim_pthi *pthi, uint64_t at_ms)
{
    return (uint32_t)(pthi->machine->device.clock_base + at_ms / 1000);
}

static void put_summary(const struct sim_pthi *pthi, struct buffer *out)
{
    const struct sim_device *device = &pthi->machine->device;
    const struct sim_remote_access *record = &device->remote_access;
    bool opened = record->opened_ms != 0;
    buffer_put_u8(out, device->tunnel_is_up ? 1 : 0);
    buffer_put_u8(out, device->tunnel_is_up ? 2 : 0);
    sim_pthi_put_zeros(out, 3);
    buffer_put_u32_le(out, device->tunnel_is_up ? clock_of(pthi, pthi->now_ms) : 0);
    buffer_put_u32_le(out, device->tunnel_is_up ? record->interval_s : 0);
    buffer_put_u8(out, record->failures > 0 ? 1 : 0);
    buffer_put_u32_le(out, record->tried_ms == 0 ? 0 : clock_of(pthi, record->tried_ms));
    buffer_put_u8(out, 0);
    buffer_put_u32_le(out, opened ? clock_of(pthi, record->opened_ms) : 0);
    buffer_put_u32_le(out, record->closed_ms == 0 ? 0 : clock_of(pthi, record->closed_ms));
}

/* When a tunnel ended, and by whom it was ended. */
static void put_closure(const struct sim_pthi *pthi, struct buffer *out)
{
    uint64_t closed_ms = pthi->machine->device.remote_access.closed_ms;
    buffer_put_u32_le(out, closed_ms == 0 ? 0 : clock_of(pthi, closed_ms));
    sim_pthi_put_zeros(out, 6);
}

static void put_tunnel(const struct sim_pthi *pthi, struct buffer *out)
{
    const struct sim_device *device = &pthi->machine->device;
    const struct sim_remote_access *record = &device->remote_access;
    struct sim_cira_plan plan = {0};
    bool valid = record->opened_ms != 0;
    (void)sim_cira_plan(device, &plan);
    buffer_put_u8(out, valid ? 1 : 0);
    buffer_put_u32_le(out, valid ? clock_of(pthi, record->opened_ms) : 0);
    buffer_put_u8(out, valid ? PERIODIC : 0);
    sim_pthi_put_zeros(out, 3);
    put_name(out, valid ? plan.host : (struct slice){0});
    buffer_put_u8(out, 0); /* no proxy */
    sim_pthi_put_zeros(out, NAME_SIZE);
    buffer_put_u8(out, valid ? AUTHENTICATE : 0);
    buffer_put_u8(out, 0); /* by the wired interface */
    sim_pthi_put_zeros(out, 3);
    buffer_put_u32_le(out, device->tunnel_is_up ? clock_of(pthi, pthi->now_ms) : 0);
    buffer_put_u32_le(out, valid ? record->interval_s : 0);
    put_closure(pthi, out);
}

/* The interfaces of a call that failed are not told apart: all of it but time and host is 0. */
static void put_failed(const struct sim_pthi *pthi, struct buffer *out)
{
    const struct sim_remote_access *record = &pthi->machine->device.remote_access;
    struct sim_cira_plan plan = {0};
    bool valid = record->failures > 0;
    (void)sim_cira_plan(&pthi->machine->device, &plan);
    buffer_put_u8(out, valid ? 1 : 0);
    buffer_put_u32_le(out, valid ? clock_of(pthi, record->tried_ms) : 0);
    buffer_put_u8(out, valid ? PERIODIC : 0);
    sim_pthi_put_zeros(out, 3);
    put_name(out, valid ? plan.host : (struct slice){0});
    sim_pthi_put_zeros(out, FAILED_SIZE - NAME_SIZE - 9);
}

uint32_t sim_pthi_cira_log(struct sim_pthi *pthi, struct slice payload, struct buffer *out)
{
    if (payload.data[0] != 0)
        return SIM_STATUS_INVALID_PARAMETER;
    buffer_put_u8(out, 1);
    put_summary(pthi, out);
    put_tunnel(pthi, out);
    put_failed(pthi, out);
    return 0;
}
