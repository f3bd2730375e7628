#include "amt/power.h"

#include "amt/identity.h"
#include "amt/power_action.h"
#include "amt/reading.h"
#include "amt/refusal.h"
#include "amt/status.h"
#include "io/fiber.h"

#define STATE_MS          10000 /* for the whole of amt_power_get_state (spec mps 2.3) */
#define EXPLAIN_MS        5000  /* for the reason of a refusal */
#define OS_UNKNOWN        0
#define OS_UNSUPPORTED    1
#define OS_FULL_POWER     2
#define OS_SAVING         3
#define POWER_ON          2
#define INVALID_PARAMETER 36 /* spec mps A.1 */

/* Of RequestPowerStateChange (spec device-protocols 5.4). */
enum { CHANGE_INVALID_PARAMETER = 5, CHANGE_INVALID_TRANSITION = 4097 };

/* ---- the operating system's power saving ---- */

/* A device without the class gives OS_UNKNOWN. So does nonsense, where the reading bears it (spec
 * mps 2.3: it does not keep the power state from being shown). */
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

bool amt_power_request(struct amt *amt, struct arena *arena, const char *state,
                       struct amt_power_result *result, struct error *err)
{
    if (!request_change(amt, arena, &wsman_CIM_PowerManagementService, "RequestPowerStateChange",
                        "PowerState", state, result, err))
        return false;
    result->return_text = amt_status_name(result->return_value);
    result->description = amt_refusal_of_power(arena, state, NULL, result->return_value);
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
    readings[1].tolerant = true;
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

/* ---- a refusal ---- */

/* The machine's own entry among the services; NULL when the device has none. The refusal is known
 * already, so nobody waits long for what may explain it. */
static const struct wsman_xml *read_offers(struct amt *amt, struct arena *arena)
{
    struct amt_reading services = AMT_READ_ENUMERATE(CIM_ServiceAvailableToElement);
    uint64_t outer = io_deadline_within(EXPLAIN_MS);
    bool ok = amt_read(amt, arena, &services, 1, NULL);
    io_deadline_restore(outer);
    if (!ok)
        return NULL;
    for (size_t i = 0; i < services.items.count; i++) {
        if (slice_equal_string(services.items.items[i]->name,
                               "CIM_AssociatedPowerManagementService"))
            return services.items.items[i];
    }
    return NULL;
}

/* Switches the session off; true when there was one. */
static bool end_session(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                        const char *type)
{
    const struct wsman_target target = {.class = class};
    const struct wsman_value value = {.name = "SessionType", .text = slice_of_string(type)};
    struct wsman_reply reply;
    int64_t return_value;
    return amt_invoke(amt, arena, &target, "TerminateSession", &value, type == NULL ? 0 : 1, &reply,
                      &return_value, NULL) &&
           return_value == 0;
}

static bool end_sessions(struct amt *amt, struct arena *arena)
{
    bool ider = end_session(amt, arena, &wsman_AMT_RedirectionService, "0");
    bool sol = end_session(amt, arena, &wsman_AMT_RedirectionService, "1");
    bool kvm = end_session(amt, arena, &wsman_IPS_KVMRedirectionSettingData, NULL);
    return ider || sol || kvm;
}

/* Whether a session of redirection may be the reason: off and cycle of a machine that is on. */
static bool may_be_blocked(const struct amt_power_action *action, const struct wsman_xml *service,
                           int64_t return_value)
{
    uint64_t state = 0;
    return action->code >= 3 && action->code <= 9 &&
           (return_value == CHANGE_INVALID_PARAMETER ||
            return_value == CHANGE_INVALID_TRANSITION) &&
           slice_to_u64(wsman_xml_child_text(service, "PowerState"), UINT16_MAX, &state) &&
           state == POWER_ON && amt_refusal_is_offered(service, action->power_state);
}

static void describe(struct arena *arena, const struct amt_power_action *action,
                     const struct wsman_xml *service, struct amt_power_result *result)
{
    result->description =
        amt_refusal_of_power(arena, action->power_state, service, result->return_value);
}

/* What can be done about a refused change, or said about it. */
static bool meet_refusal(struct amt *amt, struct arena *arena,
                         const struct amt_power_action *action, struct amt_power_result *result,
                         struct error *err)
{
    const struct wsman_xml *service = read_offers(amt, arena);
    if (service == NULL)
        return true;
    if (may_be_blocked(action, service, result->return_value) && end_sessions(amt, arena))
        return amt_power_request(amt, arena, action->power_state, result, err);
    describe(arena, action, service, result);
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
        result->description =
            state == OS_UNKNOWN
                ? "the device does not know whether the operating system saves power, so it was "
                  "not asked for a change"
                : "the device does not support the operating system's power saving";
        return true;
    }
    if (state != wanted && !request_os_state(amt, arena, wanted, result, err))
        return false;
    result->reply = (struct wsman_reply){0};
    result->return_text = amt_status_os_name(result->return_value);
    result->description = amt_refusal_of_os(arena, result->return_value);
    return true;
}

