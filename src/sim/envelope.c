#include "sim/envelope.h"

#include "wsman/xml.h"

#include <string.h>

#define SPACE_TRUST   "http://schemas.xmlsoap.org/ws/2005/02/trust"
#define SPACE_BINDING "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
#define SPACE_SECEXT \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define SPACE_XSI      "http://www.w3.org/2001/XMLSchema-instance"
#define SPACE_EVENTING "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define ANONYMOUS      SIM_SPACE_ADDRESSING "/role/anonymous"

static void put_header(struct buffer *out, struct slice relates_to, const char *action,
                       uint32_t message_id)
{
    buffer_put_text(out, "<a:Header><b:To>" ANONYMOUS "</b:To><b:RelatesTo>");
    wsman_xml_escape(out, relates_to);
    buffer_put_text(out, "</b:RelatesTo><b:Action a:mustUnderstand=\"true\">");
    wsman_xml_escape(out, slice_of_string(action));
    buffer_printf(out, "</b:Action><b:MessageID>uuid:00000000-8086-8086-8086-%012X</b:MessageID>",
                  (unsigned)message_id);
}

void sim_envelope_open(struct buffer *out, const struct sim_envelope *envelope)
{
    buffer_put_text(
        out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a:Envelope xmlns:a=\"" SIM_SPACE_SOAP
             "\" xmlns:b=\"" SIM_SPACE_ADDRESSING "\" xmlns:c=\"" SIM_SPACE_WSMAN
             "\" xmlns:d=\"" SPACE_TRUST "\" xmlns:e=\"" SPACE_SECEXT "\" xmlns:f=\"" SPACE_BINDING
             "\"");
    for (size_t i = 0; i < 3 && envelope->spaces[i] != NULL; i++)
        buffer_printf(out, " xmlns:%c=\"%s\"", (char)('g' + i), envelope->spaces[i]);
    buffer_put_text(out, " xmlns:xsi=\"" SPACE_XSI "\">");
    put_header(out, envelope->relates_to, envelope->action, envelope->message_id);
    buffer_put_text(out, "<c:ResourceURI>");
    wsman_xml_escape(out, envelope->resource_uri);
    buffer_put_text(out, "</c:ResourceURI></a:Header><a:Body>");
}

void sim_envelope_close(struct buffer *out)
{
    buffer_put_text(out, "</a:Body></a:Envelope>");
}

void sim_envelope_put(struct buffer *out, char prefix, const char *name, struct slice text)
{
    buffer_printf(out, "<%c:%s>", prefix, name);
    wsman_xml_escape(out, text);
    buffer_printf(out, "</%c:%s>", prefix, name);
}

/* "CIM_Chassis?CreationClassName=CIM_Chassis&Tag=CIM_Chassis" */
void sim_envelope_put_reference(struct buffer *out, struct slice text)
{
    if (text.size == 0) {
        buffer_put_text(out, "<b:Address>default</b:Address><b:ReferenceParameters><c:ResourceURI>"
                             "</c:ResourceURI><c:SelectorSet></c:SelectorSet>"
                             "</b:ReferenceParameters>");
        return;
    }
    struct slice class_name = slice_split(&text, '?');
    const struct wsman_class *class = wsman_class_find(class_name);
    buffer_put_text(out,
                    "<b:Address>" ANONYMOUS "</b:Address><b:ReferenceParameters><c:ResourceURI>");
    if (class != NULL)
        buffer_put_text(out, wsman_class_base(class));
    buffer_put(out, class_name);
    buffer_put_text(out, "</c:ResourceURI><c:SelectorSet>");
    while (text.size > 0) {
        struct slice value = slice_split(&text, '&');
        struct slice name = slice_split(&value, '=');
        buffer_printf(out, "<c:Selector Name=\"%.*s\">", SLICE_ARG(name));
        wsman_xml_escape(out, value);
        buffer_put_text(out, "</c:Selector>");
    }
    buffer_put_text(out, "</c:SelectorSet></b:ReferenceParameters>");
}

static void put_value(struct buffer *out, char prefix, const struct sim_instance_value *value)
{
    buffer_printf(out, "<%c:%s>", prefix, value->property->name);
    switch (value->property->type) {
    case WSMAN_REFERENCE:
        sim_envelope_put_reference(out, value->text);
        break;
    case WSMAN_DATETIME:
        sim_envelope_put(out, (char)(prefix + 1), "Datetime", value->text);
        break;
    case WSMAN_INTERVAL:
        sim_envelope_put(out, (char)(prefix + 1), "Interval", value->text);
        break;
    default:
        wsman_xml_escape(out, value->text);
        break;
    }
    buffer_printf(out, "</%c:%s>", prefix, value->property->name);
}

void sim_envelope_put_instance(struct buffer *out, char prefix, const struct sim_instance *instance)
{
    buffer_printf(out, "<%c:%s>", prefix, instance->class->name);
    for (size_t i = 0; i < instance->count; i++)
        put_value(out, prefix, &instance->values[i]);
    buffer_printf(out, "</%c:%s>", prefix, instance->class->name);
}

