#include "../apf/wire.h"

#include "redir/zrle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Tiles made by hand from RFC 6143 7.7.6, with pixels as firmware has them: one byte, or two in
 * little-endian order. Each is drawn into a canvas with a border that must stay as it is. */
#define STRIDE 300
#define ROWS   80
#define BORDER 0xcc

struct canvas {
    uint8_t pixels[ROWS * STRIDE];
};

static struct canvas *canvas;

static bool draw(unsigned width, unsigned height, unsigned bytes, const char *payload,
                 struct error *err)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, payload);
    memset(canvas, BORDER, sizeof *canvas);
    /* An own copy, so that a read past the end is seen. */
    uint8_t *copy = malloc(buffer_size(&b) + 1);
    assert_non_null(copy);
    if (buffer_size(&b) > 0)
        memcpy(copy, buffer_slice(&b).data, buffer_size(&b));
    bool drawn = redir_zrle_draw(slice_of(copy, buffer_size(&b)), width, height, bytes,
                                 canvas->pixels + STRIDE, STRIDE, err);
    free(copy);
    buffer_fini(&b);
    for (unsigned y = 0; y < ROWS; y++)
        for (unsigned x = 0; x < STRIDE; x++)
            if (y < 1 || y > height || x >= width * bytes)
                assert_int_equal(canvas->pixels[y * STRIDE + x], BORDER);
    return drawn;
}

/* `picture` is the rows one after the other. */
static void assert_drawn(unsigned width, unsigned height, unsigned bytes, const char *payload,
                         const char *picture)
{
    struct error err = {0};
    struct buffer rows;
    if (!draw(width, height, bytes, payload, &err))
        fail_msg("%s: %s", payload, err.text);
    buffer_init(&rows, WIRE_LIMIT);
    for (unsigned y = 0; y < height; y++)
        buffer_put(&rows, slice_of(canvas->pixels + (y + 1) * STRIDE, width * bytes));
    wire_assert(buffer_slice(&rows), picture);
    buffer_fini(&rows);
}

