/*
 * XML documents as small trees in an arena, parsed by expat with namespaces. Bounded: 1 MB of
 * text, 40 levels, 50,000 elements and attributes; document type declarations are refused, so there
 * are no entities to expand. Names are matched by namespace and local name, never by prefix.
 */
#ifndef WSMAN_XML_H
#define WSMAN_XML_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"

#define WSMAN_XML_ELEMENTS ((size_t)50000)

struct wsman_xml_attribute {
    struct slice space; /* namespace URI, empty when none */
    struct slice name;
    struct slice value;
    struct wsman_xml_attribute *next;
};

struct wsman_xml {
    struct slice space; /* namespace URI */
    struct slice name;  /* local name */
    struct slice text;  /* character data directly inside, joined; not trimmed */
    struct wsman_xml_attribute *attributes;
    struct wsman_xml *first; /* children in document order */
    struct wsman_xml *last;
    struct wsman_xml *next; /* sibling */
    struct wsman_xml *parent;
};

/* The root element. NULL with ERROR_PROTOCOL (position and reason) or ERROR_TOO_LARGE. */
struct wsman_xml *wsman_xml_parse(struct arena *arena, struct slice text, struct error *err);

/* The same with another bound than 50,000: a tree is up to forty times its text. */
struct wsman_xml *wsman_xml_parse_within(struct arena *arena, struct slice text, size_t most,
                                         struct error *err);

/* First child of that local name in any namespace; NULL when absent or when `node` is NULL, so
 * that lookups can be chained. */
const struct wsman_xml *wsman_xml_child(const struct wsman_xml *node, const char *name);

/* Next sibling of the same local name. */
const struct wsman_xml *wsman_xml_again(const struct wsman_xml *node);

/* Trimmed text of the named child; empty when absent. */
struct slice wsman_xml_child_text(const struct wsman_xml *node, const char *name);

/* Whether the named child says true: "true" in any case, as firmware is known to write it, or the
 * "1" of XML Schema. */
bool wsman_xml_child_is_true(const struct wsman_xml *node, const char *name);

/* Appends text with the five special characters escaped; characters that XML 1.0 does not allow
 * are left out. */
void wsman_xml_escape(struct buffer *out, struct slice text);

#endif
