/* /api/v1/amt/version and /api/v1/amt/generalSettings (spec mps 1.9), and Console's
 * /api/v2/amt/version (spec console 1.9). */
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
    json_put_key(json, "Body");
    wsman_json_put(json, instance);
}

/* The request event's text is the toolkit's. */
static const struct routes_conversation version_conversation = {
    .event = "AMT_Version",
    .requested = "Power State requested",
    .refused = "AMT Version request failed",
    .exception = "Exception during AMT Version request",
};

void routes_amt_identity_version(struct http_exchange *exchange)
{
    struct version_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &version_conversation, get_version, &call))
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

/* Names by the InstanceID of CIM_SoftwareIdentity. */
static const struct {
    const char *name;
    const char *instance;
} flat_names[] = {
    {"flash", "Flash"},
    {"netstack", "Netstack"},
    {"amtApps", "AMTApps"},
    {"amt", "AMT"},
    {"sku", "Sku"},
    {"vendorID", "VendorID"},
    {"buildNumber", "Build Number"},
    {"recovery", "Recovery Version"},
    {"recoveryBuildNumber", "Recovery Build Num"},
    {"legacyMode", "Legacy Mode"},
    {"amtFWCore", "AMT FW Core Version"},
};

static struct slice version_of(const struct amt_items *software, const char *instance)
{
    for (size_t i = 0; i < software->count; i++)
        if (slice_equal_string(wsman_xml_child_text(software->items[i], "InstanceID"), instance))
            return wsman_xml_child_text(software->items[i], "VersionString");
    return SLICE_LITERAL("");
}

void routes_amt_identity_version_flat(struct http_exchange *exchange)
{
    struct version_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &version_conversation, get_version, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    for (size_t i = 0; i < sizeof flat_names / sizeof flat_names[0]; i++) {
        json_put_key(&json, flat_names[i].name);
        json_put_string_slice(&json, version_of(&call.version.software, flat_names[i].instance));
    }
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
    json_put_key(&json, "body"); /* as Console's clients read it (spec console 1.6) */
    wsman_json_put(&json, settings);
    json_close_object(&json);
}
