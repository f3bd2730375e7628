#include "wsman/message.h"

#include "core/memory.h"

#include <stdlib.h>

#define SOAP        "http://www.w3.org/2003/05/soap-envelope"
#define ADDRESSING  "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSMAN       "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define INSTANCE    "http://www.w3.org/2001/XMLSchema-instance"
#define SCHEMA      "http://www.w3.org/2001/XMLSchema"
#define DMTF        "http://schemas.dmtf.org/wbem/wscim/1/common"

#define OPERATION_TIMEOUT_S 60u

/* What the toolkit asks for; firmware is known to accept it (spec mps 2.1). */
#define PULL_BOUNDS "<MaxElements>999</MaxElements><MaxCharacters>99999</MaxCharacters>"

static void put_uri(struct buffer *out, const struct wsman_class *class)
{
    buffer_put_text(out, wsman_class_base(class));
    buffer_put_text(out, class->name);
}

static void put_selectors(struct buffer *out, const struct wsman_target *target, const char *prefix)
{
    for (size_t i = 0; i < target->selector_count; i++) {
        const struct wsman_selector *selector = &target->selectors[i];
        buffer_printf(out, "<%sSelector Name=\"", prefix);
        wsman_xml_escape(out, slice_of_string(selector->name));
        buffer_put_text(out, "\">");
        wsman_xml_escape(out, selector->value);
        buffer_printf(out, "</%sSelector>", prefix);
    }
}

static void put_copy(struct buffer *out, const struct wsman_xml *node, struct slice class_space);

/* The keys of an instance as selectors; a key that is a reference as the device wrote it. */
static void put_keys(struct buffer *out, const struct wsman_target *target)
{
    const struct wsman_property *property = target->class->properties;
    for (; property->name != NULL; property++) {
        const struct wsman_xml *key = wsman_xml_child(target->instance, property->name);
        if ((property->flags & WSMAN_KEY) == 0 || key == NULL)
            continue;
        buffer_printf(out, "<w:Selector Name=\"%s\">", property->name);
        if (property->type == WSMAN_REFERENCE) {
            buffer_put_text(out, "<a:EndpointReference>");
            for (const struct wsman_xml *part = key->first; part != NULL; part = part->next)
                put_copy(out, part, (struct slice){NULL, 0}); /* nobody has declared h: yet */
            buffer_put_text(out, "</a:EndpointReference>");
        } else {
            wsman_xml_escape(out, slice_trim(key->text));
        }
        buffer_put_text(out, "</w:Selector>");
    }
}

/* Everything up to and with <Body>. `action` is absolute, or NULL for the class's `method`. */
static void open_envelope(struct buffer *out, const struct wsman_target *target, const char *action,
                          const char *method)
{
    buffer_put_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><Envelope xmlns:xsi=\"" INSTANCE
                         "\" xmlns:xsd=\"" SCHEMA "\" xmlns:a=\"" ADDRESSING "\" xmlns:w=\"" WSMAN
                         "\" xmlns=\"" SOAP "\"><Header><a:Action>");
    if (action != NULL) {
        buffer_put_text(out, action);
    } else {
        put_uri(out, target->class);
        buffer_printf(out, "/%s", method);
    }
    buffer_put_text(out, "</a:Action><a:To>/wsman</a:To><w:ResourceURI>");
    put_uri(out, target->class);
    buffer_printf(
        out,
        "</w:ResourceURI><a:MessageID>%lu</a:MessageID><a:ReplyTo><a:Address>" ADDRESSING
        "/role/anonymous</a:Address></a:ReplyTo><w:OperationTimeout>PT%luS"
        "</w:OperationTimeout>",
        (unsigned long)target->message_id,
        (unsigned long)(target->timeout_s != 0 ? target->timeout_s : OPERATION_TIMEOUT_S));
    if (target->selector_count > 0 || target->instance != NULL) {
        buffer_put_text(out, "<w:SelectorSet>");
        put_selectors(out, target, "w:");
        if (target->instance != NULL)
            put_keys(out, target);
        buffer_put_text(out, "</w:SelectorSet>");
    }
    buffer_put_text(out, "</Header><Body>");
}

