/* /api/v1/amt/version and /api/v1/amt/generalSettings (spec mps 1.9). */
#include "amt/identity.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wsman_json.h"

struct version_call {
    struct arena *arena;
    struct amt_version version;
};

static bool get_version(struct amt *amt, void *arg, struct error *err)
{
    struct version_call *call = arg;
    return amt_identity_get_version(amt, call->arena, &call->version, err);
}

/* "Header":…,"Body":…, with the fields of one class as the body. */
static void put_envelope(struct json_writer *json, const struct wsman_reply *reply,
                         const struct wsman_xml *instance)
{
    json_put_key(json, "Header");
    wsman_json_put(json, reply->header);
    if (instance != NULL) {
        json_put_key(json, "Body");
        wsman_json_put(json, instance);
    }
}

void routes_amt_identity_version(struct http_exchange *exchange)
{
    /* The request event's text is the toolkit's. */
    static const struct routes_conversation what = {
        .event = "AMT_Version",
        .requested = "Power State requested",
        .refused = "AMT Version request failed",
        .exception = "Exception during AMT Version request",
    };
    struct version_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_version, &call))
        return;
    const struct wsman_xml *setup =
        amt_instance(&call.version.setup, &wsman_AMT_SetupAndConfigurationService);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "CIM_SoftwareIdentity");
    json_open_object(&json);
    json_put_key(&json, "responses");
    json_open_array(&json);
    for (size_t i = 0; i < call.version.software.count; i++)
        wsman_json_put(&json, call.version.software.items[i]);
    json_close_array(&json);
    json_put_member_int(&json, "status", 200);
    json_close_object(&json);
    json_put_key(&json, "AMT_SetupAndConfigurationService");
    json_open_object(&json);
    json_put_key(&json, "response");
    wsman_json_put(&json, setup);
    json_put_key(&json, "responses");
    json_open_object(&json);
    put_envelope(&json, &call.version.setup, setup);
    json_close_object(&json);
    json_put_member_int(&json, "status", 200);
    json_close_object(&json);
    json_close_object(&json);
}

struct settings_call {
    struct arena *arena;
    struct wsman_reply reply;
};

static bool get_settings(struct amt *amt, void *arg, struct error *err)
{
    struct settings_call *call = arg;
    return amt_identity_get_general_settings(amt, call->arena, &call->reply, err);
}

void routes_amt_identity_general_settings(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_GeneralSettings",
        .requested = "General Settings requested",
        .received = "General Settings received",
        .received_has_guid = true,
        .refused = "AMT General Settings request failed",
        .refused_event = "AMT General Settings request failed",
        .exception = "Exception during AMT General Settings request",
        .exception_event = true,
    };
    struct settings_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_settings, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    const struct wsman_xml *settings = amt_instance(&call.reply, &wsman_AMT_GeneralSettings);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_envelope(&json, &call.reply, settings);
    if (settings != NULL) {
        json_put_key(&json, "body"); /* as Console's clients read it (spec console 1.6) */
        wsman_json_put(&json, settings);
    }
    json_close_object(&json);
}
