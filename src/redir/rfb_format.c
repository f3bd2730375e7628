#include "redir/rfb_format.h"

#include "core/cursor.h"

struct format {
    const char *name;
    uint8_t bits;
    uint8_t depth;
    uint16_t max[3]; /* red, green, blue; grey has one part, which the device calls red */
    uint8_t shift[3];
    bool grey;
};

static const struct format formats[REDIR_RFB_FORMATS] = {
    [REDIR_RFB_RGB565] = {"rgb565", 16, 16, {31, 63, 31}, {11, 5, 0}, false},
    [REDIR_RFB_RGB332] = {"rgb332", 8, 8, {7, 7, 3}, {5, 2, 0}, false},
    [REDIR_RFB_GREY8] = {"grey8", 8, 8, {255, 0, 0}, {0, 0, 0}, true},
    [REDIR_RFB_GREY4] = {"grey4", 8, 4, {15, 0, 0}, {0, 0, 0}, true},
};

const char *redir_rfb_format_name(enum redir_rfb_format format)
{
    return formats[format].name;
}

unsigned redir_rfb_format_bytes(enum redir_rfb_format format)
{
    return formats[format].bits / 8;
}

void redir_rfb_format_put(struct buffer *b, enum redir_rfb_format format)
{
    const struct format *f = &formats[format];
    buffer_put_u8(b, f->bits);
    buffer_put_u8(b, f->depth);
    buffer_put_u8(b, 0); /* little-endian */
    buffer_put_u8(b, 1); /* colours, no colour map */
    for (unsigned part = 0; part < 3; part++)
        buffer_put_u16_be(b, f->max[part]);
    for (unsigned part = 0; part < 3; part++)
        buffer_put_u8(b, f->shift[part]);
    buffer_put(b, SLICE_LITERAL("\0\0\0"));
}

bool redir_rfb_format_read(struct slice wire, enum redir_rfb_format *format)
{
    struct cursor c = cursor_of(wire);
    uint8_t bits = cursor_u8(&c);
    uint8_t depth = cursor_u8(&c);
    uint8_t big_endian = cursor_u8(&c);
    uint8_t true_colour = cursor_u8(&c);
    uint16_t max[3];
    uint8_t shift[3];
    for (unsigned part = 0; part < 3; part++)
        max[part] = cursor_u16_be(&c);
    for (unsigned part = 0; part < 3; part++)
        shift[part] = cursor_u8(&c);
    cursor_bytes(&c, 3);
    if (!cursor_ok(&c) || true_colour == 0 || (bits == 16 && big_endian != 0))
        return false;
    for (unsigned i = 0; i < REDIR_RFB_FORMATS; i++) {
        const struct format *f = &formats[i];
        bool same = f->bits == bits && f->max[0] == max[0] && f->shift[0] == shift[0];
        for (unsigned part = 1; part < 3; part++)
            same = same && f->max[part] == max[part] && (f->grey || f->shift[part] == shift[part]);
        /* Sixteen bits are announced with depth 16; clients are sloppy about the others. */
        if (same && depth <= bits) {
            *format = (enum redir_rfb_format)i;
            return true;
        }
    }
    return false;
}

unsigned redir_rfb_pixel(enum redir_rfb_format format, const uint8_t *at)
{
    return redir_rfb_format_bytes(format) == 2 ? at[0] | (unsigned)at[1] << 8 : at[0];
}

struct redir_colour redir_rfb_colour(enum redir_rfb_format format, unsigned pixel)
{
    const struct format *f = &formats[format];
    uint8_t part[3];
    for (unsigned i = 0; i < 3; i++) {
        unsigned from = f->grey ? 0 : i;
        unsigned max = f->max[from];
        part[i] = (uint8_t)(((pixel >> f->shift[from] & max) * 255 + max / 2) / max);
    }
    return (struct redir_colour){part[0], part[1], part[2]};
}

unsigned redir_rfb_pixel_of(enum redir_rfb_format format, struct redir_colour colour)
{
    const struct format *f = &formats[format];
    const uint8_t part[3] = {colour.red, colour.green, colour.blue};
    if (f->grey) /* ITU-R BT.601 */
        return ((299u * part[0] + 587u * part[1] + 114u * part[2]) * f->max[0] + 127500) / 255000;
    unsigned pixel = 0;
    for (unsigned i = 0; i < 3; i++)
        pixel |= (part[i] * (unsigned)f->max[i] + 127) / 255 << f->shift[i];
    return pixel;
}

uint8_t *redir_rfb_pixel_put(enum redir_rfb_format format, unsigned pixel, uint8_t *to)
{
    *to++ = (uint8_t)pixel;
    if (redir_rfb_format_bytes(format) == 2)
        *to++ = (uint8_t)(pixel >> 8);
    return to;
}
