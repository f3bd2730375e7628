#include "amt/erase.h"

#include "amt/boot.h"
#include "amt/boot_parameters.h"
#include "amt/power.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "io/fiber.h"

/* AMT_BootCapabilities.PlatformErase, and the targets of the parameter. The firmware's bit is an
 * offer only: it is asked for with ConfigurationDataReset (spec device-protocols 6.4). */
#define DISKS    0x4u
#define TPM      0x40u
#define FIRMWARE 0x10000u
#define BIOS     0x4000000u

/* CIM_BootService.EnabledState: neither recovery nor erase; erase alone. */
#define SERVICE_IDLE  32768u
#define SERVICE_ERASE 32770u

#define RESTORE_MS  15000
#define POWER_HARD  6 /* DMTF states in which the machine is off */
#define POWER_SOFT  8
#define POWER_ON    "2"
#define POWER_CYCLE "5"

enum { CAPABILITIES, SETTINGS, SERVICE, POWER, CLASSES };

struct erase {
    struct amt *amt;
    struct arena *arena;
    struct amt_reading readings[CLASSES];
    struct amt_boot boot;
    uint32_t mask; /* of the parameter */
    uint32_t service_state;
};

/* ---- what there is ---- */

static uint32_t mask_of(const struct wsman_xml *capabilities)
{
    uint64_t mask = 0;
    (void)slice_to_u64(wsman_xml_child_text(capabilities, "PlatformErase"), UINT32_MAX, &mask);
    return (uint32_t)mask;
}

bool amt_erase_offers(struct amt *amt, struct arena *arena, struct amt_erase_targets *targets,
                      struct error *err)
{
    struct amt_reading capabilities = AMT_READ_GET(AMT_BootCapabilities);
    if (!amt_read(amt, arena, &capabilities, 1, err))
        return false;
    uint32_t mask = mask_of(amt_reading_instance(&capabilities));
    *targets = (struct amt_erase_targets){
        .disks = (mask & DISKS) != 0,
        .tpm = (mask & TPM) != 0,
        .bios = (mask & BIOS) != 0,
        .firmware = (mask & FIRMWARE) != 0,
    };
    return true;
}

static uint32_t wanted_mask(const struct amt_erase_targets *targets)
{
    return (targets->disks ? DISKS : 0) | (targets->tpm ? TPM : 0) | (targets->bios ? BIOS : 0) |
           (targets->firmware ? FIRMWARE : 0);
}

static bool is_true(const struct wsman_xml *instance, const char *name)
{
    return slice_equal_ignore_case(wsman_xml_child_text(instance, name), SLICE_LITERAL("true"));
}

static bool read_all(struct erase *erase, struct error *err)
{
    static const struct amt_reading classes[CLASSES] = {
        [CAPABILITIES] = AMT_READ_GET(AMT_BootCapabilities),
        [SETTINGS] = AMT_READ_GET(AMT_BootSettingData),
        [SERVICE] = AMT_READ_GET(CIM_BootService),
        [POWER] = AMT_READ_ENUMERATE(CIM_ServiceAvailableToElement),
    };
    for (size_t i = 0; i < CLASSES; i++)
        erase->readings[i] = classes[i];
    if (!amt_read(erase->amt, erase->arena, erase->readings, CLASSES, err))
        return false;
    uint64_t state = 0;
    (void)slice_to_u64(
        wsman_xml_child_text(amt_reading_instance(&erase->readings[SERVICE]), "EnabledState"),
        UINT16_MAX, &state);
    erase->service_state = (uint32_t)state;
    return true;
}

static bool check(const struct erase *erase, uint32_t wanted, struct error *err)
{
    uint32_t offered = mask_of(amt_reading_instance(&erase->readings[CAPABILITIES]));
    if (offered == 0)
        return error_set(err, ERROR_UNSUPPORTED, "the device has no remote platform erase");
    if (!is_true(amt_reading_instance(&erase->readings[SETTINGS]), "RPEEnabled"))
        return error_set(err, ERROR_UNSUPPORTED,
                         "remote platform erase is not enabled by the BIOS of this device");
    if ((wanted & ~offered) != 0)
        return error_set(err, ERROR_INVALID, "the device does not offer to erase all of this");
    return true;
}

/* ---- the steps ---- */

static bool build(struct erase *erase, uint32_t wanted, struct slice password, struct error *err)
{
    erase->mask = wanted & ~FIRMWARE;
    erase->boot.reset_firmware = (wanted & FIRMWARE) != 0;
    if (erase->mask == 0)
        return true;
    struct amt_boot_parameters *parameters = arena_alloc(erase->arena, sizeof *parameters);
    if (!amt_boot_parameters_put_number(parameters, AMT_BOOT_ERASE_TARGETS, erase->mask, err))
        return false;
    erase->boot.platform_erase = true;
    erase->boot.parameters = parameters;
    if ((erase->mask & DISKS) == 0 || password.size == 0)
        return true;
    /* One published client sends the one, another the other. */
    erase->boot.erase_password = password;
    return amt_boot_parameters_put(parameters, AMT_BOOT_ERASE_PASSWORD, password, err);
}

