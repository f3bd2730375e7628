/* How often a password may be tried, from where, and how long one waits after that. */
#include "access/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ADMIN SLICE_LITERAL("admin")
#define HERE  "192.0.2.1"
#define START 1000000

static int setup(void **state)
{
    *state = throttle_new();
    return 0;
}

static int teardown(void **state)
{
    throttle_free(*state);
    return 0;
}

static bool try_once(struct throttle *throttle, struct slice user, const char *source,
                     enum throttle_outcome outcome, uint64_t now)
{
    struct error err = {0};
    if (!throttle_begin(throttle, user, source, now, &err)) {
        assert_int_equal(err.code, ERROR_THROTTLED);
        return false;
    }
    throttle_end(throttle, user, source, outcome, now);
    return true;
}

static void failures(struct throttle *throttle, struct slice user, const char *source, int times,
                     uint64_t now)
{
    for (int i = 0; i < times; i++)
        assert_true(try_once(throttle, user, source, THROTTLE_FAILURE, now));
}

static void five_failures_shut_the_door_for_a_second_then_for_twice_as_long(void **state)
{
    uint64_t now = START;
    failures(*state, ADMIN, HERE, 5, now);
    struct error err = {0};
    assert_false(throttle_begin(*state, ADMIN, HERE, now, &err));
    assert_int_equal(err.code, ERROR_THROTTLED);
    assert_string_equal(err.text, "Too many failed logins; try again in 1 second");
    uint64_t shut[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
    for (size_t i = 0; i < sizeof shut / sizeof *shut; i++) {
        assert_false(try_once(*state, ADMIN, HERE, THROTTLE_FAILURE, now + shut[i] - 1));
        now += shut[i];
        assert_true(try_once(*state, ADMIN, HERE, THROTTLE_FAILURE, now));
    }
}

static void a_success_forgives_the_user_from_that_source(void **state)
{
    failures(*state, ADMIN, HERE, 4, START);
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, START));
    failures(*state, ADMIN, HERE, 5, START);
    assert_false(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, START));
}

static void nobody_is_locked_out_from_elsewhere(void **state)
{
    for (int i = 1; i < 200; i++) {
        char source[32];
        (void)snprintf(source, sizeof source, "198.51.100.%d", i);
        failures(*state, ADMIN, source, 5, START);
        assert_false(try_once(*state, ADMIN, source, THROTTLE_FAILURE, START));
    }
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, START));
}

static void another_user_of_the_same_source_has_tries_of_its_own(void **state)
{
    failures(*state, ADMIN, HERE, 5, START);
    assert_false(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, START));
    assert_true(try_once(*state, SLICE_LITERAL("other"), HERE, THROTTLE_SUCCESS, START));
}

static void a_source_that_tries_many_users_is_shut_out(void **state)
{
    for (int i = 0; i < THROTTLE_SOURCE_TRIES; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "user%d", i);
        failures(*state, slice_of_string(user), HERE, 1, START);
    }
    assert_false(try_once(*state, SLICE_LITERAL("fresh"), HERE, THROTTLE_FAILURE, START));
    /* A success of one user does not open the door for the source. */
    assert_true(try_once(*state, SLICE_LITERAL("good"), HERE, THROTTLE_SUCCESS, START + 1000));
    failures(*state, SLICE_LITERAL("fresh"), HERE, 1, START + 1000);
    assert_false(try_once(*state, SLICE_LITERAL("fresh2"), HERE, THROTTLE_FAILURE, START + 2999));
    assert_true(try_once(*state, SLICE_LITERAL("fresh2"), HERE, THROTTLE_FAILURE, START + 3000));
}

static void a_quarter_of_an_hour_without_failure_is_forgiven(void **state)
{
    failures(*state, ADMIN, HERE, 4, START);
    failures(*state, ADMIN, HERE, 5, START + 15 * 60 * 1000);
    assert_false(try_once(*state, ADMIN, HERE, THROTTLE_FAILURE, START + 15 * 60 * 1000));
}

