/* The switches of redirection and of calls that a user starts, sessions of redirection in progress,
 * and the screens (spec device-protocols 2, 6.5, 6.6). */
#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>

#define ALL_ON 32771

static const char service[] = "AMT_RedirectionService";
static const char screen_access[] = "CIM_KVMRedirectionSAP";

/* ---- sessions ---- */

static struct slice value_of(const struct sim_device *device, const char *class, const char *name)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *instance = sim_walk_next_of(&walk, class);
    return instance == NULL ? (struct slice){0} : sim_object_get(device, instance, name);
}

bool sim_session_ports_open(const struct sim_device *device)
{
    return slice_equal_string(value_of(device, service, "ListenerEnabled"), "true");
}

bool sim_session_enabled(const struct sim_device *device, unsigned kind)
{
    uint64_t state;
    if (kind == SIM_SESSION_KVM)
        return !slice_equal_string(value_of(device, screen_access, "EnabledState"), "3");
    return slice_to_u64(value_of(device, service, "EnabledState"), ALL_ON, &state) &&
           (state >> kind & 1) != 0;
}

bool sim_session_lacks_consent(const struct sim_device *device, unsigned kind)
{
    if (kind == SIM_SESSION_SOL)
        return false;
    return kind == SIM_SESSION_KVM ? sim_consent_missing_for_screen(device)
                                   : sim_consent_missing(device);
}

static const struct {
    const char *class;      /* of the instance that shows the session */
    uint8_t opened, closed; /* events of application 18 (spec mps A.3) */
} kinds[] = {
    [SIM_SESSION_IDER] = {"IPS_IderSessionUsingPort", 0, 1},
    [SIM_SESSION_SOL] = {"IPS_SolSessionUsingPort", 4, 5},
    [SIM_SESSION_KVM] = {"IPS_KvmSessionUsingPort", 8, 9},
};

bool sim_session_reserve(struct sim_device *device, unsigned kind)
{
    if ((device->sessions_reserved >> kind & 1) != 0)
        return false;
    device->sessions_reserved |= (uint8_t)(1u << kind);
    return true;
}

void sim_session_release(struct sim_device *device, unsigned kind)
{
    device->sessions_reserved &= (uint8_t) ~(1u << kind);
}

void sim_session_begin(struct sim_device *device, unsigned kind, uint64_t now_ms)
{
    const struct sim_personality_instance *added =
        sim_object_add(device, wsman_class_find(slice_of_string(kinds[kind].class)));
    sim_object_set(device, added, "Antecedent",
                   SLICE_LITERAL("AMT_EthernetPortSettings?InstanceID=Intel(r) AMT Ethernet Port "
                                 "Settings 0"));
    sim_object_set(device, added, "Dependent",
                   SLICE_LITERAL("AMT_RedirectionService?Name=Intel(r) AMT Redirection Service"));
    device->sessions_open |= (uint8_t)(1u << kind);
    device->sessions_ended &= (uint8_t) ~(1u << kind);
    sim_consent_session(device, true, now_ms);
    sim_audit(device, 18, kinds[kind].opened, (struct slice){0}, now_ms);
}

void sim_session_end(struct sim_device *device, unsigned kind, uint64_t now_ms)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *shown = sim_walk_next_of(&walk, kinds[kind].class);
    if (shown != NULL)
        sim_object_remove(device, shown);
    device->sessions_open &= (uint8_t) ~(1u << kind);
    sim_consent_session(device, false, now_ms);
    sim_audit(device, 18, kinds[kind].closed, (struct slice){0}, now_ms);
}

/* A switch that goes off ends what is going on. */
bool sim_session_is_terminated(const struct sim_device *device, unsigned kind)
{
    return (device->sessions_ended >> kind & 1) != 0 || device->setup != SIM_SETUP_POST ||
           !sim_session_enabled(device, kind);
}

