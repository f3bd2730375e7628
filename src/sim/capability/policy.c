/* The power scheme, and whether Kerberos tickets are kept. */
#include "sim/capability/capability.h"
#include "sim/object.h"

static const char kerberos[] = "AMT_KerberosSettingData";
static const char schemes[] = "AMT_SystemPowerScheme";

static enum sim_fault get_cache(struct sim_call *call)
{
    sim_envelope_put(call->outputs, 'g', "Enabled",
                     call->device->kerberos_cached ? SLICE_LITERAL("true")
                                                   : SLICE_LITERAL("false"));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault set_cache(struct sim_call *call)
{
    struct slice on = wsman_xml_child_text(call->input, "Enable");
    if (!slice_equal_string(on, "true") && !slice_equal_string(on, "false"))
        return SIM_FAULT_SCHEMA_VALIDATION;
    call->device->kerberos_cached = slice_equal_string(on, "true");
    sim_audit(call->device, 16, 13, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault set_scheme(struct sim_call *call)
{
    struct slice wanted = wsman_xml_child_text(call->input, "SchemeGUID");
    if (sim_object_find(call->device, schemes, "SchemeGUID", wanted) == NULL) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    sim_audit(call->device, 16, 16, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_policies = {
    .methods =
        (const struct sim_method[]){
            {kerberos, "GetCredentialCacheState", get_cache},
            {kerberos, "SetCredentialCacheState", set_cache},
            {schemes, "SetPowerScheme", set_scheme},
            {NULL, NULL, NULL},
        },
};
