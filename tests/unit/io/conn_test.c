#include "world.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* The accepting side: one connection, and what happened to it. */
struct side {
    struct io_listener *listener;
    struct io_conn *conn;
    bool accepted;
    size_t received;
    bool drained;
    bool closed;
    int closed_events;
    bool in_call; /* the owner is inside a call of its own */
    bool failed;
    bool abort_on_data;
    struct error why;
};

static void on_data(void *owner, struct slice bytes)
{
    struct side *s = owner;
    s->received += bytes.size;
    if (s->abort_on_data) {
        s->in_call = true;
        io_conn_abort(s->conn);
        s->in_call = false;
    }
}

static void on_drained(void *owner)
{
    ((struct side *)owner)->drained = true;
}

static void on_closed(void *owner, const struct error *why)
{
    struct side *s = owner;
    assert_false(s->in_call);
    s->closed = true;
    s->closed_events++;
    s->conn = NULL;
    s->failed = why != NULL;
    if (why != NULL)
        s->why = *why;
}

static const struct io_conn_events side_events = {on_data, on_drained, on_closed};

static void on_accept(void *owner, struct io_conn *conn)
{
    struct side *s = owner;
    s->accepted = true;
    s->conn = conn;
    io_conn_own(conn, &side_events, s);
}

/* Listens, and connects a plain socket to it. */
static int open_side(struct side *s)
{
    struct error err = {0};
    struct io_listen_options options = {0};
    struct io_address any = world_address(0);
    *s = (struct side){0};
    s->listener = io_listen(io_loop_current(), &any, &options, on_accept, s, &err);
    assert_string_equal(err.text, "");
    struct io_address at = io_listener_address(s->listener);
    int fd = world_socket(io_address_port(&at));
    assert_true(world_await(&s->accepted, 1000));
    return fd;
}

static void close_side(struct side *s, int fd)
{
    if (fd >= 0)
        (void)close(fd);
    if (s->conn != NULL)
        io_conn_abort(s->conn);
    assert_true(world_await(&s->closed, 1000));
    assert_int_equal(s->closed_events, 1);
    io_listener_close(s->listener);
}

/* Reads until the end or until nothing more comes. */
static size_t receive_all(int fd)
{
    uint8_t *bytes = malloc(65536);
    size_t total = 0;
    for (int got; (got = world_receive(fd, bytes, 65536, 300)) > 0; total += (size_t)got)
        ;
    free(bytes);
    return total;
}

static uint8_t *block;
#define BLOCK ((size_t)64 * 1024)

static void limit_writes(void)
{
    struct side s;
    int fd = open_side(&s);
    size_t taken = 0;
    while (io_conn_write(s.conn, slice_of(block, BLOCK)))
        taken += BLOCK;
    assert_true(io_conn_queued(s.conn) <= 256 * 1024);
    assert_true(io_conn_queued(s.conn) > 256 * 1024 - BLOCK);
    size_t queued = io_conn_queued(s.conn);
    assert_false(io_conn_write(s.conn, slice_of(block, BLOCK)));
    assert_int_equal(io_conn_queued(s.conn), queued);
    assert_false(s.drained);
    assert_int_equal(receive_all(fd), taken);
    assert_true(s.drained);
    assert_int_equal(io_conn_queued(s.conn), 0);
    io_conn_limit(s.conn, 10);
    assert_false(io_conn_write(s.conn, slice_of(block, 11)));
    assert_true(io_conn_write(s.conn, slice_of(block, 10)));
    close_side(&s, fd);
}

static void a_write_past_the_limit_takes_nothing(void **state)
{
    (void)state;
    world_run(limit_writes);
}

static void pause_reading(void)
{
    struct side s;
    struct error err;
    int fd = open_side(&s);
    io_conn_pause(s.conn);
    size_t sent = 0;
    for (int quiet = 0; quiet < 20;) {
        ssize_t now = send(fd, block, BLOCK, MSG_DONTWAIT);
        if (now > 0) {
            sent += (size_t)now;
            quiet = 0;
        } else {
            assert_true(io_sleep(5, &err));
            quiet++;
        }
    }
    assert_int_equal(s.received, 0);
    assert_true(sent < 16 * 1024 * 1024); /* the window stopped the sender */
    io_conn_resume(s.conn);
    assert_true(io_sleep(300, &err));
    assert_int_equal(s.received, sent);
    close_side(&s, fd);
    assert_int_equal(s.received, sent);
}