static void close_envelope(struct buffer *out)
{
    buffer_put_text(out, "</Body></Envelope>");
}

void wsman_put_get(struct buffer *out, const struct wsman_target *target)
{
    open_envelope(out, target, TRANSFER "/Get", NULL);
    close_envelope(out);
}

void wsman_put_delete(struct buffer *out, const struct wsman_target *target)
{
    open_envelope(out, target, TRANSFER "/Delete", NULL);
    close_envelope(out);
}

void wsman_put_enumerate(struct buffer *out, const struct wsman_target *target)
{
    open_envelope(out, target, ENUMERATION "/Enumerate", NULL);
    buffer_put_text(out, "<Enumerate xmlns=\"" ENUMERATION "\"></Enumerate>");
    close_envelope(out);
}

void wsman_put_pull(struct buffer *out, const struct wsman_target *target, struct slice context)
{
    open_envelope(out, target, ENUMERATION "/Pull", NULL);
    buffer_put_text(out, "<Pull xmlns=\"" ENUMERATION "\"><EnumerationContext>");
    wsman_xml_escape(out, context);
    buffer_put_text(out, "</EnumerationContext>" PULL_BOUNDS "</Pull>");
    close_envelope(out);
}

void wsman_put_release(struct buffer *out, const struct wsman_target *target, struct slice context)
{
    open_envelope(out, target, ENUMERATION "/Release", NULL);
    buffer_put_text(out, "<Release xmlns=\"" ENUMERATION "\"><EnumerationContext>");
    wsman_xml_escape(out, context);
    buffer_put_text(out, "</EnumerationContext></Release>");
    close_envelope(out);
}

/* An endpoint reference as the toolkit writes it by hand, with default namespaces and the
 * addressing namespace itself as Address (spec mps B.1). */
static void put_reference(struct buffer *out, const struct wsman_target *target)
{
    buffer_put_text(out, "<Address xmlns=\"" ADDRESSING "\">" ADDRESSING "</Address>"
                         "<ReferenceParameters xmlns=\"" ADDRESSING "\"><ResourceURI xmlns=\"" WSMAN
                         "\">");
    put_uri(out, target->class);
    buffer_put_text(out, "</ResourceURI><SelectorSet xmlns=\"" WSMAN "\">");
    put_selectors(out, target, "");
    buffer_put_text(out, "</SelectorSet></ReferenceParameters>");
}

/* The same as the toolkit generates it, with the envelope's prefixes. */
static void put_generated_reference(struct buffer *out, const struct wsman_target *target,
                                    const char *address)
{
    buffer_put_text(out, "<a:Address>");
    wsman_xml_escape(out, slice_of_string(address));
    buffer_put_text(out, "</a:Address><a:ReferenceParameters><w:ResourceURI>");
    put_uri(out, target->class);
    buffer_put_text(out, "</w:ResourceURI><w:SelectorSet>");
    put_selectors(out, target, "w:");
    buffer_put_text(out, "</w:SelectorSet></a:ReferenceParameters>");
}

static void put_value(struct buffer *out, const char *prefix, const struct wsman_value *value);

/* A time as firmware wants it: <Datetime> or <Interval> of DMTF's common namespace. */
static void put_time(struct buffer *out, const char *kind, struct slice text)
{
    buffer_printf(out, "<d:%s xmlns:d=\"" DMTF "\">", kind);
    wsman_xml_escape(out, text);
    buffer_printf(out, "</d:%s>", kind);
}

/* One value of an embedded instance. */
static void put_embedded_value(struct buffer *out, const struct wsman_class *class,
                               const struct wsman_value *value)
{
    const struct wsman_property *property =
        wsman_property_find(class, slice_of_string(value->name));
    bool is_time =
        property != NULL && (property->type == WSMAN_DATETIME || property->type == WSMAN_INTERVAL);
    if (!is_time || value->text.data == NULL) {
        put_value(out, "q:", value);
        return;
    }
    buffer_printf(out, "<q:%s>", value->name);
    put_time(out, property->type == WSMAN_DATETIME ? "Datetime" : "Interval", value->text);
    buffer_printf(out, "</q:%s>", value->name);
}

