#include "core/buffer.h"
#include "io/call.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "io/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* One accepted connection and what happened to it. */
struct server {
    struct io_listener *listener;
    struct io_address address;
    struct io_conn *conn;
    struct buffer in;
    int data_events;
    int drained;
    int closed;
    bool failed;
    struct error why;
};

static struct server server;

static void on_data(void *owner, struct slice bytes)
{
    struct server *s = owner;
    buffer_put(&s->in, bytes);
    s->data_events++;
}

static void on_drained(void *owner)
{
    ((struct server *)owner)->drained++;
}

static void on_closed(void *owner, const struct error *why)
{
    struct server *s = owner;
    s->closed++;
    s->conn = NULL;
    s->failed = why != NULL;
    if (why != NULL)
        s->why = *why;
}

static void on_accept(void *owner, struct io_conn *conn)
{
    static const struct io_conn_events events = {on_data, on_drained, on_closed};
    struct server *s = owner;
    s->conn = conn;
    io_conn_own(conn, &events, s);
}

static int begin(void **state)
{
    (void)state;
    struct io_loop *loop = io_simulated_start();
    struct io_listen_options options = {0};
    struct io_address any;
    server = (struct server){0};
    buffer_init(&server.in, 1 << 24);
    (void)io_address_parse(SLICE_LITERAL(":4433"), &any, NULL);
    server.listener = io_listen(loop, &any, &options, on_accept, &server, NULL);
    (void)io_address_parse(SLICE_LITERAL("127.0.0.1:4433"), &server.address, NULL);
    return server.listener == NULL;
}

static int end(void **state)
{
    (void)state;
    io_listener_close(server.listener);
    io_simulated_stop();
    buffer_fini(&server.in);
    return 0;
}

static void bytes_arrive_when_the_world_runs(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_send(peer, SLICE_LITERAL("one"));
    io_simulated_send(peer, SLICE_LITERAL("two"));
    assert_null(server.conn);
    io_simulated_run();
    assert_non_null(server.conn);
    assert_true(slice_equal_string(buffer_slice(&server.in), "onetwo"));
    assert_int_equal(server.data_events, 1);
    assert_true(io_conn_write(server.conn, SLICE_LITERAL("three")));
    assert_true(slice_equal_string(io_simulated_received(peer), "three"));
    io_simulated_take(peer, 2);
    assert_true(slice_equal_string(io_simulated_received(peer), "ree"));
}

static void bytes_can_be_split(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_split(peer, 1);
    io_simulated_send(peer, SLICE_LITERAL("seven"));
    io_simulated_run();
    assert_int_equal(server.data_events, 5);
    assert_true(slice_equal_string(buffer_slice(&server.in), "seven"));
}

static void a_stalled_peer_fills_the_queue(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_run();
    io_conn_limit(server.conn, 10);
    io_simulated_stall(peer, true);
    assert_true(io_conn_write(server.conn, SLICE_LITERAL("12345678")));
    assert_int_equal(io_conn_queued(server.conn), 8);
    assert_false(io_conn_write(server.conn, SLICE_LITERAL("abc")));
    assert_int_equal(io_conn_queued(server.conn), 8);
    assert_int_equal(io_simulated_received(peer).size, 0);
    io_simulated_run();
    assert_int_equal(server.drained, 0);
    io_simulated_stall(peer, false);
    io_simulated_run();
    assert_int_equal(server.drained, 1);
    assert_true(slice_equal_string(io_simulated_received(peer), "12345678"));
}

static void a_paused_connection_reads_nothing(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_run();
    io_conn_pause(server.conn);
    io_simulated_send(peer, SLICE_LITERAL("x"));
    io_simulated_run();
    assert_int_equal(server.data_events, 0);
    io_conn_resume(server.conn);
    io_simulated_run();
    assert_int_equal(server.data_events, 1);
}

static void the_peers_end_comes_after_its_bytes(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_send(peer, SLICE_LITERAL("bye"));
    io_simulated_close(peer);
    io_simulated_run();
    assert_true(slice_equal_string(buffer_slice(&server.in), "bye"));
    assert_int_equal(server.closed, 1);
    assert_false(server.failed);
    assert_int_equal(io_simulated_end(peer), IO_SIMULATED_CLOSED);
}

static void a_reset_is_an_error(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_run();
    io_simulated_reset(peer);
    io_simulated_run();
    assert_int_equal(server.closed, 1);
    assert_int_equal(server.why.code, ERROR_CONNECTION);
    assert_string_equal(server.why.text, "connection reset by 192.0.2.1:10000");
}

