/*
 * WSMAN messages on the client's side: writes request envelopes, reads answers. The shapes of the
 * requests are those the toolkit sends (spec mps 2.1 and B), with every value escaped. Knows
 * nothing of who carries them.
 */
#ifndef WSMAN_MESSAGE_H
#define WSMAN_MESSAGE_H

#include "core/buffer.h"
#include "wsman/catalogue.h"
#include "wsman/xml.h"

struct wsman_selector {
    const char *name;
    struct slice value;
};

struct wsman_target {
    const struct wsman_class *class;
    const struct wsman_selector *selectors; /* NULL for a singleton */
    size_t selector_count;
    uint32_t message_id;
    uint32_t timeout_s; /* OperationTimeout; 0: 60 */
    /* Instead of selectors: the keys of this instance as the device sent it, references included;
     * for associations, which nothing else names. NULL: none. */
    const struct wsman_xml *instance;
};

/* An instance inside a method's parameter, as AddAlarm and AddWiFiSettings take one. Values of the
 * class's datetime and interval properties are written inside DMTF's Datetime or Interval. */
struct wsman_embedded {
    const struct wsman_class *class;
    const struct wsman_value *values;
    size_t count;
};

/* One value in the body of a Put, Create or method call; an array is several values of one name. */
struct wsman_value {
    const char *name;
    struct slice text;                     /* unescaped; .data NULL: the value is left out */
    const struct wsman_target *reference;  /* instead of text: an endpoint reference … */
    const char *address;                   /* … in the shape that the toolkit generates, with this
                                              Address; NULL: in the one it writes by hand (spec
                                              mps B.1) */
    const struct wsman_embedded *embedded; /* instead of text: an instance */
};

/* A Create of an instance with these values. */
void wsman_put_create(struct buffer *out, const struct wsman_target *target,
                      const struct wsman_value *values, size_t count);

void wsman_put_get(struct buffer *out, const struct wsman_target *target);
void wsman_put_delete(struct buffer *out, const struct wsman_target *target);
void wsman_put_enumerate(struct buffer *out, const struct wsman_target *target);
void wsman_put_pull(struct buffer *out, const struct wsman_target *target, struct slice context);
void wsman_put_release(struct buffer *out, const struct wsman_target *target, struct slice context);
void wsman_put_invoke(struct buffer *out, const struct wsman_target *target, const char *method,
                      const struct wsman_value *values, size_t count);

/* A Put of `instance` (the element a Get returned, in the device's order, nested elements kept),
 * with the properties of `changes` replaced in place or added at the end, a change whose text.data
 * is NULL and reference is NULL left out. Left out too: the class's read-only properties, with
 * which firmware refuses the whole Put (spec device-protocols 6.3), and write-only ones without a
 * change. */
void wsman_put_put(struct buffer *out, const struct wsman_target *target,
                   const struct wsman_xml *instance, const struct wsman_value *changes,
                   size_t count);

struct wsman_reply {
    const struct wsman_xml *header; /* the Header element */
    const struct wsman_xml *body;   /* the Body element; never NULL after success */
    bool is_fault;
    struct slice fault_code;   /* local name of the subcode, e.g. "DestinationUnreachable" */
    struct slice fault_reason; /* the device's own sentence */
    struct slice fault_detail; /* FaultDetail URI, empty when none */
};

/* Reads an answer. A SOAP fault is a successful read with is_fault set. ERROR_PROTOCOL when it is
 * no SOAP envelope. */
bool wsman_reply_parse(struct arena *arena, struct slice text, struct wsman_reply *reply,
                       struct error *err);

/* The same with at most so many elements and attributes (wsman_xml_parse_within). */
bool wsman_reply_parse_within(struct arena *arena, struct slice text, size_t most,
                              struct wsman_reply *reply, struct error *err);

#endif
