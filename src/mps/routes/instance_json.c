#include "mps/routes/instance_json.h"

#define NUMBER_LIMIT ((UINT64_C(1) << 53) - 1) /* what JavaScript counts exactly */

void instance_json_text(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property)
{
    json_put_key(json, key);
    json_put_string_slice(json, wsman_xml_child_text(instance, property));
}

bool instance_bool(const struct wsman_xml *instance, const char *property)
{
    return wsman_xml_child_is_true(instance, property);
}

bool instance_number(const struct wsman_xml *instance, const char *property, uint64_t *value)
{
    return slice_to_u64(wsman_xml_child_text(instance, property), NUMBER_LIMIT, value);
}

void instance_json_bool(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property)
{
    json_put_member_bool(json, key, instance_bool(instance, property));
}

void instance_json_number(struct json_writer *json, const char *key,
                          const struct wsman_xml *instance, const char *property)
{
    uint64_t value = 0;
    (void)instance_number(instance, property, &value);
    json_put_member_int(json, key, (int64_t)value);
}

void instance_json_name(struct json_writer *json, const char *key, const struct wsman_xml *instance,
                        const char *property, const struct instance_name *names, size_t count)
{
    uint64_t value;
    const char *name = "";
    if (instance_number(instance, property, &value))
        for (size_t i = 0; i < count; i++)
            if (names[i].value == value)
                name = names[i].name;
    json_put_member_string(json, key, name);
}
