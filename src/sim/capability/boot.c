/* What the host boots to (spec device-protocols 6.3, 6.4): boot sources, the role of the boot
 * configuration, the switches of AMT_BootSettingData and the parameters of One-Click Recovery and
 * platform erase. All of it serves one boot. */
#include "core/cursor.h"
#include "core/encoding.h"
#include "sim/capability/capability.h"
#include "sim/host.h"
#include "sim/object.h"

#include <stdio.h>
#include <string.h>

#define PARAMETERS_SIZE 1024
#define VENDOR          0x8086
#define ERASE_OF_MAJOR  16 /* firmware before that has no platform erase */

enum { ROLE_NEXT = 1, ROLE_DISABLED = 32768 };

static const char settings_class[] = "AMT_BootSettingData";
static const char capabilities_class[] = "AMT_BootCapabilities";
static const char source_class[] = "CIM_BootSourceSetting";
static const char https_source[] = "Intel(r) AMT: Force OCR UEFI HTTPS Boot";

static const struct sim_personality_instance *first_of(const struct sim_device *device,
                                                       const char *class)
{
    struct sim_walk walk = {.device = device};
    return sim_walk_next_of(&walk, class);
}

/* ---- parameters ---- */

/* Types of One-Click Recovery with the most bytes of their values; those of numbers are exact. */
static const struct limit {
    uint16_t type;
    uint16_t most;
    bool exact;
} recovery[] = {
    {1, 300, false}, {2, 300, false}, {3, 2, true},   {4, 32, true},    {5, 48, true},
    {6, 64, true},   {10, 50, false}, {20, 1, true},  {21, 256, false}, {22, 2, true},
    {23, 32, true},  {24, 48, true},  {25, 64, true}, {30, 2, true},    {40, 16, false},
    {41, 16, false}, {0, 0, false},
};

/* Those of an erase: what, the drive's PSID, its password. */
static const struct limit erasure[] = {
    {1, 4, true}, {10, 32, false}, {20, 32, false}, {0, 0, false}};

struct parameters {
    unsigned count;
    struct slice first;  /* value of type 1 */
    struct slice second; /* value of type 2 */
};

/* False when they are not what the BIOS understands. */
static bool read_parameters(struct slice bytes, const struct limit *limits,
                            struct parameters *parameters)
{
    struct cursor from = cursor_of(bytes);
    memset(parameters, 0, sizeof(*parameters));
    while (from.left > 0) {
        uint16_t vendor = cursor_u16_le(&from), type = cursor_u16_le(&from);
        struct slice value = cursor_bytes(&from, cursor_u32_le(&from));
        const struct limit *limit = limits;
        while (limit->type != 0 && limit->type != type)
            limit++;
        if (!cursor_ok(&from) || vendor != VENDOR || limit->type == 0 || value.size == 0 ||
            value.size > limit->most || (limit->exact && value.size != limit->most))
            return false;
        if (type <= 2)
            *(type == 1 ? &parameters->first : &parameters->second) = value;
        parameters->count++;
    }
    return bytes.size <= PARAMETERS_SIZE;
}

static uint32_t number_of(struct slice value)
{
    struct cursor from = cursor_of(value);
    return cursor_u32_le(&from);
}

/* ---- settings ---- */

static bool is_true(struct slice text)
{
    return slice_equal_string(text, "true") || slice_equal_string(text, "1");
}

/* What can be erased (spec console 1.6, remote platform erase); 0: nothing. */
static uint64_t erasable(const struct sim_device *device)
{
    const struct sim_personality_instance *can = first_of(device, capabilities_class);
    uint64_t mask = 0;
    if (can == NULL || device->personality->major < ERASE_OF_MAJOR)
        return 0;
    (void)slice_to_u64(sim_object_get(device, can, "PlatformErase"), UINT32_MAX, &mask);
    return mask;
}

static enum sim_fault check_erase(const struct sim_change *change,
                                  const struct parameters *parameters)
{
    uint32_t mask = number_of(parameters->first);
    uint64_t may = erasable(change->device);
    return parameters->first.size == 4 && mask != 0 && (mask & ~may) == 0
               ? SIM_FAULT_NONE
               : SIM_FAULT_INVALID_REPRESENTATION;
}

/* Text and number of the parameters must agree, and the parameters with what is asked for. */
static enum sim_fault check_settings(struct sim_change *change)
{
    const struct wsman_xml *element = change->element;
    struct slice text = wsman_xml_child_text(element, "UefiBootParametersArray"), bytes = {0};
    struct parameters parameters;
    uint64_t count = 0;
    bool erase = is_true(wsman_xml_child_text(element, "PlatformErase"));
    (void)sim_input_number(element, "UefiBootNumberOfParams", UINT16_MAX, &count);
    if (text.size > 0 && !change->device->personality->ocr)
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (!encoding_base64_decode(change->arena, text, &bytes) ||
        !read_parameters(bytes, erase ? erasure : recovery, &parameters) ||
        parameters.count != count)
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (erase)
        return check_erase(change, &parameters);
    /* clients say so themselves in this mode: what is started must be signed */
    if (count > 0 && change->device->client_mode &&
        !is_true(wsman_xml_child_text(element, "EnforceSecureBoot")))
        return SIM_FAULT_INVALID_REPRESENTATION;
    return SIM_FAULT_NONE;
}

