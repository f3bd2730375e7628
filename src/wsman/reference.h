/*
 * Endpoint references inside answers: which instance of which class a property or an output points
 * to. Attributes are read, so that several selectors stay apart. Borrowed from the tree; no state.
 */
#ifndef WSMAN_REFERENCE_H
#define WSMAN_REFERENCE_H

#include "wsman/catalogue.h"
#include "wsman/xml.h"

/* The class that the reference inside `element` (ElementInContext, CreatedKey …) names; NULL when
 * there is no reference or the catalogue doesn't know the class. */
const struct wsman_class *wsman_reference_class(const struct wsman_xml *element);

/* The value of the selector of that name, trimmed; empty when there is none. A null reference
 * (spec device-protocols 5.1) has none. */
struct slice wsman_reference_selector(const struct wsman_xml *element, const char *name);

#endif
