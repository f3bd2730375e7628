#include "events/events.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(published, METRIC_COUNTER, "outband_events_published_total", NULL,
              "Events put on the bus.")
METRIC_DEFINE(missed, METRIC_COUNTER, "outband_events_lost_total", NULL,
              "Events that were overwritten before a reader came for them, summed over readers.")

struct events {
    pthread_mutex_t lock;
    size_t capacity;
    uint64_t newest; /* sequence of the last event; 0: none yet */
    struct events_event ring[];
};

struct events *events_new(size_t capacity)
{
    if (capacity == 0)
        capacity = 1;
    size_t bytes;
    if (__builtin_mul_overflow(capacity, sizeof(struct events_event), &bytes))
        abort();
    struct events *events = memory_new(sizeof *events + bytes);
    pthread_mutex_init(&events->lock, NULL);
    events->capacity = capacity;
    return events;
}

void events_free(struct events *events)
{
    if (events == NULL)
        return;
    pthread_mutex_destroy(&events->lock);
    free(events);
}

static void put(struct events *events, struct events_event *event)
{
    event->when_ms = clock_wall_ms();
    pthread_mutex_lock(&events->lock);
    event->sequence = ++events->newest;
    events->ring[event->sequence % events->capacity] = *event;
    pthread_mutex_unlock(&events->lock);
    metric_add(&published, 1);
}

void events_publish(struct events *events, enum events_type type, const char *method,
                    const char *message, const struct guid *guid)
{
    struct events_event event = {.type = type, .method = method, .message = message};
    if (guid != NULL) {
        event.guid = *guid;
        event.has_guid = true;
    }
    put(events, &event);
}

void events_publish_named(struct events *events, enum events_type type, const char *method,
                          const char *message, const char *name)
{
    struct events_event event = {.type = type, .method = method, .message = message};
    size_t size = strlen(name);
    if (size >= sizeof event.name) { /* between two characters */
        size = sizeof event.name - 1;
        while (size > 0 && ((unsigned char)name[size] & 0xc0) == 0x80)
            size--;
    }
    memcpy(event.name, name, size);
    put(events, &event);
}

size_t events_read(struct events *events, uint64_t after, struct events_event *to, size_t most,
                   uint64_t *lost)
{
    *lost = 0;
    size_t count = 0;
    pthread_mutex_lock(&events->lock);
    uint64_t held = events->newest < events->capacity ? events->newest : events->capacity;
    uint64_t before_oldest = events->newest - held;
    if (after < before_oldest) {
        *lost = before_oldest - after;
        after = before_oldest;
    }
    for (uint64_t sequence = after + 1; sequence <= events->newest && count < most; sequence++)
        to[count++] = events->ring[sequence % events->capacity];
    pthread_mutex_unlock(&events->lock);
    metric_add(&missed, (int64_t)*lost);
    return count;
}
