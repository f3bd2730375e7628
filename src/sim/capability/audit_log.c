/* The audit log (spec device-protocols 6.7): what was done, read oldest first, ten at a time. */
#include "core/clock.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"

#include <stdlib.h>
#include <string.h>

#define PAGE        10
#define RECORD_MOST 64
#define ALMOST_FULL 90 /* percent */

static const char log_class[] = "AMT_AuditLog";

/* Two updates of the firmware, from 12.0.40.1433 to 12.0.36.1428: what a machine has in its log
 * before anything happens here. Recorded from a real one. */
static const struct sim_audit_record before[] = {
    {19, 0, "", 16, 0x3ff4cd6e, {0, 12, 0, 0, 0, 40, 5, 153, 0, 12, 0, 0, 0, 36, 5, 148}},
    {19, 0, "", 16, 0x3ff4cd6f, {0, 12, 0, 0, 0, 40, 5, 153, 0, 12, 0, 0, 0, 36, 5, 148}},
};
#define BEFORE (sizeof(before) / sizeof(before[0]))

static size_t total(const struct sim_device *device)
{
    return device->audit_count + (device->audits_cleared ? 0 : BEFORE);
}

/* `number` is 1 for the oldest. */
static const struct sim_audit_record *record(const struct sim_device *device, size_t number)
{
    size_t old = device->audits_cleared ? 0 : BEFORE;
    return number <= old ? &before[number - 1] : &device->audits[number - old - 1];
}

void sim_audit(struct sim_device *device, unsigned app, unsigned event, struct slice detail,
               uint64_t now_ms)
{
    if (!sim_audit_wants(device, app, event))
        return;
    if (device->audit_count == SIM_AUDITS_MOST) { /* full: the oldest gives way */
        memmove(device->audits, device->audits + 1,
                (SIM_AUDITS_MOST - 1) * sizeof(*device->audits));
        device->audit_count--;
        device->audits_cleared = true;
    } else if (device->audit_count % 16 == 0) {
        device->audits = memory_resize(device->audits, (size_t)(device->audit_count + 16) *
                                                           sizeof(*device->audits));
    }
    struct sim_audit_record *to = &device->audits[device->audit_count++];
    memset(to, 0, sizeof(*to));
    to->app = (uint16_t)app;
    to->event = (uint16_t)event;
    if (!device->caller.nobody)
        memcpy(to->user, device->caller.name, sizeof(to->user));
    to->time = (uint32_t)sim_clock(device, now_ms);
    to->detail_size = (uint8_t)(detail.size < SIM_DETAIL_MOST ? detail.size : SIM_DETAIL_MOST);
    if (to->detail_size > 0)
        memcpy(to->detail, detail.data, to->detail_size);
}

static void write_record(struct buffer *to, const struct sim_audit_record *from)
{
    struct buffer out;
    buffer_init(&out, RECORD_MOST);
    buffer_put_u16_be(&out, from->app);
    buffer_put_u16_be(&out, from->event);
    if (from->user[0] == '\0') {
        buffer_put_u8(&out, 2);
    } else {
        buffer_put_u8(&out, 0);
        buffer_put_u8(&out, (uint8_t)strlen(from->user));
        buffer_put_text(&out, from->user);
    }
    buffer_put_u32_be(&out, from->time);
    buffer_put_u8(&out, 2); /* no address */
    buffer_put_u8(&out, 0);
    buffer_put_u8(&out, from->detail_size);
    buffer_put(&out, slice_of(from->detail, from->detail_size));
    buffer_put(to, buffer_slice(&out));
    buffer_fini(&out);
}

static struct slice encode(struct arena *arena, const struct sim_audit_record *from)
{
    struct buffer out;
    buffer_init(&out, RECORD_MOST);
    write_record(&out, from);
    struct slice text = encoding_base64(arena, buffer_slice(&out));
    buffer_fini(&out);
    return text;
}

size_t sim_audit_write(const struct sim_device *device, struct buffer *out, uint32_t *first,
                       uint32_t *last)
{
    size_t count = total(device);
    for (size_t number = 1; number <= count; number++)
        write_record(out, record(device, number));
    *first = count == 0 ? 0 : record(device, 1)->time;
    *last = count == 0 ? 0 : record(device, count)->time;
    return count;
}

