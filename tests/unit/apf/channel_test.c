#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define OPEN_16992(id, origin)                                                        \
    "5a 0000000f 'forwarded-tcpip' 000000" id " 00014000 ffffffff 00000000 00004260 " \
    "00000007 '1.2.3.4' 0000" origin " "

static struct rig *logged_in(void)
{
    struct rig *rig = rig_new(NULL);
    rig_login(rig);
    return rig;
}

static void assert_no_channel(struct rig *rig, uint32_t port, enum error_code code)
{
    static const struct apf_channel_events events;
    struct error err = {.code = ERROR_NONE};
    assert_null(apf_channel_open(rig->session, port, &events, NULL, &err));
    assert_int_equal(err.code, code);
    rig_expect(rig, "");
}

static void a_channel_carries_bytes_both_ways(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_open(rig, 16992);
    rig_expect(rig, OPEN_16992("04", "0404"));
    assert_int_equal(apf_channel_credit(c->channel), 0);
    assert_int_equal(apf_channel_send(c->channel, SLICE_LITERAL("early")), 0);
    assert_true(rig_feed(rig, "5b 00000004 00000007 00002000 ffffffff"));
    rig_heard(rig, "channel 0 opened\n");
    assert_int_equal(apf_channel_credit(c->channel), 8192);
    assert_int_equal(apf_channel_send(c->channel, SLICE_LITERAL("POST /wsman")), 11);
    rig_expect(rig, "5e 00000007 0000000b 'POST /wsman'");
    assert_int_equal(apf_channel_credit(c->channel), 8181);
    assert_true(rig_feed(rig, "5e 00000004 00000008 'HTTP/1.1' 5d 00000004 0000000b"));
    rig_heard(rig, "channel 0 data HTTP/1.1\nchannel 0 credit 8192\n");
    rig_expect(rig, "");
    rig_free(rig);
}

static void a_port_must_be_forwarded(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    assert_no_channel(rig, 16993, ERROR_UNSUPPORTED);
    assert_no_channel(rig, 0, ERROR_UNSUPPORTED);
    assert_no_channel(rig, 65536 + 16992, ERROR_UNSUPPORTED);
    rig_free(rig);
}

static void a_session_must_be_forwarding(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_no_channel(rig, 16992, ERROR_CONNECTION);
    rig_login(rig);
    apf_session_disconnect(rig->session, APF_BY_APPLICATION);
    buffer_clear(&rig->out);
    assert_no_channel(rig, 16992, ERROR_CONNECTION);
    rig_free(rig);
}

static void the_ninth_channel_is_one_too_many(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *first = rig_open(rig, 16992);
    for (int i = 1; i < 8; i++)
        rig_open(rig, 16992);
    buffer_clear(&rig->out);
    assert_no_channel(rig, 16992, ERROR_BUSY);
    assert_true(rig_feed(rig, "5b 00000004 00000001 00001000 ffffffff"));
    assert_no_channel(rig, 16992, ERROR_BUSY);
    apf_channel_close(first->channel);
    rig_expect(rig, "61 00000001");
    rig_open(rig, 16992); /* the device frees its place before it reads this */
    rig_expect(rig, OPEN_16992("0c", "040c"));
    rig_free(rig);
}

static void the_limit_of_channels_is_an_option(void **state)
{
    (void)state;
    struct apf_session_options options = {.channels_limit = 1};
    struct rig *rig = rig_new(&options);
    rig_login(rig);
    rig_open(rig, 16992);
    buffer_clear(&rig->out);
    assert_no_channel(rig, 16992, ERROR_BUSY);
    rig_free(rig);
}

static void opens_are_answered_in_any_order(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *a = rig_open(rig, 16992);
    struct rig_channel *b = rig_open(rig, 16992);
    struct rig_channel *c = rig_open(rig, 16992);
    assert_true(rig_feed(rig, "5b 00000006 00000001 00000010 ffffffff"));
    assert_true(rig_feed(rig, "5c 00000004 00000002 00*8"));
    assert_true(rig_feed(rig, "5b 00000005 00000000 00000020 ffffffff"));
    rig_heard(rig, "channel 2 opened\n"
                   "channel 0 closed connection: the device refused a channel to port 16992: "
                   "connect failed (2)\n"
                   "channel 1 opened\n");
    assert_null(a->channel);
    assert_int_equal(apf_channel_credit(b->channel), 32);
    assert_int_equal(apf_channel_credit(c->channel), 16);
    buffer_clear(&rig->out);
    apf_channel_send(b->channel, SLICE_LITERAL("x")); /* a device may number from 0 */
    rig_expect(rig, "5e 00000000 00000001 'x'");
    rig_free(rig);
}

static void a_refusal_because_the_port_was_withdrawn_says_so(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    rig_open(rig, 16992);
    assert_true(rig_feed(rig, WIRE_CANCEL(WIRE_16992) "5c 00000004 00000001 00*8"));
    rig_heard(rig, "cancel pc1 16992\n"
                   "channel 0 closed unsupported: the device does not forward port 16992 any "
                   "more\n");
    rig_free(rig);
}

