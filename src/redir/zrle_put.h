/*
 * Writing tiles of the screen encoding 16 (RFC 6143 7.7.6) from a screen's pixels, for viewers and
 * recordings. Pure; any thread.
 */
#ifndef REDIR_ZRLE_PUT_H
#define REDIR_ZRLE_PUT_H

#include "redir/screen.h"

/* Writes a tile in pixels of `format`, in the smallest kind of one colour, packed palette, runs of
 * a palette, and raw. `to` has room for REDIR_ZRLE_LIMIT bytes; returns how many there are. `rect`
 * is a tile inside the screen. */
size_t redir_zrle_put(const struct redir_screen *screen, const struct redir_rect *rect,
                      enum redir_rfb_format format, uint8_t *to);

/* The same as a raw rectangle: width × height pixels. */
size_t redir_raw_put(const struct redir_screen *screen, const struct redir_rect *rect,
                     enum redir_rfb_format format, uint8_t *to);

#endif
