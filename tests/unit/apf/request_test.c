#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define FORWARD(want, port) "50 0000000d 'tcpip-forward' " want " 00000000 " port " "
#define CANCEL(want, port)  "50 00000014 'cancel-tcpip-forward' " want " 00000000 " port " "
#define UDP(want)                                   \
    "50 00000019 'udp-send-to@amt.intel.com' " want \
    " 00000008 '10.0.0.9' 000000a2 00000003 'pc1' 0000026f 00000005 'alert' "

static struct rig *forwarding(void)
{
    struct rig *rig = rig_new(NULL);
    assert_true(rig_feed(rig, WIRE_LOGIN));
    buffer_clear(&rig->out);
    buffer_clear(&rig->log);
    return rig;
}

static void a_port_is_forwarded(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_false(apf_session_forwards(rig->session, 16992));
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_16992)));
    rig_expect(rig, "51 00004260");
    rig_heard(rig, "forward pc1 16992\n");
    assert_true(apf_session_forwards(rig->session, 16992));
    assert_false(apf_session_forwards(rig->session, 16993));
    rig_free(rig);
}

static void without_want_reply_there_is_no_reply(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, FORWARD("00", "00004260")));
    assert_true(apf_session_forwards(rig->session, 16992));
    assert_true(rig_feed(rig, CANCEL("00", "00004260")));
    assert_false(apf_session_forwards(rig->session, 16992));
    assert_true(rig_feed(rig, CANCEL("00", "00004260")));
    assert_true(rig_feed(rig, FORWARD("00", "00000000")));
    assert_true(rig_feed(rig, UDP("00")));
    assert_true(rig_feed(rig, "50 00000005 'hello' 00"));
    rig_expect(rig, "");
    rig_heard(rig, "forward  16992\ncancel  16992\nudp 10.0.0.9:162 from pc1:623 alert\n");
    rig_free(rig);
}

static void a_port_forwarded_twice_is_accepted_twice_and_told_once(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, FORWARD("01", "00004260") FORWARD("01", "00004260")));
    rig_expect(rig, "51 00004260 51 00004260");
    rig_heard(rig, "forward  16992\n");
    rig_free(rig);
}

static void a_port_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, FORWARD("01", "00000000")));
    assert_true(rig_feed(rig, FORWARD("01", "00010000")));
    assert_true(rig_feed(rig, FORWARD("01", "ffffffff")));
    assert_true(rig_feed(rig, CANCEL("01", "00014260"))); /* not taken for 16992 */
    rig_expect(rig, "52 52 52 52");
    assert_true(rig_feed(rig, FORWARD("01", "0000ffff")));
    rig_expect(rig, "51 0000ffff");
    rig_heard(rig, "forward  65535\n");
    rig_free(rig);
}

static void a_cancel_is_answered_with_a_single_byte(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, FORWARD("01", "00004260") FORWARD("01", "0000026f")));
    buffer_clear(&rig->out);
    buffer_clear(&rig->log);
    assert_true(rig_feed(rig, CANCEL("01", "00004260")));
    rig_expect(rig, "51");
    rig_heard(rig, "cancel  16992\n");
    assert_false(apf_session_forwards(rig->session, 16992));
    assert_true(apf_session_forwards(rig->session, 623));
    assert_true(rig_feed(rig, CANCEL("01", "00004260")));
    rig_expect(rig, "52");
    rig_heard(rig, "");
    rig_free(rig);
}

/* AMT 16 withdraws its ports when idle and offers them again. */
static void a_port_can_come_back(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    for (int i = 0; i < 100; i++)
        assert_true(rig_feed(rig, FORWARD("00", "00004260") CANCEL("00", "00004260")));
    assert_true(rig_feed(rig, FORWARD("01", "00004260")));
    rig_expect(rig, "51 00004260");
    assert_true(apf_session_forwards(rig->session, 16992));
    rig_free(rig);
}

static void the_seventeenth_port_is_refused(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    for (unsigned i = 1; i <= 16; i++) {
        char wire[80];
        snprintf(wire, sizeof wire, FORWARD("00", "%08x"), i);
        assert_true(rig_feed(rig, wire));
    }
    buffer_clear(&rig->out);
    assert_true(rig_feed(rig, FORWARD("01", "00000011")));
    rig_expect(rig, "52");
    assert_false(apf_session_forwards(rig->session, 17));
    assert_true(rig_feed(rig, FORWARD("01", "00000010"))); /* known already */
    rig_expect(rig, "51 00000010");
    assert_true(rig_feed(rig, CANCEL("01", "00000001") FORWARD("01", "00000011")));
    rig_expect(rig, "51 51 00000011");
    rig_free(rig);
}

static void an_alert_is_passed_on(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, UDP("01")));
    rig_expect(rig, "51");
    rig_heard(rig, "udp 10.0.0.9:162 from pc1:623 alert\n");
    rig_free(rig);
}

