/* The device's side of APF, byte by byte (spec device-protocols 1.1 to 1.3). */
#include "core/buffer.h"
#include "core/memory.h"
#include "sim/apf_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENT_LIMIT 64

struct bench {
    struct sim_apf apf;
    struct sim_apf_options options;
    struct buffer sent; /* all messages, joined */
    size_t sizes[SENT_LIMIT];
    size_t sent_count;
    struct buffer data; /* what channels brought */
    unsigned opened, closed, ready, over, round_trips;
    uint64_t round_trip_us;
    enum sim_apf_end end;
    uint32_t reason;
    bool refuse;
};

static void on_send(void *owner, struct slice message)
{
    struct bench *bench = owner;
    assert_true(bench->sent_count < SENT_LIMIT);
    bench->sizes[bench->sent_count++] = message.size;
    buffer_put(&bench->sent, message);
}

static void on_ready(void *owner)
{
    ((struct bench *)owner)->ready++;
}

static bool on_opened(void *owner, unsigned channel, uint16_t port)
{
    struct bench *bench = owner;
    (void)channel;
    (void)port;
    bench->opened++;
    return !bench->refuse;
}

static void on_data(void *owner, unsigned channel, struct slice bytes)
{
    (void)channel;
    buffer_put(&((struct bench *)owner)->data, bytes);
}

static void on_closed(void *owner, unsigned channel)
{
    (void)channel;
    ((struct bench *)owner)->closed++;
}

static void on_round_trip(void *owner, uint64_t us)
{
    struct bench *bench = owner;
    bench->round_trips++;
    bench->round_trip_us = us;
}

static void on_over(void *owner, enum sim_apf_end end, uint32_t reason)
{
    struct bench *bench = owner;
    bench->over++;
    bench->end = end;
    bench->reason = reason;
}

static const struct sim_apf_events events = {
    .send = on_send,
    .ready = on_ready,
    .opened = on_opened,
    .data = on_data,
    .closed = on_closed,
    .round_trip = on_round_trip,
    .over = on_over,
};

