/* Addresses as options have them. */
#include "rpc/web/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void hosts_are_names_and_addresses(void **state)
{
    static const char *const good[] = {"a",        "proxy.example.test",
                                       "10.0.0.1", "2001:db8::1",
                                       "my_proxy", "a-b.c",
                                       "a.b.",     "256.1.1.1a",
                                       "1.2.c",    "0x7g",
                                       "x1",       "1.0x1.a",
                                       "00x1",     "0y1"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!rpc_address_is_host(good[i]))
            fail_msg("%s", good[i]);
}

static void what_is_no_host_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "a..b",
                                      "-a",
                                      "a b",
                                      "a/b",
                                      "a:1",
                                      "[::1]",
                                      "http://a",
                                      "256.1.1.1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "10.0.0.1.",
                                      "a.12",
                                      "4711",
                                      "0x7f000001",
                                      "0X7F.",
                                      "0x",
                                      "10.0.0.0x1",
                                      "a.0xfF",
                                      "a.017",
                                      "a\x1b[2J",
                                      "\xc2\x85",
                                      "\xe2\x80\x8e"
                                      "a"};
    char label[66];
    char name[256];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (rpc_address_is_host(bad[i]))
            fail_msg("%zu: %s", i, bad[i]);
    memset(label, 'x', sizeof label);
    label[64] = '\0';
    assert_false(rpc_address_is_host(label));
    label[63] = '\0';
    assert_true(rpc_address_is_host(label));
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 2 == 0 ? 'a' : '.';
    name[255] = '\0';
    assert_false(rpc_address_is_host(name));
    name[253] = '\0';
    assert_true(rpc_address_is_host(name));
}

static void a_machine_may_call_itself_by_a_number(void **state)
{
    (void)state;
    assert_true(rpc_address_is_name("4711"));
    assert_true(rpc_address_is_name("pc-1.lab.2"));
    assert_false(rpc_address_is_name("a b"));
    assert_false(rpc_address_is_name("2001:db8::1"));
    assert_false(rpc_address_is_name("."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_names_and_addresses),
        cmocka_unit_test(what_is_no_host_is_refused),
        cmocka_unit_test(a_machine_may_call_itself_by_a_number),
    };
    return cmocka_run_group_tests_name("rpc/address", tests, NULL, NULL);
}
