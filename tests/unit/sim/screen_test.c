/* The picture: what lies over it, which tiles change, and how a tile is encoded. */
#include "sim/font.h"
#include "sim/rfb_tile.h"
#include "sim/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void take_all(struct sim_screen *screen)
{
    for (unsigned y = 0; y < screen->down; y++) {
        for (unsigned x = 0; x < screen->across; x++)
            (void)sim_screen_take(screen, x, y);
    }
    assert_int_equal(screen->changes, 0);
}

static uint8_t seen(const struct sim_screen *screen, unsigned x, unsigned y)
{
    uint8_t colour;
    sim_screen_tile(screen, x, y, 1, 1, &colour);
    return colour;
}

static void the_pointer_lies_over_the_picture(void **state)
{
    struct sim_screen *screen = sim_screen_new(200, 130);
    (void)state;
    sim_screen_fill(screen, 0, 0, 200, 130, SIM_BLUE);
    take_all(screen);
    sim_screen_point(screen, true, 100, 60);
    assert_int_equal(screen->changes, 2); /* it reaches over the edge of a tile */
    assert_int_equal(seen(screen, 100, 60), SIM_BLACK);
    assert_int_equal(seen(screen, 101, 62), SIM_WHITE);
    assert_int_equal(seen(screen, 103, 60), SIM_BLUE);
    take_all(screen);
    sim_screen_point(screen, true, 3, 3);
    assert_int_equal(screen->changes, 3);
    assert_int_equal(seen(screen, 100, 60), SIM_BLUE);
    sim_screen_point(screen, true, 199, 129); /* all but cut off */
    assert_int_equal(seen(screen, 199, 129), SIM_BLACK);
    sim_screen_free(screen);
}

static void the_consent_code_lies_over_everything(void **state)
{
    struct sim_screen *screen = sim_screen_new(640, 480);
    const uint8_t *seven = sim_font_rows('7');
    (void)state;
    sim_screen_point(screen, true, 320, 240);
    take_all(screen);
    sim_screen_consent(screen, true, 70007);
    assert_true(screen->changes > 0);
    /* 256 by 128 in the middle: frame of 8, then red, then digits four times as large */
    assert_int_equal(seen(screen, 192, 176), SIM_WHITE);
    assert_int_equal(seen(screen, 191, 176), SIM_BLACK);
    assert_int_equal(seen(screen, 204, 190), SIM_RED);
    for (unsigned y = 0; y < 64; y++) {
        for (unsigned x = 0; x < 32; x++) /* the second digit of 070007 */
            assert_int_equal(seen(screen, 192 + 32 + 32 + x, 176 + 32 + y),
                             (seven[y / 4] >> (7 - x / 4) & 1) != 0 ? SIM_WHITE : SIM_RED);
    }
    assert_int_not_equal(seen(screen, 320, 240), SIM_BLACK); /* nor does the pointer lie over it */
    take_all(screen);
    sim_screen_consent(screen, false, 0);
    assert_true(screen->changes > 0);
    assert_int_equal(seen(screen, 320, 240), SIM_BLACK);
    sim_screen_free(screen);
}

static void colours_become_pixels_of_each_format(void **state)
{
    (void)state;
    assert_int_equal(sim_rfb_pixel(SIM_RFB_RGB565, 0xFF8040), 0xFC08);
    assert_int_equal(sim_rfb_pixel(SIM_RFB_RGB332, 0xFF8040), 0xF1);
    assert_int_equal(sim_rfb_pixel(SIM_RFB_GREY8, 0xFFFFFF), 255);
    assert_int_equal(sim_rfb_pixel(SIM_RFB_GREY4, 0x808080), 8);
}

static void encodes(const uint16_t *pixels, size_t width, size_t height, size_t pixel_size,
                    const uint8_t *wanted, size_t wanted_size)
{
    uint8_t out[8193];
    size_t size = sim_rfb_put_zrle(pixels, width, height, pixel_size, out);
    assert_int_equal(size, wanted_size);
    assert_memory_equal(out, wanted, size);
}