static void assert_refused(unsigned width, unsigned height, unsigned bytes, const char *payload)
{
    struct error err = {0};
    assert_false(draw(width, height, bytes, payload, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
}

static void a_solid_tile_is_one_colour(void **state)
{
    (void)state;
    assert_drawn(3, 2, 1, "01 e0", "e0*6");
    assert_drawn(2, 2, 2, "01 00f8", "00f8 00f8 00f8 00f8");
    /* The first tile of the recorded session: 64 × 64 pixels of colour 0. */
    assert_drawn(64, 64, 1, "01 00", "00*4096");
    assert_refused(2, 2, 2, "01 00");
    assert_refused(2, 2, 1, "01");
    assert_refused(2, 2, 1, "01 00 00");
}

static void a_raw_tile_has_its_pixels_in_order(void **state)
{
    (void)state;
    assert_drawn(3, 2, 1, "00 010203 040506", "010203040506");
    assert_drawn(2, 2, 2, "00 01020304 05060708", "0102030405060708");
    assert_refused(3, 2, 1, "00 0102030405");
    assert_refused(3, 2, 1, "00 01020304050607");
}

static void packed_palettes_have_rows_of_whole_bytes(void **state)
{
    (void)state;
    /* 2 colours: 1 bit each; 9 pixels take 2 bytes. */
    assert_drawn(9, 2, 1, "02 0a0b  5580 ff00", "0a0b0a0b0a0b0a0b0b 0b0b0b0b0b0b0b0b0a");
    /* 3 colours: 2 bits; 4 colours the same. */
    assert_drawn(5, 1, 1, "03 0a0b0c  18 80", "0a0b0c0a0c");
    assert_drawn(4, 1, 2, "04 0a00 0b00 0c00 0d00  1b", "0a00 0b00 0c00 0d00");
    /* 5 and 16 colours: 4 bits. */
    assert_drawn(3, 2, 1, "05 0a0b0c0d0e  0140 4320", "0a0b0e 0e0d0c");
    assert_drawn(2, 1, 1, "10 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 4f  f0", "4f00");
    assert_refused(5, 1, 1, "03 0a0b0c  1f 80");      /* index 3 of 3 */
    assert_refused(3, 1, 1, "05 0a0b0c0d0e  0150");   /* index 5 of 5 */
    assert_refused(9, 2, 1, "02 0a0b  5580 ff");      /* the last row is short */
    assert_refused(9, 2, 1, "02 0a0b  5580 ff00 00"); /* more than the rows */
    assert_refused(2, 1, 2, "04 0a00 0b00 0c00 0d");  /* the palette is short */
}

static void plain_runs_go_over_the_ends_of_rows(void **state)
{
    (void)state;
    assert_drawn(3, 2, 1, "80 0a 03 0b 00 0c 00", "0a0a0a 0a0b0c");
    assert_drawn(2, 2, 2, "80 0a01 02 0b02 00", "0a010a010a01 0b02");
    /* 255 and more: 1 + 255 + 255 + 1 = 512 pixels, then 3,584 = 1 + 14 × 255 + 13. */
    assert_drawn(64, 64, 1, "80 0a ffff01 0b ff*14 0d", "0a*512 0b*3584");
    /* 256 pixels are 255 and then nothing. */
    assert_drawn(64, 4, 1, "80 0a ff00", "0a*256");
    assert_refused(3, 2, 1, "80 0a 06");       /* a pixel too many */
    assert_refused(3, 2, 1, "80 0a 03 0b 00"); /* one too few */
    assert_refused(3, 2, 1, "80 0a ff");       /* the length has no end */
    assert_refused(3, 2, 1, "80 0a 05 0b 00"); /* goes on after the tile */
    assert_refused(3, 2, 2, "80 0a");
    assert_refused(64, 64, 1, "80 0a ff*12000 00");
}

static void palette_runs_have_single_pixels_too(void **state)
{
    (void)state;
    assert_drawn(3, 2, 1, "82 0a0b  00 81 03 00", "0a0b0b 0b0b0a");
    assert_drawn(2, 2, 2, "83 0a00 0b00 0c00  02 01 80 01", "0c00 0b00 0a00 0a00");
    assert_drawn(64, 64, 1, "82 0a0b  80 ffff01 81 ff*14 0d", "0a*512 0b*3584");
    /* 18 colours, as firmware is seen to send (0x92). */
    assert_drawn(2, 1, 1, "92 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 77  11 00",
                 "7700");
    /* A run of one pixel may be written as a run. */
    assert_drawn(1, 1, 1, "82 0a0b  81 00", "0b");
    assert_refused(3, 2, 1, "82 0a0b  02 81 04"); /* index 2 of 2 */
    assert_refused(3, 2, 1, "82 0a0b  82 05");
    assert_refused(3, 2, 1, "82 0a0b  81 06"); /* a pixel too many */
    assert_refused(3, 2, 1, "82 0a0b  81");    /* no length */
    assert_refused(3, 2, 1, "82 0a0b  81 04"); /* a pixel too few */
    assert_refused(3, 2, 1, "ff 0a0b");        /* the palette is short */
}

static void the_largest_palette_has_127_colours(void **state)
{
    (void)state;
    assert_drawn(2, 1, 1, "ff 01*126 55  7e 00", "5501");
    assert_refused(2, 1, 1, "ff 01*126 55  7f 00");
}

static void kinds_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    char payload[16];
    for (unsigned kind = 17; kind < 128; kind++) {
        snprintf(payload, sizeof payload, "%02x 00*200", kind);
        assert_refused(2, 2, 1, payload);
    }
    assert_refused(2, 2, 1, "81 0a 00*200");
    assert_refused(2, 2, 1, "");
}

static void no_tile_takes_more_than_its_limit(void **state)
{
    (void)state;
    assert_int_equal(redir_zrle_limit(64 * 64, 2), REDIR_ZRLE_LIMIT);
    assert_int_equal(redir_zrle_limit(64 * 64, 1), 1 + 127 + 2 * 4096);
    assert_int_equal(redir_zrle_limit(1, 2), 1 + 254 + 2);
}

static int make_canvas(void **state)
{
    (void)state;
    canvas = malloc(sizeof *canvas);
    return canvas == NULL;
}

static int free_canvas(void **state)
{
    (void)state;
    free(canvas);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solid_tile_is_one_colour),
        cmocka_unit_test(a_raw_tile_has_its_pixels_in_order),
        cmocka_unit_test(packed_palettes_have_rows_of_whole_bytes),
        cmocka_unit_test(plain_runs_go_over_the_ends_of_rows),
        cmocka_unit_test(palette_runs_have_single_pixels_too),
        cmocka_unit_test(the_largest_palette_has_127_colours),
        cmocka_unit_test(kinds_that_do_not_exist_are_refused),
        cmocka_unit_test(no_tile_takes_more_than_its_limit),
    };
    return cmocka_run_group_tests(tests, make_canvas, free_canvas);
}
