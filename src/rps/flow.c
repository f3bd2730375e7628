#include "rps/flow.h"

void rps_flow_run(struct rps_session *session, struct rps_outcome *outcome)
{
    (void)session;
    *outcome = (struct rps_outcome){.plain = "This server cannot provision devices yet."};
}
