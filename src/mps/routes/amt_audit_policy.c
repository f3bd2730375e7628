/* /api/v1/amt/log/audit/{guid}/policy and …/export: which events are logged, and the log with the
 * device's signature. The toolkit has no such routes. */
#include "amt/audit_log.h"
#include "core/encoding.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/log_answer.h"

#define RULES_MOST   100 /* changed by one request */
#define MECHANISM    1   /* RSA-SHA256 unless another one is asked for */
#define MECHANISMS   3
#define CERTIFICATES 16

/* ---- reading the policy ---- */

struct read_call {
    struct arena *arena;
    struct amt_audit_rule *rules;
    size_t count;
};

static bool read_policy(struct amt *amt, void *arg, struct error *err)
{
    struct read_call *call = arg;
    return amt_audit_log_get_policy(amt, call->arena, &call->rules, &call->count, err);
}

void routes_amt_audit_policy_get(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AuditPolicyRule",
        .requested = "Audit Policy requested",
        .received = "Audit Policy received",
        .received_has_guid = true,
        .refused = "Audit Policy request failed",
        .refused_event = "Audit Policy request failed",
        .exception = "Exception during Audit Policy request",
        .exception_event = true,
    };
    struct read_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, read_policy, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "rules");
    json_open_array(&json);
    for (size_t i = 0; i < call.count; i++) {
        const struct amt_audit_rule *rule = &call.rules[i];
        json_open_object(&json);
        json_put_member_int(&json, "AuditAppID", rule->app);
        json_put_member_int(&json, "EventID", rule->event);
        json_put_member_string(&json, "AuditApp", amt_audit_app_name(rule->app));
        json_put_member_string(&json, "Event", amt_audit_event_name(rule->app, rule->event));
        json_put_member_bool(&json, "Critical", rule->critical);
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
}

/* ---- changing it ---- */

struct change {
    struct amt_audit_rule rule;
    bool enable;
};

struct change_call {
    struct arena *arena;
    struct change *changes;
    size_t count;
};

static bool change_policy(struct amt *amt, void *arg, struct error *err)
{
    const struct change_call *call = arg;
    for (size_t i = 0; i < call->count; i++) {
        const struct change *change = &call->changes[i];
        if (!amt_audit_log_set_policy(amt, call->arena, &change->rule, change->enable, err))
            return error_wrap(err, "rule %zu (%u, %u)", i + 1, (unsigned)change->rule.app,
                              (unsigned)change->rule.event);
    }
    return true;
}

static bool read_id(const json_t *value, uint16_t *id)
{
    json_int_t number = json_integer_value(value);
    *id = (uint16_t)number;
    return json_is_integer(value) && number >= 0 && number <= UINT16_MAX;
}

static bool read_change(const json_t *object, struct change *change)
{
    const json_t *enabled = json_object_get(object, "Enabled");
    const json_t *critical = json_object_get(object, "Critical");
    change->enable = json_is_true(enabled);
    change->rule.critical = json_is_true(critical);
    return json_is_boolean(enabled) && (critical == NULL || json_is_boolean(critical)) &&
           read_id(json_object_get(object, "AuditAppID"), &change->rule.app) &&
           read_id(json_object_get(object, "EventID"), &change->rule.event);
}

