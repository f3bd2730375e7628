/*
 * An agent's first message as a whole (spec rps 2.4): its payload, which describes the device, and
 * what its command line overrides. Checked for form only; nothing in it is trusted. Pure; any
 * thread.
 */
#ifndef RPS_REQUEST_H
#define RPS_REQUEST_H

#include "rps/message.h"
#include "rps/session.h"

/* `client` is the session's own id, which some of the sentences begin with. Texts are in the arena.
 * ERROR_INVALID with the sentence for the agent, in the toolkit's words where it has some. */
bool rps_request_read(struct arena *arena, const struct rps_message *message, const char *client,
                      struct rps_request *request, struct error *err);

/* "activate", "deactivate", "maintenance". */
const char *rps_command_name(enum rps_command command);

#endif
