/* What recorder.c, recorder_screen.c and recorder_console.c share. Private to them. */
#ifndef MPS_RECORDER_PARTS_H
#define MPS_RECORDER_PARTS_H

#include "mps/recorder.h"
#include "mps/recordings.h"

struct mps_shard;

struct mps_recorder {
    struct mps_recorder_options options;
};

/* What every session that may be recorded carries. */
struct mps_recorder_session {
    struct mps_recorder *recorder;
    struct mps_shard *shard;
    struct guid guid;
    char *tenant;
    char *user;
    char id[MPS_RECORDING_ID_SIZE]; /* of the recording, once it is begun */
    enum redir_kind kind;
    bool requested;
    bool demanded;       /* by the settings, or it may be */
    bool over;           /* the session is; set by whoever is told */
    bool failed;         /* it is not recorded, or no longer */
    uint64_t step_since; /* io_now when the disk was waited for; 0: it is not */
    void (*stop)(void *relay, const struct error *why);
    void *relay;
    uint64_t began; /* io_now */
};

void mps_recorder_tap_consoles(struct mps_recorder *recorder);

bool mps_recorder_may_want(const struct mps_recorder *recorder,
                           const struct mps_tap_session *session);

/* Between these two the loop does not end. */
void mps_recorder_begin(struct mps_recorder *recorder, struct mps_recorder_session *s,
                        const struct mps_tap_session *session);
void mps_recorder_leave(struct mps_recorder_session *s);

/* The file, if it is to be one. Waits. */
struct mps_recording *mps_recorder_open(struct mps_recorder_session *s);

/* Around whatever waits for the disk. */
void mps_recorder_step(struct mps_recorder_session *s, bool begins);

/* Something of the session passes: it must not for long while nothing can be written. */
void mps_recorder_look(struct mps_recorder_session *s);

/* Ends the file: with the session, or before it because of `why`. Waits. */
void mps_recorder_close(struct mps_recorder_session *s, struct mps_recording *recording,
                        const struct error *why);

/* The session cannot be recorded, or no longer: ends it if the settings demand the recording. Once;
 * later ones say nothing new. Does not wait. */
void mps_recorder_fail(struct mps_recorder_session *s, const struct error *why);

#endif
