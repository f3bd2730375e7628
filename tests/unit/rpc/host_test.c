#include "rpc/machine/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void the_first_domain_that_is_searched(void **state)
{
    (void)state;
    assert_string_equal(
        rpc_host_search_domain(&arena, SLICE_LITERAL("# x\nnameserver 192.0.2.1\n"
                                                     "search corp.example.test lab.test\n")),
        "corp.example.test");
    assert_string_equal(rpc_host_search_domain(&arena, SLICE_LITERAL("domain\tlab.test.\n")),
                        "lab.test");
    assert_null(rpc_host_search_domain(&arena, SLICE_LITERAL("search .\nsearching a\n")));
    assert_null(rpc_host_search_domain(&arena, SLICE_LITERAL("")));
}

static void the_domain_of_a_name_in_hosts(void **state)
{
    (void)state;
    static const char debian[] = "127.0.0.1\tlocalhost\n# 127.0.1.1 no.test pc-1\n"
                                 "127.0.1.1\tpc-1.corp.example.com\tpc-1\n"
                                 "::1 localhost ip6-localhost\n";
    const struct slice hosts = slice_of_string(debian);
    assert_string_equal(rpc_host_hosts_domain(&arena, hosts, "pc-1"), "corp.example.com");
    assert_string_equal(rpc_host_hosts_domain(&arena, hosts, "PC-1"), "corp.example.com");
    assert_null(rpc_host_hosts_domain(&arena, hosts, "pc-2"));
    assert_null(rpc_host_hosts_domain(&arena, hosts, "localhost"));
    assert_string_equal(rpc_host_hosts_domain(&arena,
                                              SLICE_LITERAL("10.0.0.1 pc-1\n10.0.0.2  pc-1 "
                                                            "pc-1.a.test. x.b.test # c"),
                                              "pc-1"),
                        "a.test");
    assert_null(
        rpc_host_hosts_domain(&arena, SLICE_LITERAL("pc-1.a.test\n\n1 .a pc-1 b.\n"), "pc-1"));
}

static void names_of_distributions_may_be_quoted(void **state)
{
    (void)state;
    const struct slice text =
        SLICE_LITERAL("NAME=plain\nPRETTY_NAME=\"Some Linux 1 (a)\"\nX='y'\n");
    assert_string_equal(rpc_host_release_value(&arena, text, "PRETTY_NAME"), "Some Linux 1 (a)");
    assert_string_equal(rpc_host_release_value(&arena, text, "NAME"), "plain");
    assert_string_equal(rpc_host_release_value(&arena, text, "X"), "y");
    assert_null(rpc_host_release_value(&arena, text, "Y"));
}

static void the_processor_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(
        rpc_host_cpu_model(&arena, SLICE_LITERAL("processor\t: 0\nmodel name\t: A CPU @ 2 GHz\n")),
        "A CPU @ 2 GHz");
    assert_null(rpc_host_cpu_model(&arena, SLICE_LITERAL("processor : 0\n")));
}

static void an_address_is_found_by_mac(void **state)
{
    (void)state;
    struct rpc_host_interface interfaces[] = {
        {.name = "a", .mac = {2, 0, 0, 0, 0, 1}},
        {.name = "b", .mac = {2, 0, 0, 0, 0, 1}, .ipv4 = "192.0.2.7"},
        {.name = "c", .mac = {2, 0, 0, 0, 0, 2}, .ipv4 = "192.0.2.8"},
    };
    struct rpc_host host = {.interfaces = interfaces, .interface_count = 3};
    assert_string_equal(rpc_host_address_of(&host, (const uint8_t[]){2, 0, 0, 0, 0, 1}),
                        "192.0.2.7");
    assert_null(rpc_host_address_of(&host, (const uint8_t[]){2, 0, 0, 0, 0, 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_domain_that_is_searched, begin, end),
        cmocka_unit_test_setup_teardown(the_domain_of_a_name_in_hosts, begin, end),
        cmocka_unit_test_setup_teardown(names_of_distributions_may_be_quoted, begin, end),
        cmocka_unit_test_setup_teardown(the_processor_has_a_name, begin, end),
        cmocka_unit_test_setup_teardown(an_address_is_found_by_mac, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
