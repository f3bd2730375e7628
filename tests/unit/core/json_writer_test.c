#include "core/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct buffer out;
static struct json_writer json;

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, 4096);
    json_writer_init(&json, &out);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_fini(&out);
    return 0;
}

#define ASSERT_WRITTEN(text) assert_true(slice_equal_string(buffer_slice(&out), (text)))

static void members_and_elements_are_separated(void **state)
{
    (void)state;
    json_open_object(&json);
    json_put_member_int(&json, "a", -5);
    json_put_key(&json, "b");
    json_open_array(&json);
    json_put_bool(&json, true);
    json_put_null(&json);
    json_open_object(&json);
    json_close_object(&json);
    json_close_array(&json);
    json_put_member_string(&json, "c", NULL);
    json_close_object(&json);
    ASSERT_WRITTEN("{\"a\":-5,\"b\":[true,null,{}],\"c\":null}");
}

static void text_is_escaped(void **state)
{
    (void)state;
    json_put_string(&json, "a\"b\\c\n\r\t\x01/\xc3\xa9");
    ASSERT_WRITTEN("\"a\\\"b\\\\c\\n\\r\\t\\u0001/\xc3\xa9\"");
}

static void bytes_that_are_not_utf8_become_the_replacement_character(void **state)
{
    (void)state;
    json_put_string_slice(&json, SLICE_LITERAL("a\xff\xc3\xa9\xc3"));
    ASSERT_WRITTEN("\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\"");
}

/* What JavaScript prints for the same numbers. */
static void numbers_print_as_in_javascript(void **state)
{
    (void)state;
    json_open_array(&json);
    json_put_double(&json, 0.5);
    json_put_double(&json, 12345678901234567890.0);
    json_put_double(&json, 1.5e300);
    json_put_double(&json, -0.0);
    json_put_double(&json, 1e20);
    json_put_double(&json, 0.1 + 0.2);
    json_put_double(&json, 5.16e-7);
    json_put_double(&json, 2.43932e-6);
    json_put_double(&json, 1e21);
    json_put_double(&json, -1234.5);
    json_put_double(&json, 5e-324);
    json_close_array(&json);
    ASSERT_WRITTEN("[0.5,12345678901234567000,1.5e+300,0,100000000000000000000,"
                   "0.30000000000000004,5.16e-7,0.00000243932,1e+21,-1234.5,5e-324]");
}

static void unbalanced_nesting_is_a_failure(void **state)
{
    (void)state;
    json_close_object(&json);
    assert_false(buffer_ok(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_and_elements_are_separated, begin, end),
        cmocka_unit_test_setup_teardown(text_is_escaped, begin, end),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_utf8_become_the_replacement_character,
                                        begin, end),
        cmocka_unit_test_setup_teardown(numbers_print_as_in_javascript, begin, end),
        cmocka_unit_test_setup_teardown(unbalanced_nesting_is_a_failure, begin, end),
    };
    return cmocka_run_group_tests_name("core/json_writer", tests, NULL, NULL);
}
