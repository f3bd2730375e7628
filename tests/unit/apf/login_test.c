#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define USERAUTH_NONE "32 00000005 'admin' 00000012 'pfwd@amt.intel.com' 00000004 'none' "
#define FAILURE       "33 00000008 'password' 0000 "

static void a_device_logs_in(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_int_equal(apf_session_state(rig->session), APF_START);
    assert_true(rig_feed(rig, WIRE_VERSION));
    assert_int_equal(apf_session_state(rig->session), APF_VERSION);
    rig_heard(rig, "version 1.0 trigger 1 " WIRE_GUID "\n");
    rig_expect(rig, ""); /* MPS never sends a version of its own */
    assert_true(rig_feed(rig, WIRE_SERVICE_AUTH));
    assert_int_equal(apf_session_state(rig->session), APF_AUTH);
    rig_expect(rig, WIRE_ACCEPT_AUTH);
    assert_true(rig_feed(rig, WIRE_USERAUTH));
    assert_int_equal(apf_session_state(rig->session), APF_ADMITTED);
    rig_heard(rig, "authenticate admin P@ssw0rd\n");
    rig_expect(rig, "34");
    assert_true(rig_feed(rig, WIRE_SERVICE_PFWD));
    assert_int_equal(apf_session_state(rig->session), APF_FORWARDING);
    rig_expect(rig, WIRE_ACCEPT_PFWD);
    char text[GUID_TEXT_SIZE];
    assert_string_equal(guid_format(apf_session_guid(rig->session), text), WIRE_GUID);
    rig_free(rig);
}

static void credentials_can_be_checked_later(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_WAIT;
    assert_true(rig_feed(rig, WIRE_LOGIN WIRE_FORWARD(WIRE_16992)));
    assert_int_equal(apf_session_state(rig->session), APF_CHECKING);
    rig_expect(rig, WIRE_ACCEPT_AUTH);
    apf_session_admit(rig->session, true);
    rig_expect(rig, "34 " WIRE_ACCEPT_PFWD "51 00004260");
    assert_true(apf_session_forwards(rig->session, 16992));
    apf_session_admit(rig->session, true); /* too late to matter */
    apf_session_admit(rig->session, false);
    rig_expect(rig, "");
    rig_free(rig);
}

static void a_message_may_end_while_credentials_are_checked(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_WAIT;
    assert_true(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH "d0 0000"));
    assert_true(rig_feed(rig, "0007 05 00000012 'pfwd@amt'"));
    apf_session_admit(rig->session, true);
    rig_expect(rig, WIRE_ACCEPT_AUTH "34 d1 00000007");
    assert_int_equal(apf_session_state(rig->session), APF_ADMITTED);
    assert_true(rig_feed(rig, "'.intel.com'"));
    rig_expect(rig, WIRE_ACCEPT_PFWD);
    rig_free(rig);
}

static void a_refused_device_may_try_again(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_REFUSE;
    assert_true(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_USERAUTH));
    rig_expect(rig, WIRE_ACCEPT_AUTH FAILURE FAILURE);
    rig->verdict = RIG_ADMIT;
    assert_true(rig_feed(rig, WIRE_USERAUTH));
    rig_expect(rig, "34");
    rig_free(rig);
}

static void the_third_refusal_is_the_last(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_REFUSE;
    assert_false(rig_feed(
        rig,
        WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_USERAUTH WIRE_USERAUTH WIRE_USERAUTH));
    rig_expect(rig, WIRE_ACCEPT_AUTH FAILURE FAILURE FAILURE "01 0000000e 0000");
    rig_ended(rig, "closed unauthorized:", "USERAUTH_REQUEST");
    rig_free(rig);
}

static void a_late_third_refusal_is_the_last_too(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_WAIT;
    assert_true(
        rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_USERAUTH WIRE_USERAUTH));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(apf_session_state(rig->session), APF_CHECKING);
        apf_session_admit(rig->session, false);
    }
    rig_expect(rig, WIRE_ACCEPT_AUTH FAILURE FAILURE FAILURE "01 0000000e 0000");
    rig_ended(rig, "closed unauthorized:", "3 times");
    assert_false(rig_feed(rig, WIRE_USERAUTH));
    rig_free(rig);
}

/* MPS lets a device in with method "none" when no password is stored (spec mps 3.4). */
static void another_method_is_refused_without_asking(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_true(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH USERAUTH_NONE USERAUTH_NONE));
    rig_expect(rig, WIRE_ACCEPT_AUTH FAILURE FAILURE);
    rig_heard(rig, "version 1.0 trigger 1 " WIRE_GUID "\n");
    assert_int_equal(apf_session_state(rig->session), APF_AUTH);
    assert_false(rig_feed(rig, USERAUTH_NONE));
    rig_ended(rig, "closed unauthorized:", "USERAUTH_REQUEST");
    rig_free(rig);
}

