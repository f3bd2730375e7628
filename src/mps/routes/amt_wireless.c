/* /api/v1/amt/networkSettings/wireless/state and …/profileSync (spec mps 1.16). */
#include "amt/wireless.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wireless_names.h"

/* ---- whether the radio may be used ---- */

struct state_call {
    struct arena *arena;
    unsigned wanted;
    bool found;
    int64_t state;
    int64_t return_value;
};

static bool get_state(struct amt *amt, void *arg, struct error *err)
{
    struct state_call *call = arg;
    return amt_wireless_get_state(amt, call->arena, &call->found, &call->state, err);
}

static bool set_state(struct amt *amt, void *arg, struct error *err)
{
    struct state_call *call = arg;
    return amt_wireless_set_state(amt, call->arena, call->wanted, &call->found, &call->return_value,
                                  err);
}

static void answer_state(struct http_exchange *exchange, const char *name)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "state", name);
    json_close_object(&json);
}

void routes_amt_wireless_state(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "CIM_WiFiPort",
        .requested = "Wireless State requested",
        .received = "Wireless State received",
        .received_has_guid = true,
        .refused = "Wireless State request failed",
        .refused_event = "Wireless State request failed",
        .exception = "Exception during Wireless State request",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct state_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_state, &call))
        return;
    if (!call.found) {
        routes_conversation_not_found(exchange, &what, "Wireless State not found");
        return;
    }
    for (size_t i = 0; i < sizeof wireless_states / sizeof wireless_states[0]; i++) {
        if (wireless_states[i].value != call.state)
            continue;
        routes_conversation_succeeded(exchange, &what);
        answer_state(exchange, wireless_states[i].name);
        return;
    }
    routes_conversation_failed(exchange, &what, "Unsupported wireless state");
    routes_answer_error(exchange, 500, "Unsupported wireless state");
}

void routes_amt_wireless_state_change(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "CIM_WiFiPort",
        .requested = "Wireless State change requested",
        .received = "Wireless State changed",
        .received_has_guid = true,
        .refused = "Wireless State change failed",
        .refused_event = "Wireless State change failed",
        .exception = "Exception during Wireless State change",
        .exception_event = true,
        .exception_has_guid = true,
    };
    const struct instance_name *wanted =
        WIRELESS_NAME_FIND(wireless_states, json_object_get(exchange->json, "state"));
    struct state_call call = {.arena = exchange->arena};
    if (wanted == NULL) { /* an array whose elements passed the rule one by one */
        http_answer_invalid(exchange, "state",
                            "state must be one of WifiDisabled, WifiEnabledS0, WifiEnabledS0SxAC");
        return;
    }
    call.wanted = wanted->value;
    if (!routes_converse(exchange, &what, set_state, &call))
        return;
    if (!call.found) {
        routes_conversation_not_found(exchange, &what, "Wireless State not found");
    } else if (call.return_value != 0) {
        struct slice guid = http_parameter(exchange, "guid");
        routes_conversation_failed(exchange, &what, what.refused_event);
        routes_answer_error(
            exchange, 400,
            arena_printf(exchange->arena, "%s for guid : %.*s.: the device returned %lld",
                         what.refused, SLICE_ARG(guid), (long long)call.return_value));
    } else {
        routes_conversation_succeeded(exchange, &what);
        answer_state(exchange, wanted->name);
    }
}

/* ---- whose profiles are taken over ---- */

struct sync_call {
    struct arena *arena;
    const bool *local, *uefi; /* NULL: as it is */
    bool found;
    struct amt_wireless_sync sync;
    struct error refusal; /* of the device */
};

static bool get_sync(struct amt *amt, void *arg, struct error *err)
{
    struct sync_call *call = arg;
    return amt_wireless_get_sync(amt, call->arena, &call->found, &call->sync, err);
}

static bool set_sync(struct amt *amt, void *arg, struct error *err)
{
    struct sync_call *call = arg;
    if (amt_wireless_set_sync(amt, call->arena, call->local, call->uefi, &call->found, &call->sync,
                              err))
        return true;
    if (err->code != ERROR_DEVICE)
        return false;
    call->refusal = *err;
    return true;
}

static void answer_sync(struct http_exchange *exchange, const struct routes_conversation *what,
                        const struct amt_wireless_sync *sync)
{
    routes_conversation_succeeded(exchange, what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_bool(&json, "localProfileSync", sync->local);
    json_put_member_bool(&json, "uefiProfileSync", sync->uefi);
    json_put_member_bool(&json, "uefiProfileSyncSupported", sync->uefi_supported);
    json_close_object(&json);
}

void routes_amt_wireless_sync(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_WiFiPortConfigurationService",
        .requested = "Wireless Profile Sync requested",
        .received = "Wireless Profile Sync received",
        .received_has_guid = true,
        .refused = "Wireless Profile Sync request failed",
        .refused_event = "Wireless Profile Sync request failed",
        .exception = "Exception during Wireless Profile Sync request",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct sync_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_sync, &call))
        return;
    if (call.found)
        answer_sync(exchange, &what, &call.sync);
    else
        routes_conversation_not_found(exchange, &what, "Wireless Profile Sync not found");
}

/* {"error":message,"errorDescription":"message for guid : G.: cause"} and the event. */
static void refuse_sync(struct http_exchange *exchange, const struct routes_conversation *what,
                        int status, const char *message, const char *cause)
{
    struct slice guid = http_parameter(exchange, "guid");
    routes_conversation_failed(exchange, what, message);
    http_answer_error(exchange, status, message,
                      arena_printf(exchange->arena, "%s for guid : %.*s.%s%s", message,
                                   SLICE_ARG(guid), *cause == '\0' ? "" : ": ", cause));
}

void routes_amt_wireless_sync_change(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_WiFiPortConfigurationService",
        .requested = "Wireless Profile Sync update requested",
        .received = "Wireless Profile Sync updated",
        .received_has_guid = true,
        .exception = "Exception during Wireless Profile Sync update",
        .exception_event = true,
        .exception_has_guid = true,
    };
    bool local = http_body_value_is_true(exchange->json, "localProfileSync");
    bool uefi = http_body_value_is_true(exchange->json, "uefiProfileSync");
    struct sync_call call = {
        .arena = exchange->arena,
        .local = http_body_value_is_given(exchange->json, "localProfileSync") ? &local : NULL,
        .uefi = http_body_value_is_given(exchange->json, "uefiProfileSync") ? &uefi : NULL,
    };
    if (!routes_converse(exchange, &what, set_sync, &call))
        return;
    if (call.refusal.code != ERROR_NONE)
        refuse_sync(exchange, &what, 400, "Wireless Profile Sync update failed", call.refusal.text);
    else if (!call.found)
        routes_conversation_not_found(exchange, &what, "Wireless Profile Sync not found");
    else if (call.uefi != NULL && uefi && !call.sync.uefi_supported)
        refuse_sync(exchange, &what, 409, "UEFI WiFi profile sync is not supported on this device",
                    "");
    else
        answer_sync(exchange, &what, &call.sync);
}