/* Depth is the caller's: it builds the tree of values. */
static void put_value(struct buffer *out, const char *prefix, const struct wsman_value *value)
{
    const struct wsman_embedded *embedded = value->embedded;
    if (value->text.data == NULL && value->reference == NULL && embedded == NULL)
        return;
    buffer_printf(out, "<%s%s", prefix, value->name);
    if (embedded != NULL) {
        buffer_put_text(out, " xmlns:q=\"");
        put_uri(out, embedded->class);
        buffer_put_text(out, "\"");
    }
    buffer_put_text(out, ">");
    if (value->reference != NULL && value->address != NULL)
        put_generated_reference(out, value->reference, value->address);
    else if (value->reference != NULL)
        put_reference(out, value->reference);
    else if (embedded != NULL)
        for (size_t i = 0; i < embedded->count; i++)
            put_embedded_value(out, embedded->class, &embedded->values[i]);
    else
        wsman_xml_escape(out, value->text);
    buffer_printf(out, "</%s%s>", prefix, value->name);
}

void wsman_put_invoke(struct buffer *out, const struct wsman_target *target, const char *method,
                      const struct wsman_value *values, size_t count)
{
    open_envelope(out, target, NULL, method);
    buffer_printf(out, "<h:%s_INPUT xmlns:h=\"", method);
    put_uri(out, target->class);
    buffer_put_text(out, "\">");
    for (size_t i = 0; i < count; i++)
        put_value(out, "h:", &values[i]);
    buffer_printf(out, "</h:%s_INPUT>", method);
    close_envelope(out);
}

void wsman_put_create(struct buffer *out, const struct wsman_target *target,
                      const struct wsman_value *values, size_t count)
{
    open_envelope(out, target, TRANSFER "/Create", NULL);
    buffer_printf(out, "<h:%s xmlns:h=\"", target->class->name);
    put_uri(out, target->class);
    buffer_put_text(out, "\">");
    for (size_t i = 0; i < count; i++)
        put_value(out, "h:", &values[i]);
    buffer_printf(out, "</h:%s>", target->class->name);
    close_envelope(out);
}

/* The prefix under which a namespace is known inside a Put; NULL when it must be declared. */
static const char *known_prefix(const struct wsman_xml *node, struct slice class_space)
{
    if (class_space.size > 0 && slice_equal(node->space, class_space))
        return "h:";
    if (slice_equal_string(node->space, ADDRESSING))
        return "a:";
    return slice_equal_string(node->space, WSMAN) ? "w:" : NULL;
}

static void put_name(struct buffer *out, const char *prefix, struct slice name)
{
    buffer_put_text(out, prefix);
    buffer_put(out, name);
}

/* An element as the device sent it, with prefixes of our own. Attributes with a namespace are
 * left out: xsi:type and the like, which firmware does not send. */
static void put_copy(struct buffer *out, const struct wsman_xml *node, struct slice class_space)
{
    const char *prefix = known_prefix(node, class_space);
    bool declare = prefix == NULL;
    if (declare)
        prefix = node->space.size > 0 ? "q:" : "";
    buffer_put_text(out, "<");
    put_name(out, prefix, node->name);
    if (declare) {
        buffer_put_text(out, node->space.size > 0 ? " xmlns:q=\"" : " xmlns=\"");
        wsman_xml_escape(out, node->space);
        buffer_put_text(out, "\"");
    }
    for (const struct wsman_xml_attribute *a = node->attributes; a != NULL; a = a->next) {
        if (a->space.size > 0)
            continue;
        buffer_put_text(out, " ");
        put_name(out, "", a->name);
        buffer_put_text(out, "=\"");
        wsman_xml_escape(out, a->value);
        buffer_put_text(out, "\"");
    }
    buffer_put_text(out, ">");
    if (node->first == NULL)
        wsman_xml_escape(out, node->text);
    for (const struct wsman_xml *child = node->first; child != NULL; child = child->next)
        put_copy(out, child, class_space);
    buffer_put_text(out, "</");
    put_name(out, prefix, node->name);
    buffer_put_text(out, ">");
}

