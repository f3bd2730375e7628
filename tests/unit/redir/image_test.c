#include "redir/image.h"

#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Read back by libpng as 24-bit colours. */
static uint8_t *read_back(struct slice file, unsigned width, unsigned height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_int_equal(png_image_begin_read_from_memory(&image, file.data, file.size), 1);
    image.format = PNG_FORMAT_RGB;
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_int_equal(png_image_finish_read(&image, NULL, pixels, 0, NULL), 1);
    return pixels;
}

static void each_format_is_read_back_in_its_colours(void **state)
{
    (void)state;
    static const struct {
        enum redir_rfb_format format;
        uint8_t wire[4]; /* two pixels */
        uint8_t rgb[6];
    } cases[] = {
        {REDIR_RFB_RGB565, {0x00, 0xf8, 0x1f, 0x00}, {255, 0, 0, 0, 0, 255}},
        {REDIR_RFB_RGB332, {0xe0, 0x49}, {255, 0, 0, 73, 73, 85}},
        {REDIR_RFB_GREY8, {0x00, 0x7b}, {0, 0, 0, 123, 123, 123}},
        {REDIR_RFB_GREY4, {0x0f, 0x01}, {255, 255, 255, 17, 17, 17}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct redir_screen screen = {0};
        struct buffer png;
        struct error err = {0};
        buffer_init(&png, 1 << 20);
        assert_true(redir_screen_make(&screen, 2, 1, cases[i].format, &err));
        memcpy(screen.pixels, cases[i].wire, screen.stride);
        if (!redir_image_png(&screen, &png, &err))
            fail_msg("%s", err.text);
        uint8_t *pixels = read_back(buffer_slice(&png), 2, 1);
        assert_memory_equal(pixels, cases[i].rgb, 6);
        free(pixels);
        buffer_fini(&png);
        redir_screen_fini(&screen);
    }
}

static void rows_follow_each_other(void **state)
{
    (void)state;
    struct redir_screen screen = {0};
    struct buffer png;
    buffer_init(&png, 1 << 24);
    assert_true(redir_screen_make(&screen, 800, 600, REDIR_RFB_GREY8, NULL));
    for (unsigned i = 0; i < 800 * 600; i++)
        screen.pixels[i] = (uint8_t)(i * 31 >> 4);
    assert_true(redir_image_png(&screen, &png, NULL));
    uint8_t *pixels = read_back(buffer_slice(&png), 800, 600);
    for (unsigned i = 0; i < 800 * 600; i++)
        assert_int_equal(pixels[3 * i], (uint8_t)(i * 31 >> 4));
    free(pixels);
    buffer_fini(&png);
    redir_screen_fini(&screen);
}

static void a_file_past_the_bound_is_refused(void **state)
{
    (void)state;
    struct redir_screen screen = {0};
    struct buffer png;
    struct error err = {0};
    buffer_init(&png, 60);
    assert_true(redir_screen_make(&screen, 64, 64, REDIR_RFB_RGB565, NULL));
    assert_false(redir_image_png(&screen, &png, &err));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
    buffer_fini(&png);
    redir_screen_fini(&screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_is_read_back_in_its_colours),
        cmocka_unit_test(rows_follow_each_other),
        cmocka_unit_test(a_file_past_the_bound_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
