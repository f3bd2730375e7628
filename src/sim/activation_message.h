/*
 * Messages between the agent on a machine and the server that sets it up (spec rps 2, rpc 4): JSON
 * texts to and from a handful of fields. Pure.
 */
#ifndef SIM_ACTIVATION_MESSAGE_H
#define SIM_ACTIVATION_MESSAGE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "sim/machine.h"
#include "sim/options.h"

enum sim_message_kind {
    SIM_MESSAGE_WSMAN, /* and every word that is not known, as rpc-go takes it */
    SIM_MESSAGE_TLS_DATA,
    SIM_MESSAGE_PORT_SWITCH,
    SIM_MESSAGE_PROGRESS,
    SIM_MESSAGE_HEARTBEAT,
    SIM_MESSAGE_SUCCESS,
    SIM_MESSAGE_ERROR
};

/* Of the server; slices are the arena's. */
struct sim_message {
    enum sim_message_kind kind;
    struct slice text;    /* `message` */
    struct slice payload; /* decoded, where it is base64 */
    uint16_t port;        /* of a port switch … */
    uint32_t delay_s;     /* … and the pause before it */
    bool fits;            /* envelope as spec rps 2.2 has it: all keys, strings or null */
};

/* False with ERROR_INVALID: no JSON, a key of another type, a payload that is none. */
bool sim_message_read(struct arena *arena, struct slice text, struct sim_message *message,
                      struct error *err);

/* One message of the agent: `method` and bytes for `payload`. */
void sim_message_put(struct buffer *out, const char *method, const char *status, const char *tenant,
                     struct slice payload);

/* The first one: the command line, and what the machine says of itself. `password` is what the
 * agent was given for a machine that is set up. */
void sim_message_put_first(struct buffer *out, const struct sim_options *options,
                           const struct sim_machine *machine, const char *host_name,
                           const char *password);

#endif
