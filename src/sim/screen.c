#include "sim/screen.h"

#include "core/memory.h"
#include "sim/font.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTER_WIDTH  12
#define POINTER_HEIGHT 19
#define SPRITE_SCALE   4
#define SPRITE_DIGITS  6
#define SPRITE_WIDTH   (SPRITE_DIGITS * SIM_FONT_WIDTH * SPRITE_SCALE + 64)
#define SPRITE_HEIGHT  (SIM_FONT_HEIGHT * SPRITE_SCALE + 64)

/* ---- colours ---- */

uint32_t sim_screen_colour(uint8_t colour)
{
    static const uint32_t text[16] = {0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA,
                                      0xAA5500, 0xAAAAAA, 0x555555, 0x5555FF, 0x55FF55, 0x55FFFF,
                                      0xFF5555, 0xFF55FF, 0xFFFF55, 0xFFFFFF};
    if (colour < SIM_CUBE)
        return text[colour];
    if (colour >= SIM_GREYS)
        return (8u + (colour - (unsigned)SIM_GREYS) * 10) * 0x010101;
    unsigned at = colour - (unsigned)SIM_CUBE;
    return (at / 36 * 51) << 16 | (at / 6 % 6 * 51) << 8 | at % 6 * 51;
}

/* ---- life ---- */

static void dress(struct sim_screen *screen, uint16_t width, uint16_t height)
{
    free(screen->pixels);
    free(screen->changed);
    screen->width = width;
    screen->height = height;
    screen->across = (uint16_t)((width + SIM_TILE - 1) / SIM_TILE);
    screen->down = (uint16_t)((height + SIM_TILE - 1) / SIM_TILE);
    screen->changes = (size_t)screen->across * screen->down;
    screen->pixels = memory_new((size_t)width * height);
    screen->changed = memory_new(screen->changes);
    memset(screen->changed, 1, screen->changes);
}

struct sim_screen *sim_screen_new(uint16_t width, uint16_t height)
{
    struct sim_screen *screen = memory_new(sizeof(*screen));
    dress(screen, width, height);
    return screen;
}

void sim_screen_free(struct sim_screen *screen)
{
    if (screen == NULL)
        return;
    free(screen->pixels);
    free(screen->changed);
    free(screen);
}

void sim_screen_resize(struct sim_screen *screen, uint16_t width, uint16_t height)
{
    if (screen->width != width || screen->height != height)
        dress(screen, width, height);
}

/* ---- changes ---- */

static void touch_tile(struct sim_screen *screen, unsigned across, unsigned down)
{
    uint8_t *changed = &screen->changed[(size_t)down * screen->across + across];
    screen->changes += *changed == 0;
    *changed = 1;
}

void sim_screen_touch(struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                      unsigned height)
{
    if (width == 0 || height == 0 || x >= screen->width || y >= screen->height)
        return;
    unsigned right = width < screen->width - x ? x + width : screen->width;
    unsigned bottom = height < screen->height - y ? y + height : screen->height;
    for (unsigned down = y / SIM_TILE; down <= (bottom - 1) / SIM_TILE; down++) {
        for (unsigned across = x / SIM_TILE; across <= (right - 1) / SIM_TILE; across++)
            touch_tile(screen, across, down);
    }
}

bool sim_screen_take(struct sim_screen *screen, unsigned across, unsigned down)
{
    if (across >= screen->across || down >= screen->down)
        return false;
    uint8_t *changed = &screen->changed[(size_t)down * screen->across + across];
    bool was = *changed != 0;
    screen->changes -= was;
    *changed = 0;
    return was;
}

/* ---- drawing ---- */

void sim_screen_set(struct sim_screen *screen, unsigned x, unsigned y, uint8_t colour)
{
    if (x >= screen->width || y >= screen->height)
        return;
    uint8_t *pixel = &screen->pixels[(size_t)y * screen->width + x];
    if (*pixel == colour)
        return;
    *pixel = colour;
    touch_tile(screen, x / SIM_TILE, y / SIM_TILE);
}

/* Puts a run of pixels of one row inside the picture, and marks the tiles of those that differ. */
static void put_run(struct sim_screen *screen, unsigned x, unsigned y, const uint8_t *colours,
                    unsigned count)
{
    while (count > 0) {
        unsigned part = SIM_TILE - x % SIM_TILE < count ? SIM_TILE - x % SIM_TILE : count;
        uint8_t *pixels = &screen->pixels[(size_t)y * screen->width + x];
        if (memcmp(pixels, colours, part) != 0) {
            memcpy(pixels, colours, part);
            touch_tile(screen, x / SIM_TILE, y / SIM_TILE);
        }
        x += part;
        colours += part;
        count -= part;
    }
}

void sim_screen_fill(struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                     unsigned height, uint8_t colour)
{
    uint8_t colours[SIM_TILE];
    memset(colours, colour, sizeof(colours));
    unsigned right = x + width < screen->width ? x + width : screen->width;
    for (unsigned row = y; row < y + height && row < screen->height; row++) {
        for (unsigned at = x; at < right; at += SIM_TILE)
            put_run(screen, at, row, colours, right - at < SIM_TILE ? right - at : SIM_TILE);
    }
}

