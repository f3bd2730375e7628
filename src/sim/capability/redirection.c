/* The switches of redirection and of calls that a user starts, and the screens. */
#include "sim/capability/capability.h"

static enum sim_fault terminate(struct sim_call *call)
{
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault change_user_initiated(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state < 32768 || state > 32771) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    sim_call_store(call, "EnabledState", arena_printf(call->arena, "%u", (unsigned)state));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* Port 5900 cannot be opened any more, and there are three screens at most. */
static enum sim_fault check_kvm(struct sim_change *change)
{
    struct slice plain = wsman_xml_child_text(change->element, "Is5900PortEnabled");
    struct slice screen = wsman_xml_child_text(change->element, "DefaultScreen");
    uint64_t number;
    if (change->device->personality->ocr &&
        (slice_equal_string(plain, "true") || slice_equal_string(plain, "1")))
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (screen.size > 0 && !slice_to_u64(screen, 3, &number))
        return SIM_FAULT_INVALID_REPRESENTATION;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_redirection = {
    .methods =
        (const struct sim_method[]){
            {"AMT_RedirectionService", "TerminateSession", terminate},
            {"AMT_UserInitiatedConnectionService", "RequestStateChange", change_user_initiated},
            {"IPS_KVMRedirectionSettingData", "TerminateSession", terminate},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = "IPS_KVMRedirectionSettingData", .put = check_kvm},
            {.class = NULL},
        },
};
