/*
 * Connections of Enterprise Assistants (rps/enterprise_assistant.h): at most two per tenant, of
 * which the newer is asked; a third one sends the oldest away. A connection lives on the loop that
 * accepted it; a table of the process says who is where. Private to src/rps.
 */
#ifndef RPS_ASSISTANTS_H
#define RPS_ASSISTANTS_H

#include "http/websocket.h"
#include "rps/rps.h"

#include <jansson.h>

struct rps_assistant;
struct rps_assistants;
struct rps_shard;

struct rps_assistants *rps_assistants_new(void);
void rps_assistants_free(struct rps_assistants *assistants);

/* A connection that is about to be made, of `tenant`. NULL with ERROR_BUSY when there are too many.
 * Ends in rps_assistant_taken. */
struct rps_assistant *rps_assistant_new(struct rps *rps, const char *tenant, struct error *err);
http_websocket_taken rps_assistant_taken;

/* Sends `request`, a JSON text about `node`, to the tenant's assistant, and waits for what it says
 * of `node`: its `response`, owned by the caller. NULL with ERROR_CONNECTION when there is no
 * assistant or it goes, ERROR_TIMEOUT. On a fiber of any loop. */
json_t *rps_assistant_ask(struct rps *rps, const char *tenant, const char *node,
                          struct slice request, struct error *err);

bool rps_assistant_is_connected(struct rps *rps, const char *tenant);

/* Ends the connections on the loop. */
void rps_assistants_stop(struct rps_shard *shard);

#endif
