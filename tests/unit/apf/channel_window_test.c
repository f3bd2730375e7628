#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW 32768

static struct rig *logged_in(void)
{
    struct apf_session_options options = {.window = WINDOW};
    struct rig *rig = rig_new(&options);
    rig_login(rig);
    return rig;
}

static void the_window_is_an_option_within_bounds(void **state)
{
    (void)state;
    static const struct {
        uint32_t asked;
        const char *given;
    } windows[] = {{0, "00014000"},      {1, "00008000"},       {32768, "00008000"},
                   {100000, "000186a0"}, {1048576, "00100000"}, {UINT32_MAX, "00100000"}};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        struct apf_session_options options = {.window = windows[i].asked};
        struct rig *rig = rig_new(&options);
        char wire[160];
        rig_login(rig);
        rig_open(rig, 16992);
        snprintf(wire, sizeof wire,
                 "5a 0000000f 'forwarded-tcpip' 00000004 %s ffffffff 00000000 00004260 "
                 "00000007 '1.2.3.4' 00000404",
                 windows[i].given);
        rig_expect(rig, wire);
        rig_free(rig);
    }
}

static void no_more_is_sent_than_the_device_gave_credit_for(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00000004");
    assert_int_equal(apf_channel_send(c->channel, SLICE_LITERAL("abcdef")), 4);
    rig_expect(rig, "5e 00000007 00000004 'abcd'");
    assert_int_equal(apf_channel_credit(c->channel), 0);
    assert_int_equal(apf_channel_send(c->channel, SLICE_LITERAL("ef")), 0);
    rig_expect(rig, "");
    assert_true(rig_feed(rig, "5d 00000004 00000000 5d 00000004 00000001"));
    rig_heard(rig, "channel 0 credit 1\n");
    assert_int_equal(apf_channel_send(c->channel, SLICE_LITERAL("ef")), 1);
    rig_expect(rig, "5e 00000007 00000001 'e'");
    rig_free(rig);
}

/* Firmware and LMS read messages of at most 4,096 bytes. */
static void a_long_send_is_cut_into_small_messages(void **state)
{
    (void)state;
    static uint8_t bytes[10000];
    memset(bytes, 'a', sizeof bytes);
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002710");
    assert_int_equal(apf_channel_send(c->channel, slice_of(bytes, sizeof bytes)), 10000);
    rig_expect(rig, "5e 00000007 00000ff7 61*4087 5e 00000007 00000ff7 61*4087 "
                    "5e 00000007 00000722 61*1826");
    rig_free(rig);
}

/* Whole messages, a sixteenth of the window, all of what is short; never the window's splinters.
 */
static void only_what_fills_a_message_is_worth_sending(void **state)
{
    (void)state;
    static uint8_t bytes[8192];
    struct rig *rig = logged_in();
    struct apf_channel *large = rig_opened(rig, "00000007 00002000")->channel;
    assert_int_equal(apf_channel_worth(large, 16384), 2 * 4087);
    assert_int_equal(apf_channel_worth(large, 8192), 8192);
    assert_int_equal(apf_channel_send(large, slice_of(bytes, 8174)), 8174);
    assert_int_equal(apf_channel_credit(large), 18);
    assert_int_equal(apf_channel_worth(large, 16384), 0);
    assert_int_equal(apf_channel_worth(large, 18), 18);
    assert_true(rig_feed(rig, "5d 00000004 00000ff7"));
    assert_int_equal(apf_channel_worth(large, 16384), 4087);
    rig_free(rig);

    rig = logged_in();
    struct apf_channel *small = rig_opened(rig, "00000007 00000400")->channel;
    assert_int_equal(apf_channel_worth(small, 5000), 1024);
    assert_int_equal(apf_channel_send(small, slice_of(bytes, 1000)), 1000);
    assert_int_equal(apf_channel_worth(small, 5000), 0);
    assert_true(rig_feed(rig, "5d 00000004 00000028"));
    assert_int_equal(apf_channel_worth(small, 5000), 64);
    rig_free(rig);
}

static void credit_returns_when_half_the_window_is_consumed(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    assert_true(rig_feed(rig, "5e 00000004 00008000 61*32768"));
    rig_expect(rig, ""); /* handed over is not consumed */
    apf_channel_consumed(c->channel, WINDOW / 2 - 1);
    rig_expect(rig, "");
    apf_channel_consumed(c->channel, 1);
    rig_expect(rig, "5d 00000007 00004000");
    apf_channel_consumed(c->channel, WINDOW / 2);
    rig_expect(rig, "5d 00000007 00004000");
    rig_free(rig);
}

static void consuming_more_than_was_handed_over_gives_no_credit(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    apf_channel_consumed(c->channel, SIZE_MAX);
    assert_true(rig_feed(rig, "5e 00000004 00000010 61*16"));
    apf_channel_consumed(c->channel, WINDOW);
    rig_expect(rig, "");
    assert_false(rig_feed(rig, "5e 00000004 00007ff1"));
    rig_free(rig);
}

