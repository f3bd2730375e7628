#include "world.h"

#include "io/conn_uv.h"

#include <linux/sockios.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A server that gives back what it gets, one fiber per connection. */
struct echo {
    struct io_listener *listener;
    struct io_tls *tls;
    unsigned served;
};

static void echo_main(void *arg)
{
    struct io_stream *stream = arg;
    uint8_t *bytes = malloc(10000);
    size_t got = 0;
    struct error err;
    while (io_stream_read(stream, bytes, 10000, &got, &err) && got > 0) {
        if (!io_stream_write(stream, slice_of(bytes, got), &err))
            break;
    }
    free(bytes);
    io_stream_close(stream);
}

static void echo_accept(void *owner, struct io_conn *conn)
{
    struct echo *echo = owner;
    struct error err;
    echo->served++;
    assert_true(io_fiber_start(echo_main, io_conn_stream(conn), &err));
}

static void echo_open(struct echo *echo, struct io_tls *tls)
{
    struct error err = {0};
    struct io_listen_options options = {.tls = tls};
    struct io_address any = world_address(0);
    echo->tls = tls;
    echo->listener = io_listen(io_loop_current(), &any, &options, echo_accept, echo, &err);
    assert_string_equal(err.text, "");
}

static struct io_stream *echo_dial(struct echo *echo, struct io_tls *tls)
{
    struct error err = {0};
    struct io_address at = io_listener_address(echo->listener);
    struct io_conn *conn = io_connect(&at, tls, "localhost", &err);
    assert_string_equal(err.text, "");
    assert_non_null(conn);
    return io_conn_stream(conn);
}

static void echo_close(struct echo *echo)
{
    io_listener_close(echo->listener);
}

/* Reads exactly `size` bytes. */
static void read_all(struct io_stream *stream, uint8_t *to, size_t size)
{
    size_t got = 0;
    struct error err = {0};
    for (size_t done = 0; done < size; done += got) {
        assert_true(io_stream_read(stream, to + done, size - done, &got, &err));
        assert_true(got > 0);
    }
}

static void exchange(struct io_stream *stream)
{
    uint8_t answer[5];
    struct error err = {0};
    assert_true(io_stream_write(stream, SLICE_LITERAL("hello"), &err));
    read_all(stream, answer, sizeof answer);
    assert_memory_equal(answer, "hello", 5);
}

/* A writer and a reader at the same time would deadlock on full windows otherwise. */
static void write_megabyte(void *arg)
{
    struct io_stream *stream = arg;
    uint8_t *bytes = malloc(1 << 20);
    struct error err = {0};
    for (size_t i = 0; i < 1 << 20; i++)
        bytes[i] = (uint8_t)(i * 7 >> 3);
    assert_true(io_stream_write(stream, slice_of(bytes, 1 << 20), &err));
    free(bytes);
}

static void exchange_megabyte(struct io_stream *stream)
{
    struct io_task writer = {0};
    struct error err;
    uint8_t *bytes = malloc(1 << 20);
    assert_true(io_task_start(&writer, write_megabyte, stream, &err));
    read_all(stream, bytes, 1 << 20);
    io_task_join(&writer);
    for (size_t i = 0; i < 1 << 20; i++)
        assert_true(bytes[i] == (uint8_t)(i * 7 >> 3));
    free(bytes);
}

static void plain(void)
{
    struct echo echo = {0};
    echo_open(&echo, NULL);
    struct io_stream *stream = echo_dial(&echo, NULL);
    exchange(stream);
    exchange_megabyte(stream);
    io_stream_close(stream);
    echo_close(&echo);
    assert_int_equal(echo.served, 1);
}

static void tcp_carries_bytes_both_ways(void **state)
{
    (void)state;
    world_run(plain);
}

static void over_tls(enum io_tls_version version, const char *name)
{
    struct echo echo = {0};
    struct io_tls *server = world_server_tls(version, version);
    struct io_tls *client = world_client_tls(version);
    struct error err = {0};
    echo_open(&echo, server);
    struct io_address at = io_listener_address(echo.listener);
    struct io_conn *conn = io_connect(&at, client, "localhost", &err);
    assert_string_equal(err.text, "");
    assert_string_equal(io_conn_tls_version(conn), name);
    assert_non_null(io_conn_tls_cipher(conn));
    struct io_stream *stream = io_conn_stream(conn);
    exchange(stream);
    exchange_megabyte(stream);
    io_stream_close(stream);
    echo_close(&echo);
    assert_true(io_sleep(50, &err));
    io_tls_free(server);
    io_tls_free(client);
}

static void over_tls_1_0(void)
{
    over_tls(IO_TLS_1_0, "TLSv1");
}

static void over_tls_1_2(void)
{
    over_tls(IO_TLS_1_2, "TLSv1.2");
}

