/* /api/v1/devices/cert/{guid} (spec console 1.5): show, pin, unpin. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

#define CERT "/api/v1/devices/cert/" RIG_GUID
#define HASH "d32df4feb42479ca65c82f6abdea8ed5e5506ac50f4c44a5f64ff58b80ef9f5b"
#define PAIRS                                          \
    "D3:2D:F4:FE:B4:24:79:CA:65:C8:2F:6A:BD:EA:8E:D5:" \
    "E5:50:6A:C5:0F:4C:44:A5:F6:4F:F5:8B:80:EF:9F:5B"

/* Made by openssl; tests/unit/io/certificate_facts_test.c says how. */
/* clang-format off */
static const char certificate[] =
    "MIIBwjCCAWegAwIBAgINAY7pD/bDc+DuTj8K0jAKBggqhkjOPQQDAjAmMQ0wCwYDVQQKDARTaXRl"
    "MRUwEwYDVQQDDAxwYy03LmV4YW1wbGUwIBcNMjYxMTIyMTgwNTE1WhgPMjEyNjEwMjkxODA1MTVa"
    "MCYxDTALBgNVBAoMBFNpdGUxFTATBgNVBAMMDHBjLTcuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG"
    "SM49AwEHA0IABJQjzjm9mgUMdFog+XQmFGAaNCcuNPkIrSKx+52OrKDWcB4OoFdQG/XCmVQFtrLT"
    "bdNGXI7hACdHIUJw3+vWMG2jeDB2MB0GA1UdDgQWBBRduiS4H9uQlJ1WLoFeKWe40EjDnTAfBgNV"
    "HSMEGDAWgBRduiS4H9uQlJ1WLoFeKWe40EjDnTAPBgNVHRMBAf8EBTADAQH/MCMGA1UdEQQcMBqC"
    "DHBjLTcuZXhhbXBsZYcECgAAB4IEcGMtNzAKBggqhkjOPQQDAgNJADBGAiEAkxwqzEQB2/N2CZTq"
    "nJQAY0sYT/Xtg5f/ANMlMBfWYkcCIQCbr9jE8VEpI2Pc4Y5E6vWl9AFwOcMm8QSdTff/0g8h1Q==";
/* clang-format on */

static void the_certificate_has_consoles_keys_in_order(void **state)
{
    (void)state;
    fake.certificate = certificate;
    assert_int_equal(rig_send("GET", CERT, NULL), 200);
    assert_string_equal(rig_body(),
                        "{\"guid\":\"" RIG_GUID "\",\"commonName\":\"pc-7.example\","
                        "\"issuerName\":\"pc-7.example\","
                        "\"serialNumber\":\"123456789012345678901234567890\","
                        "\"notBefore\":\"2026-11-22T18:05:15.000Z\","
                        "\"notAfter\":\"2126-10-29T18:05:15.000Z\","
                        "\"dnsNames\":[\"pc-7.example\",\"pc-7\"],"
                        "\"sha1Fingerprint\":\"55d7b1aba226825b20f2157453d54dd699fe8897\","
                        "\"sha256Fingerprint\":\"" HASH "\","
                        "\"publicKeyAlgorithm\":\"ECDSA\",\"publicKeySize\":256}");
    assert_int_equal(fake.put_fields, 0);
    assert_int_equal(fake.refreshed, 0);
}

static void what_keeps_it_from_being_shown_is_said(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        int status;
    } cases[] = {{ERROR_NOT_FOUND, 404}, {ERROR_CONFLICT, 409}, {ERROR_CONNECTION, 502},
                 {ERROR_BUSY, 503},      {ERROR_TIMEOUT, 504},  {ERROR_PROTOCOL, 502}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake.gate = cases[i].code;
        assert_int_equal(rig_send("GET", CERT, NULL), cases[i].status);
        assert_memory_equal(rig_body(), "{\"error\":\"", 10);
    }
    fake.gate = ERROR_NONE;
    fake.certificate = "AAAA";
    assert_int_equal(rig_send("GET", CERT, NULL), 502);
    assert_non_null(strstr(rig_body(), "cannot be read"));
}

static void pinning_stores_the_fingerprint_and_counts_at_once(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"sha256Fingerprint\":\"" PAIRS "\"}",
                                         "{\"sha256Fingerprint\":\"" HASH "\"}"};
    for (int i = 0; i < 2; i++) {
        fake.put.cert_hash = NULL;
        assert_int_equal(rig_send("POST", CERT, bodies[i]), 200);
        assert_string_equal(fake.put.cert_hash, HASH);
        assert_int_equal(fake.put_fields, STORE_CERT_HASH);
        assert_true(fake.put_must_exist);
        assert_int_equal(fake.refreshed, i + 1);
        assert_non_null(strstr(rig_body(), "\"certHash\":"));
    }
    assert_int_equal(rig_send("DELETE", CERT, NULL), 200);
    assert_null(fake.put.cert_hash);
    assert_int_equal(fake.put_fields, STORE_CERT_HASH);
    assert_int_equal(fake.refreshed, 3);
}

static void what_is_no_fingerprint_is_400(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "{\"sha256Fingerprint\":null}",
        "{\"sha256Fingerprint\":\"\"}",
        "{\"sha256Fingerprint\":[]}",
        "{\"sha256Fingerprint\":\"" HASH "00\"}",
        "{\"sha256Fingerprint\":\"x" HASH "\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(rig_send("POST", CERT, bodies[i]), 400);
        assert_memory_equal(rig_body(), "{\"errors\":[", 11);
    }
    assert_int_equal(fake.put_fields, 0);
    assert_int_equal(rig_send("GET", "/api/v1/devices/cert/1", NULL), 400);
}

static void a_device_that_is_not_there_cannot_be_pinned(void **state)
{
    (void)state;
    fake.store = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("DELETE", CERT, NULL), 404);
    assert_string_equal(rig_body(), "{\"error\":\"NOT FOUND\",\"message\":\"Device ID " RIG_GUID
                                    " not found\"}");
    fake.store = ERROR_BUSY;
    assert_int_equal(rig_send("DELETE", CERT, NULL), 503);
    fake.store = ERROR_STORE;
    assert_int_equal(rig_send("DELETE", CERT, NULL), 500);
    assert_int_equal(fake.refreshed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_begin, rig_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_certificate_has_consoles_keys_in_order),
        TEST(what_keeps_it_from_being_shown_is_said),
        TEST(pinning_stores_the_fingerprint_and_counts_at_once),
        TEST(what_is_no_fingerprint_is_400),
        TEST(a_device_that_is_not_there_cannot_be_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
