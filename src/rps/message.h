/*
 * The messages between an agent and this server (spec rps 2.2): JSON objects of strings, one in
 * each text frame of a WebSocket. Pure; any thread. The texts of errors are those that agents of
 * the toolkit are told in `message` (spec rps 2.3, 2.4).
 */
#ifndef RPS_MESSAGE_H
#define RPS_MESSAGE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"

#define RPS_MESSAGE_LIMIT    102400 /* bytes of an agent's message (spec rps 2.1) */
#define RPS_PROTOCOL_VERSION "4.0.0"

enum rps_message_kind {
    RPS_MESSAGE_COMMAND, /* any other `method`: the command line of a first message */
    RPS_MESSAGE_RESPONSE,
    RPS_MESSAGE_TLS_DATA,
    RPS_MESSAGE_CONNECTION_RESET,
    RPS_MESSAGE_PORT_SWITCH_ACK,
    RPS_MESSAGE_HEARTBEAT_RESPONSE,
};

struct rps_message { /* texts in the arena; empty when absent or no string */
    enum rps_message_kind kind;
    struct slice method;
    struct slice payload; /* still in base64 */
    bool has_payload;     /* false: null, absent or no string */
    struct slice tenant;
};

/* Reads a message and checks its protocolVersion. ERROR_INVALID with the sentence for the agent. */
bool rps_message_read(struct arena *arena, struct slice text, struct rps_message *message,
                      struct error *err);

/* Whether an agent's protocol version is one that we speak (spec rps 2.3); an empty one is. */
bool rps_version_check(struct slice version, struct error *err);

struct rps_told {
    const char *method; /* "wsman", "success" … */
    const char *status;
    struct slice message;
    struct slice payload; /* .data NULL: null */
};

/* Writes one of ours, the keys in their order (spec rps 2.2). */
void rps_message_put(struct buffer *out, const char *version, const struct rps_told *told);

#endif
