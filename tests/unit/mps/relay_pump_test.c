#include "mps/relay_pump.h"

#include "amt/amt.h"
#include "http/websocket.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "mps/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Both ends are connections to scripted peers; the browser's is a WebSocket. */
#define BYTES(text) SLICE_LITERAL(text)

#define QUEUE MPS_RELAY_QUEUE /* as the relay gives the browser's connection */
#define PIECE MPS_RELAY_PIECE

static const struct slice start_sol = {(const uint8_t *)"\x10\x00\x00\x00SOL ", 8};
static const struct slice started = {
    (const uint8_t *)"\x11\x00\x00\x00\x01\x00\x10\x01\x57\x01\x00\x00\x00", 13};
static const struct slice clear_login = {
    (const uint8_t *)"\x13\x00\x00\x00\x01\x04\x00\x00\x00\x01u\x01p", 13};
static const struct slice success = {(const uint8_t *)"\x14\x00\x00\x00\x01\x00\x00\x00\x00", 9};

static struct {
    struct io_simulated_peer *browser, *device;
    struct mps *mps;
    struct mps_pumps pumps;
    uint64_t from_device, from_browser; /* that the tap has seen */
    bool over;                          /* the tap was told */
    const struct mps_tap_session *session;
    unsigned insertions; /* that the tap is still to make */
    bool between;        /* … and makes only now */
    uint64_t inserted_at[4];
    unsigned inserted;
    bool ended, ok;
    struct error err;
} world;

static void *tap_start(void *context, const struct mps_tap_session *session)
{
    assert_int_equal(session->kind, REDIR_SOL);
    world.session = session;
    return context;
}

static void tap_device(void *owner, struct slice bytes)
{
    (void)owner;
    world.from_device += bytes.size;
}

static void tap_browser(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner;
    world.from_browser += size;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '!')
            bytes[i] = '?';
}

static void tap_insert(void *owner, struct buffer *out)
{
    (void)owner;
    if (world.insertions == 0 || !world.between)
        return;
    world.insertions--;
    world.inserted_at[world.inserted++] = world.from_browser;
    buffer_put_text(out, "<more>");
}

static void tap_over(void *owner)
{
    (void)owner;
    world.over = true;
}

static struct io_stream *connect_to(uint16_t port, struct io_simulated_peer **peer, size_t limit)
{
    char text[32];
    struct io_address address;
    (void)snprintf(text, sizeof text, "192.0.2.9:%u", port);
    assert_true(io_address_parse(slice_of_string(text), &address, NULL));
    *peer = io_simulated_answer(&address);
    struct io_conn *conn = io_connect(&address, NULL, NULL, NULL);
    assert_non_null(conn);
    io_conn_limit(conn, limit);
    return io_conn_stream(conn);
}

static void relay(void *arg)
{
    const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER};
    enum redir_kind kind;
    (void)arg;
    mps_pumps_init(&world.pumps, http_websocket_stream(connect_to(443, &world.browser, QUEUE),
                                                       &options, slice_of(NULL, 0)));
    world.pumps.device = connect_to(16994, &world.device, QUEUE);
    world.ok = mps_pumps_read_start(&world.pumps, &kind, &world.err);
    if (world.ok) {
        world.pumps.session.kind = kind;
        world.ok = mps_pumps_run(&world.pumps, world.mps, &world.err);
    }
    io_stream_close(world.pumps.device);
    (void)http_websocket_end(world.pumps.browser, HTTP_WEBSOCKET_NORMAL, "");
    mps_pumps_fini(&world.pumps);
    world.ended = true;
}

/* One message of the browser, masked with zeros. */
static void say(struct slice payload)
{
    const uint8_t small[6] = {0x82, (uint8_t)(0x80 | payload.size)};
    const uint8_t large[8] = {0x82, 0x80 | 126, (uint8_t)(payload.size >> 8),
                              (uint8_t)payload.size};
    io_simulated_send(world.browser, payload.size < 126 ? slice_of(small, 6) : slice_of(large, 8));
    io_simulated_send(world.browser, payload);
    io_simulated_run();
}

static void answer(struct slice bytes)
{
    io_simulated_send(world.device, bytes);
    io_simulated_run();
}

