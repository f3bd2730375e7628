/* A WebSocket as a stream (http/websocket.h), with scripted peers and a clock that the test moves:
 * the bytes are those of RFC 6455, not of our own writer. */
#include "core/buffer.h"
#include "http/websocket.h"
#include "io/fiber.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The stream under test: a fiber reads it to its end, another writes what the test gives. */
struct world {
    struct io_address address;
    struct io_simulated_peer *peer;
    struct http_websocket_options options;
    struct slice ahead;
    size_t limit; /* of the connection's queue; 0: the default */
    struct io_stream *stream;
    struct buffer read;
    bool read_over;
    bool read_ok;
    struct error read_err;
    size_t read_size; /* of the reader's memory */
    struct io_task writer;
    struct slice to_write;
    bool wrote;
    bool write_ok;
    struct error write_err;
};

static struct world world;

static void read_all(void *arg)
{
    struct world *w = arg;
    struct error err = {0};
    struct io_conn *conn = io_connect(&w->address, NULL, NULL, &err);
    size_t got = 1;
    if (w->limit > 0)
        io_conn_limit(conn, w->limit);
    w->stream = http_websocket_stream(io_conn_stream(conn), &w->options, w->ahead);
    uint8_t *bytes = malloc(w->read_size);
    while ((w->read_ok = io_stream_read(w->stream, bytes, w->read_size, &got, &w->read_err)) &&
           got > 0)
        buffer_put(&w->read, slice_of(bytes, got));
    free(bytes);
    w->read_over = true;
}

static void write_it(void *arg)
{
    struct world *w = arg;
    w->write_ok = io_stream_write(w->stream, w->to_write, &w->write_err);
    w->wrote = true;
}

static void start_with(enum http_websocket_role role, struct slice ahead)
{
    static const struct http_websocket_options none;
    memset(&world, 0, sizeof world);
    world.options = none;
    world.options.role = role;
    world.ahead = ahead;
    world.read_size = 4096;
    buffer_init(&world.read, 1 << 20);
    (void)io_simulated_start();
    assert_true(io_address_parse(SLICE_LITERAL("192.0.2.9:80"), &world.address, NULL));
    world.peer = io_simulated_answer(&world.address);
}

static void run(void)
{
    assert_true(io_fiber_start(read_all, &world, NULL));
    io_simulated_run();
    assert_non_null(world.stream);
}

static void start(enum http_websocket_role role)
{
    start_with(role, slice_of(NULL, 0));
    run();
}

static void send(struct slice bytes)
{
    io_simulated_send(world.peer, bytes);
    io_simulated_run();
}

static void write_bytes(struct slice bytes)
{
    world.to_write = bytes;
    world.wrote = false;
    assert_true(io_task_start(&world.writer, write_it, &world, NULL));
    io_simulated_run();
}

static void expect_received(struct slice bytes)
{
    struct slice received = io_simulated_received(world.peer);
    assert_int_equal(received.size, bytes.size);
    if (bytes.size > 0)
        assert_memory_equal(received.data, bytes.data, bytes.size);
    io_simulated_take(world.peer, received.size);
}

static void expect_read(const char *text)
{
    assert_true(slice_equal_string(buffer_slice(&world.read), text));
    buffer_clear(&world.read);
}

static void close_stream(void *arg)
{
    (void)arg;
    io_stream_close(world.stream);
}

static void stop(void)
{
    if (!world.read_over) {
        io_simulated_stall(world.peer, false);
        io_simulated_close(world.peer);
        io_simulated_run();
    }
    assert_true(world.read_over);
    assert_true(io_fiber_start(close_stream, NULL, NULL));
    io_simulated_run();
    buffer_fini(&world.read);
    io_simulated_stop();
}

/* "Hello" of RFC 6455 5.7 as a client sends it. */
#define HELLO "\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"

/* --- reading -----------------------------------------------------------------------------------
 */

static void reads_binary_and_text(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    assert_false(http_websocket_peer_text(world.stream));
    send(SLICE_LITERAL("\x81" HELLO));
    expect_read("Hello");
    assert_true(http_websocket_peer_text(world.stream));
    send(SLICE_LITERAL("\x82" HELLO "\x82" HELLO));
    expect_read("HelloHello");
    assert_false(http_websocket_peer_text(world.stream));
    stop();
}