/* False when no change has the node's name. Otherwise the changes take the place of all nodes of
 * that name: they are written where the first of them was. `firsts` has that node for each. */
static bool put_changes(struct buffer *out, const struct wsman_xml *node,
                        const struct wsman_value *changes, const struct wsman_xml *const *firsts,
                        size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (!slice_equal_string(node->name, changes[i].name))
            continue;
        found = true;
        if (node == firsts[i])
            put_value(out, "h:", &changes[i]);
    }
    return found;
}

void wsman_put_put(struct buffer *out, const struct wsman_target *target,
                   const struct wsman_xml *instance, const struct wsman_value *changes,
                   size_t count)
{
    const struct wsman_class *class = target->class;
    const struct wsman_xml **firsts = memory_new((count + 1) * sizeof(const struct wsman_xml *));
    for (size_t i = 0; i < count; i++)
        firsts[i] = wsman_xml_child(instance, changes[i].name);
    open_envelope(out, target, TRANSFER "/Put", NULL);
    buffer_printf(out, "<h:%s xmlns:h=\"", class->name);
    put_uri(out, class);
    buffer_put_text(out, "\">");
    for (const struct wsman_xml *node = instance->first; node != NULL; node = node->next) {
        const struct wsman_property *property = wsman_property_find(class, node->name);
        unsigned flags = property == NULL ? 0 : property->flags;
        if ((flags & WSMAN_READ_ONLY) != 0)
            continue;
        if (!put_changes(out, node, changes, firsts, count) && (flags & WSMAN_WRITE_ONLY) == 0)
            put_copy(out, node, instance->space);
    }
    for (size_t i = 0; i < count; i++) {
        if (firsts[i] == NULL)
            put_value(out, "h:", &changes[i]);
    }
    buffer_printf(out, "</h:%s>", class->name);
    close_envelope(out);
    free(firsts);
}

/* "b:DestinationUnreachable" without its prefix. */
static struct slice local_name(struct slice name)
{
    size_t colon = slice_index_of(name, ':');
    return colon < name.size ? slice_from(name, colon + 1) : name;
}

static bool is_soap(const struct wsman_xml *node, const char *name)
{
    return node != NULL && slice_equal_string(node->space, SOAP) &&
           slice_equal_string(node->name, name);
}

static void take_fault(const struct wsman_xml *fault, struct wsman_reply *reply)
{
    const struct wsman_xml *code = wsman_xml_child(fault, "Code");
    struct slice value = wsman_xml_child_text(wsman_xml_child(code, "Subcode"), "Value");
    if (value.size == 0)
        value = wsman_xml_child_text(code, "Value");
    reply->is_fault = true;
    reply->fault_code = local_name(value);
    reply->fault_reason = wsman_xml_child_text(wsman_xml_child(fault, "Reason"), "Text");
    reply->fault_detail = wsman_xml_child_text(wsman_xml_child(fault, "Detail"), "FaultDetail");
}

bool wsman_reply_parse(struct arena *arena, struct slice text, struct wsman_reply *reply,
                       struct error *err)
{
    return wsman_reply_parse_within(arena, text, WSMAN_XML_ELEMENTS, reply, err);
}

bool wsman_reply_parse_within(struct arena *arena, struct slice text, size_t most,
                              struct wsman_reply *reply, struct error *err)
{
    *reply = (struct wsman_reply){0};
    const struct wsman_xml *envelope = wsman_xml_parse_within(arena, text, most, err);
    if (envelope == NULL)
        return false;
    const struct wsman_xml *header = wsman_xml_child(envelope, "Header");
    const struct wsman_xml *body = wsman_xml_child(envelope, "Body");
    if (!is_soap(envelope, "Envelope") || !is_soap(header, "Header") || !is_soap(body, "Body"))
        return error_set(err, ERROR_PROTOCOL, "the answer is XML, but no SOAP 1.2 envelope");
    reply->header = header;
    reply->body = body;
    if (is_soap(body->first, "Fault"))
        take_fault(body->first, reply);
    return true;
}
