/* The radio and its profiles (spec device-classes 3, AMT_WiFiPortConfigurationService). */
#include "sim/capability/capability.h"
#include "sim/object.h"

#define PROFILES_MOST 16

/* Return values of the class (spec device-protocols 5.4). */
enum { FAILED = 2, INVALID_PARAMETER = 3, INVALID_REFERENCE = 4 };

enum { WPA_PSK = 4, WPA_8021X = 5, WPA2_PSK = 6, WPA2_8021X = 7, WPA3_SAE = 32768, OWE = 32769 };

static const char service[] = "AMT_WiFiPortConfigurationService";
static const char profile_class[] = "CIM_WiFiEndpointSettings";
static const char setting_class[] = "CIM_IEEE8021xSettings";
static const char context_class[] = "CIM_CredentialContext";

static enum sim_fault change_port(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state != 3 && state != 32768 && state != 32769) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    const char *text = arena_printf(call->arena, "%u", (unsigned)state);
    sim_call_store(call, "EnabledState", text);
    sim_call_store(call, "RequestedState", text);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* ---- one profile ---- */

static bool is_known_method(uint64_t method)
{
    return method == 2 || (method >= WPA_PSK && method <= WPA2_8021X) || method == WPA3_SAE ||
           method == OWE;
}

static bool needs_8021x(uint64_t method)
{
    return method == WPA_8021X || method == WPA2_8021X;
}

/* Everything but whether it is there already. A new profile with a shared key needs the key. */
static bool is_valid(const struct wsman_xml *input, bool is_new)
{
    uint64_t method, cipher, priority;
    struct slice ssid = wsman_xml_child_text(input, "SSID");
    struct slice key = wsman_xml_child_text(input, "PSKPassPhrase");
    if (!sim_input_number(input, "AuthenticationMethod", UINT16_MAX, &method) ||
        !sim_input_number(input, "EncryptionMethod", UINT16_MAX, &cipher) ||
        !sim_input_number(input, "Priority", UINT8_MAX, &priority))
        return false;
    bool keyed = method == WPA_PSK || method == WPA2_PSK || method == WPA3_SAE;
    if (keyed && (is_new || key.size > 0) &&
        (key.size < 8 || key.size > 64)) /* 64: the key itself */
        return false;
    return is_known_method(method) && cipher >= 2 && cipher <= 5 && priority > 0 && ssid.size > 0 &&
           ssid.size <= 32 && wsman_xml_child_text(input, "InstanceID").size > 0;
}

static void set_all(struct sim_device *device, const struct sim_personality_instance *instance,
                    const struct wsman_xml *input)
{
    for (const struct wsman_xml *at = input->first; at != NULL; at = at->next) {
        const struct wsman_property *property =
            wsman_property_find(wsman_class_find(slice_of_string(instance->class)), at->name);
        if (property == NULL)
            continue;
        sim_device_forget(device, instance, property);
        sim_device_store(device, instance, property, slice_trim(at->text));
    }
}

/* The last word of "Intel(r) AMT:WiFi Endpoint Settings office" names the profile. */
static struct slice name_of(struct slice id)
{
    static const char *const prefixes[] = {"Intel(r) AMT:WiFi Endpoint Settings ",
                                           "Intel(r) AMT:WiFi Endpoint User Settings "};
    for (size_t i = 0; i < 2; i++) {
        struct slice prefix = slice_of_string(prefixes[i]);
        if (slice_starts_with(id, prefix))
            return slice_from(id, prefix.size);
    }
    return id;
}

static void drop_8021x(struct sim_device *device, struct arena *arena, struct slice profile_id)
{
    const char *id = arena_printf(arena, "Intel(r) AMT:IEEE 802.1x Settings %.*s",
                                  SLICE_ARG(name_of(profile_id)));
    struct slice reference =
        slice_of_string(arena_printf(arena, "CIM_IEEE8021xSettings?InstanceID=%s", id));
    const struct sim_personality_instance *found;
    while ((found = sim_object_find(device, context_class, "ElementProvidingContext", reference)) !=
           NULL)
        sim_object_remove(device, found);
    found = sim_object_find(device, setting_class, "InstanceID", slice_of_string(id));
    if (found != NULL)
        sim_object_remove(device, found);
}

/* The reference to a credential among the inputs: false when it leads nowhere. */
static bool credential(struct sim_call *call, const char *name, struct slice *text)
{
    const struct wsman_xml *input = wsman_xml_child(call->input, name);
    *text = sim_reference_text(call->arena, input);
    return input == NULL || sim_reference_find(call->device, *text) != NULL;
}

