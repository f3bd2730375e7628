/* PATCH /api/v1/amt/networkSettings/wired/{guid} (spec mps 1.16; 802.1X: docs/compatibility.md). */
#include "amt/wired.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/credential_body.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

struct wired_call {
    struct arena *arena;
    struct amt_ethernet_address address;
    bool keeps_address;
    bool has_8021x;
    struct amt_wired_8021x ieee8021x;
    bool available_in_s0;
    const char *complaint; /* the second stage of validation; NULL: none */
    struct amt_wired_result result;
    struct error refusal; /* of the device */
};

/* ---- reading a body ---- */

/* Empty text counts as not given. */
static struct slice address_of(struct http_exchange *exchange, const char *key)
{
    struct slice text = http_body_value_text(exchange->json, key);
    return text.size > 0 ? text : (struct slice){NULL, 0};
}

static bool is_any_given(const struct amt_ethernet_address *address)
{
    return address->address.size + address->subnet_mask.size + address->gateway.size +
               address->primary_dns.size + address->secondary_dns.size >
           0;
}

static const char *complaint_about(const struct amt_ethernet_address *address)
{
    bool any = is_any_given(address);
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

/* A truth, or a state as GET names it. False when it is neither. */
static bool read_state(const json_t *value, enum amt_wired_8021x_state *state)
{
    static const struct {
        const char *name;
        enum amt_wired_8021x_state state;
    } names[] = {
        {"EnabledWithCertificates", AMT_WIRED_8021X_WITH_CERTIFICATES},
        {"EnabledWithoutCertificates", AMT_WIRED_8021X_WITHOUT_CERTIFICATES},
        {"Disabled", AMT_WIRED_8021X_OFF},
        {"true", AMT_WIRED_8021X_ON},
        {"false", AMT_WIRED_8021X_OFF},
    };
    const char *text = json_is_true(value)    ? "true"
                       : json_is_false(value) ? "false"
                                              : json_string_value(value);
    for (size_t i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (!slice_equal_ignore_case(slice_of_string(text), slice_of_string(names[i].name)))
            continue;
        *state = names[i].state;
        return true;
    }
    return false;
}

/* Who logs in, and how; in the order of the Wi-Fi profiles. */
static const char *read_login(const json_t *body, struct amt_wired_8021x *settings)
{
    struct slice username = http_body_value_text(body, "username");
    struct slice password = http_body_value_text(body, "password");
    if (username.size == 0)
        return password.size > 0 || http_body_value_is_given(body, "authenticationProtocol")
                   ? "ieee8021x.username is required"
                   : NULL;
    int64_t protocol = http_body_value_number(body, "authenticationProtocol", -1);
    if (protocol != 0 && protocol != 2 && protocol != 3 && protocol != 5 && protocol != 10)
        return "ieee8021x.authenticationProtocol must be 0 (EAP-TLS), 2 (PEAPv0/EAP-MSCHAPv2), 3 "
               "(PEAPv1/EAP-GTC), 5 (EAP-FAST/GTC) or 10 (EAP-FAST/TLS)";
    settings->username = username;
    settings->protocol = (unsigned)protocol;
    if (password.size > 0)
        settings->password = password;
    return NULL;
}

static const char *complaint_about_8021x(const struct amt_wired_8021x *settings)
{
    bool without = settings->state == AMT_WIRED_8021X_WITHOUT_CERTIFICATES;
    bool by_certificate =
        settings->username.data != NULL && (settings->protocol == 0 || settings->protocol == 10);
    return without && (by_certificate || !amt_credential_is_empty(&settings->credential))
               ? "EnabledWithoutCertificates excludes certificates and protocols that need them"
               : NULL;
}

/* False when an answer has been given. */
static bool read_8021x(struct http_exchange *exchange, struct wired_call *call)
{
    const json_t *body = json_object_get(exchange->json, "ieee8021x");
    struct amt_wired_8021x *settings = &call->ieee8021x;
    const json_t *enabled = json_object_get(body, "enabled");
    if (!credential_body_check(exchange))
        return false;
    settings->pxe_timeout_s = http_body_value_number(body, "pxeTimeout", -1);
    if (http_body_value_is_given(body, "availableInS0")) {
        call->available_in_s0 = http_body_value_is_true(body, "availableInS0");
        settings->available_in_s0 = &call->available_in_s0;
    }
    if (enabled == NULL || json_is_null(enabled)) {
        settings->state = http_body_value_text(body, "username").size > 0 ? AMT_WIRED_8021X_ON
                                                                          : AMT_WIRED_8021X_STAYS;
    } else if (!read_state(enabled, &settings->state)) {
        http_answer_invalid(exchange, "ieee8021x.enabled",
                            "ieee8021x.enabled must be a boolean, EnabledWithCertificates, "
                            "EnabledWithoutCertificates or Disabled");
        return false;
    }
    if (!credential_body_read(exchange, &settings->credential))
        return false;
    if (call->complaint == NULL)
        call->complaint = read_login(body, settings);
    if (call->complaint == NULL)
        call->complaint = complaint_about_8021x(settings);
    return true;
}

/* GET shows a port of firmware without 802.1X with the state "": that says nothing. */
static bool is_8021x_given(const json_t *body)
{
    const json_t *enabled = json_object_get(json_object_get(body, "ieee8021x"), "enabled");
    return http_body_value_is_given(body, "ieee8021x") &&
           !(json_is_string(enabled) && json_string_length(enabled) == 0);
}

/* A body that is about 802.1X alone. */
static bool keeps_address(const json_t *body, const struct wired_call *call)
{
    return json_object_get(body, "dhcpEnabled") == NULL &&
           http_body_value_is_given(body, "ieee8021x") &&
           !http_body_value_is_given(body, "ipSyncEnabled") && !is_any_given(&call->address);
}

/* ---- the conversation ---- */

/* What the client got wrong is answered without a word to the device, but behind the gate, as in
 * the toolkit. */
static bool change(struct amt *amt, void *arg, struct error *err)
{
    struct wired_call *call = arg;
    if (call->complaint != NULL || (call->keeps_address && !call->has_8021x))
        return true;
    if (amt_wired_change(amt, call->arena, call->keeps_address ? NULL : &call->address,
                         call->has_8021x ? &call->ieee8021x : NULL, &call->result, err))
        return true;
    if (err->code != ERROR_DEVICE)
        return false;
    call->refusal = *err;
    return true;
}

static void answer_refusal(struct http_exchange *exchange, const struct routes_conversation *what,
                           const char *cause)
{
    struct slice guid = http_parameter(exchange, "guid");
    routes_conversation_failed(exchange, what, "Wired Network Settings update failed");
    routes_answer_error(exchange, 400,
                        arena_printf(exchange->arena,
                                     "Wired Network Settings update failed for guid : %.*s. %s",
                                     SLICE_ARG(guid), cause));
}

static void answer_outcome(struct http_exchange *exchange, const struct routes_conversation *what,
                           const struct amt_wired_result *result)
{
    const struct amt_refusal *refusal = &result->refusal;
    switch (result->outcome) {
    case AMT_WIRED_DONE:
        routes_conversation_succeeded(exchange, what);
        http_answer_empty(exchange, 204);
        break;
    case AMT_WIRED_NO_PORT:
        routes_conversation_not_found(exchange, what, "Wired Network Settings not found");
        break;
    case AMT_WIRED_NO_8021X:
        routes_conversation_failed(exchange, what, "Wired 802.1X is not supported");
        routes_answer_error(exchange, 501, "This device has no settings of wired 802.1X");
        break;
    case AMT_WIRED_NO_LOGIN:
        routes_answer_error(exchange, 400, "ieee8021x.username is required");
        break;
    case AMT_WIRED_NO_PASSWORD:
        routes_answer_error(exchange, 400,
                            "ieee8021x.password is required for this authenticationProtocol");
        break;
    case AMT_WIRED_NO_CERTIFICATE:
        routes_answer_error(exchange, 400,
                            "ieee8021x.clientCert is required for this authenticationProtocol");
        break;
    case AMT_WIRED_REFUSED:
        answer_refusal(exchange, what,
                       arena_printf(exchange->arena, "%s returned %s (%lld)", refusal->step,
                                    refusal->return_text, (long long)refusal->return_value));
        break;
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
    struct wired_call *call = arena_alloc(exchange->arena, sizeof *call);
    *call = (struct wired_call){
        .arena = exchange->arena,
        .address = {.dhcp = http_body_value_is_true(exchange->json, "dhcpEnabled"),
                    .ip_sync = http_body_value_is_true(exchange->json, "ipSyncEnabled"),
                    .address = address_of(exchange, "ipAddress"),
                    .subnet_mask = address_of(exchange, "subnetMask"),
                    .gateway = address_of(exchange, "defaultGateway"),
                    .primary_dns = address_of(exchange, "primaryDNS"),
                    .secondary_dns = address_of(exchange, "secondaryDNS")},
        .has_8021x = is_8021x_given(exchange->json),
    };
    call->keeps_address = keeps_address(exchange->json, call);
    if (!call->keeps_address) {
        if (json_object_get(exchange->json, "dhcpEnabled") == NULL) {
            http_answer_invalid(exchange, "dhcpEnabled", "dhcpEnabled must be a boolean");
            return;
        }
        call->complaint = complaint_about(&call->address);
    }
    if ((call->has_8021x && !read_8021x(exchange, call)) ||
        !routes_converse(exchange, &what, change, call))
        return;
    if (call->complaint != NULL)
        routes_answer_error(exchange, 400, call->complaint);
    else if (call->refusal.code != ERROR_NONE)
        answer_refusal(exchange, &what, call->refusal.text);
    else
        answer_outcome(exchange, &what, &call->result);
}