/* Tries that succeed keep nothing from being forgiven. */
static void failures_age_although_the_source_is_in_use(void **state)
{
    uint64_t now = START;
    for (int i = 0; i < 3 * THROTTLE_SOURCE_TRIES; i++) { /* one failure in ten minutes */
        char user[16];
        (void)snprintf(user, sizeof user, "user%d", i);
        failures(*state, slice_of_string(user), HERE, 1, now);
        now += 8 * 60 * 1000;
        assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
        now += 8 * 60 * 1000;
        assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
    }
    assert_int_equal(throttle_wait_ms(*state, SLICE_LITERAL("fresh"), HERE, now), 0);
}

static uint64_t shut_source(struct throttle *throttle, uint64_t now)
{
    for (int i = 0; i < 100; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "guess%d", i);
        now += throttle_wait_ms(throttle, slice_of_string(user), HERE, now);
        failures(throttle, slice_of_string(user), HERE, 1, now);
    }
    return now;
}

static void who_logged_in_before_gets_past_a_shut_source(void **state)
{
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, START));
    uint64_t now = shut_source(*state, START);
    assert_false(try_once(*state, SLICE_LITERAL("other"), HERE, THROTTLE_SUCCESS, now));
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
    /* Its own failures count. */
    failures(*state, ADMIN, HERE, 5, now);
    assert_false(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
}

static void a_login_is_remembered_for_a_month_and_there_only(void **state)
{
    const uint64_t month = UINT64_C(30) * 24 * 3600 * 1000;
    assert_true(try_once(*state, ADMIN, "192.0.2.2", THROTTLE_SUCCESS, START));
    assert_true(try_once(*state, SLICE_LITERAL("old"), HERE, THROTTLE_SUCCESS, START));
    uint64_t now = shut_source(*state, START + month);
    assert_false(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
    assert_false(try_once(*state, SLICE_LITERAL("old"), HERE, THROTTLE_SUCCESS, now));
}

static void a_shut_source_lets_one_try_in_each_minute(void **state)
{
    uint64_t now = shut_source(*state, START);
    struct error err = {0};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(throttle_wait_ms(*state, ADMIN, HERE, now), 60000);
        now += 60000;
        assert_true(throttle_begin(*state, ADMIN, HERE, now, &err));
        /* Not a second one beside it, whatever its user. */
        assert_false(throttle_begin(*state, SLICE_LITERAL("other"), HERE, now, &err));
        assert_string_equal(err.text, "Too many failed logins; try again in 1 second");
        throttle_end(*state, ADMIN, HERE, i < 4 ? THROTTLE_FAILURE : THROTTLE_SUCCESS, now);
    }
    /* That was a login: from now on it is known. */
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
}

static void a_user_past_the_free_tries_has_one_try_at_a_time(void **state)
{
    struct error err = {0};
    failures(*state, ADMIN, HERE, 5, START);
    assert_true(throttle_begin(*state, ADMIN, HERE, START + 1000, &err));
    assert_false(throttle_begin(*state, ADMIN, HERE, START + 1000, &err));
    throttle_end(*state, ADMIN, HERE, THROTTLE_FAILURE, START + 1000);
    assert_int_equal(throttle_wait_ms(*state, ADMIN, HERE, START + 1500), 1500);
}

static void failures_from_many_sources_do_not_push_out_a_login(void **state)
{
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, START));
    for (int i = 0; i < 3 * THROTTLE_ENTRIES; i++) {
        char source[32];
        (void)snprintf(source, sizeof source, "10.0.%d.%d", i / 256, i % 256);
        failures(*state, ADMIN, source, 1, START + 1 + (uint64_t)i);
    }
    uint64_t now = shut_source(*state, START + 10000);
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_SUCCESS, now));
}

static void a_try_that_was_not_checked_counts_for_nothing(void **state)
{
    for (int i = 0; i < 100; i++)
        assert_true(try_once(*state, ADMIN, HERE, THROTTLE_NEITHER, START));
    assert_int_equal(throttle_size(*state), 0);
}

static void one_source_has_few_tries_at_once(void **state)
{
    struct error err = {0};
    for (int i = 0; i < THROTTLE_AT_ONCE; i++)
        assert_true(throttle_begin(*state, ADMIN, HERE, START, &err));
    assert_false(throttle_begin(*state, ADMIN, HERE, START, &err));
    assert_int_equal(err.code, ERROR_THROTTLED);
    assert_true(throttle_begin(*state, ADMIN, "192.0.2.2", START, &err));
    throttle_end(*state, ADMIN, HERE, THROTTLE_SUCCESS, START);
    assert_true(throttle_begin(*state, ADMIN, HERE, START, &err));
}

