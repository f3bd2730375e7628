/* What a certificate says (io/certificate_facts.h), read from one that another program made:
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 36500
 *   -set_serial 123456789012345678901234567890 -subj /O=Site/CN=pc-7.example
 *   -addext subjectAltName=DNS:pc-7.example,IP:10.0.0.7,DNS:pc-7 */
#include "io/certificate_facts.h"

#include "core/encoding.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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

static struct arena arena;

static struct slice der(void)
{
    struct slice bytes;
    assert_true(encoding_base64_decode(&arena, slice_of_string(certificate), &bytes));
    return bytes;
}

static void everything_is_read(void **state)
{
    (void)state;
    struct io_certificate_facts facts;
    struct error err;
    arena_init(&arena);
    assert_true(io_certificate_describe(&arena, der(), &facts, &err));
    assert_string_equal(facts.common_name, "pc-7.example");
    assert_string_equal(facts.issuer_name, "pc-7.example");
    assert_string_equal(facts.serial, "123456789012345678901234567890");
    assert_true(facts.not_before == INT64_C(1795370715000));
    assert_true(facts.not_after == INT64_C(4948970715000));
    assert_int_equal(facts.dns_count, 2);
    assert_string_equal(facts.dns_names[0], "pc-7.example");
    assert_string_equal(facts.dns_names[1], "pc-7");
    assert_string_equal(facts.sha1, "55d7b1aba226825b20f2157453d54dd699fe8897");
    assert_string_equal(facts.sha256,
                        "d32df4feb42479ca65c82f6abdea8ed5e5506ac50f4c44a5f64ff58b80ef9f5b");
    assert_string_equal(facts.algorithm, "ECDSA");
    assert_int_equal(facts.bits, 256);
    arena_fini(&arena);
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    struct io_certificate_facts facts;
    struct error err;
    arena_init(&arena);
    for (size_t size = 0; size < der().size; size += 7) {
        assert_false(io_certificate_describe(&arena, slice_first(der(), size), &facts, &err));
        assert_int_equal(err.code, ERROR_PROTOCOL);
    }
    arena_fini(&arena);
}

static void it_is_for_the_names_that_it_has(void **state)
{
    (void)state;
    arena_init(&arena);
    assert_true(io_certificate_is_for(der(), "pc-7.example"));
    assert_true(io_certificate_is_for(der(), "PC-7"));
    assert_false(io_certificate_is_for(der(), "pc-8.example"));
    assert_false(io_certificate_is_for(der(), "192.0.2.7"));
    assert_false(io_certificate_is_for(der(), ""));
    assert_false(io_certificate_is_for(slice_first(der(), 100), "pc-7"));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(it_is_for_the_names_that_it_has),
        cmocka_unit_test(what_is_no_certificate_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