static void data_beyond_the_window_ends_the_session(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    assert_true(rig_feed(rig, "5e 00000004 00007fff 61*32767 5e 00000004 00000001 61"));
    assert_int_equal(buffer_size(&c->received), WINDOW);
    assert_false(rig_feed(rig, "5e 00000004 00000001"));
    rig_expect(rig, "01 00000002 0000");
    rig_ended(rig,
              "closed protocol:", "CHANNEL_DATA: its data has 1 bytes, the window of channel 4");
    rig_free(rig);
}

static void a_message_larger_than_the_window_is_refused_unread(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    assert_false(rig_feed(rig, "5e 00000004 00008001 61*10"));
    assert_int_equal(buffer_size(&c->received), 0);
    rig_free(rig);
}

/* A channel that we have closed still has its window. */
static void a_closed_channel_is_no_way_around_the_window(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    apf_channel_close(c->channel);
    assert_true(rig_feed(rig, "5e 00000004 00008000 61*32768"));
    assert_false(rig_feed(rig, "5e 00000004 00000001"));
    rig_ended(rig, "closed protocol:", "CHANNEL_DATA");
    rig_free(rig);
}

static void credit_beyond_two_gibibytes_is_a_miscount(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00000001");
    assert_true(rig_feed(rig, "5d 00000004 7fffffff"));
    assert_int_equal(apf_channel_credit(c->channel), 0x80000000);
    assert_false(rig_feed(rig, "5d 00000004 00000001"));
    rig_expect(rig, "01 00000002 0000");
    rig_ended(rig, "closed protocol:", "WINDOW_ADJUST: its recipient channel 4");
    rig_free(rig);
    rig = logged_in();
    rig_opened(rig, "00000007 00000001");
    assert_false(rig_feed(rig, "5d 00000004 ffffffff"));
    rig_free(rig);
    rig = logged_in();
    rig_open(rig, 16992);
    assert_false(rig_feed(rig, "5b 00000004 00000001 80000001 ffffffff"));
    rig_ended(rig, "closed protocol:", "CONFIRMATION");
    rig_free(rig);
}

static void a_full_out_buffer_holds_data_back(void **state)
{
    (void)state;
    static uint8_t bytes[8192];
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00002000");
    rig->out.limit = 2048;
    size_t sent = apf_channel_send(c->channel, slice_of(bytes, sizeof bytes));
    assert_true(sent > 0 && sent < 2048);
    assert_true(buffer_ok(&rig->out));
    assert_int_equal(apf_channel_credit(c->channel), 8192 - sent);
    assert_int_equal(apf_channel_send(c->channel, slice_of(bytes, sizeof bytes)), 0);
    assert_true(rig_feed(rig, "d0 00000001")); /* there is room for the small messages */
    buffer_clear(&rig->out);
    assert_true(apf_channel_send(c->channel, slice_of(bytes, sizeof bytes)) > 0);
    rig_free(rig);
}

static void a_device_that_does_not_read_is_given_up(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    rig->out.limit = 100;
    assert_false(rig_feed(rig, "d0 00000001 d0 00000002 d0 00000003 d0 00000004 d0 00000005 "
                               "d0 00000006 d0 00000007 d0 00000008 d0 00000009 d0 0000000a "
                               "d0 00000001 d0 00000002 d0 00000003 d0 00000004 d0 00000005 "
                               "d0 00000006 d0 00000007 d0 00000008 d0 00000009 d0 0000000a "
                               "d0 0000000b"));
    rig_ended(rig, "closed connection: the device does not read", "100 bytes");
    rig_free(rig);
}

static void what_the_owner_could_not_send_ends_the_session_when_it_is_fed(void **state)
{
    (void)state;
    struct rig *rig = logged_in();
    rig->out.limit = 4;
    apf_session_ping(rig->session, 1);
    assert_int_equal(apf_session_state(rig->session), APF_FORWARDING);
    assert_false(rig_feed(rig, "d0 00000001"));
    rig_heard(rig, "closed connection: the device does not read: more than 4 bytes wait for it\n");
    rig_free(rig);
}

/* ---- any traffic ---- */

static uint64_t seed;

static uint32_t random_below(uint32_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % bound;
}

static uint8_t pattern(size_t at, uint8_t salt)
{
    return (uint8_t)(at * 31 + at / 251 + salt);
}

#define TOTAL 400000

/* The device's side of one channel, counted here and not by what is tested. */
struct device {
    size_t got;     /* bytes of ours that arrived */
    size_t granted; /* credit given to the host, ever */
    size_t given;   /* bytes sent to the host */
    size_t allowed; /* credit the host gave, ever */
};

