/*
 * WSMAN elements as the JSON that the toolkit's clients know (spec mps 2.2): namespaces and
 * attributes dropped, repeated elements become arrays and single ones do not, and text that looks
 * like a number or a boolean becomes one, by JavaScript's rules. No state.
 */
#ifndef MPS_ROUTES_WSMAN_JSON_H
#define MPS_ROUTES_WSMAN_JSON_H

#include "core/json_writer.h"
#include "wsman/xml.h"

/* Writes the element's content as the next value; NULL writes null. */
void wsman_json_put(struct json_writer *json, const struct wsman_xml *element);

/* Writes the text of an element of that name: number, boolean or string. */
void wsman_json_put_text(struct json_writer *json, struct slice name, struct slice text);

/* The children of the element that are the first of their name, in document order, and how many:
 * what to write when repeated ones are dropped. Heap; the caller frees it. */
const struct wsman_xml **wsman_json_firsts(const struct wsman_xml *element, size_t *count);

#endif
