/*
 * The instances that a device has now: those of its personality's tables but the deleted ones, and
 * those that came into being since (certificates, alarms, profiles). An object's values are all
 * stored ones (sim_device_store). Owned by the device; no locking.
 */
#ifndef SIM_OBJECT_H
#define SIM_OBJECT_H

#include "core/arena.h"
#include "sim/device.h"

struct sim_object {
    struct sim_object *next;
    struct sim_personality_instance table; /* has no values of its own */
    char *secret; /* what WSMAN never shows: a private key; NULL for none */
};

/* A walk over all instances, in the order of the tables; start with {.device = device}. */
struct sim_walk {
    const struct sim_device *device;
    size_t table; /* index of the personality's */
    const struct sim_personality_instance *at;
    const struct sim_object *object;
    bool in_objects;
};

/* The next entry; NULL at the end. An entry without values only says that the class exists. */
const struct sim_personality_instance *sim_walk_next(struct sim_walk *walk);

/* The next instance of this very class. */
const struct sim_personality_instance *sim_walk_next_of(struct sim_walk *walk, const char *class);

/* True when the firmware has the class, with an instance or without. */
bool sim_object_class_exists(const struct sim_device *device, const struct wsman_class *class);

/* A new instance without values; belongs to the device. */
const struct sim_personality_instance *sim_object_add(struct sim_device *device,
                                                      const struct wsman_class *class);

/* Gives a property its (only) value. `name` must be in the catalogue. */
void sim_object_set(struct sim_device *device, const struct sim_personality_instance *instance,
                    const char *name, struct slice text);

/* The first value of a property, stored or of the table; empty when there is none. Borrowed until
 * the next change. */
struct slice sim_object_get(const struct sim_device *device,
                            const struct sim_personality_instance *instance, const char *name);

/* Keeps a secret with an object, and finds it again; empty when there is none. It is wiped with the
 * object. */
void sim_object_keep_secret(struct sim_device *device,
                            const struct sim_personality_instance *instance, struct slice secret);
struct slice sim_object_secret(const struct sim_device *device,
                               const struct sim_personality_instance *instance);

/* The instance of this class whose property has this value; NULL when there is none. */
const struct sim_personality_instance *sim_object_find(const struct sim_device *device,
                                                       const char *class, const char *name,
                                                       struct slice text);

/* How many instances of this very class there are. */
size_t sim_object_count(const struct sim_device *device, const char *class);

/* Deletes an instance, of a table or an object. The pointer of an object is dead afterwards. */
void sim_object_remove(struct sim_device *device, const struct sim_personality_instance *instance);

/* "prefix" and the least number that no instance of the class has as its `name`. Returns the text
 * in the arena. */
const char *sim_object_free_name(const struct sim_device *device, struct arena *arena,
                                 const char *class, const char *name, const char *prefix);

void sim_object_free_all(struct sim_device *device);

#endif
