/* Query parameters as values. */
#include "http/query_value.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint32_t number(const char *query)
{
    struct arena arena;
    arena_init(&arena);
    const struct http_exchange x = {.arena = &arena, .query = slice_of_string(query)};
    uint32_t value = http_query_value_number(&x, "$top", 25);
    arena_fini(&arena);
    return value;
}

static void a_number_may_have_a_sign(void **state)
{
    (void)state;
    assert_int_equal(number("$top=7"), 7);
    assert_int_equal(number("x=1&%24top=%2B7"), 7);
    assert_int_equal(number("$top=-0"), 0);
    assert_int_equal(number("$top=4294967295"), UINT32_MAX);
}

static void what_is_no_number_is_as_if_it_were_absent(void **state)
{
    (void)state;
    static const char *const others[] = {"",        "$skip=7",         "$top=",    "$top=+",
                                         "$top=7x", "$top=4294967296", "$top=--7", "$top=1.5"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(number(others[i]), 25);
}

static void a_flag_is_true_or_one(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        bool value;
    } rows[] = {{"$count=true", true}, {"$count=1", true}, {"$count=false", false},
                {"$count=0", false},   {"$count", false},  {"", false}};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct http_exchange x = {.arena = &arena, .query = slice_of_string(rows[i].query)};
        assert_int_equal(http_query_value_is_true(&x, "$count"), rows[i].value);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_may_have_a_sign),
        cmocka_unit_test(what_is_no_number_is_as_if_it_were_absent),
        cmocka_unit_test(a_flag_is_true_or_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