static void a_device_may_not_open_channels(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    assert_true(rig_feed(rig, "5a 0000000c 'direct-tcpip' 00000003 00002000 ffffffff "
                              "00000000 00000000 00000003 'pc1' 00000000"));
    rig_expect(rig, "5c 00000003 00000001 00000000 00000000");
    assert_true(rig_feed(rig, "5a 00000007 'session' 00000009 00002000 ffffffff "
                              "00000000 00000000 00000000 00000000"));
    rig_expect(rig, "5c 00000009 00000003 00000000 00000000");
    rig_heard(rig, "");
    rig_free(rig);
}

/* ---- the end of a channel ---- */

static void a_close_by_the_device_is_answered_once(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    rig_opened(rig, "00000007 00002000");
    assert_true(rig_feed(rig, "61 00000004"));
    rig_expect(rig, "61 00000007");
    rig_heard(rig, "channel 0 closed\n");
    assert_true(rig_feed(rig, "61 00000004 61 00000000")); /* stale */
    rig_expect(rig, "");
    rig_heard(rig, "");
    rig_free(rig);
}

static void a_close_by_us_is_silent(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    apf_channel_close(c->channel);
    rig_expect(rig, "61 00000007");
    /* What was on its way is dropped and no credit is given for it. */
    assert_true(rig_feed(rig, "5e 00000004 0000c350 "
                              "61*50000 5d 00000004 00000001 61 00000004"));
    rig_expect(rig, "");
    rig_heard(rig, "");
    assert_int_equal(apf_session_ignored(rig->session), 50000);
    assert_true(rig_feed(rig, "61 00000004"));
    rig_expect(rig, "");
    rig_free(rig);
}

static void closes_that_cross_are_one_each(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    apf_channel_close(c->channel);
    assert_true(rig_feed(rig, "61 00000004 61 00000004"));
    rig_expect(rig, "61 00000007");
    rig_free(rig);
}

static void a_close_while_opening_waits_for_the_answer(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *a = rig_open(rig, 16992);
    struct rig_channel *b = rig_open(rig, 16992);
    buffer_clear(&rig->out);
    apf_channel_close(a->channel);
    apf_channel_close(b->channel);
    rig_expect(rig, "");
    assert_true(rig_feed(rig, "5b 00000004 00000007 00002000 ffffffff"));
    rig_expect(rig, "61 00000007");
    assert_true(rig_feed(rig, "5c 00000005 00000004 00*8"));
    rig_expect(rig, "");
    assert_true(rig_feed(rig, "61 00000004"));
    rig_expect(rig, "");
    rig_heard(rig, "");
    rig_free(rig);
}

static void a_close_instead_of_an_answer_is_a_refusal(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    rig_open(rig, 16992);
    buffer_clear(&rig->out);
    assert_true(rig_feed(rig, "61 00000004"));
    rig_heard(rig, "channel 0 closed connection: the device closed a channel to port 16992 "
                   "unopened\n");
    rig_expect(rig, "");
    /* Should the answer come after all, the device is told to forget the channel. */
    assert_true(rig_feed(rig, "5b 00000004 00000007 00002000 ffffffff"));
    rig_expect(rig, "61 00000007");
    rig_heard(rig, "");
    rig_free(rig);
}

static void a_channel_can_be_closed_inside_its_data(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    c->close_on_data = true;
    assert_true(rig_feed(rig, "5e 00000004 00000005 'ab'"));
    assert_true(rig_feed(rig, "'cde' d0 00000001"));
    rig_expect(rig, "61 00000007 d1 00000001");
    rig_heard(rig, "channel 0 data ab\nkeepalive\n");
    assert_int_equal(apf_session_ignored(rig->session), 3);
    rig_free(rig);
}

static void the_end_of_the_session_ends_its_channels_first(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    rig_opened(rig, "00000007 00002000");
    rig_open(rig, 16992);
    assert_false(rig_feed(rig, "fa"));
    rig_heard(rig, "channel 0 closed protocol: message type 250 (unknown) does not fit the state "
                   "FORWARDING\n"
                   "channel 1 closed protocol: message type 250 (unknown) does not fit the state "
                   "FORWARDING\n"
                   "closed protocol: message type 250 (unknown) does not fit the state "
                   "FORWARDING\n");
    rig_free(rig);
}

static void our_disconnect_ends_the_channels(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *gone = rig_opened(rig, "00000007 00002000");
    rig_opened(rig, "00000008 00002000");
    apf_channel_close(gone->channel);
    apf_session_disconnect(rig->session, APF_BY_APPLICATION);
    rig_expect(rig, "61 00000007 01 0000000b 0000");
    rig_heard(rig, "channel 1 closed connection: the session was ended: by application\n");
    rig_free(rig);
}

/* ---- a device that does not keep the rules ---- */

static void ends_with(const char *wire, const char *part)
{
    struct rig *rig = logged_in();
    rig_opened(rig, "00000007 00002000");
    rig_open(rig, 16992);
    buffer_clear(&rig->out);
    assert_false(rig_feed(rig, wire));
    rig_expect(rig, "01 00000002 0000");
    rig_ended(rig, "closed protocol:", part);
    rig_free(rig);
}

