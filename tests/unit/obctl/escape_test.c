#include "obctl/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Types `text` in pieces of one byte and as a whole; `wanted` is what the machine gets, with the
 * letter of each action in angle brackets. */
static void assert_typed(const char *text, const char *wanted)
{
    static const char letters[] = {[OBCTL_ESCAPE_END] = '.',
                                   [OBCTL_ESCAPE_BREAK] = 'b',
                                   [OBCTL_ESCAPE_SUSPEND] = 'z',
                                   [OBCTL_ESCAPE_HELP] = '?'};
    size_t size = strlen(text);
    for (size_t piece = 1; piece <= size; piece += size > 1 ? size - 1 : 1) {
        struct obctl_escape escape = {0};
        struct buffer typed;
        buffer_init(&typed, 4096);
        for (size_t at = 0; at < size; at += piece) {
            struct slice rest = slice_first(slice_of(text + at, size - at), piece);
            enum obctl_escape_action action;
            while ((action = obctl_escape_take(&escape, &rest, &typed)) != OBCTL_ESCAPE_NONE)
                buffer_printf(&typed, "<%c>", letters[action]);
        }
        buffer_put_u8(&typed, 0);
        assert_string_equal((const char *)buffer_slice(&typed).data, wanted);
        buffer_fini(&typed);
    }
}

static void escapes_stand_at_the_beginning_of_a_line(void **state)
{
    (void)state;
    assert_typed("~.", "<.>");
    assert_typed("ls\r~.", "ls\r<.>");
    assert_typed("ls\n~?", "ls\n<?>");
    assert_typed("~b~B~\x1a", "<b><b><z>");
    assert_typed("~?~.", "<?><.>");
}

static void elsewhere_a_tilde_is_a_tilde(void **state)
{
    (void)state;
    assert_typed("cd ~.", "cd ~.");
    assert_typed("a~?\r", "a~?\r");
    assert_typed("~/x~.\r~.", "~/x~.\r<.>");
}

static void two_tildes_are_one(void **state)
{
    (void)state;
    assert_typed("~~", "~");
    assert_typed("~~.", "~.");
    assert_typed("\r~~\r~.", "\r~\r<.>");
}

static void a_tilde_before_enter_begins_a_new_line(void **state)
{
    (void)state;
    assert_typed("~\r~.", "~\r<.>");
}

static void ends_of_lines_are_the_enter_key(void **state)
{
    struct buffer typed;
    bool cr = false;
    (void)state;
    buffer_init(&typed, 4096);
    obctl_escape_plain(&cr, slice_of_string("a\nb\r"), &typed);
    obctl_escape_plain(&cr, slice_of_string("\nc\rd\n\n~.\n"), &typed);
    buffer_put_u8(&typed, 0);
    assert_string_equal((const char *)buffer_slice(&typed).data, "a\rb\rc\rd\r\r~.\r");
    buffer_fini(&typed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_stand_at_the_beginning_of_a_line),
        cmocka_unit_test(elsewhere_a_tilde_is_a_tilde),
        cmocka_unit_test(two_tildes_are_one),
        cmocka_unit_test(a_tilde_before_enter_begins_a_new_line),
        cmocka_unit_test(ends_of_lines_are_the_enter_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
