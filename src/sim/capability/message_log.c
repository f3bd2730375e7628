/* The event log (spec device-protocols 6.7): records are read newest first. */
#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"

#include <stdlib.h>
#include <string.h>

/* Return values of the class (spec device-protocols 5.4). */
enum { INVALID_RECORD = 2, NO_RECORD = 3 };

static const char log_class[] = "AMT_MessageLog";

/* What a machine has in its log before anything happens here, newest first: a wrong password, and
 * twice the start of the host's firmware. Recorded from a real one. */
static const uint8_t before[][SIM_EVENT_SIZE] = {
    {0x63, 0xc8, 0x98, 0x65, 0xff, 0x06, 0x6f, 0x05, 0x68, 0x10, 0xff,
     0x26, 0x61, 0xaa, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
    {0x22, 0x06, 0x01, 0x65, 0xff, 0x0f, 0x6f, 0x02, 0x68, 0x01, 0xff,
     0x22, 0x00, 0x40, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
    {0x22, 0x06, 0x01, 0x65, 0xff, 0x0f, 0x6f, 0x02, 0x68, 0x01, 0xff,
     0x22, 0x00, 0x40, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
};
#define BEFORE (sizeof(before) / sizeof(before[0]))

static size_t total(const struct sim_device *device)
{
    return device->event_count + (device->events_cleared ? 0 : BEFORE);
}

/* `number` is 1 for the newest. */
static const uint8_t *record(const struct sim_device *device, size_t number)
{
    if (number <= device->event_count)
        return device->events[device->event_count - number];
    return before[number - device->event_count - 1];
}

/* The fields after the time. */
static void add(struct sim_device *device, const uint8_t fields[SIM_EVENT_SIZE - 4],
                uint64_t now_ms)
{
    uint64_t time = sim_clock(device, now_ms);
    if (device->events_frozen)
        return;
    if (device->event_count == SIM_EVENTS_MOST) {
        memmove(device->events[0], device->events[1],
                (size_t)(SIM_EVENTS_MOST - 1) * SIM_EVENT_SIZE);
        device->event_count--;
    } else if (device->event_count % 16 == 0) {
        device->events =
            memory_resize(device->events, (size_t)(device->event_count + 16) * SIM_EVENT_SIZE);
    }
    uint8_t *to = device->events[device->event_count++];
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(time >> 8 * i);
    memcpy(to + 4, fields, SIM_EVENT_SIZE - 4);
}

void sim_message_log_boot(struct sim_device *device, uint64_t now_ms)
{
    /* sensor 15, progress: memory initialization, then the start of the operating system */
    static const uint8_t memory[] = {0xff, 0x0f, 0x6f, 0x02, 0x68, 0x01, 0xff, 0x22, 0,
                                     0x40, 0x01, 0,    0,    0,    0,    0,    0};
    static const uint8_t system[] = {0xff, 0x0f, 0x6f, 0x02, 0x68, 0x01, 0xff, 0x22, 0,
                                     0x40, 0x13, 0,    0,    0,    0,    0,    0};
    add(device, memory, now_ms);
    add(device, system, now_ms);
}

void sim_message_log_attack(struct sim_device *device, unsigned times, uint64_t now_ms)
{
    /* sensor 6, as recorded: "Authentication failed 10 times." */
    const uint8_t failed[] = {0xff,
                              0x06,
                              0x6f,
                              0x05,
                              0x68,
                              0x10,
                              0xff,
                              0x26,
                              0x61,
                              0xaa,
                              (uint8_t)times,
                              (uint8_t)(times >> 8),
                              0,
                              0,
                              0,
                              0,
                              0};
    add(device, failed, now_ms);
}

void sim_message_log_agent(struct sim_device *device, struct slice id, unsigned state,
                           uint64_t now_ms)
{
    /* sensor 18: the first bytes of the agent's GUID, and the state */
    uint8_t fields[SIM_EVENT_SIZE - 4] = {0xff, 0x12, 0x6f, 0x01, 0x68, 0x01, 0xff, 0x22, 0, 0xaa};
    struct guid guid;
    if (guid_parse(id, &guid))
        memcpy(fields + 10, guid.bytes, 6);
    fields[16] = (uint8_t)state;
    add(device, fields, now_ms);
}

static void put_number(struct sim_call *call, const char *name, uint64_t value)
{
    sim_envelope_put(call->outputs, 'g', name,
                     slice_of_string(arena_printf(call->arena, "%llu", (unsigned long long)value)));
}

static void put_record(struct sim_call *call, const char *name, size_t number)
{
    sim_envelope_put(
        call->outputs, 'g', name,
        encoding_base64(call->arena, slice_of(record(call->device, number), SIM_EVENT_SIZE)));
}

static enum sim_fault to_first(struct sim_call *call)
{
    bool any = total(call->device) > 0;
    put_number(call, "IterationIdentifier", any ? 1 : 0);
    call->return_value = any ? SIM_OK : NO_RECORD;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_records(struct sim_call *call)
{
    uint64_t at, most;
    if (!sim_input_number(call->input, "IterationIdentifier", UINT32_MAX, &at) ||
        !sim_input_number(call->input, "MaxReadRecords", UINT32_MAX, &most))
        return SIM_FAULT_SCHEMA_VALIDATION;
    size_t count = total(call->device);
    if (at == 0 || at > count) {
        call->return_value = at == 0 ? INVALID_RECORD : NO_RECORD;
        return SIM_FAULT_NONE;
    }
    if (most > SIM_EVENTS_MOST)
        most = SIM_EVENTS_MOST;
    uint64_t end = at + most > count + 1 ? count + 1 : at + most;
    put_number(call, "IterationIdentifier", end > count ? count : end);
    sim_envelope_put(call->outputs, 'g', "NoMoreRecords",
                     end > count ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
    for (; at < end; at++)
        put_record(call, "RecordArray", (size_t)at);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_record(struct sim_call *call)
{
    uint64_t at;
    if (!sim_input_number(call->input, "IterationIdentifier", UINT32_MAX, &at))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (at == 0 || at > total(call->device)) {
        call->return_value = at == 0 ? INVALID_RECORD : NO_RECORD;
        return SIM_FAULT_NONE;
    }
    bool next = slice_equal_string(wsman_xml_child_text(call->input, "PositionToNext"), "true");
    put_number(call, "IterationIdentifier", next ? at + 1 : at);
    put_number(call, "RecordNumber", at);
    put_record(call, "RecordData", (size_t)at);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* Absolutely, or by so many records from where the iteration is. */
static enum sim_fault to_record(struct sim_call *call)
{
    struct slice text = wsman_xml_child_text(call->input, "RecordNumber");
    struct slice absolute = wsman_xml_child_text(call->input, "MoveAbsolute");
    bool back = text.size > 0 && text.data[0] == '-';
    uint64_t at, number;
    if (!sim_input_number(call->input, "IterationIdentifier", UINT32_MAX, &at) ||
        !slice_to_u64(slice_from(text, back ? 1 : 0), INT32_MAX, &number))
        return SIM_FAULT_SCHEMA_VALIDATION;
    bool from_start = slice_equal_string(absolute, "true") || slice_equal_string(absolute, "1");
    uint64_t wanted = from_start ? (back ? 0 : number)
                      : back     ? (number < at ? at - number : 0)
                                 : at + number;
    if (wanted == 0 || wanted > total(call->device)) {
        call->return_value = NO_RECORD;
        return SIM_FAULT_NONE;
    }
    put_number(call, "IterationIdentifier", wanted);
    put_number(call, "RecordNumber", wanted);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault refuse_state(struct sim_call *call)
{
    call->return_value = SIM_NOT_SUPPORTED;
    return SIM_FAULT_NONE;
}

static enum sim_fault clear(struct sim_call *call)
{
    call->device->event_count = 0;
    call->device->events_cleared = true;
    free(call->device->events);
    call->device->events = NULL;
    sim_audit(call->device, 24, 2, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault freeze(struct sim_call *call)
{
    struct slice on = wsman_xml_child_text(call->input, "Freeze");
    if (!slice_equal_string(on, "true") && !slice_equal_string(on, "false"))
        return SIM_FAULT_SCHEMA_VALIDATION;
    call->device->events_frozen = slice_equal_string(on, "true");
    sim_audit(call->device, 24, 3, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault cancel(struct sim_call *call)
{
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static void read_log(const struct sim_device *device, struct sim_instance *instance)
{
    unsigned count = (unsigned)total(device);
    sim_instance_set(instance, "CurrentNumberOfRecords",
                     arena_printf(instance->arena, "%u", count));
    sim_instance_set(instance, "PercentageNearFull",
                     arena_printf(instance->arena, "%u", count * 100 / SIM_EVENTS_MOST));
    sim_instance_set(instance, "IsFrozen", device->events_frozen ? "true" : "false");
}

const struct sim_capability sim_message_log = {
    .methods =
        (const struct sim_method[]){
            {log_class, "CancelIteration", cancel},
            {log_class, "ClearLog", clear},
            {log_class, "FreezeLog", freeze},
            {log_class, "GetRecord", get_record},
            {log_class, "GetRecords", get_records},
            {log_class, "PositionAtRecord", to_record},
            {log_class, "PositionToFirstRecord", to_first},
            {log_class, "RequestStateChange", refuse_state},
            {NULL, NULL, NULL},
        },
    .readers = (const struct sim_reader[]){{log_class, read_log}, {NULL, NULL}},
};
