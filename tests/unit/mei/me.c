#include "me.h"

#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int engine = -1;

static void run(void *arg)
{
    void (**test)(void) = arg;
    (*test)();
}

void me_run(void (*test)(void))
{
    struct error err = {0};
    struct io_loop *loop = io_loop_new(&err);
    assert_non_null(loop);
    assert_true(io_loop_main(loop, run, &test, &err));
    me_hangs_up();
    io_loop_free(loop);
}

struct mei *me_open_for(void *arg, struct error *err)
{
    int pair[2];
    me_hangs_up();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    engine = pair[1];
    if (arg != NULL)
        ++*(int *)arg;
    return mei_of_fd(pair[0], ME_LIMIT, err);
}

struct mei *me_open(void)
{
    struct error err = {0};
    struct mei *mei = me_open_for(NULL, &err);
    assert_non_null(mei);
    return mei;
}

void me_says(const char *wire)
{
    struct buffer message;
    buffer_init(&message, WIRE_LIMIT);
    wire_put(&message, wire);
    struct slice s = buffer_slice(&message);
    assert_int_equal(send(engine, s.data, s.size, MSG_DONTWAIT), s.size);
    buffer_fini(&message);
}

void me_hears(const char *wire)
{
    uint8_t message[ME_LIMIT + 1];
    ssize_t size = recv(engine, message, sizeof message, MSG_DONTWAIT);
    assert_true(size > 0);
    wire_assert(slice_of(message, (size_t)size), wire);
}

void me_hears_nothing(void)
{
    uint8_t byte;
    assert_int_equal(recv(engine, &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
}

void me_hangs_up(void)
{
    if (engine >= 0)
        (void)close(engine);
    engine = -1;
}

int me_fd(void)
{
    return engine;
}
