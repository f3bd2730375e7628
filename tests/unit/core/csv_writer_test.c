/* Tables for spreadsheet programs. */
#include "core/csv_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_cell(const char *text, const char *written)
{
    struct buffer out;
    struct csv_writer csv;
    buffer_init(&out, 1024);
    csv_writer_init(&csv, &out);
    csv_put_string(&csv, text);
    assert_true(slice_equal_string(buffer_slice(&out), written));
    buffer_fini(&out);
}

static void cells_are_separated_and_rows_end_in_cr_lf(void **state)
{
    (void)state;
    struct buffer out;
    struct csv_writer csv;
    buffer_init(&out, 1024);
    csv_writer_init(&csv, &out);
    csv_put_string(&csv, "a");
    csv_put_string(&csv, "");
    csv_end_row(&csv);
    csv_put_string(&csv, "b c");
    csv_end_row(&csv);
    assert_true(slice_equal_string(buffer_slice(&out), "a,\r\nb c\r\n"));
    buffer_fini(&out);
}

static void what_would_break_a_row_is_quoted(void **state)
{
    (void)state;
    assert_cell("a,b", "\"a,b\"");
    assert_cell("say \"x\"", "\"say \"\"x\"\"\"");
    assert_cell("two\r\nlines", "\"two\r\nlines\"");
    assert_cell(" padded", "\" padded\"");
    assert_cell("\xc3\xa4", "\xc3\xa4");
}

static void a_formula_is_defused(void **state)
{
    (void)state;
    assert_cell("=1+1", "'=1+1");
    assert_cell("+1", "'+1");
    assert_cell("-1", "'-1");
    assert_cell("@SUM(A1)", "'@SUM(A1)");
    assert_cell("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    assert_cell("  =1", "\"'  =1\"");
    assert_cell("\t=1", "'\t=1");
    assert_cell("\tx", "'\tx");
    assert_cell("a=1", "a=1");
}

static void control_characters_become_blanks(void **state)
{
    (void)state;
    assert_cell("a\x01"
                "b\x7f"
                "c",
                "a b c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_separated_and_rows_end_in_cr_lf),
        cmocka_unit_test(what_would_break_a_row_is_quoted),
        cmocka_unit_test(a_formula_is_defused),
        cmocka_unit_test(control_characters_become_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
