#include "io/conn.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void printed_as(const char *text, const char *expected, uint16_t port)
{
    struct io_address address;
    struct error err = {0};
    char printed[IO_ADDRESS_TEXT_SIZE];
    assert_true(io_address_parse(slice_of_string(text), &address, &err));
    assert_string_equal(io_address_format(&address, printed), expected);
    assert_int_equal(io_address_port(&address), port);
}

static void addresses_are_read_and_printed(void **state)
{
    (void)state;
    printed_as("127.0.0.1:4433", "127.0.0.1:4433", 4433);
    printed_as("[::1]:65535", "[::1]:65535", 65535);
    printed_as("[2001:db8:0:0:0:0:0:1]:0", "[2001:db8::1]:0", 0);
    printed_as("localhost:80", "127.0.0.1:80", 80);
    printed_as(":3000", "[::]:3000", 3000);
}

static void an_ipv4_caller_on_an_ipv6_socket_is_printed_as_ipv4(void **state)
{
    (void)state;
    printed_as("[::ffff:192.0.2.7]:1", "192.0.2.7:1", 1);
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:1x",
        "::1:80",
        "[::1]80",
        "[::1]",
        "[]:80",
        "[127.0.0.1]:80",
        "example.com:80",
        "1.2.3:80",
        "[::1",
        "[",
        "0000000000000000000000000000000000000000000000000000000000000000:1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct io_address address;
        struct error err = {0};
        assert_false(io_address_parse(slice_of_string(wrong[i]), &address, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_printed),
        cmocka_unit_test(an_ipv4_caller_on_an_ipv6_socket_is_printed_as_ipv4),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
