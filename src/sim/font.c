#include "sim/font.h"

const uint8_t *sim_font_rows(uint16_t code)
{
    size_t low = 0, high = sim_font_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sim_font_glyphs[middle].code == code)
            return sim_font_glyphs[middle].rows;
        if (sim_font_glyphs[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return sim_font_rows('?');
}
