#include "wsman/catalogue/table.h"

#include <string.h>

struct schema {
    const char *prefix;
    const char *base;
};

static const struct schema schemas[] = {
    {"AMT_", "http://intel.com/wbem/wscim/1/amt-schema/1/"},
    {"CIM_", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"},
    {"IPS_", "http://intel.com/wbem/wscim/1/ips-schema/1/"},
};

static int compare(struct slice a, const char *b)
{
    size_t size = strlen(b);
    size_t shorter = a.size < size ? a.size : size;
    int order = shorter == 0 ? 0 : memcmp(a.data, b, shorter);
    if (order != 0 || a.size == size)
        return order;
    return a.size < size ? -1 : 1;
}

const struct wsman_class *wsman_class_find(struct slice name)
{
    size_t low = 0, high = wsman_catalogue_size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, wsman_catalogue_table[middle]->name);
        if (order == 0)
            return wsman_catalogue_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct wsman_class *wsman_class_of_uri(struct slice uri)
{
    size_t name_at = 0;
    for (size_t i = 0; i < uri.size; i++) {
        if (uri.data[i] == '/')
            name_at = i + 1;
    }
    const struct wsman_class *class = wsman_class_find(slice_from(uri, name_at));
    if (class == NULL || !slice_equal_string(slice_first(uri, name_at), wsman_class_base(class)))
        return NULL;
    return class;
}

const struct wsman_class *const *wsman_classes(size_t *count)
{
    *count = wsman_catalogue_size;
    return wsman_catalogue_table;
}

const char *wsman_class_base(const struct wsman_class *class)
{
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        if (strncmp(class->name, schemas[i].prefix, 4) == 0)
            return schemas[i].base;
    }
    return "";
}

const struct wsman_method *wsman_method_find(const struct wsman_class *class, struct slice name)
{
    const struct wsman_method *method = class->methods;
    while (method != NULL && method->name != NULL && !slice_equal_string(name, method->name))
        method++;
    return method != NULL && method->name != NULL ? method : NULL;
}

const struct wsman_property *wsman_property_find(const struct wsman_class *class, struct slice name)
{
    const struct wsman_property *property = class->properties;
    while (property->name != NULL && !slice_equal_string(name, property->name))
        property++;
    return property->name != NULL ? property : NULL;
}
