/*
 * One tile of the screen as RFB carries it: pixel formats and the inside of a ZRLE rectangle as
 * firmware makes it (spec device-protocols 3.2, 3.3). Pure; any thread.
 */
#ifndef SIM_RFB_TILE_H
#define SIM_RFB_TILE_H

#include <stddef.h>
#include <stdint.h>

/* What firmware can send; any other format ends the session. */
enum sim_rfb_pixels {
    SIM_RFB_RGB565,
    SIM_RFB_RGB332,
    SIM_RFB_GREY8,
    SIM_RFB_GREY4, /* a byte for each pixel all the same */
};

/* Bytes of a pixel. */
size_t sim_rfb_pixel_size(enum sim_rfb_pixels pixels);

/* A colour 0xRRGGBB as the number of a pixel. */
uint16_t sim_rfb_pixel(enum sim_rfb_pixels pixels, uint32_t colour);

/* Pixels as they are, little-endian; returns the bytes. */
size_t sim_rfb_put_raw(const uint16_t *pixels, size_t count, size_t pixel_size, uint8_t *out);

/* Encodes `width` by `height` (at most 64 by 64) pixels in the shortest of the sub-encodings: solid
 * (1), packed palette (2 to 16), plain RLE (128), palette RLE (130 to 255), or raw (0) when nothing
 * is shorter. Returns the bytes, at most 1 + width * height * pixel_size. */
size_t sim_rfb_put_zrle(const uint16_t *pixels, size_t width, size_t height, size_t pixel_size,
                        uint8_t *out);

#endif
