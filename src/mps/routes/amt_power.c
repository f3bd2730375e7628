/* /api/v1/amt/power/… (spec mps 1.11). */
#include "amt/power.h"

#include "amt/boot_source.h"
#include "amt/power_action.h"
#include "events/events.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/method_answer.h"
#include "mps/routes/routes.h"

#include <string.h>

struct state_call {
    struct arena *arena;
    struct amt_power_state state;
};

static bool get_state(struct amt *amt, void *arg, struct error *err)
{
    struct state_call *call = arg;
    return amt_power_get_state(amt, call->arena, &call->state, err);
}

void routes_amt_power_state(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_PowerState",
        .requested = "Power State requested",
        .refused = "Power State request failed",
        .refused_event = "Power State request failed",
        .exception = "Exception during Power State request",
        .exception_event = true,
    };
    struct state_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_state, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_int(&json, "powerstate", call.state.power_state);
    json_put_member_int(&json, "OSPowerSavingState", call.state.os_power_saving_state);
    json_put_member_int(&json, "osPowerSavingState", call.state.os_power_saving_state);
    json_close_object(&json);
}

struct capabilities_call {
    struct arena *arena;
    struct amt_power_capabilities capabilities;
};

static bool get_capabilities(struct amt *amt, void *arg, struct error *err)
{
    struct capabilities_call *call = arg;
    return amt_power_get_capabilities(amt, call->arena, &call->capabilities, err);
}

enum condition { ALWAYS, ABOVE_9, BIOS_SETUP, SECURE_ERASE, DIAGNOSTIC };

/* In the order in which clients show them. */
static const struct {
    const char *label;
    int action;
    enum condition condition;
} offers[] = {
    {"Power up", 2, ALWAYS},
    {"Power cycle", 5, ALWAYS},
    {"Power down", 8, ALWAYS},
    {"Reset", 10, ALWAYS},
    {"Soft-off", 12, ABOVE_9},
    {"Soft-reset", 14, ABOVE_9},
    {"Sleep", 4, ABOVE_9},
    {"Hibernate", 7, ABOVE_9},
    {"Power up to BIOS", 100, BIOS_SETUP},
    {"Reset to BIOS", 101, BIOS_SETUP},
    {"Reset to Secure Erase", 104, SECURE_ERASE},
    {"Reset to IDE-R Floppy", 200, ALWAYS},
    {"Power on to IDE-R Floppy", 201, ALWAYS},
    {"Reset to IDE-R CDROM", 202, ALWAYS},
    {"Power on to IDE-R CDROM", 203, ALWAYS},
    {"Power on to diagnostic", 300, DIAGNOSTIC},
    {"Reset to diagnostic", 301, DIAGNOSTIC},
    {"Reset to PXE", 400, ALWAYS},
    {"Power on to PXE", 401, ALWAYS},
};

static bool holds(const struct amt_power_capabilities *capabilities, enum condition condition)
{
    switch (condition) {
    case ABOVE_9:
        return capabilities->major_version > 9;
    case BIOS_SETUP:
        return capabilities->bios_setup;
    case SECURE_ERASE:
        return capabilities->secure_erase;
    case DIAGNOSTIC:
        return capabilities->force_diagnostic_boot;
    case ALWAYS:
        break;
    }
    return true;
}

void routes_amt_power_capabilities(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_BootCapabilities",
        .requested = "Power Capabilities requested",
        .received = "Power Capabilities received",
        .received_has_guid = true,
        .exception = "Exception during Power Capabilities request",
        .exception_event = true,
    };
    struct capabilities_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_capabilities, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++)
        if (holds(&call.capabilities, offers[i].condition))
            json_put_member_int(&json, offers[i].label, offers[i].action);
    json_close_object(&json);
}

struct action_call {
    struct arena *arena;
    int action;
    const struct amt_boot_details *details;
    struct amt_power_result result;
    bool refused_in_ccm;
};

static bool act(struct amt *amt, void *arg, struct error *err)
{
    struct action_call *call = arg;
    if (amt_power_act(amt, call->arena, call->action, call->details, &call->result, err))
        return true;
    call->refused_in_ccm =
        err->code == ERROR_INVALID && strcmp(err->text, AMT_BOOT_CCM_REFUSAL) == 0;
    return false;
}

/* What the rules cannot say: arrays whose elements passed them one by one, and what an action
 * needs. False: answered. */