void sim_screen_glyph(struct sim_screen *screen, unsigned x, unsigned y, uint16_t code, uint8_t ink,
                      uint8_t paper, unsigned scale)
{
    const uint8_t *rows = sim_font_rows(code);
    uint8_t colours[SIM_FONT_WIDTH * SIM_SCREEN_SCALE];
    unsigned width = SIM_FONT_WIDTH * scale;
    if (scale > SIM_SCREEN_SCALE || x >= screen->width)
        return;
    if (width > screen->width - x)
        width = screen->width - x;
    for (unsigned row = 0; row < SIM_FONT_HEIGHT * scale && y + row < screen->height; row++) {
        for (unsigned column = 0; column < width; column++) {
            bool on = (rows[row / scale] >> (SIM_FONT_WIDTH - 1 - column / scale) & 1) != 0;
            colours[column] = on ? ink : paper;
        }
        put_run(screen, x, y + row, colours, width);
    }
}

/* ---- what lies over the picture ---- */

static const char pointer_shape[POINTER_HEIGHT][POINTER_WIDTH + 1] = {
    "#           ", "##          ", "#.#         ", "#..#        ", "#...#       ",
    "#....#      ", "#.....#     ", "#......#    ", "#.......#   ", "#........#  ",
    "#.........# ", "#......#####", "#...#..#    ", "#..# #..#   ", "#.#  #..#   ",
    "##    #..#  ", "#     #..#  ", "       ##   ", "            ",
};

void sim_screen_point(struct sim_screen *screen, bool shown, uint16_t x, uint16_t y)
{
    if (screen->pointer == shown && (!shown || (screen->x == x && screen->y == y)))
        return;
    if (screen->pointer)
        sim_screen_touch(screen, screen->x, screen->y, POINTER_WIDTH, POINTER_HEIGHT);
    screen->pointer = shown;
    screen->x = x;
    screen->y = y;
    if (shown)
        sim_screen_touch(screen, x, y, POINTER_WIDTH, POINTER_HEIGHT);
}

static unsigned sprite_left(const struct sim_screen *screen)
{
    return screen->width > SPRITE_WIDTH ? (screen->width - SPRITE_WIDTH) / 2u : 0;
}

static unsigned sprite_top(const struct sim_screen *screen)
{
    return screen->height > SPRITE_HEIGHT ? (screen->height - SPRITE_HEIGHT) / 2u : 0;
}

void sim_screen_consent(struct sim_screen *screen, bool shown, uint32_t code)
{
    if (screen->sprite == shown && screen->code == code)
        return;
    screen->sprite = shown;
    screen->code = code;
    snprintf(screen->digits, sizeof(screen->digits), "%06u", (unsigned)(code % 1000000));
    sim_screen_touch(screen, sprite_left(screen), sprite_top(screen), SPRITE_WIDTH, SPRITE_HEIGHT);
}

/* The sprite's colour at a place inside it: a white frame, then red, then the code in white. */
static uint8_t sprite_at(const char *digits, unsigned x, unsigned y)
{
    if (x < 8 || y < 8 || x >= SPRITE_WIDTH - 8 || y >= SPRITE_HEIGHT - 8)
        return SIM_WHITE;
    if (x < 32 || y < 32 || x >= SPRITE_WIDTH - 32 || y >= SPRITE_HEIGHT - 32)
        return SIM_RED;
    unsigned column = (x - 32) / SPRITE_SCALE, row = (y - 32) / SPRITE_SCALE;
    const uint8_t *rows = sim_font_rows((uint8_t)digits[column / SIM_FONT_WIDTH]);
    return (rows[row] >> (SIM_FONT_WIDTH - 1 - column % SIM_FONT_WIDTH) & 1) != 0 ? SIM_WHITE
                                                                                  : SIM_RED;
}

static void put_pointer(const struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                        unsigned height, uint8_t *colours)
{
    for (unsigned row = 0; row < POINTER_HEIGHT; row++) {
        for (unsigned column = 0; column < POINTER_WIDTH; column++) {
            unsigned at_x = screen->x + column, at_y = screen->y + row;
            char shape = pointer_shape[row][column];
            if (shape != ' ' && at_x >= x && at_x < x + width && at_y >= y && at_y < y + height)
                colours[(at_y - y) * width + at_x - x] = shape == '#' ? SIM_BLACK : SIM_WHITE;
        }
    }
}

/* One row of it, as it is seen under the sprite. */
static void put_sprite(const struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                       uint8_t *colours)
{
    unsigned left = sprite_left(screen), top = sprite_top(screen);
    if (y < top || y >= top + SPRITE_HEIGHT)
        return;
    for (unsigned column = 0; column < width; column++) {
        unsigned at = x + column;
        if (at >= left && at < left + SPRITE_WIDTH && at < screen->width)
            colours[column] = sprite_at(screen->digits, at - left, y - top);
    }
}

void sim_screen_tile(const struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                     unsigned height, uint8_t *colours)
{
    unsigned inside = x >= screen->width ? 0 : screen->width - x;
    memset(colours, SIM_BLACK, (size_t)width * height);
    if (inside > width)
        inside = width;
    for (unsigned row = 0; row < height && y + row < screen->height && inside > 0; row++) {
        memcpy(colours + row * width, &screen->pixels[(size_t)(y + row) * screen->width + x],
               inside);
        if (screen->sprite)
            put_sprite(screen, x, y + row, inside, colours + row * width);
    }
    if (screen->pointer && !screen->sprite)
        put_pointer(screen, x, y, width, height, colours);
}
