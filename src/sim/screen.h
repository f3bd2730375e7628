/*
 * The picture that the simulated machine's display adapter shows: pixels of 256 fixed colours,
 * which tiles of it have changed, and what lies over them without being part of them: the mouse
 * pointer and the consent code (spec device-protocols 6.5). It exists while somebody looks
 * (host.h): a machine that nobody watches has none. Pure; one owner, no locking.
 *
 * Life cycle: new → drawing, sim_screen_tile, sim_screen_take … → free.
 */
#ifndef SIM_SCREEN_H
#define SIM_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_TILE          64 /* pixels of a tile's side (spec device-protocols 3.3) */
#define SIM_SCREEN_WIDTH  8192
#define SIM_SCREEN_HEIGHT 4320
#define SIM_SCREEN_SCALE  8 /* of a glyph, at most */

/* Colours 0 to 15 are those of a VGA text screen, 16 to 231 a cube of 6 by 6 by 6, 232 to 255 a
 * row of greys. */
enum sim_colour {
    SIM_BLACK = 0,
    SIM_BLUE = 1,
    SIM_GREEN = 2,
    SIM_CYAN = 3,
    SIM_RED = 4,
    SIM_MAGENTA = 5,
    SIM_BROWN = 6,
    SIM_GREY = 7,
    SIM_WHITE = 15,
    SIM_CUBE = 16,
    SIM_GREYS = 232,
};

struct sim_screen {
    uint16_t width, height;
    uint16_t across, down; /* tiles */
    uint8_t *pixels;
    uint8_t *changed; /* by tile: 1 when it has changed since sim_screen_take */
    size_t changes;   /* how many those are */
    bool pointer;     /* the mouse is shown … */
    uint16_t x, y;    /* … there */
    bool sprite;      /* the consent code is shown */
    uint32_t code;
    char digits[16]; /* of the code that is shown */
};

/* Black, and all of it changed. At most SIM_SCREEN_WIDTH by SIM_SCREEN_HEIGHT. */
struct sim_screen *sim_screen_new(uint16_t width, uint16_t height);

/* NULL is allowed. */
void sim_screen_free(struct sim_screen *screen);

/* Another mode of the display: black again, unless it is the mode that is on. */
void sim_screen_resize(struct sim_screen *screen, uint16_t width, uint16_t height);

/* The colour as 0xRRGGBB. */
uint32_t sim_screen_colour(uint8_t colour);

/* Drawing; what is outside is cut off, and only what comes out different counts as a change. */
void sim_screen_fill(struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                     unsigned height, uint8_t colour);
void sim_screen_set(struct sim_screen *screen, unsigned x, unsigned y, uint8_t colour);

/* A character of the font, each of its pixels `scale` (1 to SIM_SCREEN_SCALE)
 * wide and high. */
void sim_screen_glyph(struct sim_screen *screen, unsigned x, unsigned y, uint16_t code, uint8_t ink,
                      uint8_t paper, unsigned scale);

/* Moves the mouse pointer, or hides it. */
void sim_screen_point(struct sim_screen *screen, bool shown, uint16_t x, uint16_t y);

/* Shows the consent code over everything, or no longer. */
void sim_screen_consent(struct sim_screen *screen, bool shown, uint32_t code);

/* The colours of a part of at most SIM_TILE by SIM_TILE as they are seen, row by row. What is
 * outside is black. */
void sim_screen_tile(const struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                     unsigned height, uint8_t *colours);

/* Marks tiles as changed, and clears the mark of one and says whether it had it. */
void sim_screen_touch(struct sim_screen *screen, unsigned x, unsigned y, unsigned width,
                      unsigned height);
bool sim_screen_take(struct sim_screen *screen, unsigned across, unsigned down);

#endif
