/*
 * Whether an agent says a password that is stored for the device of which it speaks. Whoever
 * reaches the door may ask that, so failures are counted by access/throttle.h, per device and
 * source. Agents with a token are not: their tenant knows whom it gave one. On a
 * fiber of the session's loop. Private to src/rps.
 */
#ifndef RPS_PROOF_H
#define RPS_PROOF_H

#include "rps/session.h"
#include "store/passwords.h"

/* Looks at what the agent has said, once. False with ERROR_THROTTLED and a sentence that says how
 * long to wait: nothing was compared then, and nothing may be that was said. */
bool rps_proof_check(struct rps_session *session, const struct store_passwords *stored,
                     struct error *err);

/* The same with what the store has, for an agent whose device is held by another one. False also
 * when it says another password. */
bool rps_proof_says_stored(struct rps_session *session);

#endif
