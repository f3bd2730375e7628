/* Digest authentication: one 401 per device, nonces used again, and no wedging. */
#include "device.h"

#include "http/digest.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_parameter(const struct device *device, size_t request, const char *name,
                             const char *expected)
{
    char value[80];
    device_parameter(device, request, name, value, sizeof value);
    assert_string_equal(value, expected);
}

static void a_challenge_is_used_for_all_later_requests(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("QYePBLMVAAAA"), STEP_200, STEP_200, STEP_200};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        struct call call;
        call_for(&call, &device, call_get, 30000); /* each on a connection of its own */
        assert_true(call.ok);
        call_end(&call);
    }
    assert_null(strstr(device.requests[0], "Authorization"));
    assert_parameter(&device, 1, "nonce", "QYePBLMVAAAA");
    assert_parameter(&device, 3, "nonce", "QYePBLMVAAAA");
    assert_parameter(&device, 1, "nc", "00000001");
    assert_parameter(&device, 2, "nc", "00000002");
    assert_parameter(&device, 3, "nc", "00000003");
    assert_int_equal(device.credential_reads, 1);
    device_stop(&device);
}

static void the_response_is_that_of_rfc_2617(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    assert_parameter(&device, 1, "username", "admin");
    assert_parameter(&device, 1, "realm", "Digest:2517B2332AFD88353D5F5FD352697901");
    assert_parameter(&device, 1, "uri", "/wsman");
    assert_parameter(&device, 1, "qop", "auth");
    char cnonce[80], ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    device_parameter(&device, 1, "cnonce", cnonce, sizeof cnonce);
    http_digest_ha1(SLICE_LITERAL("admin"),
                    SLICE_LITERAL("Digest:2517B2332AFD88353D5F5FD352697901"),
                    SLICE_LITERAL("P@ssw0rd"), ha1);
    http_digest_response(ha1, SLICE_LITERAL("n1"), SLICE_LITERAL("00000001"),
                         slice_of_string(cnonce), SLICE_LITERAL("auth"), "POST",
                         SLICE_LITERAL("/wsman"), response);
    assert_parameter(&device, 1, "response", response);
    device_stop(&device);
}

/* Firmware says stale="false" even when only the nonce expired (device-protocols 4.4). */
static void an_expired_nonce_costs_one_more_round(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_401("n2"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    assert_parameter(&device, 2, "nonce", "n1");
    assert_parameter(&device, 3, "nonce", "n2");
    assert_parameter(&device, 3, "nc", "00000001");
    assert_int_equal(device.credential_reads, 1);
    device_stop(&device);
}

#define STALE(nonce)                                                                              \
    {                                                                                             \
        .status = 401, .body = "<html></html>\n", .closes = true,                                 \
        .headers = "WWW-Authenticate: Digest realm=\"Digest:2517B2332AFD88353D5F5FD352697901\", " \
                   "nonce=\"" nonce "\",stale=\"true\",qop=\"auth\"\r\nConnection: close\r\n"     \
    }

/* Who says stale="true" hasn't looked at the password (RFC 7616 3.3). */
static void a_nonce_that_is_called_stale_says_nothing_of_the_password(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STALE("n2"), STALE("n3"), STALE("n4"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    assert_parameter(&device, 4, "nonce", "n4");
    device_stop(&device);
}

static void a_nonce_that_is_always_stale_is_given_up(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STALE("n2"), STALE("n3"),
                                 STALE("n4"),    STALE("n5"), STALE("n6")};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_LOGIN);
    assert_int_equal(device.taken, 6);
    call_end(&call);
    device_stop(&device);
}

