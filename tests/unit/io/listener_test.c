#include "world.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY 600

static int accepted;
static int closed;

static void on_data(void *owner, struct slice bytes)
{
    (void)owner;
    (void)bytes;
}

static void on_closed(void *owner, const struct error *why)
{
    (void)owner;
    (void)why;
    closed++;
}

static void on_accept(void *owner, struct io_conn *conn)
{
    static const struct io_conn_events events = {on_data, NULL, on_closed};
    (void)owner;
    accepted++;
    io_conn_own(conn, &events, NULL);
}

static void forget_to_own(void *owner, struct io_conn *conn)
{
    (void)owner;
    (void)conn;
    accepted++;
}

static struct io_listener *open_listener(io_accepted *on)
{
    struct error err = {0};
    struct io_listen_options options = {0};
    struct io_address any = world_address(0);
    accepted = 0;
    closed = 0;
    struct io_listener *listener = io_listen(io_loop_current(), &any, &options, on, NULL, &err);
    assert_string_equal(err.text, "");
    return listener;
}

static uint16_t port_of(const struct io_listener *listener)
{
    struct io_address at = io_listener_address(listener);
    return io_address_port(&at);
}

static void fill_backlog(void)
{
    int fds[MANY];
    struct io_listener *listener = open_listener(on_accept);
    for (int i = 0; i < MANY; i++) /* the loop does not turn meanwhile */
        fds[i] = world_socket(port_of(listener));
    assert_int_equal(accepted, 0);
    world_await_count(&accepted, MANY);
    for (int i = 0; i < MANY; i++)
        (void)close(fds[i]);
    world_await_count(&closed, MANY);
    io_listener_close(listener);
}

static void a_full_backlog_is_worked_off(void **state)
{
    (void)state;
    world_run(fill_backlog);
}

static void take_port(void)
{
    struct error err = {0};
    struct io_listen_options options = {0};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
    struct io_address at = world_address(ntohs(in.sin_port));
    char text[IO_ADDRESS_TEXT_SIZE];
    char expected[100];
    (void)snprintf(expected, sizeof expected, "%s is in use by another program",
                   io_address_format(&at, text));
    assert_null(io_listen(io_loop_current(), &at, &options, on_accept, NULL, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_string_equal(err.text, expected);
    (void)close(fd);
}

static void a_port_in_use_is_said_to_be(void **state)
{
    (void)state;
    world_run(take_port);
}

static void share_port(void)
{
    struct error err = {0};
    struct io_listen_options options = {0};
    struct io_listener *first = open_listener(on_accept);
    struct io_address at = io_listener_address(first);
    /* Another program of ours would pass SO_REUSEPORT's check and get half of the connections. */
    assert_null(io_listen(io_loop_current(), &at, &options, on_accept, NULL, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    options.shared = true;
    struct io_listener *second = io_listen(io_loop_current(), &at, &options, on_accept, NULL, &err);
    assert_non_null(second);
    io_listener_close(first);
    int fd = world_socket(port_of(second));
    world_await_count(&accepted, 1);
    (void)close(fd);
    io_listener_close(second);
}

static void loops_share_a_port(void **state)
{
    (void)state;
    world_run(share_port);
}

static void run_out_of_descriptors(void)
{
    struct error err;
    struct rlimit before;
    long paused = world_metric("outband_io_accept_paused_total");
    struct io_listener *listener = open_listener(on_accept);
    int fd = world_socket(port_of(listener));
    int next = dup(fd);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit tight = {(rlim_t)next, before.rlim_max};
    (void)close(next);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    assert_true(io_sleep(350, &err));
    assert_int_equal(accepted, 0);
    long pauses = world_metric("outband_io_accept_paused_total") - paused;
    assert_in_range(pauses, 1, 5); /* ten a second, not a spin */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    world_await_count(&accepted, 1);
    (void)close(fd);
    world_await_count(&closed, 1);
    io_listener_close(listener);
}

static void without_descriptors_accepting_pauses_and_goes_on(void **state)
{
    (void)state;
    world_run(run_out_of_descriptors);
}

static void leave_unowned(void)
{
    uint8_t byte;
    struct io_listener *listener = open_listener(forget_to_own);
    int fd = world_socket(port_of(listener));
    assert_true(world_receive(fd, &byte, 1, 1000) >= -1);
    assert_int_equal(accepted, 1);
    (void)close(fd);
    io_listener_close(listener);
}

static void what_nobody_owns_is_ended(void **state)
{
    (void)state;
    world_run(leave_unowned);
}

static void leave_open(void)
{
    struct io_listener *listener = open_listener(on_accept);
    (void)world_socket(port_of(listener));
    world_await_count(&accepted, 1);
    io_listener_close(listener);
}

static void freeing_the_loop_ends_what_is_left(void **state)
{
    (void)state;
    world_run(leave_open);
    assert_int_equal(closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_backlog_is_worked_off),
        cmocka_unit_test(a_port_in_use_is_said_to_be),
        cmocka_unit_test(loops_share_a_port),
        cmocka_unit_test(without_descriptors_accepting_pauses_and_goes_on),
        cmocka_unit_test(what_nobody_owns_is_ended),
        cmocka_unit_test(freeing_the_loop_ends_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