static void the_table_is_bounded_and_forgets_the_oldest(void **state)
{
    struct error err;
    failures(*state, ADMIN, HERE, 5, START);
    /* In the middle of a check: stays, however full the table gets. */
    assert_true(throttle_begin(*state, SLICE_LITERAL("busy"), "192.0.2.9", START, &err));
    for (int i = 0; i < 3 * THROTTLE_ENTRIES; i++) {
        char source[32];
        (void)snprintf(source, sizeof source, "10.0.%d.%d", i / 256, i % 256);
        failures(*state, ADMIN, source, 1, START + 1 + (uint64_t)i);
        assert_true(throttle_size(*state) <= THROTTLE_ENTRIES);
    }
    assert_int_equal(throttle_size(*state), THROTTLE_ENTRIES);
    /* Forgotten: it was the oldest. */
    assert_true(try_once(*state, ADMIN, HERE, THROTTLE_FAILURE, START + 2));
    throttle_end(*state, SLICE_LITERAL("busy"), "192.0.2.9", THROTTLE_NEITHER, START + 2);
}

static void an_ipv6_network_is_one_source_and_mapped_ipv4_is_ipv4(void **state)
{
    for (int i = 0; i < 5; i++) {
        char source[64];
        (void)snprintf(source, sizeof source,
                       i % 2 == 0 ? "2001:db8:1:2::%d" : "[2001:db8:1:2::%d]", i + 1);
        failures(*state, ADMIN, source, 1, START);
    }
    assert_false(try_once(*state, ADMIN, "2001:db8:1:2:ffff::9", THROTTLE_FAILURE, START));
    assert_true(try_once(*state, ADMIN, "2001:db8:1:3::1", THROTTLE_SUCCESS, START));

    failures(*state, ADMIN, HERE, 5, START);
    assert_false(try_once(*state, ADMIN, "::ffff:" HERE, THROTTLE_FAILURE, START));
    assert_true(try_once(*state, ADMIN, "::ffff:192.0.2.77", THROTTLE_SUCCESS, START));
}

static void a_source_and_a_user_cannot_be_confused(void **state)
{
    failures(*state, SLICE_LITERAL("b"), "a", 5, START);
    assert_true(try_once(*state, SLICE_LITERAL(""), "ab", THROTTLE_SUCCESS, START));
    assert_true(try_once(*state, SLICE_LITERAL("ub"), "a", THROTTLE_SUCCESS, START));
    assert_true(try_once(*state, SLICE_LITERAL("b"), NULL, THROTTLE_SUCCESS, START));
}

#define THROTTLE_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        THROTTLE_CASE(five_failures_shut_the_door_for_a_second_then_for_twice_as_long),
        THROTTLE_CASE(a_success_forgives_the_user_from_that_source),
        THROTTLE_CASE(nobody_is_locked_out_from_elsewhere),
        THROTTLE_CASE(another_user_of_the_same_source_has_tries_of_its_own),
        THROTTLE_CASE(a_source_that_tries_many_users_is_shut_out),
        THROTTLE_CASE(a_quarter_of_an_hour_without_failure_is_forgiven),
        THROTTLE_CASE(failures_age_although_the_source_is_in_use),
        THROTTLE_CASE(who_logged_in_before_gets_past_a_shut_source),
        THROTTLE_CASE(a_login_is_remembered_for_a_month_and_there_only),
        THROTTLE_CASE(a_shut_source_lets_one_try_in_each_minute),
        THROTTLE_CASE(a_user_past_the_free_tries_has_one_try_at_a_time),
        THROTTLE_CASE(failures_from_many_sources_do_not_push_out_a_login),
        THROTTLE_CASE(a_try_that_was_not_checked_counts_for_nothing),
        THROTTLE_CASE(one_source_has_few_tries_at_once),
        THROTTLE_CASE(the_table_is_bounded_and_forgets_the_oldest),
        THROTTLE_CASE(an_ipv6_network_is_one_source_and_mapped_ipv4_is_ipv4),
        THROTTLE_CASE(a_source_and_a_user_cannot_be_confused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
