/*
 * Recordings of screen sessions: a file of our own that can be played and sought in
 * (docs/protocol-redirection.md). Numbers are little-endian, times are milliseconds since the
 * start.
 *
 * - file: "OUTBKVM" 01, u32 size and so many bytes of JSON about the session, records, END
 * - record: u8 type, 3 × 00, u32 size of the payload, u64 time, payload
 * - KEY 1, CHANGE 2: u16 width, u16 height, u8 pixel format, 00, u16 tiles, u32 size of the rest
 *   when inflated, and that as a zlib stream of its own: of each tile u16 x, y, width, height and
 *   its pixels as the device has them; a KEY has every tile
 * - INDEX 3: of each KEY u64 time, u64 offset in the file
 * - REASON 5: why the recording ended before its session, in UTF-8; only when somebody knew
 * - END 4: u64 offset of the INDEX, u64 duration; the last 32 bytes of a file. Behind its type 01
 *   instead of 00 when the recording ended before its session, and then u16 size of the REASON
 *
 * A file without END, of a process that was killed, is readable up to its last whole record.
 * Writing is into a buffer, reading through a function: no I/O here. Both block for milliseconds:
 * on a worker. Any thread, one at a time.
 */
#ifndef REDIR_RECORDING_H
#define REDIR_RECORDING_H

#include "redir/screen.h"

enum redir_recording_type {
    REDIR_RECORDING_KEY = 1,
    REDIR_RECORDING_CHANGE = 2,
    REDIR_RECORDING_INDEX = 3,
    REDIR_RECORDING_END = 4,
    REDIR_RECORDING_REASON = 5
};

/* Between two KEY records at most, so that seeking is quick, in milliseconds. */
#define REDIR_RECORDING_KEY_MS 10000

/* Bytes of the JSON. */
#define REDIR_RECORDING_ABOUT_MAX 4096

/* Bytes of a REASON; a longer one is cut. */
#define REDIR_RECORDING_REASON_MAX 512

/* KEY records of one file: more than a week of them. */
#define REDIR_RECORDING_KEYS_MAX 65536

/* --- writing ---------------------------------------------------------------------------------- */

void redir_recording_put_header(struct buffer *out, struct slice about);

/* Appends a tile of the screen to `tiles`, of which a frame is made. */
void redir_recording_put_tile(struct buffer *tiles, const struct redir_screen *screen,
                              const struct redir_rect *rect);

struct redir_recording_frame {
    enum redir_recording_type type; /* KEY or CHANGE */
    uint64_t time;
    uint16_t width;
    uint16_t height;
    enum redir_rfb_format format;
    uint16_t count; /* of the tiles */
    struct slice tiles;
};

/* Compresses and appends a record. False with ERROR_TOO_LARGE when `out` has no room. */
bool redir_recording_put_frame(struct buffer *out, const struct redir_recording_frame *frame,
                               struct error *err);

struct redir_recording_key {
    uint64_t time;
    uint64_t offset;
};

/* Second byte of an END, as part of its first four. */
#define REDIR_RECORDING_CUT 0x100u

/* INDEX, REASON and END; `offset` is where the file ends so far. `cut` says why the session went on
 * without it (NULL: it did not). */
void redir_recording_put_end(struct buffer *out, const struct redir_recording_key *keys,
                             size_t count, uint64_t offset, uint64_t duration, const char *cut);

/* --- reading ---------------------------------------------------------------------------------- */

/* Reads exactly `size` bytes at `offset`. False when they are not there. */
typedef bool redir_recording_read(void *owner, uint64_t offset, void *to, size_t size);

struct redir_recording;

/* Reads header and index, or finds the KEY records of a file without END. `size` is the file's.
 * NULL with ERROR_INVALID when it is no recording. */
struct redir_recording *redir_recording_open(redir_recording_read *read, void *owner, uint64_t size,
                                             struct error *err);
void redir_recording_close(struct redir_recording *recording);

/* Reads header and END only, for a list: it shows no pictures, and its duration is 0 without END.
 */
struct redir_recording *redir_recording_open_head(redir_recording_read *read, void *owner,
                                                  uint64_t size, struct error *err);

/* Borrowed: the JSON. */
struct slice redir_recording_about(const struct redir_recording *recording);
uint64_t redir_recording_duration(const struct redir_recording *recording);

/* Whether it has its END. */
bool redir_recording_has_end(const struct redir_recording *recording);

/* … and that does not say that it was cut off. */
bool redir_recording_is_whole(const struct redir_recording *recording);

/* Borrowed: the REASON; empty without. */
struct slice redir_recording_reason(const struct redir_recording *recording);

/* The screen as it was at that time (later than the end: the last one), which is the caller's to
 * redir_screen_fini. ERROR_NOT_FOUND before the first picture; ERROR_INVALID when the file is
 * damaged. */
bool redir_recording_screen(struct redir_recording *recording, uint64_t time,
                            struct redir_screen *screen, struct error *err);

#endif
