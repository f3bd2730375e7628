/* The text screen: what a VT100 would show, and the pixels of it. */
#include "sim/text.h"

#include "sim/font.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    struct sim_text *text = calloc(1, sizeof(*text));
    sim_text_init(text, 10, 4);
    *state = text;
    return 0;
}

static int tear_down(void **state)
{
    sim_text_fini(*state);
    free(*state);
    return 0;
}

static void write(struct sim_text *text, const char *bytes)
{
    sim_text_write(text, slice_of_string(bytes));
}

static void shows(const struct sim_text *text, unsigned row, const char *wanted)
{
    char line[16] = "";
    for (unsigned i = 0; i < text->columns; i++)
        line[i] = (char)text->cells[row * text->columns + i].code;
    assert_string_equal(line, wanted);
}

static void text_wraps_and_scrolls(void **state)
{
    struct sim_text *text = *state;
    write(text, "abcdefghijkl\r\nsecond\r\nthird\r\nlast");
    shows(text, 0, "kl        ");
    shows(text, 1, "second    ");
    shows(text, 3, "last      ");
    assert_int_equal(text->x, 4);
    write(text, "\b\b!\ta\tb");
    shows(text, 3, "la!t    ab");
}

static void the_cursor_goes_where_it_is_told(void **state)
{
    struct sim_text *text = *state;
    write(text, "\033[2;3Hxy\033[Az\033[1;1H\033[99;99H#\033[4;1Habc\033[2D_");
    shows(text, 0, "    z     ");
    shows(text, 1, "  xy      ");
    shows(text, 3, "a_c      #");
    write(text, "\033[4;2H\033[K");
    shows(text, 3, "a         ");
    write(text, "\033[2J\033[Hnew");
    shows(text, 0, "new       ");
    shows(text, 1, "          ");
}

static void colours_and_reverse_are_kept_with_a_character(void **state)
{
    struct sim_text *text = *state;
    write(text, "\033[1;31;44mA\033[0;7mB\033[mC");
    assert_int_equal(text->cells[0].ink, SIM_RED | 8);
    assert_int_equal(text->cells[0].paper, SIM_BLUE);
    assert_int_equal(text->cells[1].ink, SIM_BLACK);
    assert_int_equal(text->cells[1].paper, SIM_GREY);
    assert_int_equal(text->cells[2].ink, SIM_GREY);
}

static void characters_beyond_ascii_come_in_utf8(void **state)
{
    struct sim_text *text = *state;
    write(text, "\xE2\x94\x80\xC3\xA4\xF0\x9F\x98\x80|\xE2(");
    assert_int_equal(text->cells[0].code, 0x2500);
    assert_int_equal(text->cells[1].code, 0xE4);
    assert_int_equal(text->cells[2].code, '?');
    assert_int_equal(text->cells[3].code, '|');
    assert_int_equal(text->cells[4].code, '('); /* the one before it was cut short */
}

static void nonsense_leaves_a_screen(void **state)
{
    struct sim_text *text = *state;
    write(text, "\033[999999999999;;;;;;1;2H\033[?25l\033[38;5;9mA\033]x\033[\001B\xFF\x80");
    assert_false(text->cursor);
    assert_true(text->x <= text->columns && text->y < text->rows);
}

/* An "A" as the font has it: 8 by 16, its middle bar in row 9. */
static void a_glyph_is_drawn_pixel_by_pixel(void **state)
{
    static const char *const rows[] = {"........", "........", "........", "........",
                                       "...##...", "..#..#..", "..#..#..", ".#....#.",
                                       ".#....#.", ".######.", ".#....#.", ".#....#.",
                                       ".#....#.", ".#....#.", "........", "........"};
    struct sim_text *text = *state;
    struct sim_screen *screen = sim_screen_new(160, 100);
    sim_text_show(text, screen, 16, 4);
    write(text, "\033[33mA");
    for (unsigned y = 0; y < SIM_FONT_HEIGHT; y++) {
        for (unsigned x = 0; x < SIM_FONT_WIDTH; x++)
            assert_int_equal(screen->pixels[(4 + y) * 160 + 16 + x],
                             rows[y][x] == '#' ? SIM_BROWN : SIM_BLACK);
    }
    assert_int_equal(screen->pixels[(4 + 14) * 160 + 24], SIM_BROWN); /* the cursor behind it */
    sim_text_show(text, NULL, 0, 0);
    write(text, "B");
    sim_screen_free(screen);
}

static void only_what_differs_is_a_change(void **state)
{
    struct sim_text *text = *state;
    struct sim_screen *screen = sim_screen_new(160, 100);
    sim_text_show(text, screen, 0, 0);
    write(text, "\033[?25labc");
    while (screen->changes > 0) {
        for (unsigned i = 0; i < 6; i++)
            (void)sim_screen_take(screen, i % 3, i / 3);
    }
    write(text, "\033[1;1Habc");
    assert_int_equal(screen->changes, 0);
    write(text, "\033[1;9H#");
    assert_int_equal(screen->changes, 1);
    assert_true(sim_screen_take(screen, 1, 0));
    sim_screen_free(screen);
}

#define TEXT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT_TEST(text_wraps_and_scrolls),
        TEXT_TEST(the_cursor_goes_where_it_is_told),
        TEXT_TEST(colours_and_reverse_are_kept_with_a_character),
        TEXT_TEST(characters_beyond_ascii_come_in_utf8),
        TEXT_TEST(nonsense_leaves_a_screen),
        TEXT_TEST(a_glyph_is_drawn_pixel_by_pixel),
        TEXT_TEST(only_what_differs_is_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
