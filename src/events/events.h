/*
 * The bus: what happened to devices and what operators did, in the toolkit's shape (spec mps C):
 * type, message, methods, guid, timestamp. Publishing never waits and never fails; a subscriber
 * that falls behind loses the oldest events, which is counted. Any thread.
 */
#ifndef EVENTS_EVENTS_H
#define EVENTS_EVENTS_H

#include "core/guid.h"

#include <stdint.h>

#define EVENTS_NAME_SIZE 128

enum events_type { EVENTS_REQUEST, EVENTS_SUCCESS, EVENTS_FAIL };

struct events_event {
    enum events_type type;
    const char *method;  /* methods[0]; a string constant */
    const char *message; /* a string constant; what follows it: */
    char name[EVENTS_NAME_SIZE];
    struct guid guid;
    bool has_guid;
    int64_t when_ms;
    uint64_t sequence; /* rises by one per event */
};

struct events;

/* Keeps the last `capacity` events for readers. */
struct events *events_new(size_t capacity);
void events_free(struct events *events);

/* `method` and `message` must be string constants; `guid` may be NULL. */
void events_publish(struct events *events, enum events_type type, const char *method,
                    const char *message, const struct guid *guid);

/* The same about something with a name, which stands behind the message: "Created Domain : " and
 * what it is called. Cut where it is too long. */
void events_publish_named(struct events *events, enum events_type type, const char *method,
                          const char *message, const char *name);

/* Copies up to `most` events with a sequence above `after`, oldest first; returns how many. *lost
 * is how many the reader missed. */
size_t events_read(struct events *events, uint64_t after, struct events_event *to, size_t most,
                   uint64_t *lost);

#endif
