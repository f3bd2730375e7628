/*
 * The screen sessions that pass the relay now, for whoever wants to look on. Each is followed on
 * the loop of its device (mps/follow.h); the table says only that it is there, and where. Any
 * thread unless noted. Private to src/mps.
 */
#ifndef MPS_SCREEN_SESSION_H
#define MPS_SCREEN_SESSION_H

#include "core/guid.h"
#include "mps/follow.h"

struct mps;
struct mps_recorder;
struct mps_screen_sessions;
struct mps_shard;

/* Taps the relay, so before anything is accepted on any loop. `recorder` is told of each session;
 * NULL: nobody is. */
struct mps_screen_sessions *mps_screen_sessions_new(struct mps *mps, struct mps_recorder *recorder);

/* When no loop runs any more. */
void mps_screen_sessions_free(struct mps_screen_sessions *sessions);

/* The shard on whose loop a device's session is followed, and how many watch it (may be NULL).
 * `tenant` NULL: any. NULL when there is none. */
struct mps_shard *mps_screen_session_shard(struct mps_screen_sessions *sessions,
                                           const struct guid *guid, const char *tenant,
                                           unsigned *watchers);

/* The session, when it is followed on this loop; good until this fiber waits, but for onlookers.
 * NULL when there is none. */
struct mps_follow *mps_screen_session_here(struct mps_screen_sessions *sessions,
                                           const struct guid *guid, const char *tenant);

#endif
