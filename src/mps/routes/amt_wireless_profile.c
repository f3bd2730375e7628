/* /api/v1/amt/networkSettings/wireless/profile/… (spec mps 1.16). */
#include "amt/wireless_profile.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/credential_body.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wireless_names.h"

#define NAME_LIMIT 32 /* bytes */
#define SSID_LIMIT 32 /* bytes */

enum { WPA_PSK = 4, WPA_8021X = 5, WPA2_PSK = 6, WPA2_8021X = 7 };
enum { TKIP = 3, CCMP = 4 };
enum { EAP_TLS = 0, PEAP = 2 };

/* ---- listing ---- */

struct list_call {
    struct arena *arena;
    struct amt_wireless_entry *entries;
    size_t count;
};

static bool list(struct amt *amt, void *arg, struct error *err)
{
    struct list_call *call = arg;
    return amt_wireless_profile_list(amt, call->arena, &call->entries, &call->count, err);
}

static void put_entry(struct json_writer *json, const struct amt_wireless_entry *entry)
{
    json_open_object(json);
    instance_json_text(json, "profileName", entry->settings, "ElementName");
    instance_json_text(json, "ssid", entry->settings, "SSID");
    INSTANCE_JSON_NAME(json, "authenticationMethod", entry->settings, "AuthenticationMethod",
                       wireless_authentications);
    INSTANCE_JSON_NAME(json, "encryptionMethod", entry->settings, "EncryptionMethod",
                       wireless_encryptions);
    instance_json_number(json, "priority", entry->settings, "Priority");
    if (entry->ieee8021x != NULL) {
        json_put_key(json, "ieee8021x");
        json_open_object(json);
        instance_json_text(json, "username", entry->ieee8021x, "Username");
        instance_json_number(json, "authenticationProtocol", entry->ieee8021x,
                             "AuthenticationProtocol");
        json_close_object(json);
    }
    json_close_object(json);
}

void routes_amt_wireless_profile_list(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_WiFiProfiles",
        .requested = "Wireless Profiles requested",
        .received = "Wireless Profiles received",
        .received_has_guid = true,
        .refused = "Wireless Profiles request failed",
        .refused_event = "Wireless Profiles request failed",
        .exception = "Exception during Wireless Profiles request",
        .exception_event = true,
        .exception_has_guid = true,
        .exception_message = "Wireless Profiles request failed",
    };
    struct list_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, list, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < call.count; i++)
        put_entry(&json, &call.entries[i]);
    json_close_array(&json);
}

/* ---- reading a body ---- */

struct profile_call {
    struct arena *arena;
    struct amt_wireless_profile profile;
    struct amt_wireless_8021x ieee8021x;
    bool changing;
    const char *complaint; /* the second stage of validation; NULL: none */
    struct amt_wireless_result result;
};

static bool needs_8021x(unsigned authentication)
{
    return authentication == WPA_8021X || authentication == WPA2_8021X;
}