static void pausing_stops_the_sender_and_loses_nothing(void **state)
{
    (void)state;
    world_run(pause_reading);
}

static void close_with_queue(void)
{
    struct side s;
    uint8_t last = 0;
    int fd = open_side(&s);
    size_t taken = 0;
    while (io_conn_write(s.conn, slice_of(block, BLOCK)))
        taken += BLOCK;
    (void)send(fd, "unread", 6, 0); /* must not turn the end into a reset */
    io_conn_close(s.conn);
    assert_false(io_conn_write(s.conn, slice_of(block, 1)));
    assert_int_equal(receive_all(fd), taken);
    assert_int_equal(world_receive(fd, &last, 1, 1000), 0);
    assert_false(s.closed);
    (void)close(fd);
    assert_true(world_await(&s.closed, 1000));
    assert_false(s.failed);
    close_side(&s, -1);
}

static void closing_sends_what_is_queued(void **state)
{
    (void)state;
    world_run(close_with_queue);
}

static void end_with_queue(void)
{
    struct side s;
    int fd = open_side(&s);
    size_t taken = 0;
    while (io_conn_write(s.conn, slice_of(block, BLOCK)))
        taken += BLOCK;
    (void)shutdown(fd, SHUT_WR);
    struct error err;
    assert_true(io_sleep(50, &err));
    assert_int_equal(receive_all(fd), taken);
    assert_true(world_await(&s.closed, 1000));
    assert_false(s.failed);
    close_side(&s, fd);
}

static void a_peer_that_only_stops_sending_gets_what_is_queued(void **state)
{
    (void)state;
    world_run(end_with_queue);
}

static void reset_by_peer(void)
{
    struct side s;
    struct linger now = {1, 0};
    int fd = open_side(&s);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(fd);
    assert_true(world_await(&s.closed, 1000));
    assert_int_equal(s.why.code, ERROR_CONNECTION);
    assert_non_null(strstr(s.why.text, "reset by 127.0.0.1:"));
    close_side(&s, -1);
}

static void a_reset_is_told_as_the_reason(void **state)
{
    (void)state;
    world_run(reset_by_peer);
}

static void reset_behind_bytes_after_the_end(void)
{
    struct side s;
    struct linger now = {1, 0};
    int fd = open_side(&s);
    io_conn_close(s.conn); /* waits for the peer's end now */
    assert_int_equal(send(fd, "x", 1, 0), 1);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(fd);
    assert_true(world_await(&s.closed, 2000));
    close_side(&s, -1);
}

static void a_reset_behind_bytes_ends_a_connection_that_was_closed(void **state)
{
    (void)state;
    world_run(reset_behind_bytes_after_the_end);
}

