#include "sim/method.h"

#include "core/encoding.h"
#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>

bool sim_input_number(const struct wsman_xml *input, const char *name, uint64_t max,
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

struct slice sim_reference_text(struct arena *arena, const struct wsman_xml *reference)
{
    const struct wsman_xml *parameters = wsman_xml_child(reference, "ReferenceParameters");
    const struct wsman_class *class =
        wsman_class_of_uri(wsman_xml_child_text(parameters, "ResourceURI"));
    if (class == NULL)
        return (struct slice){0};
    const char *text = arena_printf(arena, "%s", class->name);
    char separator = '?';
    const struct wsman_xml *set = wsman_xml_child(parameters, "SelectorSet");
    for (const struct wsman_xml *at = wsman_xml_child(set, "Selector"); at != NULL;
         at = wsman_xml_again(at)) {
        text = arena_printf(arena, "%s%c%.*s=%.*s", text, separator,
                            SLICE_ARG(attribute(at, "Name")), SLICE_ARG(slice_trim(at->text)));
        separator = '&';
    }
    return slice_of_string(text);
}

static bool has_selectors(const struct sim_device *device,
                          const struct sim_personality_instance *instance, struct slice selectors)
{
    while (selectors.size > 0) {
        struct slice value = slice_split(&selectors, '&');
        struct slice name = slice_split(&value, '=');
        const struct wsman_property *property =
            wsman_property_find(wsman_class_find(slice_of_string(instance->class)), name);
        if (property == NULL ||
            !slice_equal(sim_object_get(device, instance, property->name), value))
            return false;
    }
    return true;
}

const struct sim_personality_instance *sim_reference_find(const struct sim_device *device,
                                                          struct slice text)
{
    const struct wsman_class *class = wsman_class_find(slice_split(&text, '?'));
    struct sim_walk walk = {.device = device};
    if (class == NULL || text.size == 0)
        return NULL;
    const struct sim_personality_instance *instance = sim_walk_next_of(&walk, class->name);
    while (instance != NULL && !has_selectors(device, instance, text))
        instance = sim_walk_next_of(&walk, class->name);
    return instance;
}

void sim_call_store(struct sim_call *call, const char *name, const char *text)
{
    sim_object_set(call->device, call->instance->table, name, slice_of_string(text));
}

void sim_call_put_reference(struct sim_call *call, const char *name, const char *text)
{
    buffer_printf(call->outputs, "<g:%s>", name);
    sim_envelope_put_reference(call->outputs, slice_of_string(text));
    buffer_printf(call->outputs, "</g:%s>", name);
}

static bool is_managed_system(const struct wsman_xml *input)
{
    struct slice name;
    return sim_reference_is(wsman_xml_child(input, "ManagedElement"), "CIM_ComputerSystem", "Name",
                            &name) &&
           slice_equal_string(name, "ManagedSystem");
}

/* Events of application 17, "RCO" (spec mps A.3). */
static void audit_power(struct sim_call *call, uint32_t state)
{
    static const uint8_t events[] = {
        [SIM_POWER_ON] = 0,        [SIM_POWER_SLEEP] = 7,        [SIM_POWER_CYCLE] = 2,
        [SIM_POWER_HIBERNATE] = 8, [SIM_POWER_OFF] = 1,          [SIM_POWER_RESET] = 3,
        [SIM_POWER_NMI] = 9,       [SIM_POWER_OFF_GRACEFUL] = 5, [SIM_POWER_RESET_GRACEFUL] = 6,
    };
    if (state < sizeof(events))
        sim_audit(call->device, 17, events[state], (struct slice){0}, call->now_ms);
}

static enum sim_fault request_power(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "PowerState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (wsman_xml_child(call->input, "Time") != NULL ||
        wsman_xml_child(call->input, "TimeoutPeriod") != NULL)
        call->return_value = SIM_TIMEOUT_UNSUPPORTED;
    else if (!is_managed_system(call->input))
        call->return_value = SIM_INVALID_PARAMETER;
    else
        call->return_value = sim_device_power(call->device, (uint32_t)state, call->now_ms);
    if (call->return_value == SIM_OK)
        audit_power(call, (uint32_t)state);
    return SIM_FAULT_NONE;
}

static enum sim_fault request_os_power(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "OSPowerSavingState", UINT16_MAX, &state))
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

static const struct sim_method methods[] = {
    {"CIM_PowerManagementService", "RequestPowerStateChange", request_power},
    {"IPS_PowerManagementService", "RequestOSPowerSavingStateChange", request_os_power},
    {NULL, NULL, NULL},
};

static const struct sim_method *find(const struct sim_method *method, const char *class,
                                     const char *name)
{
    while (method != NULL && method->class != NULL &&
           (strcmp(method->class, class) != 0 || strcmp(method->name, name) != 0))
        method++;
    return method != NULL && method->class != NULL ? method : NULL;
}

enum sim_fault sim_method_run(const struct wsman_class *class, const struct wsman_method *method,
                              struct sim_call *call)
{
    call->class = class;
    const struct sim_method *found = find(methods, class->name, method->name);
    for (const struct sim_capability *const *at = sim_capabilities; found == NULL && *at != NULL;
         at++)
        found = find((*at)->methods, class->name, method->name);
    return found == NULL ? SIM_FAULT_ACTION_NOT_SUPPORTED : found->run(call);
}
