#include "sim/device.h"

#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/host.h"
#include "sim/loader.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t offers_on[] = {10, 8, 5, 11, 4, 7, 14, 12, 0};
static const uint8_t offers_alone[] = {10, 8, 5, 11, 0}; /* nobody on the host listens */
static const uint8_t offers_asleep[] = {8, 2, 5, 0};
static const uint8_t offers_off[] = {2, 0};

void sim_device_init(struct sim_device *device, const struct sim_personality *personality,
                     const struct guid *guid, uint32_t number)
{
    memset(device, 0, sizeof(*device));
    device->personality = personality;
    device->guid = *guid;
    device->number = number;
    device->power_delay_ms = 1000;
    device->boot_time_ms = 1000;
    device->screen_width = 1024;
    device->screen_height = 768;
    device->screens = 1;
    device->host_name = "";
    device->power = SIM_POWER_ON;
    device->os_saving = 2;
    device->setup = SIM_SETUP_POST;
    device->provisioning = sim_provisioning_new();
    device->leave_ms = UINT64_MAX;
    device->clock_base = 1767225600; /* 2026-01-01 */
    device->alarm_ms = UINT64_MAX;
    device->link_ms = UINT64_MAX;
    device->consent.due_ms = UINT64_MAX;
    snprintf(device->admin_name, sizeof(device->admin_name), "admin");
    snprintf(device->caller.name, sizeof(device->caller.name), "admin");
    device->caller.realms = UINT32_MAX;
    device->options_cleared = true;
    device->agent = true;
    device->boot_reason = "";
    device->boot_service_state = personality->ocr ? 32768 : 2;
    sim_device_renew_realm(device);
}

/* A realm is not the GUID, but unique per provisioning and stable: mirror the digits, and move them
 * on each time. */
void sim_device_renew_realm(struct sim_device *device)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[33] = "";
    for (size_t i = 0; i < 32; i++) {
        unsigned byte = device->guid.bytes[(31 - i) / 2];
        unsigned digit = (31 - i) % 2 == 0 ? byte >> 4 : byte & 15;
        text[i] = digits[(digit + device->setups * (i + 1)) & 15];
    }
    snprintf(device->realm, sizeof(device->realm), "Digest:%s", text);
}

void sim_device_fini(struct sim_device *device)
{
    sim_host_free(device);
    sim_provisioning_free(device->provisioning);
    sim_loader_stop(device);
    sim_object_free_all(device);
    free(device->events);
    free(device->audits);
    sim_audit_forget_key(device);
    if (device->accounts != NULL)
        memory_wipe(device->accounts, SIM_ACCOUNTS_MOST * sizeof(*device->accounts));
    free(device->accounts);
    while (device->stored != NULL) {
        struct sim_stored *stored = device->stored;
        device->stored = stored->next;
        free(stored->text);
        free(stored);
    }
}

const uint8_t *sim_device_offers(const struct sim_device *device)
{
    switch (device->power) {
    case SIM_POWER_ON:
        return device->agent ? offers_on : offers_alone;
    case SIM_POWER_SLEEP:
        return offers_asleep;
    default:
        return offers_off;
    }
}

static bool offers(const struct sim_device *device, uint32_t state)
{
    for (const uint8_t *offer = sim_device_offers(device); *offer != 0; offer++) {
        if (*offer == state)
            return true;
    }
    return false;
}

enum sim_return sim_device_power(struct sim_device *device, uint32_t state, uint64_t now_ms)
{
    if (device->wanted != 0) { /* a second request hurries the first one */
        sim_device_tick(device, device->due_ms);
        if (device->wanted != 0)
            sim_device_tick(device, device->due_ms);
    }
    if (state < 2 || state > 16)
        return SIM_INVALID_PARAMETER;
    if (!offers(device, state))
        return state == device->power ? SIM_UNKNOWN : SIM_INVALID_TRANSITION;
    if (device->sessions_block_power && device->sessions_open != 0 &&
        (state == SIM_POWER_CYCLE || state == SIM_POWER_OFF || state == SIM_POWER_OFF_GRACEFUL))
        return SIM_INVALID_PARAMETER;
    device->wanted = (uint8_t)state;
    device->starting = false;
    device->due_ms = now_ms + device->power_delay_ms;
    return SIM_OK;
}

