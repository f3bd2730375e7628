#include "amt/power.h"

#include "amt/boot.h"
#include "amt/identity.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "io/fiber.h"

#define STATE_MS          10000 /* for the whole of amt_power_get_state (spec mps 2.3) */
#define OS_UNKNOWN        0
#define OS_UNSUPPORTED    1
#define OS_FULL_POWER     2
#define OS_SAVING         3
#define INVALID_PARAMETER 36    /* spec mps A.1 */
#define UNDO_MS           15000 /* for taking a prepared boot back */

#define SOURCE_PXE "Intel(r) AMT: Force PXE Boot"
#define SOURCE_CD  "Intel(r) AMT: Force CD/DVD Boot"

/* What becomes of each action code (spec mps 2.7, 2.8). */
static const struct action {
    int code;
    const char *power_state;
    bool boots; /* to something else, through boot settings */
    struct amt_boot boot;
} actions[] = {
    {.code = 2, .power_state = "2"},
    {.code = 3, .power_state = "3"},
    {.code = 4, .power_state = "4"},
    {.code = 5, .power_state = "5"},
    {.code = 6, .power_state = "6"},
    {.code = 7, .power_state = "7"},
    {.code = 8, .power_state = "8"},
    {.code = 10, .power_state = "10"},
    {.code = 11, .power_state = "11"},
    {.code = 12, .power_state = "12"},
    {.code = 13, .power_state = "13"},
    {.code = 14, .power_state = "14"},
    {.code = 15, .power_state = "15"},
    {.code = 16, .power_state = "16"},
    {.code = 100, .power_state = "2", .boots = true, .boot = {.bios_setup = true}},
    {.code = 101, .power_state = "10", .boots = true, .boot = {.bios_setup = true}},
    {.code = 200, .power_state = "10", .boots = true, .boot = {.use_ider = true}},
    {.code = 201, .power_state = "2", .boots = true, .boot = {.use_ider = true}},
    {.code = 202,
     .power_state = "10",
     .boots = true,
     .boot = {.use_ider = true, .ider_cd = true, .source = SOURCE_CD}},
    {.code = 203,
     .power_state = "2",
     .boots = true,
     .boot = {.use_ider = true, .ider_cd = true, .source = SOURCE_CD}},
    {.code = 300, .power_state = "2", .boots = true},
    {.code = 301, .power_state = "10", .boots = true},
    {.code = 400, .power_state = "10", .boots = true, .boot = {.source = SOURCE_PXE}},
    {.code = 401, .power_state = "2", .boots = true, .boot = {.source = SOURCE_PXE}},
};

static const struct action *action_find(int code)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (actions[i].code == code)
            return &actions[i];
    }
    return NULL;
}

/* ---- the operating system's power saving ---- */

/* A device without the class, or one that answers nonsense, gives OS_UNKNOWN. */
static int64_t os_state_of(const struct amt_reading *reading)
{
    const struct wsman_xml *instance = amt_reading_instance(reading);
    uint64_t value = OS_UNKNOWN;
    (void)slice_to_u64(wsman_xml_child_text(instance, "OSPowerSavingState"), UINT16_MAX, &value);
    return (int64_t)value;
}

static bool get_os_state(struct amt *amt, struct arena *arena, int64_t *state, struct error *err)
{
    struct amt_reading reading = AMT_READ_GET(IPS_PowerManagementService);
    reading.optional = true;
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    *state = os_state_of(&reading);
    return true;
}

/* Calls a method that takes a state and the machine it is for. */
static bool request_change(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                           const char *method, const char *parameter, const char *state,
                           struct amt_power_result *result, struct error *err)
{
    const struct wsman_target service = {.class = class};
    const struct wsman_selector selectors[] = {
        {"CreationClassName", SLICE_LITERAL("CIM_ComputerSystem")},
        {"Name", SLICE_LITERAL("ManagedSystem")}};
    const struct wsman_target machine = {
        .class = &wsman_CIM_ComputerSystem, .selectors = selectors, .selector_count = 2};
    const struct wsman_value values[] = {{.name = parameter, .text = slice_of_string(state)},
                                         {.name = "ManagedElement", .reference = &machine}};
    return amt_invoke(amt, arena, &service, method, values, 2, &result->reply,
                      &result->return_value, err);
}

static bool request_os_state(struct amt *amt, struct arena *arena, int64_t state,
                             struct amt_power_result *result, struct error *err)
{
    return request_change(amt, arena, &wsman_IPS_PowerManagementService,
                          "RequestOSPowerSavingStateChange", "OSPowerSavingState",
                          state == OS_FULL_POWER ? "2" : "3", result, err);
}

static bool request_power_state(struct amt *amt, struct arena *arena, const char *state,
                                struct amt_power_result *result, struct error *err)
{
    if (!request_change(amt, arena, &wsman_CIM_PowerManagementService, "RequestPowerStateChange",
                        "PowerState", state, result, err))
        return false;
    result->return_text = amt_status_name(result->return_value);
    return true;
}

/* ---- reading ---- */

static bool find_power_state(const struct amt_items *services, int64_t *state, struct error *err)
{
    for (size_t i = 0; i < services->count; i++) {
        uint64_t value = 0;
        const struct wsman_xml *item = services->items[i];
        if (slice_equal_string(item->name, "CIM_AssociatedPowerManagementService") &&
            slice_to_u64(wsman_xml_child_text(item, "PowerState"), UINT16_MAX, &value)) {
            *state = (int64_t)value;
            return true;
        }
    }
    return error_set(err, ERROR_PROTOCOL, "the device did not tell its power state");
}

