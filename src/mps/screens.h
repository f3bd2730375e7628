/*
 * The screens of devices as the server sees them: pictures on request, and the sessions that pass
 * the relay, which others may watch. One for the process; any thread unless noted.
 */
#ifndef MPS_SCREENS_H
#define MPS_SCREENS_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/guid.h"

struct mps;
struct mps_recorder;
struct mps_screen_sessions;
struct mps_screens;

/* Taps the relay's screen sessions, so before anything is accepted on any loop. `recorder` is told
 * of each; NULL: nobody is. */
struct mps_screens *mps_screens_new(struct mps *mps, struct mps_recorder *recorder,
                                    struct error *err);

/* When no loop runs any more. NULL is allowed. */
void mps_screens_free(struct mps_screens *screens);

/* The most bytes of a picture; what mps_screens_picture needs a buffer's limit for. */
#define MPS_PICTURE_MAX ((size_t)48 * 1024 * 1024)

/* How long a device has for opening the session and drawing, in milliseconds; also how long the
 * browser's session that is looked into has for drawing everything. */
#define MPS_PICTURE_MS 20000

/* A picture takes up to 9 MB in 16-bit colours and its file besides. */
#define MPS_PICTURES_AT_ONCE 8

/* Appends a picture of the screen as PNG: from a screen session of the server's own, which lets the
 * device draw everything once; or, while somebody has the screen through the relay, from that one.
 * On a fiber of any loop; waits. Errors as of mps_redirect and redir_rfb_picture; ERROR_CONFLICT
 * also when the browser's session does not draw everything in time; ERROR_BUSY when
 * MPS_PICTURES_AT_ONCE are being taken. `owner` is who asks. `err` must not be NULL. */
bool mps_screens_picture(struct mps_screens *screens, const struct guid *guid, const char *tenant,
                         const char *owner, struct buffer *png, struct error *err);

/* The sessions that pass the relay, for whoever wants to look on; theirs. */
struct mps_screen_sessions *mps_screens_sessions(struct mps_screens *screens);

#endif
