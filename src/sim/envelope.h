/*
 * The answers' XML as firmware writes it (spec device-protocols 5.1, 5.4): one line, fixed prefix
 * letters, empty elements as a start and an end tag, faults with a prefix set of their own.
 * Written apart from wsman/message.c on purpose: it judges what that reads. No state.
 */
#ifndef SIM_ENVELOPE_H
#define SIM_ENVELOPE_H

#include "core/buffer.h"
#include "sim/instance.h"

#define SIM_SPACE_SOAP        "http://www.w3.org/2003/05/soap-envelope"
#define SIM_SPACE_ADDRESSING  "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define SIM_SPACE_WSMAN       "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define SIM_SPACE_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define SIM_SPACE_TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define SIM_SPACE_COMMON      "http://schemas.dmtf.org/wbem/wscim/1/common"

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_DESTINATION_UNREACHABLE,
    SIM_FAULT_ACTION_NOT_SUPPORTED,
    SIM_FAULT_INVALID_REPRESENTATION,
    SIM_FAULT_SCHEMA_VALIDATION,
    SIM_FAULT_INVALID_CONTEXT,
    SIM_FAULT_ENCODING_LIMIT,
    SIM_FAULT_MUST_UNDERSTAND,
    SIM_FAULT_ALREADY_EXISTS,
    SIM_FAULT_QUOTA_LIMIT,
    SIM_FAULT_ACCESS_DENIED,
    SIM_FAULT_INTERNAL,
};

struct sim_envelope {
    const char *action; /* of the answer */
    struct slice relates_to;
    struct slice resource_uri;
    uint32_t message_id;
    const char *spaces[4]; /* namespaces of the prefixes g, h, i; ended by NULL */
};

/* Everything up to and including <a:Body>. */
void sim_envelope_open(struct buffer *out, const struct sim_envelope *envelope);
void sim_envelope_close(struct buffer *out);

/* <prefix:name>text</prefix:name>, escaped. */
void sim_envelope_put(struct buffer *out, char prefix, const char *name, struct slice text);

/* What is inside an endpoint reference; `text` as in personality.h. An empty text gives the null
 * reference that AddAlarm answers with. */
void sim_envelope_put_reference(struct buffer *out, struct slice text);

/* The element of an instance; `prefix` is that of its class, the one after it that of datetimes. */
void sim_envelope_put_instance(struct buffer *out, char prefix,
                               const struct sim_instance *instance);

/* What is inside the endpoint reference of this instance: all its keys. */
void sim_envelope_put_keys(struct buffer *out, const struct sim_instance *instance);

/* A whole envelope with the fault; returns the HTTP status. */
int sim_envelope_put_fault(struct buffer *out, enum sim_fault fault, struct slice relates_to,
                           uint32_t message_id);

#endif