bool amt_power_get_state(struct amt *amt, struct arena *arena, struct amt_power_state *state,
                         struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(CIM_ServiceAvailableToElement),
                                     AMT_READ_GET(IPS_PowerManagementService)};
    readings[1].optional = true;
    uint64_t outer = io_deadline_within(STATE_MS);
    bool ok = amt_read(amt, arena, readings, 2, err);
    io_deadline_restore(outer);
    if (!ok)
        return false;
    state->os_power_saving_state = os_state_of(&readings[1]);
    return find_power_state(&readings[0].items, &state->power_state, err);
}

static bool is_true(const struct wsman_xml *instance, const char *name)
{
    return slice_equal_ignore_case(wsman_xml_child_text(instance, name), SLICE_LITERAL("true"));
}

bool amt_power_get_capabilities(struct amt *amt, struct arena *arena,
                                struct amt_power_capabilities *capabilities, struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(CIM_SoftwareIdentity),
                                     AMT_READ_GET(AMT_BootCapabilities)};
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    const struct wsman_xml *boot = amt_reading_instance(&readings[1]);
    *capabilities = (struct amt_power_capabilities){
        .major_version = amt_identity_major(&readings[0].items),
        .bios_setup = is_true(boot, "BIOSSetup"),
        .secure_erase = is_true(boot, "SecureErase"),
        .force_diagnostic_boot = is_true(boot, "ForceDiagnosticBoot"),
    };
    return true;
}

/* ---- acting ---- */

/* 500 and 501. The two texts for states that cannot be left are the toolkit's own (spec mps 1.11).
 * Nothing boots, so boot settings stay as they are. */
static bool act_on_os(struct amt *amt, struct arena *arena, int64_t wanted,
                      struct amt_power_result *result, struct error *err)
{
    int64_t state;
    if (!get_os_state(amt, arena, &state, err))
        return false;
    if (state == OS_UNKNOWN || state == OS_UNSUPPORTED) {
        result->return_value = state == OS_UNKNOWN ? 1 : 2;
        result->return_text =
            state == OS_UNKNOWN ? "OS_POWER_STATE_UNKNOWN" : "OS_POWER_STATE_UNSUPPORTED";
        return true;
    }
    if (state != wanted && !request_os_state(amt, arena, wanted, result, err))
        return false;
    result->reply = (struct wsman_reply){0};
    result->return_text = amt_status_os_name(result->return_value);
    return true;
}

/* Power on also wakes an operating system that saves power; what becomes of that does not decide
 * about the power change itself. */
static bool wake_os(struct amt *amt, struct arena *arena, struct error *err)
{
    struct amt_power_result ignored;
    int64_t state;
    if (!get_os_state(amt, arena, &state, err))
        return false;
    return state != OS_SAVING || request_os_state(amt, arena, OS_FULL_POWER, &ignored, err) ||
           amt_is_device_answer(err);
}

static bool act_plainly(struct amt *amt, struct arena *arena, const struct action *action,
                        struct amt_power_result *result, struct error *err)
{
    if (!amt_boot_reset(amt, arena, err))
        return error_wrap(err, "boot settings");
    if (action->code == 2 && !wake_os(amt, arena, err))
        return false;
    return request_power_state(amt, arena, action->power_state, result, err);
}

/* A boot that is prepared but not carried out would surprise whoever starts the machine next, so
 * whatever fails takes the preparation back: also when the deadline has passed or whoever asked is
 * gone. */
static void undo_boot(struct amt *amt, struct arena *arena)
{
    struct io_shield shield = io_shield_begin(UNDO_MS);
    amt_boot_undo(amt, arena);
    io_shield_end(shield);
}

static bool act_through_boot(struct amt *amt, struct arena *arena, const struct action *action,
                             struct amt_power_result *result, struct error *err)
{
    struct amt_boot_refusal refusal;
    bool ok = amt_boot_prepare(amt, arena, &action->boot, &refusal, err);
    if (ok && refusal.step != NULL) {
        result->reply = refusal.reply;
        result->return_value = refusal.return_value;
        result->return_text =
            arena_printf(arena, "%s: %s", refusal.step, amt_status_boot_name(refusal.return_value));
    } else if (ok) {
        ok = request_power_state(amt, arena, action->power_state, result, err);
    }
    if (!ok || result->return_value != 0)
        undo_boot(amt, arena);
    return ok;
}

bool amt_power_act(struct amt *amt, struct arena *arena, int action,
                   struct amt_power_result *result, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    const struct action *found = action_find(action);
    *result = (struct amt_power_result){.return_value = 0};
    if (action == 17) { /* passes the toolkit's validation, but no device knows it */
        result->return_value = INVALID_PARAMETER;
        result->return_text = amt_status_name(INVALID_PARAMETER);
        return true;
    }
    if (action >= 104 && action <= 110)
        return error_set(err, ERROR_UNSUPPORTED, "power action %d needs boot options", action);
    if (found == NULL && action != 500 && action != 501)
        return error_set(err, ERROR_INVALID, "there is no power action %d", action);
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) {
        if (found == NULL)
            ok = act_on_os(amt, arena, action == 500 ? OS_FULL_POWER : OS_SAVING, result, &why);
        else if (found->boots)
            ok = act_through_boot(amt, arena, found, result, &why);
        else
            ok = act_plainly(amt, arena, found, result, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}