static int set_up(void **state)
{
    static const struct mps_tap tap = {tap_start,  tap_device, tap_browser,
                                       tap_insert, tap_over,   &world};
    (void)state;
    memset(&world, 0, sizeof world);
    assert_non_null(io_simulated_start());
    world.mps = calloc(1, sizeof *world.mps);
    mps_tap_add(world.mps, &tap);
    assert_true(io_fiber_start(relay, NULL, NULL));
    io_simulated_run();
    say(start_sol);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    io_simulated_reset(world.browser);
    io_simulated_reset(world.device);
    io_simulated_run();
    io_simulated_advance(70000);
    assert_true(world.ended);
    io_simulated_stop();
    free(world.mps);
    return 0;
}

static void log_in(void)
{
    answer(started);
    say(clear_login);
    answer(success);
    assert_true(world.pumps.open);
    io_simulated_take(world.browser, io_simulated_received(world.browser).size);
    io_simulated_take(world.device, io_simulated_received(world.device).size);
}

static void test_pieces_pass_both_ways_past_the_tap(void **state)
{
    (void)state;
    log_in();
    assert_int_equal(world.from_device + world.from_browser, 0);
    answer(BYTES("hello"));
    assert_true(slice_equal(io_simulated_received(world.browser), BYTES("\x82\x05hello")));
    say(BYTES("stop! now"));
    assert_true(slice_equal(io_simulated_received(world.device), BYTES("stop? now")));
    assert_int_equal(world.from_device, 5);
    assert_int_equal(world.from_browser, 9);
    assert_false(world.over);
}

static void test_a_tap_sees_what_came_together_with_the_login(void **state)
{
    (void)state;
    answer(started);
    say(clear_login);
    answer(BYTES("\x14\x00\x00\x00\x01\x00\x00\x00\x00seen"));
    assert_int_equal(world.from_device, 4);
}

/* What the device was let send is what may wait, however much there is. */
static void test_a_browser_that_stalls_stops_the_device(void **state)
{
    static const uint8_t flood[4096];
    (void)state;
    log_in();
    io_simulated_stall(world.browser, true);
    for (int i = 0; i < 2500; i++) /* 10 MB */
        answer(slice_of(flood, sizeof flood));
    assert_in_range(world.from_device, PIECE, QUEUE + PIECE);
    assert_false(world.ended);
    io_simulated_stall(world.browser, false);
    io_simulated_run();
    assert_int_equal(world.from_device, (uint64_t)2500 * sizeof flood);
    assert_false(world.ended);
}

static void test_a_device_that_stalls_stops_the_browser(void **state)
{
    static const uint8_t flood[4096];
    (void)state;
    log_in();
    io_simulated_stall(world.device, true);
    for (int i = 0; i < 2500; i++)
        say(slice_of(flood, sizeof flood));
    assert_in_range(world.from_browser, PIECE, QUEUE + PIECE);
    io_simulated_stall(world.device, false);
    io_simulated_run();
    assert_int_equal(world.from_browser, (uint64_t)2500 * sizeof flood);
}

static void test_a_stall_of_thirty_seconds_ends_it(void **state)
{
    static const uint8_t flood[4096];
    (void)state;
    log_in();
    io_simulated_stall(world.browser, true);
    for (int i = 0; i < 100; i++)
        answer(slice_of(flood, sizeof flood));
    io_simulated_advance(29000);
    assert_false(world.ended);
    io_simulated_advance(4000);
    assert_true(world.ended && !world.ok && world.over);
    assert_int_equal(world.err.code, ERROR_TIMEOUT);
    assert_string_equal(world.err.text, "the browser took nothing for 30 s");
}

static void test_a_device_that_takes_nothing_ends_it(void **state)
{
    static const uint8_t flood[4096];
    (void)state;
    log_in();
    io_simulated_stall(world.device, true);
    for (int i = 0; i < 100; i++)
        say(slice_of(flood, sizeof flood));
    io_simulated_advance(33000);
    assert_true(world.ended && !world.ok);
    assert_string_equal(world.err.text, "the device took nothing for 30 s");
}

static void nudge(unsigned insertions)
{
    world.insertions = insertions;
    world.session->nudge(world.session->relay);
    io_simulated_run();
}

