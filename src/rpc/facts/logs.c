#include "rpc/facts/logs.h"

#include "amt/audit_log.h"
#include "amt/event_log.h"
#include "core/clock.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

static const char *time_of(struct arena *arena, bool known, uint32_t time)
{
    char text[CLOCK_TEXT_SIZE];
    return known ? arena_string(arena, slice_of_string(clock_format((int64_t)time * 1000, text)))
                 : "before the clock was set";
}

static const char *text_of(struct arena *arena, const struct buffer *text)
{
    return arena_string(arena, buffer_slice(text));
}

/* ---- events ---- */

struct events {
    struct arena *arena;
    struct amt_event_page page;
};

static const char *describe(struct arena *arena, const struct amt_event_entry *entry)
{
    struct buffer text;
    buffer_init(&text, 4096);
    const char *copy = NULL;
    if (entry->decoded && amt_event_put_description(&text, &entry->record))
        copy = text_of(arena, &text);
    buffer_fini(&text);
    return copy != NULL ? copy
           : entry->decoded
               ? arena_printf(arena, "%s event", amt_event_entity_name(entry->record.entity))
               : "a record that can't be read";
}

static void put_events_json(const struct events *events, struct buffer *out)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '[');
    for (size_t i = 0; i < events->page.count; i++) {
        const struct amt_event_entry *entry = &events->page.entries[i];
        rpc_json_open(&json, NULL, '{');
        if (entry->decoded) {
            if (entry->record.has_time)
                rpc_json_text(&json, "time", time_of(events->arena, true, entry->record.time));
            rpc_json_text(&json, "severity", amt_event_severity_name(entry->record.severity));
            rpc_json_text(&json, "entity", amt_event_entity_name(entry->record.entity));
            rpc_json_number(&json, "sensorType", entry->record.sensor_type);
            rpc_json_number(&json, "eventType", entry->record.event_type);
            rpc_json_number(&json, "eventOffset", entry->record.event_offset);
        }
        rpc_json_text(&json, "description", describe(events->arena, entry));
        rpc_json_close(&json, '}');
    }
    rpc_json_close(&json, ']');
}

static void put_events_text(const struct events *events, struct buffer *out)
{
    for (size_t i = 0; i < events->page.count; i++) {
        const struct amt_event_entry *entry = &events->page.entries[i];
        const char *time = entry->decoded
                               ? time_of(events->arena, entry->record.has_time, entry->record.time)
                               : "";
        buffer_printf(out, "%-25s %-24s %-16s %s\n", time,
                      entry->decoded ? amt_event_severity_name(entry->record.severity) : "",
                      entry->decoded ? amt_event_entity_name(entry->record.entity) : "",
                      rpc_page_printable(events->arena, describe(events->arena, entry)));
    }
    if (events->page.count == 0)
        buffer_put_text(out, "The event log is empty\n");
    if (events->page.has_more)
        buffer_put_text(out, "… (--limit shows more)\n");
}

bool rpc_logs_put_events(struct amt *amt, struct arena *arena, size_t limit, bool json,
                         struct buffer *out, struct error *err)
{
    struct events events = {.arena = arena};
    if (!amt_event_log_read(amt, arena, 0, limit, &events.page, err))
        return false;
    if (json)
        put_events_json(&events, out);
    else
        put_events_text(&events, out);
    return true;
}

/* ---- audit ---- */

struct audit {
    struct arena *arena;
    struct amt_audit_page page;
};

struct audit_words {
    const char *time, *app, *event, *initiator, *address, *detail; /* NULL: unknown */
};

static const char *put_by(struct arena *arena, const struct amt_audit_record *record,
                          void (*put)(struct buffer *, const struct amt_audit_record *))
{
    struct buffer text;
    buffer_init(&text, 4096);
    put(&text, record);
    const char *copy = text_of(arena, &text);
    buffer_fini(&text);
    return copy;
}

static struct audit_words audit_words(struct arena *arena, const struct amt_audit_record *record)
{
    struct buffer text;
    struct audit_words words = {
        .time = time_of(arena, true, record->time),
        .app = amt_audit_app_name(record->app),
        .event = amt_audit_event_name(record->app, record->event),
        .initiator = put_by(arena, record, amt_audit_put_initiator),
        .address = put_by(arena, record, amt_audit_put_address),
    };
    if (words.app == NULL)
        words.app = arena_printf(arena, "application %u", record->app);
    if (words.event == NULL)
        words.event = arena_printf(arena, "event %u", record->event);
    buffer_init(&text, 4096);
    if (amt_audit_put_detail(&text, record))
        words.detail = text_of(arena, &text);
    buffer_fini(&text);
    return words;
}

static void put_audit_json(const struct audit *audit, struct buffer *out)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '{');
    rpc_json_number(&json, "total", (int64_t)audit->page.total);
    rpc_json_open(&json, "records", '[');
    for (size_t i = 0; i < audit->page.count; i++) {
        const struct amt_audit_entry *entry = &audit->page.entries[i];
        rpc_json_open(&json, NULL, '{');
        rpc_json_number(&json, "number", entry->number);
        if (entry->decoded) {
            struct audit_words words = audit_words(audit->arena, &entry->record);
            rpc_json_text(&json, "time", words.time);
            rpc_json_text(&json, "application", words.app);
            rpc_json_text(&json, "event", words.event);
            rpc_json_text(&json, "initiator", words.initiator);
            rpc_json_text(&json, "address", words.address);
            rpc_json_text(&json, "detail", words.detail);
        }
        rpc_json_close(&json, '}');
    }
    rpc_json_close(&json, ']');
    rpc_json_close(&json, '}');
}

static void put_audit_text(const struct audit *audit, struct buffer *out)
{
    for (size_t i = 0; i < audit->page.count; i++) {
        const struct amt_audit_entry *entry = &audit->page.entries[i];
        if (!entry->decoded) {
            buffer_printf(out, "%5u a record that can't be read\n", entry->number);
            continue;
        }
        struct audit_words words = audit_words(audit->arena, &entry->record);
        const char *line = arena_printf(
            audit->arena, "%s %s: %s, by %s%s%s%s%s", words.time, words.app, words.event,
            words.initiator, words.address[0] != '\0' ? " from " : "", words.address,
            words.detail != NULL ? ": " : "", words.detail != NULL ? words.detail : "");
        buffer_printf(out, "%5u %s\n", entry->number, rpc_page_printable(audit->arena, line));
    }
    if (audit->page.count == 0)
        buffer_put_text(out, "The audit log is empty\n");
    if (audit->page.total > audit->page.count)
        buffer_put_text(out, "… (--limit shows more)\n");
}

bool rpc_logs_put_audit(struct amt *amt, struct arena *arena, size_t limit, bool json,
                        struct buffer *out, struct error *err)
{
    struct audit audit = {.arena = arena};
    if (!amt_audit_log_read(amt, arena, 0, limit, &audit.page, err))
        return false;
    if (json)
        put_audit_json(&audit, out);
    else
        put_audit_text(&audit, out);
    return true;
}
