/* /api/v1/amt/alarmOccurrences (spec mps 1.13; console 1.6). What a body must hold is checked here
 * and after the gate, with the toolkit's answers: its own routes have no rules. */
#include "amt/alarm.h"
#include "core/clock.h"
#include "http/check.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/log_answer.h"
#include "mps/routes/routes.h"
#include "mps/routes/wsman_json.h"

#include <stdlib.h>

#define NAME_LIMIT 256 /* characters */

/* ---- list ---- */

struct list_call {
    struct arena *arena;
    struct amt_items alarms;
};

static bool list(struct amt *amt, void *arg, struct error *err)
{
    struct list_call *call = arg;
    return amt_alarm_list(amt, call->arena, &call->alarms, err);
}

/* As parsed, but names stay strings: one that looks like a number could not be deleted by what it
 * was guessed to be. */
static void put_alarm(struct json_writer *json, const struct wsman_xml *alarm)
{
    uint64_t minutes = 0;
    const struct wsman_xml *interval = wsman_xml_child(alarm, "Interval");
    if (!amt_alarm_read_interval(wsman_xml_child_text(interval, "Interval"), &minutes))
        minutes = 0;
    json_open_object(json);
    size_t count;
    const struct wsman_xml **members = wsman_json_firsts(alarm, &count);
    for (size_t i = 0; i < count; i++) {
        const struct wsman_xml *at = members[i];
        json_put_key_slice(json, at->name);
        if (slice_equal_string(at->name, "ElementName") ||
            slice_equal_string(at->name, "InstanceID"))
            json_put_string_slice(json, at->text);
        else
            wsman_json_put(json, at);
    }
    free(members);
    json_put_member_int(json, "InternalInMinutes", (int64_t)minutes);
    json_put_member_int(json, "IntervalInMinutes", (int64_t)minutes);
    json_close_object(json);
}

void routes_amt_alarm_list(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AlarmOccurrences",
        .requested = "Alarm occurrences request",
        .received = "Alarm occurrences received",
        .received_has_guid = true,
        .refused = "Alarm occurrence get request failed",
        .refused_event = "Alarm occurrence get request failed",
        .exception = "Exception during alarm occurrences request",
        .exception_event = true,
    };
    struct list_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, list, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < call.alarms.count; i++)
        put_alarm(&json, call.alarms.items[i]);
    json_close_array(&json);
}

/* ---- what a body holds ---- */

/* A text for the device: not empty, bounded, nothing that XML cannot carry. */
static bool read_name(const json_t *value, struct slice *name)
{
    if (!json_is_string(value))
        return false;
    *name = slice_of(json_string_value(value), json_string_length(value));
    for (size_t i = 0; i < name->size; i++) {
        struct slice rest = slice_from(*name, i);
        if (rest.data[0] < 0x20 || slice_starts_with(rest, SLICE_LITERAL("\xef\xbf\xbe")) ||
            slice_starts_with(rest, SLICE_LITERAL("\xef\xbf\xbf")))
            return false;
    }
    return http_check_length(*name, 1, NAME_LIMIT);
}