static void device_reads(struct device *d, struct rig *rig)
{
    struct slice rest = buffer_slice(&rig->out);
    while (rest.size > 0) {
        struct apf_message m;
        struct error err;
        size_t used;
        assert_int_equal(apf_decode(rest, false, &m, &used, &err), APF_DECODED);
        assert_true(used <= 4096);
        if (m.type == APF_CHANNEL_WINDOW_ADJUST) {
            assert_int_equal(m.adjust.recipient, 7);
            d->allowed += m.adjust.bytes;
        } else {
            assert_int_equal(m.type, APF_CHANNEL_DATA);
            assert_int_equal(m.data.recipient, 7);
            for (size_t i = 0; i < m.data.bytes.size; i++)
                assert_int_equal(m.data.bytes.data[i], pattern(d->got + i, 1));
            d->got += m.data.bytes.size;
            assert_true(d->got <= d->granted);
        }
        rest = slice_from(rest, used);
    }
    buffer_clear(&rig->out);
}

static void device_writes(struct device *d, struct buffer *line)
{
    uint8_t bytes[5000];
    size_t most = d->allowed - d->given;
    if (most > TOTAL - d->given)
        most = TOTAL - d->given;
    if (most > sizeof bytes)
        most = sizeof bytes;
    size_t size = random_below((uint32_t)most + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(d->given + i, 2);
    apf_put_channel_data(line, 4, slice_of(bytes, size));
    d->given += size;
    if (random_below(3) == 0) {
        uint32_t more = random_below(6000);
        apf_put_window_adjust(line, 4, more);
        d->granted += more;
    }
}

static size_t host_writes(struct rig_channel *c, size_t sent)
{
    uint8_t bytes[9000];
    size_t size = random_below(sizeof bytes);
    if (size > TOTAL - sent)
        size = TOTAL - sent;
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(sent + i, 1);
    uint32_t credit = apf_channel_credit(c->channel);
    size_t taken = apf_channel_send(c->channel, slice_of(bytes, size));
    assert_int_equal(taken, size < credit ? size : credit);
    return sent + taken;
}

static void exchange(uint64_t start)
{
    struct rig *rig = logged_in();
    struct rig_channel *c = rig_opened(rig, "00000007 00000400");
    struct device d = {.granted = 1024, .allowed = WINDOW};
    struct buffer line;
    size_t sent = 0;
    size_t consumed = 0;
    seed = start;
    buffer_init(&line, WIRE_LIMIT);
    for (int turn = 0; turn < 100000; turn++) {
        if (d.got == TOTAL && buffer_size(&c->received) == TOTAL)
            break;
        sent = host_writes(c, sent);
        device_reads(&d, rig);
        device_writes(&d, &line);
        struct slice piece =
            slice_first(buffer_slice(&line), random_below((uint32_t)buffer_size(&line) + 1));
        assert_true(rig_feed_slice(rig, piece));
        buffer_consume(&line, piece.size);
        buffer_clear(&rig->log);
        size_t open = buffer_size(&c->received) - consumed;
        size_t now = random_below((uint32_t)open + 1);
        apf_channel_consumed(c->channel, now);
        consumed += now;
        device_reads(&d, rig);
        assert_true(d.allowed <= consumed + WINDOW);
    }
    assert_int_equal(sent, TOTAL);
    assert_int_equal(d.got, TOTAL);
    assert_int_equal(buffer_size(&c->received), TOTAL);
    struct slice received = buffer_slice(&c->received);
    for (size_t i = 0; i < received.size; i++)
        if (received.data[i] != pattern(i, 2))
            fail_msg("byte %zu of seed %llu is wrong", i, (unsigned long long)start);
    buffer_fini(&line);
    rig_free(rig);
}

static void every_byte_arrives_and_no_credit_is_exceeded(void **state)
{
    (void)state;
    for (uint64_t start = 1; start <= 20; start++)
        exchange(start * UINT64_C(0x9e3779b97f4a7c15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_is_an_option_within_bounds),
        cmocka_unit_test(no_more_is_sent_than_the_device_gave_credit_for),
        cmocka_unit_test(a_long_send_is_cut_into_small_messages),
        cmocka_unit_test(only_what_fills_a_message_is_worth_sending),
        cmocka_unit_test(credit_returns_when_half_the_window_is_consumed),
        cmocka_unit_test(consuming_more_than_was_handed_over_gives_no_credit),
        cmocka_unit_test(data_beyond_the_window_ends_the_session),
        cmocka_unit_test(a_message_larger_than_the_window_is_refused_unread),
        cmocka_unit_test(a_closed_channel_is_no_way_around_the_window),
        cmocka_unit_test(credit_beyond_two_gibibytes_is_a_miscount),
        cmocka_unit_test(a_full_out_buffer_holds_data_back),
        cmocka_unit_test(a_device_that_does_not_read_is_given_up),
        cmocka_unit_test(what_the_owner_could_not_send_ends_the_session_when_it_is_fed),
        cmocka_unit_test(every_byte_arrives_and_no_credit_is_exceeded),
    };
    return cmocka_run_group_tests_name("apf channel window", tests, NULL, NULL);
}