static enum sim_fault terminate(struct sim_call *call)
{
    uint64_t kind;
    if (!sim_input_number(call->input, "SessionType", UINT32_MAX, &kind))
        return SIM_FAULT_SCHEMA_VALIDATION;
    call->return_value = kind > SIM_SESSION_SOL ? SIM_INVALID_PARAMETER : SIM_OK;
    if (kind <= SIM_SESSION_SOL)
        call->device->sessions_ended |= (uint8_t)(1u << kind);
    return SIM_FAULT_NONE;
}

static enum sim_fault terminate_kvm(struct sim_call *call)
{
    call->device->sessions_ended |= 1u << SIM_SESSION_KVM;
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* ---- switches ---- */

static enum sim_fault store_state(struct sim_call *call, const char *text)
{
    sim_call_store(call, "EnabledState", text);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static void audit_switch(struct sim_call *call, unsigned before, unsigned after, unsigned on)
{
    if (before != after)
        sim_audit(call->device, 18, after ? on : on + 1, (struct slice){0}, call->now_ms);
}

static enum sim_fault change_redirection(struct sim_call *call)
{
    uint64_t state, before = 0;
    if (!sim_input_number(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state < 32768 || state > ALL_ON) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    (void)slice_to_u64(sim_instance_get(call->instance, "EnabledState"), ALL_ON, &before);
    audit_switch(call, before & 1, state & 1, 2);
    audit_switch(call, before & 2, state & 2, 6);
    return store_state(call, arena_printf(call->arena, "%u", (unsigned)state));
}

/* 2 switches it on: enabled, but without a session it shows as 6. */
static enum sim_fault change_kvm(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (state != 2 && state != 3) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    if (state == 2 &&
        slice_equal_string(value_of(call->device, "IPS_KVMRedirectionSettingData", "EnabledByMEBx"),
                           "false")) {
        call->return_value = SIM_NOT_SUPPORTED;
        return SIM_FAULT_NONE;
    }
    audit_switch(call, sim_session_enabled(call->device, SIM_SESSION_KVM), state == 2, 10);
    return store_state(call, state == 2 ? "6" : "3");
}

static void read_kvm(const struct sim_device *device, struct sim_instance *instance)
{
    if ((device->sessions_open >> SIM_SESSION_KVM & 1) != 0)
        sim_instance_set(instance, "EnabledState", "2");
}

/* What KVM shows, side by side; what nobody has looked at is as the tables have it. */
static void read_screens(const struct sim_device *device, struct sim_instance *instance)
{
    static const char *const names[] = {"IsActive", "ResolutionX", "ResolutionY", "UpperLeftX",
                                        "UpperLeftY"};
    if (device->host == NULL && device->screens == 1)
        return;
    for (size_t kind = 0; kind < sizeof(names) / sizeof(names[0]); kind++) {
        unsigned screen = 0;
        for (size_t i = 0; i < instance->count; i++) {
            if (strcmp(instance->values[i].property->name, names[kind]) != 0)
                continue;
            bool active = screen < device->screens;
            const int shown[] = {0, device->screen_width, device->screen_height,
                                 device->screen_width * (int)screen, 0};
            const char *text = kind == 0  ? (active ? "true" : "false")
                               : active   ? arena_printf(instance->arena, "%d", shown[kind])
                               : kind < 3 ? "0"
                                          : "-1";
            instance->values[i].text = slice_of_string(text);
            screen++;
        }
    }
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
            {service, "RequestStateChange", change_redirection},
            {service, "TerminateSession", terminate},
            {screen_access, "RequestStateChange", change_kvm},
            {"AMT_UserInitiatedConnectionService", "RequestStateChange", change_user_initiated},
            {"IPS_KVMRedirectionSettingData", "TerminateSession", terminate_kvm},
            {NULL, NULL, NULL},
        },
    .readers = (const struct sim_reader[]){{screen_access, read_kvm},
                                           {"IPS_ScreenSettingData", read_screens},
                                           {NULL, NULL}},
    .guards =
        (const struct sim_guard[]){
            {.class = "IPS_KVMRedirectionSettingData", .put = check_kvm},
            {.class = NULL},
        },
};
