/*
 * One instance of a WSMAN class as the device shows it now: the personality's values, what a Put
 * has stored, and what the model says (power state, GUID, serial numbers). Lives in an arena.
 */
#ifndef SIM_INSTANCE_H
#define SIM_INSTANCE_H

#include "core/arena.h"
#include "sim/device.h"

struct sim_instance_value {
    const struct wsman_property *property;
    struct slice text;
};

struct sim_instance {
    const struct wsman_class *class;
    const struct sim_personality_instance *table;
    struct sim_instance_value *values; /* in ASCII order of names, as sent */
    size_t count;
    size_t capacity;
    struct arena *arena;
};

/* Reads the `index`-th instance that an enumeration of `class` returns: its own, or where it has
 * none those of the classes derived from it. False when there are not that many. */
bool sim_instance_read(const struct sim_device *device, const struct wsman_class *class,
                       size_t index, struct arena *arena, struct sim_instance *instance);

/* First value of that name; empty (data NULL) when absent. */
struct slice sim_instance_get(const struct sim_instance *instance, const char *name);

/* Changes the first value of that name, when there is one; `text` is borrowed. */
void sim_instance_set(struct sim_instance *instance, const char *name, const char *text);

/* MACAddress of the wired port (0) or the radio (1). */
void sim_instance_set_mac(const struct sim_device *device, struct sim_instance *instance,
                          unsigned port);

/* True when Pull returns one instance at a time whatever was asked (spec device-protocols 5.3). */
bool sim_instance_pulled_singly(const struct wsman_class *class);

/* True when answers with an instance declare the namespace of datetimes, needed or not: classes
 * with a datetime among the properties of their schema. */
bool sim_instance_declares_common(const struct wsman_class *class);

#endif