static void reads_with_one_byte_of_memory(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    world.read_size = 1;
    run();
    send(SLICE_LITERAL("\x82" HELLO "\x89" HELLO "\x81" HELLO));
    expect_read("HelloHello");
    expect_received(SLICE_LITERAL("\x8a\x05Hello"));
    stop();
}

static void takes_what_was_read_before(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, SLICE_LITERAL("\x82" HELLO "\x82\x85\x37\xfa"));
    world.read_size = 3;
    run();
    expect_read("Hello");
    send(SLICE_LITERAL("\x21\x3d\x7f\x9f\x4d\x51\x58"));
    expect_read("Hello");
    stop();
}

static void answers_pings_with_their_payload(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    send(SLICE_LITERAL("\x89" HELLO));
    expect_received(SLICE_LITERAL("\x8a\x05Hello"));
    send(SLICE_LITERAL("\x8a" HELLO)); /* a pong nobody asked for */
    expect_received(SLICE_LITERAL(""));
    stop();
}

static void clients_mask_what_they_send(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_CLIENT);
    send(SLICE_LITERAL("\x82\x05Hello\x89\x02hi"));
    expect_read("Hello");
    struct slice pong = io_simulated_received(world.peer);
    assert_int_equal(pong.size, 8);
    assert_memory_equal(pong.data, "\x8a\x82", 2);
    assert_int_equal(pong.data[6] ^ pong.data[2], 'h');
    assert_int_equal(pong.data[7] ^ pong.data[3], 'i');
    io_simulated_take(world.peer, pong.size);
    write_bytes(SLICE_LITERAL("abc"));
    struct slice frame = io_simulated_received(world.peer);
    assert_int_equal(frame.size, 9);
    assert_memory_equal(frame.data, "\x82\x83", 2);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(frame.data[6 + i] ^ frame.data[2 + i], "abc"[i]);
    stop();
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void close_is_answered_and_ends_the_stream(void **state)
{
    (void)state;
    uint16_t code = 0;
    char reason[HTTP_WEBSOCKET_REASON_SIZE];
    start(HTTP_WEBSOCKET_SERVER);
    assert_false(http_websocket_closed_by(world.stream, &code, reason));
    send(SLICE_LITERAL("\x88\x85\x01\x02\x03\x04\x02\xeb"
                       "a}d")); /* 1001 "bye" */
    assert_true(world.read_over);
    assert_true(world.read_ok);
    assert_true(http_websocket_closed_by(world.stream, &code, reason));
    assert_int_equal(code, 1001);
    assert_string_equal(reason, "bye");
    expect_received(SLICE_LITERAL("\x88\x02\x03\xe9"));
    write_bytes(SLICE_LITERAL("late"));
    assert_false(world.write_ok);
    assert_int_equal(world.write_err.code, ERROR_CONNECTION);
    stop();
}

static void close_without_a_code_is_1005(void **state)
{
    (void)state;
    uint16_t code = 0;
    char reason[HTTP_WEBSOCKET_REASON_SIZE];
    start(HTTP_WEBSOCKET_SERVER);
    send(SLICE_LITERAL("\x88\x80\x01\x02\x03\x04"));
    assert_true(http_websocket_closed_by(world.stream, &code, reason));
    assert_int_equal(code, 1005);
    assert_string_equal(reason, "");
    expect_received(SLICE_LITERAL("\x88\x00"));
    stop();
}

static void a_peer_that_just_goes_is_an_error(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    io_simulated_close(world.peer);
    io_simulated_run();
    assert_true(world.read_over);
    assert_false(world.read_ok);
    assert_int_equal(world.read_err.code, ERROR_CONNECTION);
    stop();
}

static void broken_rules_are_told_and_end_it(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    send(SLICE_LITERAL("\x82\x05Hello"));
    assert_true(world.read_over);
    assert_false(world.read_ok);
    assert_int_equal(world.read_err.code, ERROR_PROTOCOL);
    struct slice close = io_simulated_received(world.peer);
    assert_true(slice_starts_with(close, SLICE_LITERAL("\x88\x1c\x03\xea")));
    stop();
}

static void too_large_is_an_error_of_its_own(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    world.options.message_limit = 4;
    run();
    send(SLICE_LITERAL("\x82" HELLO));
    assert_false(world.read_ok);
    assert_int_equal(world.read_err.code, ERROR_TOO_LARGE);
    assert_true(slice_starts_with(slice_from(io_simulated_received(world.peer), 2),
                                  SLICE_LITERAL("\x03\xf1")));
    stop();
}

