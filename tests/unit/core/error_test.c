#include "core/error.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void context_goes_before_the_cause_and_keeps_the_code(void **state)
{
    (void)state;
    struct error err;
    assert_false(error_set(&err, ERROR_TIMEOUT, "no answer within %d s", 30));
    assert_false(error_wrap(&err, "reading %s", "CIM_Card"));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    assert_string_equal(err.text, "reading CIM_Card: no answer within 30 s");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct error err;
    char text[1000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    (void)error_set(&err, ERROR_INVALID, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
    (void)error_wrap(&err, "%.250s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
    (void)error_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
    (void)error_set(NULL, ERROR_INVALID, "nobody asked");
}

/* A sentence with a user's name may become JSON, or the reason of a Close frame. */
static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct error err;
    char text[ERROR_TEXT_SIZE + 1];
    memset(text, 'x', sizeof text);
    memcpy(text + ERROR_TEXT_SIZE - 3, "\xe2\x82\xac", 4);
    (void)error_set(&err, ERROR_INVALID, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 3);
    (void)error_set(&err, ERROR_INVALID, "%s", text + 1); /* fits */
    assert_string_equal(err.text, text + 1);
    (void)error_wrap(&err, "%s", "");
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 2);
    (void)error_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_goes_before_the_cause_and_keeps_the_code),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests_name("core/error", tests, NULL, NULL);
}
