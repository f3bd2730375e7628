/* CIRA as it is set up: servers, policies, home domains, proxies (spec device-protocols 7.8). */
#include "sim/capability/capability.h"
#include "sim/object.h"

#define SERVERS_MOST       6
#define POLICIES_MOST      3
#define SERVERS_PER_POLICY 2
#define DOMAINS_MOST       5
#define PROXIES_MOST       15

static const char service[] = "AMT_RemoteAccessService";
static const char server_class[] = "AMT_ManagementPresenceRemoteSAP";
static const char rule_class[] = "AMT_RemoteAccessPolicyRule";
static const char applies_class[] = "AMT_RemoteAccessPolicyAppliesToMPS";
static const char proxy_class[] = "IPS_HTTPProxyAccessPoint";
static const char detection_class[] = "AMT_EnvironmentDetectionSettingData";

#define SYSTEM_KEYS "SystemCreationClassName=CIM_ComputerSystem&SystemName=Intel(r) AMT"

static void set(struct sim_device *device, const struct sim_personality_instance *instance,
                const char *name, const char *text)
{
    sim_object_set(device, instance, name, slice_of_string(text));
}

/* CreationClassName and those of the system. */
static void set_keys(struct sim_device *device, const struct sim_personality_instance *instance)
{
    set(device, instance, "CreationClassName", instance->class);
    set(device, instance, "SystemCreationClassName", "CIM_ComputerSystem");
    set(device, instance, "SystemName", "Intel(r) AMT");
}

static void copy(struct sim_call *call, const struct sim_personality_instance *instance,
                 const char *name)
{
    sim_object_set(call->device, instance, name, wsman_xml_child_text(call->input, name));
}

static bool is_format(uint64_t format)
{
    return format == 3 || format == 4 || format == 201;
}

/* True when an instance of the class has the address and the port that are given. */
static bool is_there(struct sim_call *call, const char *class)
{
    struct sim_walk walk = {.device = call->device};
    const struct sim_personality_instance *at;
    struct slice address = wsman_xml_child_text(call->input, "AccessInfo");
    struct slice port = wsman_xml_child_text(call->input, "Port");
    while ((at = sim_walk_next_of(&walk, class)) != NULL) {
        if (slice_equal(sim_object_get(call->device, at, "AccessInfo"), address) &&
            slice_equal(sim_object_get(call->device, at, "Port"), port))
            return true;
    }
    return false;
}

static void set_credentials(struct sim_call *call)
{
    struct sim_walk walk = {.device = call->device};
    const struct sim_personality_instance *user =
        sim_walk_next_of(&walk, "AMT_MPSUsernamePassword");
    if (user == NULL || wsman_xml_child(call->input, "Username") == NULL)
        return;
    sim_object_set(call->device, user, "RemoteID", wsman_xml_child_text(call->input, "Username"));
    sim_object_set(call->device, user, "Secret", wsman_xml_child_text(call->input, "Password"));
}

static uint32_t check_server(struct sim_call *call, uint64_t format, uint64_t port, uint64_t method)
{
    if (!is_format(format) || port == 0 || port > UINT16_MAX || (method != 1 && method != 2) ||
        wsman_xml_child_text(call->input, "AccessInfo").size == 0)
        return SIM_STATUS_INVALID_PARAMETER;
    if (is_there(call, server_class))
        return SIM_STATUS_DUPLICATE;
    return sim_object_count(call->device, server_class) < SERVERS_MOST ? SIM_OK
                                                                       : SIM_STATUS_MAX_LIMIT;
}

static enum sim_fault add_server(struct sim_call *call)
{
    uint64_t format, port, method;
    if (!sim_input_number(call->input, "InfoFormat", UINT16_MAX, &format) ||
        !sim_input_number(call->input, "Port", UINT32_MAX, &port) ||
        !sim_input_number(call->input, "AuthMethod", UINT16_MAX, &method))
        return SIM_FAULT_SCHEMA_VALIDATION;
    call->return_value = check_server(call, format, port, method);
    if (call->return_value != SIM_OK)
        return SIM_FAULT_NONE;
    const char *name = sim_object_free_name(call->device, call->arena, server_class, "Name",
                                            "Intel(r) AMT:Management Presence Server ");
    const struct sim_personality_instance *added =
        sim_object_add(call->device, &wsman_AMT_ManagementPresenceRemoteSAP);
    set_keys(call->device, added);
    copy(call, added, "AccessInfo");
    copy(call, added, "InfoFormat");
    copy(call, added, "Port");
    if (wsman_xml_child(call->input, "CN") != NULL)
        copy(call, added, "CN");
    set(call->device, added, "ElementName", "Intel(r) AMT:Management Presence Server");
    set(call->device, added, "Name", name);
    if (method == 2)
        set_credentials(call);
    sim_call_put_reference(call, "MpServer",
                           arena_printf(call->arena, "%s?CreationClassName=%s&Name=%s&" SYSTEM_KEYS,
                                        server_class, server_class, name));
    return SIM_FAULT_NONE;
}

