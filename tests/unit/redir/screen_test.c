#include "redir/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void draw(struct redir_screen *screen, uint16_t x, uint16_t y, uint16_t width,
                 uint16_t height)
{
    struct redir_rect rect = {x, y, width, height};
    redir_screen_drawn(screen, &rect);
}

static void sizes_are_bounded_by_format(void **state)
{
    (void)state;
    assert_true(redir_screen_possible(1920, 1080, REDIR_RFB_RGB565));
    /* Two bytes a pixel: 9,216,000 bytes are 2560 × 1800, and no pixel more. */
    assert_true(redir_screen_possible(2560, 1800, REDIR_RFB_RGB565));
    assert_false(redir_screen_possible(2561, 1800, REDIR_RFB_RGB565));
    assert_false(redir_screen_possible(3840, 2400, REDIR_RFB_RGB565));
    assert_true(redir_screen_possible(3840, 2400, REDIR_RFB_RGB332));
    assert_true(redir_screen_possible(8192, 4320, REDIR_RFB_GREY4));
    assert_false(redir_screen_possible(8192, 4321, REDIR_RFB_GREY8));
    assert_false(redir_screen_possible(8193, 1, REDIR_RFB_GREY8));
    assert_false(redir_screen_possible(1, 8193, REDIR_RFB_GREY8));
    assert_false(redir_screen_possible(65535, 65535, REDIR_RFB_GREY8));
    assert_false(redir_screen_possible(0, 600, REDIR_RFB_GREY8));
}

static void it_is_complete_when_every_tile_is(void **state)
{
    (void)state;
    struct redir_screen screen = {0};
    assert_false(redir_screen_complete(&screen));
    assert_true(redir_screen_make(&screen, 100, 70, REDIR_RFB_RGB565, NULL));
    assert_int_equal(redir_screen_tile_columns(&screen), 2);
    assert_int_equal(redir_screen_tile_rows(&screen), 2);
    draw(&screen, 0, 0, 64, 64);
    draw(&screen, 64, 0, 36, 64);
    draw(&screen, 0, 64, 64, 6);
    draw(&screen, 0, 64, 64, 6); /* again */
    assert_false(redir_screen_complete(&screen));
    draw(&screen, 64, 64, 36, 5);
    assert_false(redir_screen_complete(&screen));
    draw(&screen, 64, 69, 36, 1);
    assert_true(redir_screen_complete(&screen));
    redir_screen_renew(&screen);
    assert_false(redir_screen_complete(&screen));
    redir_screen_fini(&screen);
}

static void rectangles_across_tiles_count_for_each(void **state)
{
    (void)state;
    struct redir_screen screen = {0};
    assert_true(redir_screen_make(&screen, 128, 128, REDIR_RFB_GREY8, NULL));
    for (uint16_t y = 0; y < 128; y = (uint16_t)(y + 32))
        for (uint16_t x = 0; x < 96; x = (uint16_t)(x + 48))
            draw(&screen, x, y, 48, 32);
    assert_false(redir_screen_complete(&screen));
    draw(&screen, 96, 0, 32, 64);
    draw(&screen, 96, 64, 32, 64);
    assert_true(redir_screen_complete(&screen));
    redir_screen_fini(&screen);
}

static void a_screen_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct redir_screen screen = {0};
    struct error err = {0};
    assert_false(redir_screen_make(&screen, 3840, 2400, REDIR_RFB_RGB565, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    assert_null(screen.pixels);
}

static void a_rectangle_marks_the_tiles_that_it_touches(void **state)
{
    static const struct {
        struct redir_rect rect;
        const char *marked; /* of two rows of three tiles: 130 × 70 pixels */
    } cases[] = {
        {{0, 0, 1, 1}, "100000"},    {{63, 63, 1, 1}, "100000"}, {{64, 0, 64, 64}, "010000"},
        {{63, 0, 2, 1}, "110000"},   {{0, 63, 1, 2}, "100100"},  {{128, 64, 2, 6}, "000001"},
        {{63, 63, 66, 2}, "111111"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t tiles[7] = "000000";
        redir_tiles_mark(tiles, 130, &cases[i].rect, 1);
        assert_string_equal((const char *)tiles, cases[i].marked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_bounded_by_format),
        cmocka_unit_test(it_is_complete_when_every_tile_is),
        cmocka_unit_test(rectangles_across_tiles_count_for_each),
        cmocka_unit_test(a_rectangle_marks_the_tiles_that_it_touches),
        cmocka_unit_test(a_screen_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
