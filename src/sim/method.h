/* The methods that the simulated classes have: input element in, ReturnValue out. Pure. */
#ifndef SIM_METHOD_H
#define SIM_METHOD_H

#include "core/buffer.h"
#include "sim/envelope.h"
#include "wsman/xml.h"

struct sim_call {
    struct sim_device *device;
    const struct wsman_class *class;
    const struct sim_instance *instance; /* that the selectors name, or the first one */
    const struct wsman_xml *input;       /* the X_INPUT element */
    uint64_t now_ms;
    struct arena *arena;
    struct buffer *outputs; /* elements before ReturnValue; prefix g */
    uint32_t return_value;
};

/* Runs a method. SIM_FAULT_NONE: `return_value` is set. */
enum sim_fault sim_method_run(const struct wsman_class *class, const struct wsman_method *method,
                              struct sim_call *call);

/* An endpoint reference as in personality.h, its selectors in the order given; empty when it is
 * none, or one of a class that is not in the catalogue. */
struct slice sim_reference_text(struct arena *arena, const struct wsman_xml *reference);

/* Whether a reference (as sim_reference_text gives it) names an instance that is there. */
const struct sim_personality_instance *sim_reference_find(const struct sim_device *device,
                                                          struct slice text);

/* Changes one property of the called instance. */
void sim_call_store(struct sim_call *call, const char *name, const char *text);

/* An output that is a reference; `text` as in personality.h. */
void sim_call_put_reference(struct sim_call *call, const char *name, const char *text);

/* A number among the inputs; false when it is missing, no number, or above `max`. */
bool sim_input_number(const struct wsman_xml *input, const char *name, uint64_t max,
                      uint64_t *value);

/* Matches an endpoint reference (an element with ReferenceParameters inside) against a class and
 * one value of its selectors; an empty `selector` matches any. */
bool sim_reference_is(const struct wsman_xml *reference, const char *class, const char *selector,
                      struct slice *value);

#endif