static void test_a_tap_says_something_while_the_browser_is_silent(void **state)
{
    (void)state;
    log_in();
    world.between = true;
    nudge(1);
    assert_true(slice_equal(io_simulated_received(world.device), BYTES("<more>")));
    say(BYTES("stop"));
    nudge(0);
    nudge(1);
    assert_true(slice_equal(io_simulated_received(world.device), BYTES("<more>stop<more>")));
    assert_int_equal(world.from_browser, 4); /* no tap sees what a tap said */
}

static void test_a_tap_waits_for_the_end_of_a_message_of_the_browser(void **state)
{
    (void)state;
    log_in();
    say(BYTES("half a "));
    nudge(1);
    say(BYTES("mess"));
    io_simulated_advance(10000);
    assert_true(slice_equal(io_simulated_received(world.device), BYTES("half a mess")));
    world.between = true;
    say(BYTES("age"));
    assert_true(slice_equal(io_simulated_received(world.device), BYTES("half a message<more>")));
}

/* Takes what the device got and checks that nothing but what the taps said is in it besides
 * `expected` bytes of 'x', and that it is where they said it. */
static void expect_flood(uint64_t expected)
{
    struct slice got = io_simulated_received(world.device);
    uint64_t flood = 0;
    unsigned found = 0;
    while (got.size > 0) {
        if (got.data[0] == 'x') {
            flood++;
            got = slice_from(got, 1);
            continue;
        }
        assert_true(slice_starts_with(got, BYTES("<more>")));
        assert_int_equal(flood, world.inserted_at[found++]);
        got = slice_from(got, 6);
    }
    assert_int_equal(flood, expected);
    assert_int_equal(found, world.inserted);
}

static void flood_device(unsigned pieces)
{
    uint8_t flood[4096];
    memset(flood, 'x', sizeof flood);
    for (unsigned i = 0; i < pieces; i++)
        say(slice_of(flood, sizeof flood));
}

static void test_nothing_is_inserted_into_a_piece_that_waits(void **state)
{
    (void)state;
    log_in();
    world.between = true;
    io_simulated_stall(world.device, true);
    flood_device(20);
    assert_true(world.pumps.writing);
    nudge(1);
    assert_int_equal(world.inserted, 0);
    io_simulated_stall(world.device, false);
    io_simulated_run();
    assert_int_equal(world.inserted, 1);
    expect_flood(20 * 4096);
}

/* The connection's queue is full to the brim, so that what is inserted waits, and the browser for
 * it. */
static void stall_the_inserter(void)
{
    log_in();
    world.between = true;
    io_simulated_stall(world.device, true);
    flood_device(QUEUE / 4096);
    assert_false(world.pumps.writing);
    nudge(1);
    assert_true(world.pumps.writing);
    assert_int_equal(world.inserted, 1);
    flood_device(1);
    assert_int_equal(world.from_browser, QUEUE);
}

static void test_a_piece_waits_for_what_is_inserted(void **state)
{
    (void)state;
    stall_the_inserter();
    io_simulated_stall(world.device, false);
    io_simulated_run();
    expect_flood(QUEUE + 4096);
    assert_false(world.ended);
}

static void test_an_insertion_that_is_not_taken_ends_it(void **state)
{
    (void)state;
    stall_the_inserter();
    io_simulated_advance(29000);
    assert_false(world.ended);
    io_simulated_advance(4000);
    assert_true(world.ended && !world.ok);
    assert_string_equal(world.err.text, "the device took nothing for 30 s");
}

/* Whoever nudges all the time does not keep a stall from being seen. */
static void test_nudges_do_not_put_the_watch_off(void **state)
{
    (void)state;
    log_in();
    world.between = true;
    io_simulated_stall(world.device, true);
    flood_device(20);
    for (int i = 0; i < 33 && !world.ended; i++) {
        nudge(0);
        io_simulated_advance(1000);
    }
    assert_true(world.ended && !world.ok);
    assert_string_equal(world.err.text, "the device took nothing for 30 s");
}

/* A screen on which nothing moves, a browser that answers its pings. */
static void test_silence_is_no_stall(void **state)
{
    (void)state;
    log_in();
    for (int i = 0; i < 40; i++) {
        io_simulated_advance(15000);
        io_simulated_send(world.browser, BYTES("\x8A\x80\0\0\0\0"));
        io_simulated_run();
    }
    assert_false(world.ended);
    answer(BYTES("still there"));
    assert_int_equal(world.from_device, 11);
}

