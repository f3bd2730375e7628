/* The wired port, the choice who owns the radio, and wired 802.1X. */
#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>

static const char port[] = "AMT_EthernetPortSettings";
static const char wired_8021x[] = "IPS_IEEE8021xSettings";
static const char old_8021x[] = "AMT_8021XProfile"; /* of older firmware */
static const char context_8021x[] = "IPS_8021xCredentialContext";

static bool is_wireless(const struct sim_instance *instance)
{
    return slice_equal_string(sim_instance_get(instance, "PhysicalConnectionType"), "3");
}

void sim_link_tick(struct sim_device *device, uint64_t now_ms)
{
    if (device->link_ms > now_ms)
        return;
    device->link_ms = UINT64_MAX;
    const struct sim_personality_instance *radio =
        sim_object_find(device, port, "PhysicalConnectionType", SLICE_LITERAL("3"));
    if (radio != NULL)
        sim_object_set(device, radio, "LinkPreference", SLICE_LITERAL("2"));
}

static enum sim_fault prefer_link(struct sim_call *call)
{
    uint64_t owner, timeout = 0;
    if (!sim_input_number(call->input, "LinkPreference", UINT32_MAX, &owner) ||
        (wsman_xml_child(call->input, "Timeout") != NULL &&
         !sim_input_number(call->input, "Timeout", UINT32_MAX, &timeout)))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (!is_wireless(call->instance)) {
        call->return_value = SIM_STATUS_NOT_PERMITTED;
    } else if (owner != 1 && owner != 2) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
    } else {
        sim_call_store(call, "LinkPreference", owner == 1 ? "1" : "2");
        bool ends = owner == 1 && timeout > 0; /* 0: there is no limit */
        call->device->link_ms = ends ? call->now_ms + timeout * 1000 : UINT64_MAX;
        sim_audit(call->device, 27, 4, (struct slice){0}, call->now_ms);
        call->return_value = SIM_OK;
    }
    return SIM_FAULT_NONE;
}

static const char *const addresses[] = {"DefaultGateway", "IPAddress",  "PrimaryDNS",
                                        "SecondaryDNS",   "SubnetMask", NULL};

/* The switch as the Put wants it, or as it is. */
static bool is_on(const struct sim_change *change, const char *name)
{
    struct slice text = wsman_xml_child_text(change->element, name);
    if (text.size == 0)
        text = sim_instance_get(change->instance, name);
    return slice_equal_string(text, "true") || slice_equal_string(text, "1");
}

/* With DHCP, or with the host's own static address, there is nothing to set; otherwise an address
 * and a mask are the least. */
static enum sim_fault check_port(struct sim_change *change)
{
    bool automatic = is_on(change, "DHCPEnabled");
    for (size_t i = 0; automatic && addresses[i] != NULL; i++) {
        if (wsman_xml_child_text(change->element, addresses[i]).size > 0)
            return SIM_FAULT_INVALID_REPRESENTATION;
    }
    bool synced = is_on(change, "SharedStaticIp");
    if (!automatic && !synced &&
        (wsman_xml_child_text(change->element, "IPAddress").size == 0 ||
         wsman_xml_child_text(change->element, "SubnetMask").size == 0))
        return SIM_FAULT_INVALID_REPRESENTATION;
    return SIM_FAULT_NONE;
}

static void port_changed(struct sim_change *change)
{
    static const char *const measured[] = {"LinkIsUp", "MACAddress", "PhysicalConnectionType",
                                           NULL};
    const struct sim_instance *instance = change->instance;
    for (size_t i = 0; measured[i] != NULL; i++)
        sim_device_forget(change->device, instance->table,
                          wsman_property_find(instance->class, slice_of_string(measured[i])));
    bool automatic =
        slice_equal_string(sim_object_get(change->device, instance->table, "DHCPEnabled"), "true");
    for (size_t i = 0; automatic && addresses[i] != NULL; i++)
        sim_device_forget(change->device, instance->table,
                          wsman_property_find(instance->class, slice_of_string(addresses[i])));
    sim_audit(change->device, 22, 0, (struct slice){0}, change->now_ms);
}

/* ---- 802.1X ---- */

