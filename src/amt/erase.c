#include "amt/erase.h"

#include "amt/boot.h"
#include "amt/boot_parameters.h"
#include "amt/power.h"
#include "amt/reading.h"
#include "amt/refusal.h"
#include "io/fiber.h"

/* AMT_BootCapabilities.PlatformErase, and the targets of the parameter. The firmware's bit is an
 * offer only: it is asked for with ConfigurationDataReset (spec device-protocols 6.4). */
#define SUPPORTED 0x1u
#define DISKS     0x4u
#define TPM       0x40u
#define FIRMWARE  0x10000u
#define BIOS      0x4000000u

/* CIM_BootService.EnabledState: neither recovery nor erase, and the bits of the two. */
#define SERVICE_IDLE 32768u
#define RECOVERY_BIT 1u
#define ERASE_BIT    2u

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
    const struct wsman_xml *settings; /* as last read */
    uint32_t mask;                    /* of the parameter */
    uint32_t service_state;           /* as it was */
    bool service_sent;                /* another state may be in force now … */
    bool settings_sent;               /* … and other settings */
    struct amt_boot_refusal refusal;  /* of a write or of the role */
};

/* ---- what there is ---- */

uint32_t amt_erase_mask(const struct wsman_xml *capabilities)
{
    struct slice text = wsman_xml_child_text(capabilities, "PlatformErase");
    uint64_t mask = 0;
    if (slice_equal_ignore_case(text, SLICE_LITERAL("true")))
        return SUPPORTED;
    (void)slice_to_u64(text, UINT32_MAX, &mask);
    return (uint32_t)mask;
}

bool amt_erase_offers(struct amt *amt, struct arena *arena, struct amt_erase_targets *targets,
                      struct error *err)
{
    struct amt_reading capabilities = AMT_READ_GET(AMT_BootCapabilities);
    if (!amt_read(amt, arena, &capabilities, 1, err))
        return false;
    uint32_t mask = amt_erase_mask(amt_reading_instance(&capabilities));
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
    erase->settings = amt_reading_instance(&erase->readings[SETTINGS]);
    if (erase->settings == NULL)
        return error_set(err, ERROR_PROTOCOL, "the device answered without its boot settings");
    uint64_t state = 0;
    (void)slice_to_u64(
        wsman_xml_child_text(amt_reading_instance(&erase->readings[SERVICE]), "EnabledState"),
        UINT16_MAX, &state);
    erase->service_state = (uint32_t)state;
    return true;
}

