/* Connections that move from one loop to another (io/conn.h): nothing is lost or told twice. */
#include "world.h"

#include "io/call.h"
#include "io/conn_uv.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MUCH  ((size_t)3 * 1024 * 1024)
#define OPEN  "outband_io_connections_open"
#define EVERY 5 /* data events between two moves */

/* Loop 0 is the test's, loop 1 runs on a thread. */
static struct io_loop *loops[2];
static pthread_t thread;

static void *run_loop(void *arg)
{
    io_loop_run(arg);
    return NULL;
}

static void main_fiber(void *arg)
{
    void (**test)(void) = arg;
    (void)io_deadline_within(60000);
    (*test)();
}

static void stop_second(void)
{
    if (loops[1] == NULL)
        return;
    io_loop_stop(loops[1]);
    (void)pthread_join(thread, NULL);
    io_loop_free(loops[1]);
    loops[1] = NULL;
}

static void run_on_two(void (*test)(void))
{
    struct error err;
    for (int i = 0; i < 2; i++)
        assert_non_null(loops[i] = io_loop_new(&err));
    assert_int_equal(pthread_create(&thread, NULL, run_loop, loops[1]), 0);
    assert_true(io_loop_main(loops[0], main_fiber, &test, &err));
    stop_second();
    io_loop_free(loops[0]);
}

/* --- a server that gives back what it gets and moves all the time ------------------------------
 */

struct moving {
    struct io_message message;
    struct io_conn *conn;
    unsigned at; /* loop */
    unsigned events;
    unsigned every; /* data events between two moves; 0: it stays */
    size_t got;
    bool ended_orderly;
    atomic_uint moves;
    atomic_bool over;
};

static struct moving moving;
static struct io_listener *listener;
static struct io_tls *server_tls;
static struct io_tls *client_tls;
static int send_buffer; /* of the kernel, for the server; 0: the usual */

static void arrive(struct io_message *message);

static void move(struct moving *m)
{
    struct io_conn *moved = io_conn_detach(m->conn);
    if (moved == NULL)
        return; /* `closed` comes */
    m->conn = moved;
    m->at = 1 - m->at;
    atomic_fetch_add(&m->moves, 1);
    m->message.run = arrive;
    io_post(loops[m->at], &m->message);
}

static void on_data(void *owner, struct slice bytes)
{
    struct moving *m = owner;
    m->got += bytes.size;
    if (!io_conn_write(m->conn, bytes))
        io_conn_abort(m->conn);
    else if (m->every > 0 && ++m->events % m->every == 0)
        move(m);
}

static void on_drained(void *owner)
{
    (void)owner;
}

static void on_closed(void *owner, const struct error *why)
{
    struct moving *m = owner;
    m->ended_orderly = why == NULL;
    atomic_store(&m->over, true);
}

static const struct io_conn_events echo = {on_data, on_drained, on_closed};

static void arrive(struct io_message *message)
{
    struct moving *m = (struct moving *)(void *)message;
    io_conn_attach(m->conn);
    io_conn_own(m->conn, &echo, m);
    io_conn_resume(m->conn);
}

static void on_accepted(void *owner, struct io_conn *conn)
{
    (void)owner;
    moving.conn = conn;
    if (send_buffer > 0)
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    io_conn_limit(conn, 2 * MUCH);
    io_conn_own(conn, &echo, &moving);
}

static void listen_on(struct io_tls *tls, uint32_t limit)
{
    struct error err = {0};
    struct io_listen_options options = {.tls = tls, .connections_limit = limit};
    struct io_address any = world_address(0);
    memset(&moving, 0, sizeof moving);
    server_tls = tls;
    listener = io_listen(io_loop_current(), &any, &options, on_accepted, NULL, &err);
    assert_string_equal(err.text, "");
}

