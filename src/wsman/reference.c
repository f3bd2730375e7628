#include "wsman/reference.h"

static const struct wsman_xml *parameters_of(const struct wsman_xml *element)
{
    return wsman_xml_child(element, "ReferenceParameters");
}

const struct wsman_class *wsman_reference_class(const struct wsman_xml *element)
{
    return wsman_class_of_uri(wsman_xml_child_text(parameters_of(element), "ResourceURI"));
}

static bool has_name(const struct wsman_xml *selector, const char *name)
{
    const struct wsman_xml_attribute *at = selector->attributes;
    while (at != NULL && !slice_equal_string(at->name, "Name"))
        at = at->next;
    return at != NULL && slice_equal_string(at->value, name);
}

struct slice wsman_reference_selector(const struct wsman_xml *element, const char *name)
{
    const struct wsman_xml *set = wsman_xml_child(parameters_of(element), "SelectorSet");
    const struct wsman_xml *at = wsman_xml_child(set, "Selector");
    for (; at != NULL; at = wsman_xml_again(at))
        if (has_name(at, name))
            return slice_trim(at->text);
    return (struct slice){NULL, 0};
}
