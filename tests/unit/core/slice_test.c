#include "core/cursor.h"
#include "core/slice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_part_past_the_end_is_empty(void **state)
{
    (void)state;
    struct slice s = SLICE_LITERAL("abc");
    assert_int_equal(slice_from(s, 3).size, 0);
    assert_int_equal(slice_from(s, 99).size, 0);
    assert_true(slice_equal_string(slice_from(s, 1), "bc"));
    assert_true(slice_equal_string(slice_first(s, 99), "abc"));
}

static void splitting_leaves_the_rest(void **state)
{
    (void)state;
    struct slice rest = SLICE_LITERAL("a,,b");
    assert_true(slice_equal_string(slice_split(&rest, ','), "a"));
    assert_true(slice_equal_string(slice_split(&rest, ','), ""));
    assert_true(slice_equal_string(slice_split(&rest, ','), "b"));
    assert_int_equal(rest.size, 0);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(slice_to_u64(SLICE_LITERAL("65535"), 65535, &value));
    assert_int_equal(value, 65535);
    assert_false(slice_to_u64(SLICE_LITERAL("65536"), 65535, &value));
    assert_false(slice_to_u64(SLICE_LITERAL(""), 10, &value));
    assert_false(slice_to_u64(SLICE_LITERAL("-1"), 10, &value));
    assert_false(slice_to_u64(SLICE_LITERAL("1x"), 100, &value));
    assert_true(slice_to_u64(SLICE_LITERAL("18446744073709551615"), UINT64_MAX, &value));
    assert_false(slice_to_u64(SLICE_LITERAL("18446744073709551616"), UINT64_MAX, &value));
}

static void secrets_are_compared_whole(void **state)
{
    (void)state;
    assert_true(slice_equal_secret(SLICE_LITERAL("P@ssw0rd"), SLICE_LITERAL("P@ssw0rd")));
    assert_false(slice_equal_secret(SLICE_LITERAL("P@ssw0rd"), SLICE_LITERAL("P@ssw0re")));
    assert_false(slice_equal_secret(SLICE_LITERAL("P@ss"), SLICE_LITERAL("P@ssw0rd")));
    assert_false(slice_equal_secret(SLICE_LITERAL("aa"), SLICE_LITERAL("a")));
    assert_false(slice_equal_secret(SLICE_LITERAL("a"), SLICE_LITERAL("")));
    assert_true(slice_equal_secret(SLICE_LITERAL(""), SLICE_LITERAL("")));
}

static void a_failed_read_stays_failed(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 0, 0, 9, 1};
    struct cursor c = cursor_of(slice_of(bytes, sizeof bytes));
    assert_int_equal(cursor_string_be(&c).size, 0);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
    assert_false(cursor_ok(&c));
}

static void integers_have_both_byte_orders(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 1, 2, 3, 4, 1, 2};
    struct cursor c = cursor_of(slice_of(bytes, sizeof bytes));
    assert_int_equal(cursor_u32_be(&c), 0x01020304);
    assert_int_equal(cursor_u32_le(&c), 0x04030201);
    assert_int_equal(cursor_u16_le(&c), 0x0201);
    assert_true(cursor_ok(&c));
}

static size_t text_size(const char *text, size_t size)
{
    return slice_first_text(slice_of_string(text), size).size;
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    const char *text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    const size_t sizes[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_int_equal(text_size(text, i), sizes[i]);
    assert_int_equal(text_size("plain", 9), 5);
    assert_int_equal(text_size("", 9), 0);
    assert_int_equal(text_size("\x80\x80\x80\x80\x80", 9), 5); /* no UTF-8: as it is */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_past_the_end_is_empty),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(splitting_leaves_the_rest),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(secrets_are_compared_whole),
        cmocka_unit_test(a_failed_read_stays_failed),
        cmocka_unit_test(integers_have_both_byte_orders),
    };
    return cmocka_run_group_tests_name("core/slice", tests, NULL, NULL);
}
