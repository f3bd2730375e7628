#include "sim/method.h"

#include "core/encoding.h"

#include <string.h>

static bool number_of(const struct wsman_xml *input, const char *name, uint64_t max,
                      uint64_t *value)
{
    return slice_to_u64(wsman_xml_child_text(input, name), max, value);
}

static struct slice last_segment(struct slice uri)
{
    for (size_t i = uri.size; i > 0; i--) {
        if (uri.data[i - 1] == '/')
            return slice_from(uri, i);
    }
    return uri;
}

static struct slice attribute(const struct wsman_xml *node, const char *name)
{
    for (const struct wsman_xml_attribute *at = node->attributes; at != NULL; at = at->next) {
        if (slice_equal_string(at->name, name))
            return at->value;
    }
    return (struct slice){0};
}

bool sim_reference_is(const struct wsman_xml *reference, const char *class, const char *selector,
                      struct slice *value)
{
    const struct wsman_xml *parameters = wsman_xml_child(reference, "ReferenceParameters");
    struct slice uri = wsman_xml_child_text(parameters, "ResourceURI");
    const struct wsman_class *found = wsman_class_of_uri(uri);
    if (found == NULL || !slice_equal_string(last_segment(uri), class))
        return false;
    const struct wsman_xml *set = wsman_xml_child(parameters, "SelectorSet");
    for (const struct wsman_xml *at = wsman_xml_child(set, "Selector"); at != NULL;
         at = wsman_xml_again(at)) {
        if (slice_equal_string(attribute(at, "Name"), selector)) {
            *value = slice_trim(at->text);
            return true;
        }
    }
    return false;
}

static bool is_managed_system(const struct wsman_xml *input)
{
    struct slice name;
    return sim_reference_is(wsman_xml_child(input, "ManagedElement"), "CIM_ComputerSystem", "Name",
                            &name) &&
           slice_equal_string(name, "ManagedSystem");
}