static void closing_sends_what_is_queued_and_waits_five_seconds_at_most(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_run();
    assert_true(io_conn_write(server.conn, SLICE_LITERAL("last")));
    io_conn_close(server.conn);
    assert_int_equal(server.closed, 0);
    io_simulated_run();
    assert_true(slice_equal_string(io_simulated_received(peer), "last"));
    assert_int_equal(io_simulated_end(peer), IO_SIMULATED_CLOSED);
    assert_int_equal(server.closed, 0);
    io_simulated_advance(5000);
    assert_int_equal(server.closed, 1);
    assert_false(server.failed);
}

static void aborting_is_heard_after_the_call(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_run();
    io_conn_abort(server.conn);
    assert_int_equal(server.closed, 0);
    io_simulated_run();
    assert_int_equal(server.closed, 1);
    assert_int_equal(io_simulated_end(peer), IO_SIMULATED_RESET);
}

/* --- calling out ------------------------------------------------------------------------------ */

struct caller {
    struct io_address to;
    bool over;
    struct error err;
    uint8_t got[16];
    size_t size;
    uint64_t ended;
};

static void call_out(void *arg)
{
    struct caller *c = arg;
    struct io_conn *conn = io_connect(&c->to, NULL, NULL, &c->err);
    c->over = true;
    c->ended = io_now() - IO_SIMULATED_EPOCH;
    if (conn == NULL)
        return;
    struct io_stream *stream = io_conn_stream(conn);
    c->over = false;
    if (io_stream_write(stream, SLICE_LITERAL("ping"), &c->err))
        (void)io_stream_read(stream, c->got, sizeof c->got, &c->size, &c->err);
    io_stream_close(stream);
    c->over = true;
}

static struct caller place_call(const char *to)
{
    struct caller caller = {0};
    assert_true(io_address_parse(slice_of_string(to), &caller.to, NULL));
    return caller;
}

static void nobody_there_means_refused(void **state)
{
    (void)state;
    struct caller c = place_call("127.0.0.1:9");
    assert_true(io_fiber_start(call_out, &c, NULL));
    io_simulated_run();
    assert_true(c.over);
    assert_string_equal(c.err.text, "connection refused by 127.0.0.1:9");
}

static void silence_means_a_timeout(void **state)
{
    (void)state;
    struct caller c = place_call("127.0.0.1:9");
    io_simulated_swallow(&c.to);
    assert_true(io_fiber_start(call_out, &c, NULL));
    io_simulated_advance(29999);
    assert_false(c.over);
    io_simulated_advance(1);
    assert_true(c.over);
    assert_int_equal(c.err.code, ERROR_TIMEOUT);
    assert_string_equal(c.err.text, "127.0.0.1:9 did not answer in time");
}

static void a_scripted_peer_answers(void **state)
{
    (void)state;
    struct caller c = place_call("127.0.0.1:9");
    struct io_simulated_peer *peer = io_simulated_answer(&c.to);
    assert_true(io_fiber_start(call_out, &c, NULL));
    assert_false(io_simulated_is_connected(peer));
    io_simulated_run();
    assert_true(io_simulated_is_connected(peer));
    assert_true(slice_equal_string(io_simulated_received(peer), "ping"));
    io_simulated_send(peer, SLICE_LITERAL("pong"));
    io_simulated_run();
    assert_true(c.over);
    assert_true(slice_equal_string(slice_of(c.got, c.size), "pong"));
}

static void our_own_listener_answers_too(void **state)
{
    (void)state;
    struct caller c = place_call("127.0.0.1:4433");
    assert_true(io_fiber_start(call_out, &c, NULL));
    io_simulated_run();
    assert_true(slice_equal_string(buffer_slice(&server.in), "ping"));
    assert_true(io_conn_write(server.conn, SLICE_LITERAL("pong")));
    io_simulated_run();
    assert_true(slice_equal_string(slice_of(c.got, c.size), "pong"));
    assert_int_equal(server.closed, 1);
}

