/* /api/v1/amt/log/audit/… (spec mps 1.10, 2.5; console 1.6). */
#include "amt/audit_log.h"
#include "core/clock.h"
#include "core/encoding.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/log_answer.h"
#include "mps/routes/routes.h"

#define PAGE       50                          /* what the toolkit's console steps by */
#define TEXT_LIMIT (2 * AMT_AUDIT_RECORD_MOST) /* of one field: each byte may be two in UTF-8 */

static const struct routes_conversation reading = {
    .event = "AMT_AuditLog",
    .requested = "Audit Log Requested",
    .exception = "Exception during AMT AuditLog request",
    .exception_event = true,
};

struct read_call {
    struct arena *arena;
    uint64_t skip;
    size_t most;
    struct amt_audit_page page;
};

static bool read_page(struct amt *amt, void *arg, struct error *err)
{
    struct read_call *call = arg;
    return amt_audit_log_read(amt, call->arena, call->skip, call->most, &call->page, err);
}

/* ---- the list ---- */

/* How many of the newest records a client has seen. Scripts for MPS count from 0 (0, 10, 50),
 * consoles from 1 (1, 11, 51): a number that ends in 1 counts from 1. */
static uint64_t records_before(struct http_exchange *exchange)
{
    struct slice text;
    uint64_t start = 0;
    if (!http_query_get(exchange, "startIndex", &text))
        return 0;
    if (text.size > 0 && (text.data[0] == '+' || text.data[0] == '-'))
        text = slice_from(text, 1);
    text = slice_first(text, slice_index_of(text, '.'));
    if (text.size > 0 && !slice_to_u64(text, UINT32_MAX, &start))
        start = UINT32_MAX;
    return start % 10 == 1 ? start - 1 : start;
}

/* Each byte as the character of its number, whatever the encoding: what the toolkit calls Ex. */
static void put_bytes(struct json_writer *json, struct buffer *text, struct slice bytes)
{
    buffer_clear(text);
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if (byte >= 0x80) {
            buffer_put_u8(text, (uint8_t)(0xc0 | byte >> 6));
            byte = (uint8_t)(0x80 | (byte & 0x3f));
        }
        buffer_put_u8(text, byte);
    }
    json_put_string_slice(json, buffer_slice(text));
}

static void put_time(struct json_writer *json, uint32_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, "Time", clock_format((int64_t)seconds * 1000, text));
}

static const char *event_name(struct arena *arena, const struct amt_audit_record *record)
{
    const char *name = amt_audit_event_name(record->app, record->event);
    return name != NULL ? name : arena_printf(arena, "#%u", record->event);
}

static void put_words(struct json_writer *json, struct arena *arena, struct buffer *text,
                      const struct amt_audit_record *record)
{
    json_put_member_string(json, "AuditApp", amt_audit_app_name(record->app));
    json_put_member_string(json, "Event", event_name(arena, record));
    buffer_clear(text);
    amt_audit_put_initiator(text, record);
    json_put_key(json, "Initiator");
    json_put_string_slice(json, buffer_slice(text));
    put_time(json, record->time);
    json_put_member_int(json, "MCLocationType", record->location);
    buffer_clear(text);
    amt_audit_put_address(text, record);
    json_put_key(json, "NetAddress");
    json_put_string_slice(json, buffer_slice(text));
    json_put_key(json, "Ex");
    put_bytes(json, text, record->extended);
    buffer_clear(text);
    json_put_key(json, "ExStr");
    if (amt_audit_put_detail(text, record))
        json_put_string_slice(json, buffer_slice(text));
    else
        json_put_null(json);
}

/* What a record that cannot be read is called; says when its bytes are not all. */
static const char *undecoded(struct arena *arena, const struct amt_audit_entry *entry)
{
    return entry->cut_from == 0
               ? "Undecoded record"
               : arena_printf(arena, "Undecoded record, the first %zu of %zu characters",
                              entry->bytes.size, entry->cut_from);
}

