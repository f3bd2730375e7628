/*
 * A client of a device's screen that wants one picture: opens a screen session on a stream behind
 * its login, and reads until the whole screen is there. Runs on a fiber; a wait ends at the
 * deadline in force at the latest.
 */
#ifndef REDIR_RFB_CLIENT_H
#define REDIR_RFB_CLIENT_H

#include "io/stream.h"
#include "redir/screen.h"

/* Takes a picture, once the user has consented where that is needed: `screen`, which is empty
 * before, is the caller's to redir_screen_fini. In 16-bit colours where the device can, else in
 * 8-bit ones. The session is over on the wire after it; the stream stays the caller's. `within_ms`
 * bounds all of it.
 *
 * ERROR_DEVICE when the device closes the session without a picture (no display, host off,
 * redirected elsewhere), ERROR_TIMEOUT when it draws nothing, ERROR_PROTOCOL, ERROR_CONNECTION. */
bool redir_rfb_picture(struct io_stream *stream, uint64_t within_ms, struct redir_screen *screen,
                       struct error *err);

#endif
