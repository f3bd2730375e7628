/* The methods that the simulated classes have: input element in, ReturnValue out. Pure. */
#ifndef SIM_METHOD_H
#define SIM_METHOD_H

#include "core/buffer.h"
#include "sim/envelope.h"
#include "wsman/xml.h"

struct sim_call {
    struct sim_device *device;
    const struct wsman_class *class;
    const struct wsman_xml *input; /* the X_INPUT element */
    uint64_t now_ms;
    struct arena *arena;
    struct buffer *outputs; /* elements before ReturnValue; prefix g */
    uint32_t return_value;
};

/* Runs a method. SIM_FAULT_NONE: `return_value` is set. */
enum sim_fault sim_method_run(const struct wsman_class *class, const struct wsman_method *method,
                              struct sim_call *call);

/* Matches an endpoint reference (an element with ReferenceParameters inside) against a class and
 * one value of its selectors; an empty `selector` matches any. */
bool sim_reference_is(const struct wsman_xml *reference, const char *class, const char *selector,
                      struct slice *value);

#endif