static int set_up(void **state)
{
    static const uint16_t ports[] = {16992, 5900, 0};
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_true(
        guid_parse(slice_of_string("4c4c4544-004d-4d10-8050-b2c04f325133"), &bench->options.guid));
    bench->options.user = "admin";
    bench->options.password = "P@ss";
    bench->options.host_name = "h";
    bench->options.ports = ports;
    bench->options.trigger = 4;
    bench->options.keepalive_s = 30;
    bench->options.keepalive_timeout_s = 90;
    bench->options.window = 16;
    buffer_init(&bench->sent, 1024 * 1024);
    buffer_init(&bench->data, 1024 * 1024);
    sim_apf_init(&bench->apf, &bench->options, &events, bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    sim_apf_fini(&bench->apf);
    buffer_fini(&bench->sent);
    buffer_fini(&bench->data);
    free(bench);
    return 0;
}

#define FEED(bench, bytes) sim_apf_feed(&(bench)->apf, slice_of(bytes, sizeof(bytes) - 1), 1000000)

static void sent_is(struct bench *bench, const char *bytes, size_t size)
{
    struct slice sent = buffer_slice(&bench->sent);
    assert_int_equal(sent.size, size);
    assert_memory_equal(sent.data, bytes, size);
    buffer_clear(&bench->sent);
    bench->sent_count = 0;
}
#define SENT(bench, bytes) sent_is(bench, bytes, sizeof(bytes) - 1)

#define ACCEPT_AUTH        \
    "\x06\x00\x00\x00\x12" \
    "auth@amt.intel.com"
#define ACCEPT_PFWD        \
    "\x06\x00\x00\x00\x12" \
    "pfwd@amt.intel.com"
#define OK_16992 "\x51\x00\x00\x42\x60"
#define OK_5900  "\x51\x00\x00\x17\x0c"
#define FORWARD  "\x50\x00\x00\x00\x0dtcpip-forward\x01\x00\x00\x00\x01h"
/* forwarded-tcpip from channel 5, window 10, to port 16992 */
#define OPEN                                                                                      \
    "\x5a\x00\x00\x00\x0f"                                                                        \
    "forwarded-tcpip\x00\x00\x00\x05\x00\x00\x00\x0a\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x42" \
    "\x60\x00\x00\x00\x07"                                                                        \
    "1.2.3.4\x00\x00\x04\x00"

static void log_in(struct bench *bench)
{
    sim_apf_start(&bench->apf, 0);
    FEED(bench, ACCEPT_AUTH);
    FEED(bench, "\x34");
    FEED(bench, ACCEPT_PFWD);
    FEED(bench, OK_16992);
    FEED(bench, OK_5900);
    assert_int_equal(bench->ready, 1);
    buffer_clear(&bench->sent);
    bench->sent_count = 0;
}

static void open_channel(struct bench *bench)
{
    log_in(bench);
    FEED(bench, OPEN);
    SENT(bench, "\x5b\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00\x00\x10\xff\xff\xff\xff");
}

static void login_goes_one_step_at_a_time(void **state)
{
    struct bench *bench = *state;
    sim_apf_start(&bench->apf, 0);
    assert_int_equal(bench->sent_count, 2);
    assert_int_equal(bench->sizes[0], 93);
    struct slice sent = buffer_slice(&bench->sent);
    assert_memory_equal(sent.data,
                        "\xc0\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x04"
                        "\x44\x45\x4c\x4c\x4d\x00\x10\x4d\x80\x50\xb2\xc0\x4f\x32\x51\x33",
                        29);
    for (size_t i = 29; i < 93; i++)
        assert_int_equal(sent.data[i], 0);
    buffer_consume(&bench->sent, 93);
    SENT(bench, "\x05\x00\x00\x00\x12"
                "auth@amt.intel.com");
    FEED(bench, ACCEPT_AUTH);
    assert_int_equal(bench->sent_count, 1); /* in one piece: servers drop a split one */
    SENT(bench, "\x32\x00\x00\x00\x05"
                "admin\x00\x00\x00\x12pfwd@amt.intel.com"
                "\x00\x00\x00\x08password\x00\x00\x00\x00\x04P@ss");
    FEED(bench, "\x34");
    SENT(bench, "\x05\x00\x00\x00\x12pfwd@amt.intel.com");
    FEED(bench, ACCEPT_PFWD);
    SENT(bench, FORWARD "\x00\x00\x42\x60");
    FEED(bench, OK_16992);
    assert_int_equal(bench->ready, 0);
    SENT(bench, FORWARD "\x00\x00\x17\x0c");
    FEED(bench, OK_5900);
    assert_int_equal(bench->ready, 1);
    assert_int_equal(bench->sent_count, 0);
    assert_int_equal(bench->apf.oddities, 0);
}

static void bytes_may_come_one_at_a_time(void **state)
{
    struct bench *bench = *state;
    static const char all[] = ACCEPT_AUTH "\x34" ACCEPT_PFWD OK_16992 OK_5900 OPEN;
    sim_apf_start(&bench->apf, 0);
    for (size_t i = 0; i < sizeof(all) - 1; i++)
        assert_true(sim_apf_feed(&bench->apf, slice_of(all + i, 1), 0));
    assert_int_equal(bench->ready, 1);
    assert_int_equal(bench->opened, 1);
}

static void messages_may_come_all_at_once(void **state)
{
    struct bench *bench = *state;
    sim_apf_start(&bench->apf, 0);
    assert_true(FEED(bench, ACCEPT_AUTH "\x34" ACCEPT_PFWD OK_16992 OK_5900 OPEN));
    assert_int_equal(bench->ready, 1);
    assert_int_equal(bench->opened, 1);
}

static void a_refused_login_ends_the_session(void **state)
{
    struct bench *bench = *state;
    sim_apf_start(&bench->apf, 0);
    FEED(bench, ACCEPT_AUTH);
    assert_false(FEED(bench, "\x33\x00\x00\x00\x08password\x00\x00"));
    assert_int_equal(bench->over, 1);
    assert_int_equal(bench->end, SIM_APF_END_REFUSED);
}

static void a_refused_login_may_have_one_flag_byte(void **state)
{
    struct bench *bench = *state;
    sim_apf_start(&bench->apf, 0);
    FEED(bench, ACCEPT_AUTH);
    assert_false(FEED(bench, "\x33\x00\x00\x00\x08password\x00"));
    assert_int_equal(bench->end, SIM_APF_END_REFUSED);
}

static void a_version_from_the_server_is_ignored(void **state)
{
    struct bench *bench = *state;
    char version[93] = "\xc0\x00\x00\x00\x01";
    sim_apf_start(&bench->apf, 0);
    buffer_clear(&bench->sent);
    assert_true(sim_apf_feed(&bench->apf, slice_of(version, sizeof(version)), 0));
    assert_int_equal(buffer_size(&bench->sent), 0);
}

static void success_before_the_login_is_a_violation(void **state)
{
    struct bench *bench = *state;
    sim_apf_start(&bench->apf, 0);
    buffer_clear(&bench->sent);
    assert_false(FEED(bench, "\x34"));
    SENT(bench, "\x01\x00\x00\x00\x02\x00\x00");
    assert_int_equal(bench->end, SIM_APF_END_VIOLATION);
}

static void an_unknown_message_is_a_violation(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    assert_false(FEED(bench, "\xfe"));
    SENT(bench, "\x01\x00\x00\x00\x02\x00\x00");
}

static void the_servers_keep_alive_is_answered(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    FEED(bench, "\xd0\x12\x34\x56\x78");
    SENT(bench, "\xd1\x12\x34\x56\x78");
}

static void keep_alive_options_are_echoed_and_obeyed(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    FEED(bench, "\xd2\x00\x00\x00\x05\x00\x00\x00\x07"); /* at second 1 */
    SENT(bench, "\xd3\x00\x00\x00\x05\x00\x00\x00\x07");
    assert_int_equal(sim_apf_due(&bench->apf), 6000);
    sim_apf_tick(&bench->apf, 5999000);
    assert_int_equal(bench->sent_count, 0);
    sim_apf_tick(&bench->apf, 6000000);
    SENT(bench, "\xd0\x00\x00\x00\x01");
    assert_int_equal(sim_apf_due(&bench->apf), 13000);
    sim_apf_feed(&bench->apf, slice_of("\xd1\x00\x00\x00\x01", 5), 6000250);
    assert_int_equal(bench->round_trips, 1);
    assert_int_equal(bench->round_trip_us, 250);
    assert_int_equal(sim_apf_due(&bench->apf), 11000);
}

static void without_options_the_own_interval_runs(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    assert_int_equal(sim_apf_due(&bench->apf), 31000);
}

static void an_unanswered_keep_alive_ends_the_session(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    sim_apf_tick(&bench->apf, 31000000);
    sim_apf_tick(&bench->apf, 31000000 + 89999000);
    assert_int_equal(bench->over, 0);
    sim_apf_tick(&bench->apf, 31000000 + 90000000);
    assert_int_equal(bench->end, SIM_APF_END_KEEPALIVE);
}

static void a_channel_opens_with_the_devices_id_and_window(void **state)
{
    open_channel(*state);
}

static void a_port_that_is_not_forwarded_is_prohibited(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    FEED(bench, "\x5a\x00\x00\x00\x0f"
                "forwarded-tcpip\x00\x00\x00\x05\x00\x00\x00\x0a\xff\xff\xff\xff\x00\x00\x00\x00"
                "\x00\x00\x00\x50\x00\x00\x00\x07"
                "1.2.3.4\x00\x00\x04\x00");
    SENT(bench, "\x5c\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00");
}

static void a_port_nobody_listens_on_fails_to_connect(void **state)
{
    struct bench *bench = *state;
    bench->refuse = true;
    log_in(bench);
    FEED(bench, OPEN);
    SENT(bench, "\x5c\x00\x00\x00\x05\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00");
}

static void another_channel_type_is_unknown(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    FEED(bench, "\x5a\x00\x00\x00\x0c"
                "direct-tcpip\x00\x00\x00\x05\x00\x00\x00\x0a\xff\xff\xff\xff\x00\x00\x00\x00"
                "\x00\x00\x42\x60\x00\x00\x00\x07"
                "1.2.3.4\x00\x00\x04\x00");
    SENT(bench, "\x5c\x00\x00\x00\x05\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00");
}

static void the_ninth_channel_lacks_resources(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    for (int i = 0; i < 8; i++)
        FEED(bench, OPEN);
    buffer_clear(&bench->sent);
    FEED(bench, OPEN);
    SENT(bench, "\x5c\x00\x00\x00\x05\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00");
}

static void each_data_message_is_credited_for_its_length(void **state)
{
    struct bench *bench = *state;
    open_channel(bench);
    FEED(bench, "\x5e\x00\x00\x00\x01\x00\x00\x00\x03"
                "abc"
                "\x5e\x00\x00\x00\x01\x00\x00\x00\x01"
                "d");
    SENT(bench, "\x5d\x00\x00\x00\x05\x00\x00\x00\x03\x5d\x00\x00\x00\x05\x00\x00\x00\x01");
    assert_true(slice_equal_string(buffer_slice(&bench->data), "abcd"));
}

static void data_past_the_window_is_a_violation(void **state)
{
    struct bench *bench = *state;
    open_channel(bench);
    assert_false(FEED(bench, "\x5e\x00\x00\x00\x01\x00\x00\x00\x11"
                             "12345678901234567"));
    SENT(bench, "\x01\x00\x00\x00\x02\x00\x00");
    assert_int_equal(buffer_size(&bench->data), 0);
    assert_int_equal(bench->closed, 1);
}

static void the_servers_window_is_never_passed(void **state)
{
    struct bench *bench = *state;
    open_channel(bench); /* the server's window is 10 */
    assert_true(sim_apf_write(&bench->apf, 0, slice_of_string("0123456789ABCDE")));
    SENT(bench, "\x5e\x00\x00\x00\x05\x00\x00\x00\x0a"
                "0123456789");
    FEED(bench, "\x5d\x00\x00\x00\x01\x00\x00\x00\x02");
    SENT(bench, "\x5e\x00\x00\x00\x05\x00\x00\x00\x02"
                "AB");
    FEED(bench, "\x5d\x00\x00\x00\x01\x00\x00\x00\x64");
    SENT(bench, "\x5e\x00\x00\x00\x05\x00\x00\x00\x03"
                "CDE");
}

static void a_close_waits_for_what_is_queued(void **state)
{
    struct bench *bench = *state;
    open_channel(bench);
    (void)sim_apf_write(&bench->apf, 0, slice_of_string("0123456789AB"));
    buffer_clear(&bench->sent);
    sim_apf_close(&bench->apf, 0);
    assert_int_equal(buffer_size(&bench->sent), 0);
    FEED(bench, "\x5d\x00\x00\x00\x01\x00\x00\x00\x64");
    SENT(bench, "\x5e\x00\x00\x00\x05\x00\x00\x00\x02"
                "AB"
                "\x61\x00\x00\x00\x05");
    assert_int_equal(bench->closed, 1);
}

static void a_close_is_answered_once_and_the_id_is_free_again(void **state)
{
    struct bench *bench = *state;
    open_channel(bench);
    FEED(bench, "\x61\x00\x00\x00\x01");
    SENT(bench, "\x61\x00\x00\x00\x05");
    assert_int_equal(bench->closed, 1);
    FEED(bench, OPEN);
    SENT(bench, "\x5b\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00\x00\x10\xff\xff\xff\xff");
}

static void an_id_stays_taken_until_the_server_has_closed_too(void **state)
{
    struct bench *bench = *state;
    open_channel(bench);
    sim_apf_close(&bench->apf, 0);
    SENT(bench, "\x61\x00\x00\x00\x05");
    FEED(bench, OPEN);
    SENT(bench, "\x5b\x00\x00\x00\x05\x00\x00\x00\x02\x00\x00\x00\x10\xff\xff\xff\xff");
    FEED(bench, "\x61\x00\x00\x00\x01");
    assert_int_equal(buffer_size(&bench->sent), 0);
    assert_int_equal(bench->closed, 1);
}

static void a_stale_close_is_ignored(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    assert_true(FEED(bench, "\x61\x00\x00\x00\x07"));
    assert_int_equal(buffer_size(&bench->sent), 0);
    assert_int_equal(bench->apf.oddities, 1);
}

static void no_message_is_longer_than_4096_bytes(void **state)
{
    struct bench *bench = *state;
    char *bytes = memory_new(20000);
    log_in(bench);
    FEED(bench, "\x5a\x00\x00\x00\x0f"
                "forwarded-tcpip\x00\x00\x00\x05\x00\x01\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00"
                "\x00\x00\x42\x60\x00\x00\x00\x07"
                "1.2.3.4\x00\x00\x04\x00");
    bench->sent_count = 0;
    assert_true(sim_apf_write(&bench->apf, 0, slice_of(bytes, 20000)));
    assert_int_equal(bench->sent_count, 5);
    for (size_t i = 0; i < bench->sent_count; i++)
        assert_true(bench->sizes[i] <= 4096);
    free(bytes);
}

static void disconnect_ends_the_session_with_its_reason(void **state)
{
    struct bench *bench = *state;
    open_channel(bench);
    assert_false(FEED(bench, "\x01\x00\x00\x00\x0b\x00\x00"));
    assert_int_equal(bench->end, SIM_APF_END_DISCONNECT);
    assert_int_equal(bench->reason, APF_BY_APPLICATION);
    assert_int_equal(bench->closed, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(login_goes_one_step_at_a_time),
        TEST(bytes_may_come_one_at_a_time),
        TEST(messages_may_come_all_at_once),
        TEST(a_refused_login_ends_the_session),
        TEST(a_refused_login_may_have_one_flag_byte),
        TEST(a_version_from_the_server_is_ignored),
        TEST(success_before_the_login_is_a_violation),
        TEST(an_unknown_message_is_a_violation),
        TEST(the_servers_keep_alive_is_answered),
        TEST(keep_alive_options_are_echoed_and_obeyed),
        TEST(without_options_the_own_interval_runs),
        TEST(an_unanswered_keep_alive_ends_the_session),
        TEST(a_channel_opens_with_the_devices_id_and_window),
        TEST(a_port_that_is_not_forwarded_is_prohibited),
        TEST(a_port_nobody_listens_on_fails_to_connect),
        TEST(another_channel_type_is_unknown),
        TEST(the_ninth_channel_lacks_resources),
        TEST(each_data_message_is_credited_for_its_length),
        TEST(data_past_the_window_is_a_violation),
        TEST(the_servers_window_is_never_passed),
        TEST(a_close_waits_for_what_is_queued),
        TEST(a_close_is_answered_once_and_the_id_is_free_again),
        TEST(an_id_stays_taken_until_the_server_has_closed_too),
        TEST(a_stale_close_is_ignored),
        TEST(no_message_is_longer_than_4096_bytes),
        TEST(disconnect_ends_the_session_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