static bool check(const struct erase *erase, uint32_t wanted, struct error *err)
{
    uint32_t offered = amt_erase_mask(amt_reading_instance(&erase->readings[CAPABILITIES]));
    if (offered == 0)
        return error_set(err, ERROR_UNSUPPORTED, "the device has no remote platform erase");
    if (!wsman_xml_child_is_true(erase->settings, "RPEEnabled"))
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
 * this state change; the write that follows tells. False: the device did not answer. */
static bool set_service(struct erase *erase, uint32_t state, struct error *err)
{
    const struct wsman_target target = {.class = &wsman_CIM_BootService};
    const struct wsman_value value = {
        .name = "RequestedState", .text = slice_of_string(arena_printf(erase->arena, "%u", state))};
    struct wsman_reply reply;
    struct error why = {ERROR_NONE, ""};
    int64_t return_value;
    erase->service_sent = true;
    if (amt_invoke(erase->amt, erase->arena, &target, "RequestStateChange", &value, 1, &reply,
                   &return_value, &why) ||
        amt_is_device_answer(&why))
        return true;
    *err = why;
    return false;
}

/* One-Click Recovery stays as it is. */
static uint32_t erasing_state(const struct erase *erase)
{
    uint32_t recovery = erase->service_state >= SERVICE_IDLE ? erase->service_state : 0;
    return SERVICE_IDLE | ERASE_BIT | (recovery & RECOVERY_BIT);
}

static bool read_again(struct erase *erase, struct error *err)
{
    const struct wsman_xml *now = amt_boot_read(erase->amt, erase->arena, err);
    if (now != NULL)
        erase->settings = now;
    return now != NULL;
}

/* What an earlier step was answered, and what was passed over, explains nothing that follows. */
static void begin_step(struct erase *erase)
{
    erase->refusal = (struct amt_boot_refusal){.step = NULL};
}

/* An erase that somebody prepared earlier must not be carried out together with this one, or taken
 * for it: what it erases cannot be read. */
static bool clear_earlier(struct erase *erase, struct error *err)
{
    static const struct amt_boot plain = {.source = NULL};
    begin_step(erase);
    if (!amt_boot_is_erase(erase->settings))
        return true;
    struct error why = {ERROR_NONE, ""};
    erase->settings_sent = true;
    if (!amt_boot_write(erase->amt, erase->arena, erase->settings, &plain, &erase->refusal.reply,
                        &why) &&
        !amt_is_device_answer(&why)) {
        *err = why;
        return false;
    }
    if (!read_again(erase, err)) {
        begin_step(erase); /* nor does the answer to the write */
        return false;
    }
    return !amt_boot_is_erase(erase->settings) ||
           error_set(err, ERROR_DEVICE,
                     "an erase that was prepared earlier cannot be taken back: the device keeps "
                     "its boot settings");
}

/* What is shown of the parameters is what was sent. Firmware may show neither. */
static bool shows_parameters(const struct erase *erase)
{
    const struct amt_boot_parameters *sent = erase->boot.parameters;
    struct slice text = wsman_xml_child_text(erase->settings, "UefiBootParametersArray");
    struct slice number = wsman_xml_child_text(erase->settings, "UefiBootNumberOfParams");
    uint64_t count = 0;
    if (sent == NULL)
        return true;
    if (number.size > 0 &&
        (!slice_to_u64(number, UINT16_MAX, &count) || count != (uint64_t)sent->count))
        return false;
    return text.size == 0 || slice_equal(text, amt_boot_parameters_text(sent, erase->arena));
}

/* Some firmware answers the write with a fault and has taken it. Before the write no erase was
 * prepared (clear_earlier), so what is prepared now is this one. */
static bool has_latched(struct erase *erase)
{
    return read_again(erase, NULL) &&
           wsman_xml_child_is_true(erase->settings, "PlatformErase") ==
               erase->boot.platform_erase &&
           wsman_xml_child_is_true(erase->settings, "ConfigurationDataReset") ==
               erase->boot.reset_firmware &&
           !wsman_xml_child_is_true(erase->settings, "SecureErase") && shows_parameters(erase);
}

static bool write_settings(struct erase *erase, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    begin_step(erase);
    erase->settings_sent = true;
    if (amt_boot_write(erase->amt, erase->arena, erase->settings, &erase->boot,
                       &erase->refusal.reply, &why) ||
        (amt_is_device_answer(&why) && has_latched(erase)))
        return true;
    *err = why;
    return false;
}

static bool write_in_state(struct erase *erase, uint32_t state, struct error *err)
{
    return set_service(erase, state, err) && clear_earlier(erase, err) &&
           write_settings(erase, err);
}

static bool write_in_either_state(struct erase *erase, struct error *err)
{
    struct error first = {ERROR_NONE, ""};
    if (write_in_state(erase, SERVICE_IDLE, &first))
        return set_service(erase, erasing_state(erase), err);
    if (!amt_is_device_answer(&first)) {
        *err = first;
        return false;
    }
    return write_in_state(erase, erasing_state(erase), err);
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
    struct amt_power_result result;
    begin_step(erase);
    if (!amt_boot_arm(erase->amt, erase->arena, &erase->refusal, err))
        return false;
    if (erase->refusal.step != NULL)
        return error_set(err, ERROR_DEVICE, "%s is refused", erase->refusal.step);
    begin_step(erase);
    if (!amt_power_request(erase->amt, erase->arena, is_off(erase) ? POWER_ON : POWER_CYCLE,
                           &result, err))
        return false;
    return result.return_value == 0 || error_set(err, ERROR_DEVICE, "%s", result.description);
}

/* After everything is taken back: what else the device tells about its refusal. */
static void explain(struct erase *erase, struct error *err)
{
    if (erase->refusal.step != NULL)
        (void)error_set(
            err, ERROR_DEVICE, "%s",
            amt_refusal_of_boot(erase->amt, erase->arena, &erase->boot, &erase->refusal));
    else
        amt_refusal_explain(erase->amt, erase->arena, &erase->refusal, err);
}

/* Only what may have been changed: nobody waits for a device that answers nothing. */
static void take_back(struct erase *erase)
{
    struct error ignored;
    struct io_shield shield = io_shield_begin(RESTORE_MS);
    if (erase->settings_sent)
        amt_boot_undo(erase->amt, erase->arena, amt_reading_instance(&erase->readings[SETTINGS]));
    if (erase->service_sent && erase->service_state >= SERVICE_IDLE)
        (void)set_service(erase, erase->service_state, &ignored);
    io_shield_end(shield);
}

static bool start(struct erase *erase, uint32_t wanted, struct slice password, struct error *err)
{
    if (!read_all(erase, err) || !check(erase, wanted, err) || !build(erase, wanted, password, err))
        return false;
    if (write_in_either_state(erase, err) && arm_and_start(erase, err))
        return true;
    take_back(erase);
    explain(erase, err);
    return false;
}

bool amt_erase_start(struct amt *amt, struct arena *arena, const struct amt_erase_targets *targets,
                     struct slice password, struct error *err)
{
    struct erase *erase = arena_alloc(arena, sizeof *erase);
    struct error why = {ERROR_NONE, ""};
    uint32_t wanted = wanted_mask(targets);
    *erase = (struct erase){.amt = amt, .arena = arena};
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