static bool is_off(struct slice enabled)
{
    return slice_equal_string(enabled, "3") || slice_equal_string(enabled, "false");
}

static enum sim_fault check_8021x(struct sim_change *change)
{
    bool old = strcmp(change->instance->class->name, old_8021x) == 0;
    struct slice text = wsman_xml_child_text(change->element, "Enabled");
    uint64_t enabled, timeout = 0, protocol = 0;
    if (!old && text.size > 0 &&
        (!slice_to_u64(text, UINT32_MAX, &enabled) ||
         (enabled != 2 && enabled != 3 && enabled != 6)))
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (wsman_xml_child(change->element, "PxeTimeout") != NULL &&
        (!sim_input_number(change->element, "PxeTimeout", UINT32_MAX, &timeout) || timeout > 86400))
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (wsman_xml_child(change->element, "AuthenticationProtocol") != NULL &&
        (!sim_input_number(change->element, "AuthenticationProtocol", UINT32_MAX, &protocol) ||
         protocol > (old ? 6 : 10)))
        return SIM_FAULT_INVALID_REPRESENTATION;
    bool on = text.size > 0 && !is_off(text) && !slice_equal_string(text, "0");
    return on && wsman_xml_child_text(change->element, "Username").size == 0
               ? SIM_FAULT_INVALID_REPRESENTATION
               : SIM_FAULT_NONE;
}

static void drop_contexts(struct sim_device *device)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *old;
    while ((old = sim_walk_next_of(&walk, context_8021x)) != NULL) {
        sim_object_remove(device, old);
        walk = (struct sim_walk){.device = device};
    }
}

/* What the Put left out is gone, the certificates of a port that does without them, too. */
static void changed_8021x(struct sim_change *change)
{
    static const char *const login[] = {"AuthenticationProtocol", "Username", "ClientCertificate",
                                        "ServerCertificateIssuer"};
    const struct sim_instance *instance = change->instance;
    for (size_t i = 0; i < sizeof login / sizeof login[0]; i++) {
        const struct wsman_property *property =
            wsman_property_find(instance->class, slice_of_string(login[i]));
        const struct wsman_xml *given = wsman_xml_child(change->element, login[i]);
        if (property == NULL)
            continue;
        if (given == NULL)
            sim_device_forget(change->device, instance->table, property);
        else if (property->type == WSMAN_REFERENCE)
            sim_object_set(change->device, instance->table, login[i],
                           sim_reference_text(change->arena, given));
    }
    struct slice enabled = sim_object_get(change->device, instance->table, "Enabled");
    if (strcmp(instance->class->name, wired_8021x) == 0 && !slice_equal_string(enabled, "2"))
        drop_contexts(change->device);
}

static enum sim_fault set_certificates(struct sim_call *call)
{
    static const char *const inputs[] = {"ServerCertificateIssuer", "ClientCertificate"};
    struct slice given[2];
    for (size_t i = 0; i < 2; i++) {
        const struct wsman_xml *input = wsman_xml_child(call->input, inputs[i]);
        given[i] = sim_reference_text(call->arena, input);
        if (input != NULL && sim_reference_find(call->device, given[i]) == NULL) {
            call->return_value = 1;
            return SIM_FAULT_NONE;
        }
    }
    drop_contexts(call->device);
    for (size_t i = 0; i < 2; i++) {
        if (given[i].size == 0)
            continue;
        const struct sim_personality_instance *added =
            sim_object_add(call->device, &wsman_IPS_8021xCredentialContext);
        sim_object_set(call->device, added, "ElementInContext", given[i]);
        sim_object_set(call->device, added, "ElementProvidingContext",
                       SLICE_LITERAL("IPS_IEEE8021xSettings?InstanceID=Intel(r) AMT: 8021X "
                                     "Settings"));
    }
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_network = {
    .methods =
        (const struct sim_method[]){
            {port, "SetLinkPreference", prefer_link},
            {wired_8021x, "SetCertificates", set_certificates},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = port, .put = check_port, .changed = port_changed},
            {.class = wired_8021x, .put = check_8021x, .changed = changed_8021x},
            {.class = old_8021x, .put = check_8021x, .changed = changed_8021x},
            {.class = NULL},
        },
};