static void end_with_reason(void *arg)
{
    (void)arg;
    assert_true(http_websocket_end(world.stream, HTTP_WEBSOCKET_REFUSED, "not now"));
    world.stream = NULL;
}

static void our_end_names_code_and_reason(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    io_simulated_close(world.peer);
    io_simulated_run();
    stop();
    /* A stream whose reader is over for lack of time only. */
    start_with(HTTP_WEBSOCKET_SERVER, SLICE_LITERAL("\x88\x80\x01\x02\x03\x04"));
    run();
    assert_true(world.read_over);
    expect_received(SLICE_LITERAL("\x88\x00"));
    assert_true(io_fiber_start(end_with_reason, NULL, NULL));
    io_simulated_run();
    expect_received(SLICE_LITERAL("")); /* nothing follows a Close */
    assert_int_equal(io_simulated_end(world.peer), IO_SIMULATED_CLOSED);
    buffer_fini(&world.read);
    io_simulated_stop();
}

static void end_with_much(void *arg)
{
    /* 122 bytes, and a character of two that does not fit whole */
    char reason[123 + 2] = "";
    struct io_conn *conn = io_connect(&world.address, NULL, NULL, NULL);
    struct io_stream *stream =
        http_websocket_stream(io_conn_stream(conn), &world.options, world.ahead);
    (void)arg;
    memset(reason, 'a', 122);
    memcpy(reason + 122, "\xc3\xa9", 2);
    (void)http_websocket_end(stream, HTTP_WEBSOCKET_REFUSED, reason);
}

/* RFC 6455 5.5.1: UTF-8, which a client checks. */
static void a_long_reason_is_cut_between_characters(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    assert_true(io_fiber_start(end_with_much, NULL, NULL));
    io_simulated_run();
    struct slice close = io_simulated_received(world.peer);
    assert_int_equal(close.size, 2 + 2 + 122);
    assert_memory_equal(close.data, "\x88\x7c\x03\xf0", 4);
    assert_int_equal(close.data[close.size - 1], 'a');
    buffer_fini(&world.read);
    io_simulated_stop();
}

/* --- writing -----------------------------------------------------------------------------------
 */

static void each_write_is_a_message(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    write_bytes(SLICE_LITERAL("Hello"));
    assert_true(world.wrote && world.write_ok);
    expect_received(SLICE_LITERAL("\x82\x05Hello"));
    write_bytes(slice_of(NULL, 0));
    assert_true(world.wrote && world.write_ok);
    expect_received(SLICE_LITERAL(""));
    uint8_t *much = calloc(1, 40000);
    much[39999] = 7;
    world.limit = 0;
    write_bytes(slice_of(much, 40000));
    struct slice received = io_simulated_received(world.peer);
    assert_int_equal(received.size, 40004);
    assert_memory_equal(received.data, "\x82\x7e\x9c\x40", 4);
    assert_memory_equal(received.data + 4, much, 40000);
    free(much);
    stop();
}

static void text_carries_bytes_as_characters(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    http_websocket_set_text(world.stream, true);
    write_bytes(SLICE_LITERAL("\x10\x00\x7f\x80\xff"));
    expect_received(SLICE_LITERAL("\x81\x07\x10\x00\x7f\xc2\x80\xc3\xbf"));
    /* Exactly fills one piece, whose last character would not fit whole. */
    uint8_t *much = malloc(20000);
    memset(much, 0xe9, 20000);
    write_bytes(slice_of(much, 20000));
    struct slice received = io_simulated_received(world.peer);
    assert_int_equal(received.size, 40004);
    for (size_t i = 4; i < received.size; i += 2)
        assert_memory_equal(received.data + i, "\xc3\xa9", 2);
    free(much);
    stop();
}

/* A peer that does not read stops the writer, not the reader; pongs wait for the frame to end. */
static void a_stalled_peer_is_still_read(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    world.limit = 4096;
    run();
    uint8_t *much = calloc(1, 30000);
    io_simulated_stall(world.peer, true);
    write_bytes(slice_of(much, 30000));
    assert_false(world.wrote);
    send(SLICE_LITERAL("\x89\x80\x01\x02\x03\x04\x82" HELLO "\x89" HELLO));
    expect_read("Hello");
    io_simulated_advance(600000); /* nor is it asked for signs of life */
    assert_false(world.read_over);
    io_simulated_stall(world.peer, false);
    io_simulated_run();
    assert_true(world.wrote && world.write_ok);
    struct slice received = io_simulated_received(world.peer);
    assert_int_equal(received.size, 30004 + 7);
    assert_memory_equal(received.data + 30004, "\x8a\x05Hello", 7); /* the last ping's */
    free(much);
    stop();
}

