#include "redir/image.h"

#include "core/memory.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

/* Text on a flat ground gets no smaller above this, only later. */
#define LEVEL 4

struct output {
    struct buffer *to;
    char why[96];
};

static void put(png_structp png, png_bytep bytes, png_size_t size)
{
    struct output *output = png_get_io_ptr(png);
    buffer_put(output->to, slice_of(bytes, size));
    if (!buffer_ok(output->to))
        png_error(png, "too large");
}

static void flush(png_structp png)
{
    (void)png;
}

static void fail(png_structp png, png_const_charp why)
{
    struct output *output = png_get_error_ptr(png);
    snprintf(output->why, sizeof output->why, "%s", why);
    png_longjmp(png, 1);
}

static void warn(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

static int kind_of(enum redir_rfb_format format)
{
    switch (format) {
    case REDIR_RFB_RGB565:
        return PNG_COLOR_TYPE_RGB;
    case REDIR_RFB_RGB332:
        return PNG_COLOR_TYPE_PALETTE;
    default:
        return PNG_COLOR_TYPE_GRAY;
    }
}

static void put_palette(png_structp png, png_infop info, enum redir_rfb_format format)
{
    png_color palette[256];
    for (unsigned i = 0; i < 256; i++) {
        struct redir_colour colour = redir_rfb_colour(format, i);
        palette[i] = (png_color){colour.red, colour.green, colour.blue};
    }
    png_set_PLTE(png, info, palette, 256);
}

static void put_row(png_structp png, const struct redir_screen *screen, uint16_t y, uint8_t *row)
{
    const uint8_t *from = redir_screen_at(screen, 0, y);
    unsigned bytes = redir_rfb_format_bytes(screen->format);
    uint8_t *to = row;
    for (unsigned x = 0; x < screen->width; x++) {
        unsigned pixel = redir_rfb_pixel(screen->format, from + (size_t)x * bytes);
        struct redir_colour colour;
        switch (screen->format) {
        case REDIR_RFB_RGB565:
            colour = redir_rfb_colour(screen->format, pixel);
            *to++ = colour.red;
            *to++ = colour.green;
            *to++ = colour.blue;
            break;
        case REDIR_RFB_RGB332:
            *to++ = (uint8_t)pixel;
            break;
        default:
            *to++ = redir_rfb_colour(screen->format, pixel).red;
        }
    }
    png_write_row(png, row);
}

/* What libpng leaves by a jump lands here and nowhere above: this frame holds nothing that changes
 * after setjmp. */
static bool write_all(png_structp png, png_infop info, const struct redir_screen *screen,
                      uint8_t *row, struct output *output)
{
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_set_write_fn(png, output, put, flush);
    png_set_compression_level(png, LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_IHDR(png, info, screen->width, screen->height, 8, kind_of(screen->format),
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (kind_of(screen->format) == PNG_COLOR_TYPE_PALETTE)
        put_palette(png, info, screen->format);
    png_write_info(png, info);
    for (unsigned y = 0; y < screen->height; y++)
        put_row(png, screen, (uint16_t)y, row);
    png_write_end(png, info);
    return true;
}

bool redir_image_png(const struct redir_screen *screen, struct buffer *to, struct error *err)
{
    struct output output = {.to = to};
    bool ok = false;
    uint8_t *row = memory_new((size_t)screen->width * 3);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &output, fail, warn);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL)
        error_set(err, ERROR_INTERNAL, "there is no memory for the picture");
    else if (write_all(png, info, screen, row, &output))
        ok = true;
    else
        error_set(err, buffer_ok(to) ? ERROR_INTERNAL : ERROR_TOO_LARGE,
                  "the picture cannot be written: %s", output.why);
    png_destroy_write_struct(&png, &info);
    free(row);
    return ok;
}
