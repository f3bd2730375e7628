/* Waiting for a descriptor that is no connection (io/ready.h). */
#include "world.h"

#include "io/ready.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int pair[2];
static struct io_ready *ready;
static struct error err;

static void start(void)
{
    err = (struct error){0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    ready = io_ready_new(pair[0], &err);
    assert_non_null(ready);
}

static void stop(void)
{
    io_ready_free(ready);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void fill(int fd)
{
    static const uint8_t bytes[4096] = {1};
    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
}

static void drain(int fd)
{
    uint8_t bytes[4096];
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
}

struct waiter {
    struct io_task task;
    enum io_readiness what;
    bool became;
};

static void wait_for(void *arg)
{
    struct waiter *waiter = arg;
    struct error why;
    waiter->became = io_ready_wait(ready, waiter->what, IO_FOREVER, &why);
}

static void side_by_side(void)
{
    start();
    struct waiter reader = {.what = IO_READABLE};
    struct waiter writer = {.what = IO_WRITABLE};
    fill(pair[0]);
    assert_true(io_task_start(&reader.task, wait_for, &reader, &err));
    assert_true(io_task_start(&writer.task, wait_for, &writer, &err));
    assert_true(io_sleep(2, &err));
    assert_true(io_task_running(&reader.task) && io_task_running(&writer.task));
    assert_int_equal(send(pair[1], "x", 1, 0), 1);
    io_task_join(&reader.task);
    assert_true(reader.became && io_task_running(&writer.task));
    drain(pair[1]);
    io_task_join(&writer.task);
    assert_true(writer.became);
    stop();
}

static void one_reads_and_one_writes(void **state)
{
    (void)state;
    world_run(side_by_side);
}

static void ends(void)
{
    start();
    assert_false(io_ready_wait(ready, IO_READABLE, 3, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    struct waiter reader = {.what = IO_READABLE};
    assert_true(io_task_start(&reader.task, wait_for, &reader, &err));
    assert_true(io_sleep(2, &err));
    io_task_cancel(&reader.task);
    io_task_join(&reader.task);
    assert_false(reader.became);
    reader = (struct waiter){.what = IO_READABLE};
    assert_true(io_task_start(&reader.task, wait_for, &reader, &err));
    assert_true(io_sleep(2, &err));
    (void)shutdown(pair[1], SHUT_RDWR);
    io_task_join(&reader.task);
    assert_true(reader.became);
    stop();
}

static void a_wait_ends_in_time_by_cancellation_or_with_the_peer(void **state)
{
    (void)state;
    world_run(ends);
}

static void refused(void)
{
    int file = open("/proc/self/exe", O_RDONLY);
    assert_null(io_ready_new(file, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    (void)close(file);
}

static void a_plain_file_cannot_be_watched(void **state)
{
    (void)state;
    world_run(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_reads_and_one_writes),
        cmocka_unit_test(a_wait_ends_in_time_by_cancellation_or_with_the_peer),
        cmocka_unit_test(a_plain_file_cannot_be_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
