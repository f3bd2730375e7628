#include "amt/event_log.h"

#include "amt/status.h"
#include "core/encoding.h"
#include "core/memory.h"

#include <stdlib.h>

#define CALL_RECORDS_MOST 390 /* what a device holds, and what the toolkit asks for */
#define INVALID_RECORD    2   /* spec device-protocols 6.7: not, or no longer, in the log */
#define NO_RECORD         3   /* past the end */
#define ITERATION_LIMIT   64  /* characters */

static const struct wsman_target message_log = {.class = &wsman_AMT_MessageLog};

/* Where the reading is, and the records so far. */
struct reading {
    struct slice iteration; /* IterationIdentifier; empty when the log is */
    bool is_over;
    struct amt_event_entry *entries; /* heap */
    size_t count;
    size_t capacity;
    struct slice last_first; /* the first record of the last batch as text, to notice a device
                                that brings the same again */
};

/* It is kept and sent back; a device's is a small number. */
static bool is_usable(struct slice iteration, struct error *err)
{
    return iteration.size <= ITERATION_LIMIT ||
           error_set(err, ERROR_PROTOCOL, "the device's place in its event log is no number");
}

static bool position(struct amt *amt, struct arena *arena, struct reading *reading,
                     struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    if (!amt_invoke(amt, arena, &message_log, "PositionToFirstRecord", NULL, 0, &reply, &value,
                    err))
        return false;
    if (value != 0 && value != INVALID_RECORD && value != NO_RECORD)
        return amt_status_refuse(err, "PositionToFirstRecord", value);
    struct slice iteration = wsman_xml_child_text(
        wsman_xml_child(reply.body, "PositionToFirstRecord_OUTPUT"), "IterationIdentifier");
    if (!is_usable(iteration, err))
        return false;
    reading->iteration = arena_copy(arena, iteration);
    reading->is_over = value != 0 || iteration.size == 0 || slice_equal_string(iteration, "0");
    return true;
}

static void take_record(struct arena *arena, struct reading *reading, struct slice text)
{
    if (reading->count == reading->capacity) {
        reading->capacity = reading->capacity == 0 ? 64 : 2 * reading->capacity;
        reading->entries =
            memory_resize(reading->entries, reading->capacity * sizeof *reading->entries);
    }
    struct amt_event_entry *entry = &reading->entries[reading->count++];
    *entry = (struct amt_event_entry){.decoded = false};
    if (text.size > AMT_EVENT_RECORD_MOST) {
        entry->bytes = arena_copy(arena, slice_first(text, AMT_EVENT_RECORD_MOST));
        entry->cut_from = text.size;
    } else if (encoding_base64_decode(arena, text, &entry->bytes)) {
        entry->decoded = amt_event_record_decode(entry->bytes, &entry->record);
        if (!entry->decoded)
            entry->record = (struct amt_event_record){.has_time = false};
    } else {
        entry->bytes = arena_copy(arena, text);
    }
}

/* Takes the records of one answer. A batch without any, or that begins as the one before under the
 * same identifier, is the end: such a device would be read forever. */
static void take_batch(struct arena *arena, struct reading *reading, const struct wsman_xml *output,
                       size_t most)
{
    const struct wsman_xml *record = wsman_xml_child(output, "RecordArray");
    struct slice first = record == NULL ? (struct slice){NULL, 0} : slice_trim(record->text);
    struct slice iteration = wsman_xml_child_text(output, "IterationIdentifier");
    bool same = slice_equal(iteration, reading->iteration) &&
                slice_equal(slice_first(first, AMT_EVENT_RECORD_MOST), reading->last_first);
    reading->is_over = first.size == 0 || same || iteration.size == 0 ||
                       slice_equal_ignore_case(wsman_xml_child_text(output, "NoMoreRecords"),
                                               SLICE_LITERAL("true"));
    if (first.size == 0 || same)
        return;
    reading->iteration = arena_copy(arena, iteration);
    reading->last_first = arena_copy(arena, slice_first(first, AMT_EVENT_RECORD_MOST));
    for (; record != NULL && reading->count < most; record = wsman_xml_again(record)) {
        struct slice text = slice_trim(record->text);
        if (text.size > 0)
            take_record(arena, reading, text);
    }
}

static bool read_batch(struct amt *amt, struct arena *arena, struct reading *reading, size_t most,
                       struct error *err)
{
    struct arena scratch;
    struct wsman_reply reply;
    int64_t value = 0;
    size_t wanted = most - reading->count;
    arena_init(&scratch);
    const struct wsman_value values[] = {
        {.name = "IterationIdentifier", .text = reading->iteration},
        {.name = "MaxReadRecords",
         .text = slice_of_string(arena_printf(
             &scratch, "%zu", wanted < CALL_RECORDS_MOST ? wanted : CALL_RECORDS_MOST))},
    };
    bool ok = amt_invoke(amt, &scratch, &message_log, "GetRecords", values, 2, &reply, &value, err);
    if (ok && (value == INVALID_RECORD || value == NO_RECORD))
        reading->is_over = true;
    else if (ok && value != 0)
        ok = amt_status_refuse(err, "GetRecords", value);
    const struct wsman_xml *output = ok ? wsman_xml_child(reply.body, "GetRecords_OUTPUT") : NULL;
    ok = ok && is_usable(wsman_xml_child_text(output, "IterationIdentifier"), err);
    if (ok && !reading->is_over)
        take_batch(arena, reading, output, most);
    arena_fini(&scratch);
    return ok;
}

bool amt_event_log_read(struct amt *amt, struct arena *arena, size_t skip, size_t most,
                        struct amt_event_page *page, struct error *err)
{
    struct reading reading = {.count = 0};
    *page = (struct amt_event_page){.count = 0};
    size_t end = skip < AMT_EVENT_LOG_MOST ? skip : AMT_EVENT_LOG_MOST;
    end += most < AMT_EVENT_LOG_MOST - end ? most : AMT_EVENT_LOG_MOST - end;
    size_t wanted = end + 1; /* one more tells whether the log goes on */
    bool ok = position(amt, arena, &reading, err);
    while (ok && !reading.is_over && reading.count < wanted)
        ok = read_batch(amt, arena, &reading, wanted, err);
    if (ok && reading.count > skip) {
        page->has_more = reading.count == wanted;
        page->count = reading.count - skip - (page->has_more ? 1 : 0);
        page->entries = arena_array(arena, page->count, sizeof *page->entries);
        for (size_t i = 0; i < page->count; i++)
            page->entries[i] = reading.entries[skip + i];
    }
    free(reading.entries);
    return ok;
}

bool amt_event_log_clear(struct amt *amt, struct arena *arena, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    if (!amt_invoke(amt, arena, &message_log, "ClearLog", NULL, 0, &reply, &value, err))
        return false;
    return value == 0 ? true : amt_status_refuse(err, "ClearLog", value);
}

bool amt_event_log_freeze(struct amt *amt, struct arena *arena, bool freeze, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    const struct wsman_value wanted = {
        .name = "Freeze",
        .text = slice_of_string(freeze ? "true" : "false"),
    };
    if (!amt_invoke(amt, arena, &message_log, "FreezeLog", &wanted, 1, &reply, &value, err))
        return false;
    return value == 0 ? true : amt_status_refuse(err, "FreezeLog", value);
}
