/* Devices with secrets and no row: how many there may be, and what makes room. */
#include "scratch.h"
#include "store/newcomers.h"

#define HOUR 3600000

static const struct store_newcomer_limits limits = {.all = 4, .of_tenant = 3, .of_source = 2};

static struct guid guid_at(unsigned number)
{
    struct guid guid = guid_of("143e4567-e89b-12d3-a456-426614174000");
    guid.bytes[0] = (uint8_t)number;
    return guid;
}

static enum store_newcomer_limit come(struct store *store, unsigned number, const char *tenant,
                                      const char *source, int64_t now, uint64_t *total)
{
    struct store_newcomer newcomer = {guid_at(number), tenant, source, now};
    enum store_newcomer_limit reached;
    struct error err;
    error_clear(&err);
    bool ok = store_newcomer_add(store, &newcomer, &limits, &reached, total, &err);
    assert_true(ok ? reached == STORE_NEWCOMER_NO_LIMIT : err.code == ERROR_BUSY);
    return reached;
}

STORE_TEST(no_more_come_from_one_source_within_an_hour)
{
    uint64_t total;
    (void)arena;
    assert_int_equal(come(store, 1, "", "192.0.2.1", 1, &total), STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(come(store, 2, "", "192.0.2.1", 2, &total), STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(come(store, 3, "", "192.0.2.1", 3, &total), STORE_NEWCOMER_SOURCE);
    assert_int_equal(total, 2);
    assert_int_equal(come(store, 4, "", "192.0.2.2", 4, &total), STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(total, 3);
}

STORE_TEST(an_hour_later_its_tenant_still_has_a_limit)
{
    uint64_t total;
    (void)arena;
    for (unsigned i = 1; i <= 3; i++)
        assert_int_equal(come(store, i, "", "192.0.2.1", (int64_t)i * HOUR, &total),
                         STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(come(store, 4, "", "192.0.2.1", INT64_C(9) * HOUR, &total),
                     STORE_NEWCOMER_TENANT);
    assert_int_equal(come(store, 5, "b", "192.0.2.1", INT64_C(9) * HOUR, &total),
                     STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(come(store, 6, "c", "192.0.2.1", INT64_C(9) * HOUR, &total),
                     STORE_NEWCOMER_ALL);
    assert_int_equal(total, 4);
}

STORE_TEST(one_that_is_counted_may_come_again)
{
    uint64_t total;
    (void)arena;
    come(store, 1, "", "192.0.2.1", 1, &total);
    come(store, 2, "", "192.0.2.1", 1, &total);
    assert_int_equal(come(store, 1, "", "192.0.2.1", 2, &total), STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(total, 2);
}

STORE_TEST(one_counts_for_each_tenant_that_is_said)
{
    uint64_t total;
    (void)arena;
    come(store, 1, "", "192.0.2.1", 1, &total);
    come(store, 1, "b", "192.0.2.1", 1, &total);
    assert_int_equal(total, 2);
}

STORE_TEST(one_that_goes_makes_room)
{
    uint64_t total;
    struct error err;
    struct guid guid = guid_at(1);
    (void)arena;
    come(store, 1, "", "192.0.2.1", 1, &total);
    come(store, 2, "", "192.0.2.1", 1, &total);
    assert_true(store_newcomer_remove(store, &guid, "", &total, &err));
    assert_int_equal(total, 1);
    assert_true(store_newcomer_remove(store, &guid, "", &total, &err));
    assert_int_equal(come(store, 3, "", "192.0.2.1", 1, &total), STORE_NEWCOMER_NO_LIMIT);
}

STORE_TEST(one_that_gets_a_row_makes_room_and_is_none)
{
    uint64_t total;
    char text[GUID_TEXT_SIZE];
    struct guid guid = guid_at(1);
    (void)arena;
    come(store, 1, "", "192.0.2.1", 1, &total);
    come(store, 2, "", "192.0.2.1", 1, &total);
    add_device(store, guid_format(&guid, text), "", "pc", NULL, 0);
    assert_int_equal(come(store, 3, "", "192.0.2.1", 1, &total), STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(total, 2);
    assert_int_equal(come(store, 1, "", "192.0.2.2", 1, &total), STORE_NEWCOMER_NO_LIMIT);
    assert_int_equal(total, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(no_more_come_from_one_source_within_an_hour),
        STORE_TEST_CASE(an_hour_later_its_tenant_still_has_a_limit),
        STORE_TEST_CASE(one_that_is_counted_may_come_again),
        STORE_TEST_CASE(one_counts_for_each_tenant_that_is_said),
        STORE_TEST_CASE(one_that_goes_makes_room),
        STORE_TEST_CASE(one_that_gets_a_row_makes_room_and_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
