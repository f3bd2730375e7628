/* The role of LMS: the peer is the ME of this machine (spec rpc 3.2, device-protocols 1.4). */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOST_VERSION "c0 00000001 00000000 000000fe 00*16 00*64 "
/* As a machine's log shows it: trigger 254, a dummy name (spec rpc 3.2). */
#define ME_VERSION "c0 00000001 00000000 000000fe 12345678 09 00*11 00*64 "
#define WIRE_623   "026f"
#define WIRE_16993 "4261"
#define ME_BEGINS  ME_VERSION WIRE_SERVICE_PFWD WIRE_FORWARD(WIRE_16992) WIRE_FORWARD(WIRE_623)

static const struct apf_session_options local = {.local = true};

static struct rig *begun(const struct apf_session_options *options)
{
    struct rig *rig = rig_new(options);
    rig_expect(rig, HOST_VERSION);
    assert_true(rig_feed(rig, ME_BEGINS));
    rig_expect(rig, WIRE_ACCEPT_PFWD "51 00004260 51 0000026f");
    buffer_clear(&rig->log);
    return rig;
}

static void the_host_speaks_first(void **state)
{
    (void)state;
    struct rig *rig = rig_new(&local);
    rig_expect(rig, HOST_VERSION);
    assert_true(rig_feed(rig, ME_VERSION));
    assert_int_equal(apf_session_state(rig->session), APF_FORWARDING);
    rig_expect(rig, ""); /* the ME has answered, that is enough */
    rig_heard(rig, "version 1.0 trigger 254 78563412-0009-0000-0000-000000000000\n");
    rig_free(rig);
}

static void services_come_in_any_order_and_number(void **state)
{
    (void)state;
    struct rig *rig = rig_new(&local);
    rig_expect(rig, HOST_VERSION);
    assert_true(rig_feed(rig, ME_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_SERVICE_PFWD));
    rig_expect(rig, WIRE_WELCOME);
    assert_true(rig_feed(rig, WIRE_SERVICE_PFWD WIRE_SERVICE_AUTH));
    rig_expect(rig, WIRE_ACCEPT_PFWD WIRE_ACCEPT_AUTH);
    assert_false(rig_feed(rig, "05 00000004 'echo'"));
    rig_expect(rig, "01 00000007 0000");
    rig_free(rig);
}

static void no_keep_alive_is_asked_for(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_5900)));
    rig_expect(rig, "51 0000170c");
    rig_free(rig);
}

static void a_port_may_be_offered_again(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_16992)));
    rig_expect(rig, "51 00004260");
    rig_heard(rig, "");
    assert_true(rig_feed(rig, WIRE_CANCEL(WIRE_16992)));
    rig_expect(rig, "51");
    assert_false(apf_session_forwards(rig->session, 16992));
    assert_true(rig_feed(rig, WIRE_CANCEL(WIRE_16993)));
    rig_expect(rig, "52");
    assert_true(rig_feed(rig, WIRE_FORWARD(WIRE_16992)));
    rig_expect(rig, "51 00004260");
    assert_true(apf_session_forwards(rig->session, 16992));
    rig_free(rig);
}

static void a_session_may_begin_anew(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    (void)rig_open(rig, 16992);
    buffer_clear(&rig->out);
    assert_true(rig_feed(rig, ME_VERSION));
    rig_expect(rig, HOST_VERSION);
    assert_false(apf_session_forwards(rig->session, 16992));
    rig_heard(rig, "cancel  623\ncancel  16992\n"
                   "channel 0 closed connection: the device has begun its session anew\n"
                   "version 1.0 trigger 254 78563412-0009-0000-0000-000000000000\n");
    assert_true(rig_feed(rig, ME_VERSION)); /* one who answers our answer */
    rig_expect(rig, "");
    assert_true(rig_feed(rig, WIRE_SERVICE_PFWD WIRE_FORWARD(WIRE_16992)));
    assert_true(apf_session_forwards(rig->session, 16992));
    rig_free(rig);
}

