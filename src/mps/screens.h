/*
 * The screens of devices as the server sees them: pictures on request. One for the process; any
 * thread unless noted.
 */
#ifndef MPS_SCREENS_H
#define MPS_SCREENS_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/guid.h"

struct mps;
struct mps_screens;

struct mps_screens *mps_screens_new(struct mps *mps, struct error *err);

/* When no loop runs any more. NULL is allowed. */
void mps_screens_free(struct mps_screens *screens);

/* The most bytes of a picture; what mps_screens_picture needs a buffer's limit for. */
#define MPS_PICTURE_MAX ((size_t)48 * 1024 * 1024)

/* How long a device has for opening the session and drawing, in milliseconds. */
#define MPS_PICTURE_MS 20000

/* Opens a screen session with the device, lets it draw everything once, and appends the picture as
 * PNG. On a fiber of any loop; waits. Errors as of mps_redirect and redir_rfb_picture; ERROR_BUSY
 * when MPS_PICTURES_AT_ONCE are being taken. `owner` is who asks. `err` must not be NULL. */
bool mps_screens_picture(struct mps_screens *screens, const struct guid *guid, const char *tenant,
                         const char *owner, struct buffer *png, struct error *err);

/* A picture takes up to 9 MB in 16-bit colours and its file besides. */
#define MPS_PICTURES_AT_ONCE 8

#endif
