/*
 * Recording sessions that pass the relay: which ones, and how. A session is recorded when its
 * browser asks for it (record=1), or when the settings say so for its kind and its device has one
 * of the tags that they name. A screen is looked at ten times a second at most, on a fiber that
 * waits for the disk, so a slow disk makes pictures fewer and no queue longer. One for the process;
 * the loop of the session's device.
 */
#ifndef MPS_RECORDER_H
#define MPS_RECORDER_H

#include "mps/follow.h"
#include "mps/tap.h"

struct mps_recorder;
struct mps_recordings;
struct store;

struct mps_recorder_options {
    struct mps *mps;
    struct store *store;
    struct mps_recordings *recordings;
    bool kinds[REDIR_KINDS]; /* recorded without being asked for */
    const char *const *tags; /* of the devices that this is so for; none: all. Borrowed */
    size_t tag_count;
    bool required; /* whoever is to be recorded so and cannot be has no session */
};

/* Taps serial consoles, so before anything is accepted on any loop. Screens come from whoever
 * follows them (mps/screen_session.h). */
struct mps_recorder *mps_recorder_new(const struct mps_recorder_options *options);
void mps_recorder_free(struct mps_recorder *recorder);

/* A screen session begins. Records it if it is to be. Does not wait. */
void mps_recorder_screen(struct mps_recorder *recorder, const struct mps_tap_session *session,
                         struct mps_follow *follow);

#endif
