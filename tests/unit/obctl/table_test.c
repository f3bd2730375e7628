#include "obctl/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *printed(struct arena *arena, const char *const *cells)
{
    static const char *const titles[] = {"ID", "NAME"};
    struct obctl_table table;
    struct buffer out;
    buffer_init(&out, 4096);
    obctl_table_init(&table, arena, titles, 2);
    obctl_table_add(&table, cells);
    obctl_table_print(&table, &out);
    const char *text = arena_string(arena, buffer_slice(&out));
    buffer_fini(&out);
    return text;
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(printed(&arena, (const char *const[]){"12345", "x"}),
                        "ID     NAME\n12345  x\n");
    arena_fini(&arena);
}

static void width_counts_characters_not_bytes(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(printed(&arena, (const char *const[]){"\xc3\xa4\xc3\xb6\xc3\xbc", "x"}),
                        "ID   NAME\n\xc3\xa4\xc3\xb6\xc3\xbc  x\n");
    arena_fini(&arena);
}

static void an_absent_cell_shows_as_a_dash(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(printed(&arena, (const char *const[]){NULL, ""}), "ID  NAME\n-   -\n");
    arena_fini(&arena);
}

static void a_cell_cannot_steer_the_terminal(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(obctl_table_printable(&arena, "a\x1b[2Jb\nc\x7f"), "a?[2Jb?c?");
    assert_string_equal(obctl_table_printable(&arena, "\xc2\x9b"
                                                      "2J"),
                        "??2J");
    assert_string_equal(obctl_table_printable(&arena, "bad \xff utf8"), "bad ? utf8");
    assert_string_equal(obctl_table_printable(&arena, "caf\xc3\xa9"), "caf\xc3\xa9");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(width_counts_characters_not_bytes),
        cmocka_unit_test(an_absent_cell_shows_as_a_dash),
        cmocka_unit_test(a_cell_cannot_steer_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
