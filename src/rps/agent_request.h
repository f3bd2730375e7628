/*
 * A WSMAN request as the toolkit's server sends it through agents (spec rps 2.8), made of one as
 * http/client writes it. Pure; one owner.
 */
#ifndef RPS_AGENT_REQUEST_H
#define RPS_AGENT_REQUEST_H

#include "core/buffer.h"
#include "http/parse.h"

#define RPS_REQUEST_HEAD_LIMIT ((size_t)16 * 1024)
#define RPS_REQUEST_BODY_LIMIT ((size_t)512 * 1024)

/* Writes `request` anew for `host`. */
void rps_agent_request_put(struct buffer *out, const struct http_message *request, const char *host,
                           bool close);

/* The MessageID of an envelope, or what it relates to. False when there is none that is a number.
 */
bool rps_agent_message_id(struct slice envelope, uint64_t *id);
bool rps_agent_relates_to(struct slice envelope, uint64_t *id);

/* The same of a raw HTTP answer. */
bool rps_agent_answer_relates_to(struct slice answer, uint64_t *id);

#endif
