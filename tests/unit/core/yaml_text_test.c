/* Reading and writing the YAML of exported profiles. */
#include "core/yaml_text.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_read(const char *yaml, const char *json)
{
    struct error err;
    error_clear(&err);
    json_t *got = yaml_text_read(slice_of_string(yaml), &err);
    json_t *wanted = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(wanted);
    if (got == NULL)
        fail_msg("%s", err.text);
    assert_true(json_equal(got, wanted));
    json_decref(got);
    json_decref(wanted);
}

static void assert_refused(const char *yaml, const char *why)
{
    struct error err;
    error_clear(&err);
    assert_null(yaml_text_read(slice_of_string(yaml), &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_non_null(strstr(err.text, why));
}

static void what_the_toolkit_writes_is_read(void **state)
{
    (void)state;
    assert_read("id: 0\nname: a\ntags:\n- x\n- 'y z'\nempty: []\nnone: null\nnothing:\n",
                "{\"id\":0,\"name\":\"a\",\"tags\":[\"x\",\"y z\"],\"empty\":[],\"none\":null,"
                "\"nothing\":null}");
    assert_read("a: {b: true, c: false, d: ''}\ne: |-\n  two\n  lines\n",
                "{\"a\":{\"b\":true,\"c\":false,\"d\":\"\"},\"e\":\"two\\nlines\"}");
}

static void only_whole_numbers_are_numbers_and_quotes_make_texts(void **state)
{
    (void)state;
    assert_read("[1, -7, 007, 1e3, 1.5, 0x10, yes, '1', \"true\", 1234567890123456]",
                "[1,-7,\"007\",\"1e3\",\"1.5\",\"0x10\",\"yes\",\"1\",\"true\","
                "\"1234567890123456\"]");
}

static void what_may_grow_or_mislead_is_refused(void **state)
{
    (void)state;
    assert_refused("a: &x [1]\nb: *x\n", "line 2 has an alias");
    assert_refused("a: 1\na: 2\n", "line 2 has a key that was given before");
    assert_refused("? [a]\n: 1\n", "a key that is no text");
    assert_refused("a: [1\n", "is no YAML");
    assert_refused("", "empty");
    assert_refused("a: 1\n---\na: 2\n", "line 2 begins a second document");
    assert_refused("a: 1\n...\n: [\n", "line ");
    assert_refused("a: \xff\n", "not UTF-8");
    char deep[64];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_refused(deep, "nested too deeply");
}

static void no_error_quotes_the_text(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    assert_null(yaml_text_read(SLICE_LITERAL("password: @s3cret\n"), &err));
    assert_null(strstr(err.text, "s3cret"));
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena);
    error_clear(&err);
    json_t *value =
        json_loads("{\"a\":\"true\",\"b\":[\"01\",\"null\",\"x: y # z\",\"a\\\"b\\\\c\"],"
                   "\"c\":{\"d\":-3,\"e\":null,\"f\":[],\"g\":{}},"
                   "\"h\":\"tab\\t line\\n \\u00e9\\u20ac\\ud83d\\ude00\",\"i\":\"\"}",
                   0, NULL);
    assert_non_null(value);
    struct slice text = yaml_text_write(&arena, value);
    json_t *again = yaml_text_read(text, &err);
    assert_non_null(again);
    assert_true(json_equal(value, again));
    json_decref(value);
    json_decref(again);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_toolkit_writes_is_read),
        cmocka_unit_test(only_whole_numbers_are_numbers_and_quotes_make_texts),
        cmocka_unit_test(what_may_grow_or_mislead_is_refused),
        cmocka_unit_test(no_error_quotes_the_text),
        cmocka_unit_test(what_is_written_reads_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
