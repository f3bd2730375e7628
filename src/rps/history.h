/* What is kept of a session (store/provisionings.h). Waits; on the session's fibers. What the store
 * cannot keep is logged and does not stop a session. Private to src/rps. */
#ifndef RPS_HISTORY_H
#define RPS_HISTORY_H

#include "rps/session.h"

/* When AMT has answered: whoever comes to be refused pushes out nothing that a device went through,
 * and uses no numbers up. */
void rps_history_begin(struct rps_session *session);
void rps_history_step(struct rps_session *session, const char *label);
void rps_history_finish(struct rps_session *session, const char *message);

#endif
