/* How long refusals of CIRA logins are held back. */
#include "mps/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW 1000000

static struct io_address address_of(const char *text)
{
    struct io_address address;
    struct error err;
    assert_true(io_address_parse(slice_of_string(text), &address, &err));
    return address;
}

static uint32_t fail_from(struct mps_failures *failures, uint8_t device, const char *source,
                          uint64_t now_ms)
{
    struct guid guid = {{device}};
    struct io_address address = address_of(source);
    return mps_failures_note(failures, &guid, &address, now_ms);
}

static void the_delay_grows_after_three_failures(void **state)
{
    (void)state;
    static const uint32_t expected[] = {0, 0, 0, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    struct mps_failures *failures = mps_failures_new();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(fail_from(failures, 1, "192.0.2.1:1000", NOW), expected[i]);
    mps_failures_free(failures);
}

static void the_port_does_not_matter_and_other_devices_and_sources_do(void **state)
{
    (void)state;
    struct mps_failures *failures = mps_failures_new();
    for (unsigned i = 0; i < 4; i++) {
        char source[32];
        (void)snprintf(source, sizeof source, "192.0.2.1:%u", 1000 + i);
        assert_int_equal(fail_from(failures, 1, source, NOW), i < 3 ? 0 : 1000);
    }
    assert_int_equal(fail_from(failures, 2, "192.0.2.1:1", NOW), 0);
    assert_int_equal(fail_from(failures, 1, "192.0.2.2:1", NOW), 0);
    mps_failures_free(failures);
}

static void a_network_of_ipv6_is_one_source(void **state)
{
    (void)state;
    struct mps_failures *failures = mps_failures_new();
    for (unsigned i = 0; i < 4; i++) {
        char source[40];
        (void)snprintf(source, sizeof source, "[2001:db8::%u]:1000", i);
        assert_int_equal(fail_from(failures, 1, source, NOW), i < 3 ? 0 : 1000);
    }
    assert_int_equal(fail_from(failures, 1, "[2001:db8:0:1::1]:1000", NOW), 0);
    assert_int_equal(fail_from(failures, 9, "[::ffff:192.0.2.1]:1000", NOW), 0);
    mps_failures_free(failures);
}

static void one_source_that_fails_for_many_devices_is_delayed_too(void **state)
{
    (void)state;
    struct mps_failures *failures = mps_failures_new();
    for (uint8_t i = 0; i < MPS_FAILURES_SOURCE_TRIES; i++)
        assert_int_equal(fail_from(failures, i, "192.0.2.1:1000", NOW), 0);
    assert_int_equal(fail_from(failures, 200, "192.0.2.1:1000", NOW), 1000);
    assert_int_equal(fail_from(failures, 200, "192.0.2.9:1000", NOW), 0);
    mps_failures_free(failures);
}

static void a_good_login_and_a_quarter_of_an_hour_are_forgiveness(void **state)
{
    (void)state;
    struct mps_failures *failures = mps_failures_new();
    struct guid guid = {{1}};
    struct io_address address = address_of("192.0.2.1:77");
    for (unsigned i = 0; i < 5; i++)
        (void)fail_from(failures, 1, "192.0.2.1:1000", NOW);
    assert_int_equal(fail_from(failures, 1, "192.0.2.1:1000", NOW), 4000);
    mps_failures_forgive(failures, &guid, &address);
    assert_int_equal(fail_from(failures, 1, "192.0.2.1:1000", NOW), 0);
    for (unsigned i = 0; i < 5; i++)
        (void)fail_from(failures, 1, "192.0.2.1:1000", NOW);
    assert_int_equal(fail_from(failures, 1, "192.0.2.1:1000", NOW + 899999), 8000);
    assert_int_equal(fail_from(failures, 1, "192.0.2.1:1000", NOW + 899999 + 900000), 0);
    mps_failures_free(failures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_grows_after_three_failures),
        cmocka_unit_test(the_port_does_not_matter_and_other_devices_and_sources_do),
        cmocka_unit_test(a_network_of_ipv6_is_one_source),
        cmocka_unit_test(one_source_that_fails_for_many_devices_is_delayed_too),
        cmocka_unit_test(a_good_login_and_a_quarter_of_an_hour_are_forgiveness),
    };
    return cmocka_run_group_tests_name("mps/failures", tests, NULL, NULL);
}
