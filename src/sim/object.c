#include "sim/object.h"

#include "core/memory.h"
#include "sim/tables/tables.h"

#include <stdlib.h>
#include <string.h>

static const struct sim_personality_value nothing[] = {{NULL, NULL}};

/* A deleted instance of a table is marked by a stored value without a property. */
static bool is_removed(const struct sim_device *device,
                       const struct sim_personality_instance *instance)
{
    for (const struct sim_stored *stored = device->stored; stored != NULL; stored = stored->next) {
        if (stored->instance == instance && stored->property == NULL)
            return true;
    }
    return false;
}

static const struct sim_personality_instance *table_of(const struct sim_device *device,
                                                       size_t number)
{
    const struct sim_personality_instance *const *own = device->personality->tables;
    for (; number > 0 && *own != NULL; number--)
        own++;
    return *own != NULL ? *own : sim_tables_of_all[number];
}

const struct sim_personality_instance *sim_walk_next(struct sim_walk *walk)
{
    while (!walk->in_objects) {
        walk->at = walk->at == NULL ? table_of(walk->device, walk->table) : walk->at + 1;
        if (walk->at == NULL) {
            walk->in_objects = true;
            walk->object = walk->device->objects;
        } else if (walk->at->class == NULL) {
            walk->at = NULL;
            walk->table++;
        } else if (walk->at->values == NULL || !is_removed(walk->device, walk->at)) {
            return walk->at;
        }
    }
    const struct sim_object *object = walk->object;
    if (object == NULL)
        return NULL;
    walk->object = object->next;
    return &object->table;
}

const struct sim_personality_instance *sim_walk_next_of(struct sim_walk *walk, const char *class)
{
    const struct sim_personality_instance *instance = sim_walk_next(walk);
    while (instance != NULL && (instance->values == NULL || strcmp(instance->class, class) != 0))
        instance = sim_walk_next(walk);
    return instance;
}

bool sim_object_class_exists(const struct sim_device *device, const struct wsman_class *class)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *instance;
    while ((instance = sim_walk_next(&walk)) != NULL) {
        const struct wsman_class *found = wsman_class_find(slice_of_string(instance->class));
        if (found == class ||
            (found != NULL && found->super != NULL && strcmp(found->super, class->name) == 0))
            return true;
    }
    /* the last instance of a table may have been deleted */
    for (size_t i = 0; table_of(device, i) != NULL; i++) {
        for (const struct sim_personality_instance *at = table_of(device, i); at->class != NULL;
             at++) {
            if (strcmp(at->class, class->name) == 0)
                return true;
        }
    }
    return false;
}

const struct sim_personality_instance *sim_object_add(struct sim_device *device,
                                                      const struct wsman_class *class)
{
    struct sim_object *object = memory_new(sizeof(*object));
    object->table.class = class->name;
    object->table.values = nothing;
    struct sim_object **at = &device->objects;
    while (*at != NULL)
        at = &(*at)->next;
    *at = object;
    return &object->table;
}

static const struct wsman_property *property_of(const struct sim_personality_instance *instance,
                                                const char *name)
{
    const struct wsman_class *class = wsman_class_find(slice_of_string(instance->class));
    return class == NULL ? NULL : wsman_property_find(class, slice_of_string(name));
}

void sim_object_set(struct sim_device *device, const struct sim_personality_instance *instance,
                    const char *name, struct slice text)
{
    const struct wsman_property *property = property_of(instance, name);
    if (property == NULL)
        return;
    sim_device_forget(device, instance, property);
    sim_device_store(device, instance, property, text);
}

struct slice sim_object_get(const struct sim_device *device,
                            const struct sim_personality_instance *instance, const char *name)
{
    const struct wsman_property *property = property_of(instance, name);
    for (const struct sim_stored *stored = device->stored; stored != NULL && property != NULL;
         stored = stored->next) {
        if (stored->instance == instance && stored->property == property)
            return stored->text == NULL ? (struct slice){0} : slice_of_string(stored->text);
    }
    for (const struct sim_personality_value *value = instance->values; value->name != NULL;
         value++) {
        if (strcmp(value->name, name) == 0)
            return slice_of_string(value->text);
    }
    return (struct slice){0};
}

const struct sim_personality_instance *sim_object_find(const struct sim_device *device,
                                                       const char *class, const char *name,
                                                       struct slice text)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *instance = sim_walk_next_of(&walk, class);
    while (instance != NULL && !slice_equal(sim_object_get(device, instance, name), text))
        instance = sim_walk_next_of(&walk, class);
    return instance;
}

static struct sim_object *object_of(const struct sim_device *device,
                                    const struct sim_personality_instance *instance)
{
    struct sim_object *object = device->objects;
    while (object != NULL && &object->table != instance)
        object = object->next;
    return object;
}

static void forget_secret(struct sim_object *object)
{
    if (object->secret != NULL)
        memory_wipe(object->secret, strlen(object->secret));
    free(object->secret);
    object->secret = NULL;
}

void sim_object_keep_secret(struct sim_device *device,
                            const struct sim_personality_instance *instance, struct slice secret)
{
    struct sim_object *object = object_of(device, instance);
    if (object == NULL)
        return;
    forget_secret(object);
    object->secret = memory_string(secret);
}

struct slice sim_object_secret(const struct sim_device *device,
                               const struct sim_personality_instance *instance)
{
    const struct sim_object *object = object_of(device, instance);
    if (object == NULL || object->secret == NULL)
        return (struct slice){0};
    return slice_of_string(object->secret);
}

size_t sim_object_count(const struct sim_device *device, const char *class)
{
    struct sim_walk walk = {.device = device};
    size_t count = 0;
    while (sim_walk_next_of(&walk, class) != NULL)
        count++;
    return count;
}

void sim_object_remove(struct sim_device *device, const struct sim_personality_instance *instance)
{
    sim_device_forget(device, instance, NULL);
    struct sim_object **at = &device->objects;
    while (*at != NULL && &(*at)->table != instance)
        at = &(*at)->next;
    struct sim_object *object = *at;
    if (object == NULL) {
        sim_device_store(device, instance, NULL, SLICE_LITERAL(""));
        return;
    }
    *at = object->next;
    forget_secret(object);
    free(object);
}

const char *sim_object_free_name(const struct sim_device *device, struct arena *arena,
                                 const char *class, const char *name, const char *prefix)
{
    for (unsigned number = 0;; number++) {
        const char *text = arena_printf(arena, "%s%u", prefix, number);
        if (sim_object_find(device, class, name, slice_of_string(text)) == NULL)
            return text;
    }
}

void sim_object_free_all(struct sim_device *device)
{
    while (device->objects != NULL) {
        struct sim_object *object = device->objects;
        device->objects = object->next;
        forget_secret(object);
        free(object);
    }
}