static void what_is_left_of_an_earlier_session_is_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_new(&local);
    rig_expect(rig, HOST_VERSION);
    assert_true(rig_feed(rig, "61 00000000 5d 00000004 00000010 5e 00000004 00000002 'xx'"));
    assert_true(rig_feed(rig, ME_BEGINS));
    rig_expect(rig, WIRE_ACCEPT_PFWD "51 00004260 51 0000026f");
    struct rig_channel *channel = rig_opened(rig, "00000001 00001000");
    assert_true(rig_feed(rig, "61 00000000"));
    assert_non_null(channel->channel);
    rig_expect(rig, "");
    rig_free(rig);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    struct rig *rig = rig_new(&local);
    rig_expect(rig, HOST_VERSION);
    assert_false(rig_feed(rig, "c0 00000002 00000000 000000fe 00*16 00*64"));
    rig_expect(rig, "01 00000008 0000");
    rig_free(rig);
}

static void an_alert_is_not_sent_on(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    assert_true(rig_feed(rig, "50 00000019 'udp-send-to@amt.intel.com' 01 00000009 '192.0.2.1' "
                              "000000a2 00000009 '192.0.2.9' 000000a1 00000002 'up'"));
    rig_expect(rig, "52");
    rig_heard(rig, "udp 192.0.2.1:162 from 192.0.2.9:161 up\n");
    rig_free(rig);
}

static void a_channel_says_that_the_caller_is_local(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    (void)rig_open(rig, 16992);
    rig_expect(rig, "5a 0000000f 'forwarded-tcpip' 00000004 00001000 ffffffff 00000009 "
                    "'127.0.0.1' 00004260 00000009 '127.0.0.1' 00000404");
    rig_free(rig);
}

static void credit_goes_back_when_all_is_consumed(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    struct rig_channel *channel = rig_opened(rig, "00000001 00001000");
    assert_true(rig_feed(rig, "5e 00000004 00000003 'abc'"));
    rig_expect(rig, "");
    apf_channel_consumed(channel->channel, 2);
    rig_expect(rig, "");
    apf_channel_consumed(channel->channel, 1);
    rig_expect(rig, "5d 00000001 00000003");
    apf_channel_consumed(channel->channel, 0);
    rig_expect(rig, "");
    assert_false(rig_feed(rig, "5e 00000004 00001001 00*4097")); /* and no more than the window */
    rig_free(rig);
}

static void data_is_cut_to_what_the_client_carries(void **state)
{
    (void)state;
    const struct apf_session_options small = {.local = true, .message_limit = 64};
    struct rig *rig = begun(&small);
    struct rig_channel *channel = rig_opened(rig, "00000001 00000050"); /* 80 */
    uint8_t bytes[100];
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(apf_channel_send(channel->channel, slice_of(bytes, sizeof bytes)), 80);
    rig_expect(rig, "5e 00000001 00000037 78*55 5e 00000001 00000019 78*25");
    rig_free(rig);
}

static void a_refusal_that_passes_is_told_from_one_that_stays(void **state)
{
    (void)state;
    struct rig *rig = begun(&local);
    for (int i = 0; i < 3; i++)
        (void)rig_open(rig, 16992);
    assert_true(rig_feed(rig, "5c 00000004 00000001 00*8 5c 00000005 00000004 00*8 "
                              "5c 00000006 00000002 00*8"));
    rig_heard(rig, "channel 0 closed busy: the device refused a channel to port 16992: "
                   "administratively prohibited (1)\n"
                   "channel 1 closed busy: the device refused a channel to port 16992: "
                   "resource shortage (4)\n"
                   "channel 2 closed connection: the device refused a channel to port 16992: "
                   "connect failed (2)\n");
    rig_free(rig);
}

/* ---- channels that the ME opens ---- */

#define ME_OPENS(sender)                                                            \
    "5a 0000000c 'direct-tcpip' " sender " 00000100 ffffffff 00000009 'localhost' " \
    "00000000 00000009 'localhost' 00000000 "

struct taker {
    struct apf_session *session;
    struct apf_channel *channel; /* the last */
    unsigned taken, refused_port, closed;
    char heard[64];
};

static void taker_data(void *owner, struct slice bytes)
{
    struct taker *taker = owner;
    (void)snprintf(taker->heard, sizeof taker->heard, "%.*s", SLICE_ARG(bytes));
    apf_channel_consumed(taker->channel, bytes.size);
    (void)apf_channel_send(taker->channel, SLICE_LITERAL("yes"));
}

static void taker_closed(void *owner, const struct error *why)
{
    (void)why;
    ((struct taker *)owner)->closed++;
}