static void settings_changed(struct sim_change *change)
{
    change->device->options_cleared = false;
}

static void read_settings(const struct sim_device *device, struct sim_instance *instance)
{
    size_t seen = 0;
    sim_instance_set(instance, "OptionsCleared", device->options_cleared ? "true" : "false");
    for (size_t i = 0; device->bios_status_known && i < instance->count && seen < 2; i++) {
        if (strcmp(instance->values[i].property->name, "BIOSLastStatus") == 0)
            instance->values[i].text = slice_of_string(
                arena_printf(instance->arena, "%u", (unsigned)device->bios_status[seen++]));
    }
}

static void read_capabilities(const struct sim_device *device, struct sim_instance *instance)
{
    size_t kept = 0;
    for (size_t i = 0; i < instance->count; i++) {
        if (device->personality->major >= ERASE_OF_MAJOR ||
            strcmp(instance->values[i].property->name, "PlatformErase") != 0)
            instance->values[kept++] = instance->values[i];
    }
    instance->count = kept;
}

static void read_service(const struct sim_device *device, struct sim_instance *instance)
{
    sim_instance_set(instance, "EnabledState",
                     arena_printf(instance->arena, "%u", (unsigned)device->boot_service_state));
}

static void read_role(const struct sim_device *device, struct sim_instance *instance)
{
    sim_instance_set(instance, "IsNext", device->boot_role ? "1" : "2");
}

static void read_reason(const struct sim_device *device, struct sim_instance *instance)
{
    sim_instance_set(instance, "PreviousSxState",
                     arena_printf(instance->arena, "%u", (unsigned)device->boot_from));
    sim_instance_set(instance, "ReasonDetails", device->boot_reason);
}

/* ---- the boot ---- */

static struct slice stored(const struct sim_device *device, const char *name)
{
    return sim_object_get(device, first_of(device, settings_class), name);
}

static bool flag(const struct sim_device *device, const char *name)
{
    return slice_equal_string(stored(device, name), "true");
}

static void set_status(struct sim_device *device, unsigned status, unsigned detail)
{
    device->bios_status_known = true;
    device->bios_status[0] = (uint16_t)status;
    device->bios_status[1] = (uint16_t)detail;
}

/* One-Click Recovery; false when what it needs is missing. */
static bool recover(struct sim_device *device, const struct parameters *parameters)
{
    bool https = strcmp(device->boot_source, https_source) == 0;
    struct slice what = https ? parameters->first : parameters->second;
    if (https && what.size == 0)
        return false;
    snprintf(device->boot.to, sizeof(device->boot.to), "%s %.*s",
             https ? "HTTPS" : device->boot_source + strlen("Intel(r) AMT: Force "),
             SLICE_ARG(what));
    return true;
}

static bool boot_source(struct sim_device *device, const struct parameters *parameters)
{
    if (strstr(device->boot_source, "OCR") != NULL)
        return recover(device, parameters);
    snprintf(device->boot.to, sizeof(device->boot.to), "%s",
             device->boot_source + strlen("Intel(r) AMT: Force "));
    return true;
}

/* What the BIOS does with the options, in its order. */
static bool follow_options(struct sim_device *device, const struct parameters *parameters)
{
    char *to = device->boot.to;
    size_t size = sizeof(device->boot.to);
    if (flag(device, "PlatformErase"))
        snprintf(to, size, "platform erase 0x%08x", (unsigned)number_of(parameters->first));
    else if (flag(device, "ConfigurationDataReset"))
        snprintf(to, size, "unconfigured firmware");
    else if (flag(device, "SecureErase"))
        snprintf(to, size, "secure erase");
    else if (device->boot.bios_setup)
        snprintf(to, size, "BIOS setup");
    else if (device->boot.use_ider)
        snprintf(to, size, "IDER %s", device->boot.ider_cd ? "CD" : "floppy");
    else if (device->boot_source != NULL)
        return boot_source(device, parameters);
    return true;
}

void sim_boot_clear(struct sim_device *device)
{
    sim_device_forget(device, first_of(device, settings_class), NULL);
    device->options_cleared = true;
    device->boot_role = false;
    device->boot_source = NULL;
}

