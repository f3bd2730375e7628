/* The firmware's clock. */
#include "amt/clock.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVICE                                             \
    "xmlns:g=\"http://intel.com/wbem/wscim/1/amt-schema/1/" \
    "AMT_TimeSynchronizationService\""
#define TOLD(time, value)                                                                         \
    {                                                                                             \
        .expect = "/GetLowAccuracyTimeSynch</a:Action>", .status = 200, .soap = true,             \
        .body =                                                                                   \
            "<g:GetLowAccuracyTimeSynch_OUTPUT " SERVICE "><g:Ta0>" time                          \
            "</g:Ta0><g:ReturnValue>" value "</g:ReturnValue></g:GetLowAccuracyTimeSynch_OUTPUT>" \
    }
#define SET(value)                                                                     \
    {                                                                                  \
        .expect = "/SetHighAccuracyTimeSynch</a:Action>", .status = 200, .soap = true, \
        .body = "<g:SetHighAccuracyTimeSynch_OUTPUT " SERVICE "><g:ReturnValue>" value \
                "</g:ReturnValue></g:SetHighAccuracyTimeSynch_OUTPUT>"                 \
    }

struct clock_call {
    struct call call;
    struct amt_clock_reading reading;
};

static bool get(struct call *call)
{
    struct clock_call *clock = (struct clock_call *)(void *)call;
    return amt_clock_get(call->device->amt, &call->arena, &clock->reading, &call->err);
}

static bool set(struct call *call)
{
    struct clock_call *clock = (struct clock_call *)(void *)call;
    return amt_clock_set(call->device->amt, &call->arena, &clock->reading, &call->err);
}

static void assert_clock(bool (*run)(struct call *), const struct step *steps, size_t count,
                         enum error_code code)
{
    struct device device;
    struct clock_call clock = {.reading = {.device = 0}};
    device_start(&device, steps, count, NULL);
    call_for(&clock.call, &device, run, 1000);
    assert_int_equal(clock.call.ok, code == ERROR_NONE);
    assert_int_equal(clock.call.err.code, code);
    if (clock.call.ok) {
        assert_int_equal(clock.reading.device, 1704586865);
        assert_true(clock.reading.server > 1704586865);
    }
    call_end(&clock.call);
    device_stop(&device);
}

/* amt/timesynchronization/getlowaccuracytimesynch.xml */
static void the_clock_is_read(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), TOLD("1704586865", "0")};
    assert_clock(get, steps, 2, ERROR_NONE);
}

static void the_clock_is_set_with_what_it_said(void **state)
{
    (void)state;
    struct step steps[] = {STEP_401("n1"), TOLD("1704586865", "0"), SET("0")};
    steps[2].expect = "<h:Ta0>1704586865</h:Ta0><h:Tm1>";
    assert_clock(set, steps, 3, ERROR_NONE);
}

static void nonsense_and_refusals_are_errors(void **state)
{
    (void)state;
    const struct step text[] = {STEP_401("n1"), TOLD("noon", "0")};
    const struct step large[] = {STEP_401("n1"), TOLD("4294967296", "0")};
    const struct step refused[] = {STEP_401("n1"), TOLD("1", "16")};
    const struct step not_set[] = {STEP_401("n1"), TOLD("1", "0"), SET("36")};
    assert_clock(get, text, 2, ERROR_PROTOCOL);
    assert_clock(get, large, 2, ERROR_PROTOCOL);
    assert_clock(get, refused, 2, ERROR_DEVICE);
    assert_clock(set, not_set, 3, ERROR_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_read),
        cmocka_unit_test(the_clock_is_set_with_what_it_said),
        cmocka_unit_test(nonsense_and_refusals_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
