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
    enum redir_kind kind;
    bool requested;
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
struct mps_recording *mps_recorder_open(const struct mps_recorder_session *s);

#endif