void sim_boot_host(struct sim_device *device, const char *reason, uint64_t now_ms)
{
    struct arena arena;
    struct parameters parameters;
    struct slice bytes = {0};
    struct sim_boot *boot = &device->boot;
    bool unconfigure = flag(device, "ConfigurationDataReset");
    bool any = !device->options_cleared || device->boot_source != NULL;
    arena_init(&arena);
    (void)encoding_base64_decode(&arena, stored(device, "UefiBootParametersArray"), &bytes);
    if (!read_parameters(bytes, flag(device, "PlatformErase") ? erasure : recovery, &parameters))
        memset(&parameters, 0, sizeof(parameters));
    boot->count++;
    boot->role_was_set = device->boot_role;
    boot->source = device->boot_source;
    boot->bios_setup = flag(device, "BIOSSetup");
    boot->use_ider = flag(device, "UseIDER");
    boot->ider_cd = slice_equal_string(stored(device, "IDERBootDevice"), "1");
    boot->use_sol = flag(device, "UseSOL");
    snprintf(boot->to, sizeof(boot->to), "disk");
    /* without the role the configuration is not the next one */
    bool followed = !device->boot_role || follow_options(device, &parameters);
    if (any)
        set_status(device, followed ? 0 : 0xFFFF, followed ? 0 : 3);
    arena_fini(&arena);
    unconfigure = unconfigure && device->boot_role;
    sim_boot_clear(device);
    device->os_saving = 2;
    device->boot_ms = now_ms;
    device->boot_happened = true;
    device->boot_reason = reason;
    sim_message_log_boot(device, now_ms);
    sim_agent_boot(device, now_ms);
    if (unconfigure)
        sim_device_unprovision(device, now_ms);
    if (device->booted != NULL)
        device->booted(device);
    if (strncmp(boot->to, "IDER", 4) == 0) /* it reads whether anybody looks or not */
        (void)sim_host_of(device, now_ms);
}

/* ---- methods ---- */

/* The text of the personality's own table, which outlives the request. */
static const char *source_of(const struct sim_device *device, struct slice id)
{
    const struct sim_personality_instance *found =
        sim_object_find(device, source_class, "InstanceID", id);
    return found == NULL ? NULL : (const char *)sim_object_get(device, found, "InstanceID").data;
}

static enum sim_fault change_order(struct sim_call *call)
{
    const struct wsman_xml *source = wsman_xml_child(call->input, "Source");
    call->return_value = SIM_OK;
    if (source == NULL) {
        call->device->boot_source = NULL;
        return SIM_FAULT_NONE;
    }
    if (sim_consent_missing(call->device)) {
        call->return_value = SIM_ACCESS_DENIED;
        return SIM_FAULT_NONE;
    }
    struct slice id;
    const char *found = NULL;
    if (sim_reference_is(source, source_class, "InstanceID", &id))
        found = source_of(call->device, id);
    if (found == NULL)
        call->return_value = SIM_INVALID_PARAMETER;
    else
        call->device->boot_source = found;
    return SIM_FAULT_NONE;
}

static enum sim_fault set_role(struct sim_call *call)
{
    uint64_t role;
    struct slice id;
    if (!sim_input_number(call->input, "Role", UINT16_MAX, &role))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if ((role != ROLE_NEXT && role != ROLE_DISABLED) ||
        !sim_reference_is(wsman_xml_child(call->input, "BootConfigSetting"),
                          "CIM_BootConfigSetting", "InstanceID", &id) ||
        !slice_equal_string(id, "Intel(r) AMT: Boot Configuration 0")) {
        call->return_value = SIM_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    if (role == ROLE_NEXT && sim_consent_missing(call->device)) {
        call->return_value = SIM_ACCESS_DENIED;
        return SIM_FAULT_NONE;
    }
    call->device->boot_role = role == ROLE_NEXT;
    if (role == ROLE_NEXT)
        sim_audit(call->device, 17, 4, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault change_service(struct sim_call *call)
{
    uint64_t state;
    if (!sim_input_number(call->input, "RequestedState", UINT16_MAX, &state))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (!call->device->personality->ocr) {
        call->return_value = SIM_NOT_SUPPORTED;
    } else if (state < 32768 || state > 32771) {
        call->return_value = SIM_INVALID_PARAMETER;
    } else {
        call->device->boot_service_state = (uint32_t)state;
        call->return_value = SIM_OK;
    }
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_boots = {
    .methods =
        (const struct sim_method[]){
            {"CIM_BootConfigSetting", "ChangeBootOrder", change_order},
            {"CIM_BootService", "RequestStateChange", change_service},
            {"CIM_BootService", "SetBootConfigRole", set_role},
            {NULL, NULL, NULL},
        },
    .readers =
        (const struct sim_reader[]){
            {capabilities_class, read_capabilities},
            {settings_class, read_settings},
            {"CIM_BootService", read_service},
            {"CIM_ElementSettingData", read_role},
            {"IPS_HostBootReason", read_reason},
            {NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = settings_class, .put = check_settings, .changed = settings_changed},
            {.class = NULL},
        },
};
