#include "redir/screen.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define EDGE REDIR_TILE_EDGE

static unsigned tiles_of(unsigned pixels)
{
    return (pixels + EDGE - 1) / EDGE;
}

unsigned redir_screen_tile_columns(const struct redir_screen *screen)
{
    return tiles_of(screen->width);
}

unsigned redir_screen_tile_rows(const struct redir_screen *screen)
{
    return tiles_of(screen->height);
}

struct redir_tiles redir_tiles_of(const struct redir_rect *rect)
{
    return (struct redir_tiles){
        .left = rect->x / EDGE,
        .right = (rect->x + rect->width - 1u) / EDGE,
        .top = rect->y / EDGE,
        .bottom = (rect->y + rect->height - 1u) / EDGE,
    };
}

void redir_tiles_mark(uint8_t *tiles, uint16_t width, const struct redir_rect *rect, uint8_t bits)
{
    struct redir_tiles touched = redir_tiles_of(rect);
    unsigned columns = tiles_of(width);
    for (unsigned row = touched.top; row <= touched.bottom; row++)
        for (unsigned column = touched.left; column <= touched.right; column++)
            tiles[row * columns + column] |= bits;
}

static uint16_t cropped(unsigned tile, unsigned pixels)
{
    unsigned left = pixels - tile * EDGE;
    return (uint16_t)(left < EDGE ? left : EDGE);
}

struct redir_rect redir_screen_tile(const struct redir_screen *screen, unsigned column,
                                    unsigned row)
{
    return (struct redir_rect){.x = (uint16_t)(column * EDGE),
                               .y = (uint16_t)(row * EDGE),
                               .width = cropped(column, screen->width),
                               .height = cropped(row, screen->height)};
}

bool redir_screen_possible(uint16_t width, uint16_t height, enum redir_rfb_format format)
{
    uint32_t area = (uint32_t)width * height;
    if (area == 0 || width > REDIR_SCREEN_EDGE_MAX || height > REDIR_SCREEN_EDGE_MAX)
        return false;
    return redir_rfb_format_bytes(format) == 2 ? area <= REDIR_SCREEN_DEEP_MAX / 2
                                               : area <= REDIR_SCREEN_AREA_MAX;
}

bool redir_screen_make(struct redir_screen *screen, uint16_t width, uint16_t height,
                       enum redir_rfb_format format, struct error *err)
{
    if (!redir_screen_possible(width, height, format))
        return error_set(err, ERROR_PROTOCOL, "a screen of %u × %u pixels in %s is not possible",
                         width, height, redir_rfb_format_name(format));
    redir_screen_fini(screen);
    screen->format = format;
    screen->width = width;
    screen->height = height;
    screen->stride = (size_t)width * redir_rfb_format_bytes(format);
    screen->pixels = memory_new(screen->stride * height);
    screen->missing = memory_new(sizeof *screen->missing * redir_screen_tile_columns(screen) *
                                 redir_screen_tile_rows(screen));
    redir_screen_renew(screen);
    return true;
}

void redir_screen_fini(struct redir_screen *screen)
{
    free(screen->pixels);
    free(screen->missing);
    memset(screen, 0, sizeof *screen);
}

void redir_screen_renew(struct redir_screen *screen)
{
    if (screen->pixels == NULL)
        return;
    unsigned columns = redir_screen_tile_columns(screen);
    unsigned rows = redir_screen_tile_rows(screen);
    for (unsigned row = 0; row < rows; row++)
        for (unsigned column = 0; column < columns; column++) {
            struct redir_rect tile = redir_screen_tile(screen, column, row);
            screen->missing[row * columns + column] = (uint16_t)(tile.width * tile.height);
        }
    screen->unfinished = columns * rows;
}

/* How many of `size` pixels from `start` on lie within a tile. */
static unsigned overlap(unsigned start, unsigned size, unsigned tile)
{
    unsigned from = start > tile * EDGE ? start : tile * EDGE;
    unsigned to = start + size < (tile + 1) * EDGE ? start + size : (tile + 1) * EDGE;
    return to - from;
}

void redir_screen_drawn(struct redir_screen *screen, const struct redir_rect *rect)
{
    unsigned columns = redir_screen_tile_columns(screen);
    struct redir_tiles touched = redir_tiles_of(rect);
    for (unsigned row = touched.top; row <= touched.bottom; row++)
        for (unsigned column = touched.left; column <= touched.right; column++) {
            uint16_t *missing = &screen->missing[row * columns + column];
            unsigned drawn =
                overlap(rect->y, rect->height, row) * overlap(rect->x, rect->width, column);
            if (*missing == 0)
                continue;
            *missing = (uint16_t)(*missing > drawn ? *missing - drawn : 0);
            screen->unfinished -= *missing == 0;
        }
}

bool redir_screen_complete(const struct redir_screen *screen)
{
    return screen->pixels != NULL && screen->unfinished == 0;
}

uint8_t *redir_screen_at(const struct redir_screen *screen, uint16_t x, uint16_t y)
{
    return screen->pixels + y * screen->stride + x * (size_t)redir_rfb_format_bytes(screen->format);
}
