/*
 * Watchers: browsers that join the screen session which somebody else has (mps/watch.h). The route
 * asks while there is still an HTTP answer to give, then the connection moves to the session's
 * loop. Until its client has logged in, for which it has 30 s, a watcher is a guest
 * (mps/sessions.h): it takes no place among the session's watchers and causes no drawing.
 */
#ifndef MPS_WATCHER_H
#define MPS_WATCHER_H

#include "core/error.h"
#include "core/guid.h"
#include "core/slice.h"

struct io_conn;
struct mps_screens;
struct mps_watcher;

/* Most watchers of one session. Recordings and pictures are none. */
#define MPS_WATCHERS_MAX 8u

/* Asks to watch the session that somebody has. NULL with ERROR_CONFLICT when nobody has the
 * device's screen through this server, or it has its watchers; ERROR_BUSY when too many wait for
 * the device, or are on its loop. Free it, or hand it to mps_watcher_taken. Any loop; does not
 * wait. */
struct mps_watcher *mps_watcher_new(struct mps_screens *screens, const struct guid *guid,
                                    const char *tenant, const char *user, struct error *err);
void mps_watcher_free(struct mps_watcher *watcher);

/* The watcher's connection (http/websocket.h: http_websocket_taken): moves to the session's loop
 * and is shown the screen until the session is over. Takes the watcher. */
void mps_watcher_taken(void *watcher, struct io_conn *conn, struct slice ahead);

#endif
