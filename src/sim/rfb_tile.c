#include "sim/rfb_tile.h"

#define PALETTE_MOST 127 /* colours that palette RLE can name */
#define PACKED_MOST  16

size_t sim_rfb_pixel_size(enum sim_rfb_pixels pixels)
{
    return pixels == SIM_RFB_RGB565 ? 2 : 1;
}

uint16_t sim_rfb_pixel(enum sim_rfb_pixels pixels, uint32_t colour)
{
    unsigned red = colour >> 16 & 255, green = colour >> 8 & 255, blue = colour & 255;
    unsigned grey = (red * 299 + green * 587 + blue * 114) / 1000;
    switch (pixels) {
    case SIM_RFB_RGB565:
        return (uint16_t)((red >> 3) << 11 | (green >> 2) << 5 | blue >> 3);
    case SIM_RFB_RGB332:
        return (uint16_t)((red >> 5) << 5 | (green >> 5) << 2 | blue >> 6);
    case SIM_RFB_GREY8:
        return (uint16_t)grey;
    default:
        return (uint16_t)(grey >> 4);
    }
}

static size_t put_pixel(uint16_t pixel, size_t pixel_size, uint8_t *out)
{
    out[0] = (uint8_t)pixel;
    if (pixel_size == 2)
        out[1] = (uint8_t)(pixel >> 8);
    return pixel_size;
}

size_t sim_rfb_put_raw(const uint16_t *pixels, size_t count, size_t pixel_size, uint8_t *out)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += put_pixel(pixels[i], pixel_size, out + size);
    return size;
}

/* What the sub-encodings would come to. */
struct survey {
    uint16_t palette[PALETTE_MOST];
    size_t colours; /* PALETTE_MOST + 1: more than can be named */
    size_t plain;   /* bytes of plain RLE, without the first one */
    size_t named;   /* bytes of the runs of palette RLE */
};

static size_t find(const struct survey *survey, uint16_t pixel)
{
    size_t at = 0;
    while (at < survey->colours && survey->palette[at] != pixel)
        at++;
    return at;
}

static size_t run_at(const uint16_t *pixels, size_t count, size_t at)
{
    size_t run = 1;
    while (at + run < count && pixels[at + run] == pixels[at])
        run++;
    return run;
}

static void look(struct survey *survey, const uint16_t *pixels, size_t count, size_t pixel_size)
{
    survey->colours = survey->plain = survey->named = 0;
    for (size_t at = 0, run; at < count; at += run) {
        run = run_at(pixels, count, at);
        size_t length = (run - 1) / 255 + 1;
        survey->plain += pixel_size + length;
        survey->named += run == 1 ? 1 : 1 + length;
        if (survey->colours > PALETTE_MOST || find(survey, pixels[at]) < survey->colours)
            continue;
        if (survey->colours < PALETTE_MOST)
            survey->palette[survey->colours] = pixels[at];
        survey->colours++;
    }
}

static size_t put_run(size_t run, uint8_t *out)
{
    size_t size = 0;
    for (run--; run >= 255; run -= 255)
        out[size++] = 255;
    out[size++] = (uint8_t)run;
    return size;
}

static size_t put_palette(const struct survey *survey, unsigned first, size_t pixel_size,
                          uint8_t *out)
{
    out[0] = (uint8_t)first;
    return 1 + sim_rfb_put_raw(survey->palette, survey->colours, pixel_size, out + 1);
}

static size_t put_plain(const uint16_t *pixels, size_t count, size_t pixel_size, uint8_t *out)
{
    size_t size = 1;
    out[0] = 128;
    for (size_t at = 0, run; at < count; at += run) {
        run = run_at(pixels, count, at);
        size += put_pixel(pixels[at], pixel_size, out + size);
        size += put_run(run, out + size);
    }
    return size;
}

static size_t put_named(const struct survey *survey, const uint16_t *pixels, size_t count,
                        size_t pixel_size, uint8_t *out)
{
    size_t size = put_palette(survey, 128 + (unsigned)survey->colours, pixel_size, out);
    for (size_t at = 0, run; at < count; at += run) {
        run = run_at(pixels, count, at);
        size_t index = find(survey, pixels[at]);
        out[size++] = (uint8_t)(run == 1 ? index : index | 128);
        if (run > 1)
            size += put_run(run, out + size);
    }
    return size;
}

static unsigned packed_bits(size_t colours)
{
    return colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
}

/* Each row begins with a byte of its own. */
static size_t put_packed(const struct survey *survey, const uint16_t *pixels, size_t width,
                         size_t height, size_t pixel_size, uint8_t *out)
{
    size_t size = put_palette(survey, (unsigned)survey->colours, pixel_size, out);
    unsigned bits = packed_bits(survey->colours);
    for (size_t y = 0; y < height; y++) {
        unsigned held = 0, free_bits = 8;
        for (size_t x = 0; x < width; x++) {
            free_bits -= bits;
            held |= (unsigned)find(survey, pixels[y * width + x]) << free_bits;
            if (free_bits == 0 || x + 1 == width) {
                out[size++] = (uint8_t)held;
                held = 0;
                free_bits = 8;
            }
        }
    }
    return size;
}

size_t sim_rfb_put_zrle(const uint16_t *pixels, size_t width, size_t height, size_t pixel_size,
                        uint8_t *out)
{
    struct survey survey;
    size_t count = width * height, never = SIZE_MAX;
    look(&survey, pixels, count, pixel_size);
    if (survey.colours == 1) {
        out[0] = 1;
        return 1 + put_pixel(pixels[0], pixel_size, out + 1);
    }
    size_t names = survey.colours * pixel_size;
    size_t packed = survey.colours > PACKED_MOST
                        ? never
                        : names + height * ((width * packed_bits(survey.colours) + 7) / 8);
    size_t named = survey.colours > PALETTE_MOST ? never : names + survey.named;
    size_t raw = count * pixel_size;
    if (packed <= named && packed <= survey.plain && packed < raw)
        return put_packed(&survey, pixels, width, height, pixel_size, out);
    if (named <= survey.plain && named < raw)
        return put_named(&survey, pixels, count, pixel_size, out);
    if (survey.plain < raw)
        return put_plain(pixels, count, pixel_size, out);
    out[0] = 0;
    return 1 + sim_rfb_put_raw(pixels, count, pixel_size, out + 1);
}