static void concurrent_first_requests_make_one_401(void **state)
{
    (void)state;
    const struct step steps[] = {
        {.status = 401, .headers = CHALLENGE("n1"), .body = "<html></html>\n", .delay_ms = 50},
        {.status = 200, .body = SETTINGS, .soap = true, .delay_ms = 50},
        {.status = 200, .body = SETTINGS, .soap = true, .delay_ms = 50},
        {.status = 200, .body = SETTINGS, .soap = true, .delay_ms = 50}};
    struct device device;
    struct call calls[3];
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++)
        call_start(&calls[i], &device, call_get);
    io_simulated_advance(40);
    assert_int_equal(device.taken, 1);
    io_simulated_advance(1000);
    for (int i = 0; i < 3; i++) {
        assert_true(calls[i].ok);
        call_end(&calls[i]);
    }
    assert_int_equal(device.most_in_flight, 3);
    device_stop(&device);
}

/* The toolkit's server wedges here until the device reconnects (spec mps 4.2). */
static void a_scout_that_fails_is_followed_by_another(void **state)
{
    (void)state;
    const struct step steps[] = {{.closes = true},
                                 {.raw = "garbage\r\n\r\n", .closes = true},
                                 {.status = 401, .body = "<html></html>\n"}, /* no challenge */
                                 STEP_401("n1"),
                                 STEP_200};
    const struct amt_options options = {.in_flight_limit = 4};
    struct device device;
    struct call calls[4];
    DEVICE_START(&device, steps, &options);
    for (int i = 0; i < 4; i++)
        call_start(&calls[i], &device, call_get);
    io_simulated_advance(1000);
    assert_int_equal(calls[0].err.code, ERROR_CONNECTION);
    assert_int_equal(calls[1].err.code, ERROR_PROTOCOL);
    assert_int_equal(calls[2].err.code, ERROR_PROTOCOL);
    assert_true(calls[3].ok);
    for (int i = 0; i < 4; i++)
        call_end(&calls[i]);
    device_stop(&device);
}

static void who_waits_for_a_hanging_scout_has_a_deadline_too(void **state)
{
    (void)state;
    const struct step steps[] = {{.status = 0}, STEP_401("n1"), STEP_200};
    struct device device;
    struct call calls[2];
    DEVICE_START(&device, steps, NULL);
    call_start(&calls[0], &device, call_get);
    io_simulated_advance(10000);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(20100);
    assert_int_equal(calls[0].err.code, ERROR_TIMEOUT);
    assert_true(calls[1].ok); /* became the scout with ten seconds left */
    call_end(&calls[0]);
    call_end(&calls[1]);
    device_stop(&device);
    const struct step hangs[] = {{.status = 0}};
    DEVICE_START(&device, hangs, NULL);
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(30100);
    assert_int_equal(calls[0].err.code, ERROR_TIMEOUT);
    assert_int_equal(calls[1].err.code, ERROR_TIMEOUT);
    call_end(&calls[0]);
    call_end(&calls[1]);
    device_stop(&device);
}

static void a_cancelled_scout_is_followed_by_another(void **state)
{
    (void)state;
    const struct step steps[] = {{.status = 0}, STEP_401("n1"), STEP_200};
    struct device device;
    struct call calls[2];
    DEVICE_START(&device, steps, NULL);
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(100);
    io_task_cancel(&calls[0].task);
    io_simulated_advance(100);
    assert_int_equal(calls[0].err.code, ERROR_CANCELLED);
    assert_true(calls[1].ok);
    call_end(&calls[0]);
    call_end(&calls[1]);
    device_stop(&device);
}

static void a_device_without_authentication_is_served(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_200, STEP_200};
    struct device device;
    struct call calls[2];
    DEVICE_START(&device, steps, NULL);
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(100);
    assert_true(calls[0].ok && calls[1].ok);
    assert_int_equal(device.credential_reads, 0);
    call_end(&calls[0]);
    call_end(&calls[1]);
    device_stop(&device);
}

/* Two tries with one password, not more: the account locks. */
static void a_wrong_password_is_told_and_not_tried_in_a_loop(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3")};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 1000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_LOGIN);
    assert_string_equal(
        call.err.text, "Get AMT_GeneralSettings: the device refuses the AMT user name or password");
    assert_int_equal(device.credential_reads, 2);
    call_end(&call);
    device_stop(&device);
}

