/*
 * A picture of a device's screen, in the device's own pixels: half or a third of what 24-bit
 * colours would take (at most 9,216,000 bytes in 16-bit colours, which is the device's own bound,
 * and 35 MB for the largest screen there is in 8-bit ones). It knows which parts have been drawn
 * since it was made or renewed. One owner; no locking. Zero-initialised it is an empty screen that
 * holds no memory.
 */
#ifndef REDIR_SCREEN_H
#define REDIR_SCREEN_H

#include "core/error.h"
#include "redir/rfb_format.h"

/* Firmware draws in tiles of at most this edge, from the upper left corner. */
#define REDIR_TILE_EDGE 64

/* The largest screen any firmware speaks of is 8192 × 4320 (spec device-protocols 3.2). */
#define REDIR_SCREEN_EDGE_MAX 8192
#define REDIR_SCREEN_AREA_MAX (8192u * 4320u)

/* Bytes of a screen of two-byte pixels; a larger one works in 8-bit colours only. */
#define REDIR_SCREEN_DEEP_MAX 9216000u

struct redir_rect {
    uint16_t x;
    uint16_t y;
    uint16_t width;
    uint16_t height;
};

struct redir_screen {
    enum redir_rfb_format format;
    uint16_t width;
    uint16_t height;
    size_t stride;       /* bytes of a row */
    uint8_t *pixels;     /* height rows; NULL without memory */
    uint16_t *missing;   /* of each tile: pixels that were not drawn yet */
    uint32_t unfinished; /* tiles that miss pixels */
};

/* Whether a device can have a screen of that size in that format. */
bool redir_screen_possible(uint16_t width, uint16_t height, enum redir_rfb_format format);

/* Makes it a black screen of that size and format with nothing drawn. ERROR_PROTOCOL when that is
 * not possible. */
bool redir_screen_make(struct redir_screen *screen, uint16_t width, uint16_t height,
                       enum redir_rfb_format format, struct error *err);

/* Gives the memory back. */
void redir_screen_fini(struct redir_screen *screen);

/* Everything counts as not drawn from now on; the picture stays. */
void redir_screen_renew(struct redir_screen *screen);

/* Notes that a rectangle inside the screen, no larger than a tile, was drawn. */
void redir_screen_drawn(struct redir_screen *screen, const struct redir_rect *rect);

/* Whether each pixel was drawn since the screen was made or renewed. False without memory. */
bool redir_screen_complete(const struct redir_screen *screen);

/* Where a pixel is; inside the screen, which has memory. */
uint8_t *redir_screen_at(const struct redir_screen *screen, uint16_t x, uint16_t y);

/* Tiles in a row and rows of tiles. */
unsigned redir_screen_tile_columns(const struct redir_screen *screen);
unsigned redir_screen_tile_rows(const struct redir_screen *screen);

/* The tiles that a rectangle touches, first and last. */
struct redir_tiles {
    unsigned left, right; /* columns */
    unsigned top, bottom; /* rows */
};

struct redir_tiles redir_tiles_of(const struct redir_rect *rect);

/* Sets bits in the bytes of the tiles that a rectangle touches, of a screen of that width. */
void redir_tiles_mark(uint8_t *tiles, uint16_t width, const struct redir_rect *rect, uint8_t bits);

/* The tile of that column and row, cropped at the right and lower edges. */
struct redir_rect redir_screen_tile(const struct redir_screen *screen, unsigned column,
                                    unsigned row);

#endif
