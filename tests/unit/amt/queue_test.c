/* The cap on requests in flight and the bound on those that wait. */
#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SLOW                                                           \
    {                                                                  \
        .status = 200, .body = SETTINGS, .soap = true, .delay_ms = 100 \
    }

static void at_most_three_requests_are_on_the_wire(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), SLOW, SLOW, SLOW, SLOW, SLOW, SLOW, SLOW};
    struct device device;
    struct call calls[7];
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 7; i++)
        call_start(&calls[i], &device, call_get);
    io_simulated_advance(2000);
    for (int i = 0; i < 7; i++) {
        assert_true(calls[i].ok);
        call_end(&calls[i]);
    }
    assert_int_equal(device.most_in_flight, 3);
    assert_int_equal(device.opened, 4); /* the 401's and three that are used again */
    device_stop(&device);
}

static void a_full_queue_refuses_at_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), SLOW, SLOW, SLOW};
    const struct amt_options options = {.in_flight_limit = 1, .queue_limit = 2};
    struct device device;
    struct call calls[4];
    DEVICE_START(&device, steps, &options);
    for (int i = 0; i < 4; i++)
        call_start(&calls[i], &device, call_get);
    io_simulated_run();
    assert_true(calls[3].over);
    assert_false(calls[3].ok);
    assert_int_equal(calls[3].err.code, ERROR_BUSY);
    assert_string_equal(calls[3].err.text, "Get AMT_GeneralSettings: 2 requests wait for this "
                                           "device already, the limit");
    io_simulated_advance(2000);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(calls[i].ok, i < 3);
        call_end(&calls[i]);
    }
    assert_int_equal(device.most_in_flight, 1);
    device_stop(&device);
}

static void waiting_in_the_queue_counts_towards_the_deadline(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 0}};
    const struct amt_options options = {.in_flight_limit = 1, .request_ms = 1000};
    struct device device;
    struct call calls[2];
    DEVICE_START(&device, steps, &options);
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(1100);
    for (int i = 0; i < 2; i++) {
        assert_true(calls[i].over);
        assert_int_equal(calls[i].err.code, ERROR_TIMEOUT);
        call_end(&calls[i]);
    }
    device_stop(&device);
}

static bool begin_and_wait(struct call *call)
{
    if (!amt_sequence_begin(call->device->amt, &call->err))
        return false;
    bool ok = io_sleep(1000, &call->err);
    amt_sequence_end(call->device->amt);
    return ok;
}

static void conversations_that_must_not_mix_take_turns(void **state)
{
    (void)state;
    struct device device;
    struct call calls[2];
    device_start(&device, NULL, 0, NULL);
    call_start(&calls[0], &device, begin_and_wait);
    call_start(&calls[1], &device, begin_and_wait);
    io_simulated_advance(2500);
    for (int i = 0; i < 2; i++) {
        assert_true(calls[i].ok);
        assert_int_equal(calls[i].took_ms, 1000 * (i + 1));
        call_end(&calls[i]);
    }
    device_stop(&device);
}

static bool begin_and_hold(struct call *call)
{
    if (!amt_sequence_begin(call->device->amt, &call->err))
        return false;
    bool ok = io_sleep(60000, &call->err);
    amt_sequence_end(call->device->amt);
    return ok;
}

static void the_turn_of_a_conversation_has_a_deadline_and_a_queue(void **state)
{
    (void)state;
    struct device device;
    struct call calls[10];
    device_start(&device, NULL, 0, NULL);
    for (int i = 0; i < 10; i++)
        call_start(&calls[i], &device, begin_and_hold);
    io_simulated_run();
    assert_int_equal(calls[9].err.code, ERROR_BUSY);
    assert_string_equal(calls[9].err.text, "another change of this device is in progress, and 8 "
                                           "more wait for their turn, the limit");
    io_simulated_advance(61000);
    assert_true(calls[0].ok);
    for (int i = 1; i < 9; i++) {
        assert_int_equal(calls[i].err.code, ERROR_BUSY); /* the device is not to blame */
        assert_string_equal(calls[i].err.text, "another change of this device is in progress");
        assert_int_equal(calls[i].took_ms, 30000);
    }
    for (int i = 0; i < 10; i++)
        call_end(&calls[i]);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_most_three_requests_are_on_the_wire),
        cmocka_unit_test(a_full_queue_refuses_at_once),
        cmocka_unit_test(waiting_in_the_queue_counts_towards_the_deadline),
        cmocka_unit_test(conversations_that_must_not_mix_take_turns),
        cmocka_unit_test(the_turn_of_a_conversation_has_a_deadline_and_a_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
