/* The firmware's clock (spec device-classes 3, AMT_TimeSynchronizationService). */
#include "sim/capability/capability.h"

static const char service[] = "AMT_TimeSynchronizationService";

uint64_t sim_clock(const struct sim_device *device, uint64_t now_ms)
{
    return device->clock_base + now_ms / 1000;
}

static enum sim_fault get_time(struct sim_call *call)
{
    unsigned long long now = sim_clock(call->device, call->now_ms);
    sim_envelope_put(call->outputs, 'g', "Ta0",
                     slice_of_string(arena_printf(call->arena, "%llu", now)));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* Ta0 is what GetLowAccuracyTimeSynch said, Tm1 the caller's time when it read that, Tm2 when it
 * sent this. */
static enum sim_fault set_time(struct sim_call *call)
{
    uint64_t ta0, tm1, tm2;
    if (!sim_input_number(call->input, "Ta0", UINT32_MAX, &ta0) ||
        !sim_input_number(call->input, "Tm1", UINT32_MAX, &tm1) ||
        !sim_input_number(call->input, "Tm2", UINT32_MAX, &tm2))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (tm2 < tm1 || tm2 < call->now_ms / 1000) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    call->device->clock_base = tm2 - call->now_ms / 1000;
    sim_alarm_plan(call->device, call->now_ms);
    const uint8_t detail[] = {(uint8_t)(tm2 >> 24), (uint8_t)(tm2 >> 16), (uint8_t)(tm2 >> 8),
                              (uint8_t)tm2};
    sim_audit(call->device, 21, 0, slice_of(detail, sizeof(detail)), call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault enable_local(struct sim_call *call)
{
    uint64_t on;
    if (!sim_input_number(call->input, "Enable", 1, &on))
        return SIM_FAULT_SCHEMA_VALIDATION;
    sim_call_store(call, "LocalTimeSyncEnabled", on == 1 ? "1" : "0");
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_time = {
    .methods =
        (const struct sim_method[]){
            {service, "EnableLocalTimeSync", enable_local},
            {service, "GetLowAccuracyTimeSynch", get_time},
            {service, "SetHighAccuracyTimeSynch", set_time},
            {NULL, NULL, NULL},
        },
};
