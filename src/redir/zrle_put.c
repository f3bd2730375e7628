#include "redir/zrle_put.h"

#include "redir/zrle.h"

#include <string.h>

#define PIXELS  (REDIR_TILE_EDGE * REDIR_TILE_EDGE)
#define COLOURS 127

/* A tile as indexes into its palette; `colours` 0 when it has more than the palette can name. */
struct palette {
    unsigned colours;
    unsigned runs; /* of more than one pixel */
    unsigned singles;
    uint16_t colour[COLOURS];
    uint8_t index[PIXELS];
};

/* The pixels of one format in another; remembers the last, since neighbours are mostly alike. */
struct converter {
    enum redir_rfb_format from;
    enum redir_rfb_format to;
    bool any;
    unsigned source;
    unsigned target;
};

static unsigned convert(struct converter *c, const uint8_t *at)
{
    unsigned pixel = redir_rfb_pixel(c->from, at);
    if (c->from == c->to)
        return pixel;
    if (!c->any || pixel != c->source) {
        c->any = true;
        c->source = pixel;
        c->target = redir_rfb_pixel_of(c->to, redir_rfb_colour(c->from, pixel));
    }
    return c->target;
}

size_t redir_raw_put(const struct redir_screen *screen, const struct redir_rect *rect,
                     enum redir_rfb_format format, uint8_t *to)
{
    struct converter c = {.from = screen->format, .to = format};
    unsigned bytes = redir_rfb_format_bytes(screen->format);
    uint8_t *out = to;
    for (unsigned y = 0; y < rect->height; y++) {
        const uint8_t *row = redir_screen_at(screen, rect->x, (uint16_t)(rect->y + y));
        if (screen->format == format) {
            memcpy(out, row, (size_t)rect->width * bytes);
            out += (size_t)rect->width * bytes;
            continue;
        }
        for (unsigned x = 0; x < rect->width; x++)
            out = redir_rfb_pixel_put(format, convert(&c, row + (size_t)x * bytes), out);
    }
    return (size_t)(out - to);
}

static bool find(struct palette *p, unsigned pixel, uint8_t *index)
{
    for (unsigned i = 0; i < p->colours; i++)
        if (p->colour[i] == pixel) {
            *index = (uint8_t)i;
            return true;
        }
    if (p->colours == COLOURS)
        return false;
    *index = (uint8_t)p->colours;
    p->colour[p->colours++] = (uint16_t)pixel;
    return true;
}

/* Finds the colours of raw pixels, and counts runs. False when there are too many. */
static bool make_palette(struct palette *p, enum redir_rfb_format format, const uint8_t *raw,
                         unsigned pixels)
{
    unsigned bytes = redir_rfb_format_bytes(format);
    unsigned run = 0;
    p->colours = p->runs = p->singles = 0;
    for (unsigned i = 0; i < pixels; i++) {
        unsigned pixel = redir_rfb_pixel(format, raw + (size_t)i * bytes);
        if (i > 0 && pixel == p->colour[p->index[i - 1]]) {
            p->index[i] = p->index[i - 1];
            if (run++ == 1) {
                p->runs++;
                p->singles--;
            }
            continue;
        }
        if (!find(p, pixel, &p->index[i]))
            return false;
        run = 1;
        p->singles++;
    }
    return true;
}

static unsigned packed_bits(unsigned colours)
{
    return colours == 2 ? 1 : colours <= 4 ? 2 : 4;
}

static uint8_t *put_colours(const struct palette *p, enum redir_rfb_format format, uint8_t *to)
{
    for (unsigned i = 0; i < p->colours; i++)
        to = redir_rfb_pixel_put(format, p->colour[i], to);
    return to;
}

static uint8_t *put_packed(const struct palette *p, const struct redir_rect *rect, uint8_t *to)
{
    unsigned bits = packed_bits(p->colours);
    for (unsigned y = 0; y < rect->height; y++) {
        unsigned at = 0;
        for (unsigned x = 0; x < rect->width; x++, at += bits) {
            if (at % 8 == 0)
                *to++ = 0;
            unsigned index = p->index[y * rect->width + x];
            to[-1] = (uint8_t)(to[-1] | index << (8 - bits - at % 8));
        }
    }
    return to;
}

static uint8_t *put_runs(const struct palette *p, unsigned pixels, uint8_t *to)
{
    for (unsigned i = 0; i < pixels;) {
        unsigned run = 1;
        while (i + run < pixels && p->index[i + run] == p->index[i])
            run++;
        if (run == 1) {
            *to++ = p->index[i];
        } else {
            unsigned rest = run - 1;
            *to++ = (uint8_t)(p->index[i] | 128);
            for (; rest >= 255; rest -= 255)
                *to++ = 255;
            *to++ = (uint8_t)rest;
        }
        i += run;
    }
    return to;
}

/* In place of the raw pixels behind the kind, which are in the palette now. */
static size_t put_palette(const struct palette *p, const struct redir_rect *rect,
                          enum redir_rfb_format format, size_t raw, uint8_t *to)
{
    unsigned pixels = (unsigned)rect->width * rect->height;
    size_t colours = (size_t)p->colours * redir_rfb_format_bytes(format);
    size_t runs = colours + p->singles + 2 * (size_t)p->runs + pixels / 255;
    size_t packed =
        p->colours > 16
            ? SIZE_MAX
            : colours + rect->height * ((size_t)rect->width * packed_bits(p->colours) + 7) / 8;
    if (p->colours == 1) {
        to[0] = 1;
        return (size_t)(put_colours(p, format, to + 1) - to);
    }
    if (packed <= runs && packed < raw) {
        to[0] = (uint8_t)p->colours;
        return (size_t)(put_packed(p, rect, put_colours(p, format, to + 1)) - to);
    }
    if (runs < raw) {
        to[0] = (uint8_t)(128 + p->colours);
        return (size_t)(put_runs(p, pixels, put_colours(p, format, to + 1)) - to);
    }
    return 0;
}

size_t redir_zrle_put(const struct redir_screen *screen, const struct redir_rect *rect,
                      enum redir_rfb_format format, uint8_t *to)
{
    struct palette palette;
    unsigned pixels = (unsigned)rect->width * rect->height;
    size_t raw = redir_raw_put(screen, rect, format, to + 1);
    to[0] = 0;
    if (!make_palette(&palette, format, to + 1, pixels))
        return 1 + raw;
    size_t size = put_palette(&palette, rect, format, raw, to);
    return size > 0 ? size : 1 + raw;
}