static struct io_stream *connect_to_it(enum io_tls_version newest)
{
    struct error err = {0};
    struct io_address at = io_listener_address(listener);
    client_tls = server_tls == NULL ? NULL : world_client_tls(newest);
    struct io_conn *conn =
        io_connect(&at, client_tls, client_tls == NULL ? NULL : "localhost", &err);
    assert_string_equal(err.text, "");
    return io_conn_stream(conn);
}

static void finish(struct io_stream *client)
{
    struct error err;
    io_stream_close(client);
    for (uint64_t end = io_now() + 10000; !atomic_load(&moving.over) && io_now() < end;)
        assert_true(io_sleep(1, &err));
    assert_true(atomic_load(&moving.over));
    io_listener_close(listener);
    world_await_metric(OPEN, 0);
    io_tls_free(client_tls);
    io_tls_free(server_tls);
    client_tls = NULL;
    server_tls = NULL;
}

static void expect(struct io_stream *client, const char *text)
{
    struct error err = {0};
    char bytes[64] = "";
    size_t have = 0;
    size_t got = 0;
    while (have < strlen(text)) {
        assert_true(io_stream_read(client, bytes + have, strlen(text) - have, &got, &err));
        assert_true(got > 0);
        have += got;
    }
    assert_string_equal(bytes, text);
}

/* --- much at once, both ways -------------------------------------------------------------------
 */

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 31 + i / 253);
}

static void send_much(void *arg)
{
    struct io_stream *client = arg;
    struct error err = {0};
    uint8_t bytes[3001];
    for (size_t sent = 0; sent < MUCH;) {
        size_t size = MUCH - sent < sizeof bytes ? MUCH - sent : sizeof bytes;
        for (size_t i = 0; i < size; i++)
            bytes[i] = pattern(sent + i);
        if (!io_stream_write(client, slice_of(bytes, size), &err))
            fail_msg("%s", err.text);
        sent += size;
    }
}

static void receive_much(struct io_stream *client)
{
    struct error err = {0};
    uint8_t bytes[4096];
    size_t got = 0;
    for (size_t have = 0; have < MUCH; have += got) {
        size_t left = MUCH - have;
        if (!io_stream_read(client, bytes, left < sizeof bytes ? left : sizeof bytes, &got, &err))
            fail_msg("%s", err.text);
        assert_true(got > 0);
        for (size_t i = 0; i < got; i++)
            if (bytes[i] != pattern(have + i))
                fail_msg("byte %zu is wrong", have + i);
    }
}

static void move_under_load(enum io_tls_version version, bool tls)
{
    struct io_task writer = {0};
    struct error err;
    listen_on(tls ? world_server_tls(version, version) : NULL, 0);
    moving.every = EVERY;
    struct io_stream *client = connect_to_it(version);
    assert_true(io_task_start(&writer, send_much, client, &err));
    receive_much(client);
    io_task_join(&writer);
    assert_true(atomic_load(&moving.moves) > 5);
    finish(client);
    assert_true(moving.ended_orderly);
    assert_int_equal(moving.got, MUCH);
}

static void move_plain_under_load(void)
{
    move_under_load(IO_TLS_1_3, false);
}

static void move_tls12_under_load(void)
{
    move_under_load(IO_TLS_1_2, true);
}

static void move_tls13_under_load(void)
{
    move_under_load(IO_TLS_1_3, true);
}

static void plain_loses_nothing(void **state)
{
    (void)state;
    run_on_two(move_plain_under_load);
}

static void tls12_loses_nothing(void **state)
{
    (void)state;
    run_on_two(move_tls12_under_load);
}

static void tls13_loses_nothing(void **state)
{
    (void)state;
    run_on_two(move_tls13_under_load);
}

/* --- what is queued ----------------------------------------------------------------------------
 */

/* The client reads nothing until the connection has moved, so most of the echo is queued then; and
 * what it sends behind that is read although nothing can be written. */