static void any_minor_version_and_trigger_will_do(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_true(rig_feed(rig, "c0 00000001 00000007 000000fe 00*16 ff*64"));
    rig_heard(rig, "version 1.7 trigger 254 00000000-0000-0000-0000-000000000000\n");
    rig_free(rig);
}

static void another_major_version_is_refused(void **state)
{
    (void)state;
    static const char *const majors[] = {"00000000", "00000002", "ffffffff"};
    for (size_t i = 0; i < 3; i++) {
        struct rig *rig = rig_new(NULL);
        char wire[64];
        snprintf(wire, sizeof wire, "c0 %s 00000000 00000001 00*80", majors[i]);
        assert_false(rig_feed(rig, wire));
        rig_expect(rig, "01 00000008 0000");
        rig_ended(rig, "closed protocol:", "PROTOCOLVERSION: major version");
        rig_free(rig);
    }
}

static void an_unknown_service_is_refused(void **state)
{
    (void)state;
    static const char *const wires[] = {
        WIRE_VERSION "05 00000005 'shell'",
        WIRE_VERSION "05 00000000",
        WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH "05 00000012 'PFWD@amt.intel.com'",
        WIRE_VERSION WIRE_SERVICE_AUTH
        "32 00000005 'admin' 00000005 'shell' 00000008 'password' 00 00000001 'x'",
    };
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
        struct rig *rig = rig_new(NULL);
        assert_false(rig_feed(rig, wires[i]));
        assert_true(buffer_size(&rig->out) >= 7);
        wire_assert(slice_from(buffer_slice(&rig->out), buffer_size(&rig->out) - 7),
                    "01 00000007 0000");
        rig_ended(rig, "closed protocol:", "its service name is unknown");
        rig_free(rig);
    }
}

static void the_services_have_an_order(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_false(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_PFWD));
    rig_expect(rig, "01 00000002 0000");
    rig_ended(rig, "closed protocol:", "pfwd@amt.intel.com does not fit the state VERSION");
    rig_free(rig);
    rig = rig_new(NULL);
    assert_false(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_SERVICE_AUTH));
    rig_expect(rig, WIRE_ACCEPT_AUTH "34 01 00000002 0000");
    rig_ended(rig, "closed protocol:", "auth@amt.intel.com does not fit the state ADMITTED");
    rig_free(rig);
}

static void a_disconnect_ends_the_session_in_every_state(void **state)
{
    (void)state;
    static const char *const before[] = {"", WIRE_VERSION, WIRE_VERSION WIRE_SERVICE_AUTH,
                                         WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH, WIRE_LOGIN};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        struct rig *rig = rig_new(NULL);
        assert_true(rig_feed(rig, before[i]));
        buffer_clear(&rig->out);
        assert_false(rig_feed(rig, "01 0000000b 0000 d0 00000001"));
        rig_expect(rig, "");
        rig_ended(rig, "closed connection: the device disconnected: by application (11)", "");
        rig_free(rig);
    }
}

static void the_owner_may_disconnect_inside_an_event(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->disconnect_on_version = APF_HOST_NOT_ALLOWED_TO_CONNECT;
    assert_false(rig_feed(rig, WIRE_LOGIN));
    rig_expect(rig, "01 00000001 0000");
    rig_heard(rig, "version 1.0 trigger 1 " WIRE_GUID "\n");
    apf_session_disconnect(rig->session, APF_BY_APPLICATION);
    rig_expect(rig, "");
    rig_free(rig);
}

static void the_owner_may_disconnect_while_checking(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig->verdict = RIG_WAIT;
    assert_true(rig_feed(rig, WIRE_LOGIN));
    buffer_clear(&rig->out);
    apf_session_disconnect(rig->session, APF_TEMPORARILY_UNAVAILABLE);
    apf_session_admit(rig->session, true);
    rig_expect(rig, "01 00000012 0000");
    assert_int_equal(apf_session_state(rig->session), APF_CLOSED);
    rig_free(rig);
}

/* ---- messages that do not fit the state ---- */