static bool is_absent(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

/* Minutes as a number or its text; 0 when absent. */
static bool read_interval(const json_t *value, uint32_t *minutes)
{
    uint64_t number = 0;
    *minutes = 0;
    if (is_absent(value))
        return true;
    if (json_is_string(value)) {
        if (!slice_to_u64(slice_of_string(json_string_value(value)), AMT_ALARM_INTERVAL_MOST,
                          &number))
            return false;
    } else if (json_is_number(value)) {
        double given = json_number_value(value);
        if (!(given >= 0 && given <= AMT_ALARM_INTERVAL_MOST) || given != (double)(uint64_t)given)
            return false;
        number = (uint64_t)given;
    } else {
        return false;
    }
    *minutes = (uint32_t)number;
    return true;
}

static bool read_boolean(const json_t *value, bool otherwise, bool *result)
{
    const char *text = json_string_value(value);
    *result = is_absent(value) ? otherwise : json_is_true(value);
    if (text == NULL)
        return is_absent(value) || json_is_boolean(value);
    *result = slice_equal_string(slice_of_string(text), "true");
    return *result || slice_equal_string(slice_of_string(text), "false");
}

/* An empty InstanceID counts as none, which is the name. */
static bool read_alarm(const json_t *body, struct amt_alarm *alarm)
{
    int64_t ms = 0;
    const json_t *start = json_object_get(body, "StartTime");
    const json_t *id = json_object_get(body, "InstanceID");
    bool has_id = !is_absent(id) && !(json_is_string(id) && json_string_length(id) == 0);
    if (!read_name(json_object_get(body, "ElementName"), &alarm->name) || !json_is_string(start) ||
        !clock_parse(slice_of(json_string_value(start), json_string_length(start)), &ms) ||
        !read_interval(json_object_get(body, "Interval"), &alarm->interval_minutes) ||
        !read_boolean(json_object_get(body, "DeleteOnCompletion"), true,
                      &alarm->delete_on_completion))
        return false;
    alarm->start = ms / 1000;
    alarm->id = alarm->name;
    return !has_id || read_name(id, &alarm->id);
}

/* ---- add ---- */

struct change_call {
    struct arena *arena;
    const json_t *body;
    bool is_valid;
    enum amt_alarm_refusal refusal;
    struct error why; /* the device's */
};

/* A refusal ends the conversation well: the routes below say what it means. */
static bool unless_refused(struct change_call *call, bool ok, struct error *err)
{
    if (ok || call->refusal == AMT_ALARM_NOT_REFUSED)
        return ok;
    call->why = *err;
    return true;
}

static bool add(struct amt *amt, void *arg, struct error *err)
{
    struct change_call *call = arg;
    struct amt_alarm alarm = {.start = 0};
    call->is_valid = read_alarm(call->body, &alarm);
    if (!call->is_valid)
        return true;
    return unless_refused(call, amt_alarm_add(amt, call->arena, &alarm, &call->refusal, err), err);
}

/* "… for guid : G.", and the cause behind it when the device gave one. */
static const char *sentence(struct http_exchange *exchange, const char *text,
                            const struct error *why)
{
    struct slice guid = http_parameter(exchange, "guid");
    const char *whole = arena_printf(exchange->arena, "%s for guid : %.*s.", text, SLICE_ARG(guid));
    return why->code == ERROR_NONE ? whole
                                   : arena_printf(exchange->arena, "%s: %s", whole, why->text);
}

void routes_amt_alarm_add(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AddAlarm",
        .requested = "Alarm add requested",
        .received = "Alarm occurrences received",
        .received_has_guid = true,
        .exception = "Exception during alarm occurrence add",
        .exception_event = true,
    };
    struct change_call call = {.arena = exchange->arena, .body = exchange->json};
    error_clear(&call.why);
    if (!routes_converse(exchange, &what, add, &call))
        return;
    if (call.is_valid && call.refusal == AMT_ALARM_NOT_REFUSED) {
        routes_conversation_succeeded(exchange, &what);
        routes_answer_success(exchange);
        return;
    }
    const char *text = "Alarm add request failed";
    if (!call.is_valid || call.refusal == AMT_ALARM_INVALID)
        text = "Alarm add request invalid parameters";
    else if (call.refusal == AMT_ALARM_QUOTA)
        text = "Alarm add request quota exceeded";
    routes_conversation_failed(exchange, &what, "Alarm add request failed");
    routes_answer_error(exchange, 400, sentence(exchange, text, &call.why));
}

/* ---- delete ---- */

static bool remove_alarm(struct amt *amt, void *arg, struct error *err)
{
    struct change_call *call = arg;
    struct slice id;
    call->is_valid = read_name(json_object_get(call->body, "Name"), &id);
    if (!call->is_valid)
        return true;
    return unless_refused(call, amt_alarm_delete(amt, call->arena, id, &call->refusal, err), err);
}

static void answer_not_deleted(struct http_exchange *exchange,
                               const struct routes_conversation *what,
                               const struct change_call *call)
{
    static const char failed[] = "Alarm occurrence delete request failed";
    if (!call->is_valid) {
        routes_conversation_failed(exchange, what, "Invalid alarm occurrence request");
        routes_answer_error(exchange, 400,
                            sentence(exchange, "Invalid alarm occurrence request", &call->why));
    } else if (call->refusal == AMT_ALARM_ABSENT) {
        routes_conversation_failed(exchange, what,
                                   "Alarm occurrence delete request: alarm not found");
        http_answer_error(exchange, 404, "Alarm instance not found",
                          sentence(exchange, failed, &call->why));
    } else {
        routes_conversation_failed(exchange, what, failed);
        routes_answer_error(exchange, 400, sentence(exchange, failed, &call->why));
    }
}

void routes_amt_alarm_delete(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AlarmOccurrences",
        .request_event = "AMT_DeleteAlarm",
        .requested = "Alarm occurrence delete request",
        .received = "Alarm occurrence deleted",
        .received_has_guid = true,
        .exception = "Exception during alarm occurrence delete",
        .exception_event = true,
    };
    struct change_call call = {.arena = exchange->arena, .body = exchange->json};
    error_clear(&call.why);
    if (!routes_converse(exchange, &what, remove_alarm, &call))
        return;
    if (!call.is_valid || call.refusal != AMT_ALARM_NOT_REFUSED) {
        answer_not_deleted(exchange, &what, &call);
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "status", "SUCCESS");
    json_close_object(&json);
}
