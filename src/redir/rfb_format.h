/*
 * The pixel formats of a device's screen (spec device-protocols 3.2): four that firmware knows, all
 * of one or two bytes, two-byte pixels little-endian. Asked for another one, 32 bits for instance,
 * firmware drops the connection. Pure; any thread.
 */
#ifndef REDIR_RFB_FORMAT_H
#define REDIR_RFB_FORMAT_H

#include "core/buffer.h"

enum redir_rfb_format {
    REDIR_RFB_RGB565, /* what a session begins with */
    REDIR_RFB_RGB332,
    REDIR_RFB_GREY8, /* 0 … 255, where the device says GrayscalePixelFormatSupported */
    REDIR_RFB_GREY4  /* 0 … 15 in a byte */
};

#define REDIR_RFB_FORMATS 4

/* Size of PIXEL_FORMAT on the wire (RFC 6143 7.4). */
#define REDIR_RFB_FORMAT_SIZE 16

struct redir_colour {
    uint8_t red;
    uint8_t green;
    uint8_t blue;
};

/* "rgb565", "rgb332", "grey8", "grey4". */
const char *redir_rfb_format_name(enum redir_rfb_format format);

/* Bytes of a pixel, which in these formats are the bytes of ZRLE's CPIXEL as well: 1 or 2. */
unsigned redir_rfb_format_bytes(enum redir_rfb_format format);

/* Appends PIXEL_FORMAT. */
void redir_rfb_format_put(struct buffer *b, enum redir_rfb_format format);

/* Reads PIXEL_FORMAT, `wire` being its 16 bytes. False when it is none of the four; maximum and
 * shift of a colour that a grey format does not have are not looked at. */
bool redir_rfb_format_read(struct slice wire, enum redir_rfb_format *format);

/* The pixel at `at` as the device has it: 1 or 2 bytes. */
unsigned redir_rfb_pixel(enum redir_rfb_format format, const uint8_t *at);

/* What colour a pixel is, each part stretched over 0 … 255. Bits that the format does not have are
 * ignored. */
struct redir_colour redir_rfb_colour(enum redir_rfb_format format, unsigned pixel);

/* The pixel that comes closest to a colour. */
unsigned redir_rfb_pixel_of(enum redir_rfb_format format, struct redir_colour colour);

/* Writes a pixel; returns the position behind it. */
uint8_t *redir_rfb_pixel_put(enum redir_rfb_format format, unsigned pixel, uint8_t *to);

#endif
