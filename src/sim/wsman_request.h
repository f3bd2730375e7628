/*
 * One WSMAN request while it is answered, shared by wsman_server.c (which reads, routes and asks)
 * and wsman_change.c (Put, Create, Delete). For src/sim/wsman_*.c only; lives on the stack.
 */
#ifndef SIM_WSMAN_REQUEST_H
#define SIM_WSMAN_REQUEST_H

#include "sim/envelope.h"
#include "sim/instance.h"
#include "wsman/xml.h"

struct sim_request {
    struct sim_device *device;
    struct arena *arena;
    struct buffer *out;
    uint64_t now_ms;
    struct slice action;
    struct slice message_id;
    struct slice uri;
    const struct wsman_class *class;
    const struct wsman_xml *selectors; /* the SelectorSet; NULL for none */
    const struct wsman_xml *body;
};

/* The first child of that name in that namespace; NULL when there is none. */
const struct wsman_xml *sim_request_child(const struct wsman_xml *node, const char *space,
                                          const char *name);

/* The instance that the selectors name; without selectors the first one. */
bool sim_request_find(const struct sim_request *request, struct sim_instance *instance);

/* The namespace of a class. */
const char *sim_request_space(const struct sim_request *request, const struct wsman_class *class);

/* Begins an answer with these further namespaces; NULL for none. */
void sim_request_open(struct sim_request *request, const char *action, const char *g, const char *h,
                      const char *i);

/* A whole answer with an instance in it. */
void sim_request_answer(struct sim_request *request, const char *action,
                        const struct sim_instance *instance);

/* True when it was about subscriptions; `fault` says how it went. */
bool sim_request_events(struct sim_request *request, enum sim_fault *fault);

/* The operations that change something. */
enum sim_fault sim_request_put(struct sim_request *request);
enum sim_fault sim_request_create(struct sim_request *request);
enum sim_fault sim_request_delete(struct sim_request *request);

#endif
