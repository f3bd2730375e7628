#include "sim/method.h"

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

struct method {
    const char *class;
    const char *name;
    enum sim_fault (*run)(struct sim_call *call);
};

static const struct method methods[] = {
    {"CIM_BootConfigSetting", "ChangeBootOrder", change_boot_order},
    {"CIM_BootService", "RequestStateChange", change_boot_service},
    {"CIM_BootService", "SetBootConfigRole", set_boot_role},
    {"CIM_PowerManagementService", "RequestPowerStateChange", request_power},
    {"IPS_PowerManagementService", "RequestOSPowerSavingStateChange", request_os_power},
};

enum sim_fault sim_method_run(const struct wsman_class *class, const struct wsman_method *method,
                              struct sim_call *call)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].class, class->name) == 0 &&
            strcmp(methods[i].name, method->name) == 0)
            return methods[i].run(call);
    }
    return SIM_FAULT_ACTION_NOT_SUPPORTED;
}