static const struct apf_channel_events *take(void *owner, struct apf_channel *channel,
                                             const struct apf_message *open, void **channel_owner)
{
    static const struct apf_channel_events events = {.data = taker_data, .closed = taker_closed};
    struct taker *taker = owner;
    if (open->open.connected_port == taker->refused_port)
        return NULL;
    taker->taken++;
    taker->channel = channel;
    *channel_owner = taker;
    return &events;
}

static const struct apf_session_events taking = {.accept = take};

static bool feed(struct taker *taker, const char *wire)
{
    struct buffer bytes;
    buffer_init(&bytes, WIRE_LIMIT);
    wire_put(&bytes, wire);
    bool open = apf_session_feed(taker->session, buffer_slice(&bytes));
    buffer_fini(&bytes);
    return open;
}

static void the_owner_takes_a_channel_of_the_me(void **state)
{
    (void)state;
    struct taker taker = {.refused_port = 80};
    struct buffer out;
    buffer_init(&out, WIRE_LIMIT);
    taker.session = apf_session_new(&local, &out, &taking, &taker);
    assert_true(feed(&taker, ME_BEGINS));
    buffer_clear(&out);
    assert_true(feed(&taker, ME_OPENS("00000007")));
    wire_assert(buffer_slice(&out), "5b 00000007 00000004 00001000 ffffffff");
    buffer_clear(&out);
    assert_true(feed(&taker, "5e 00000004 00000005 'alert'"));
    assert_string_equal(taker.heard, "alert");
    wire_assert(buffer_slice(&out), "5d 00000007 00000005 5e 00000007 00000003 'yes'");
    buffer_clear(&out);
    assert_true(feed(&taker, "61 00000004"));
    wire_assert(buffer_slice(&out), "61 00000007");
    assert_int_equal(taker.closed, 1);
    apf_session_free(taker.session);
    buffer_fini(&out);
}

static void the_me_has_four_channels_at_most(void **state)
{
    (void)state;
    struct taker taker = {.refused_port = 80};
    struct buffer out;
    struct error err;
    buffer_init(&out, WIRE_LIMIT);
    taker.session = apf_session_new(&local, &out, &taking, &taker);
    assert_true(feed(&taker, ME_BEGINS ME_OPENS("00000001") ME_OPENS("00000002")
                                 ME_OPENS("00000003") ME_OPENS("00000004")));
    buffer_clear(&out);
    assert_true(feed(&taker, ME_OPENS("00000005")));
    wire_assert(buffer_slice(&out), "5c 00000005 00000004 00*8");
    assert_int_equal(taker.taken, 4);
    /* They take nothing from ours. */
    static const struct apf_channel_events none;
    for (int i = 0; i < 8; i++)
        assert_non_null(apf_channel_open(taker.session, 16992, &none, NULL, &err));
    assert_null(apf_channel_open(taker.session, 16992, &none, NULL, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    apf_session_free(taker.session);
    buffer_fini(&out);
}

static void nobody_takes_what_is_not_wanted(void **state)
{
    (void)state;
    struct taker taker = {.refused_port = 0};
    struct buffer out;
    buffer_init(&out, WIRE_LIMIT);
    taker.session = apf_session_new(&local, &out, &taking, &taker);
    assert_true(feed(&taker, ME_BEGINS));
    buffer_clear(&out);
    assert_true(feed(&taker, ME_OPENS("00000001")));
    wire_assert(buffer_slice(&out), "5c 00000001 00000001 00*8");
    apf_session_free(taker.session);
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_speaks_first),
        cmocka_unit_test(services_come_in_any_order_and_number),
        cmocka_unit_test(no_keep_alive_is_asked_for),
        cmocka_unit_test(a_port_may_be_offered_again),
        cmocka_unit_test(a_session_may_begin_anew),
        cmocka_unit_test(what_is_left_of_an_earlier_session_is_nothing),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(an_alert_is_not_sent_on),
        cmocka_unit_test(a_channel_says_that_the_caller_is_local),
        cmocka_unit_test(credit_goes_back_when_all_is_consumed),
        cmocka_unit_test(data_is_cut_to_what_the_client_carries),
        cmocka_unit_test(a_refusal_that_passes_is_told_from_one_that_stays),
        cmocka_unit_test(the_owner_takes_a_channel_of_the_me),
        cmocka_unit_test(the_me_has_four_channels_at_most),
        cmocka_unit_test(nobody_takes_what_is_not_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
