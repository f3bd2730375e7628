/*
 * The way to AMT through an agent, as streams that conversations see. What goes over the wire is
 * the agent's matter (rps/agent.h), which outlives them. On the fiber of the session's flow.
 */
#ifndef RPS_AGENT_STREAM_H
#define RPS_AGENT_STREAM_H

#include "rps/agent.h"

/* A stream that carries one request of HTTP, as http/client writes it, and its answer. What is sent
 * is written anew as AMT gets it from the toolkit: Authorization, Host with `host`, a chunked body,
 * Connection: close. */
struct io_stream *rps_agent_plain_stream(struct rps_agent *agent, const char *host);

/* A stream of TLS records. What is written leaves in one message when an answer is waited for,
 * since agents look for an answer to each message. Waits until no bytes of an earlier one can come.
 */
struct io_stream *rps_agent_tls_stream(struct rps_agent *agent, struct error *err);

/* The same as the plain one over `inner` (TLS), which belongs to it; it may carry several requests.
 */
struct io_stream *rps_agent_framed_stream(struct io_stream *inner, const char *host);

#endif
