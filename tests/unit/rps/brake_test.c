/* How often agents may say passwords of devices. */
#include "rps/brake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE UINT64_C(60000)

static const struct guid device = {{1, 2, 3}};

static struct guid device_of(unsigned number)
{
    return (struct guid){{0xff, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static const char *source_of(char text[32], unsigned number)
{
    (void)snprintf(text, 32, "10.%u.%u.%u", number >> 16 & 255, number >> 8 & 255, number & 255);
    return text;
}

/* 0: it was looked at. */
static uint64_t ask(struct rps_brake *brake, const struct guid *guid, const char *source,
                    uint64_t now)
{
    struct rps_brake_turn turn = {0};
    uint64_t later;
    uint64_t wait = rps_brake_ask(brake, guid, source, now, &turn, &later);
    rps_brake_leave(brake, &turn);
    return wait;
}

/* How many wrong ones are looked at from `now` on in so many ms, by one who asks all the time. */
static unsigned guess(struct rps_brake *brake, const struct guid *guid, const char *source,
                      uint64_t now, uint64_t ms)
{
    unsigned count = 0;
    for (uint64_t at = now; at < now + ms; at += 50)
        if (ask(brake, guid, source, at) == 0) {
            rps_brake_note(brake, guid, source, at);
            count++;
        }
    return count;
}

static void wrong_ones_are_slow_past_the_free_ones(void **state)
{
    struct rps_brake *brake = *state;
    unsigned count = guess(brake, &device, "192.0.2.1", 1000, MINUTE);
    assert_in_range(count, RPS_BRAKE_PAIR_FREE + 15, RPS_BRAKE_PAIR_FREE + 25);
    /* From everywhere together they are slower. */
    count = 0;
    for (unsigned i = 0; i < 60; i++) {
        char source[32];
        count += guess(brake, &device, source_of(source, i), 100000 + i * 1000, 1000);
    }
    assert_in_range(count, 4, 8);
}

static void a_source_has_a_count_of_its_own(void **state)
{
    struct rps_brake *brake = *state;
    unsigned count = 0;
    for (unsigned i = 0; i < 1000; i++) {
        struct guid guid = device_of(i);
        if (ask(brake, &guid, "192.0.2.1", 1000 + i * 10) == 0) {
            rps_brake_note(brake, &guid, "192.0.2.1", 1000 + i * 10);
            count++;
        }
    }
    assert_in_range(count, RPS_BRAKE_SOURCE_FREE + 15, RPS_BRAKE_SOURCE_FREE + 25);
    assert_int_equal(ask(brake, &device, "192.0.2.2", 11000), 0);
}

static void a_source_of_ipv6_is_a_64(void **state)
{
    struct rps_brake *brake = *state;
    unsigned count = 0;
    for (unsigned i = 0; i < 100; i++) {
        char source[64];
        (void)snprintf(source, sizeof source, "[2001:db8::%x]", i + 1);
        if (ask(brake, &device, source, 1000) == 0) {
            rps_brake_note(brake, &device, source, 1000);
            count++;
        }
    }
    assert_int_equal(count, RPS_BRAKE_PAIR_FREE);
    assert_int_equal(ask(brake, &device, "[2001:db8:0:1::1]", 1000), 0);
}

/* The right one, asked for until it is looked at: how long that takes. */
static uint64_t right_one(struct rps_brake *brake, const char *own, const char *stranger,
                          uint64_t now)
{
    struct rps_brake_turn turn = {0};
    uint64_t later = 0;
    for (uint64_t at = now;; at += 50) {
        assert_true(at - now < MINUTE);
        /* Twenty times a second, one after the other, whatever he is told. */
        if (ask(brake, &device, stranger, at) == 0)
            rps_brake_note(brake, &device, stranger, at);
        uint64_t wait = rps_brake_ask(brake, &device, own, at, &turn, &later);
        assert_true(wait != UINT64_MAX);
        if (wait == 0)
            return at - now;
    }
}

static void who_says_the_right_one_gets_a_turn_behind_the_address_of_one_who_guesses(void **state)
{
    struct rps_brake *brake = *state;
    rps_brake_trust(brake, &device, "192.0.2.1", 1000);
    (void)guess(brake, &device, "192.0.2.1", 1000, 2 * MINUTE);
    for (unsigned i = 0; i < 10; i++)
        assert_true(right_one(brake, "192.0.2.1", "192.0.2.1", 200000 + i * 20000) <=
                    2 * RPS_BRAKE_PAIR_MS);
}

static void a_source_that_proved_itself_does_not_wait_for_others(void **state)
{
    struct rps_brake *brake = *state;
    rps_brake_trust(brake, &device, "192.0.2.1", 1000);
    for (unsigned i = 0; i < 50; i++) {
        char source[32];
        (void)guess(brake, &device, source_of(source, i), 1000 + i * 500, 500);
    }
    struct rps_brake_turn turns[RPS_BRAKE_WAITING + 1] = {{0}};
    uint64_t later = 0;
    for (unsigned i = 0; i <= RPS_BRAKE_WAITING; i++) {
        char source[32];
        assert_true((rps_brake_ask(brake, &device, source_of(source, 1000 + i), 26000, &turns[i],
                                   &later) == UINT64_MAX) == (i == RPS_BRAKE_WAITING));
    }
    assert_true(later > RPS_BRAKE_DEVICE_MS);
    assert_int_equal(ask(brake, &device, "192.0.2.1", 26000), 0);
}

static void one_source_takes_two_places_of_the_others(void **state)
{
    struct rps_brake *brake = *state;
    (void)guess(brake, &device, "192.0.2.1", 1000, MINUTE);
    struct rps_brake_turn turns[3] = {{0}};
    uint64_t later;
    for (unsigned i = 0; i < 3; i++)
        assert_true((rps_brake_ask(brake, &device, "192.0.2.1", 61000, &turns[i], &later) ==
                     UINT64_MAX) == (i == 2));
    rps_brake_leave(brake, &turns[0]);
    assert_true(rps_brake_ask(brake, &device, "192.0.2.1", 61000, &turns[2], &later) != UINT64_MAX);
}

static void successes_of_invented_devices_flush_nothing(void **state)
{
    struct rps_brake *brake = *state;
    rps_brake_trust(brake, &device, "192.0.2.7", 1000);
    (void)guess(brake, &device, "192.0.2.1", 1000, 10000);
    for (unsigned i = 0; i < 20000; i++) {
        struct guid guid = device_of(i);
        rps_brake_trust(brake, &guid, "192.0.2.1", 11000);
    }
    assert_true(ask(brake, &device, "192.0.2.1", 11000) > 0);
    assert_true(rps_brake_trusts(brake, &device, "192.0.2.7", 11000));
}

static void wrong_ones_of_one_source_push_out_no_more_than_its_own(void **state)
{
    struct rps_brake *brake = *state;
    (void)guess(brake, &device, "192.0.2.7", 1000, 10000);
    for (unsigned i = 0; i < 20000; i++) {
        struct guid guid = device_of(i);
        rps_brake_note(brake, &guid, "192.0.2.1", 11000);
    }
    assert_true(ask(brake, &device, "192.0.2.7", 11000) > 0);
}

static void a_quarter_of_an_hour_is_forgiven(void **state)
{
    struct rps_brake *brake = *state;
    (void)guess(brake, &device, "192.0.2.1", 1000, MINUTE);
    assert_int_equal(guess(brake, &device, "192.0.2.1", 20 * MINUTE, 250), RPS_BRAKE_PAIR_FREE);
}

static int begin(void **state)
{
    *state = rps_brake_new();
    return 0;
}

static int end(void **state)
{
    rps_brake_free(*state);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(wrong_ones_are_slow_past_the_free_ones),
        CASE(a_source_has_a_count_of_its_own),
        CASE(a_source_of_ipv6_is_a_64),
        CASE(who_says_the_right_one_gets_a_turn_behind_the_address_of_one_who_guesses),
        CASE(a_source_that_proved_itself_does_not_wait_for_others),
        CASE(one_source_takes_two_places_of_the_others),
        CASE(successes_of_invented_devices_flush_nothing),
        CASE(wrong_ones_of_one_source_push_out_no_more_than_its_own),
        CASE(a_quarter_of_an_hour_is_forgiven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
