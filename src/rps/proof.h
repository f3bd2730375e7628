/*
 * Whether an agent says a password that is stored for the device of which it speaks. Whoever
 * reaches the door may ask that, so wrong ones are braked (rps/brake.h), and it is looked at before
 * the session has its device: nobody who waits for his turn keeps others from it. Agents with a
 * token aren't braked: their tenant knows whom it gave one. On a fiber of the session's loop.
 * Private to src/rps.
 */
#ifndef RPS_PROOF_H
#define RPS_PROOF_H

#include "rps/handover.h"
#include "rps/session.h"
#include "store/passwords.h"

/* Looks at what the agent has said, once, when it is its turn; session->says_proven tells. False
 * with ERROR_THROTTLED and a sentence that says how long to wait: nothing was compared then, and
 * nothing may be that was said. */
bool rps_proof_hear(struct rps_session *session, struct error *err);

/* What is known of its device where it is handed over to; that is asked once in a session. */
bool rps_proof_look_up(struct rps_session *session, struct rps_known *known, struct error *err);

/* The device is the session's now, and that is what is stored of it: what was said while others
 * could change it may prove nothing any more. */
bool rps_proof_review(struct rps_session *session, const struct store_passwords *stored);

/* Whether it has said a proven password, or has a token that speaks for the device: one that is
 * known must be the token's tenant's. */
bool rps_proof_is_given(struct rps_session *session);

#endif
