/* /api/v1/amt/log/event/… (spec mps 1.10, 2.6; console 1.6; webui 1.9). */
#include "amt/event_log.h"
#include "core/clock.h"
#include "core/encoding.h"
#include "http/query_value.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/log_answer.h"
#include "mps/routes/routes.h"

#define TEXT_LIMIT 4096 /* of one description: the longest is an undecoded record in base64 */

static const struct routes_conversation reading = {
    .event = "AMT_EventLog",
    .requested = "Event Log requested",
    .received = "Event Log received",
    .received_has_guid = true,
    .refused = "Event Log request failed",
    .refused_event = "Event Log request failed",
    .exception = "Exception during AMT Event Log request",
    .exception_event = true,
};

struct read_call {
    struct arena *arena;
    size_t skip;
    size_t most;
    struct amt_event_page page;
};

static bool read_page(struct amt *amt, void *arg, struct error *err)
{
    struct read_call *call = arg;
    return amt_event_log_read(amt, call->arena, call->skip, call->most, &call->page, err);
}

/* ---- the list ---- */

static const char *time_of(const struct amt_event_record *record, char text[CLOCK_TEXT_SIZE])
{
    return record->has_time ? clock_format((int64_t)record->time * 1000, text) : NULL;
}

static void put_numbers(struct json_writer *json, const struct amt_event_record *record)
{
    json_put_member_int(json, "DeviceAddress", record->device_address);
    json_put_member_int(json, "EventSensorType", record->sensor_type);
    json_put_member_int(json, "EventType", record->event_type);
    json_put_member_int(json, "EventOffset", record->event_offset);
    json_put_member_int(json, "EventSourceType", record->source_type);
    json_put_member_int(json, "EventSeverity", record->severity);
    json_put_member_int(json, "SensorNumber", record->sensor_number);
    json_put_member_int(json, "Entity", record->entity);
    json_put_member_int(json, "EntityInstance", record->entity_instance);
    json_put_key(json, "EventData");
    json_open_array(json);
    for (size_t i = 0; i < AMT_EVENT_DATA_SIZE; i++)
        json_put_int(json, record->data[i]);
    json_close_array(json);
}

static void put_record(struct json_writer *json, struct buffer *text,
                       const struct amt_event_entry *entry)
{
    const struct amt_event_record *record = &entry->record;
    char time[CLOCK_TEXT_SIZE];
    json_open_object(json);
    put_numbers(json, record);
    json_put_member_string(json, "TimeStamp", time_of(record, time));
    json_put_member_string(json, "EntityStr", amt_event_entity_name(record->entity));
    json_put_key(json, "Desc");
    buffer_clear(text);
    if (amt_event_put_description(text, record))
        json_put_string_slice(json, buffer_slice(text));
    else
        json_put_null(json);
    json_put_member_string(json, "Time", time_of(record, time));
    json_put_member_string(json, "eventTypeDesc", amt_event_type_name(record->event_type));
    json_put_member_string(json, "EventTypeDesc", amt_event_type_name(record->event_type));
    json_put_member_string(json, "EventSeverityStr", amt_event_severity_name(record->severity));
    json_close_object(json);
}

/* The bytes of a record that cannot be read, and whether they are all. */
static const char *describe_bytes(struct arena *arena, const struct amt_event_entry *entry)
{
    if (entry->cut_from > 0)
        return arena_printf(arena, "Undecoded record, the first %zu of %zu characters: %.*s",
                            entry->bytes.size, entry->cut_from, SLICE_ARG(entry->bytes));
    return arena_printf(arena, "Undecoded record: %.*s",
                        SLICE_ARG(encoding_base64(arena, entry->bytes)));
}

/* A record that cannot be read: the same keys, and its bytes as the description. */
static void put_undecoded(struct json_writer *json, struct arena *arena,
                          const struct amt_event_entry *entry)
{
    static const char *const absent[] = {"DeviceAddress", "EventSensorType", "EventType",
                                         "EventOffset",   "EventSourceType", "EventSeverity",
                                         "SensorNumber",  "Entity",          "EntityInstance"};
    json_open_object(json);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        json_put_member_string(json, absent[i], NULL);
    json_put_key(json, "EventData");
    json_open_array(json);
    json_close_array(json);
    json_put_member_string(json, "TimeStamp", NULL);
    json_put_member_string(json, "EntityStr", "Unknown");
    json_put_member_string(json, "Desc", describe_bytes(arena, entry));
    json_put_member_string(json, "Time", NULL);
    json_put_member_string(json, "eventTypeDesc", "Unspecified");
    json_put_member_string(json, "EventTypeDesc", "Unspecified");
    json_put_member_string(json, "EventSeverityStr", "Unspecified");
    json_close_object(json);
}

