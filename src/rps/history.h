/* What is kept of a session (store/provisionings.h). Waits; on the session's fibers. What the store
 * cannot keep is logged and does not stop a session. Private to src/rps. */
#ifndef RPS_HISTORY_H
#define RPS_HISTORY_H

#include "rps/session.h"

/* ERROR_CONFLICT when something else of this process works on the device's passwords. */
bool rps_history_begin(struct rps_session *session, struct error *err);
void rps_history_step(struct rps_session *session, const char *label);
void rps_history_finish(struct rps_session *session, const char *message);

#endif
