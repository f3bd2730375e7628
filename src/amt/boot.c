#include "amt/boot.h"

#define ROLE_NEXT_SINGLE_USE "1"
#define ROLE_DISABLED        "32768"

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

static const struct wsman_xml *read_settings(struct amt *amt, struct arena *arena,
                                             struct error *err)
{
    struct wsman_reply reply;
    if (!amt_get(amt, arena, &setting_data, &reply, err))
        return NULL;
    const struct wsman_xml *instance = amt_instance(&reply, &wsman_AMT_BootSettingData);
    if (instance == NULL)
        error_set(err, ERROR_PROTOCOL, "the device answered without its boot settings");
    return instance;
}

static const char *wanted(const char *name, const char *plain, const struct amt_boot *boot)
{
    struct slice setting = slice_of_string(name);
    if (boot->bios_setup && slice_equal_string(setting, "BIOSSetup"))
        return "true";
    if (boot->use_ider && slice_equal_string(setting, "UseIDER"))
        return "true";
    if (boot->use_ider && boot->ider_cd && slice_equal_string(setting, "IDERBootDevice"))
        return "1";
    return plain;
}

static bool write_settings(struct amt *amt, struct arena *arena, const struct wsman_xml *instance,
                           const struct amt_boot *boot, struct error *err)
{
    struct wsman_value changes[SETTINGS];
    for (size_t i = 0; i < SETTINGS; i++)
        changes[i] = (struct wsman_value){
            .name = settings[i].name,
            .text = slice_of_string(wanted(settings[i].name, settings[i].plain, boot))};
    struct wsman_reply reply;
    return amt_put(amt, arena, &setting_data, instance, changes, SETTINGS, &reply, err);
}

static bool is_plain(const struct wsman_xml *instance)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        struct slice value = wsman_xml_child_text(instance, settings[i].name);
        if (value.size > 0 && !slice_equal_ignore_case(value, slice_of_string(settings[i].plain)))
            return false;
    }
    return true;
}

bool amt_boot_reset(struct amt *amt, struct arena *arena, struct error *err)
{
    const struct amt_boot plain = {.source = NULL};
    const struct wsman_xml *instance = read_settings(amt, arena, err);
    if (instance == NULL)
        return false;
    return is_plain(instance) || write_settings(amt, arena, instance, &plain, err);
}

/* ChangeBootOrder; `source` NULL clears the order. */
static bool change_order(struct amt *amt, struct arena *arena, const char *source,
                         struct amt_boot_refusal *refusal, struct error *err)
{
    const struct wsman_target config = {.class = &wsman_CIM_BootConfigSetting};
    const struct wsman_selector selector = {"InstanceID", slice_of_string(source)};
    const struct wsman_target reference = {
        .class = &wsman_CIM_BootSourceSetting, .selectors = &selector, .selector_count = 1};
    const struct wsman_value value = {.name = "Source", .reference = &reference};
    if (!amt_invoke(amt, arena, &config, "ChangeBootOrder", &value, source == NULL ? 0 : 1,
                    &refusal->reply, &refusal->return_value, err))
        return false;
    if (refusal->return_value != 0)
        refusal->step = "ChangeBootOrder";
    return true;
}

static bool set_role(struct amt *amt, struct arena *arena, const char *role,
                     struct amt_boot_refusal *refusal, struct error *err)
{
    const struct wsman_target service = {.class = &wsman_CIM_BootService};
    const struct wsman_selector selector = {"InstanceID",
                                            SLICE_LITERAL("Intel(r) AMT: Boot Configuration 0")};
    const struct wsman_target config = {
        .class = &wsman_CIM_BootConfigSetting, .selectors = &selector, .selector_count = 1};
    const struct wsman_value values[] = {{.name = "BootConfigSetting", .reference = &config},
                                         {.name = "Role", .text = slice_of_string(role)}};
    if (!amt_invoke(amt, arena, &service, "SetBootConfigRole", values, 2, &refusal->reply,
                    &refusal->return_value, err))
        return false;
    if (refusal->return_value != 0)
        refusal->step = "SetBootConfigRole";
    return true;
}

bool amt_boot_prepare(struct amt *amt, struct arena *arena, const struct amt_boot *boot,
                      struct amt_boot_refusal *refusal, struct error *err)
{
    *refusal = (struct amt_boot_refusal){.step = NULL};
    const struct wsman_xml *instance = read_settings(amt, arena, err);
    if (instance == NULL || !change_order(amt, arena, NULL, refusal, err))
        return false;
    if (refusal->step != NULL)
        return true;
    if (!write_settings(amt, arena, instance, boot, err) ||
        !set_role(amt, arena, ROLE_NEXT_SINGLE_USE, refusal, err))
        return false;
    return refusal->step != NULL || change_order(amt, arena, boot->source, refusal, err);
}

void amt_boot_undo(struct amt *amt, struct arena *arena)
{
    struct amt_boot_refusal ignored = {.step = NULL};
    struct error err;
    (void)amt_boot_reset(amt, arena, &err);
    (void)change_order(amt, arena, NULL, &ignored, &err);
    (void)set_role(amt, arena, ROLE_DISABLED, &ignored, &err);
}
