/*
 * Who an agent is, as far as anybody can know. Decided here and nowhere else, anew at each
 * question, since it rises when a first run ends well:
 *
 *     stranger   the device is known, and the agent shows nothing: nothing is done for it
 *     first      nobody knows the device: whoever comes is believed, and is proven once a run has
 *                ended well. What it is given until then is stored as unproven (store/passwords.h)
 *     proven     says a password of the device that is proven, or has a token that speaks for it
 *
 * A device is known when it has a proven password, or a record that says more than that it exists
 * (rps/handover.h); unless its first run, begun a short while ago (--agent-resume), has not ended
 * well yet: its agent can't say a password that was made up here, and must be able to go on.
 *
 * An answer of AMT proves nothing, since AMT is asked through the agent; nor does a token that is
 * good for any newcomer; nor a password that somebody like it has stored.
 */
#ifndef RPS_STANDING_H
#define RPS_STANDING_H

#include <stdbool.h>

struct rps_provisioning;

enum rps_standing { RPS_STRANGER, RPS_FIRST, RPS_PROVEN };

enum rps_standing rps_standing(const struct rps_provisioning *p);
bool rps_is_stranger(const struct rps_provisioning *p);
bool rps_is_proven(const struct rps_provisioning *p);

/* Whether the agent says a proven password of the device, which says that it is set up. */
bool rps_says_proven(const struct rps_provisioning *p);

#endif
