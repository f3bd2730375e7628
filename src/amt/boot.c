#include "amt/boot.h"

#include "amt/boot_parameters.h"
#include "io/fiber.h"

#define UNDO_MS 15000 /* for taking a prepared boot back */
#define EXTRAS  5     /* properties that only newer firmware has */

/* What a plain boot needs, and everything else of AMT_BootSettingData is left as the device has it
 * (spec mps 2.7). */
static const struct {
    const char *name;
    const char *plain;
} settings[] = {
    {"BIOSPause", "false"},
    {"BIOSSetup", "false"},
    {"BootMediaIndex", "0"},
    {"ConfigurationDataReset", "false"},
    {"FirmwareVerbosity", "0"},
    {"ForcedProgressEvents", "false"},
    {"IDERBootDevice", "0"},
    {"LockKeyboard", "false"},
    {"LockPowerButton", "false"},
    {"LockResetButton", "false"},
    {"LockSleepButton", "false"},
    {"ReflashBIOS", "false"},
    {"SecureErase", "false"},
    {"UseIDER", "false"},
    {"UseSOL", "false"},
    {"UseSafeMode", "false"},
    {"UserPasswordBypass", "false"},
};
#define SETTINGS (sizeof settings / sizeof settings[0])

static const struct wsman_target setting_data = {.class = &wsman_AMT_BootSettingData};

const struct wsman_xml *amt_boot_read(struct amt *amt, struct arena *arena, struct error *err)
{
    struct wsman_reply reply;
    if (!amt_get(amt, arena, &setting_data, &reply, err))
        return NULL;
    const struct wsman_xml *instance = amt_instance(&reply, &wsman_AMT_BootSettingData);
    if (instance == NULL)
        error_set(err, ERROR_PROTOCOL,
                  "Get AMT_BootSettingData: the device answered with another class");
    return instance;
}

/* Whether `boot` switches the setting on. */
static bool is_on(const char *name, const struct amt_boot *boot)
{
    const struct {
        const char *name;
        bool on;
    } switches[] = {
        {"BIOSSetup", boot->bios_setup},
        {"ConfigurationDataReset", boot->reset_firmware},
        {"ForcedProgressEvents", boot->forced_progress},
        {"SecureErase", boot->secure_erase},
        {"UseIDER", boot->use_ider},
        {"UseSOL", boot->use_sol},
    };
    struct slice setting = slice_of_string(name);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (switches[i].on && slice_equal_string(setting, switches[i].name))
            return true;
    }
    return false;
}

static const char *wanted(const char *name, const char *plain, const struct amt_boot *boot)
{
    if (boot->use_ider && boot->ider_cd &&
        slice_equal_string(slice_of_string(name), "IDERBootDevice"))
        return "1";
    return is_on(name, boot) ? "true" : plain;
}

static struct wsman_value change_of(const char *name, struct slice text)
{
    return (struct wsman_value){.name = name, .text = text};
}

/* What older firmware does not have is written only where the device shows it, or where the boot
 * needs it. An array of parameters that is not wanted is left out. */
