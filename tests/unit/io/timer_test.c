#include "core/list.h"
#include "io/simulated.h"
#include "io/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 1000

struct alarm {
    struct io_timer timer;
    int number;
};

static int fired[2 * MANY];
static int fired_count;
static uint64_t fired_at;

static void note(struct io_timer *timer)
{
    fired[fired_count++] = LIST_ENTRY(timer, struct alarm, timer)->number;
    fired_at = io_now();
}

static int begin(void **state)
{
    (void)state;
    fired_count = 0;
    return io_simulated_start() == NULL;
}

static int end(void **state)
{
    (void)state;
    io_simulated_stop();
    return 0;
}

static void start(struct alarm *alarm, int number, uint64_t ms)
{
    *alarm = (struct alarm){.number = number};
    io_timer_init(&alarm->timer, note);
    io_timer_start(&alarm->timer, ms);
}

static void a_timer_fires_once_and_not_early(void **state)
{
    (void)state;
    struct alarm alarm;
    start(&alarm, 1, 100);
    io_simulated_advance(99);
    assert_int_equal(fired_count, 0);
    assert_true(io_timer_running(&alarm.timer));
    io_simulated_advance(1);
    assert_int_equal(fired_count, 1);
    assert_int_equal(fired_at, IO_SIMULATED_EPOCH + 100);
    assert_false(io_timer_running(&alarm.timer));
    io_simulated_advance(1000);
    assert_int_equal(fired_count, 1);
}

static void timers_fire_in_order_of_time(void **state)
{
    (void)state;
    struct alarm *alarms = calloc(MANY, sizeof *alarms);
    for (int i = 0; i < MANY; i++)
        start(&alarms[i], (i * 389) % MANY, (uint64_t)((i * 389) % MANY));
    io_simulated_advance(MANY);
    assert_int_equal(fired_count, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(fired[i], i);
    free(alarms);
}

static void equal_times_fire_in_order_of_start(void **state)
{
    (void)state;
    struct alarm *alarms = calloc(MANY, sizeof *alarms);
    for (int i = 0; i < MANY; i++)
        start(&alarms[i], i, 5);
    io_simulated_advance(5);
    assert_int_equal(fired_count, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(fired[i], i);
    free(alarms);
}

static void stopped_timers_stay_silent_and_leave_the_rest_in_order(void **state)
{
    (void)state;
    struct alarm *alarms = calloc(MANY, sizeof *alarms);
    for (int i = 0; i < MANY; i++)
        start(&alarms[i], (i * 389) % MANY, (uint64_t)((i * 389) % MANY));
    for (int i = 0; i < MANY; i++) {
        if (alarms[i].number % 2 == 1)
            io_timer_stop(&alarms[i].timer);
    }
    io_simulated_advance(MANY);
    assert_int_equal(fired_count, MANY / 2);
    for (int i = 0; i < MANY / 2; i++)
        assert_int_equal(fired[i], 2 * i);
    free(alarms);
}

static void starting_a_running_timer_moves_it(void **state)
{
    (void)state;
    struct alarm alarm;
    start(&alarm, 1, 10);
    io_timer_start(&alarm.timer, 50);
    io_simulated_advance(49);
    assert_int_equal(fired_count, 0);
    io_simulated_advance(1);
    assert_int_equal(fired_count, 1);
}

static void stopping_what_does_not_run_is_harmless(void **state)
{
    (void)state;
    struct io_timer zero = {0};
    io_timer_stop(&zero);
    assert_false(io_timer_running(&zero));
}

static void again(struct io_timer *timer)
{
    note(timer);
    if (fired_count < 3)
        io_timer_start(timer, 10);
}

static void a_timer_may_start_itself_again(void **state)
{
    (void)state;
    struct alarm alarm = {.timer = {.fire = again}};
    io_timer_start(&alarm.timer, 10);
    io_simulated_advance(100);
    assert_int_equal(fired_count, 3);
    assert_int_equal(fired_at, IO_SIMULATED_EPOCH + 30);
}

static void free_owner(struct io_timer *timer)
{
    note(timer);
    free(LIST_ENTRY(timer, struct alarm, timer));
}

static void a_timer_may_free_its_owner(void **state)
{
    (void)state;
    struct alarm *alarm = calloc(1, sizeof *alarm);
    io_timer_init(&alarm->timer, free_owner);
    io_timer_start(&alarm->timer, 1);
    io_simulated_advance(1);
    assert_int_equal(fired_count, 1);
}

static void forever_never_comes(void **state)
{
    (void)state;
    struct alarm alarm;
    start(&alarm, 1, UINT64_MAX);
    io_simulated_advance(1000000000);
    assert_int_equal(fired_count, 0);
    io_timer_stop(&alarm.timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_timer_fires_once_and_not_early, begin, end),
        cmocka_unit_test_setup_teardown(timers_fire_in_order_of_time, begin, end),
        cmocka_unit_test_setup_teardown(equal_times_fire_in_order_of_start, begin, end),
        cmocka_unit_test_setup_teardown(stopped_timers_stay_silent_and_leave_the_rest_in_order,
                                        begin, end),
        cmocka_unit_test_setup_teardown(starting_a_running_timer_moves_it, begin, end),
        cmocka_unit_test_setup_teardown(stopping_what_does_not_run_is_harmless, begin, end),
        cmocka_unit_test_setup_teardown(a_timer_may_start_itself_again, begin, end),
        cmocka_unit_test_setup_teardown(a_timer_may_free_its_owner, begin, end),
        cmocka_unit_test_setup_teardown(forever_never_comes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