/* One who asks and takes no answer is read no further; not for ever. */
static void a_peer_that_takes_no_pong_is_given_up(void **state)
{
    uint8_t ping[6 + 100] = {0x89, 0x80 | 100};
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    world.limit = 4096;
    run();
    io_simulated_stall(world.peer, true);
    for (int i = 0; i < 100; i++)
        send(slice_of(ping, sizeof ping));
    io_simulated_advance(29999);
    assert_false(world.read_over);
    io_simulated_advance(1);
    assert_true(world.read_over);
    assert_false(world.read_ok);
    assert_int_equal(world.read_err.code, ERROR_TIMEOUT);
    assert_string_equal(world.read_err.text, "the peer took no control frame for 30 s");
    stop();
}

static void cancelled_writes_leave_nothing_of_use(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    world.limit = 4096;
    run();
    uint8_t *much = calloc(1, 30000);
    io_simulated_stall(world.peer, true);
    write_bytes(slice_of(much, 30000));
    io_task_cancel(&world.writer);
    io_simulated_run();
    assert_true(world.wrote);
    assert_int_equal(world.write_err.code, ERROR_CANCELLED);
    write_bytes(SLICE_LITERAL("more"));
    assert_false(world.write_ok);
    free(much);
    stop();
}

/* --- signs of life -----------------------------------------------------------------------------
 */

static void silence_is_asked_about(void **state)
{
    (void)state;
    start(HTTP_WEBSOCKET_SERVER);
    io_simulated_advance(29999);
    expect_received(SLICE_LITERAL(""));
    io_simulated_advance(1);
    expect_received(SLICE_LITERAL("\x89\x00"));
    io_simulated_advance(20000);
    send(SLICE_LITERAL("\x8a\x80\x01\x02\x03\x04"));
    io_simulated_advance(29999);
    expect_received(SLICE_LITERAL(""));
    io_simulated_advance(1);
    expect_received(SLICE_LITERAL("\x89\x00"));
    io_simulated_advance(59999);
    assert_false(world.read_over);
    io_simulated_advance(1);
    assert_true(world.read_over);
    assert_false(world.read_ok);
    assert_int_equal(world.read_err.code, ERROR_CONNECTION);
    stop();
}

/* --- whole messages --------------------------------------------------------------------------- */

static struct {
    char log[512]; /* what was received: "t:text;", "b:bytes;", "closed", "error" */
    struct error err;
} messages;

static void note(const char *kind, struct slice bytes)
{
    size_t used = strlen(messages.log);
    (void)snprintf(messages.log + used, sizeof messages.log - used, "%s%.*s;", kind,
                   SLICE_ARG(slice_first(bytes, 32)));
}

static void receive_all(void *arg)
{
    struct world *w = arg;
    struct buffer message;
    bool closed = false;
    bool ok = true;
    struct io_conn *conn = io_connect(&w->address, NULL, NULL, NULL);
    w->stream = http_websocket_stream(io_conn_stream(conn), &w->options, w->ahead);
    buffer_init(&message, 8192);
    while (!closed && ok) {
        ok = http_websocket_receive(w->stream, &message, &closed, &messages.err);
        if (ok && !closed)
            note(http_websocket_peer_text(w->stream) ? "t:" : "b:", buffer_slice(&message));
    }
    note(ok ? "closed" : "error", slice_of(NULL, 0));
    buffer_fini(&message);
    w->read_over = true;
}

static void receive_with(struct slice ahead)
{
    start_with(HTTP_WEBSOCKET_CLIENT, ahead);
    world.options.messages = true;
    world.options.text = true;
    world.options.message_limit = 10;
    memset(&messages, 0, sizeof messages);
    assert_true(io_fiber_start(receive_all, &world, NULL));
    io_simulated_run();
    assert_non_null(world.stream);
}

static void receive_these(struct slice bytes)
{
    receive_with(slice_of(NULL, 0));
    io_simulated_send(world.peer, bytes);
    io_simulated_run();
}

static void finish(void)
{
    (void)http_websocket_end(world.stream, 1000, "");
    buffer_fini(&world.read);
    io_simulated_stop();
}

