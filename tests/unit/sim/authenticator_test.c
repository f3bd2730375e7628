/* The nonces of a simulated device: told by their seal, not by a list. */
#include "sim/authenticator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REALM "Digest:2517B2332AFD88353D5F5FD352697901"

static struct sim_authenticator device;

static int begin(void **state)
{
    (void)state;
    sim_authenticator_init(&device, "admin", REALM, SLICE_LITERAL("P@ssw0rd"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_authenticator_fini(&device);
    return 0;
}

static enum sim_proof prove(const char *nonce, const char *count, uint64_t now_ms)
{
    char response[HTTP_DIGEST_HEX_SIZE];
    const struct slice qop = SLICE_LITERAL("auth"), uri = SLICE_LITERAL("/wsman");
    struct http_digest_parts parts = {.realm = SLICE_LITERAL(REALM),
                                      .nonce = slice_of_string(nonce),
                                      .uri = uri,
                                      .qop = qop,
                                      .nc = slice_of_string(count),
                                      .cnonce = SLICE_LITERAL("c")};
    http_digest_response(device.ha1, parts.nonce, parts.nc, parts.cnonce, qop, "POST", uri,
                         response);
    parts.response = slice_of_string(response);
    return sim_authenticator_prove(&device, &parts, device.ha1, "POST", now_ms);
}

static void a_nonce_outlives_any_number_of_others(void **state)
{
    (void)state;
    char first[SIM_NONCE_SIZE];
    memcpy(first, sim_authenticator_nonce(&device, 5000), sizeof first);
    assert_int_equal(strlen(first), 32);
    assert_memory_equal(first + 8, "AAAAAAAA", 8); /* as recorded (spec 4.4) */
    for (unsigned i = 0; i < 100; i++)
        assert_string_not_equal(sim_authenticator_nonce(&device, 5000), first);
    assert_int_equal(prove(first, "00000001", 6000), SIM_PROOF_GOOD);
}

static void a_nonce_grows_old(void **state)
{
    (void)state;
    char first[SIM_NONCE_SIZE];
    memcpy(first, sim_authenticator_nonce(&device, 5000), sizeof first);
    assert_int_equal(prove(first, "00000001", 5000 + device.life_ms), SIM_PROOF_GOOD);
    assert_int_equal(prove(first, "00000002", 5001 + device.life_ms), SIM_PROOF_STALE);
}

static void nonces_of_others_are_stale(void **state)
{
    (void)state;
    char first[SIM_NONCE_SIZE];
    memcpy(first, sim_authenticator_nonce(&device, 5000), sizeof first);
    (void)begin(NULL);
    (void)sim_authenticator_nonce(&device, 9000);
    assert_int_equal(prove(first, "00000001", 6000), SIM_PROOF_STALE);
    assert_int_equal(prove("", "00000001", 6000), SIM_PROOF_STALE);
    first[20] ^= 1;
    assert_int_equal(prove(first, "00000001", 6000), SIM_PROOF_STALE);
}

static void a_count_that_does_not_rise_is_seen(void **state)
{
    (void)state;
    char first[SIM_NONCE_SIZE];
    memcpy(first, sim_authenticator_nonce(&device, 5000), sizeof first);
    device.strict_count = true;
    assert_int_equal(prove(first, "00000002", 6000), SIM_PROOF_GOOD);
    assert_int_equal(prove(first, "00000002", 6000), SIM_PROOF_STALE);
    assert_int_equal(prove(first, "0000000a", 6000), SIM_PROOF_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_nonce_outlives_any_number_of_others, begin, end),
        cmocka_unit_test_setup_teardown(a_nonce_grows_old, begin, end),
        cmocka_unit_test_setup_teardown(nonces_of_others_are_stale, begin, end),
        cmocka_unit_test_setup_teardown(a_count_that_does_not_rise_is_seen, begin, end),
    };
    return cmocka_run_group_tests_name("sim/authenticator", tests, NULL, NULL);
}