static void over_tls_1_3(void)
{
    over_tls(IO_TLS_1_3, "TLSv1.3");
}

static void tls_of_old_firmware_carries_bytes(void **state)
{
    (void)state;
    world_run(over_tls_1_0);
}

static void tls_1_2_carries_bytes(void **state)
{
    (void)state;
    world_run(over_tls_1_2);
}

static void tls_1_3_carries_bytes(void **state)
{
    (void)state;
    world_run(over_tls_1_3);
}

/* ---- a reader that is not there ---- */

static struct io_conn *unread;
static struct io_stream *unread_stream;

static void accept_unread(void *owner, struct io_conn *conn)
{
    (void)owner;
    unread = conn;
    io_conn_read_limit(conn, 8192);
    unread_stream = io_conn_stream(conn);
}

static void send_unread(void)
{
    struct error err = {0};
    struct io_listen_options options = {0};
    struct io_address any = world_address(0);
    struct io_listener *listener =
        io_listen(io_loop_current(), &any, &options, accept_unread, NULL, &err);
    assert_non_null(listener);
    struct io_address at = io_listener_address(listener);
    int fd = world_socket(io_address_port(&at));
    static uint8_t bytes[65536];
    size_t sent = 0;
    int there = 0;
    int waiting = 0;
    for (int quiet = 0; quiet < 20;) { /* until the kernel takes no more */
        ssize_t some = send(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        sent += some > 0 ? (size_t)some : 0;
        quiet = some > 0 ? 0 : quiet + 1;
        assert_true(io_sleep(2, &err));
    }
    assert_int_equal(ioctl(fd, SIOCOUTQ, &waiting), 0);
    assert_int_equal(ioctl(unread->fd, FIONREAD, &there), 0);
    size_t kept = sent - (size_t)waiting - (size_t)there;
    assert_true(kept >= 8192);
    assert_true(kept <= 2 * (size_t)8192);
    for (size_t got = 0, total = 0; total < kept + 100000; total += got) { /* and it goes on */
        assert_true(io_stream_read(unread_stream, bytes, sizeof bytes, &got, &err));
        assert_true(got > 0 && got <= 2 * (size_t)8192);
    }
    io_stream_close(unread_stream);
    (void)close(fd);
    io_listener_close(listener);
}

static void what_nobody_reads_stays_with_the_kernel(void **state)
{
    (void)state;
    world_run(send_unread);
}

/* ---- the peer has said all that it had to, and waits for the answer ---- */

static void answer_main(void *arg)
{
    struct io_stream *stream = arg;
    uint8_t bytes[16];
    size_t got = 0;
    size_t size = 0;
    struct error err;
    while (io_stream_read(stream, bytes, sizeof bytes, &got, &err) && got > 0)
        size += got;
    assert_int_equal(size, 5);
    assert_true(io_stream_read(stream, bytes, sizeof bytes, &got, &err) && got == 0);
    assert_true(io_stream_write(stream, SLICE_LITERAL("world"), &err));
    assert_true(io_sleep(20, &err)); /* the end is not read again and again, nor is it an error */
    assert_true(io_stream_write(stream, SLICE_LITERAL("!"), &err));
    io_stream_close(stream);
}

static void accept_half(void *owner, struct io_conn *conn)
{
    struct error err;
    (void)owner;
    io_conn_outlive_input(conn);
    assert_true(io_fiber_start(answer_main, io_conn_stream(conn), &err));
}

static void ask_half(void)
{
    struct error err = {0};
    struct io_listen_options options = {.tls = NULL};
    struct io_address any = world_address(0);
    uint8_t answer[6];
    size_t got = 0;
    struct io_listener *listener =
        io_listen(io_loop_current(), &any, &options, accept_half, NULL, &err);
    struct io_address at = io_listener_address(listener);
    struct io_conn *conn = io_connect(&at, NULL, NULL, &err);
    assert_non_null(conn);
    int fd = conn->fd;
    struct io_stream *stream = io_conn_stream(conn);
    assert_true(io_stream_write(stream, SLICE_LITERAL("hello"), &err));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    read_all(stream, answer, sizeof answer);
    assert_memory_equal(answer, "world!", sizeof answer);
    assert_true(io_stream_read(stream, answer, sizeof answer, &got, &err) && got == 0);
    io_stream_close(stream);
    io_listener_close(listener);
}

static void what_outlives_its_input_answers_to_the_end(void **state)
{
    (void)state;
    world_run(ask_half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_carries_bytes_both_ways),
        cmocka_unit_test(tls_of_old_firmware_carries_bytes),
        cmocka_unit_test(tls_1_2_carries_bytes),
        cmocka_unit_test(tls_1_3_carries_bytes),
        cmocka_unit_test(what_nobody_reads_stays_with_the_kernel),
        cmocka_unit_test(what_outlives_its_input_answers_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
