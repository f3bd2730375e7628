/* System defense: packet filters, the policies made of them, and the ports that they guard (spec
 * device-classes 3). No packet is looked at: statistics are of no use here and stay empty. */
#include "sim/capability/capability.h"
#include "sim/object.h"

#define FILTERS_MOST  32
#define POLICIES_MOST 16
#define NAME_MOST     16

static const char ip_filter[] = "AMT_IPHeadersFilter";
static const char mac_filter[] = "AMT_Hdr8021Filter";
static const char policy_class[] = "AMT_SystemDefensePolicy";
static const char port_class[] = "AMT_NetworkPortSystemDefensePolicy";
static const char access_class[] = "AMT_EndpointAccessControlService";

static void copy_all(struct sim_change *change, const struct wsman_class *class)
{
    for (const struct wsman_xml *at = change->element->first; at != NULL; at = at->next) {
        const struct wsman_property *property = wsman_property_find(class, at->name);
        if (property == NULL)
            continue;
        struct slice text = slice_trim(at->text);
        if (property->type == WSMAN_REFERENCE)
            text = sim_reference_text(change->arena, at);
        sim_device_store(change->device, change->created, property, text);
    }
}

static bool has_required(const struct wsman_class *class, const struct wsman_xml *element)
{
    for (const struct wsman_property *at = class->properties; at->name != NULL; at++) {
        if ((at->flags & WSMAN_REQUIRED) != 0 && wsman_xml_child(element, at->name) == NULL)
            return false;
    }
    return true;
}

static void set(struct sim_change *change, const char *name, const char *text)
{
    sim_object_set(change->device, change->created, name, slice_of_string(text));
}

/* ---- filters ---- */

static enum sim_fault create_filter(struct sim_change *change, const struct wsman_class *class)
{
    struct slice name = wsman_xml_child_text(change->element, "Name");
    if (name.size == 0 || name.size > NAME_MOST || !has_required(class, change->element))
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (sim_object_find(change->device, class->name, "Name", name) != NULL)
        return SIM_FAULT_ALREADY_EXISTS;
    if (sim_object_count(change->device, ip_filter) +
            sim_object_count(change->device, mac_filter) >=
        FILTERS_MOST)
        return SIM_FAULT_QUOTA_LIMIT;
    const char *id = sim_object_free_name(change->device, change->arena, class->name, "InstanceID",
                                          "Intel(r) AMT:Filter ");
    change->created = sim_object_add(change->device, class);
    copy_all(change, class);
    set(change, "CreationClassName", class->name);
    set(change, "InstanceID", id);
    set(change, "SystemCreationClassName", "CIM_ComputerSystem");
    set(change, "SystemName", "Intel(r) AMT");
    sim_audit(change->device, 25, 0, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

static enum sim_fault create_ip_filter(struct sim_change *change)
{
    return create_filter(change, &wsman_AMT_IPHeadersFilter);
}

static enum sim_fault create_mac_filter(struct sim_change *change)
{
    return create_filter(change, &wsman_AMT_Hdr8021Filter);
}

/* ---- policies ---- */

static enum sim_fault create_policy(struct sim_change *change)
{
    struct slice name = wsman_xml_child_text(change->element, "PolicyName");
    if (name.size == 0 || name.size > NAME_MOST ||
        !has_required(&wsman_AMT_SystemDefensePolicy, change->element))
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (sim_object_find(change->device, policy_class, "PolicyName", name) != NULL)
        return SIM_FAULT_ALREADY_EXISTS;
    if (sim_object_count(change->device, policy_class) >= POLICIES_MOST)
        return SIM_FAULT_QUOTA_LIMIT;
    const char *id = sim_object_free_name(change->device, change->arena, policy_class, "InstanceID",
                                          "Intel(r) AMT:System Defense Policy ");
    change->created = sim_object_add(change->device, &wsman_AMT_SystemDefensePolicy);
    copy_all(change, &wsman_AMT_SystemDefensePolicy);
    set(change, "InstanceID", id);
    sim_audit(change->device, 25, 2, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

/* A policy that guards a port stays. */
static enum sim_fault delete_policy(struct sim_change *change)
{
    const char *reference =
        arena_printf(change->arena, "%s?InstanceID=%.*s", policy_class,
                     SLICE_ARG(sim_instance_get(change->instance, "InstanceID")));
    if (sim_is_referred_to(change->device, slice_of_string(reference)))
        return SIM_FAULT_ACCESS_DENIED;
    sim_audit(change->device, 25, 3, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

static bool leads_to(struct sim_change *change, const char *name)
{
    struct slice text = sim_reference_text(change->arena, wsman_xml_child(change->element, name));
    return sim_reference_find(change->device, text) != NULL;
}

static enum sim_fault create_guard(struct sim_change *change)
{
    if (!leads_to(change, "Antecedent") || !leads_to(change, "Dependent"))
        return SIM_FAULT_INVALID_REPRESENTATION;
    change->created = sim_object_add(change->device, &wsman_AMT_NetworkPortSystemDefensePolicy);
    copy_all(change, &wsman_AMT_NetworkPortSystemDefensePolicy);
    set(change, "Active", "true");
    set(change, "Enabled", "true");
    return SIM_FAULT_NONE;
}

static enum sim_fault get_timeout(struct sim_call *call)
{
    struct slice text = sim_object_secret(call->device, call->instance->table);
    sim_envelope_put(call->outputs, 'g', "Timeout", text.size > 0 ? text : SLICE_LITERAL("0"));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault set_timeout(struct sim_call *call)
{
    uint64_t seconds;
    if (!sim_input_number(call->input, "Timeout", UINT32_MAX, &seconds))
        return SIM_FAULT_SCHEMA_VALIDATION;
    sim_object_keep_secret(call->device, call->instance->table,
                           wsman_xml_child_text(call->input, "Timeout"));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault update_statistics(struct sim_call *call)
{
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* ---- endpoint access control: there, but without a posture ---- */

static enum sim_fault unsupported(struct sim_call *call)
{
    call->return_value = SIM_STATUS_UNSUPPORTED;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_defense = {
    .methods =
        (const struct sim_method[]){
            {policy_class, "GetTimeout", get_timeout},
            {policy_class, "SetTimeout", set_timeout},
            {policy_class, "UpdateStatistics", update_statistics},
            {access_class, "GetEacOptions", unsupported},
            {access_class, "GetPosture", unsupported},
            {access_class, "GetPostureHash", unsupported},
            {access_class, "RequestStateChange", unsupported},
            {access_class, "SetEacOptions", unsupported},
            {access_class, "UpdatePostureState", unsupported},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = ip_filter, .create = create_ip_filter},
            {.class = mac_filter, .create = create_mac_filter},
            {.class = policy_class, .create = create_policy, .delete = delete_policy},
            {.class = port_class, .create = create_guard},
            {.class = NULL},
        },
};
