/* What PTHI says of AMT's network (mei/pthi_network.h): layouts of spec rpc 2.4. */
#include "layout.h"

#include "mei/pthi_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool lan(struct slice body, void *to)
{
    return mei_pthi_decode_lan(body, to);
}

static bool access_to(struct slice body, void *to)
{
    return mei_pthi_decode_remote_access(body, layout_arena(), to);
}

static bool macs(struct slice body, void *to)
{
    return mei_pthi_decode_macs(body, to);
}

static bool tcpip(struct slice body, void *to)
{
    return mei_pthi_decode_tcpip(body, layout_arena(), to);
}

struct suffixes {
    struct slice *names;
    size_t count;
};

static bool suffixes(struct slice body, void *to)
{
    struct suffixes *s = to;
    return mei_pthi_decode_suffixes(body, layout_arena(), &s->names, &s->count);
}

static bool server(struct slice body, void *to)
{
    return mei_pthi_decode_config_server(body, layout_arena(), to);
}

static bool ipv6(struct slice body, void *to)
{
    return mei_pthi_decode_ipv6_lan(body, layout_arena(), to);
}

static bool fqdn(struct slice body, void *to)
{
    return mei_pthi_decode_fqdn(body, layout_arena(), to);
}

static void an_interface_has_an_address_and_a_mac(void **state)
{
    (void)state;
    struct mei_lan l;
    static const uint8_t mac[6] = {0x54, 0xb2, 0x03, 0x93, 0xce, 0x02};
    layout_decodes(lan, "01000000 0701a8c0 01000000 01 01 54b20393ce02", &l, 0);
    assert_true(l.enabled && l.dhcp && l.link_up);
    assert_int_equal(l.ipv4, 0xc0a80107);
    assert_int_equal(l.dhcp_mode, 1);
    assert_memory_equal(l.mac, mac, 6);
}

static void remote_access_has_a_state_and_a_host(void **state)
{
    (void)state;
    struct mei_remote_access a;
    layout_decodes(access_to, "02000000 01000000 03000000 0f00 'mps.example.com'", &a, 0);
    assert_int_equal(a.network, 2);
    assert_int_equal(a.remote, 1);
    assert_int_equal(a.trigger, 3);
    layout_text(a.mps_host, "mps.example.com");
    layout_decodes(access_to, "00000000 00000000 00000000 0000", &a, 0);
    layout_text(a.mps_host, "");
}

static void macs_are_two(void **state)
{
    (void)state;
    struct mei_macs m;
    layout_decodes(macs, "010203040506 a1a2a3a4a5a6", &m, 0);
    assert_int_equal(m.dedicated[5], 6);
    assert_int_equal(m.host[0], 0xa1);
}

static void addresses_are_values(void **state)
{
    (void)state;
    struct mei_tcpip t;
    layout_decodes(tcpip, "01000000 0700000a 00ffffff 0100000a 08080808 00000000 0300 'lan'", &t,
                   0);
    assert_int_equal(t.address, 0x0a000007);
    assert_int_equal(t.mask, 0xffffff00);
    assert_int_equal(t.gateway, 0x0a000001);
    assert_int_equal(t.dns1, 0x08080808);
    layout_text(t.domain, "lan");
}

static void suffixes_are_separated_by_zeros(void **state)
{
    (void)state;
    struct suffixes s;
    layout_decodes(suffixes, "0900 'a.b' 00 'c.de' 00", &s, 0);
    assert_int_equal(s.count, 2);
    layout_text(s.names[0], "a.b");
    layout_text(s.names[1], "c.de");
    layout_decodes(suffixes, "0300 'a.b'", &s, 0);
    assert_int_equal(s.count, 1);
    layout_decodes(suffixes, "0000", &s, 0);
    assert_int_equal(s.count, 0);
    layout_decodes(suffixes, "0400 00*4", &s, 0);
    assert_int_equal(s.count, 0);
}

static void a_server_has_an_address_a_port_and_a_name(void **state)
{
    (void)state;
    struct mei_config_server s;
    layout_decodes(server, "f326 '10.0.0.9' 00*38 0300 'rps'", &s, 0);
    assert_int_equal(s.port, 9971);
    layout_text(s.address, "10.0.0.9");
    layout_text(s.fqdn, "rps");
}

static void ipv6_addresses_are_text(void **state)
{
    (void)state;
    struct mei_ipv6_lan l;
    layout_decodes(ipv6,
                   "'fe80::1' 00*39 00*46 00*46 02000000 'fe80::7' 00*39 00000000 01000000 "
                   "'2001:db8::7' 00*35 01000000 01000000",
                   &l, 0);
    layout_text(l.router, "fe80::1");
    assert_int_equal(l.count, 2);
    layout_text(l.addresses[1].address, "2001:db8::7");
    assert_int_equal(l.addresses[1].type, 1);
    layout_refuses(ipv6, "00*138 11000000 00*918", &l);
}

static void a_name_may_be_the_host_s(void **state)
{
    (void)state;
    struct mei_fqdn f;
    layout_decodes(fqdn, "01000000 01000000 a0050000 84030000 03000000 0700 'pc7.lan'", &f, 0);
    assert_true(f.shared && f.ddns);
    assert_int_equal(f.ddns_interval, 1440);
    assert_int_equal(f.ddns_ttl, 900);
    assert_int_equal(f.host_length, 3);
    layout_text(f.name, "pc7.lan");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_interface_has_an_address_and_a_mac, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(remote_access_has_a_state_and_a_host, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(macs_are_two, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(addresses_are_values, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(suffixes_are_separated_by_zeros, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(a_server_has_an_address_a_port_and_a_name, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(ipv6_addresses_are_text, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(a_name_may_be_the_host_s, layout_begin, layout_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