static void finish_power(struct sim_device *device)
{
    uint8_t wanted = device->wanted;
    device->wanted = 0;
    if (wanted != SIM_POWER_CYCLE || !device->starting)
        device->boot_from = device->power == SIM_POWER_ON ? 0 : 5;
    switch (wanted) {
    case SIM_POWER_ON:
        if (device->power == SIM_POWER_SLEEP)
            device->boot_happened = true; /* the link is reset, but nothing boots */
        else
            sim_boot_host(device, device->alarm_rings ? "Alarm" : "Power Up", device->due_ms);
        device->alarm_rings = false;
        device->power = SIM_POWER_ON;
        break;
    case SIM_POWER_CYCLE:
        if (device->starting) {
            device->power = SIM_POWER_ON;
            device->starting = false;
            sim_boot_host(device, "Power Cycle", device->due_ms);
            break;
        }
        device->power = SIM_POWER_OFF;
        device->starting = true;
        device->wanted = SIM_POWER_CYCLE;
        device->due_ms += device->power_delay_ms;
        break;
    case SIM_POWER_OFF:
    case SIM_POWER_OFF_GRACEFUL:
        device->power = SIM_POWER_OFF;
        device->boot_happened = true;
        break;
    case SIM_POWER_RESET:
    case SIM_POWER_RESET_GRACEFUL:
        sim_boot_host(device, "Reset", device->due_ms);
        break;
    case SIM_POWER_SLEEP:
    case SIM_POWER_HIBERNATE:
        device->power = wanted;
        break;
    default: /* a diagnostic interrupt: the state stays */
        break;
    }
}

void sim_device_tick(struct sim_device *device, uint64_t now_ms)
{
    while (device->wanted != 0 && device->due_ms <= now_ms)
        finish_power(device);
    sim_audit_tick(device, now_ms);
    sim_consent_tick(device, now_ms);
    sim_agent_tick(device, now_ms);
    sim_link_tick(device, now_ms);
    sim_alarm_tick(device, now_ms);
    sim_host_tick(device, now_ms);
    sim_loader_tick(device, now_ms);
}

uint64_t sim_device_due(const struct sim_device *device)
{
    uint64_t due = device->wanted != 0 ? device->due_ms : UINT64_MAX;
    if (device->consent.due_ms < due)
        due = device->consent.due_ms;
    if (device->link_ms < due)
        due = device->link_ms;
    uint64_t loader = sim_loader_due(device);
    if (loader < due)
        due = loader;
    uint64_t host = sim_host_due(device);
    if (host < due)
        due = host;
    uint64_t agent = sim_agent_due(device);
    if (agent < due)
        due = agent;
    return device->alarm_ms < due ? device->alarm_ms : due;
}

void sim_device_unprovision(struct sim_device *device, uint64_t now_ms)
{
    device->setup = SIM_SETUP_PRE;
    device->setups++;
    sim_unprovision_wipe(device);
    sim_provisioning_reset(device);
    snprintf(device->admin_name, sizeof(device->admin_name), "admin");
    sim_device_renew_realm(device);
    device->leave_ms = now_ms + device->power_delay_ms;
}

bool sim_device_take_link_reset(struct sim_device *device)
{
    bool happened = device->boot_happened;
    device->boot_happened = false;
    return happened;
}

static struct sim_stored *append(struct sim_device *device,
                                 const struct sim_personality_instance *instance,
                                 const struct wsman_property *property)
{
    struct sim_stored *stored = memory_new(sizeof(*stored));
    stored->instance = instance;
    stored->property = property;
    struct sim_stored **at = &device->stored;
    while (*at != NULL)
        at = &(*at)->next;
    *at = stored;
    return stored;
}

void sim_device_store(struct sim_device *device, const struct sim_personality_instance *instance,
                      const struct wsman_property *property, struct slice text)
{
    append(device, instance, property)->text = memory_string(text);
}

void sim_device_hide(struct sim_device *device, const struct sim_personality_instance *instance,
                     const struct wsman_property *property)
{
    sim_device_forget(device, instance, property);
    (void)append(device, instance, property);
}

void sim_device_forget(struct sim_device *device, const struct sim_personality_instance *instance,
                       const struct wsman_property *property)
{
    struct sim_stored **at = &device->stored;
    while (*at != NULL) {
        struct sim_stored *stored = *at;
        if (stored->instance != instance || (property != NULL && stored->property != property)) {
            at = &stored->next;
            continue;
        }
        *at = stored->next;
        free(stored->text);
        free(stored);
    }
}

uint32_t sim_device_context_open(struct sim_device *device, const struct wsman_class *class,
                                 uint16_t next, uint64_t now_ms)
{
    struct sim_context *place = &device->contexts[0];
    for (size_t i = 1; i < SIM_CONTEXTS && place->id != 0; i++) {
        if (device->contexts[i].id < place->id)
            place = &device->contexts[i];
    }
    device->context_id++;
    *place = (struct sim_context){
        .id = device->context_id, .next = next, .class = class, .opened_ms = now_ms};
    return place->id;
}

bool sim_device_context_take(struct sim_device *device, uint32_t id, uint64_t now_ms,
                             struct sim_context *context)
{
    for (size_t i = 0; i < SIM_CONTEXTS; i++) {
        struct sim_context *place = &device->contexts[i];
        if (id == 0 || place->id != id)
            continue;
        *context = *place;
        place->id = 0;
        return now_ms - context->opened_ms <= SIM_CONTEXT_LIFE_MS;
    }
    return false;
}