static void test_a_browser_that_is_gone_ends_it(void **state)
{
    (void)state;
    log_in();
    io_simulated_advance(120000);
    assert_true(world.ended && world.ok);
    assert_int_equal(world.pumps.end, MPS_BROWSER_LEFT);
}

static void test_a_login_that_does_not_end_is_given_up(void **state)
{
    (void)state;
    answer(started);
    io_simulated_advance(29000);
    assert_false(world.ended);
    io_simulated_advance(4000);
    assert_true(world.ended && !world.ok);
    assert_string_equal(world.err.text, "the login took more than 30 s");
}

static void test_a_refusal_is_told_though_the_device_stays(void **state)
{
    (void)state;
    answer(BYTES("\x11\x02\x00\x00"));
    assert_true(slice_equal(io_simulated_received(world.browser), BYTES("\x82\x04\x11\x02\0\0")));
    io_simulated_advance(5000);
    assert_true(world.ended && !world.ok);
    assert_int_equal(world.err.code, ERROR_CONFLICT);
}

static void test_a_device_that_closes_ends_it_in_order(void **state)
{
    (void)state;
    log_in();
    io_simulated_send(world.device, BYTES("last words"));
    io_simulated_close(world.device);
    io_simulated_run();
    assert_true(world.ended && world.ok && world.over);
    assert_int_equal(world.pumps.end, MPS_DEVICE_LEFT);
    assert_int_equal(world.from_device, 10);
}

/* The browser types on, into a connection that has ended, before it has got all of that. */
static void test_last_words_pass_though_the_browser_goes_on_talking(void **state)
{
    static const uint8_t words[4096];
    (void)state;
    log_in();
    io_simulated_stall(world.browser, true);
    for (int i = 0; i < 8; i++)
        answer(slice_of(words, sizeof words));
    io_simulated_close(world.device);
    io_simulated_run();
    for (int i = 0; i < 3; i++)
        say(BYTES("x"));
    assert_false(world.ended);
    io_simulated_stall(world.browser, false);
    io_simulated_run();
    assert_true(world.ended && world.ok);
    assert_int_equal(world.pumps.end, MPS_DEVICE_LEFT);
    assert_int_equal(world.from_device, 8 * sizeof words);
}

static void test_a_tap_too_many_is_refused(void **state)
{
    static const struct mps_tap tap = {.start = tap_start, .over = tap_over};
    (void)state;
    for (unsigned i = 1; i < MPS_TAPS; i++)
        assert_true(mps_tap_add(world.mps, &tap));
    assert_false(mps_tap_add(world.mps, &tap));
    assert_int_equal(world.mps->tap_count, MPS_TAPS);
    world.mps->tap_count = 1;
}

static void test_what_is_no_login_ends_it(void **state)
{
    (void)state;
    answer(BYTES("\x55"));
    assert_true(world.ended && !world.ok);
    assert_int_equal(world.err.code, ERROR_PROTOCOL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pieces_pass_both_ways_past_the_tap),
        TEST(test_a_tap_sees_what_came_together_with_the_login),
        TEST(test_a_browser_that_stalls_stops_the_device),
        TEST(test_a_device_that_stalls_stops_the_browser),
        TEST(test_a_stall_of_thirty_seconds_ends_it),
        TEST(test_a_device_that_takes_nothing_ends_it),
        TEST(test_a_tap_says_something_while_the_browser_is_silent),
        TEST(test_a_tap_waits_for_the_end_of_a_message_of_the_browser),
        TEST(test_nothing_is_inserted_into_a_piece_that_waits),
        TEST(test_a_piece_waits_for_what_is_inserted),
        TEST(test_an_insertion_that_is_not_taken_ends_it),
        TEST(test_nudges_do_not_put_the_watch_off),
        TEST(test_silence_is_no_stall),
        TEST(test_a_browser_that_is_gone_ends_it),
        TEST(test_a_login_that_does_not_end_is_given_up),
        TEST(test_a_refusal_is_told_though_the_device_stays),
        TEST(test_a_device_that_closes_ends_it_in_order),
        TEST(test_last_words_pass_though_the_browser_goes_on_talking),
        TEST(test_a_tap_too_many_is_refused),
        TEST(test_what_is_no_login_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
