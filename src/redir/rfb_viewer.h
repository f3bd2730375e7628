/*
 * The device's side of a screen session, towards somebody who looks on: the start, a login that
 * accepts whatever comes (whoever may look on has been asked for a token before), 0x40, and RFB 3.8
 * as firmware speaks it (spec device-protocols 2, 3), in tiles of at most 64 × 64, ZRLE in stored
 * blocks where the client takes it. The picture is somebody else's screen (redir/screen.h). What
 * the client types or points at is dropped. Bytes in and out, no I/O.
 *
 * A client that is slow misses pictures and nothing else: an update is made of what the screen
 * shows while it is written, a few tiles at a time, and only when the client has asked for one. One
 * owner, one thread.
 */
#ifndef REDIR_RFB_VIEWER_H
#define REDIR_RFB_VIEWER_H

#include "redir/screen.h"

struct redir_rfb_viewer;

/* Owned by the caller; about 25 KB. */
struct redir_rfb_viewer *redir_rfb_viewer_new(void);

/* NULL is allowed. */
void redir_rfb_viewer_free(struct redir_rfb_viewer *viewer);

/* Takes what the client sent. False with ERROR_PROTOCOL. */
bool redir_rfb_viewer_feed(struct redir_rfb_viewer *viewer, struct slice bytes, struct error *err);

/* Whether the client has logged in and asked for the screen: what it has not said by then it does
 * not have to. */
bool redir_rfb_viewer_ready(const struct redir_rfb_viewer *viewer);

/* The screen's size, as soon as it is known and whenever it changes. A client waits with its start
 * until then; one that does not know DesktopSize is told no more after a change. */
void redir_rfb_viewer_sized(struct redir_rfb_viewer *viewer, uint16_t width, uint16_t height);

/* A part of the screen has changed. */
void redir_rfb_viewer_drawn(struct redir_rfb_viewer *viewer, const struct redir_rect *rect);

/* What redir_rfb_viewer_take appends at most, in bytes. */
#define REDIR_RFB_VIEWER_PIECE 65536

/* Appends what is to be sent to the client now, which may be nothing. Call it until then, after
 * each feed, change of the screen, and write. `screen` may have no memory yet. */
void redir_rfb_viewer_take(struct redir_rfb_viewer *viewer, const struct redir_screen *screen,
                           struct buffer *out);

#endif
