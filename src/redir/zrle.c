#include "redir/zrle.h"

#include "core/cursor.h"

#include <string.h>

/* What is being drawn, pixel after pixel, row after row. */
struct brush {
    struct cursor in;
    uint8_t *row;
    size_t stride;
    unsigned width;
    unsigned bytes;
    unsigned x;    /* within the row */
    unsigned left; /* pixels of the tile */
};

struct pixel {
    uint8_t byte[2];
};

size_t redir_zrle_limit(unsigned pixels, unsigned bytes)
{
    /* A run of one pixel costs a byte besides its pixel, or besides its index into the palette. */
    size_t runs = 1 + (size_t)pixels * (bytes + 1);
    size_t palette = 1 + 127 * (size_t)bytes + 2 * (size_t)pixels;
    return runs > palette ? runs : palette;
}

static struct pixel take_pixel(struct brush *b)
{
    struct pixel p = {{0, 0}};
    p.byte[0] = cursor_u8(&b->in);
    if (b->bytes == 2)
        p.byte[1] = cursor_u8(&b->in);
    return p;
}

static void paint_span(const struct brush *b, struct pixel p, unsigned count)
{
    uint8_t *at = b->row + (size_t)b->x * b->bytes;
    if (b->bytes == 1) {
        memset(at, p.byte[0], count);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        memcpy(at + (size_t)i * 2, p.byte, 2);
}

/* Paints `count` pixels of one colour, at most what is left. */
static void paint(struct brush *b, struct pixel p, unsigned count)
{
    b->left -= count;
    while (count > 0) {
        unsigned span = b->width - b->x < count ? b->width - b->x : count;
        paint_span(b, p, span);
        count -= span;
        b->x += span;
        if (b->x == b->width) {
            b->x = 0;
            b->row += b->stride;
        }
    }
}

static bool draw_raw(struct brush *b)
{
    size_t size = (size_t)b->width * b->bytes;
    for (; b->left > 0; b->left -= b->width, b->row += b->stride) {
        struct slice row = cursor_bytes(&b->in, size);
        if (!cursor_ok(&b->in))
            return false;
        memcpy(b->row, row.data, size);
    }
    return true;
}

/* Bytes of 255 and a last one that is less, added up, plus one. False past what is left. */
static bool take_run(struct brush *b, unsigned *length)
{
    unsigned run = 1;
    uint8_t more;
    do {
        more = cursor_u8(&b->in);
        run += more;
        if (!cursor_ok(&b->in) || run > b->left)
            return false;
    } while (more == 255);
    *length = run;
    return true;
}

static bool draw_runs(struct brush *b)
{
    while (b->left > 0) {
        struct pixel p = take_pixel(b);
        unsigned run;
        if (!take_run(b, &run))
            return false;
        paint(b, p, run);
    }
    return true;
}

static bool draw_palette_runs(struct brush *b, const struct pixel *palette, unsigned colours)
{
    while (b->left > 0) {
        uint8_t index = cursor_u8(&b->in);
        unsigned run = 1;
        if (!cursor_ok(&b->in) || (index & 127) >= colours || (index >= 128 && !take_run(b, &run)))
            return false;
        paint(b, palette[index & 127], run);
    }
    return true;
}

/* Indexes of 1, 2 or 4 bits, the first in the highest; each row begins with a byte of its own. */
static bool draw_packed(struct brush *b, const struct pixel *palette, unsigned colours)
{
    unsigned bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
    unsigned mask = (1u << bits) - 1;
    size_t size = ((size_t)b->width * bits + 7) / 8;
    while (b->left > 0) {
        struct slice row = cursor_bytes(&b->in, size);
        if (!cursor_ok(&b->in))
            return false;
        for (unsigned x = 0, width = b->width; x < width; x++) {
            unsigned at = x * bits;
            unsigned index = (unsigned)row.data[at / 8] >> (8 - bits - at % 8) & mask;
            if (index >= colours)
                return false;
            paint(b, palette[index], 1);
        }
    }
    return true;
}

static bool draw(struct brush *b)
{
    struct pixel palette[127];
    uint8_t kind = cursor_u8(&b->in);
    unsigned colours = kind > 128 ? kind - 128u : kind;
    if (!cursor_ok(&b->in))
        return false;
    if (kind == 0)
        return draw_raw(b);
    if (kind == 128)
        return draw_runs(b);
    if ((kind > 16 && kind < 128) || kind == 129)
        return false;
    for (unsigned i = 0; i < colours; i++)
        palette[i] = take_pixel(b);
    if (!cursor_ok(&b->in))
        return false;
    if (kind == 1) {
        paint(b, palette[0], b->left);
        return true;
    }
    return kind <= 16 ? draw_packed(b, palette, colours) : draw_palette_runs(b, palette, colours);
}

bool redir_zrle_draw(struct slice payload, unsigned width, unsigned height, unsigned bytes,
                     uint8_t *to, size_t stride, struct error *err)
{
    struct brush b = {.in = cursor_of(payload),
                      .row = to,
                      .stride = stride,
                      .width = width,
                      .bytes = bytes,
                      .left = width * height};
    if (!draw(&b))
        return error_set(err, ERROR_PROTOCOL, "a tile of the screen is broken (kind %u, %zu bytes)",
                         payload.size > 0 ? payload.data[0] : 0, payload.size);
    if (b.in.left > 0)
        return error_set(err, ERROR_PROTOCOL, "a tile of the screen has %zu bytes too many",
                         b.in.left);
    return true;
}
