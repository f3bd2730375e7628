/*
 * Reading several classes of a device at once: what does not depend on each other is asked side by
 * side, as far as the device's cap on requests allows, so that a page of facts costs what the
 * device costs. Over struct amt, on a fiber.
 */
#ifndef AMT_READING_H
#define AMT_READING_H

#include "amt/amt.h"

/* One class. Everything before the line is set by the caller, the rest by amt_read. */
struct amt_reading {
    struct wsman_target target;
    bool enumerate; /* Enumerate and Pull to the end instead of Get */
    bool optional;  /* a device that lacks the class is no error: `ok` is false then and `err`
                       says why */
    bool tolerant; /* nor is any other fault, or nonsense, that it answers for the class: only where
                      a missing answer is shown as such, never to decide something */
    /* ---- */
    bool ok;
    struct wsman_reply reply; /* of a Get */
    struct amt_items items;   /* of an Enumerate; empty when not ok */
    struct error err;
};

#define AMT_READ_GET(class_)                  \
    {                                         \
        .target = {.class = &wsman_##class_ } \
    }
#define AMT_READ_ENUMERATE(class_)                              \
    {                                                           \
        .target = {.class = &wsman_##class_}, .enumerate = true \
    }

/* Reads them all and waits for the last. The first failure of one that is not optional cancels the
 * others and is the error of the call. A cancelled caller cancels them, too. */
bool amt_read(struct amt *amt, struct arena *arena, struct amt_reading *readings, size_t count,
              struct error *err);

/* The instance that a Get of the reading's class brought; NULL when the reading failed: a Get that
 * brings another class is ERROR_PROTOCOL. */
const struct wsman_xml *amt_reading_instance(const struct amt_reading *reading);

/* A fault that says that the device has no such class or instance. Firmware was only ever seen to
 * say DestinationUnreachable (spec device-protocols 5.4); DSP0226 has InvalidSelectors for
 * instances, and InvalidResourceURI for classes, the detail of a fault, which some take for its
 * code. Any other fault, of missing rights for one, says nothing about that. */
bool amt_fault_is_absence(const struct wsman_reply *reply);

/* A failed reading with such a fault. */
bool amt_reading_is_absent(const struct amt_reading *reading);

/* A failure that says something about the device's abilities, not about reaching it. */
bool amt_is_device_answer(const struct error *err);

/* Deletes the instance with this key. One that is not there is as good as deleted. */
bool amt_delete_one(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                    const char *key, struct slice value, struct error *err);

#endif