static bool check_action(struct http_exchange *exchange, const struct action_call *call)
{
    const char *field = NULL;
    struct error err;
    if (call->action == 0) {
        http_answer_invalid(exchange, "action", "Invalid value");
        return false;
    }
    if (amt_power_check(call->action, call->details, &field, &err))
        return true;
    http_answer_invalid(exchange,
                        strcmp(field, "action") == 0
                            ? field
                            : arena_printf(exchange->arena, "bootDetails.%s", field),
                        err.text);
    return false;
}

static void answer_action(struct http_exchange *exchange, const struct action_call *call)
{
    const struct method_answer answer = {
        .header = call->action >= 500 ? NULL : call->result.reply.header,
        .return_value = call->result.return_value,
        .return_text = call->result.return_text,
        .description = call->result.description,
    };
    method_answer_put(exchange, 200, &answer);
}

static int action_of(const struct http_exchange *exchange)
{
    int64_t action = http_body_value_number(exchange->json, "action", 0);
    return action > 0 && action < 1000 ? (int)action : 0;
}

void routes_amt_power_action(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_PowerAction",
        .received = "Power Action requested",
        .exception = "Exception during Power Action request",
        .exception_event = true,
    };
    struct action_call call = {.arena = exchange->arena, .action = action_of(exchange)};
    if (!check_action(exchange, &call) || !routes_converse(exchange, &what, act, &call))
        return;
    if (call.action < 500)
        routes_conversation_succeeded(exchange, &what);
    answer_action(exchange, &call);
}

static struct amt_boot_details details_of(const struct http_exchange *exchange)
{
    const json_t *details = json_object_get(exchange->json, "bootDetails");
    struct amt_boot_details found = {
        .use_sol = http_body_value_is_true(exchange->json, "useSOL"),
        .url = http_body_value_text(details, "url"),
        .user = http_body_value_text(details, "username"),
        .password = http_body_value_text(details, "password"),
        .path = http_body_value_text(details, "bootPath"),
    };
    if (http_body_value_is_given(details, "enforceSecureBoot"))
        found.secure_boot = http_body_value_is_true(details, "enforceSecureBoot")
                                ? AMT_SECURE_BOOT_ON
                                : AMT_SECURE_BOOT_OFF;
    return found;
}

void routes_amt_power_boot_options(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_BootSettingData",
        .exception = "Exception during Boot Setting request",
        .exception_event = true,
    };
    const struct amt_boot_details details = details_of(exchange);
    struct action_call call = {
        .arena = exchange->arena, .action = action_of(exchange), .details = &details};
    if (!check_action(exchange, &call))
        return;
    if (routes_converse(exchange, &what, act, &call))
        answer_action(exchange, &call);
    else if (call.refused_in_ccm)
        events_publish(routes_application(exchange)->events, EVENTS_FAIL, what.event,
                       AMT_BOOT_CCM_REFUSAL, NULL);
}

struct sources_call {
    struct arena *arena;
    struct amt_items sources;
};

static bool list_sources(struct amt *amt, void *arg, struct error *err)
{
    struct sources_call *call = arg;
    return amt_boot_source_list(amt, call->arena, &call->sources, err);
}

static void put_source(struct json_writer *json, const struct wsman_xml *source)
{
    static const struct {
        const char *member;
        const char *property;
    } texts[] = {
        {"biosBootString", "BIOSBootString"}, {"bootString", "BootString"},
        {"elementName", "ElementName"},       {"failThroughSupported", "FailThroughSupported"},
        {"instanceID", "InstanceID"},         {"structuredBiosBootString", "StructuredBootString"},
    };
    json_open_object(json);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice text = wsman_xml_child_text(source, texts[i].property);
        uint64_t number = 0;
        json_put_key(json, texts[i].member);
        if (strcmp(texts[i].member, "failThroughSupported") != 0) {
            json_put_string_slice(json, text);
        } else {
            (void)slice_to_u64(text, UINT16_MAX, &number);
            json_put_int(json, (int64_t)number);
        }
    }
    json_close_object(json);
}

void routes_amt_power_boot_sources(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .exception = "Failed to get boot source settings",
        .details = true,
    };
    struct sources_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, list_sources, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < call.sources.count; i++)
        put_source(&json, call.sources.items[i]);
    json_close_array(&json);
}
