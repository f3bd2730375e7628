/* What is prepared for the next boot, and taking it back. */
#include "amt/boot_armed.h"

#include "amt/power.h"
#include "steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct amt_options one_by_one = {.in_flight_limit = 1};

struct armed_call {
    struct call call;
    struct amt_boot_armed armed;
};

static bool get(struct call *call)
{
    struct armed_call *armed = (struct armed_call *)(void *)call;
    return amt_boot_armed_get(call->device->amt, &call->arena, &armed->armed, &call->err);
}

static bool clear(struct call *call)
{
    return amt_boot_armed_clear(call->device->amt, &call->arena, &call->err);
}

static bool boot_pxe(struct call *call)
{
    struct amt_power_result result;
    return amt_power_act(call->device->amt, &call->arena, 400, NULL, &result, &call->err);
}

static void a_plain_boot_is_not_armed(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), PLAIN_BOOT};
    struct device device;
    struct armed_call armed;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&armed.call, &device, get, 100);
    assert_true(armed.call.ok);
    assert_false(armed.armed.armed);
    assert_int_equal(armed.armed.role, AMT_BOOT_ROLE_NONE);
    assert_int_equal(armed.armed.setting_count, 0);
    call_end(&armed.call);
    device_stop(&device);
}

static void a_setting_alone_is_armed_too(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 GOT(AMT, "AMT_BootSettingData",
                                     P("BIOSSetup", "true") P("EnforceSecureBoot", "true")
                                         P("PlatformErase", "true") P("UseIDER", "false")),
                                 LACKS("CIM_ElementSettingData")};
    struct device device;
    struct armed_call armed;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&armed.call, &device, get, 100);
    assert_true(armed.call.ok);
    assert_true(armed.armed.armed);
    assert_int_equal(armed.armed.role, AMT_BOOT_ROLE_UNKNOWN);
    assert_int_equal(armed.armed.setting_count, 2);
    assert_string_equal(armed.armed.settings[0], "BIOSSetup");
    assert_string_equal(armed.armed.settings[1], "PlatformErase");
    call_end(&armed.call);
    device_stop(&device);
}

static void the_source_is_the_one_that_was_set_here(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 WRITTEN("<h:UseIDER>false<"),
                                 ROLE_SET("1", "0"),
                                 ORDER_SET("Intel(r) AMT: Force PXE Boot", "0"),
                                 POWER_CHANGED("10", "0"),
                                 BOOT_SETTINGS("false"),
                                 ROLE_IS("3"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 ROLE_SET("32768", "0"),
                                 BOOT_SETTINGS("false"),
                                 ROLE_IS("1")};
    struct device device;
    struct armed_call armed;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&armed.call, &device, boot_pxe, 100);
    call_end(&armed.call);
    call_for(&armed.call, &device, get, 100);
    assert_true(armed.armed.armed);
    assert_string_equal(armed.armed.source, "Intel(r) AMT: Force PXE Boot");
    call_end(&armed.call);
    call_for(&armed.call, &device, clear, 100);
    assert_true(armed.call.ok);
    call_end(&armed.call);
    call_for(&armed.call, &device, get, 100); /* armed by somebody else */
    assert_true(armed.armed.armed);
    assert_null(armed.armed.source);
    call_end(&armed.call);
    device_stop(&device);
}

static void a_device_that_keeps_its_boot_says_so(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BOOT_SETTINGS("false"), ORDER_CLEARED("6"),
                                 ROLE_SET("32768", "6")};
    struct device device;
    struct armed_call armed;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&armed.call, &device, clear, 100);
    assert_int_equal(armed.call.err.code, ERROR_DEVICE);
    call_end(&armed.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_boot_is_not_armed),
        cmocka_unit_test(a_setting_alone_is_armed_too),
        cmocka_unit_test(the_source_is_the_one_that_was_set_here),
        cmocka_unit_test(a_device_that_keeps_its_boot_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
