/* /api/v1/amt/kvm/screenshot/{guid}: the answers around the picture. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

#define SCREENSHOT "/api/v1/amt/kvm/screenshot/" RIG_GUID

static void a_picture_is_answered_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", SCREENSHOT, NULL), 200);
    assert_string_equal(rig_body(), "\x89PNG of the screen");
    assert_string_equal(rig_header("Cache-Control"), "no-store");
}

static void what_keeps_it_from_being_taken_is_said(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        int status;
    } cases[] = {{ERROR_NOT_FOUND, 404},   {ERROR_CONFLICT, 409}, {ERROR_CONNECTION, 502},
                 {ERROR_DEVICE, 502},      {ERROR_LOGIN, 502},    {ERROR_PROTOCOL, 502},
                 {ERROR_UNSUPPORTED, 501}, {ERROR_BUSY, 503},     {ERROR_CANCELLED, 503},
                 {ERROR_TIMEOUT, 504},     {ERROR_INTERNAL, 500}, {ERROR_TOO_LARGE, 502}};
    fake.cause = "operator has the screen since 12:00";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake.gate = cases[i].code;
        assert_int_equal(rig_send("GET", SCREENSHOT, NULL), cases[i].status);
        if (cases[i].status != 404)
            assert_non_null(strstr(rig_body(), fake.cause));
    }
}

static void a_guid_that_is_none_is_not_connected(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/amt/kvm/screenshot/xyz", NULL), 404);
}

static void nobody_sees_a_screen_without_a_token(void **state)
{
    (void)state;
    assert_int_equal(rig_send_as(NULL, "GET", SCREENSHOT, NULL), 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_picture_is_answered_as_it_is, rig_begin, rig_end),
        cmocka_unit_test_setup_teardown(what_keeps_it_from_being_taken_is_said, rig_begin, rig_end),
        cmocka_unit_test_setup_teardown(a_guid_that_is_none_is_not_connected, rig_begin, rig_end),
        cmocka_unit_test_setup_teardown(nobody_sees_a_screen_without_a_token, rig_begin, rig_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
