/* JSON of others: what is read, what is refused before jansson's recursion sees it. */
#include "core/json_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* `depth` arrays in one another, in a static buffer. */
static struct slice nested(size_t depth)
{
    static char text[200000];
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return slice_of(text, 2 * depth);
}

static void refused(struct slice text)
{
    struct error err = {0};
    assert_null(json_reader_parse(text, 4, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    json_t *value = json_reader_parse(nested(4), 4, &err);
    assert_true(json_is_array(value));
    json_decref(value);
    assert_null(json_reader_parse(nested(5), 4, &err));
    assert_string_equal(err.text, "JSON is nested deeper than 4 levels");
    refused(nested(1400));
    refused(nested(100000));
    refused(SLICE_LITERAL("{\"a\":[{\"b\":[{}]}]}"));
    refused(slice_first(nested(100000), 100000)); /* never closed */
}

static void brackets_in_a_string_do_not_count(void **state)
{
    (void)state;
    struct slice text = SLICE_LITERAL("[\"[[[[[[\\\"{{{{{{\\\\\",\"]\"]");
    json_t *value = json_reader_parse(text, 1, NULL);
    assert_string_equal(json_string_value(json_array_get(value, 0)), "[[[[[[\"{{{{{{\\");
    json_decref(value);
    /* The string is over: what follows counts. */
    refused(SLICE_LITERAL("[\"\\\\\",[[[[[]]]]]]"));
}

static void brackets_that_do_not_match_hide_no_depth(void **state)
{
    (void)state;
    static char text[6000];
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "[}", 2);
    refused(slice_of(text, sizeof text));
    refused(SLICE_LITERAL("]]]]]]]][[[[[[[["));
}

static void the_strict_grammar_applies(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", " ", "7", "\"a\"", "null", "{\"a\":1,\"a\":2}", "[] []", "[1,]", "[\"\xff\"]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(slice_of_string(bad[i]));
    refused(slice_of(NULL, 0));
}

static void a_refusal_quotes_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(json_reader_parse(SLICE_LITERAL("{\"password\":hunter2}"), 4, &err));
    assert_null(strstr(err.text, "hunter2"));
    assert_non_null(strstr(err.text, "line 1"));
}

static void any_value_is_read_when_asked_for(void **state)
{
    (void)state;
    json_t *value = json_reader_parse_any(SLICE_LITERAL(" 7 "), 4, NULL);
    assert_int_equal(json_integer_value(value), 7);
    json_decref(value);
    assert_null(json_reader_parse_any(nested(5), 4, NULL));
    assert_null(json_reader_parse_any(SLICE_LITERAL("7 8"), 4, NULL));
}

static void values_that_follow_one_another_are_read_one_by_one(void **state)
{
    (void)state;
    struct error err = {0};
    struct slice rest = SLICE_LITERAL("{\"a\":1}\n[2]{} [[[[[]]]]]");
    json_t *value = json_reader_next(&rest, 4, &err);
    assert_int_equal(json_integer_value(json_object_get(value, "a")), 1);
    json_decref(value);
    value = json_reader_next(&rest, 4, &err);
    assert_int_equal(json_integer_value(json_array_get(value, 0)), 2);
    json_decref(value);
    assert_true(slice_equal_string(rest, "{} [[[[[]]]]]"));
    json_decref(json_reader_next(&rest, 4, &err));
    assert_null(json_reader_next(&rest, 4, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_true(slice_equal_string(rest, " [[[[[]]]]]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(brackets_in_a_string_do_not_count),
        cmocka_unit_test(brackets_that_do_not_match_hide_no_depth),
        cmocka_unit_test(the_strict_grammar_applies),
        cmocka_unit_test(a_refusal_quotes_nothing),
        cmocka_unit_test(any_value_is_read_when_asked_for),
        cmocka_unit_test(values_that_follow_one_another_are_read_one_by_one),
    };
    return cmocka_run_group_tests_name("core/json_reader", tests, NULL, NULL);
}