static void an_unknown_request_is_refused(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, "50 00000005 'hello' 01 50 00000000 ff"));
    rig_expect(rig, "52 52");
    rig_heard(rig, "");
    rig_free(rig);
}

/* ---- keep-alive ---- */

static void a_keepalive_is_answered_with_its_cookie(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, "d0 deadbeef d0 00000000"));
    rig_expect(rig, "d1 deadbeef d1 00000000");
    rig_heard(rig, "keepalive\nkeepalive\n");
    rig_free(rig);
}

/* In MPS a keep-alive of an unproven device touches the one whose GUID it claims. */
static void an_unproven_device_is_answered_but_not_heard(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_WAIT;
    assert_true(rig_feed(rig, "d0 00000001 d1 00000009 d3 0000001e 00000000" WIRE_VERSION));
    assert_true(rig_feed(rig, "d0 00000002" WIRE_SERVICE_AUTH "d0 00000003" WIRE_USERAUTH));
    assert_true(rig_feed(rig, "d0 00000004"));
    rig_expect(rig, "d1 00000001 d1 00000002 " WIRE_ACCEPT_AUTH "d1 00000003");
    rig_heard(rig, "version 1.0 trigger 1 " WIRE_GUID "\nauthenticate admin P@ssw0rd\n");
    apf_session_admit(rig->session, true);
    rig_expect(rig, "34 d1 00000004");
    rig_heard(rig, "keepalive\n");
    rig_free(rig);
}

static void options_are_asked_when_5900_is_offered(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_16992)));
    rig_expect(rig, "51 00004260");
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_5900)));
    rig_expect(rig, "51 0000170c d2 0000001e 00000000");
    assert_true(rig_feed(rig, WIRE_CANCEL(WIRE_5900) WIRE_FORWARD(WIRE_5900)));
    rig_expect(rig, "51 51 0000170c");
    assert_true(rig_feed(rig, FORWARD("01", "00000001") FORWARD("01", "00000002")));
    rig_expect(rig, "51 00000001 51 00000002");
    rig_free(rig);
}

static void options_are_asked_at_the_fourth_port(void **state)
{
    (void)state;
    struct apf_session_options options = {.keepalive_s = 45, .keepalive_timeout_s = 60};
    struct rig *rig = rig_new(&options);
    assert_true(rig_feed(rig, WIRE_LOGIN FORWARD("01", "00000001") FORWARD("01", "00000002")));
    assert_true(rig_feed(rig, FORWARD("01", "00000003")));
    rig_expect(rig, WIRE_WELCOME "51 00000001 51 00000002 51 00000003");
    assert_true(rig_feed(rig, FORWARD("01", "00000003"))); /* nothing new */
    rig_expect(rig, "51 00000003");
    assert_true(rig_feed(rig, FORWARD("01", "00000004")));
    rig_expect(rig, "51 00000004 d2 0000002d 0000003c");
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_5900)));
    rig_expect(rig, "51 0000170c");
    rig_free(rig);
}

static void the_agreed_options_are_told(void **state)
{
    (void)state;
    struct rig *rig = forwarding();
    assert_true(rig_feed(rig, "d3 00000001 00000002")); /* nobody asked */
    rig_heard(rig, "");
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_5900) "d3 0000001e 0000005a"));
    rig_heard(rig, "forward pc1 5900\noptions 30 90\n");
    rig_free(rig);
}

static void the_owner_may_ping(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    apf_session_ping(rig->session, 7);
    rig_expect(rig, "");
    rig_login(rig);
    apf_session_ping(rig->session, 7);
    rig_expect(rig, "d0 00000007");
    assert_true(rig_feed(rig, "d1 00000007"));
    rig_expect(rig, "");
    rig_heard(rig, "");
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_forwarded),
        cmocka_unit_test(without_want_reply_there_is_no_reply),
        cmocka_unit_test(a_port_forwarded_twice_is_accepted_twice_and_told_once),
        cmocka_unit_test(a_port_that_cannot_be_is_refused),
        cmocka_unit_test(a_cancel_is_answered_with_a_single_byte),
        cmocka_unit_test(a_port_can_come_back),
        cmocka_unit_test(the_seventeenth_port_is_refused),
        cmocka_unit_test(an_alert_is_passed_on),
        cmocka_unit_test(an_unknown_request_is_refused),
        cmocka_unit_test(a_keepalive_is_answered_with_its_cookie),
        cmocka_unit_test(an_unproven_device_is_answered_but_not_heard),
        cmocka_unit_test(options_are_asked_when_5900_is_offered),
        cmocka_unit_test(options_are_asked_at_the_fourth_port),
        cmocka_unit_test(the_agreed_options_are_told),
        cmocka_unit_test(the_owner_may_ping),
    };
    return cmocka_run_group_tests_name("apf request", tests, NULL, NULL);
}