static enum sim_fault request_power(struct sim_call *call)
{
    uint64_t state;
    if (!number_of(call->input, "PowerState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (wsman_xml_child(call->input, "Time") != NULL ||
        wsman_xml_child(call->input, "TimeoutPeriod") != NULL)
        call->return_value = SIM_TIMEOUT_UNSUPPORTED;
    else if (!is_managed_system(call->input))
        call->return_value = SIM_INVALID_PARAMETER;
    else
        call->return_value = sim_device_power(call->device, (uint32_t)state, call->now_ms);
    return SIM_FAULT_NONE;
}

static enum sim_fault request_os_power(struct sim_call *call)
{
    uint64_t state;
    if (!number_of(call->input, "OSPowerSavingState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if ((state != 2 && state != 3) || !is_managed_system(call->input) ||
        call->device->power != SIM_POWER_ON) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    call->device->os_saving = (uint8_t)state;
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* The text of the personality's own table, which outlives the request. */
static const char *boot_source_of(const struct sim_device *device, struct slice id)
{
    const struct sim_personality_instance *instance = device->personality->instances;
    for (; instance->class != NULL; instance++) {
        if (strcmp(instance->class, "CIM_BootSourceSetting") != 0)
            continue;
        for (const struct sim_personality_value *value = instance->values; value->name != NULL;
             value++) {
            if (strcmp(value->name, "InstanceID") == 0 && slice_equal_string(id, value->text))
                return value->text;
        }
    }
    return NULL;
}

static enum sim_fault change_boot_order(struct sim_call *call)
{
    const struct wsman_xml *source = wsman_xml_child(call->input, "Source");
    call->return_value = SIM_OK;
    if (source == NULL) {
        call->device->boot_source = NULL;
        return SIM_FAULT_NONE;
    }
    struct slice id;
    const char *found = NULL;
    if (sim_reference_is(source, "CIM_BootSourceSetting", "InstanceID", &id))
        found = boot_source_of(call->device, id);
    if (found == NULL)
        call->return_value = SIM_INVALID_PARAMETER;
    else
        call->device->boot_source = found;
    return SIM_FAULT_NONE;
}

static enum sim_fault set_boot_role(struct sim_call *call)
{
    uint64_t role;
    struct slice id;
    if (!number_of(call->input, "Role", UINT16_MAX, &role))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if ((role != 1 && role != 32768) ||
        !sim_reference_is(wsman_xml_child(call->input, "BootConfigSetting"),
                          "CIM_BootConfigSetting", "InstanceID", &id) ||
        !slice_equal_string(id, "Intel(r) AMT: Boot Configuration 0")) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    call->device->boot_role = role == 1;
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault change_boot_service(struct sim_call *call)
{
    uint64_t state;
    if (!number_of(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (!call->device->personality->ocr) {
        call->return_value = SIM_NOT_SUPPORTED;
    } else if (state < 32768 || state > 32771) {
        call->return_value = SIM_INVALID_PARAMETER;
    } else {
        call->device->boot_service_state = (uint32_t)state;
        call->return_value = SIM_OK;
    }
    return SIM_FAULT_NONE;
}

/* ---- set-up ---- */

static enum sim_fault unprovision(struct sim_call *call)
{
    uint64_t mode;
    bool given = wsman_xml_child(call->input, "ProvisioningMode") != NULL;
    if (given && !number_of(call->input, "ProvisioningMode", UINT32_MAX, &mode))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (given && mode != 1) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    sim_device_unprovision(call->device, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_uuid(struct sim_call *call)
{
    uint8_t raw[16];
    guid_to_smbios(&call->device->guid, raw);
    sim_envelope_put(call->outputs, 'g', "UUID",
                     encoding_base64(call->arena, slice_of(raw, sizeof(raw))));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault succeed(struct sim_call *call)
{
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* Only while a machine is being set up. */
static enum sim_fault refuse(struct sim_call *call)
{
    call->return_value = SIM_STATUS_NOT_PERMITTED;
    return SIM_FAULT_NONE;
}

/* ---- redirection ---- */

static enum sim_fault store_state(struct sim_call *call, const char *text)
{
    struct sim_instance instance;
    if (!sim_instance_read(call->device, call->class, 0, call->arena, &instance))
        return SIM_FAULT_INTERNAL;
    const struct wsman_property *property =
        wsman_property_find(call->class, SLICE_LITERAL("EnabledState"));
    sim_device_forget(call->device, instance.table, property);
    sim_device_store(call->device, instance.table, property, slice_of_string(text));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault change_redirection(struct sim_call *call)
{
    uint64_t state;
    if (!number_of(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state >= 32768 && state <= 32771)
        return store_state(call, arena_printf(call->arena, "%u", (unsigned)state));
    call->return_value = SIM_INVALID_PARAMETER;
    return SIM_FAULT_NONE;
}

/* 2 switches it on: enabled, but without a session it shows as 6. */
static enum sim_fault change_kvm(struct sim_call *call)
{
    uint64_t state;
    if (!number_of(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state == 2 || state == 3)
        return store_state(call, state == 2 ? "6" : "3");
    call->return_value = SIM_INVALID_PARAMETER;
    return SIM_FAULT_NONE;
}

struct method {
    const char *class;
    const char *name;
    enum sim_fault (*run)(struct sim_call *call);
};

static const struct method methods[] = {
    {"AMT_RedirectionService", "RequestStateChange", change_redirection},
    {"AMT_SetupAndConfigurationService", "CommitChanges", succeed},
    {"AMT_SetupAndConfigurationService", "GetUnprovisionBlockingComponents", succeed},
    {"AMT_SetupAndConfigurationService", "GetUuid", get_uuid},
    {"AMT_SetupAndConfigurationService", "PartialUnprovision", unprovision},
    {"AMT_SetupAndConfigurationService", "SetMEBxPassword", refuse},
    {"AMT_SetupAndConfigurationService", "Unprovision", unprovision},
    {"CIM_KVMRedirectionSAP", "RequestStateChange", change_kvm},
    {"CIM_BootConfigSetting", "ChangeBootOrder", change_boot_order},
    {"CIM_BootService", "RequestStateChange", change_boot_service},
    {"CIM_BootService", "SetBootConfigRole", set_boot_role},
    {"CIM_PowerManagementService", "RequestPowerStateChange", request_power},
    {"IPS_PowerManagementService", "RequestOSPowerSavingStateChange", request_os_power},
};

enum sim_fault sim_method_run(const struct wsman_class *class, const struct wsman_method *method,
                              struct sim_call *call)
{
    call->class = class;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].class, class->name) == 0 &&
            strcmp(methods[i].name, method->name) == 0)
            return methods[i].run(call);
    }
    return SIM_FAULT_ACTION_NOT_SUPPORTED;
}