static void an_open_is_answered_once(void **state)
{
    (void)state;
    ends_with("5b 00000004 00000009 00002000 ffffffff", "CONFIRMATION: its recipient channel 4");
    ends_with("5c 00000004 00000001 00*8", "FAILURE: its recipient channel 4");
}

static void a_channel_that_is_not_open_carries_nothing(void **state)
{
    (void)state;
    ends_with("5e 00000005 00000001", "CHANNEL_DATA: its recipient channel 5");
    ends_with("5d 00000005 00000001", "WINDOW_ADJUST: its recipient channel 5");
}

static void a_channel_that_is_not_wanted_any_more_carries_nothing_either(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    apf_channel_close(rig_open(rig, 16992)->channel);
    assert_false(rig_feed(rig, "5e 00000004 00000001"));
    rig_ended(rig, "closed protocol:", "CHANNEL_DATA: its recipient channel 4 is not open yet");
    rig_free(rig);
}

static void messages_for_unknown_channels_are_ignored(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    assert_true(rig_feed(rig, "5c 00000063 00000001 00*8 5d 00000063 ffffffff 61 00000063 "
                              "5e 00000063 00100000 00*1048576 d0 00000001"));
    rig_expect(rig, "d1 00000001");
    rig_heard(rig, "keepalive\n");
    assert_int_equal(apf_session_ignored(rig->session), 1048576);
    rig_free(rig);
}

static void a_device_that_never_answers_a_close_is_given_up(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    for (unsigned i = 0; i < 64; i++) {
        char confirmation[40];
        snprintf(confirmation, sizeof confirmation, "%08x 00002000", i);
        apf_channel_close(rig_opened(rig, confirmation)->channel);
        assert_int_equal(apf_session_state(rig->session), APF_FORWARDING);
    }
    struct rig_channel *other = rig_opened(rig, "00000064 00002000");
    buffer_clear(&rig->out);
    apf_channel_close(rig_open(rig, 16992)->channel);
    assert_null(other->channel);
    rig_ended(rig, "closed protocol:", "CHANNEL_CLOSE: the device owes 65");
    rig_free(rig);
}

/* The channel whose event it is must not be freed under its owner. */
static void it_is_given_up_once_the_event_is_over(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    for (unsigned i = 0; i < 64; i++)
        apf_channel_close(rig_opened(rig, "00000007 00002000")->channel);
    rig_opened(rig, "00000007 00002000")->close_on_data = true;
    assert_false(rig_feed(rig, "5e 00000044 00000001 'x' d0 00000001"));
    rig_heard(rig, "channel 64 data x\n"
                   "closed protocol: CHANNEL_CLOSE: the device owes 65 of them\n");
    rig_free(rig);
}

static void a_device_that_answers_late_is_not_given_up(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    for (unsigned i = 0; i < RIG_CHANNELS; i++) {
        char wire[40];
        snprintf(wire, sizeof wire, "%08x 00002000", i);
        apf_channel_close(rig_opened(rig, wire)->channel);
        if (i >= 60) {
            snprintf(wire, sizeof wire, "61 %08x", 4 + i - 60);
            assert_true(rig_feed(rig, wire));
        }
    }
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_carries_bytes_both_ways),
        cmocka_unit_test(a_port_must_be_forwarded),
        cmocka_unit_test(a_session_must_be_forwarding),
        cmocka_unit_test(the_ninth_channel_is_one_too_many),
        cmocka_unit_test(the_limit_of_channels_is_an_option),
        cmocka_unit_test(opens_are_answered_in_any_order),
        cmocka_unit_test(a_refusal_because_the_port_was_withdrawn_says_so),
        cmocka_unit_test(a_device_may_not_open_channels),
        cmocka_unit_test(a_close_by_the_device_is_answered_once),
        cmocka_unit_test(a_close_by_us_is_silent),
        cmocka_unit_test(closes_that_cross_are_one_each),
        cmocka_unit_test(a_close_while_opening_waits_for_the_answer),
        cmocka_unit_test(a_close_instead_of_an_answer_is_a_refusal),
        cmocka_unit_test(a_channel_can_be_closed_inside_its_data),
        cmocka_unit_test(the_end_of_the_session_ends_its_channels_first),
        cmocka_unit_test(our_disconnect_ends_the_channels),
        cmocka_unit_test(an_open_is_answered_once),
        cmocka_unit_test(a_channel_that_is_not_open_carries_nothing),
        cmocka_unit_test(a_channel_that_is_not_wanted_any_more_carries_nothing_either),
        cmocka_unit_test(messages_for_unknown_channels_are_ignored),
        cmocka_unit_test(a_device_that_never_answers_a_close_is_given_up),
        cmocka_unit_test(it_is_given_up_once_the_event_is_over),
        cmocka_unit_test(a_device_that_answers_late_is_not_given_up),
    };
    return cmocka_run_group_tests_name("apf channel", tests, NULL, NULL);
}
