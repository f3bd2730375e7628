/*
 * The event log of the machine's hardware and firmware (spec mps 2.6; device-protocols 6.7;
 * device-classes AMT_MessageLog): 390 records at most, read newest first. Over struct amt, on a
 * fiber.
 */
#ifndef AMT_EVENT_LOG_H
#define AMT_EVENT_LOG_H

#include "amt/amt.h"
#include "amt/event_record.h"

#define AMT_EVENT_LOG_MOST    4000 /* records that one call reads */
#define AMT_EVENT_RECORD_MOST 1024 /* bytes kept of one record; firmware's are far shorter */

struct amt_event_entry {
    bool decoded;       /* else `record` is empty and `bytes` are all there is */
    struct slice bytes; /* as the device sent them; its text where that is no base64 */
    size_t cut_from; /* characters that the device sent for a record that is too long, whose first
                        bytes are kept as it sent them; 0: nothing is missing */
    struct amt_event_record record;
};

struct amt_event_page {
    struct amt_event_entry *entries; /* in the device's order, in the arena */
    size_t count;
    bool has_more; /* the log goes on behind the page */
};

/* Reads up to `most` records, leaving out the first `skip`. A device that says that there is more
 * and brings nothing new ends the page. */
bool amt_event_log_read(struct amt *amt, struct arena *arena, size_t skip, size_t most,
                        struct amt_event_page *page, struct error *err);

/* Forgets all records. A refusal is ERROR_DEVICE. */
bool amt_event_log_clear(struct amt *amt, struct arena *arena, struct error *err);

/* Stops recording, or goes on. A refusal is ERROR_DEVICE. */
bool amt_event_log_freeze(struct amt *amt, struct arena *arena, bool freeze, struct error *err);

#endif