static void a_password_that_was_changed_is_read_again(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_401("n2"), STEP_401("n3"),
                                 STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    device.password = "Another1!";
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_int_equal(device.credential_reads, 2);
    call_end(&call);
    device_stop(&device);
}

static void after_a_refusal_the_credentials_are_read_again(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    assert_false(call.ok);
    call_end(&call);
    device.password = "Another1!";
    io_simulated_advance(5000);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_parameter(&device, 3, "nonce", "n3");
    call_end(&call);
    device_stop(&device);
}

/* A page of many calls with a wrong password would lock the account; forgetting what is known, as
 * after a change of the password, tries again at once. */
static void after_a_refusal_nothing_is_sent_for_five_seconds(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_401("n2"), STEP_401("n3"), STEP_401("n4"),
                                 STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    for (unsigned i = 0; i < 20; i++) {
        call_for(&call, &device, call_get, 10);
        assert_int_equal(call.err.code, ERROR_LOGIN);
        call_end(&call);
    }
    assert_int_equal(device.taken, 3);
    amt_forget(device.amt);
    device.password = "Another1!";
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

static void forgetting_starts_from_the_beginning(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_401("n2"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    amt_forget(device.amt);
    assert_int_equal(device.closed, device.opened);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_null(strstr(device.requests[2], "Authorization"));
    assert_int_equal(device.credential_reads, 2);
    call_end(&call);
    device_stop(&device);
}

static void forgetting_during_a_request_does_not_keep_its_connection(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 {.status = 200, .body = SETTINGS, .soap = true, .delay_ms = 50}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_start(&call, &device, call_get);
    io_simulated_advance(30);
    amt_forget(device.amt);
    io_simulated_advance(100);
    assert_true(call.ok);
    assert_int_equal(device.closed, device.opened);
    call_end(&call);
    device_stop(&device);
}

static void the_digest_is_found_among_other_schemes(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "WWW-Authenticate: Negotiate\r\n" CHALLENGE("n1") "Connection: close\r\n",
        CHALLENGE("n1") "WWW-Authenticate: Negotiate\r\nConnection: close\r\n",
        "www-authenticate: NTLM\r\nWWW-AUTHENTICATE: dIgEsT realm=\"r\", nonce=\"n1\", "
        "qop=\"auth\"\r\nConnection: close\r\n"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        const struct step steps[] = {{.status = 401, .headers = orders[i], .closes = true},
                                     STEP_200};
        struct device device;
        struct call call;
        DEVICE_START(&device, steps, NULL);
        call_for(&call, &device, call_get, 100);
        if (!call.ok)
            fail_msg("%s", call.err.text);
        assert_parameter(&device, 1, "nonce", "n1");
        call_end(&call);
        device_stop(&device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_is_used_for_all_later_requests),
        cmocka_unit_test(the_response_is_that_of_rfc_2617),
        cmocka_unit_test(an_expired_nonce_costs_one_more_round),
        cmocka_unit_test(a_nonce_that_is_called_stale_says_nothing_of_the_password),
        cmocka_unit_test(a_nonce_that_is_always_stale_is_given_up),
        cmocka_unit_test(concurrent_first_requests_make_one_401),
        cmocka_unit_test(a_scout_that_fails_is_followed_by_another),
        cmocka_unit_test(who_waits_for_a_hanging_scout_has_a_deadline_too),
        cmocka_unit_test(a_cancelled_scout_is_followed_by_another),
        cmocka_unit_test(a_device_without_authentication_is_served),
        cmocka_unit_test(a_wrong_password_is_told_and_not_tried_in_a_loop),
        cmocka_unit_test(a_password_that_was_changed_is_read_again),
        cmocka_unit_test(after_a_refusal_the_credentials_are_read_again),
        cmocka_unit_test(after_a_refusal_nothing_is_sent_for_five_seconds),
        cmocka_unit_test(forgetting_starts_from_the_beginning),
        cmocka_unit_test(forgetting_during_a_request_does_not_keep_its_connection),
        cmocka_unit_test(the_digest_is_found_among_other_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