static void read_service(const struct sim_device *device, struct sim_instance *instance)
{
    if (device->tunnel_is_up)
        sim_instance_set(instance, "IsRemoteTunnelConnected", "true");
}

/* ---- policies ---- */

static const char *const triggers[] = {"User Initiated", "Alert", "Periodic"};

static void apply(struct sim_call *call, struct slice server, const char *rule, unsigned order)
{
    const struct sim_personality_instance *added =
        sim_object_add(call->device, &wsman_AMT_RemoteAccessPolicyAppliesToMPS);
    sim_object_set(call->device, added, "ManagedElement", server);
    set(call->device, added, "MpsType", "0");
    set(call->device, added, "OrderOfAccess", arena_printf(call->arena, "%u", order));
    set(call->device, added, "PolicySet", rule);
}

static uint32_t check_rule(struct sim_call *call, uint64_t trigger)
{
    const struct wsman_xml *server = wsman_xml_child(call->input, "MpServer");
    unsigned count = 0;
    if (trigger > 2 || server == NULL)
        return SIM_STATUS_INVALID_PARAMETER;
    for (; server != NULL; server = wsman_xml_again(server), count++) {
        if (sim_reference_find(call->device, sim_reference_text(call->arena, server)) == NULL)
            return SIM_STATUS_NOT_FOUND;
    }
    if (count > SERVERS_PER_POLICY)
        return SIM_STATUS_MAX_LIMIT;
    if (sim_object_find(call->device, rule_class, "PolicyRuleName",
                        slice_of_string(triggers[trigger])) != NULL)
        return SIM_STATUS_DUPLICATE;
    return sim_object_count(call->device, rule_class) < POLICIES_MOST ? SIM_OK
                                                                      : SIM_STATUS_MAX_LIMIT;
}

static enum sim_fault add_rule(struct sim_call *call)
{
    uint64_t trigger, life;
    if (!sim_input_number(call->input, "Trigger", UINT16_MAX, &trigger) ||
        !sim_input_number(call->input, "TunnelLifeTime", UINT32_MAX, &life))
        return SIM_FAULT_SCHEMA_VALIDATION;
    call->return_value = check_rule(call, trigger);
    if (call->return_value != SIM_OK)
        return SIM_FAULT_NONE;
    const char *name = triggers[trigger];
    const struct sim_personality_instance *added =
        sim_object_add(call->device, &wsman_AMT_RemoteAccessPolicyRule);
    set_keys(call->device, added);
    /* the typing error is the firmware's */
    set(call->device, added, "ElementName", "Inte(r) AMT:Remote Access Policy");
    set(call->device, added, "PolicyRuleName", name);
    copy(call, added, "Trigger");
    copy(call, added, "TunnelLifeTime");
    if (wsman_xml_child(call->input, "ExtendedData") != NULL)
        copy(call, added, "ExtendedData");
    const char *reference =
        arena_printf(call->arena, "%s?CreationClassName=%s&PolicyRuleName=%s&" SYSTEM_KEYS,
                     rule_class, rule_class, name);
    unsigned order = 0;
    for (const struct wsman_xml *server = wsman_xml_child(call->input, "MpServer"); server != NULL;
         server = wsman_xml_again(server))
        apply(call, sim_reference_text(call->arena, server), reference, order++);
    sim_call_put_reference(call, "PolicyRule", reference);
    return SIM_FAULT_NONE;
}