static void an_address_is_shared_only_when_asked_for(void **state)
{
    (void)state;
    struct error err = {0};
    struct io_listen_options options = {0};
    struct io_loop *loop = io_loop_current();
    assert_null(io_listen(loop, &server.address, &options, on_accept, &server, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    options.shared = true;
    struct io_listener *second =
        io_listen(loop, &server.address, &options, on_accept, &server, &err);
    assert_non_null(second);
    io_listener_close(server.listener);
    server.listener = NULL;
    assert_non_null(io_simulated_dial(&server.address)); /* the second one hears it */
    io_simulated_run();
    assert_non_null(server.conn);
    io_listener_close(second);
}

/* --- other loops and work --------------------------------------------------------------------- */

struct errand {
    struct io_loop *home;
    struct io_loop *target;
    struct io_pool *pool;
    struct io_loop *seen;
    bool worked;
    bool over;
};

static void look_around(void *arg)
{
    ((struct errand *)arg)->seen = io_loop_current();
}

static void do_work(void *arg)
{
    assert_false(io_on_fiber());
    ((struct errand *)arg)->worked = true;
}

static void run_errand(void *arg)
{
    struct errand *e = arg;
    assert_true(io_call(e->target, look_around, e, NULL));
    assert_ptr_equal(io_loop_current(), e->home);
    assert_true(io_work(e->pool, do_work, e, NULL));
    e->over = true;
}

static void calls_and_work_run_in_the_same_world(void **state)
{
    (void)state;
    struct errand e = {.home = io_loop_current()};
    e.target = io_loop_new(NULL);
    e.pool = io_pool_new("test", 1, 10, NULL);
    assert_true(io_fiber_start(run_errand, &e, NULL));
    io_simulated_run();
    assert_true(e.over);
    assert_ptr_equal(e.seen, e.target);
    assert_true(e.worked);
    io_pool_free(e.pool);
    io_loop_free(e.target);
}

/* The same scenario, with many timers, fibers and peers, leaves the same trace each time. */
static void trace(struct buffer *out)
{
    struct io_simulated_peer *peers[20];
    for (unsigned i = 0; i < 20; i++) {
        peers[i] = io_simulated_dial(&server.address);
        io_simulated_split(peers[i], 1 + i % 3);
        io_simulated_send(peers[i], slice_of(&"abcdefghijklmnopqrstuvwxyz"[i % 20], 6));
        if (i % 4 == 0)
            io_simulated_close(peers[i]);
        io_simulated_advance(i * 13);
    }
    io_simulated_advance(60000);
    buffer_put(out, buffer_slice(&server.in));
    buffer_printf(out, " %d %d %llu", server.data_events, server.closed,
                  (unsigned long long)io_now());
}

static void a_scenario_runs_the_same_way_each_time(void **state)
{
    struct buffer first;
    struct buffer second;
    buffer_init(&first, 65536);
    buffer_init(&second, 65536);
    trace(&first);
    (void)end(state);
    (void)begin(state);
    trace(&second);
    assert_true(buffer_size(&first) > 100);
    assert_true(slice_equal(buffer_slice(&first), buffer_slice(&second)));
    buffer_fini(&first);
    buffer_fini(&second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* --- moving ----------------------------------------------------------------------------------- */

static struct io_conn *moved;
static struct io_loop *moved_to;

static void attach_moved(struct io_message *message)
{
    static const struct io_conn_events events = {on_data, on_drained, on_closed};
    (void)message;
    moved_to = io_loop_current();
    io_conn_attach(moved);
    io_conn_own(moved, &events, &server);
}

static void moved_connections_belong_to_the_other_loop(void **state)
{
    (void)state;
    struct io_message message = {.run = attach_moved};
    struct error err;
    struct io_loop *other = io_loop_new(&err);
    struct io_simulated_peer *peer = io_simulated_dial(&server.address);
    io_simulated_run();
    io_simulated_stall(peer, true);
    assert_true(io_conn_write(server.conn, SLICE_LITERAL("queued")));
    moved = io_conn_detach(server.conn);
    assert_non_null(moved);
    io_simulated_send(peer, SLICE_LITERAL("meanwhile"));
    io_simulated_run();
    assert_int_equal(server.data_events, 0);
    assert_int_equal(server.closed, 0);
    io_post(other, &message);
    io_simulated_run();
    assert_ptr_equal(moved_to, other);
    assert_int_equal(server.data_events, 0); /* paused */
    io_conn_resume(moved);
    io_simulated_stall(peer, false);
    io_simulated_run();
    assert_true(slice_equal_string(buffer_slice(&server.in), "meanwhile"));
    assert_true(slice_equal_string(io_simulated_received(peer), "queued"));
    moved = io_conn_detach(moved);
    assert_non_null(moved);
    io_conn_discard(moved);
    io_simulated_run();
    assert_int_equal(io_simulated_end(peer), IO_SIMULATED_RESET);
    assert_int_equal(server.closed, 0);
    io_loop_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_arrive_when_the_world_runs),
        TEST(bytes_can_be_split),
        TEST(a_stalled_peer_fills_the_queue),
        TEST(a_paused_connection_reads_nothing),
        TEST(the_peers_end_comes_after_its_bytes),
        TEST(a_reset_is_an_error),
        TEST(closing_sends_what_is_queued_and_waits_five_seconds_at_most),
        TEST(aborting_is_heard_after_the_call),
        TEST(nobody_there_means_refused),
        TEST(silence_means_a_timeout),
        TEST(a_scripted_peer_answers),
        TEST(our_own_listener_answers_too),
        TEST(an_address_is_shared_only_when_asked_for),
        TEST(calls_and_work_run_in_the_same_world),
        TEST(moved_connections_belong_to_the_other_loop),
        TEST(a_scenario_runs_the_same_way_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
