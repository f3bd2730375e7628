/*
 * Looking at a device's classes as they are on the wire: the requests and the device's answers,
 * word for word, faults included. Read-only: Get, or Enumerate with its Pulls. Over struct amt, on
 * a fiber.
 */
#ifndef AMT_EXPLORER_H
#define AMT_EXPLORER_H

#include "amt/amt.h"

struct amt_explorer_call {
    const char *name; /* as Console's clients know it (spec console 3.6) */
    const struct wsman_class *class;
    bool get; /* a Get; otherwise an Enumerate and Pulls */
};

/* The calls that are listed, sorted by name. */
const struct amt_explorer_call *amt_explorer_calls(size_t *count);

/* The call of that name: a listed one, or any class of the catalogue that can be read, written
 * with or without its underscore ("CIM_Sensor", "CIMSensor"). False when there is none. */
bool amt_explorer_find(struct slice name, struct amt_explorer_call *call);

/* Makes the call. *exchanges are what went over the wire, in order; what a device must keep to
 * itself (passwords, keys) is cut out of its answers. A fault, and an answer that cannot be read,
 * are as good as any other; it fails when none came. */
bool amt_explorer_run(struct amt *amt, struct arena *arena, const struct amt_explorer_call *call,
                      struct amt_trace **exchanges, struct error *err);

#endif
