/*
 * Tiles as the screen encoding 16 has them (RFC 6143 7.7.6), once inflated. Firmware sends a tile
 * per rectangle (spec device-protocols 3.3), so one payload is one tile. Pure; any thread.
 */
#ifndef REDIR_ZRLE_H
#define REDIR_ZRLE_H

#include "core/error.h"
#include "core/slice.h"

/* The most that a payload of a tile of `pixels` pixels of `bytes` bytes (1 or 2) can be: each pixel
 * a run of its own. */
size_t redir_zrle_limit(unsigned pixels, unsigned bytes);

/* redir_zrle_limit of the largest tile in two-byte pixels. */
#define REDIR_ZRLE_LIMIT (1 + 64 * 64 * 3)

/* Draws a tile: `width` × `height` pixels of `bytes` bytes (1 or 2) from `to` on, rows `stride`
 * bytes apart. ERROR_PROTOCOL when the payload is not exactly such a tile; some of it may be drawn
 * then. */
bool redir_zrle_draw(struct slice payload, unsigned width, unsigned height, unsigned bytes,
                     uint8_t *to, size_t stride, struct error *err);

#endif
