/*
 * How a session ended, in the words that the toolkit's agents print and scripts look for (spec rps
 * 2.6): either one plain sentence (what was wrong with the request) or the parts of a JSON object.
 * Plain value; its texts are in the session's arena.
 */
#ifndef RPS_OUTCOME_H
#define RPS_OUTCOME_H

#include "core/arena.h"

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

struct rps_outcome {
    bool success;
    const char *plain; /* of a refused request: the message is this text, no JSON; NULL */
    const char *status, *network, *cira, *tls; /* NULL: the key is absent */
    struct {
        enum rps_result result;
        const char *mode; /* "ACM", "CCM", "LocalProfileSync"; NULL */
        const char *details;
    } components[RPS_COMPONENT_COUNT];
    bool has_components;
};

/* The text of `message` in the final envelope, in the arena. */
const char *rps_outcome_message(struct arena *arena, const struct rps_outcome *outcome);

#endif
