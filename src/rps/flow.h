/* The commands of agents (spec rps 2.7, 3): checked, carried out, and what became of them. */
#ifndef RPS_FLOW_H
#define RPS_FLOW_H

#include "rps/outcome.h"
#include "rps/session.h"

/* Carries out the session's command. On the session's fiber; texts of the outcome live in the
 * session's arena. Always fills in the outcome, also when the fiber was cancelled. */
void rps_flow_run(struct rps_session *session, struct rps_outcome *outcome);

#endif
