#include "wsman/xml.h"

#include <expat.h>
#include <string.h>

#define TEXT_LIMIT      (1024u * 1024u)
#define LEVEL_LIMIT     40u
#define SPACE_SEPARATOR '\n' /* cannot stand in a namespace URI after attribute normalisation */

struct open_element {
    struct wsman_xml *node;
    uint8_t *text; /* grows by doubling while character data comes in pieces */
    size_t size;
    size_t capacity;
};

struct reader {
    XML_Parser parser;
    struct arena *arena;
    struct wsman_xml *root;
    struct open_element open[LEVEL_LIMIT];
    size_t level;
    size_t elements;     /* and attributes */
    size_t most;         /* … of them */
    struct slice space;  /* of the last element: most share one */
    const char *refusal; /* why the parser was stopped; NULL while it goes on */
    enum error_code code;
};

static void refuse(struct reader *reader, enum error_code code, const char *why)
{
    if (reader->refusal == NULL) {
        reader->refusal = why;
        reader->code = code;
    }
    XML_StopParser(reader->parser, XML_FALSE);
}

/* Splits expat's "URI\nlocal" and keeps copies; the URI of the element before is used again. */
static void take_name(struct reader *reader, const char *name, struct slice *space,
                      struct slice *local)
{
    struct slice rest = slice_of_string(name);
    struct slice uri = {NULL, 0};
    if (slice_index_of(rest, SPACE_SEPARATOR) < rest.size)
        uri = slice_split(&rest, SPACE_SEPARATOR);
    if (!slice_equal(uri, reader->space))
        reader->space = arena_copy(reader->arena, uri);
    *space = reader->space;
    *local = arena_copy(reader->arena, rest);
}

static bool count_one(struct reader *reader)
{
    if (reader->elements >= reader->most) {
        refuse(reader, ERROR_TOO_LARGE, "there are too many elements and attributes");
        return false;
    }
    reader->elements++;
    return true;
}

static void take_attributes(struct reader *reader, struct wsman_xml *node, const char **attributes)
{
    struct wsman_xml_attribute **end = &node->attributes;
    for (; attributes[0] != NULL; attributes += 2) {
        if (!count_one(reader))
            return;
        struct wsman_xml_attribute *one = arena_alloc(reader->arena, sizeof *one);
        take_name(reader, attributes[0], &one->space, &one->name);
        one->value = arena_copy(reader->arena, slice_of_string(attributes[1]));
        *end = one;
        end = &one->next;
    }
}

static void start_element(void *data, const char *name, const char **attributes)
{
    struct reader *reader = data;
    if (reader->refusal != NULL)
        return;
    if (reader->level == LEVEL_LIMIT) {
        refuse(reader, ERROR_TOO_LARGE, "elements are nested too deep");
        return;
    }
    if (!count_one(reader))
        return;
    struct wsman_xml *node = arena_alloc(reader->arena, sizeof *node);
    take_name(reader, name, &node->space, &node->name);
    take_attributes(reader, node, attributes);
    if (reader->level == 0) {
        reader->root = node;
    } else {
        struct wsman_xml *parent = reader->open[reader->level - 1].node;
        node->parent = parent;
        if (parent->last == NULL)
            parent->first = node;
        else
            parent->last->next = node;
        parent->last = node;
    }
    reader->open[reader->level++] = (struct open_element){.node = node};
}

static void end_element(void *data, const char *name)
{
    (void)name;
    struct reader *reader = data;
    if (reader->refusal != NULL || reader->level == 0)
        return;
    const struct open_element *open = &reader->open[--reader->level];
    open->node->text = slice_of(open->text, open->size);
}

static void character_data(void *data, const char *text, int size)
{
    struct reader *reader = data;
    if (reader->refusal != NULL || reader->level == 0 || size <= 0)
        return;
    struct open_element *open = &reader->open[reader->level - 1];
    size_t added = (size_t)size;
    if (added > open->capacity - open->size) {
        open->capacity = open->size == 0 ? added : 2 * (open->size + added);
        uint8_t *grown = arena_alloc(reader->arena, open->capacity);
        if (open->size > 0)
            memcpy(grown, open->text, open->size);
        open->text = grown;
    }
    memcpy(open->text + open->size, text, added);
    open->size += added;
}

static void start_doctype(void *data, const char *name, const char *system_id,
                          const char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    refuse(data, ERROR_PROTOCOL, "a document type declaration is not allowed");
}

