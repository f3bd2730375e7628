#include "redir/sol_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Whatever the split, these bytes show that; at the end nothing more comes for a while. */
static void assert_shows(enum redir_sol_encoding encoding, const char *bytes, const char *wanted)
{
    struct slice all = slice_of_string(bytes);
    for (size_t piece = 1; piece <= all.size; piece++) {
        struct redir_sol_text text = {.encoding = encoding};
        struct buffer shown;
        buffer_init(&shown, 4096);
        for (struct slice rest = all; rest.size > 0; rest = slice_from(rest, piece))
            redir_sol_text_put(&text, slice_first(rest, piece), &shown);
        redir_sol_text_flush(&text, &shown);
        buffer_put_u8(&shown, 0);
        assert_string_equal((const char *)buffer_slice(&shown).data, wanted);
        buffer_fini(&shown);
    }
}

static void utf_8_is_shown_as_it_is(void **state)
{
    (void)state;
    assert_shows(REDIR_SOL_AUTO, "r\xC3\xA9sum\xC3\xA9 \xE2\x94\x80 \xF0\x9F\x96\xA5\r\n\x1b[0m",
                 "r\xC3\xA9sum\xC3\xA9 \xE2\x94\x80 \xF0\x9F\x96\xA5\r\n\x1b[0m");
    assert_shows(REDIR_SOL_UTF8, "\xC3\xA9\xFF\xC9", "\xC3\xA9\xFF\xC9");
}

static void frames_are_those_of_code_page_437(void **state)
{
    (void)state;
    /* The corner at the right makes a character of UTF-8 with the line before it. */
    assert_shows(REDIR_SOL_AUTO, "\xC9\xCD\xCD\xBB \xBA \xBA \xC8\xCD\xBC", "╔══╗ ║ ║ ╚═╝");
    assert_shows(REDIR_SOL_AUTO, "\xDA\xC4\xBF\xB3 \x84\x81 \xFF|", "┌─┐│ äü \xC2\xA0|");
    assert_shows(REDIR_SOL_CP437, "\xDA\xC4\xBF \xE1\xC3\xA9", "┌─┐ ß├⌐");
}

static void a_system_behind_a_set_up_menu_is_utf_8_again(void **state)
{
    (void)state;
    assert_shows(REDIR_SOL_AUTO, "\xC9\xCD\xBB \xE2\x94\x80 \xC3\xA9", "╔═╗ ─ é");
}

static void what_cannot_be_a_character_is_none(void **state)
{
    (void)state;
    assert_shows(REDIR_SOL_AUTO, "\xC0\x80", "└Ç");           /* longer than need be */
    assert_shows(REDIR_SOL_AUTO, "\xED\xA0\x80", "φáÇ");      /* a surrogate */
    assert_shows(REDIR_SOL_AUTO, "\xF4\x90\x80\x80", "⌠ÉÇÇ"); /* above U+10FFFF */
    assert_shows(REDIR_SOL_AUTO, "\xE2\x94", "Γö");           /* the rest never comes */
}

static void latin_1_is_its_numbers(void **state)
{
    (void)state;
    assert_shows(REDIR_SOL_LATIN1, "caf\xE9 \xFF", "café ÿ");
}

static void names_are_known(void **state)
{
    enum redir_sol_encoding encoding = REDIR_SOL_AUTO;
    (void)state;
    assert_true(redir_sol_encoding_parse(slice_of_string("cp437"), &encoding));
    assert_int_equal(encoding, REDIR_SOL_CP437);
    assert_false(redir_sol_encoding_parse(slice_of_string("CP850"), &encoding));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf_8_is_shown_as_it_is),
        cmocka_unit_test(frames_are_those_of_code_page_437),
        cmocka_unit_test(a_system_behind_a_set_up_menu_is_utf_8_again),
        cmocka_unit_test(what_cannot_be_a_character_is_none),
        cmocka_unit_test(latin_1_is_its_numbers),
        cmocka_unit_test(names_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