static void messages_are_given_whole(void **state)
{
    (void)state;
    /* two in one read, one in three frames with a ping between, an empty one */
    receive_these(SLICE_LITERAL("\x81\x03one\x81\x03two\x01\x02th\x89\x00\x00\x02re\x80\x01"
                                "e\x81\x00\x82\x02\xff\x00\x88\x00"));
    assert_string_equal(messages.log, "t:one;t:two;t:three;t:;b:\xff;closed;");
    finish();
}

static void a_message_may_come_byte_by_byte_and_with_the_handshake(void **state)
{
    (void)state;
    receive_with(SLICE_LITERAL("\x81\x03one\x81\x03t"));
    assert_string_equal(messages.log, "t:one;");
    static const char rest[] = "wo\x81\x02\xc3\xa9";
    for (size_t i = 0; i < sizeof rest - 1; i++) {
        io_simulated_send(world.peer, slice_of(rest + i, 1));
        io_simulated_run();
    }
    assert_string_equal(messages.log, "t:one;t:two;t:\xc3\xa9;"); /* UTF-8 as it is */
    io_simulated_send(world.peer, SLICE_LITERAL("\x88\x00"));
    io_simulated_run();
    finish();
}

static void a_message_has_a_limit_whatever_its_frames(void **state)
{
    (void)state;
    receive_these(SLICE_LITERAL("\x81\x0a"
                                "0123456789\x81\x0b"));
    assert_string_equal(messages.log, "t:0123456789;error;");
    assert_int_equal(messages.err.code, ERROR_TOO_LARGE);
    finish();
    receive_these(SLICE_LITERAL("\x01\x06"
                                "012345\x00\x05"));
    assert_string_equal(messages.log, "error;");
    assert_int_equal(messages.err.code, ERROR_TOO_LARGE);
    finish();
}

static void text_must_be_utf_8(void **state)
{
    (void)state;
    receive_these(SLICE_LITERAL("\x81\x02\xc3("));
    assert_string_equal(messages.log, "error;");
    assert_int_equal(messages.err.code, ERROR_PROTOCOL);
    finish();
}

static void send_text(void *arg)
{
    (void)arg;
    assert_true(io_stream_write(world.stream, SLICE_LITERAL("\xc3\xa9"), NULL));
}

static void messages_are_sent_as_utf_8(void **state)
{
    (void)state;
    start_with(HTTP_WEBSOCKET_SERVER, slice_of(NULL, 0));
    world.options.messages = true;
    world.options.text = true;
    assert_true(io_fiber_start(receive_all, &world, NULL));
    io_simulated_run();
    assert_true(io_fiber_start(send_text, NULL, NULL));
    io_simulated_run();
    struct slice sent = io_simulated_received(world.peer);
    assert_int_equal(sent.size, 4);
    assert_memory_equal(sent.data, "\x81\x02\xc3\xa9", 4);
    io_simulated_send(world.peer, SLICE_LITERAL("\x88\x80\x00\x00\x00\x00"));
    io_simulated_run();
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_binary_and_text),
        cmocka_unit_test(reads_with_one_byte_of_memory),
        cmocka_unit_test(takes_what_was_read_before),
        cmocka_unit_test(answers_pings_with_their_payload),
        cmocka_unit_test(clients_mask_what_they_send),
        cmocka_unit_test(close_is_answered_and_ends_the_stream),
        cmocka_unit_test(close_without_a_code_is_1005),
        cmocka_unit_test(a_peer_that_just_goes_is_an_error),
        cmocka_unit_test(broken_rules_are_told_and_end_it),
        cmocka_unit_test(too_large_is_an_error_of_its_own),
        cmocka_unit_test(our_end_names_code_and_reason),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
        cmocka_unit_test(each_write_is_a_message),
        cmocka_unit_test(text_carries_bytes_as_characters),
        cmocka_unit_test(a_stalled_peer_is_still_read),
        cmocka_unit_test(a_peer_that_takes_no_pong_is_given_up),
        cmocka_unit_test(cancelled_writes_leave_nothing_of_use),
        cmocka_unit_test(silence_is_asked_about),
        cmocka_unit_test(messages_are_given_whole),
        cmocka_unit_test(a_message_may_come_byte_by_byte_and_with_the_handshake),
        cmocka_unit_test(a_message_has_a_limit_whatever_its_frames),
        cmocka_unit_test(text_must_be_utf_8),
        cmocka_unit_test(messages_are_sent_as_utf_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
