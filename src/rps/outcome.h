/*
 * What became of a command, as the agent is told at the end (spec rps 2.5, 2.6): for a set-up a
 * JSON text with the toolkit's keys and phrases, for a command that was refused at once a sentence.
 * Texts are borrowed from the session's arena or constant. Pure.
 */
#ifndef RPS_OUTCOME_H
#define RPS_OUTCOME_H

#include "core/arena.h"
#include "core/buffer.h"

enum rps_component { /* in the order of the message */
                     RPS_ACTIVATION,
                     RPS_WIRED_NETWORK,
                     RPS_WIRELESS_NETWORK,
                     RPS_TLS,
                     RPS_CIRA_PROXY,
                     RPS_CIRA_CONNECTION,
                     RPS_COMPONENT_COUNT
};

enum rps_result { RPS_NOT_APPLICABLE, RPS_SUCCESS, RPS_FAILURE };

struct rps_component_outcome {
    enum rps_result result;
    const char *mode;    /* "ACM", "CCM", "LocalProfileSync"; NULL: none */
    const char *details; /* NULL: "… not part of this configuration" */
};

struct rps_outcome {
    bool success;
    const char *plain; /* the whole message, which is no JSON then; NULL */
    /* Keys of the JSON text; NULL leaves one out. */
    const char *status;
    const char *network;
    const char *cira;
    const char *tls;
    bool has_components; /* of an activation */
    struct rps_component_outcome components[RPS_COMPONENT_COUNT];
};

/* Says what became of a component. `details` begins with a capital and ends without full stops
 * afterwards, as the toolkit has it. */
void rps_outcome_set(struct rps_outcome *outcome, struct arena *arena, enum rps_component component,
                     enum rps_result result, const char *mode, const char *details);

/* Whether any component failed. */
bool rps_outcome_has_failure(const struct rps_outcome *outcome);

/* The text of `message` in the final envelope, in the arena. */
const char *rps_outcome_message(struct arena *arena, const struct rps_outcome *outcome);

/* Writes the components that ran, for a device's deviceInfo.status (spec rps 5.3). */
void rps_outcome_put_components(const struct rps_outcome *outcome, struct buffer *out);

#endif