static bool report(struct reader *reader, struct error *err)
{
    unsigned long line = XML_GetCurrentLineNumber(reader->parser);
    unsigned long column = XML_GetCurrentColumnNumber(reader->parser);
    enum XML_Error code = XML_GetErrorCode(reader->parser);
    const char *why = reader->refusal != NULL ? reader->refusal : XML_ErrorString(code);
    return error_set(err, reader->refusal != NULL ? reader->code : ERROR_PROTOCOL,
                     "XML, line %lu, column %lu: %s", line, column,
                     why != NULL ? why : "unreadable");
}

struct wsman_xml *wsman_xml_parse(struct arena *arena, struct slice text, struct error *err)
{
    return wsman_xml_parse_within(arena, text, WSMAN_XML_ELEMENTS, err);
}

struct wsman_xml *wsman_xml_parse_within(struct arena *arena, struct slice text, size_t most,
                                         struct error *err)
{
    if (text.size > TEXT_LIMIT) {
        error_set(err, ERROR_TOO_LARGE, "XML of %zu bytes; the limit is %u", text.size, TEXT_LIMIT);
        return NULL;
    }
    struct reader reader = {.arena = arena, .most = most};
    reader.parser = XML_ParserCreateNS(NULL, SPACE_SEPARATOR);
    if (reader.parser == NULL) {
        error_set(err, ERROR_INTERNAL, "no XML parser could be made");
        return NULL;
    }
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, start_element, end_element);
    XML_SetCharacterDataHandler(reader.parser, character_data);
    XML_SetStartDoctypeDeclHandler(reader.parser, start_doctype);
    enum XML_Status status =
        XML_Parse(reader.parser, (const char *)text.data, (int)text.size, XML_TRUE);
    bool ok = status == XML_STATUS_OK && reader.refusal == NULL && reader.root != NULL;
    if (!ok)
        report(&reader, err);
    XML_ParserFree(reader.parser);
    return ok ? reader.root : NULL;
}

static const struct wsman_xml *named(const struct wsman_xml *node, struct slice name)
{
    while (node != NULL && !slice_equal(node->name, name))
        node = node->next;
    return node;
}

const struct wsman_xml *wsman_xml_child(const struct wsman_xml *node, const char *name)
{
    return node == NULL ? NULL : named(node->first, slice_of_string(name));
}

const struct wsman_xml *wsman_xml_again(const struct wsman_xml *node)
{
    return node == NULL ? NULL : named(node->next, node->name);
}

struct slice wsman_xml_child_text(const struct wsman_xml *node, const char *name)
{
    const struct wsman_xml *child = wsman_xml_child(node, name);
    return child == NULL ? (struct slice){NULL, 0} : slice_trim(child->text);
}

bool wsman_xml_child_is_true(const struct wsman_xml *node, const char *name)
{
    struct slice text = wsman_xml_child_text(node, name);
    return slice_equal_ignore_case(text, SLICE_LITERAL("true")) || slice_equal_string(text, "1");
}

/* Length of the well-formed UTF-8 character at the front that XML 1.0 allows (section 2.2);
 * 0 when the byte there must be left out. */
static size_t allowed_character(struct slice s)
{
    uint8_t lead = s.data[0];
    if (lead < 0x80)
        return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
    size_t size = lead >= 0xC2 && lead < 0xE0   ? 2
                  : lead >= 0xE0 && lead < 0xF0 ? 3
                  : lead >= 0xF0 && lead < 0xF5 ? 4
                                                : 0;
    if (size == 0 || s.size < size)
        return 0;
    uint32_t code = lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((s.data[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (s.data[i] & 0x3Fu);
    }
    bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    bool outside = code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF;
    return overlong || surrogate || outside ? 0 : size;
}

static const char *entity(uint8_t byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\r': /* a bare one would be read back as a line feed */
        return "&#13;";
    default:
        return NULL;
    }
}

void wsman_xml_escape(struct buffer *out, struct slice text)
{
    size_t plain = 0; /* start of what has not been written yet */
    for (size_t i = 0; i < text.size;) {
        size_t size = allowed_character(slice_from(text, i));
        const char *escaped = entity(text.data[i]);
        if (size != 0 && escaped == NULL) {
            i += size;
            continue;
        }
        buffer_put(out, slice_of(text.data + plain, i - plain));
        if (escaped != NULL)
            buffer_put_text(out, escaped);
        plain = ++i;
    }
    buffer_put(out, slice_from(text, plain));
}