static size_t put_extras(struct arena *arena, const struct wsman_xml *settings_now,
                         const struct amt_boot *boot, struct wsman_value *changes)
{
    const struct amt_boot_parameters *parameters = boot->parameters;
    size_t count = 0;
    if (wsman_xml_child(settings_now, "PlatformErase") != NULL || boot->platform_erase)
        changes[count++] = change_of(
            "PlatformErase", boot->platform_erase ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
    if (wsman_xml_child(settings_now, "UefiBootNumberOfParams") != NULL || parameters != NULL)
        changes[count++] = change_of(
            "UefiBootNumberOfParams",
            slice_of_string(arena_printf(arena, "%u", parameters == NULL ? 0 : parameters->count)));
    changes[count++] = change_of("UefiBootParametersArray",
                                 parameters == NULL ? (struct slice){0}
                                                    : amt_boot_parameters_text(parameters, arena));
    if (boot->secure_boot != AMT_SECURE_BOOT_KEEP)
        changes[count++] = change_of("EnforceSecureBoot", boot->secure_boot == AMT_SECURE_BOOT_ON
                                                              ? SLICE_LITERAL("true")
                                                              : SLICE_LITERAL("false"));
    if (boot->erase_password.size > 0)
        changes[count++] = change_of("RSEPassword", boot->erase_password);
    return count;
}

bool amt_boot_write(struct amt *amt, struct arena *arena, const struct wsman_xml *settings_now,
                    const struct amt_boot *boot, struct wsman_reply *reply, struct error *err)
{
    struct wsman_value changes[SETTINGS + EXTRAS];
    for (size_t i = 0; i < SETTINGS; i++)
        changes[i] = change_of(settings[i].name,
                               slice_of_string(wanted(settings[i].name, settings[i].plain, boot)));
    size_t count = SETTINGS + put_extras(arena, settings_now, boot, changes + SETTINGS);
    return amt_put(amt, arena, &setting_data, settings_now, changes, count, reply, err);
}

static bool is(const struct wsman_xml *settings_now, const char *name, const char *plain)
{
    struct slice value = wsman_xml_child_text(settings_now, name);
    return value.size == 0 || slice_equal_ignore_case(value, slice_of_string(plain));
}

size_t amt_boot_unplain(const struct wsman_xml *settings_now, const char **names, size_t size)
{
    static const struct {
        const char *name;
        const char *plain;
    } extras[] = {{"PlatformErase", "false"}, {"UefiBootNumberOfParams", "0"}};
    const size_t extra_count = sizeof extras / sizeof extras[0];
    size_t count = 0;
    for (size_t i = 0; i < SETTINGS + extra_count; i++) {
        const char *name = i < SETTINGS ? settings[i].name : extras[i - SETTINGS].name;
        const char *plain = i < SETTINGS ? settings[i].plain : extras[i - SETTINGS].plain;
        if (is(settings_now, name, plain))
            continue;
        if (count < size)
            names[count] = name;
        count++;
    }
    return count < size ? count : size;
}

static bool make_plain(struct amt *amt, struct arena *arena, const struct wsman_xml *settings_now,
                       struct error *err)
{
    const struct amt_boot plain = {.source = NULL};
    const char *name;
    struct wsman_reply reply;
    return amt_boot_unplain(settings_now, &name, 1) == 0 ||
           amt_boot_write(amt, arena, settings_now, &plain, &reply, err);
}

bool amt_boot_reset_settings(struct amt *amt, struct arena *arena, struct error *err)
{
    const struct wsman_xml *settings_now = amt_boot_read(amt, arena, err);
    return settings_now != NULL && make_plain(amt, arena, settings_now, err);
}

bool amt_boot_reset(struct amt *amt, struct arena *arena, struct error *err)
{
    if (amt_boot_order_is_clear(amt))
        return amt_boot_reset_settings(amt, arena, err);
    struct amt_reading readings[] = {AMT_READ_GET(AMT_BootSettingData),
                                     AMT_READ_ENUMERATE(CIM_ElementSettingData)};
    readings[1].tolerant = true;
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    const struct wsman_xml *settings_now = amt_reading_instance(&readings[0]);
    if (settings_now == NULL)
        return error_set(err, ERROR_PROTOCOL, "the device answered without its boot settings");
    if (!make_plain(amt, arena, settings_now, err))
        return false;
    enum amt_boot_role role = amt_boot_role_of(&readings[1]);
    if (role == AMT_BOOT_ROLE_NONE) {
        amt_boot_order_seen_clear(amt);
        return true;
    }
    struct error why = {ERROR_NONE, ""};
    if (amt_boot_order_clear(amt, arena, &why) ||
        (role == AMT_BOOT_ROLE_UNKNOWN && amt_is_device_answer(&why)))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

bool amt_boot_arm(struct amt *amt, struct arena *arena, struct amt_boot_refusal *refusal,
                  struct error *err)
{
    return amt_boot_role_set(amt, arena, true, refusal, err);
}

bool amt_boot_prepare(struct amt *amt, struct arena *arena, const struct amt_boot *boot,
                      struct amt_boot_refusal *refusal, struct error *err)
{
    *refusal = (struct amt_boot_refusal){.step = NULL};
    const struct wsman_xml *settings_now = amt_boot_read(amt, arena, err);
    refusal->before = settings_now;
    if (settings_now == NULL)
        return false;
    if (boot->parameters != NULL && wsman_xml_child(settings_now, "UefiBootNumberOfParams") == NULL)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the device's firmware knows no One-Click Recovery");
    if (!amt_boot_order_change(amt, arena, NULL, refusal, err))
        return false;
    if (refusal->step != NULL)
        return true;
    refusal->changed = true;
    if (!amt_boot_write(amt, arena, settings_now, boot, &refusal->reply, err) ||
        !amt_boot_arm(amt, arena, refusal, err))
        return false;
    return refusal->step != NULL || amt_boot_order_change(amt, arena, boot->source, refusal, err);
}

static bool is_same(const struct wsman_xml *now, const struct wsman_xml *before, const char *name)
{
    return slice_equal(slice_trim(wsman_xml_child_text(now, name)),
                       slice_trim(wsman_xml_child_text(before, name)));
}

/* Whether everything that a prepared boot may have changed is as it was. */
static bool is_restored(const struct wsman_xml *now, const struct wsman_xml *before)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (!is_same(now, before, settings[i].name))
            return false;
    }
    return is_same(now, before, "PlatformErase") &&
           is_same(now, before, "UefiBootNumberOfParams") &&
           is_same(now, before, "EnforceSecureBoot");
}