/* The instance of the association that refers to this one; NULL for none. */
static const struct sim_personality_instance *association_of(const struct sim_change *change,
                                                             const char *property, const char *key)
{
    struct sim_walk walk = {.device = change->device};
    struct slice name = sim_instance_get(change->instance, key);
    const struct sim_personality_instance *at;
    while ((at = sim_walk_next_of(&walk, applies_class)) != NULL) {
        struct slice reference = sim_object_get(change->device, at, property);
        if (slice_equal(
                sim_object_get(change->device, sim_reference_find(change->device, reference), key),
                name))
            return at;
    }
    return NULL;
}

static enum sim_fault delete_rule(struct sim_change *change)
{
    const struct sim_personality_instance *found;
    while ((found = association_of(change, "PolicySet", "PolicyRuleName")) != NULL)
        sim_object_remove(change->device, found);
    return SIM_FAULT_NONE;
}

static enum sim_fault delete_server(struct sim_change *change)
{
    return association_of(change, "ManagedElement", "Name") == NULL ? SIM_FAULT_NONE
                                                                    : SIM_FAULT_ACCESS_DENIED;
}

static enum sim_fault close_connection(struct sim_call *call)
{
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* ---- home domains, proxies ---- */

static enum sim_fault check_domains(struct sim_change *change)
{
    unsigned count = 0;
    for (const struct wsman_xml *at = wsman_xml_child(change->element, "DetectionStrings");
         at != NULL; at = wsman_xml_again(at))
        count++;
    return count <= DOMAINS_MOST ? SIM_FAULT_NONE : SIM_FAULT_INVALID_REPRESENTATION;
}

/* A list that a Put leaves out is empty afterwards. */
static void domains_changed(struct sim_change *change)
{
    if (wsman_xml_child(change->element, "DetectionStrings") == NULL)
        sim_device_hide(
            change->device, change->instance->table,
            wsman_property_find(change->instance->class, SLICE_LITERAL("DetectionStrings")));
}

static enum sim_fault add_proxy(struct sim_call *call)
{
    uint64_t format, port;
    if (!sim_input_number(call->input, "InfoFormat", UINT16_MAX, &format) ||
        !sim_input_number(call->input, "Port", UINT32_MAX, &port))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (!is_format(format) || port == 0 || port > UINT16_MAX ||
        wsman_xml_child_text(call->input, "AccessInfo").size == 0)
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
    else if (is_there(call, proxy_class))
        call->return_value = SIM_STATUS_DUPLICATE;
    else if (sim_object_count(call->device, proxy_class) >= PROXIES_MOST)
        call->return_value = SIM_STATUS_MAX_LIMIT;
    else
        call->return_value = SIM_OK;
    if (call->return_value != SIM_OK)
        return SIM_FAULT_NONE;
    const char *name = sim_object_free_name(call->device, call->arena, proxy_class, "Name",
                                            "Intel(r) ME:HTTP Proxy Access Point ");
    const struct sim_personality_instance *added =
        sim_object_add(call->device, &wsman_IPS_HTTPProxyAccessPoint);
    set_keys(call->device, added);
    copy(call, added, "AccessInfo");
    copy(call, added, "InfoFormat");
    copy(call, added, "NetworkDnsSuffix");
    copy(call, added, "Port");
    set(call->device, added, "ElementName", "Intel(r) ME:HTTP Proxy Access Point");
    set(call->device, added, "Name", name);
    set(call->device, added, "Priority", "0");
    set(call->device, added, "Type", "0");
    sim_call_put_reference(call, "ProxyAccessPoint",
                           arena_printf(call->arena, "%s?CreationClassName=%s&Name=%s&" SYSTEM_KEYS,
                                        proxy_class, proxy_class, name));
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_remote_access = {
    .methods =
        (const struct sim_method[]){
            {service, "AddMpServer", add_server},
            {service, "AddRemoteAccessPolicyRule", add_rule},
            {service, "CloseRemoteAccessConnection", close_connection},
            {"IPS_HTTPProxyService", "AddProxyAccessPoint", add_proxy},
            {NULL, NULL, NULL},
        },
    .readers = (const struct sim_reader[]){{service, read_service}, {NULL, NULL}},
    .guards =
        (const struct sim_guard[]){
            {.class = "AMT_MPSUsernamePassword", .put_answers_empty = true},
            {.class = applies_class, .put_answers_empty = true},
            {.class = detection_class, .put = check_domains, .changed = domains_changed},
            {.class = rule_class, .delete = delete_rule},
            {.class = server_class, .delete = delete_server},
            {.class = NULL},
        },
};