void routes_amt_audit_policy_change(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AuditPolicyRule",
        .requested = "Audit Policy change requested",
        .received = "Audit Policy changed",
        .received_has_guid = true,
        .refused = "Audit Policy change failed",
        .refused_event = "Audit Policy change failed",
        .exception = "Exception during Audit Policy change",
        .exception_event = true,
    };
    const json_t *rules = json_object_get(exchange->json, "rules");
    struct change_call call = {.arena = exchange->arena, .count = json_array_size(rules)};
    bool ok = call.count > 0 && call.count <= RULES_MOST;
    if (ok)
        call.changes = arena_array(exchange->arena, call.count, sizeof *call.changes);
    for (size_t i = 0; ok && i < call.count; i++)
        ok = read_change(json_array_get(rules, i), &call.changes[i]);
    if (!ok) {
        http_answer_invalid(exchange, "rules",
                            "rules should be an array of 1 to 100 objects with AuditAppID, EventID "
                            "and Enabled");
        return;
    }
    if (!routes_converse(exchange, &what, change_policy, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    routes_answer_success(exchange);
}

/* ---- the signed log ---- */

struct export_call {
    struct arena *arena;
    uint32_t mechanism;
    const struct wsman_xml *signature;
    uint64_t total; /* records that are signed */
    struct amt_audit_page page;
};

/* What comes after the signature, such as the record of this export, is not part of it. */
static void drop_unsigned(struct export_call *call)
{
    while (call->page.count > 0 && call->page.entries->number > call->total) {
        call->page.entries++;
        call->page.count--;
    }
}

static bool export_log(struct amt *amt, void *arg, struct error *err)
{
    struct export_call *call = arg;
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = amt_audit_log_sign(amt, call->arena, call->mechanism, &call->signature, err) &&
              amt_audit_log_read(amt, call->arena, 0, AMT_AUDIT_LOG_MOST, &call->page, err);
    amt_sequence_end(amt);
    call->total = call->page.total;
    (void)slice_to_u64(wsman_xml_child_text(call->signature, "TotalRecordCount"), UINT32_MAX,
                       &call->total);
    if (ok)
        drop_unsigned(call);
    return ok;
}

static void put_text(struct json_writer *json, const struct wsman_xml *output, const char *name)
{
    const struct wsman_xml *value = wsman_xml_child(output, name);
    struct slice text = wsman_xml_child_text(output, name);
    if (wsman_xml_child(value, "Datetime") != NULL)
        text = wsman_xml_child_text(value, "Datetime");
    json_put_key(json, name);
    json_put_string_slice(json, text);
}

/* One stream of certificates, cut by their lengths. What does not add up is left whole. */
static void put_certificates(struct json_writer *json, struct arena *arena,
                             const struct wsman_xml *output)
{
    struct slice stream = {NULL, 0}, rest;
    struct slice parts[CERTIFICATES];
    size_t count = 0;
    bool fits =
        encoding_base64_decode(arena, wsman_xml_child_text(output, "Certificates"), &stream);
    rest = stream;
    for (const struct wsman_xml *at = wsman_xml_child(output, "LengthOfCertificates"); at != NULL;
         at = wsman_xml_again(at)) {
        uint64_t size = 0;
        fits = fits && count < CERTIFICATES && slice_to_u64(slice_trim(at->text), rest.size, &size);
        if (!fits)
            break;
        if (size > 0)
            parts[count++] = slice_first(rest, (size_t)size);
        rest = slice_from(rest, (size_t)size);
    }
    json_put_key(json, "Certificates");
    json_open_array(json);
    for (size_t i = 0; fits && rest.size == 0 && i < count; i++)
        json_put_string_slice(json, encoding_base64(arena, parts[i]));
    if ((!fits || rest.size > 0) && stream.size > 0)
        json_put_string_slice(json, encoding_base64(arena, stream));
    json_close_array(json);
}

static void put_export(struct json_writer *json, const struct export_call *call)
{
    static const char *const texts[] = {"StartLogTime", "EndLogTime", "GenerationTime", "UUID",
                                        "FQDN"};
    uint64_t mechanism = call->mechanism;
    (void)slice_to_u64(wsman_xml_child_text(call->signature, "SignatureMechanism"), UINT32_MAX,
                       &mechanism);
    json_open_object(json);
    json_put_member_int(json, "TotalRecordCount", (int64_t)call->total);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(json, call->signature, texts[i]);
    json_put_member_int(json, "SignatureMechanism", (int64_t)mechanism);
    put_text(json, call->signature, "Signature");
    put_certificates(json, call->arena, call->signature);
    json_put_key(json, "EventRecords");
    json_open_array(json);
    for (size_t i = call->page.count; i-- > 0;)
        json_put_string_slice(json, encoding_base64(call->arena, call->page.entries[i].bytes));
    json_close_array(json);
    json_close_object(json);
}

void routes_amt_audit_log_export(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AuditLog",
        .requested = "Audit Log export requested",
        .received = "Audit Log exported",
        .received_has_guid = true,
        .refused = "Audit Log export failed",
        .refused_event = "Audit Log export failed",
        .exception = "Exception during AMT AuditLog export",
        .exception_event = true,
    };
    struct slice text;
    uint64_t mechanism = MECHANISM;
    if (http_query_get(exchange, "signingMechanism", &text))
        (void)slice_to_u64(text, MECHANISMS - 1, &mechanism);
    struct export_call call = {.arena = exchange->arena, .mechanism = (uint32_t)mechanism};
    if (!routes_converse(exchange, &what, export_log, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    put_export(&json, &call);
}
