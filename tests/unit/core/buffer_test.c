#include "core/buffer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void bytes_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 100);
    buffer_put_text(&b, "hello ");
    buffer_put_text(&b, "world");
    buffer_consume(&b, 3);
    assert_true(slice_equal_string(buffer_slice(&b), "lo world"));
    buffer_consume(&b, 99);
    assert_int_equal(buffer_size(&b), 0);
    buffer_fini(&b);
}

static void a_put_past_the_bound_adds_nothing_and_is_remembered(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 4);
    buffer_put_text(&b, "abc");
    buffer_put_text(&b, "de");
    assert_false(buffer_ok(&b));
    assert_true(slice_equal_string(buffer_slice(&b), "abc"));
    buffer_put_text(&b, "d");
    assert_true(slice_equal_string(buffer_slice(&b), "abc"));
    buffer_clear(&b);
    assert_true(buffer_ok(&b));
    buffer_put_text(&b, "wxyz");
    assert_true(buffer_ok(&b));
    buffer_fini(&b);
}

/* The bound is on content, not on what has passed through. */
static void consumed_bytes_make_room(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 8);
    for (int i = 0; i < 1000; i++) {
        buffer_put_text(&b, "abcdefg");
        assert_true(buffer_ok(&b));
        assert_true(slice_equal_string(buffer_slice(&b), "abcdefg"));
        buffer_consume(&b, 7);
    }
    buffer_fini(&b);
}

static void integers_are_written_in_the_named_byte_order(void **state)
{
    (void)state;
    const uint8_t expected[] = {1,    0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09,
                                0x08, 0,    0,    0,    2,    'o',  'k'};
    struct buffer b;
    buffer_init(&b, 100);
    buffer_put_u8(&b, 1);
    buffer_put_u16_be(&b, 0x0203);
    buffer_put_u32_be(&b, 0x04050607);
    buffer_put_u16_le(&b, 0x0809);
    buffer_put_string_be(&b, SLICE_LITERAL("ok"));
    assert_int_equal(buffer_size(&b), sizeof expected);
    assert_memory_equal(buffer_slice(&b).data, expected, sizeof expected);
    buffer_fini(&b);
}

static void an_empty_buffer_can_give_its_memory_back(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 100);
    buffer_printf(&b, "%d-%s", 42, "x");
    assert_true(slice_equal_string(buffer_slice(&b), "42-x"));
    buffer_release(&b);
    assert_non_null(b.bytes);
    buffer_consume(&b, 4);
    buffer_release(&b);
    assert_null(b.bytes);
    buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_in_the_order_they_went_in),
        cmocka_unit_test(a_put_past_the_bound_adds_nothing_and_is_remembered),
        cmocka_unit_test(consumed_bytes_make_room),
        cmocka_unit_test(integers_are_written_in_the_named_byte_order),
        cmocka_unit_test(an_empty_buffer_can_give_its_memory_back),
    };
    return cmocka_run_group_tests_name("core/buffer", tests, NULL, NULL);
}