static void flood_after_the_end(void)
{
    struct side s;
    struct error err;
    int fd = open_side(&s);
    size_t sent = 0;
    io_conn_close(s.conn);
    while (!s.closed && sent < (size_t)64 * 1024 * 1024) {
        ssize_t now = send(fd, block, BLOCK, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (now > 0)
            sent += (size_t)now;
        assert_true(io_sleep(now > 0 ? 0 : 1, &err));
    }
    assert_true(s.closed); /* what was in flight is drained, not what never ends */
    assert_true(sent > (size_t)4 * 1024 * 1024);
    close_side(&s, fd);
}

static void a_peer_that_floods_a_connection_that_was_closed_is_cut(void **state)
{
    (void)state;
    world_run(flood_after_the_end);
}

static void orderly_end(void)
{
    struct side s;
    int fd = open_side(&s);
    assert_int_equal(send(fd, "bye", 3, 0), 3);
    (void)close(fd);
    assert_true(world_await(&s.closed, 1000));
    assert_int_equal(s.received, 3);
    assert_false(s.failed);
    close_side(&s, -1);
}

static void an_orderly_end_has_no_reason(void **state)
{
    (void)state;
    world_run(orderly_end);
}

static void abort_in_event(void)
{
    struct side s;
    int fd = open_side(&s);
    s.abort_on_data = true;
    assert_int_equal(send(fd, "x", 1, 0), 1);
    assert_true(world_await(&s.closed, 1000));
    assert_int_equal(s.received, 1);
    close_side(&s, fd);
}

static void aborting_inside_an_event_is_heard_later(void **state)
{
    (void)state;
    world_run(abort_in_event);
}

static void change_owner(void)
{
    struct side s;
    int fd = open_side(&s);
    struct side other = {.conn = s.conn};
    io_conn_own(s.conn, &side_events, &other);
    (void)send(fd, "ab", 2, 0);
    (void)close(fd);
    assert_true(world_await(&other.closed, 1000));
    assert_int_equal(other.received, 2);
    assert_int_equal(s.received, 0);
    assert_false(s.closed);
    io_listener_close(s.listener);
}

static void a_connection_can_change_hands(void **state)
{
    (void)state;
    world_run(change_owner);
}

/* --- as a stream ------------------------------------------------------------------------------ */

struct reader {
    struct io_stream *stream;
    struct io_task task;
    bool good;
    size_t got;
    uint8_t bytes[100];
    struct error err;
};

static void read_once(void *arg)
{
    struct reader *r = arg;
    r->good = io_stream_read(r->stream, r->bytes, sizeof r->bytes, &r->got, &r->err);
}

static int open_reader(struct side *s, struct reader *r)
{
    struct error err;
    int fd = open_side(s);
    *r = (struct reader){.stream = io_conn_stream(s->conn)};
    s->conn = NULL;
    assert_true(io_task_start(&r->task, read_once, r, &err));
    assert_true(io_sleep(5, &err));
    assert_true(io_task_running(&r->task));
    return fd;
}

static void end_while_reading(void)
{
    struct side s;
    struct reader r;
    int fd = open_reader(&s, &r);
    (void)close(fd);
    io_task_join(&r.task);
    assert_true(r.good);
    assert_int_equal(r.got, 0);
    assert_false(io_stream_write(r.stream, SLICE_LITERAL("x"), &r.err));
    assert_int_equal(r.err.code, ERROR_CONNECTION);
    io_stream_close(r.stream);
    io_listener_close(s.listener);
}

static void reset_while_reading(void)
{
    struct side s;
    struct reader r;
    struct linger now = {1, 0};
    int fd = open_reader(&s, &r);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(fd);
    io_task_join(&r.task);
    assert_false(r.good);
    assert_int_equal(r.err.code, ERROR_CONNECTION);
    io_stream_close(r.stream);
    io_listener_close(s.listener);
}

static void the_connection_may_end_while_a_fiber_reads(void **state)
{
    (void)state;
    world_run(end_while_reading);
    world_run(reset_while_reading);
}

static void time_out_while_reading(void)
{
    struct side s;
    int fd = open_side(&s);
    struct reader r = {.stream = io_conn_stream(s.conn)};
    uint64_t before = io_deadline_within(30);
    read_once(&r);
    io_deadline_restore(before);
    assert_false(r.good);
    assert_int_equal(r.err.code, ERROR_TIMEOUT);
    (void)send(fd, "late", 4, 0);
    read_once(&r);
    assert_true(r.good);
    assert_int_equal(r.got, 4);
    io_stream_close(r.stream);
    (void)close(fd);
    io_listener_close(s.listener);
}

static void a_read_that_timed_out_can_be_repeated(void **state)
{
    (void)state;
    world_run(time_out_while_reading);
}

static void stall_a_writer(void)
{
    struct side s;
    int fd = open_side(&s);
    struct io_stream *stream = io_conn_stream(s.conn);
    struct error err = {0};
    uint64_t before = io_deadline_within(100);
    bool good = true;
    for (int i = 0; good && i < 1000; i++)
        good = io_stream_write(stream, slice_of(block, BLOCK), &err);
    io_deadline_restore(before);
    assert_false(good);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    io_stream_close(stream);
    (void)close(fd);
    io_listener_close(s.listener);
}

static void a_writer_waits_for_a_slow_peer_until_its_deadline(void **state)
{
    (void)state;
    world_run(stall_a_writer);
}

static size_t flood(int fd)
{
    struct error err;
    size_t sent = 0;
    for (int quiet = 0; quiet < 20; quiet++) {
        ssize_t now = send(fd, block, BLOCK, MSG_DONTWAIT);
        if (now > 0) {
            sent += (size_t)now;
            quiet = 0;
        }
        assert_true(io_sleep(5, &err));
    }
    return sent;
}

static void read_ahead(void)
{
    struct side s;
    size_t got = 1;
    int fd = open_side(&s);
    int size = 65536;
    struct error err = {0};
    struct io_stream *stream = io_conn_stream(s.conn);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    size_t sent = flood(fd);
    assert_true(sent < 16 * 1024 * 1024);
    (void)close(fd);
    uint8_t *bytes = malloc(BLOCK);
    size_t total = 0;
    while (got > 0) {
        assert_true(io_stream_read(stream, bytes, BLOCK, &got, &err));
        total += got;
    }
    assert_int_equal(total, sent);
    free(bytes);
    io_stream_close(stream);
    io_listener_close(s.listener);
}

static void a_stream_that_nobody_reads_stops_its_sender(void **state)
{
    (void)state;
    world_run(read_ahead);
}

static void small_limit(void)
{
    struct side s;
    int fd = open_side(&s);
    struct error err = {0};
    io_conn_limit(s.conn, 1000);
    struct io_stream *stream = io_conn_stream(s.conn);
    assert_true(io_stream_write(stream, slice_of(block, BLOCK), &err));
    io_stream_close(stream);
    assert_int_equal(receive_all(fd), BLOCK);
    (void)close(fd);
    io_listener_close(s.listener);
}

static void a_stream_respects_a_small_write_limit(void **state)
{
    (void)state;
    world_run(small_limit);
}

/* --- calling out ------------------------------------------------------------------------------ */

static void call_nobody(void)
{
    struct error err = {0};
    struct side s;
    int fd = open_side(&s);
    struct io_address at = io_listener_address(s.listener);
    close_side(&s, fd);
    char expected[100] = "connection refused by ";
    (void)io_address_format(&at, expected + strlen(expected));
    assert_null(io_connect(&at, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    assert_string_equal(err.text, expected);
}

static void nobody_there_means_refused(void **state)
{
    (void)state;
    world_run(call_nobody);
}

struct caller {
    struct io_address to;
    struct io_task task;
    struct io_tls *tls;
    struct error err;
};

static void call_silent(void *arg)
{
    struct caller *c = arg;
    assert_null(io_connect(&c->to, c->tls, "localhost", &c->err));
}

static void call_silence(void)
{
    struct side s;
    struct error err;
    int fd = open_side(&s);
    struct caller c = {.to = io_listener_address(s.listener), .tls = world_client_tls(IO_TLS_1_3)};
    uint64_t before = io_deadline_within(50);
    call_silent(&c);
    io_deadline_restore(before);
    assert_int_equal(c.err.code, ERROR_TIMEOUT);
    assert_non_null(strstr(c.err.text, "did not answer in time"));
    assert_true(io_task_start(&c.task, call_silent, &c, &err));
    assert_true(io_sleep(20, &err));
    io_task_cancel(&c.task);
    io_task_join(&c.task);
    assert_int_equal(c.err.code, ERROR_CANCELLED);
    (void)close(fd);
    io_listener_close(s.listener);
    assert_true(io_sleep(50, &err));
    io_tls_free(c.tls);
}

static void a_silent_server_costs_no_more_than_the_deadline(void **state)
{
    (void)state;
    world_run(call_silence);
}

static int make_block(void **state)
{
    (void)state;
    block = calloc(1, BLOCK);
    return block == NULL;
}

static int free_block(void **state)
{
    (void)state;
    free(block);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_past_the_limit_takes_nothing),
        cmocka_unit_test(pausing_stops_the_sender_and_loses_nothing),
        cmocka_unit_test(closing_sends_what_is_queued),
        cmocka_unit_test(a_peer_that_only_stops_sending_gets_what_is_queued),
        cmocka_unit_test(a_reset_is_told_as_the_reason),
        cmocka_unit_test(a_reset_behind_bytes_ends_a_connection_that_was_closed),
        cmocka_unit_test(a_peer_that_floods_a_connection_that_was_closed_is_cut),
        cmocka_unit_test(an_orderly_end_has_no_reason),
        cmocka_unit_test(aborting_inside_an_event_is_heard_later),
        cmocka_unit_test(a_connection_can_change_hands),
        cmocka_unit_test(the_connection_may_end_while_a_fiber_reads),
        cmocka_unit_test(a_read_that_timed_out_can_be_repeated),
        cmocka_unit_test(a_writer_waits_for_a_slow_peer_until_its_deadline),
        cmocka_unit_test(a_stream_that_nobody_reads_stops_its_sender),
        cmocka_unit_test(a_stream_respects_a_small_write_limit),
        cmocka_unit_test(nobody_there_means_refused),
        cmocka_unit_test(a_silent_server_costs_no_more_than_the_deadline),
    };
    return cmocka_run_group_tests(tests, make_block, free_block);
}
