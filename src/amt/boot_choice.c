#include "amt/boot_choice.h"

#include "amt/boot_parameters.h"
#include "amt/boot_source.h"
#include "amt/reading.h"

#define CLIENT_CONTROL_MODE "4" /* ProvisioningMode */

/* ---- what was said ---- */

static bool fail_field(const char *name, const char **field)
{
    if (field != NULL)
        *field = name;
    return false;
}

static bool check_length(const char *name, struct slice value, size_t most, const char **field,
                         struct error *err)
{
    if (value.size <= most)
        return true;
    error_set(err, ERROR_INVALID, "%s is longer than %zu bytes", name, most);
    return fail_field(name, field);
}

static bool check_https(const struct amt_boot_details *details, const char **field,
                        struct error *err)
{
    static const struct slice scheme = {(const uint8_t *)"https://", 8};
    if (details->url.size <= scheme.size ||
        !slice_equal_ignore_case(slice_first(details->url, scheme.size), scheme)) {
        error_set(err, ERROR_INVALID, "the boot needs a url that starts with https://");
        return fail_field("url", field);
    }
    return check_length("url", details->url, amt_boot_parameter_limit(AMT_BOOT_URI), field, err) &&
           check_length("username", details->user, amt_boot_parameter_limit(AMT_BOOT_USER), field,
                        err) &&
           check_length("password", details->password, amt_boot_parameter_limit(AMT_BOOT_PASSWORD),
                        field, err);
}

bool amt_boot_details_check(enum amt_boot_kind kind, const struct amt_boot_details *details,
                            const char **field, struct error *err)
{
    switch (kind) {
    case AMT_BOOT_HTTPS:
        return check_https(details, field, err);
    case AMT_BOOT_PBA:
        if (details->path.size == 0) {
            error_set(err, ERROR_INVALID, "the boot needs the bootPath of a boot source");
            return fail_field("bootPath", field);
        }
        break;
    case AMT_BOOT_SECURE_ERASE:
        return check_length("password", details->password, AMT_BOOT_DISK_PASSWORD_LIMIT, field,
                            err);
    case AMT_BOOT_WINRE:
    case AMT_BOOT_DIAGNOSTIC:
    case AMT_BOOT_FIXED:
        break;
    }
    return check_length("bootPath", details->path, amt_boot_parameter_limit(AMT_BOOT_FILE_PATH),
                        field, err);
}

/* ---- what the device can do ---- */

static bool is_false(const struct wsman_xml *instance, const char *name)
{
    return slice_equal_ignore_case(wsman_xml_child_text(instance, name), SLICE_LITERAL("false"));
}

static bool in_client_control_mode(const struct amt_reading *setup)
{
    return slice_equal_string(wsman_xml_child_text(amt_reading_instance(setup), "ProvisioningMode"),
                              CLIENT_CONTROL_MODE);
}

/* Firmware refuses that too, but only after the boot settings have been written. */
static bool may_relax_secure_boot(struct amt *amt, struct arena *arena, struct error *err)
{
    struct amt_reading setup = AMT_READ_GET(AMT_SetupAndConfigurationService);
    if (!amt_read(amt, arena, &setup, 1, err))
        return false;
    return !in_client_control_mode(&setup) || error_set(err, ERROR_INVALID, AMT_BOOT_CCM_REFUSAL);
}

static bool choose_erase(struct amt *amt, struct arena *arena,
                         const struct amt_boot_details *details, struct amt_boot *boot,
                         struct error *err)
{
    struct amt_reading capabilities = AMT_READ_GET(AMT_BootCapabilities);
    if (!amt_read(amt, arena, &capabilities, 1, err))
        return false;
    if (!slice_equal_ignore_case(
            wsman_xml_child_text(amt_reading_instance(&capabilities), "SecureErase"),
            SLICE_LITERAL("true")))
        return error_set(err, ERROR_UNSUPPORTED, "the device offers no secure erase");
    boot->secure_erase = true;
    boot->erase_password = details->password;
    return true;
}

/* A plain boot instead would end in a machine that restarted for nothing. */
static bool choose_diagnostic(struct amt *amt, struct arena *arena, struct amt_boot *boot,
                              struct error *err)
{
    struct amt_items sources;
    if (!amt_boot_source_list(amt, arena, &sources, err))
        return false;
    if (amt_boot_source_find(&sources, AMT_BOOT_SOURCE_DIAGNOSTIC) == NULL)
        return error_set(err, ERROR_UNSUPPORTED, "the device offers no diagnostic boot");
    boot->source = AMT_BOOT_SOURCE_DIAGNOSTIC;
    return true;
}

/* ---- One-Click Recovery ---- */