/* Firmware allows the settings only while its boot service is idle, but some releases do not know
 * this state change; the write that follows tells. */
static void set_service(struct erase *erase, uint32_t state)
{
    const struct wsman_target target = {.class = &wsman_CIM_BootService};
    const struct wsman_value value = {
        .name = "RequestedState", .text = slice_of_string(arena_printf(erase->arena, "%u", state))};
    struct wsman_reply reply;
    int64_t return_value;
    (void)amt_invoke(erase->amt, erase->arena, &target, "RequestStateChange", &value, 1, &reply,
                     &return_value, NULL);
}

/* Some firmware answers the write with a fault and has taken it. */
static bool has_latched(struct erase *erase)
{
    const struct wsman_xml *now = amt_boot_read(erase->amt, erase->arena, NULL);
    return now != NULL && is_true(now, "PlatformErase") == erase->boot.platform_erase &&
           is_true(now, "ConfigurationDataReset") == erase->boot.reset_firmware;
}

static bool write_settings(struct erase *erase, struct error *err)
{
    const struct wsman_xml *settings = amt_reading_instance(&erase->readings[SETTINGS]);
    struct error why = {ERROR_NONE, ""};
    if (amt_boot_write(erase->amt, erase->arena, settings, &erase->boot, &why) ||
        (amt_is_device_answer(&why) && has_latched(erase)))
        return true;
    *err = why;
    return false;
}

static bool write_in_either_state(struct erase *erase, struct error *err)
{
    struct error first = {ERROR_NONE, ""};
    set_service(erase, SERVICE_IDLE);
    bool ok = write_settings(erase, &first);
    if (!ok && !amt_is_device_answer(&first)) {
        *err = first;
        return false;
    }
    set_service(erase, SERVICE_ERASE);
    return ok || write_settings(erase, err) || error_wrap(err, "AMT_BootSettingData");
}

static bool is_off(const struct erase *erase)
{
    const struct amt_items *services = &erase->readings[POWER].items;
    for (size_t i = 0; i < services->count; i++) {
        uint64_t state;
        if (slice_to_u64(wsman_xml_child_text(services->items[i], "PowerState"), UINT16_MAX,
                         &state))
            return state == POWER_HARD || state == POWER_SOFT;
    }
    return false;
}

static bool arm_and_start(struct erase *erase, struct error *err)
{
    struct amt_boot_refusal refusal = {.step = NULL};
    struct amt_power_result result;
    if (!amt_boot_arm(erase->amt, erase->arena, &refusal, err))
        return false;
    if (refusal.step != NULL)
        return error_set(err, ERROR_DEVICE, "%s: the device answers %lld (%s)", refusal.step,
                         (long long)refusal.return_value,
                         amt_status_boot_name(refusal.return_value));
    if (!amt_power_request(erase->amt, erase->arena, is_off(erase) ? POWER_ON : POWER_CYCLE,
                           &result, err))
        return false;
    return result.return_value == 0 ||
           error_set(err, ERROR_DEVICE, "RequestPowerStateChange: the device answers %lld (%s)",
                     (long long)result.return_value, result.return_text);
}

static void take_back(struct erase *erase)
{
    amt_boot_undo(erase->amt, erase->arena, amt_reading_instance(&erase->readings[SETTINGS]));
    struct io_shield shield = io_shield_begin(RESTORE_MS);
    if (erase->service_state >= SERVICE_IDLE)
        set_service(erase, erase->service_state);
    io_shield_end(shield);
}

static bool start(struct erase *erase, uint32_t wanted, struct slice password, struct error *err)
{
    if (!read_all(erase, err) || !check(erase, wanted, err) || !build(erase, wanted, password, err))
        return false;
    if (write_in_either_state(erase, err) && arm_and_start(erase, err))
        return true;
    take_back(erase);
    return false;
}

bool amt_erase_start(struct amt *amt, struct arena *arena, const struct amt_erase_targets *targets,
                     struct slice password, struct error *err)
{
    struct erase *erase = arena_alloc(arena, sizeof *erase);
    struct error why = {ERROR_NONE, ""};
    uint32_t wanted = wanted_mask(targets);
    erase->amt = amt;
    erase->arena = arena;
    if (wanted == 0)
        return error_set(err, ERROR_INVALID, "nothing is to be erased");
    if (password.size > AMT_ERASE_PASSWORD_LIMIT)
        return error_set(err, ERROR_INVALID, "the password is longer than %d bytes",
                         AMT_ERASE_PASSWORD_LIMIT);
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) {
        ok = start(erase, wanted, password, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}