void routes_amt_event_log_list(struct http_exchange *exchange)
{
    struct read_call call = {
        .arena = exchange->arena,
        .skip = http_query_value_number(exchange, "$skip", 0),
        .most = http_query_value_number(exchange, "$top", AMT_EVENT_LOG_MOST),
    };
    if (!routes_converse(exchange, &reading, read_page, &call))
        return;
    routes_conversation_succeeded(exchange, &reading);
    struct buffer text;
    buffer_init(&text, TEXT_LIMIT);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "records");
    json_open_array(&json);
    for (size_t i = 0; i < call.page.count; i++) {
        if (call.page.entries[i].decoded)
            put_record(&json, &text, &call.page.entries[i]);
        else
            put_undecoded(&json, exchange->arena, &call.page.entries[i]);
    }
    json_close_array(&json);
    json_put_member_bool(&json, "hasMoreRecords", call.page.has_more);
    json_close_object(&json);
    buffer_fini(&text);
}

/* ---- the table ---- */

static void put_row(struct csv_writer *csv, struct arena *arena, struct buffer *text,
                    const void *entries, size_t row)
{
    const struct amt_event_entry *entry = (const struct amt_event_entry *)entries + row;
    const struct amt_event_record *record = &entry->record;
    char time[CLOCK_TEXT_SIZE] = "";
    const char *when = entry->decoded ? time_of(record, time) : NULL;
    csv_put_string(csv, when != NULL ? when : "");
    csv_put_string(csv, entry->decoded ? amt_event_entity_name(record->entity) : "Unknown");
    csv_put_string(csv, amt_event_severity_name(entry->decoded ? record->severity : 0));
    buffer_clear(text);
    if (entry->decoded) {
        (void)amt_event_put_description(text, record);
    } else {
        buffer_put_text(text, describe_bytes(arena, entry));
    }
    csv_put(csv, buffer_slice(text));
    csv_end_row(csv);
}

void routes_amt_event_log_download(struct http_exchange *exchange)
{
    struct read_call call = {.arena = exchange->arena, .most = AMT_EVENT_LOG_MOST};
    if (!routes_converse(exchange, &reading, read_page, &call))
        return;
    routes_conversation_succeeded(exchange, &reading);
    static const struct log_table table = {
        .name = "event-log",
        .titles = {"Time", "Source", "Event Severity", "Description"},
        .text_limit = TEXT_LIMIT,
        .put_row = put_row,
    };
    routes_answer_table(exchange, &table, call.page.entries, call.page.count);
}

/* ---- changing it ---- */

static bool clear(struct amt *amt, void *arg, struct error *err)
{
    return amt_event_log_clear(amt, arg, err);
}

void routes_amt_event_log_clear(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_EventLog",
        .requested = "Event Log clear requested",
        .received = "Event Log cleared",
        .received_has_guid = true,
        .refused = "Event Log clear failed",
        .refused_event = "Event Log clear failed",
        .exception = "Exception during AMT Event Log clear",
        .exception_event = true,
    };
    if (!routes_converse(exchange, &what, clear, exchange->arena))
        return;
    routes_conversation_succeeded(exchange, &what);
    routes_answer_success(exchange);
}

struct freeze_call {
    struct arena *arena;
    bool freeze;
};

static bool freeze(struct amt *amt, void *arg, struct error *err)
{
    struct freeze_call *call = arg;
    return amt_event_log_freeze(amt, call->arena, call->freeze, err);
}

/* What the rule takes for true. */
static bool is_true(const json_t *value)
{
    return json_is_true(value) || (json_is_number(value) && json_number_value(value) != 0) ||
           (json_is_string(value) &&
            (slice_equal_string(slice_of_string(json_string_value(value)), "true") ||
             slice_equal_string(slice_of_string(json_string_value(value)), "1")));
}

void routes_amt_event_log_freeze(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_EventLog",
        .requested = "Event Log freeze requested",
        .received = "Event Log frozen or thawed",
        .received_has_guid = true,
        .refused = "Event Log freeze failed",
        .refused_event = "Event Log freeze failed",
        .exception = "Exception during AMT Event Log freeze",
        .exception_event = true,
    };
    struct freeze_call call = {
        .arena = exchange->arena,
        .freeze = is_true(json_object_get(exchange->json, "isFrozen")),
    };
    if (!routes_converse(exchange, &what, freeze, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    routes_answer_success(exchange);
}