void sim_envelope_put_keys(struct buffer *out, const struct sim_instance *instance)
{
    buffer_printf(out,
                  "<b:Address>" ANONYMOUS "</b:Address><b:ReferenceParameters><c:ResourceURI>%s%s"
                  "</c:ResourceURI><c:SelectorSet>",
                  wsman_class_base(instance->class), instance->class->name);
    for (size_t i = 0; i < instance->count; i++) {
        const struct wsman_property *property = instance->values[i].property;
        if ((property->flags & WSMAN_KEY) == 0)
            continue;
        buffer_printf(out, "<c:Selector Name=\"%s\">", property->name);
        if (property->type == WSMAN_REFERENCE) {
            buffer_put_text(out, "<b:EndpointReference>");
            sim_envelope_put_reference(out, instance->values[i].text);
            buffer_put_text(out, "</b:EndpointReference>");
        } else {
            wsman_xml_escape(out, instance->values[i].text);
        }
        buffer_put_text(out, "</c:Selector>");
    }
    buffer_put_text(out, "</c:SelectorSet></b:ReferenceParameters>");
}

struct fault {
    int status;
    const char *action;
    const char *code;
    const char *subcode; /* with its prefix; NULL: none */
    const char *reason;
    const char *detail; /* NULL: an empty Detail */
};

#define ACTION_ADDRESSING  SIM_SPACE_ADDRESSING "/fault"
#define ACTION_WSMAN       "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
#define ACTION_TRANSFER    SIM_SPACE_TRANSFER "/fault"
#define ACTION_ENUMERATION SIM_SPACE_ENUMERATION "/fault"
#define DETAIL             "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

/* The sentences of DestinationUnreachable, InvalidEnumerationContext, AlreadyExists,
 * InvalidRepresentation and QuotaLimit are seen on the wire; the others are those of DSP0226. */
static const struct fault faults[] = {
    [SIM_FAULT_DESTINATION_UNREACHABLE] =
        {400, ACTION_ADDRESSING, "a:Sender", "b:DestinationUnreachable",
         "No route can be determined to reach the destination role defined by the WSAddressing "
         "To.",
         NULL},
    [SIM_FAULT_ACTION_NOT_SUPPORTED] = {400, ACTION_ADDRESSING, "a:Sender", "b:ActionNotSupported",
                                        "The action is not supported by the service.", NULL},
    [SIM_FAULT_INVALID_REPRESENTATION] = {400, ACTION_TRANSFER, "a:Sender",
                                          "d:InvalidRepresentation",
                                          "The XML content is not valid.", DETAIL "MissingValues"},
    [SIM_FAULT_SCHEMA_VALIDATION] =
        {400, ACTION_WSMAN, "a:Sender", "e:SchemaValidationError",
         "The supplied SOAP violates the corresponding XML schema definition.", NULL},
    [SIM_FAULT_INVALID_CONTEXT] = {400, ACTION_ENUMERATION, "a:Receiver",
                                   "c:InvalidEnumerationContext",
                                   "The supplied enumeration context is invalid.", NULL},
    [SIM_FAULT_ENCODING_LIMIT] =
        {400, ACTION_WSMAN, "a:Sender", "e:EncodingLimit",
         "An internal encoding limit was exceeded in a request or would be violated if the "
         "message were processed.",
         DETAIL "MinimumEnvelopeLimit"},
    [SIM_FAULT_MUST_UNDERSTAND] = {400, ACTION_WSMAN, "a:MustUnderstand", NULL,
                                   "The SOAP header was not understood.", NULL},
    [SIM_FAULT_ALREADY_EXISTS] = {400, ACTION_WSMAN, "a:Sender", "e:AlreadyExists",
                                  "The sender attempted to create a resource which already exists.",
                                  NULL},
    [SIM_FAULT_QUOTA_LIMIT] = {400, ACTION_WSMAN, "a:Receiver", "e:QuotaLimit",
                               "The service is busy servicing other requests.", NULL},
    [SIM_FAULT_ACCESS_DENIED] = {400, ACTION_WSMAN, "a:Sender", "e:AccessDenied",
                                 "The sender was not authorized to access the resource.", NULL},
    [SIM_FAULT_INTERNAL] =
        {500, ACTION_WSMAN, "a:Receiver", "e:InternalError",
         "The service cannot comply with the request due to internal processing errors.", NULL},
};

int sim_envelope_put_fault(struct buffer *out, enum sim_fault fault, struct slice relates_to,
                           uint32_t message_id)
{
    const struct fault *entry = &faults[fault];
    buffer_put_text(out,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a:Envelope xmlns:g=\"" SPACE_BINDING
                    "\" xmlns:f=\"" SPACE_EVENTING "\" xmlns:e=\"" SIM_SPACE_WSMAN
                    "\" xmlns:d=\"" SIM_SPACE_TRANSFER "\" xmlns:c=\"" SIM_SPACE_ENUMERATION
                    "\" xmlns:b=\"" SIM_SPACE_ADDRESSING "\" xmlns:a=\"" SIM_SPACE_SOAP
                    "\" xmlns:h=\"" SPACE_TRUST "\" xmlns:i=\"" SPACE_SECEXT
                    "\" xmlns:xsi=\"" SPACE_XSI "\">");
    put_header(out, relates_to, entry->action, message_id);
    buffer_printf(out, "</a:Header><a:Body><a:Fault><a:Code><a:Value>%s</a:Value>", entry->code);
    if (entry->subcode != NULL)
        buffer_printf(out, "<a:Subcode><a:Value>%s</a:Value></a:Subcode>", entry->subcode);
    buffer_printf(out, "</a:Code><a:Reason><a:Text xml:lang=\"en-US\">%s</a:Text></a:Reason>",
                  entry->reason);
    if (entry->detail != NULL)
        buffer_printf(out, "<a:Detail><e:FaultDetail>%s</e:FaultDetail></a:Detail>", entry->detail);
    else
        buffer_put_text(out, "<a:Detail></a:Detail>");
    buffer_put_text(out, "</a:Fault></a:Body></a:Envelope>");
    return entry->status;
}