#define ENCODES(pixels, width, height, pixel_size, ...)                       \
    do {                                                                      \
        static const uint8_t wanted_[] = {__VA_ARGS__};                       \
        encodes(pixels, width, height, pixel_size, wanted_, sizeof(wanted_)); \
    } while (false)

/* Vectors worked out by hand from RFC 6143, 7.7.6. */
static void each_kind_of_tile_is_encoded_as_the_rfc_has_it(void **state)
{
    uint16_t pixels[64 * 64];
    (void)state;
    for (unsigned i = 0; i < 64 * 64; i++)
        pixels[i] = 0x1234;
    ENCODES(pixels, 64, 64, 2, 1, 0x34, 0x12); /* solid */
    pixels[0] = 7;
    ENCODES(pixels, 64, 64, 1, 128, 7, 0, 0x34, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
            255, 255, 255, 255, 255, 255, 14); /* plain RLE: 4095 the same */
    for (unsigned i = 0; i < 128; i++)
        pixels[i] = i % 64 < 21 || (i >= 42 && i < 64) || i >= 107 ? 0x0102 : 0x0304;
    ENCODES(pixels, 64, 2, 2, 130, 2, 1, 4, 3, 0x80, 20, 0x81, 20, 0x80, 42, 0x81, 21, 0x80, 20);
    for (unsigned i = 0; i < 128; i++)
        pixels[i] = i / 20 % 2 == 0 ? 0x0102 : 0x0304; /* packed would be 21 bytes, plain 22 */
    ENCODES(pixels, 64, 2, 2, 130, 2, 1, 4, 3, 0x80, 19, 0x81, 19, 0x80, 19, 0x81, 19, 0x80, 19,
            0x81, 19, 0x80, 7);
    for (unsigned i = 0; i < 320; i++)
        pixels[i] = i < 256 ? 0x0102 : 0x0304; /* a run of just 256 */
    ENCODES(pixels, 64, 5, 2, 128, 2, 1, 255, 0, 4, 3, 63);
    const uint16_t two[] = {1, 2, 1, 1, 2, 2, 1, 2, 1, 2, 2, 1, 2, 1, 2, 1, 1, 2};
    ENCODES(two, 9, 2, 1, 2, 1, 2, 0x4D, 0x00, 0xD4, 0x80); /* rows begin with a byte */
    const uint16_t three[] = {5, 6, 7, 5, 6, 7, 7, 6, 5, 5, 6, 7};
    ENCODES(three, 6, 2, 2, 3, 5, 0, 6, 0, 7, 0, 0x18, 0x60, 0x90, 0x60);
}

static void runs_of_many_colours_are_plain(void **state)
{
    uint16_t pixels[64 * 64];
    uint8_t out[8193];
    (void)state;
    for (unsigned i = 0; i < 64 * 64; i++)
        pixels[i] = (uint16_t)(i / 16 * 3); /* 256 colours, 16 times each */
    assert_int_equal(sim_rfb_put_zrle(pixels, 64, 64, 2, out), 1 + 256 * 3);
    assert_int_equal(out[0], 128);
    assert_memory_equal(out + 1, "\0\0\017\3\0\017", 6);
    for (unsigned i = 0; i < 64 * 64; i++)
        pixels[i] = (uint16_t)(i * 40503u);
    assert_int_equal(sim_rfb_put_zrle(pixels, 64, 64, 2, out), 1 + 8192);
    assert_int_equal(out[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pointer_lies_over_the_picture),
        cmocka_unit_test(the_consent_code_lies_over_everything),
        cmocka_unit_test(colours_become_pixels_of_each_format),
        cmocka_unit_test(each_kind_of_tile_is_encoded_as_the_rfc_has_it),
        cmocka_unit_test(runs_of_many_colours_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
