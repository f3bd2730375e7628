/* The log of remote access connections (mei/cira_log.h): the block of spec rpc 2.6. */
#include "layout.h"

#include "mei/cira_log.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SUMMARY "01 02 00*3 e8030000 1e000000 03 e9030000 04 ea030000 eb030000 "
#define TUNNEL                                                                       \
    "01 ec030000 02 00*3 'mps.example.com' 00*241 01 'proxy.lan' 00*247 02 01 00*3 " \
    "ed030000 1e000000 ee030000 01 0a 03 00*3 "
#define INTERFACE                                                                          \
    "01 01 00 00*3 c0a80107 c0a80101 08080808 00000000 'corp.example' 00*180 fe*16 01*16 " \
    "02*16 20*16 01 02 00*90 00*306 "
#define NO_INTERFACE "00*676 "
#define ATTEMPT      "05000000 01 'proxy.lan' 00*247 6f000000 ffffffff "
#define FAILURE                                                                \
    "01 ef030000 01 00*3 'mps2.example.com' 00*240 01 " INTERFACE NO_INTERFACE \
    "'office' 00*27 01 06 07 08 09 01 00*3 " ATTEMPT "00*269 "                 \
    "f0030000 00 02 ff 00*3 "

static bool decode(struct slice body, void *to)
{
    return mei_cira_log_decode(body, layout_arena(), to);
}

static struct mei_cira_log entries;

static void the_block_is_read(void **state)
{
    (void)state;
    layout_decodes(decode, "00 " SUMMARY TUNNEL FAILURE, &entries, MEI_CIRA_LOG_SIZE - 300);
}

static void it_begins_with_a_summary(void **state)
{
    the_block_is_read(state);
    const struct mei_cira_summary *s = &entries.summary;
    assert_true(s->tunnel_opened);
    assert_int_equal(s->connection_state, 2);
    assert_int_equal(s->last_keep_alive, 1000);
    assert_int_equal(s->keep_alive_interval, 30);
    assert_int_equal(s->last_connection_status, 3);
    assert_int_equal(s->last_connection_time, 1001);
    assert_int_equal(s->last_tunnel_status, 4);
    assert_int_equal(s->last_opened, 1002);
    assert_int_equal(s->last_closed, 1003);
}

static void then_comes_the_last_tunnel(void **state)
{
    the_block_is_read(state);
    const struct mei_cira_tunnel *t = &entries.tunnel;
    assert_true(t->valid && t->proxy_used && t->closure.by_mps);
    assert_int_equal(t->open_time, 1004);
    assert_string_equal(mei_cira_trigger_name(t->trigger), "periodic");
    layout_text(t->mps_host, "mps.example.com");
    layout_text(t->proxy, "proxy.lan");
    assert_string_equal(mei_cira_auth_name(t->auth_method), "user and password");
    assert_int_equal(t->network_interface, 1);
    assert_int_equal(t->last_keep_alive, 1005);
    assert_int_equal(t->keep_alive_interval, 30);
    assert_int_equal(t->closure.time, 1006);
    assert_int_equal(t->closure.apf_reason, 10);
    assert_string_equal(mei_cira_closure_name(t->closure.reason), "keep-alive expired");
}

static void then_the_last_failure(void **state)
{
    the_block_is_read(state);
    const struct mei_cira_failure *f = &entries.failure;
    const struct mei_cira_interface *wired = &f->interfaces[0];
    assert_true(f->valid && f->wifi_host_control);
    assert_int_equal(f->time, 1007);
    assert_int_equal(f->trigger, 1);
    layout_text(f->mps_host, "mps2.example.com");
    assert_string_equal(mei_cira_auth_name(f->auth_method), "mutual TLS");
    assert_true(wired->present && wired->link_up && !wired->dhcp);
    assert_int_equal(wired->ipv4, 0xc0a80107);
    assert_int_equal(wired->gateway, 0xc0a80101);
    assert_int_equal(wired->dns1, 0x08080808);
    layout_text(wired->domain, "corp.example");
    assert_int_equal(wired->ipv6_router[15], 0xfe);
    assert_int_equal(wired->ipv6_dns2[0], 2);
    assert_int_equal(wired->ipv6[0].address[0], 0x20);
    assert_int_equal(wired->ipv6[0].type, 1);
    assert_int_equal(wired->ipv6[0].state, 2);
    assert_int_equal(wired->ipv6[5].state, 0);
    assert_false(f->interfaces[1].present);
    layout_text(f->wifi_profile, "office");
    assert_int_equal(f->ieee8021x_result, 6);
    assert_int_equal(f->ieee8021x_sub_result, 7);
    assert_int_equal(f->media, 8);
    assert_int_equal(f->discrete_lan, 9);
    assert_int_equal(f->network_interface, 1);
    assert_int_equal(f->attempts[0].status, 5);
    assert_true(f->attempts[0].proxy_used && !f->attempts[1].proxy_used);
    assert_int_equal(f->attempts[0].tcp_error, 111);
    assert_int_equal(f->attempts[0].tls_error, -1);
    assert_int_equal(f->closure.time, 1008);
    assert_string_equal(mei_cira_closure_name(f->closure.reason), "not applicable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_block_is_read, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(it_begins_with_a_summary, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(then_comes_the_last_tunnel, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(then_the_last_failure, layout_begin, layout_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