/* What the device shows only since the boot was prepared is made plain. */
static size_t put_new(const struct wsman_xml *now, const struct wsman_xml *before,
                      struct wsman_value *changes)
{
    static const struct {
        const char *name;
        const char *plain;
    } extras[] = {{"PlatformErase", "false"},
                  {"UefiBootNumberOfParams", "0"},
                  {"EnforceSecureBoot", "false"}};
    size_t count = 0;
    for (size_t i = 0; i < SETTINGS + sizeof extras / sizeof extras[0]; i++) {
        const char *name = i < SETTINGS ? settings[i].name : extras[i - SETTINGS].name;
        const char *plain = i < SETTINGS ? settings[i].plain : extras[i - SETTINGS].plain;
        if (wsman_xml_child(before, name) == NULL && wsman_xml_child(now, name) != NULL)
            changes[count++] = change_of(name, slice_of_string(plain));
    }
    return count;
}

bool amt_boot_is_erase(const struct wsman_xml *settings_now)
{
    static const char *const names[] = {"PlatformErase", "ConfigurationDataReset", "SecureErase"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal_ignore_case(slice_trim(wsman_xml_child_text(settings_now, names[i])),
                                    SLICE_LITERAL("true")))
            return true;
    }
    return false;
}

/* Puts the settings back as they were. What cannot be read, the disk's password, is left to the
 * switches that give it its meaning. */
static bool restore(struct amt *amt, struct arena *arena, const struct wsman_xml *before,
                    struct error *err)
{
    struct wsman_value changes[SETTINGS + EXTRAS];
    struct wsman_reply reply;
    const struct wsman_xml *now = amt_boot_read(amt, arena, err);
    if (now == NULL)
        return false;
    return is_restored(now, before) || amt_put(amt, arena, &setting_data, before, changes,
                                               put_new(now, before, changes), &reply, err);
}

void amt_boot_undo(struct amt *amt, struct arena *arena, const struct wsman_xml *before)
{
    struct error err;
    struct io_shield shield = io_shield_begin(UNDO_MS);
    if (before != NULL && (amt_boot_is_erase(before) || !restore(amt, arena, before, &err)))
        (void)amt_boot_reset_settings(amt, arena, &err);
    (void)amt_boot_order_clear(amt, arena, &err);
    io_shield_end(shield);
}