static void move_with_full_queue(void)
{
    struct io_task writer = {0};
    struct error err;
    send_buffer = 16384;
    listen_on(world_server_tls(IO_TLS_1_3, IO_TLS_1_3), 0);
    struct io_stream *client = connect_to_it(IO_TLS_1_3);
    assert_true(io_task_start(&writer, send_much, client, &err));
    while (moving.got < MUCH)
        assert_true(io_sleep(1, &err));
    io_task_join(&writer);
    size_t queued = io_conn_queued(moving.conn);
    assert_true(queued > 100000);
    /* To the same loop, so that the test may look on. */
    struct io_conn *moved = io_conn_detach(moving.conn);
    assert_non_null(moved);
    assert_int_equal(io_conn_queued(moved), queued);
    moving.conn = moved;
    arrive(&moving.message);
    assert_true(io_stream_write(client, SLICE_LITERAL("more"), &err));
    for (uint64_t end = io_now() + 10000; moving.got < MUCH + 4 && io_now() < end;)
        assert_true(io_sleep(1, &err));
    assert_int_equal(moving.got, MUCH + 4);
    move(&moving);
    receive_much(client);
    expect(client, "more");
    finish(client);
    send_buffer = 0;
}

static void queued_bytes_move_along(void **state)
{
    (void)state;
    run_on_two(move_with_full_queue);
}

/* --- the peer's end ----------------------------------------------------------------------------
 */

/* A client that sends bytes and TLS's goodbye in one packet and keeps its socket open: poll tells
 * the loop that takes the connection nothing. */
static void *say_goodbye_at_once(void *arg)
{
    int fd = *(int *)arg;
    int on = 1;
    int off = 0;
    char byte = 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    (void)SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
        (void)SSL_write(ssl, "last", 4);
        (void)SSL_shutdown(ssl);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
        while (recv(fd, &byte, 1, 0) > 0)
            ;
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    return NULL;
}

static void move_behind_goodbye(void)
{
    pthread_t client;
    struct error err;
    listen_on(world_server_tls(IO_TLS_1_3, IO_TLS_1_3), 0);
    moving.every = 1;
    struct io_address at = io_listener_address(listener);
    int fd = world_socket(io_address_port(&at));
    assert_int_equal(pthread_create(&client, NULL, say_goodbye_at_once, &fd), 0);
    for (uint64_t end = io_now() + 10000; !atomic_load(&moving.over) && io_now() < end;)
        assert_true(io_sleep(1, &err));
    assert_true(atomic_load(&moving.over));
    (void)shutdown(fd, SHUT_RDWR);
    (void)pthread_join(client, NULL);
    (void)close(fd);
    assert_int_equal(moving.got, 4);
    assert_int_equal(atomic_load(&moving.moves), 1);
    finish(NULL);
}

static void goodbye_that_was_read_already_is_heard(void **state)
{
    (void)state;
    run_on_two(move_behind_goodbye);
}

static void close_while_detached(void)
{
    struct error err;
    listen_on(world_server_tls(IO_TLS_1_3, IO_TLS_1_3), 0);
    struct io_stream *client = connect_to_it(IO_TLS_1_3);
    assert_true(io_stream_write(client, SLICE_LITERAL("here"), &err));
    expect(client, "here");
    struct io_conn *moved = io_conn_detach(moving.conn);
    assert_non_null(moved);
    io_stream_close(client);
    assert_true(io_sleep(20, &err));
    moving.conn = moved;
    moving.message.run = arrive;
    io_post(loops[1], &moving.message);
    finish(NULL);
    assert_true(moving.ended_orderly);
}

static void end_during_the_move_is_heard_after_it(void **state)
{
    (void)state;
    run_on_two(close_while_detached);
}

static void detach_when_ending(void)
{
    struct error err;
    listen_on(NULL, 0);
    struct io_stream *client = connect_to_it(IO_TLS_1_3);
    assert_true(io_stream_write(client, SLICE_LITERAL("here"), &err));
    expect(client, "here");
    io_conn_close(moving.conn);
    assert_null(io_conn_detach(moving.conn));
    finish(client);
    assert_true(moving.ended_orderly);
}

