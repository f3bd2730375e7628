#include "io/sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct io_address address(const char *text)
{
    struct io_address parsed;
    assert_true(io_address_parse(slice_of_string(text), &parsed, NULL));
    return parsed;
}

/* How many of `tries` tokens an address gets at one moment. */
static int take(struct sources *sources, const char *text, int tries, uint64_t now)
{
    struct io_address from = address(text);
    int taken = 0;
    for (int i = 0; i < tries; i++)
        taken += sources_take(sources, &from, now);
    return taken;
}

static void an_address_has_a_burst_and_then_its_rate(void **state)
{
    (void)state;
    struct sources *sources = sources_new(5);
    assert_int_equal(take(sources, "10.0.0.1:1", 100, 1000), 20);
    assert_int_equal(take(sources, "10.0.0.1:2", 100, 1199), 0); /* the port does not matter */
    assert_int_equal(take(sources, "10.0.0.1:3", 100, 1200), 1);
    assert_int_equal(take(sources, "10.0.0.1:1", 100, 2200), 5);
    assert_int_equal(take(sources, "10.0.0.1:1", 100, 1000000), 20); /* never more than the burst */
    sources_free(sources);
}

static void addresses_do_not_share(void **state)
{
    (void)state;
    struct sources *sources = sources_new(1);
    assert_int_equal(take(sources, "10.0.0.1:1", 10, 1000), 4);
    assert_int_equal(take(sources, "10.0.0.2:1", 10, 1000), 4);
    assert_int_equal(take(sources, "[2001:db8:0:1::1]:1", 10, 1000), 4);
    sources_free(sources);
}

static void a_network_of_ipv6_counts_as_one(void **state)
{
    (void)state;
    struct sources *sources = sources_new(1);
    assert_int_equal(take(sources, "[2001:db8:0:1::1]:1", 10, 1000), 4);
    assert_int_equal(take(sources, "[2001:db8:0:1:ffff::2]:1", 10, 1000), 0);
    assert_int_equal(take(sources, "[2001:db8:0:2::1]:1", 10, 1000), 4);
    sources_free(sources);
}

static void ipv4_on_an_ipv6_socket_is_the_same_address(void **state)
{
    (void)state;
    struct sources *sources = sources_new(1);
    assert_int_equal(take(sources, "10.0.0.1:1", 10, 1000), 4);
    assert_int_equal(take(sources, "[::ffff:10.0.0.1]:1", 10, 1000), 0);
    sources_free(sources);
}

static void a_flood_of_addresses_needs_no_more_room(void **state)
{
    (void)state;
    struct sources *sources = sources_new(1);
    char text[32];
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(text, sizeof text, "10.%d.%d.%d:1", i >> 16 & 255, i >> 8 & 255, i & 255);
        assert_int_equal(take(sources, text, 1, (uint64_t)1000 + (uint64_t)i), 1);
    }
    sources_free(sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_burst_and_then_its_rate),
        cmocka_unit_test(addresses_do_not_share),
        cmocka_unit_test(a_network_of_ipv6_counts_as_one),
        cmocka_unit_test(ipv4_on_an_ipv6_socket_is_the_same_address),
        cmocka_unit_test(a_flood_of_addresses_needs_no_more_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
