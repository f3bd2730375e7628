/*
 * The bitmap font of the simulated machine's screen: 8 by 16 pixels, made at build time from a
 * console font that is in the public domain (tools/generate_font.py). Constant data; any thread.
 */
#ifndef SIM_FONT_H
#define SIM_FONT_H

#include <stddef.h>
#include <stdint.h>

#define SIM_FONT_WIDTH  8
#define SIM_FONT_HEIGHT 16

struct sim_glyph {
    uint16_t code;                 /* of the character, in Unicode */
    uint8_t rows[SIM_FONT_HEIGHT]; /* from the top; the highest bit is on the left */
};

/* Sorted by code; generated. */
extern const struct sim_glyph sim_font_glyphs[];
extern const size_t sim_font_count;

/* The rows of a character; those of a question mark when the font lacks it. */
const uint8_t *sim_font_rows(uint16_t code);

#endif
