#include "obctl/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* docs/protocol-redirection.md, the table of Close codes; `obctl help` has the exit codes. */
static void assert_exit(uint16_t code, const char *reason, int wanted)
{
    assert_int_equal(error_exit_code(obctl_relay_error_of(code, reason)), wanted);
}

static void missing_consent_is_a_conflict(void **state)
{
    (void)state;
    assert_exit(1008, "user consent is required: request a code first", 5);
    assert_exit(1008, "the browser said what does not belong there", 3);
}

static void who_may_try_again_is_told(void **state)
{
    (void)state;
    assert_exit(1013, "the server is shutting down", 6);
    assert_exit(1013, "the device has just connected again; try again", 6);
}

static void other_ends_are_the_device_s_or_the_connection_s(void **state)
{
    (void)state;
    assert_exit(1011, "the device cannot be reached", 8);
    assert_exit(1000, "the device closed the session", 7);
    assert_exit(1001, "the device is being disconnected", 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_consent_is_a_conflict),
        cmocka_unit_test(who_may_try_again_is_told),
        cmocka_unit_test(other_ends_are_the_device_s_or_the_connection_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