static void ending_connections_do_not_move(void **state)
{
    (void)state;
    world_run(detach_when_ending);
}

/* --- discarding --------------------------------------------------------------------------------
 */

static void discard_it(void)
{
    struct error err;
    char byte;
    size_t got = 0;
    listen_on(world_server_tls(IO_TLS_1_2, IO_TLS_1_2), 0);
    struct io_stream *client = connect_to_it(IO_TLS_1_2);
    assert_true(io_stream_write(client, SLICE_LITERAL("here"), &err));
    expect(client, "here");
    struct io_conn *moved = io_conn_detach(moving.conn);
    assert_non_null(moved);
    io_conn_discard(moved);
    assert_false(io_stream_read(client, &byte, 1, &got, &err)); /* cut, without a goodbye */
    assert_int_equal(err.code, ERROR_CONNECTION);
    atomic_store(&moving.over, true);
    finish(client);
}

static void discarding_cuts(void **state)
{
    (void)state;
    world_run(discard_it);
}

/* --- what stays behind -------------------------------------------------------------------------
 */

static void fill_again(void)
{
    struct error err;
    listen_on(NULL, 1);
    struct io_stream *first = connect_to_it(IO_TLS_1_3);
    assert_true(io_stream_write(first, SLICE_LITERAL("one"), &err));
    expect(first, "one");
    struct io_conn *moved = io_conn_detach(moving.conn);
    assert_non_null(moved);
    assert_true(io_sleep(5, &err));
    struct io_stream *second = connect_to_it(IO_TLS_1_3);
    assert_true(io_stream_write(second, SLICE_LITERAL("two"), &err));
    expect(second, "two");
    io_conn_discard(moved);
    io_stream_close(first);
    finish(second);
}

static void moved_connections_free_their_place_at_the_listener(void **state)
{
    (void)state;
    world_run(fill_again);
}

/* The TLS of the second loop carries a connection that is on the first when the second is freed. */
static struct io_stream *survivor;

static void listen_on_second(void *arg)
{
    (void)arg;
    listen_on(world_server_tls(IO_TLS_1_3, IO_TLS_1_3), 0);
    moving.at = 1;
    moving.every = 1;
}

static void close_second(void *arg)
{
    (void)arg;
    io_listener_close(listener);
    io_tls_free(server_tls);
}

static void outlive_the_origin(void)
{
    struct error err = {0};
    assert_true(io_call(loops[1], listen_on_second, NULL, &err));
    survivor = connect_to_it(IO_TLS_1_3);
    assert_true(io_stream_write(survivor, SLICE_LITERAL("one"), &err));
    expect(survivor, "one");
    while (atomic_load(&moving.moves) == 0)
        assert_true(io_sleep(1, &err));
    moving.every = 0;
    assert_true(io_call(loops[1], close_second, NULL, &err));
    server_tls = NULL;
    stop_second();
    assert_true(io_stream_write(survivor, SLICE_LITERAL("two"), &err));
    expect(survivor, "two");
    io_stream_close(survivor);
    for (uint64_t end = io_now() + 10000; !atomic_load(&moving.over) && io_now() < end;)
        assert_true(io_sleep(1, &err));
    assert_true(moving.ended_orderly);
    io_tls_free(client_tls);
    client_tls = NULL;
}

static void connections_outlive_the_loop_they_come_from(void **state)
{
    (void)state;
    run_on_two(outlive_the_origin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_loses_nothing),
        cmocka_unit_test(tls12_loses_nothing),
        cmocka_unit_test(tls13_loses_nothing),
        cmocka_unit_test(queued_bytes_move_along),
        cmocka_unit_test(goodbye_that_was_read_already_is_heard),
        cmocka_unit_test(end_during_the_move_is_heard_after_it),
        cmocka_unit_test(ending_connections_do_not_move),
        cmocka_unit_test(discarding_cuts),
        cmocka_unit_test(moved_connections_free_their_place_at_the_listener),
        cmocka_unit_test(connections_outlive_the_loop_they_come_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
