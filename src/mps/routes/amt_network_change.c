/* PATCH /api/v1/amt/networkSettings/wired/{guid} and POST /api/v1/amt/network/linkPreference/{guid}
 * (spec mps 1.16). */
#include "amt/ethernet.h"
#include "http/validate.h"
#include "mps/routes/body_value.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

/* ---- the wired port's address ---- */

struct wired_call {
    struct arena *arena;
    struct amt_ethernet_address address;
    const char *complaint; /* about the combination of members; NULL: none */
    bool wants_8021x;
    bool found;
    struct error refusal; /* of the device */
};

/* Empty text counts as not given. */
static struct slice address_of(struct http_exchange *exchange, const char *key)
{
    struct slice text = body_value_text(exchange->json, key);
    return text.size > 0 ? text : (struct slice){NULL, 0};
}

static const char *complaint_about(const struct amt_ethernet_address *address)
{
    bool any = address->address.size + address->subnet_mask.size + address->gateway.size +
                   address->primary_dns.size + address->secondary_dns.size >
               0;
    if (address->dhcp)
        return any ? "cannot specify static IP settings when DHCP is enabled" : NULL;
    if (address->ip_sync)
        return any ? "cannot specify static IP settings when IP sync is enabled" : NULL;
    if (!any)
        return "must enable DHCP, enable IP sync, or provide static IP settings";
    if (address->address.size == 0)
        return "ipAddress is required for static IP configuration";
    if (address->subnet_mask.size == 0)
        return "subnetMask is required for static IP configuration";
    if (address->gateway.size == 0)
        return "defaultGateway is required for static IP configuration";
    if (address->primary_dns.size == 0)
        return "primaryDNS is required for static IP configuration";
    return NULL;
}

/* What the client got wrong is answered without a word to the device, but behind the gate, as in
 * the toolkit. */
static bool set_address(struct amt *amt, void *arg, struct error *err)
{
    struct wired_call *call = arg;
    if (call->wants_8021x || call->complaint != NULL)
        return true;
    if (amt_ethernet_set_address(amt, call->arena, &call->address, &call->found, err))
        return true;
    if (err->code != ERROR_DEVICE)
        return false;
    call->refusal = *err;
    call->found = true;
    return true;
}

static void answer_wired(struct http_exchange *exchange, const struct routes_conversation *what,
                         const struct wired_call *call)
{
    if (call->wants_8021x) {
        routes_answer_error(exchange, 501, "Wired 802.1X configuration is not yet supported");
    } else if (call->complaint != NULL) {
        routes_answer_error(exchange, 400, call->complaint);
    } else if (!call->found) {
        routes_conversation_not_found(exchange, what, "Wired Network Settings not found");
    } else if (call->refusal.code != ERROR_NONE) {
        struct slice guid = http_parameter(exchange, "guid");
        routes_conversation_failed(exchange, what, "Wired Network Settings update failed");
        routes_answer_error(exchange, 400,
                            arena_printf(exchange->arena,
                                         "Wired Network Settings update failed for guid : %.*s. %s",
                                         SLICE_ARG(guid), call->refusal.text));
    } else {
        routes_conversation_succeeded(exchange, what);
        http_answer_empty(exchange, 204);
    }
}

void routes_amt_network_wired_change(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_EthernetPortSettings",
        .requested = "Wired Network Settings update requested",
        .received = "Wired Network Settings updated",
        .received_has_guid = true,
        .exception = "Exception during AMT Wired Network Settings update",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct wired_call call = {
        .arena = exchange->arena,
        .address = {.dhcp = body_value_is_true(exchange->json, "dhcpEnabled"),
                    .ip_sync = body_value_is_true(exchange->json, "ipSyncEnabled"),
                    .address = address_of(exchange, "ipAddress"),
                    .subnet_mask = address_of(exchange, "subnetMask"),
                    .gateway = address_of(exchange, "defaultGateway"),
                    .primary_dns = address_of(exchange, "primaryDNS"),
                    .secondary_dns = address_of(exchange, "secondaryDNS")},
        .wants_8021x = body_value_is_given(exchange->json, "ieee8021x"),
    };
    call.complaint = complaint_about(&call.address);
    if (routes_converse(exchange, &what, set_address, &call))
        answer_wired(exchange, &what, &call);
}

/* ---- who owns the radio ---- */

struct link_call {
    struct arena *arena;
    int64_t preference;
    int64_t timeout_s;
    bool found;
    int64_t return_value;
};

static bool prefer_link(struct amt *amt, void *arg, struct error *err)
{
    struct link_call *call = arg;
    return amt_ethernet_prefer_link(amt, call->arena, (uint32_t)call->preference,
                                    (uint32_t)call->timeout_s, &call->found, &call->return_value,
                                    err);
}

/* Both generations of clients find their member: ReturnValue and returnValue. */
static void answer_refusal(struct http_exchange *exchange, const struct routes_conversation *what,
                           int status, const char *error, const char *cause, int64_t return_value)
{
    struct slice guid = http_parameter(exchange, "guid");
    const char *text = arena_printf(
        exchange->arena, "Set Link Preference failed: %s for guid : %.*s.", cause, SLICE_ARG(guid));
    routes_conversation_failed(exchange, what, text);
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "error", error);
    json_put_member_string(&json, "errorDescription", text);
    json_put_member_int(&json, "returnValue", return_value);
    json_close_object(&json);
}

void routes_amt_network_link(struct http_exchange *exchange)
{
    struct routes_conversation what = {
        .event = "AMT_LinkPreference",
        .exception = "Exception during Set Link Preference",
        .exception_event = true,
    };
    struct link_call call = {
        .arena = exchange->arena,
        .preference = body_value_number(exchange->json, "linkPreference", 0),
        .timeout_s = body_value_number(exchange->json, "timeout", -1),
    };
    /* An array passes the rules element by element. */
    if (call.preference < 1 || call.preference > 2) {
        http_answer_invalid(exchange, "linkPreference",
                            "linkPreference must be 1 (ME) or 2 (HOST)");
        return;
    }
    if (call.timeout_s < 0 || call.timeout_s > UINT32_MAX) {
        http_answer_invalid(exchange, "timeout", "timeout must be a non-negative integer");
        return;
    }
    what.received =
        call.preference == 1 ? "Link Preference set to ME" : "Link Preference set to HOST";
    if (!routes_converse(exchange, &what, prefer_link, &call))
        return;
    if (!call.found) {
        struct slice guid = http_parameter(exchange, "guid");
        answer_refusal(
            exchange, &what, 404, "No WiFi port found on the device",
            arena_printf(exchange->arena, "No WiFi port found for guid : %.*s.", SLICE_ARG(guid)),
            -1);
        return;
    }
    const char *name = amt_status_name(call.return_value);
    if (call.return_value != 0) {
        bool known = !slice_equal_string(slice_of_string(name), "UNKNOWN_ERROR");
        answer_refusal(exchange, &what, 400, "Incorrect URI or Bad Request",
                       known ? name : "Unknown error", call.return_value);
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_int(&json, "ReturnValue", 0);
    json_put_member_string(&json, "ReturnValueStr", name);
    json_put_member_int(&json, "returnValue", 0);
    json_close_object(&json);
}