/* A record that cannot be read: its bytes, so that nothing in the log is hidden. */
static void put_undecoded(struct json_writer *json, struct arena *arena, struct buffer *text,
                          const struct amt_audit_entry *entry)
{
    static const char *const absent[] = {"AuditAppID", "EventID", "InitiatorType", "AuditApp"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        json_put_member_string(json, absent[i], NULL);
    json_put_member_string(json, "Event", undecoded(arena, entry));
    json_put_member_string(json, "Initiator", "");
    json_put_member_string(json, "Time", NULL);
    json_put_member_string(json, "MCLocationType", NULL);
    json_put_member_string(json, "NetAddress", "");
    json_put_key(json, "Ex");
    put_bytes(json, text, entry->bytes);
    json_put_member_string(json, "ExStr", NULL);
    json_put_member_string(json, "AuditAppId", NULL);
    json_put_member_string(json, "EventId", NULL);
}

static void put_record(struct json_writer *json, struct arena *arena, struct buffer *text,
                       const struct amt_audit_entry *entry)
{
    const struct amt_audit_record *record = &entry->record;
    json_open_object(json);
    if (entry->decoded) {
        json_put_member_int(json, "AuditAppID", record->app);
        json_put_member_int(json, "EventID", record->event);
        json_put_member_int(json, "InitiatorType", record->initiator);
        put_words(json, arena, text, record);
        json_put_member_int(json, "AuditAppId", record->app);
        json_put_member_int(json, "EventId", record->event);
    } else {
        put_undecoded(json, arena, text, entry);
    }
    json_put_member_int(json, "Index", entry->number);
    json_close_object(json);
}

void routes_amt_audit_log_list(struct http_exchange *exchange)
{
    struct read_call call = {
        .arena = exchange->arena,
        .skip = records_before(exchange),
        .most = PAGE,
    };
    if (!routes_converse(exchange, &reading, read_page, &call))
        return;
    struct buffer text;
    buffer_init(&text, TEXT_LIMIT);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_int(&json, "totalCnt", (int64_t)call.page.total);
    json_put_key(&json, "records");
    json_open_array(&json);
    for (size_t i = 0; i < call.page.count; i++)
        put_record(&json, exchange->arena, &text, &call.page.entries[i]);
    json_close_array(&json);
    json_close_object(&json);
    buffer_fini(&text);
}

/* ---- the table ---- */

static void put_row(struct csv_writer *csv, struct arena *arena, struct buffer *text,
                    const void *entries, size_t row)
{
    const struct amt_audit_entry *entry = (const struct amt_audit_entry *)entries + row;
    const struct amt_audit_record *record = &entry->record;
    char time[CLOCK_TEXT_SIZE] = "";
    csv_put_string(csv, arena_printf(arena, "%u", (unsigned)entry->number));
    if (!entry->decoded) {
        csv_put_string(csv, "");
        csv_put_string(csv, undecoded(arena, entry));
        csv_put(csv, entry->cut_from > 0 ? entry->bytes : encoding_base64(arena, entry->bytes));
        csv_put_string(csv, "");
        csv_put_string(csv, "");
        csv_end_row(csv);
        return;
    }
    csv_put_string(csv, clock_format((int64_t)record->time * 1000, time));
    csv_put_string(csv, event_name(arena, record));
    buffer_clear(text);
    (void)amt_audit_put_detail(text, record);
    csv_put(csv, buffer_slice(text));
    buffer_clear(text);
    amt_audit_put_initiator(text, record);
    csv_put(csv, buffer_slice(text));
    buffer_clear(text);
    amt_audit_put_address(text, record);
    csv_put(csv, buffer_slice(text));
    csv_end_row(csv);
}

void routes_amt_audit_log_download(struct http_exchange *exchange)
{
    struct read_call call = {.arena = exchange->arena, .most = AMT_AUDIT_LOG_MOST};
    if (!routes_converse(exchange, &reading, read_page, &call))
        return;
    static const struct log_table table = {
        .name = "audit-log",
        .titles = {"ID", "Time", "Event", "Description", "Initiator", "Net Address"},
        .text_limit = TEXT_LIMIT,
        .put_row = put_row,
    };
    routes_answer_table(exchange, &table, call.page.entries, call.page.count);
}

/* ---- clearing ---- */

static bool clear(struct amt *amt, void *arg, struct error *err)
{
    return amt_audit_log_clear(amt, arg, err);
}

void routes_amt_audit_log_clear(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_AuditLog",
        .requested = "Audit Log clear requested",
        .received = "Audit Log cleared",
        .received_has_guid = true,
        .refused = "Audit Log clear failed",
        .refused_event = "Audit Log clear failed",
        .exception = "Exception during AMT AuditLog clear",
        .exception_event = true,
    };
    if (!routes_converse(exchange, &what, clear, exchange->arena))
        return;
    routes_conversation_succeeded(exchange, &what);
    routes_answer_success(exchange);
}