static const struct wsman_xml *find_source(const struct amt_items *sources, enum amt_boot_kind kind,
                                           struct slice path)
{
    if (kind == AMT_BOOT_HTTPS)
        return amt_boot_source_find(sources, AMT_BOOT_SOURCE_HTTPS);
    if (path.size > 0)
        return amt_boot_source_find_path(sources, path);
    return amt_boot_source_find_option(sources, kind == AMT_BOOT_WINRE ? AMT_BOOT_OPTION_WINRE
                                                                       : AMT_BOOT_OPTION_PBA);
}

static bool put_https(struct amt_boot_parameters *parameters,
                      const struct amt_boot_details *details, struct error *err)
{
    return amt_boot_parameters_put(parameters, AMT_BOOT_URI, details->url, err) &&
           amt_boot_parameters_put_number(parameters, AMT_BOOT_SYNC_ROOTS, 1, err) &&
           (details->user.size == 0 ||
            amt_boot_parameters_put(parameters, AMT_BOOT_USER, details->user, err)) &&
           (details->password.size == 0 ||
            amt_boot_parameters_put(parameters, AMT_BOOT_PASSWORD, details->password, err));
}

static bool put_path(struct amt_boot_parameters *parameters, struct slice path, struct error *err)
{
    return amt_boot_parameters_put(parameters, AMT_BOOT_FILE_PATH, path, err) &&
           amt_boot_parameters_put_number(parameters, AMT_BOOT_PATH_LENGTH, (uint32_t)path.size,
                                          err);
}

static const char *offered_by(enum amt_boot_kind kind)
{
    switch (kind) {
    case AMT_BOOT_HTTPS:
        return "ForceUEFIHTTPSBoot";
    case AMT_BOOT_PBA:
        return "ForceUEFIPBABoot";
    default:
        return "ForceWinREBoot";
    }
}

static const char *allowed_by(enum amt_boot_kind kind)
{
    switch (kind) {
    case AMT_BOOT_HTTPS:
        return "UEFIHTTPSBootEnabled";
    case AMT_BOOT_PBA:
        return "UEFILocalPBABootEnabled";
    default:
        return "WinREBootEnabled";
    }
}

static bool choose_recovery(struct amt *amt, struct arena *arena, enum amt_boot_kind kind,
                            const struct amt_boot_details *details, struct amt_boot *boot,
                            struct error *err)
{
    struct amt_reading readings[] = {
        AMT_READ_GET(AMT_BootSettingData), AMT_READ_ENUMERATE(CIM_BootSourceSetting),
        AMT_READ_GET(AMT_SetupAndConfigurationService), AMT_READ_GET(AMT_BootCapabilities)};
    if (!amt_read(amt, arena, readings, 4, err))
        return false;
    if (is_false(amt_reading_instance(&readings[3]), offered_by(kind)))
        return error_set(err, ERROR_UNSUPPORTED, "the device cannot boot to this (%s is false)",
                         offered_by(kind));
    if (is_false(amt_reading_instance(&readings[0]), allowed_by(kind)))
        return error_set(err, ERROR_UNSUPPORTED, "the BIOS does not allow this boot (%s is false)",
                         allowed_by(kind));
    const struct wsman_xml *source = find_source(&readings[1].items, kind, details->path);
    if (source == NULL && kind != AMT_BOOT_HTTPS && details->path.size > 0)
        return error_set(err, ERROR_INVALID, "the device has no boot source with this bootPath");
    if (source == NULL)
        return error_set(err, ERROR_UNSUPPORTED, "the device has no boot source for this boot");
    struct amt_boot_parameters *parameters = arena_alloc(arena, sizeof *parameters);
    struct slice path = wsman_xml_child_text(source, "BootString");
    boot->source = arena_string(arena, wsman_xml_child_text(source, "InstanceID"));
    boot->parameters = parameters;
    boot->forced_progress = true;
    boot->use_sol = false; /* the BIOS offers no console on the way (spec mps 2.8) */
    boot->secure_boot = details->secure_boot;
    if (in_client_control_mode(&readings[2])) /* where firmware wants nothing else */
        boot->secure_boot = AMT_SECURE_BOOT_ON;
    return kind == AMT_BOOT_HTTPS ? put_https(parameters, details, err)
                                  : put_path(parameters, path, err);
}

bool amt_boot_choose(struct amt *amt, struct arena *arena, enum amt_boot_kind kind,
                     const struct amt_boot_details *details, struct amt_boot *boot,
                     struct error *err)
{
    boot->use_sol = details->use_sol;
    if (details->secure_boot == AMT_SECURE_BOOT_OFF && !may_relax_secure_boot(amt, arena, err))
        return false;
    switch (kind) {
    case AMT_BOOT_FIXED:
        return true;
    case AMT_BOOT_DIAGNOSTIC:
        return choose_diagnostic(amt, arena, boot, err);
    case AMT_BOOT_SECURE_ERASE:
        return choose_erase(amt, arena, details, boot, err);
    case AMT_BOOT_HTTPS:
    case AMT_BOOT_PBA:
    case AMT_BOOT_WINRE:
        break;
    }
    return choose_recovery(amt, arena, kind, details, boot, err);
}
