/* User consent (spec device-protocols 6.5): the state machine that device.h draws. */
#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>

#define DISPLAY_DELAY_MS 1000 /* until the picture is on the screen */
#define WRONG_MOST       3
#define CODES            1000000u

/* Return values of the class (spec device-protocols 5.4). */
enum { INVALID_STATE = 2, BLOCKED = 3 };

static const char service[] = "IPS_OptInService";

static uint64_t setting(const struct sim_device *device, const char *name)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *instance = sim_walk_next_of(&walk, service);
    uint64_t value = 0;
    if (device->client_mode && strcmp(name, "OptInRequired") == 0)
        return UINT32_MAX; /* and nobody can change it (spec device-protocols 6.5) */
    if (instance != NULL)
        (void)slice_to_u64(sim_object_get(device, instance, name), UINT32_MAX, &value);
    return value;
}

static void enter(struct sim_device *device, enum sim_consent_state state, uint64_t due_ms)
{
    /* boot options that the user agreed to do not outlive the consent */
    if (state == SIM_CONSENT_NONE && device->consent.state >= SIM_CONSENT_RECEIVED)
        sim_boot_clear(device);
    device->consent.state = (uint8_t)state;
    device->consent.due_ms = due_ms;
}

/* Not secret, but different for every device and every time, and the same in every run. */
static uint32_t next_code(struct sim_device *device)
{
    uint32_t seed = (device->number + 1) * 2654435761u + ++device->consent.count * 40503u;
    seed ^= seed >> 15;
    return seed % CODES;
}

static void display(struct sim_device *device, uint64_t now_ms)
{
    device->consent.code = next_code(device);
    device->consent.wrong = 0;
    enter(device, SIM_CONSENT_DISPLAYED, now_ms + setting(device, "OptInDisplayTimeout") * 1000);
    if (device->shown != NULL)
        device->shown(device);
}

void sim_consent_tick(struct sim_device *device, uint64_t now_ms)
{
    struct sim_consent *consent = &device->consent;
    if (consent->state == SIM_CONSENT_REQUESTED && consent->due_ms == UINT64_MAX &&
        device->power == SIM_POWER_ON)
        consent->due_ms = now_ms + DISPLAY_DELAY_MS;
    while (consent->due_ms <= now_ms) {
        if (consent->state == SIM_CONSENT_REQUESTED)
            display(device, consent->due_ms);
        else
            enter(device, SIM_CONSENT_NONE, UINT64_MAX);
    }
}

bool sim_consent_missing(const struct sim_device *device)
{
    return setting(device, "OptInRequired") == UINT32_MAX &&
           device->consent.state < SIM_CONSENT_RECEIVED;
}

bool sim_consent_missing_for_screen(const struct sim_device *device)
{
    return setting(device, "OptInRequired") != 0 && device->consent.state < SIM_CONSENT_RECEIVED;
}

void sim_consent_session(struct sim_device *device, bool begins, uint64_t now_ms)
{
    struct sim_consent *consent = &device->consent;
    if (begins) {
        consent->sessions++;
        if (consent->state == SIM_CONSENT_RECEIVED)
            enter(device, SIM_CONSENT_OPEN, UINT64_MAX);
    } else if (consent->sessions > 0 && --consent->sessions == 0 &&
               consent->state == SIM_CONSENT_OPEN) {
        enter(device, SIM_CONSENT_RECEIVED, now_ms + setting(device, "OptInCodeTimeout") * 1000);
    }
}

static enum sim_fault start(struct sim_call *call)
{
    struct sim_device *device = call->device;
    if (setting(device, "OptInRequired") == 0 || device->consent.state != SIM_CONSENT_NONE) {
        call->return_value = INVALID_STATE;
        return SIM_FAULT_NONE;
    }
    enter(device, SIM_CONSENT_REQUESTED, UINT64_MAX);
    sim_consent_tick(device, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault send_code(struct sim_call *call)
{
    struct sim_device *device = call->device;
    uint64_t code;
    if (!sim_input_number(call->input, "OptInCode", UINT32_MAX, &code))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (device->consent.state != SIM_CONSENT_DISPLAYED) {
        call->return_value = INVALID_STATE;
        return SIM_FAULT_NONE;
    }
    static const uint8_t succeeded = 0, failed = 1;
    if (code == device->consent.code) {
        enter(device, SIM_CONSENT_RECEIVED,
              call->now_ms + setting(device, "OptInCodeTimeout") * 1000);
        sim_audit(device, 30, 1, slice_of(&succeeded, 1), call->now_ms);
        call->return_value = SIM_OK;
        return SIM_FAULT_NONE;
    }
    call->return_value = BLOCKED;
    if (++device->consent.wrong == WRONG_MOST) {
        enter(device, SIM_CONSENT_NONE, UINT64_MAX);
        sim_audit(device, 30, 1, slice_of(&failed, 1), call->now_ms);
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault cancel(struct sim_call *call)
{
    uint8_t state = call->device->consent.state;
    if (state == SIM_CONSENT_NONE || state == SIM_CONSENT_OPEN) {
        call->return_value = INVALID_STATE;
        return SIM_FAULT_NONE;
    }
    enter(call->device, SIM_CONSENT_NONE, UINT64_MAX);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault check_policy(struct sim_change *change)
{
    struct slice before = sim_instance_get(change->instance, "OptInRequired");
    struct slice after = wsman_xml_child_text(change->element, "OptInRequired");
    uint64_t wanted;
    if (after.size == 0 || slice_equal(before, after))
        return SIM_FAULT_NONE;
    if (!slice_to_u64(after, UINT32_MAX, &wanted) ||
        (wanted != 0 && wanted != 1 && wanted != UINT32_MAX) || change->device->client_mode ||
        setting(change->device, "CanModifyOptInPolicy") == 0)
        return SIM_FAULT_INVALID_REPRESENTATION;
    uint64_t old = setting(change->device, "OptInRequired");
    const uint8_t detail[] = {(uint8_t)old, (uint8_t)wanted};
    sim_audit(change->device, 30, 0, slice_of(detail, sizeof(detail)), change->now_ms);
    return SIM_FAULT_NONE;
}

static void read_state(const struct sim_device *device, struct sim_instance *instance)
{
    if (device->client_mode) {
        sim_instance_set(instance, "CanModifyOptInPolicy", "0");
        sim_instance_set(instance, "OptInRequired", "4294967295");
    }
    sim_instance_set(instance, "OptInState",
                     arena_printf(instance->arena, "%u", device->consent.state));
}

const struct sim_capability sim_consents = {
    .methods =
        (const struct sim_method[]){
            {service, "CancelOptIn", cancel},
            {service, "SendOptInCode", send_code},
            {service, "StartOptIn", start},
            {NULL, NULL, NULL},
        },
    .readers = (const struct sim_reader[]){{service, read_state}, {NULL, NULL}},
    .guards =
        (const struct sim_guard[]){
            {.class = service, .put = check_policy},
            {.class = NULL},
        },
};