static void add_8021x(struct sim_call *call, const struct wsman_xml *input, struct slice profile_id)
{
    struct slice credentials[2];
    drop_8021x(call->device, call->arena, profile_id);
    const struct sim_personality_instance *added =
        sim_object_add(call->device, &wsman_CIM_IEEE8021xSettings);
    const char *id = arena_printf(call->arena, "Intel(r) AMT:IEEE 802.1x Settings %.*s",
                                  SLICE_ARG(name_of(profile_id)));
    set_all(call->device, added, input);
    sim_object_set(call->device, added, "InstanceID", slice_of_string(id));
    (void)credential(call, "ClientCredential", &credentials[0]);
    (void)credential(call, "CACredential", &credentials[1]);
    for (size_t i = 0; i < 2; i++) {
        if (credentials[i].size == 0)
            continue;
        const struct sim_personality_instance *context =
            sim_object_add(call->device, &wsman_CIM_CredentialContext);
        sim_object_set(call->device, context, "ElementInContext", credentials[i]);
        sim_object_set(
            call->device, context, "ElementProvidingContext",
            slice_of_string(arena_printf(call->arena, "CIM_IEEE8021xSettings?InstanceID=%s", id)));
    }
}

/* What is wrong with the inputs; 0: nothing. `profile` is the one to change, NULL to add one. */
static uint32_t check_inputs(struct sim_call *call, const struct wsman_xml *input,
                             const struct sim_personality_instance *profile)
{
    const struct wsman_xml *setting = wsman_xml_child(call->input, "IEEE8021xSettingsInput");
    struct slice text;
    uint64_t method;
    if (input == NULL || !is_valid(input, profile == NULL))
        return INVALID_PARAMETER;
    (void)sim_input_number(input, "AuthenticationMethod", UINT16_MAX, &method);
    if (needs_8021x(method) != (setting != NULL))
        return INVALID_PARAMETER;
    if (!credential(call, "ClientCredential", &text) || !credential(call, "CACredential", &text))
        return INVALID_REFERENCE;
    const struct sim_personality_instance *same = sim_object_find(
        call->device, profile_class, "InstanceID", wsman_xml_child_text(input, "InstanceID"));
    const struct sim_personality_instance *before = sim_object_find(
        call->device, profile_class, "Priority", wsman_xml_child_text(input, "Priority"));
    if ((same != NULL && same != profile) || (before != NULL && before != profile))
        return FAILED;
    return SIM_OK;
}

static void store_profile(struct sim_call *call, const struct wsman_xml *input,
                          const struct sim_personality_instance *profile, unsigned event)
{
    const struct wsman_xml *setting = wsman_xml_child(call->input, "IEEE8021xSettingsInput");
    struct slice id = wsman_xml_child_text(input, "InstanceID");
    set_all(call->device, profile, input);
    sim_object_set(call->device, profile, "BSSType", SLICE_LITERAL("3"));
    if (setting != NULL)
        add_8021x(call, setting, id);
    else
        drop_8021x(call->device, call->arena, id);
    sim_audit(call->device, 27, event, name_of(id), call->now_ms);
}

static enum sim_fault add_profile(struct sim_call *call)
{
    const struct wsman_xml *input = wsman_xml_child(call->input, "WiFiEndpointSettingsInput");
    struct slice endpoint;
    call->return_value = check_inputs(call, input, NULL);
    if (!sim_reference_is(wsman_xml_child(call->input, "WiFiEndpoint"), "CIM_WiFiEndpoint", "Name",
                          &endpoint) ||
        !slice_equal_string(endpoint, "WiFi Endpoint 0"))
        call->return_value = INVALID_REFERENCE;
    else if (call->return_value == SIM_OK &&
             sim_object_count(call->device, profile_class) >= PROFILES_MOST)
        call->return_value = FAILED;
    if (call->return_value == SIM_OK)
        store_profile(call, input, sim_object_add(call->device, &wsman_CIM_WiFiEndpointSettings),
                      0);
    return SIM_FAULT_NONE;
}

