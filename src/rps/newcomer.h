/*
 * A device of which nothing is known is set up by an agent without a token: that stores secrets of
 * a machine that may not exist, so there are limits (store/newcomers.h). On the session's fiber.
 * Private to src/rps.
 */
#ifndef RPS_NEWCOMER_H
#define RPS_NEWCOMER_H

#include "rps/provisioning.h"

/* Before the first password of the run is stored: true when there is room for the device, or it
 * needs none. ERROR_BUSY with a sentence for the agent. */
bool rps_newcomer_admit(struct rps_provisioning *p, struct error *err);

/* At the end of a run: a device that was handed over, or of which nothing is stored any more, makes
 * room. Also when the run was cancelled. */
void rps_newcomer_settle(struct rps_provisioning *p);

#endif