/* Power on also wakes an operating system that saves power; what becomes of that does not decide
 * about the power change itself. */
static bool wake_os(struct amt *amt, struct arena *arena, struct error *err)
{
    struct amt_power_result ignored;
    int64_t state;
    if (!get_os_state(amt, arena, &state, err))
        return amt_is_device_answer(err);
    return state != OS_SAVING || request_os_state(amt, arena, OS_FULL_POWER, &ignored, err) ||
           amt_is_device_answer(err);
}

static bool act_plainly(struct amt *amt, struct arena *arena, const struct amt_power_action *action,
                        struct amt_power_result *result, struct error *err)
{
    if (!amt_boot_reset(amt, arena, err))
        return false;
    if (action->code == 2 && !wake_os(amt, arena, err))
        return false;
    if (!amt_power_request(amt, arena, action->power_state, result, err))
        return false;
    return result->return_value == 0 || meet_refusal(amt, arena, action, result, err);
}

static bool act_through_boot(struct amt *amt, struct arena *arena,
                             const struct amt_power_action *action,
                             const struct amt_boot_details *details,
                             struct amt_power_result *result, struct error *err)
{
    struct amt_boot_refusal refusal;
    struct amt_boot boot = action->boot;
    if (!amt_boot_choose(amt, arena, action->kind, details, &boot, err))
        return false;
    bool ok = amt_boot_prepare(amt, arena, &boot, &refusal, err);
    bool refused_step = ok && refusal.step != NULL;
    if (refused_step) {
        result->reply = refusal.reply;
        result->return_value = refusal.return_value;
        result->return_text =
            arena_printf(arena, "%s: %s", refusal.step, amt_status_boot_name(refusal.return_value));
    } else if (ok) {
        ok = amt_power_request(amt, arena, action->power_state, result, err);
    }
    if (refusal.changed && (!ok || result->return_value != 0))
        amt_boot_undo(amt, arena, refusal.before);
    if (!ok)
        amt_refusal_explain(amt, arena, &refusal, err);
    else if (refused_step)
        result->description = amt_refusal_of_boot(amt, arena, &boot, &refusal);
    else if (result->return_value != 0)
        describe(arena, action, read_offers(amt, arena), result);
    return ok;
}

bool amt_power_act(struct amt *amt, struct arena *arena, int action,
                   const struct amt_boot_details *details, struct amt_power_result *result,
                   struct error *err)
{
    static const struct amt_boot_details none = {.use_sol = false};
    struct error why = {ERROR_NONE, ""};
    const struct amt_power_action *found = amt_power_action_find(action);
    *result = (struct amt_power_result){.return_value = 0};
    if (!amt_power_check(action, details, NULL, err))
        return false;
    if (action == 17) { /* passes the toolkit's validation, but no device knows it */
        result->return_value = INVALID_PARAMETER;
        result->return_text = amt_status_name(INVALID_PARAMETER);
        result->description = "no device knows power action 17, so none was asked "
                              "(INVALID_PARAMETER)";
        return true;
    }
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) {
        if (found == NULL)
            ok = act_on_os(amt, arena, action == 500 ? OS_FULL_POWER : OS_SAVING, result, &why);
        else if (found->boots)
            ok = act_through_boot(amt, arena, found, details == NULL ? &none : details, result,
                                  &why);
        else
            ok = act_plainly(amt, arena, found, result, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}
