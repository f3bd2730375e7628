/*
 * Single properties of a WSMAN instance as members of our own JSON, with the type that the member
 * is documented to have: a network that is called "007" stays a string. What a device leaves out
 * becomes "", false or 0. `instance` may be NULL. No state.
 */
#ifndef MPS_ROUTES_INSTANCE_JSON_H
#define MPS_ROUTES_INSTANCE_JSON_H

#include "core/json_writer.h"
#include "wsman/xml.h"

void instance_json_text(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property);
void instance_json_bool(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property);
void instance_json_number(struct json_writer *json, const char *key,
                          const struct wsman_xml *instance, const char *property);

/* "true" and "1" in any case. */
bool instance_bool(const struct wsman_xml *instance, const char *property);

/* A number below 2^53; false when the property is absent or something else. */
bool instance_number(const struct wsman_xml *instance, const char *property, uint64_t *value);

/* A number and its name. */
struct instance_name {
    unsigned value;
    const char *name;
};

/* The name of the property's number; "" when the table (`count` rows) hasn't got it. */
void instance_json_name(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property, const struct instance_name *names, size_t count);
#define INSTANCE_JSON_NAME(json, key, instance, property, names) \
    instance_json_name(json, key, instance, property, names, sizeof(names) / sizeof((names)[0]))

#endif