void sim_audit_tick(struct sim_device *device, uint64_t now_ms)
{
    if (device->audit_lock_ms != 0 && device->audit_lock_ms <= now_ms)
        device->audit_lock_ms = 0;
}

static void put_number(struct sim_call *call, const char *name, uint64_t value)
{
    sim_envelope_put(call->outputs, 'g', name,
                     slice_of_string(arena_printf(call->arena, "%llu", (unsigned long long)value)));
}

static enum sim_fault read_records(struct sim_call *call)
{
    uint64_t at;
    if (!sim_input_number(call->input, "StartIndex", UINT32_MAX, &at))
        return SIM_FAULT_SCHEMA_VALIDATION;
    size_t count = total(call->device);
    if (at == 0 || (at > count && count > 0)) {
        call->return_value = SIM_STATUS_INVALID_INDEX;
        return SIM_FAULT_NONE;
    }
    uint64_t end = at + PAGE > count + 1 ? count + 1 : at + PAGE;
    put_number(call, "TotalRecordCount", count);
    put_number(call, "RecordsReturned", end > at ? end - at : 0);
    for (; at < end; at++)
        sim_envelope_put(call->outputs, 'g', "EventRecords",
                         encode(call->arena, record(call->device, (size_t)at)));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault clear(struct sim_call *call)
{
    free(call->device->audits);
    call->device->audits = NULL;
    call->device->audit_count = 0;
    call->device->audits_cleared = true;
    sim_audit(call->device, 20, 0, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

bool sim_audit_is_locked(const struct sim_device *device, uint64_t now_ms)
{
    return device->audit_lock_ms > now_ms;
}

/* Flags of Intel's schema. The one between them lets the set-up end although the log is in use. */
enum { LOCK = 0, UNLOCK = 2, LOCK_MOST_S = 300 };

static enum sim_fault set_lock(struct sim_call *call)
{
    uint64_t flag, seconds = 0;
    if (!sim_input_number(call->input, "Flag", UINT32_MAX, &flag))
        return SIM_FAULT_SCHEMA_VALIDATION;
    bool given = sim_input_number(call->input, "LockTimeoutInSeconds", UINT32_MAX, &seconds);
    if (flag > UNLOCK || (flag != UNLOCK && (!given || seconds > LOCK_MOST_S))) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    call->device->audit_lock_ms = flag == LOCK ? call->now_ms + seconds * 1000 : 0;
    if (flag == LOCK)
        put_number(call, "Handle", 1);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault change_state(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state != 2 && state != 3) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    sim_call_store(call, "EnabledState", state == 2 ? "2" : "3");
    call->device->audit_disabled = state == 3;
    sim_audit(call->device, 20, state == 2 ? 3 : 2, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static void read_log(const struct sim_device *device, struct sim_instance *instance)
{
    size_t count = total(device);
    sim_instance_set(instance, "CurrentNumberOfRecords",
                     arena_printf(instance->arena, "%zu", count));
    sim_instance_set(instance, "PercentageFree",
                     arena_printf(instance->arena, "%zu",
                                  100 - device->audit_count * (size_t)100 / SIM_AUDITS_MOST));
    unsigned used = device->audit_count * 100u / SIM_AUDITS_MOST;
    unsigned state = (device->audit_disabled ? 1u : 0) | (device->audit_lock_ms > 0 ? 2u : 0) |
                     (used >= ALMOST_FULL ? 4u : 0) | (used == 100 ? 8u : 0) |
                     (device->audit_key == NULL ? 16u : 0);
    sim_instance_set(instance, "AuditState", arena_printf(instance->arena, "%u", state));
    char text[CLOCK_TEXT_SIZE];
    if (count > 0) {
        clock_format((int64_t)record(device, count)->time * 1000, text);
        sim_instance_set(instance, "TimeOfLastRecord",
                         arena_printf(instance->arena, "%.19sZ", text));
    }
}

const struct sim_capability sim_audit_log = {
    .methods =
        (const struct sim_method[]){
            {log_class, "ClearLog", clear},
            {log_class, "ReadRecords", read_records},
            {log_class, "RequestStateChange", change_state},
            {log_class, "SetAuditLock", set_lock},
            {NULL, NULL, NULL},
        },
    .readers = (const struct sim_reader[]){{log_class, read_log}, {NULL, NULL}},
};
