/*
 * What is done for an agent: the checks of spec rps 2.7 in their order, then the flow that its
 * command and profile ask for (spec rps 3). A straight-line conversation over amt/ functions, on
 * the fiber of its session (rps/session.h).
 */
#ifndef RPS_FLOW_H
#define RPS_FLOW_H

#include "rps/outcome.h"
#include "rps/session.h"

/* Runs the session's command. Waits; the fiber's deadline is what is left of the session, and it is
 * cancelled when the agent goes. Always leaves an outcome, whose texts are in the session's arena.
 */
void rps_flow_run(struct rps_session *session, struct rps_outcome *outcome);

#endif
