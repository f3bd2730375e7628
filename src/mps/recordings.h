/*
 * The library of recordings: files in one folder, screens in the format of redir/recording.h
 * (.kvm), serial consoles as asciicast (.cast). There is no other record of them: who, when and
 * what is said in each file's head. Files are touched by worker threads only, so a slow disk holds
 * up recordings and nothing else; those that write do nothing else, so whoever reads holds up none.
 * One for the process; calls from fibers of any loop unless noted.
 */
#ifndef MPS_RECORDINGS_H
#define MPS_RECORDINGS_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/guid.h"
#include "redir/message.h"
#include "redir/recording.h"

struct mps_recordings;
struct mps_recording;

struct mps_recordings_options {
    const char *folder;  /* made (0700) when it is not there */
    uint64_t size_limit; /* bytes of all recordings; the oldest go first */
    uint32_t days;       /* older ones go; 0: they stay */
};

struct mps_recordings *mps_recordings_new(const struct mps_recordings_options *options,
                                          struct error *err);

/* When no loop runs any more. NULL is allowed. */
void mps_recordings_free(struct mps_recordings *recordings);

/* --- what there is; of a tenant --------------------------------------------------------------- */

#define MPS_RECORDING_ID_SIZE 40
#define MPS_RECORDINGS_MOST   10000 /* that are listed */

struct mps_recording_facts {
    char id[MPS_RECORDING_ID_SIZE]; /* the file's name */
    const char *guid;
    const char *user;
    enum redir_kind kind;
    int64_t start_ms; /* wall clock */
    uint64_t duration_ms;
    uint64_t size;
    bool whole;         /* else it is being made, or ended before its session */
    const char *reason; /* of one that is not whole: why */
};

/* The newest first, in the arena. */
bool mps_recordings_list(struct mps_recordings *recordings, struct arena *arena, const char *tenant,
                         struct mps_recording_facts **list, size_t *count, struct error *err);

/* Opens one for reading; *fd is the caller's. ERROR_NOT_FOUND. */
bool mps_recordings_open(struct mps_recordings *recordings, const char *tenant, struct slice id,
                         int *fd, uint64_t *size, enum redir_kind *kind, struct error *err);

/* Pictures of recordings that are made, or wait, at once: each may take seconds. */
#define MPS_RECORDING_PICTURES 8

/* Appends the screen at that time as PNG. ERROR_NOT_FOUND (also before the first picture),
 * ERROR_INVALID when it is no recording of a screen, or damaged; ERROR_BUSY. */
bool mps_recordings_picture(struct mps_recordings *recordings, const char *tenant, struct slice id,
                            uint64_t time_ms, struct buffer *png, struct error *err);

/* Removes one. ERROR_NOT_FOUND; ERROR_CONFLICT while it is being made. */
bool mps_recordings_remove(struct mps_recordings *recordings, const char *tenant, struct slice id,
                           struct error *err);

/* --- making one ------------------------------------------------------------------------------- */

struct mps_recording_about {
    const struct guid *guid;
    const char *tenant;
    const char *user; /* NULL: unknown */
    enum redir_kind kind;
};

/* Begins a file with its head. ERROR_BUSY when MPS_RECORDINGS_AT_ONCE are being made. */
struct mps_recording *mps_recording_begin(struct mps_recordings *recordings,
                                          const struct mps_recording_about *about,
                                          struct error *err);

#define MPS_RECORDINGS_AT_ONCE 64

/* The file's name. */
const char *mps_recording_id(const struct mps_recording *recording);

/* Appends a picture (screens), or whole lines (serial consoles). Waits for the disk. ERROR_STORE
 * when it is full, or took longer than 10 s, or all files together are larger than they may be once
 * the oldest have gone; the recording is to be ended then. */
bool mps_recording_put_frame(struct mps_recording *recording,
                             const struct redir_recording_frame *frame, struct error *err);
bool mps_recording_put_text(struct mps_recording *recording, struct slice text, struct error *err);

/* Ends the file, with its index, and frees. `cut` says why it ends before its session does, which
 * the file tells from then on; NULL: it does not. False when the end could not be written: then it
 * is there up to its last whole picture or line. Also on a fiber that was cancelled. */
bool mps_recording_end(struct mps_recording *recording, uint64_t duration_ms, const char *cut,
                       struct error *err);

#endif
