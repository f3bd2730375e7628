#include "rpc/run/parts.h"
#include "rpc/text/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct rpc_page page;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    page = (struct rpc_page){.arena = &arena};
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static const char *printed(const struct rpc_page_look *look)
{
    struct buffer out;
    buffer_init(&out, 65536);
    rpc_page_print(&page, &out, look);
    const char *text = arena_string(&arena, buffer_slice(&out));
    buffer_fini(&out);
    return text;
}

static void fill(void)
{
    rpc_page_section(&page, "First");
    page.flag = "--one";
    rpc_page_row(&page, "Version", "16.1", RPC_PLAIN);
    rpc_page_row(&page, "Link Status", "up", RPC_GOOD);
    page.flag = NULL;
    rpc_page_section(&page, "Second");
    rpc_page_item(&page, "A root", "Default, Active");
    rpc_page_detail(&page, "SHA256", "00ff");
    rpc_page_remark(&page, "No more", RPC_PLAIN);
}

static void a_section_is_a_title_a_rule_and_rows(void **state)
{
    (void)state;
    fill();
    assert_string_equal(printed(&(struct rpc_page_look){0}),
                        "\n"
                        "  First\n"
                        "  ─────\n"
                        "  Version                        16.1\n"
                        "  Link Status                    up\n"
                        "\n"
                        "  Second\n"
                        "  ──────\n"
                        "  •A root (Default, Active)\n"
                        "    SHA256: 00ff\n"
                        "  No more\n");
}

static void a_terminal_has_colours(void **state)
{
    (void)state;
    rpc_page_section(&page, "S");
    rpc_page_row(&page, "L", "up", RPC_GOOD);
    rpc_page_row(&page, "M", "down", RPC_BAD);
    rpc_page_row(&page, "N", "in provisioning", RPC_MIDDLING);
    assert_string_equal(printed(&(struct rpc_page_look){.colours = true, .columns = 80}),
                        "\n  S\n  ─\n"
                        "  L                              \x1b[32mup\x1b[0m\n"
                        "  M                              \x1b[31mdown\x1b[0m\n"
                        "  N                              \x1b[33min provisioning\x1b[0m\n");
}

static void a_table_has_four_columns_and_empty_rows_between_sections(void **state)
{
    (void)state;
    fill();
    assert_string_equal(printed(&(struct rpc_page_look){.table = true}),
                        "Category  Flag   Property     Value\n"
                        "────────  ─────  ───────────  ───────────────\n"
                        "First     --one  Version      16.1\n"
                        "First     --one  Link Status  up\n"
                        "\n"
                        "Second           A root       Default, Active\n"
                        "Second           SHA256       00ff\n"
                        "Second                        No more\n");
}

static size_t width_of_line(const char *text)
{
    size_t width = 0;
    for (; *text != '\0' && *text != '\n'; text++)
        width += ((uint8_t)*text & 0xc0U) != 0x80;
    return width;
}

static void wide_terminals_have_boxes_side_by_side(void **state)
{
    (void)state;
    fill();
    const char *text = printed(&(struct rpc_page_look){.columns = 150});
    assert_int_equal(width_of_line(text), 150);
    assert_non_null(strstr(text, "┌─ First ─"));
    assert_non_null(strstr(text, "┐  ┌─ Second ─"));
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1)
        assert_int_equal(width_of_line(at), 150);
    assert_null(strstr(printed(&(struct rpc_page_look){.columns = 149}), "┌"));
}

static void a_box_cuts_what_it_has_no_room_for(void **state)
{
    (void)state;
    char *value = arena_alloc(&arena, 301);
    memset(value, 'x', 300);
    rpc_page_section(&page, "S");
    rpc_page_row(&page, "L", value, RPC_GOOD);
    const char *text = printed(&(struct rpc_page_look){.columns = 160, .colours = true});
    assert_non_null(strstr(text, "x… │\n"));
    assert_int_equal(width_of_line(text), 79);
}

static void a_device_cannot_steer_the_terminal(void **state)
{
    (void)state;
    rpc_page_section(&page, "S");
    rpc_page_row(&page, "L", "\x1b[2J\n\xc2\x9b", RPC_PLAIN);
    assert_string_equal(printed(&(struct rpc_page_look){0}),
                        "\n  S\n  ─\n  L                              ?[2J???\n");
}

/* U+009B, U+202E, U+2066, U+061C, a bare 0x9b; and what is no control. That it turns the direction
 * of a text is what is tested: NOLINTBEGIN(misc-misleading-bidirectional) */
#define STEERING "\xc2\x9b|\xe2\x80\xae|\xe2\x81\xa6|\xd8\x9c"
#define HARMLESS "\xc2\xa0\xe2\x80\x94\xe2\x81\xa5\xf0\x9f\x98\x80"

static void nor_turn_its_direction(void **state)
{
    (void)state;
    assert_string_equal(rpc_page_printable(&arena, STEERING "|\x9b|" HARMLESS),
                        "??|???|???|??|?|" HARMLESS);
}

static const char *logged(bool json, const char *message)
{
    struct buffer line;
    buffer_init(&line, 4096);
    rpc_log_line_put(&line, json, RPC_LEVEL_INFO, message);
    const char *text = arena_string(&arena, buffer_slice(&line));
    buffer_fini(&line);
    return text;
}

static void lines_of_the_log_have_no_controls(void **state)
{
    (void)state;
    const char *text = logged(false, "a\x1b\n" STEERING "|\x9b|" HARMLESS);
    const char *json = logged(true, "a\x1b\n" STEERING "|" HARMLESS);
    assert_non_null(strstr(text, "msg=\"a\\x1b\\n\\xc2\\x9b|\\xe2\\x80\\xae|\\xe2\\x81\\xa6|"
                                 "\\xd8\\x9c|\\x9b|" HARMLESS "\"\n"));
    assert_non_null(strstr(json, "\\u009b|\\u202e|\\u2066|\\u061c|" HARMLESS "\","));
    assert_null(strstr(json, "\xc2\x9b"));
}
/* NOLINTEND(misc-misleading-bidirectional) */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_section_is_a_title_a_rule_and_rows, begin, end),
        cmocka_unit_test_setup_teardown(a_terminal_has_colours, begin, end),
        cmocka_unit_test_setup_teardown(a_table_has_four_columns_and_empty_rows_between_sections,
                                        begin, end),
        cmocka_unit_test_setup_teardown(wide_terminals_have_boxes_side_by_side, begin, end),
        cmocka_unit_test_setup_teardown(a_box_cuts_what_it_has_no_room_for, begin, end),
        cmocka_unit_test_setup_teardown(a_device_cannot_steer_the_terminal, begin, end),
        cmocka_unit_test_setup_teardown(nor_turn_its_direction, begin, end),
        cmocka_unit_test_setup_teardown(lines_of_the_log_have_no_controls, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
