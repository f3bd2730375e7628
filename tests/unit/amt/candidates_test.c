/* The device refuses the stored password, and another one may open it: each is tried once, and the
 * one that works is told. */
#include "device.h"

#include "amt/redirection.h"
#include "http/digest.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The request was sent under this password. */
static void assert_password(const struct device *device, size_t request, const char *password)
{
    char nonce[80], count[80], cnonce[80], sent[HTTP_DIGEST_HEX_SIZE + 8];
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    device_parameter(device, request, "nonce", nonce, sizeof nonce);
    device_parameter(device, request, "nc", count, sizeof count);
    device_parameter(device, request, "cnonce", cnonce, sizeof cnonce);
    device_parameter(device, request, "response", sent, sizeof sent);
    http_digest_ha1(SLICE_LITERAL("admin"),
                    SLICE_LITERAL("Digest:2517B2332AFD88353D5F5FD352697901"),
                    slice_of_string(password), ha1);
    http_digest_response(ha1, slice_of_string(nonce), slice_of_string(count),
                         slice_of_string(cnonce), SLICE_LITERAL("auth"), "POST",
                         SLICE_LITERAL("/wsman"), response);
    assert_string_equal(sent, response);
}

static void the_pending_password_is_tried_and_told(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_200,
                                 STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_string_equal(device.found, "Pending1!");
    call_end(&call);
    call_for(&call, &device, call_get, 100); /* the next one knows */
    assert_true(call.ok);
    call_end(&call);
    assert_password(&device, 1, "P@ssw0rd");
    assert_password(&device, 2, "P@ssw0rd");
    assert_password(&device, 3, "Pending1!");
    assert_password(&device, 4, "Pending1!");
    assert_int_equal(device.candidate_reads, 1);
    device_stop(&device);
}

static void the_one_before_is_tried_last(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_401("n4"),
                                 STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    device.candidates[1] = "Previous1!";
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_password(&device, 3, "Pending1!");
    assert_password(&device, 4, "Previous1!");
    assert_string_equal(device.found, "Previous1!");
    call_end(&call);
    device_stop(&device);
}

static char redirected[40]; /* the password of a redirection login; empty: there is none */

static bool call_redirection(struct call *call)
{
    struct slice user, password;
    redirected[0] = '\0';
    if (!amt_redirection_credentials(call->device->amt, &call->arena, &user, &password, &call->err))
        return false;
    assert_true(slice_equal_string(user, "admin") && password.size < sizeof redirected);
    memcpy(redirected, password.data, password.size);
    redirected[password.size] = '\0';
    return true;
}

static void redirection_logs_in_with_the_one_that_wsman_finds(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    for (unsigned i = 0; i < 2; i++) { /* the second one knows */
        call_for(&call, &device, call_redirection, 100);
        assert_true(call.ok);
        assert_string_equal(redirected, "Pending1!");
        call_end(&call);
    }
    assert_string_equal(device.found, "Pending1!");
    device_stop(&device);
}

static void redirection_is_asked_nothing_that_wsman_was_refused(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_401("n4")};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    call_for(&call, &device, call_redirection, 100);
    assert_int_equal(call.err.code, ERROR_LOGIN);
    assert_string_equal(redirected, "");
    call_end(&call);
    device_stop(&device);
}

static void redirection_asks_wsman_nothing_where_one_password_is_stored(void **state)
{
    (void)state;
    struct device device;
    struct call call;
    device_start(&device, NULL, 0, NULL);
    call_for(&call, &device, call_redirection, 100);
    assert_true(call.ok);
    assert_string_equal(redirected, "P@ssw0rd");
    call_end(&call);
    device_stop(&device);
}

/* The account would lock. */
static void each_is_tried_once_and_then_none_for_five_seconds(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"),
                                 STEP_401("n4"), STEP_401("n5"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    device.candidates[1] = "Previous1!";
    call_for(&call, &device, call_get, 100);
    assert_int_equal(call.err.code, ERROR_LOGIN);
    assert_string_equal(
        call.err.text, "Get AMT_GeneralSettings: the device refuses the AMT user name or password");
    call_end(&call);
    for (unsigned i = 0; i < 20; i++) {
        call_for(&call, &device, call_get, 10);
        assert_int_equal(call.err.code, ERROR_LOGIN);
        call_end(&call);
    }
    assert_int_equal(device.taken, 5);
    assert_string_equal(device.found, "");
    io_simulated_advance(5000);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

static void one_that_was_refused_already_is_left_out(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "P@ssw0rd";
    device.candidates[1] = "Previous1!";
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_password(&device, 3, "Previous1!");
    call_end(&call);
    device_stop(&device);
}

/* Side by side: one looks for the password, the others wait for what it finds. */
static void requests_side_by_side_try_it_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_401("n4"),
                                 STEP_401("n5"), STEP_200,       STEP_200};
    struct device device;
    struct call calls[2];
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    device.candidates[1] = "Previous1!";
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(1000);
    assert_true(calls[0].ok);
    assert_true(calls[1].ok);
    assert_password(&device, 5, "Pending1!");
    assert_password(&device, 6, "Pending1!");
    assert_int_equal(device.candidate_reads, 1);
    call_end(&calls[0]);
    call_end(&calls[1]);
    device_stop(&device);
}

static void side_by_side_with_none_that_works_each_is_tried_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"),
                                 STEP_401("n4"), STEP_401("n5"), STEP_401("n6")};
    struct device device;
    struct call calls[2];
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(1000);
    assert_int_equal(calls[0].err.code, ERROR_LOGIN);
    assert_int_equal(calls[1].err.code, ERROR_LOGIN);
    assert_int_equal(device.candidate_reads, 1);
    call_end(&calls[0]);
    call_end(&calls[1]);
    device_stop(&device);
}

static void a_connection_that_is_lost_meanwhile_condemns_no_password(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), {.closes = true}, STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.candidates[0] = "Pending1!";
    call_for(&call, &device, call_get, 100);
    assert_int_equal(call.err.code, ERROR_CONNECTION);
    call_end(&call);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

static void a_password_that_was_just_set_is_used_at_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    assert_false(amt_logged_in_with(device.amt, SLICE_LITERAL("P@ssw0rd")));
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    assert_true(amt_logged_in_with(device.amt, SLICE_LITERAL("P@ssw0rd")));
    amt_log_in_with(device.amt, SLICE_LITERAL("Changed1!"));
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    assert_password(&device, 2, "Changed1!");
    assert_true(amt_logged_in_with(device.amt, SLICE_LITERAL("Changed1!")));
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pending_password_is_tried_and_told),
        cmocka_unit_test(the_one_before_is_tried_last),
        cmocka_unit_test(redirection_logs_in_with_the_one_that_wsman_finds),
        cmocka_unit_test(redirection_is_asked_nothing_that_wsman_was_refused),
        cmocka_unit_test(redirection_asks_wsman_nothing_where_one_password_is_stored),
        cmocka_unit_test(each_is_tried_once_and_then_none_for_five_seconds),
        cmocka_unit_test(one_that_was_refused_already_is_left_out),
        cmocka_unit_test(requests_side_by_side_try_it_once),
        cmocka_unit_test(side_by_side_with_none_that_works_each_is_tried_once),
        cmocka_unit_test(a_connection_that_is_lost_meanwhile_condemns_no_password),
        cmocka_unit_test(a_password_that_was_just_set_is_used_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
