/* /api/v1/amt/features and /api/v2/amt/features (spec mps 1.9, 2.4; console 1.6, 1.9). */
#include "amt/feature.h"

#include "http/body_value.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

struct features_call {
    struct arena *arena;
    struct amt_features_change change;
    struct amt_features features;
};

static bool get_features(struct amt *amt, void *arg, struct error *err)
{
    struct features_call *call = arg;
    return amt_features_get(amt, call->arena, &call->features, err);
}

static bool set_features(struct amt *amt, void *arg, struct error *err)
{
    struct features_call *call = arg;
    return amt_features_set(amt, call->arena, &call->change, &call->features, err);
}

static const struct {
    uint32_t value;
    const char *name;
} consents[] = {
    {AMT_CONSENT_NONE, "none"},
    {AMT_CONSENT_KVM, "kvm"},
    {AMT_CONSENT_ALL, "all"},
};

static void put_consent(struct json_writer *json, uint32_t consent)
{
    for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++) {
        if (consents[i].value == consent)
            json_put_member_string(json, "userConsent", consents[i].name);
    }
}

static void put_short_switches(struct json_writer *json, const struct amt_features *features)
{
    json_put_member_bool(json, "KVM", features->kvm);
    json_put_member_bool(json, "SOL", features->sol);
    json_put_member_bool(json, "IDER", features->ider);
}

static void put_long_switches(struct json_writer *json, const struct amt_features *features)
{
    json_put_member_bool(json, "enableKVM", features->kvm);
    json_put_member_bool(json, "enableSOL", features->sol);
    json_put_member_bool(json, "enableIDER", features->ider);
}

static void put_state(struct json_writer *json, const struct amt_features *features)
{
    json_put_member_bool(json, "redirection", features->redirection);
    json_put_member_int(json, "optInState", features->opt_in_state);
    json_put_member_bool(json, "kvmAvailable", features->kvm_available);
}

static void put_boot(struct json_writer *json, const struct amt_features *features)
{
    json_put_member_bool(json, "ocr", features->ocr);
    json_put_member_bool(json, "httpsBootSupported", features->https_boot);
    json_put_member_bool(json, "winREBootSupported", features->winre_boot);
    json_put_member_bool(json, "localPBABootSupported", features->pba_boot);
    json_put_member_bool(json, "rpe", features->rpe);
    json_put_member_bool(json, "rpeSupported", features->rpe_supported);
    json_put_member_bool(json, "remoteErase", features->rpe_supported);
}

static void put_if(struct json_writer *json, const char *name, bool value)
{
    if (value)
        json_put_member_bool(json, name, true);
}

/* v2: other names, and what is not supported is left out. */
static void put_boot_v2(struct json_writer *json, const struct amt_features *features)
{
    json_put_member_bool(json, "httpBoot", features->ocr);
    put_if(json, "httpBootSupported", features->https_boot);
    put_if(json, "winREBootSupported", features->winre_boot);
    put_if(json, "localPBABootSupported", features->pba_boot);
    json_put_member_bool(json, "rpe", features->rpe);
    put_if(json, "rpeSupported", features->rpe_supported);
}

static bool converse_get(struct http_exchange *exchange, struct features_call *call)
{
    static const struct routes_conversation what = {
        .event = "AMT_GetFeatures",
        .requested = "AMT Features requested",
        .received = "AMT Features retrieved",
        .received_has_guid = true,
        .exception = "Exception during AMT Features request",
        .exception_event = true,
    };
    if (!routes_converse(exchange, &what, get_features, call))
        return false;
    routes_conversation_succeeded(exchange, &what);
    return true;
}

void routes_amt_features_get(struct http_exchange *exchange)
{
    struct features_call call = {.arena = exchange->arena};
    if (!converse_get(exchange, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_consent(&json, call.features.consent);
    put_short_switches(&json, &call.features);
    put_state(&json, &call.features);
    put_boot(&json, &call.features);
    json_close_object(&json);
}

void routes_amt_features_get_v2(struct http_exchange *exchange)
{
    struct features_call call = {.arena = exchange->arena};
    if (!converse_get(exchange, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_consent(&json, call.features.consent);
    put_short_switches(&json, &call.features);
    put_long_switches(&json, &call.features);
    put_state(&json, &call.features);
    put_boot_v2(&json, &call.features);
    json_close_object(&json);
}

/* ---- changing ---- */

static enum amt_switch switch_of(const json_t *body, const char *name)
{
    if (!http_body_value_is_given(body, name))
        return AMT_KEEP;
    return http_body_value_is_true(body, name) ? AMT_ON : AMT_OFF;
}

static enum amt_switch either(enum amt_switch first, enum amt_switch second)
{
    return first == AMT_KEEP ? second : first;
}

/* `ocr` is the name of that switch. */
static void read_change(const json_t *body, const char *ocr, struct amt_features_change *change)
{
    *change = (struct amt_features_change){
        .sol = switch_of(body, "enableSOL"),
        .ider = switch_of(body, "enableIDER"),
        .kvm = switch_of(body, "enableKVM"),
        .ocr = switch_of(body, ocr),
        .rpe = either(switch_of(body, "rpe"), switch_of(body, "enablePlatformErase")),
    };
    struct slice consent = http_body_value_text(body, "userConsent");
    for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++) {
        if (slice_equal_string(consent, consents[i].name)) {
            change->change_consent = true;
            change->consent = consents[i].value;
        }
    }
}

static bool converse_set(struct http_exchange *exchange, const char *ocr,
                         struct features_call *call)
{
    static const struct routes_conversation what = {
        .event = "AMT_SetFeatures",
        .requested = "Set AMT Features requested",
        .received = "AMT Features updated",
        .received_has_guid = true,
        .refused = "AMT Features Set request failed",
        .refused_event = "Internal Service Error",
        .exception = "Exception during AMT Features Set request",
        .exception_event = true,
    };
    read_change(exchange->json, ocr, &call->change);
    if (!routes_converse(exchange, &what, set_features, call))
        return false;
    routes_conversation_succeeded(exchange, &what);
    return true;
}

void routes_amt_features_post(struct http_exchange *exchange)
{
    struct features_call call = {.arena = exchange->arena};
    if (!converse_set(exchange, "ocr", &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "status", "AMT Features updated");
    put_consent(&json, call.features.consent);
    put_long_switches(&json, &call.features);
    put_state(&json, &call.features);
    put_boot(&json, &call.features);
    json_close_object(&json);
}

void routes_amt_features_post_v2(struct http_exchange *exchange)
{
    struct features_call call = {.arena = exchange->arena};
    if (!converse_set(exchange, "httpBoot", &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "status", "AMT Features updated");
    put_consent(&json, call.features.consent);
    put_long_switches(&json, &call.features);
    put_state(&json, &call.features);
    put_boot_v2(&json, &call.features);
    json_close_object(&json);
}