static const char *const samples[][2] = {
    {"SERVICE_REQUEST", WIRE_SERVICE_AUTH},
    {"SERVICE_ACCEPT", WIRE_ACCEPT_AUTH},
    {"USERAUTH_REQUEST", WIRE_USERAUTH},
    {"USERAUTH_FAILURE", FAILURE},
    {"USERAUTH_SUCCESS", "34"},
    {"GLOBAL_REQUEST", WIRE_FORWARD(WIRE_16992)},
    {"REQUEST_SUCCESS", "51"},
    {"REQUEST_FAILURE", "52"},
    {"CHANNEL_OPEN", "5a 0000000c 'direct-tcpip' 00000001 00002000 ffffffff 00000000 00000000 "
                     "00000000 00000000"},
    {"CHANNEL_OPEN_CONFIRMATION", "5b 00000004 00000001 00002000 ffffffff"},
    {"CHANNEL_OPEN_FAILURE", "5c 00000004 00000001 00*8"},
    {"CHANNEL_WINDOW_ADJUST", "5d 00000004 00000001"},
    {"CHANNEL_DATA", "5e 00000004 00000001 'x'"},
    {"CHANNEL_CLOSE", "61 00000004"},
    {"PROTOCOLVERSION", WIRE_VERSION},
    {"KEEPALIVE_OPTIONS_REQUEST", "d2 0000001e 00000000"},
    {"unknown", "fa 00000002 '{}'"},
};
#define SAMPLE_COUNT (sizeof samples / sizeof *samples)

/* `fits` lists the samples that the state takes. */
static void refuses_all_but(const char *before, const char *state_name, const char *const *fits)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        bool fitting = false;
        for (const char *const *at = fits; *at != NULL; at++)
            fitting = fitting || samples[i][0] == *at;
        struct rig *rig = rig_new(NULL);
        assert_true(rig_feed(rig, before));
        buffer_clear(&rig->out);
        buffer_clear(&rig->log);
        if (fitting) {
            assert_true(rig_feed(rig, samples[i][1]));
        } else {
            /* The first byte is enough. */
            struct buffer bytes;
            buffer_init(&bytes, WIRE_LIMIT);
            wire_put(&bytes, samples[i][1]);
            assert_false(rig_feed_slice(rig, slice_first(buffer_slice(&bytes), 1)));
            buffer_fini(&bytes);
            rig_expect(rig, "01 00000002 0000");
            char part[80];
            snprintf(part, sizeof part, "(%s) does not fit the state %s", samples[i][0],
                     state_name);
            rig_ended(rig, "closed protocol:", part);
        }
        rig_free(rig);
    }
}

static void a_message_out_of_order_ends_the_session(void **state)
{
    (void)state;
    const char *const start[] = {samples[14][0], NULL};
    const char *const version[] = {samples[0][0], NULL};
    const char *const auth[] = {samples[2][0], NULL};
    const char *const forwarding[] = {
        samples[5][0],  samples[8][0],  samples[9][0],  samples[10][0],
        samples[11][0], samples[12][0], samples[13][0], NULL};
    refuses_all_but("", "START", start);
    refuses_all_but(WIRE_VERSION, "VERSION", version);
    refuses_all_but(WIRE_VERSION WIRE_SERVICE_AUTH, "AUTH", auth);
    refuses_all_but(WIRE_LOGIN, "FORWARDING", forwarding);
}

static void before_forwarding_an_admitted_device_is_held_to_the_order(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_true(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH));
    assert_false(rig_feed(rig, WIRE_FORWARD(WIRE_16992)));
    rig_ended(rig, "closed protocol:", "(GLOBAL_REQUEST) does not fit the state ADMITTED");
    assert_false(apf_session_forwards(rig->session, 16992));
    rig_free(rig);
}

static void a_web_browser_is_no_device(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_false(rig_feed(rig, "'GET / HTTP/1.1'"));
    rig_expect(rig, "01 00000002 0000");
    rig_ended(rig, "closed protocol:", "message type 71 (unknown)");
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_logs_in),
        cmocka_unit_test(credentials_can_be_checked_later),
        cmocka_unit_test(a_message_may_end_while_credentials_are_checked),
        cmocka_unit_test(a_refused_device_may_try_again),
        cmocka_unit_test(the_third_refusal_is_the_last),
        cmocka_unit_test(a_late_third_refusal_is_the_last_too),
        cmocka_unit_test(another_method_is_refused_without_asking),
        cmocka_unit_test(any_minor_version_and_trigger_will_do),
        cmocka_unit_test(another_major_version_is_refused),
        cmocka_unit_test(an_unknown_service_is_refused),
        cmocka_unit_test(the_services_have_an_order),
        cmocka_unit_test(a_disconnect_ends_the_session_in_every_state),
        cmocka_unit_test(the_owner_may_disconnect_inside_an_event),
        cmocka_unit_test(the_owner_may_disconnect_while_checking),
        cmocka_unit_test(a_message_out_of_order_ends_the_session),
        cmocka_unit_test(before_forwarding_an_admitted_device_is_held_to_the_order),
        cmocka_unit_test(a_web_browser_is_no_device),
    };
    return cmocka_run_group_tests_name("apf login", tests, NULL, NULL);
}
