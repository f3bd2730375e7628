/* /api/v1/amt/tls/{guid} (spec console 1.6). */
#include "amt/tls.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/instance_json.h"
#include "mps/routes/routes.h"

struct tls_call {
    struct arena *arena;
    struct amt_items settings;
};

static bool get_settings(struct amt *amt, void *arg, struct error *err)
{
    struct tls_call *call = arg;
    return amt_tls_get_settings(amt, call->arena, &call->settings, err);
}

static void put_settings(struct json_writer *json, const struct wsman_xml *settings)
{
    json_open_object(json);
    instance_json_text(json, "ElementName", settings, "ElementName");
    instance_json_text(json, "InstanceID", settings, "InstanceID");
    instance_json_bool(json, "MutualAuthentication", settings, "MutualAuthentication");
    instance_json_bool(json, "Enabled", settings, "Enabled");
    json_put_key(json, "TrustedCN");
    json_open_array(json);
    const struct wsman_xml *name = wsman_xml_child(settings, "TrustedCN");
    for (; name != NULL; name = wsman_xml_again(name))
        json_put_string_slice(json, slice_trim(name->text));
    json_close_array(json);
    instance_json_bool(json, "AcceptNonSecureConnections", settings, "AcceptNonSecureConnections");
    if (wsman_xml_child(settings, "NonSecureConnectionsSupported") != NULL)
        instance_json_bool(json, "NonSecureConnectionsSupported", settings,
                           "NonSecureConnectionsSupported");
    json_close_object(json);
}

void routes_amt_tls_get(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_TLSSettingData",
        .requested = "TLS Settings requested",
        .received = "TLS Settings received",
        .received_has_guid = true,
        .refused = "TLS Settings request failed",
        .refused_event = "TLS Settings request failed",
        .exception = "Exception during TLS Settings request",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct tls_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_settings, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < call.settings.count; i++)
        put_settings(&json, call.settings.items[i]);
    json_close_array(&json);
}