static bool is_hexadecimal(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i] | 0x20;
        if (!((c >= '0' && c <= '9' && c == text.data[i]) || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

/* A passphrase of WPA (IEEE 802.11i, H.4.1), or the key itself. */
static bool is_passphrase(struct slice text)
{
    if (text.size == 64)
        return is_hexadecimal(text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return text.size >= 8 && text.size <= 63;
}

/* What each method of authentication needs and excludes; in the toolkit's order. */
static const char *read_method(struct http_exchange *exchange, struct profile_call *call)
{
    const json_t *body = exchange->json;
    const json_t *settings = json_object_get(body, "ieee8021x");
    const struct instance_name *authentication =
        WIRELESS_NAME_FIND(wireless_authentications, json_object_get(body, "authenticationMethod"));
    const struct instance_name *encryption =
        WIRELESS_NAME_FIND(wireless_encryptions, json_object_get(body, "encryptionMethod"));
    if (authentication == NULL)
        return "authenticationMethod is invalid";
    if (encryption == NULL)
        return "encryptionMethod is invalid";
    call->profile.authentication = authentication->value;
    call->profile.encryption = encryption->value;
    struct slice password = http_body_value_text(body, "password");
    bool has_settings = http_body_value_is_given(body, "ieee8021x");
    if (authentication->value == WPA_PSK || authentication->value == WPA2_PSK) {
        call->profile.passphrase = password;
        return password.size > 0 && !has_settings
                   ? NULL
                   : "PSK authentication requires a password and must not include ieee8021x "
                     "settings";
    }
    if (!needs_8021x(authentication->value))
        return "authenticationMethod is not supported";
    if (password.size > 0 || !json_is_object(settings))
        return "IEEE 802.1x authentication requires ieee8021x settings and must not include a "
               "password";
    call->profile.ieee8021x = &call->ieee8021x;
    call->ieee8021x.username = http_body_value_text(settings, "username");
    if (call->ieee8021x.username.size == 0)
        return "ieee8021x.username is required";
    int64_t protocol = http_body_value_number(settings, "authenticationProtocol", -1);
    if (protocol != EAP_TLS && protocol != PEAP)
        return "ieee8021x.authenticationProtocol must be 0 (EAP-TLS) or 2 (PEAP)";
    call->ieee8021x.protocol = (unsigned)protocol;
    struct slice secret = http_body_value_text(settings, "password");
    if (secret.size > 0)
        call->ieee8021x.password = secret;
    return NULL;
}

static bool refuse_member(struct http_exchange *exchange, const char *name, const char *why)
{
    http_answer_invalid(exchange, name, why);
    return false;
}

/* What the method of authentication was given, closer. False when an answer has been given. */
static bool check_method(struct http_exchange *exchange, struct profile_call *call)
{
    const struct amt_wireless_profile *profile = &call->profile;
    if (profile->encryption != TKIP && profile->encryption != CCMP)
        return refuse_member(exchange, "encryptionMethod",
                             "encryptionMethod must be TKIP or CCMP with this "
                             "authenticationMethod");
    if (profile->passphrase.data != NULL && !is_passphrase(profile->passphrase))
        return refuse_member(exchange, "password",
                             "password must have 8 to 63 printable ASCII characters, or be 64 "
                             "hexadecimal digits");
    return profile->ieee8021x == NULL ||
           (credential_body_read(exchange, &call->ieee8021x.credential) &&
            credential_body_suffices(exchange, profile->ieee8021x->protocol == EAP_TLS));
}

/* False when an answer has been given. */
static bool read_profile(struct http_exchange *exchange, struct profile_call *call)
{
    struct amt_wireless_profile *profile = &call->profile;
    int64_t priority = http_body_value_number(exchange->json, "priority", 0);
    profile->name = http_body_value_text(exchange->json, "profileName");
    profile->ssid = http_body_value_text(exchange->json, "ssid");
    if (profile->name.size == 0) {
        http_answer_invalid(exchange, "profileName",
                            "profileName is required and must be alphanumeric");
        return false;
    }
    if (profile->ssid.size == 0 || profile->ssid.size > SSID_LIMIT) {
        http_answer_invalid(exchange, "ssid",
                            profile->ssid.size == 0 ? "ssid is required"
                                                    : "ssid must have at most 32 bytes");
        return false;
    }
    if (profile->name.size > NAME_LIMIT)
        return refuse_member(exchange, "profileName",
                             "profileName must have at most 32 characters");
    if (credential_body_has_control(profile->ssid))
        return refuse_member(exchange, "ssid", "ssid must not have control characters");
    if (http_body_value_is_given(exchange->json, "password") &&
        !json_is_string(json_object_get(exchange->json, "password")))
        return refuse_member(exchange, "password", "password must be text");
    if (!credential_body_check(exchange))
        return false;
    if (priority < 1 || priority > UINT8_MAX) {
        http_answer_invalid(exchange, "priority", "priority must be between 1 and 255");
        return false;
    }
    profile->priority = (unsigned)priority;
    call->complaint = read_method(exchange, call);
    if (call->complaint != NULL)
        return true;
    return check_method(exchange, call);
}

/* ---- adding and changing ---- */

static bool write_profile(struct amt *amt, void *arg, struct error *err)
{
    struct profile_call *call = arg;
    if (call->complaint != NULL) /* behind the gate, as in the toolkit */
        return true;
    return call->changing
               ? amt_wireless_profile_change(amt, call->arena, &call->profile, &call->result, err)
               : amt_wireless_profile_add(amt, call->arena, &call->profile, &call->result, err);
}

static void refuse(struct http_exchange *exchange, const struct routes_conversation *what,
                   int status, const char *event, const char *text)
{
    routes_conversation_failed(exchange, what, event);
    routes_answer_error(exchange, status, text);
}

static void answer_profile(struct http_exchange *exchange, const struct routes_conversation *what,
                           const struct profile_call *call)
{
    struct arena *arena = exchange->arena;
    const struct amt_wireless_profile *profile = &call->profile;
    const struct amt_wireless_result *result = &call->result;
    struct slice guid = http_parameter(exchange, "guid");
    switch (result->outcome) {
    case AMT_WIRELESS_DONE:
        routes_conversation_succeeded(exchange, what);
        http_answer_empty(exchange, 204);
        break;
    case AMT_WIRELESS_NO_PORT:
        routes_conversation_not_found(exchange, what, "No WiFi port found on the device");
        break;
    case AMT_WIRELESS_NOT_FOUND:
        routes_conversation_failed(exchange, what, "Wireless Profile not found");
        http_answer_error(
            exchange, 404, "Wireless Profile not found",
            arena_printf(arena, "Wireless Profile not found: %.*s.", SLICE_ARG(profile->name)));
        break;
    case AMT_WIRELESS_EXISTS:
        refuse(exchange, what, 409, "Wireless Profile already exists",
               arena_printf(arena, "Wireless Profile already exists: %.*s.",
                            SLICE_ARG(profile->name)));
        break;
    case AMT_WIRELESS_PRIORITY_TAKEN:
        refuse(exchange, what, 409, "Wireless Profile with the requested priority already exists",
               arena_printf(arena,
                            "Wireless Profile with the requested priority already exists: %u.",
                            profile->priority));
        break;
    case AMT_WIRELESS_FULL:
        refuse(exchange, what, 409,
               "Maximum number of wireless profiles already configured on the device",
               arena_printf(arena,
                            "Maximum number of wireless profiles already configured on the device "
                            "for guid : %.*s.",
                            SLICE_ARG(guid)));
        break;
    case AMT_WIRELESS_REFUSED:
        refuse(exchange, what, 400, what->refused_event,
               arena_printf(arena, "%s for guid : %.*s.: %s returned %s (%lld)", what->refused,
                            SLICE_ARG(guid), result->step, result->return_text,
                            (long long)result->return_value));
        break;
    }
}

static void serve_profile(struct http_exchange *exchange, const struct routes_conversation *what,
                          bool changing)
{
    struct profile_call *call = arena_alloc(exchange->arena, sizeof *call);
    call->arena = exchange->arena;
    call->changing = changing;
    if (!read_profile(exchange, call) || !routes_converse(exchange, what, write_profile, call))
        return;
    if (call->complaint != NULL)
        routes_answer_error(exchange, 400, call->complaint);
    else
        answer_profile(exchange, what, call);
}

void routes_amt_wireless_profile_add(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_WiFiProfiles",
        .requested = "Wireless Profile add requested",
        .received = "Wireless Profile added",
        .received_has_guid = true,
        .refused = "Wireless Profile add failed",
        .refused_event = "Wireless Profile add failed",
        .exception = "Exception during Wireless Profile add",
        .exception_event = true,
        .exception_has_guid = true,
    };
    serve_profile(exchange, &what, false);
}

void routes_amt_wireless_profile_change(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_WiFiProfiles",
        .requested = "Wireless Profile update requested",
        .received = "Wireless Profile updated",
        .received_has_guid = true,
        .refused = "Wireless Profile update failed",
        .refused_event = "Wireless Profile update failed",
        .exception = "Exception during Wireless Profile update",
        .exception_event = true,
        .exception_has_guid = true,
    };
    serve_profile(exchange, &what, true);
}

/* ---- deleting ---- */

struct delete_call {
    struct arena *arena;
    struct slice name;
    struct amt_wireless_result result;
    struct error refusal; /* of the device */
};

static bool delete_profile(struct amt *amt, void *arg, struct error *err)
{
    struct delete_call *call = arg;
    if (amt_wireless_profile_delete(amt, call->arena, call->name, &call->result, err))
        return true;
    if (err->code != ERROR_DEVICE)
        return false;
    call->refusal = *err;
    return true;
}

void routes_amt_wireless_profile_delete(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_WiFiProfiles",
        .requested = "Wireless Profile delete requested",
        .received = "Wireless Profile deleted",
        .received_has_guid = true,
        .exception = "Exception during Wireless Profile delete",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct delete_call call = {
        .arena = exchange->arena,
        .name = http_parameter(exchange, "profileName"),
    };
    if (!routes_converse(exchange, &what, delete_profile, &call))
        return;
    if (call.refusal.code != ERROR_NONE) {
        refuse(exchange, &what, 400, "Wireless Profile delete failed",
               arena_printf(exchange->arena, "Wireless Profile delete failed: %.*s.: %s",
                            SLICE_ARG(call.name), call.refusal.text));
    } else if (call.result.outcome == AMT_WIRELESS_NOT_FOUND) {
        routes_conversation_failed(exchange, &what, "Wireless Profile not found");
        http_answer_error(exchange, 404, "Wireless Profile not found",
                          arena_printf(exchange->arena, "Wireless Profile not found: %.*s.",
                                       SLICE_ARG(call.name)));
    } else {
        routes_conversation_succeeded(exchange, &what);
        http_answer_empty(exchange, 204);
    }
}
