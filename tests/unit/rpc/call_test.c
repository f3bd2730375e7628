/* A command line as one text (rpc.md 1.10): blanks part it, quoted as in CSV. */
#include "rpc/library/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

/* The arguments, each in brackets; NULL when the line is refused. */
static const char *parted(const char *line)
{
    struct error err;
    const char **arguments;
    size_t count;
    if (!rpc_call_arguments(&arena, line, &arguments, &count, &err)) {
        assert_int_equal(err.code, ERROR_INVALID);
        return NULL;
    }
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = arena_printf(&arena, "%s[%s]", all, arguments[i]);
    return all;
}

static void blanks_part_arguments(void **state)
{
    (void)state;
    assert_string_equal(parted("amtinfo --json"), "[amtinfo][--json]");
    assert_string_equal(parted("  amtinfo   -v "), "[amtinfo][-v]");
    assert_string_equal(parted(""), "");
    assert_string_equal(parted(NULL), "");
    assert_string_equal(parted("version\r\n"), "[version]");
}

static void quotes_hold_an_argument_together(void **state)
{
    (void)state;
    assert_string_equal(parted("a \"b c\" d"), "[a][b c][d]");
    assert_string_equal(parted("\"--password=two \"\"words\"\"\""), "[--password=two \"words\"]");
    assert_string_equal(parted("a \"\" b"), "[a][][b]");
    assert_string_equal(parted("\"a\nb\" c\n"), "[a\nb][c]");
}

static void what_is_quoted_wrongly_is_refused(void **state)
{
    (void)state;
    assert_null(parted("a \"b"));
    assert_null(parted("a \"b\"\""));
    assert_null(parted("a \"b\"c"));
    assert_null(parted("a --name=\"b c\""));
    assert_null(parted("version\namtinfo"));
}

static void a_line_has_a_longest_length(void **state)
{
    (void)state;
    size_t size = (size_t)2 << 20;
    char *line = malloc(size);
    memset(line, 'a', size);
    line[size - 1] = '\0';
    assert_null(parted(line));
    free(line);
}

/* In free's place (--wrap): what is watched has to be empty by then. */
static const char *watched;
static bool was_empty;
extern void __real_free(void *at);
extern void __wrap_free(void *at);
void __wrap_free(void *at)
{
    for (size_t i = 0; at != NULL && at == watched && i < sizeof "secret"; i++)
        was_empty = (i == 0 || was_empty) && watched[i] == '\0';
    __real_free(at);
}

static void a_text_is_overwritten_before_it_is_freed(void **state)
{
    (void)state;
    struct buffer text;
    rpc_call_buffer_init(&text);
    buffer_put_text(&text, "secret");
    char *copy = rpc_call_text(&text);
    assert_string_equal(copy, "secret");
    watched = copy;
    rpc_call_free(copy);
    watched = NULL;
    assert_true(was_empty);
    rpc_call_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blanks_part_arguments, begin, end),
        cmocka_unit_test_setup_teardown(quotes_hold_an_argument_together, begin, end),
        cmocka_unit_test_setup_teardown(what_is_quoted_wrongly_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_line_has_a_longest_length, begin, end),
        cmocka_unit_test(a_text_is_overwritten_before_it_is_freed),
    };
    return cmocka_run_group_tests_name("rpc/call", tests, NULL, NULL);
}
