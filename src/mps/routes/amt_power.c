/* /api/v1/amt/power/… (spec mps 1.11). */
#include "amt/power.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wsman_json.h"

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
    struct amt_power_result result;
};

static bool act(struct amt *amt, void *arg, struct error *err)
{
    struct action_call *call = arg;
    return amt_power_act(amt, call->arena, call->action, &call->result, err);
}

/* The action of the body, given as a number or as its text; 0 for anything else, such as an array
 * whose elements passed the rule one by one. */
static int action_of(const json_t *value)
{
    uint64_t number = 0;
    if (json_is_string(value))
        (void)slice_to_u64(slice_of_string(json_string_value(value)), 1000, &number);
    else if (json_is_number(value))
        return (int)json_number_value(value);
    return (int)number;
}

void routes_amt_power_action(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_PowerAction",
        .received = "Power Action requested",
        .exception = "Exception during Power Action request",
        .exception_event = true,
    };
    struct action_call call = {
        .arena = exchange->arena,
        .action = action_of(json_object_get(exchange->json, "action")),
    };
    if (call.action == 0) {
        http_answer_invalid(exchange, "action", "Invalid value");
        return;
    }
    if (!routes_converse(exchange, &what, act, &call))
        return;
    bool os_power_saving = call.action >= 500;
    if (!os_power_saving)
        routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    if (call.result.reply.header != NULL && !os_power_saving) {
        json_put_key(&json, "Header");
        wsman_json_put(&json, call.result.reply.header);
    }
    json_put_key(&json, "Body");
    json_open_object(&json);
    json_put_member_int(&json, "ReturnValue", call.result.return_value);
    json_put_member_string(&json, "ReturnValueStr", call.result.return_text);
    json_close_object(&json);
    json_close_object(&json);
}