static enum sim_fault update_profile(struct sim_call *call)
{
    const struct wsman_xml *input = wsman_xml_child(call->input, "WiFiEndpointSettingsInput");
    struct slice id;
    const struct sim_personality_instance *profile = NULL;
    if (sim_reference_is(wsman_xml_child(call->input, "WiFiEndpointSettings"), profile_class,
                         "InstanceID", &id))
        profile = sim_object_find(call->device, profile_class, "InstanceID", id);
    call->return_value = profile == NULL ? INVALID_REFERENCE : check_inputs(call, input, profile);
    if (call->return_value == SIM_OK)
        store_profile(call, input, profile, 2);
    return SIM_FAULT_NONE;
}

static void delete_all(struct sim_call *call, const char *prefix)
{
    struct sim_walk walk = {.device = call->device};
    const struct sim_personality_instance *profile;
    while ((profile = sim_walk_next_of(&walk, profile_class)) != NULL) {
        struct slice id = sim_object_get(call->device, profile, "InstanceID");
        if (!slice_starts_with(id, slice_of_string(prefix)))
            continue;
        drop_8021x(call->device, call->arena, id);
        sim_object_remove(call->device, profile);
        walk = (struct sim_walk){.device = call->device};
    }
    call->return_value = SIM_OK;
}

static enum sim_fault delete_it_profiles(struct sim_call *call)
{
    delete_all(call, "Intel(r) AMT:WiFi Endpoint Settings");
    return SIM_FAULT_NONE;
}

static enum sim_fault delete_user_profiles(struct sim_call *call)
{
    delete_all(call, "Intel(r) AMT:WiFi Endpoint User Settings");
    return SIM_FAULT_NONE;
}

static enum sim_fault check_delete(struct sim_change *change)
{
    struct slice id = sim_instance_get(change->instance, "InstanceID");
    drop_8021x(change->device, change->arena, id);
    sim_audit(change->device, 27, 1, name_of(id), change->now_ms);
    return SIM_FAULT_NONE;
}

static enum sim_fault check_service(struct sim_change *change)
{
    struct slice text = wsman_xml_child_text(change->element, "localProfileSynchronizationEnabled");
    if (text.size > 0 && !slice_equal_string(text, "0") && !slice_equal_string(text, "1") &&
        !slice_equal_string(text, "3"))
        return SIM_FAULT_INVALID_REPRESENTATION;
    return SIM_FAULT_NONE;
}

static void service_changed(struct sim_change *change)
{
    sim_audit(change->device, 27, 3, (struct slice){0}, change->now_ms);
}

/* The radio finds its network while the firmware may use it: with a profile, and not while the host
 * sleeps unless it may even then. */
static bool is_linked(const struct sim_device *device)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *radio = sim_walk_next_of(&walk, "CIM_WiFiPort");
    struct slice state =
        radio == NULL ? (struct slice){0} : sim_object_get(device, radio, "EnabledState");
    bool may = slice_equal_string(state, "32769") ||
               (slice_equal_string(state, "32768") && device->power == SIM_POWER_ON);
    return may && sim_object_count(device, profile_class) > 0;
}

static void read_radio(const struct sim_device *device, struct sim_instance *instance)
{
    if (!slice_equal_string(sim_instance_get(instance, "PhysicalConnectionType"), "3"))
        return;
    bool linked = is_linked(device);
    if (linked)
        sim_instance_set(instance, "LinkIsUp", "true");
    if (linked || device->ports[1].has_mac)
        sim_instance_set_mac(device, instance, 1);
}

static void read_service(const struct sim_device *device, struct sim_instance *instance)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *profile = sim_walk_next_of(&walk, profile_class);
    if (profile == NULL || !is_linked(device))
        return;
    struct slice ssid = sim_object_get(device, profile, "SSID");
    sim_instance_set(instance, "LastConnectedSsidUnderMeControl",
                     arena_printf(instance->arena, "%.*s", SLICE_ARG(ssid)));
}

const struct sim_capability sim_wireless = {
    .methods =
        (const struct sim_method[]){
            {service, "AddWiFiSettings", add_profile},
            {service, "DeleteAllITProfiles", delete_it_profiles},
            {service, "DeleteAllUserProfiles", delete_user_profiles},
            {service, "UpdateWiFiSettings", update_profile},
            {"CIM_WiFiPort", "RequestStateChange", change_port},
            {NULL, NULL, NULL},
        },
    .readers =
        (const struct sim_reader[]){
            {"AMT_EthernetPortSettings", read_radio},
            {service, read_service},
            {NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = service, .put = check_service, .changed = service_changed},
            {.class = profile_class, .delete = check_delete},
            {.class = NULL},
        },
};
