#include "engine.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mei/mei.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 10000 /* for a message that is due */

struct engine {
    size_t limit;
    engine_script *scripts[ENGINE_SCRIPTS];
    size_t count;
    unsigned opened;
    int fd; /* of the script that plays */
    char failure[400];
    pthread_t thread;
    bool playing; /* the thread is to be joined */
    struct buffer alerts;
    _Atomic bool got_far; /* or failed before */
};

/* ---- the script's side ---- */

void engine_check(struct engine *engine, bool holds, const char *what)
{
    if (!holds && engine->failure[0] == '\0')
        (void)snprintf(engine->failure, sizeof engine->failure, "%s", what);
}

bool engine_failed(const struct engine *engine)
{
    return engine->failure[0] != '\0';
}

size_t engine_take(struct engine *engine, uint8_t *to, size_t size)
{
    struct pollfd waiting = {.fd = engine->fd, .events = POLLIN};
    if (engine_failed(engine))
        return 0;
    if (poll(&waiting, 1, WAIT_MS) != 1) {
        engine_check(engine, false, "the host says nothing more");
        return 0;
    }
    ssize_t got = recv(engine->fd, to, size, MSG_TRUNC);
    engine_check(engine, got > 0, "the host has closed the client");
    engine_check(engine, got <= (ssize_t)engine->limit, "a message is longer than the client's");
    return engine_failed(engine) ? 0 : (size_t)got;
}

void engine_got_far(struct engine *engine)
{
    engine->got_far = true;
}

void engine_put(struct engine *engine, struct slice message)
{
    if (!engine_failed(engine))
        engine_check(engine,
                     send(engine->fd, message.data, message.size, MSG_NOSIGNAL) ==
                         (ssize_t)message.size,
                     "the host does not take a message");
}

static void show(char *to, size_t size, struct slice bytes)
{
    size_t at = 0;
    for (size_t i = 0; i < bytes.size && at + 4 < size; i++)
        at += (size_t)snprintf(to + at, size - at, "%02x ", bytes.data[i]);
}

void engine_expect(struct engine *engine, const char *wire)
{
    uint8_t *message = malloc(engine->limit + 1);
    struct buffer expected;
    buffer_init(&expected, WIRE_LIMIT);
    wire_put(&expected, wire);
    size_t size = engine_take(engine, message, engine->limit + 1);
    if (!engine_failed(engine) && !slice_equal(slice_of(message, size), buffer_slice(&expected))) {
        char got[150];
        char wanted[150];
        char text[400];
        show(got, sizeof got, slice_of(message, size));
        show(wanted, sizeof wanted, buffer_slice(&expected));
        (void)snprintf(text, sizeof text, "%zu bytes %sinstead of %zu bytes %s", size, got,
                       buffer_size(&expected), wanted);
        engine_check(engine, false, text);
    }
    buffer_fini(&expected);
    free(message);
}

void engine_say_in_pieces(struct engine *engine, size_t size, const char *wire)
{
    struct buffer bytes;
    buffer_init(&bytes, WIRE_LIMIT);
    wire_put(&bytes, wire);
    while (buffer_size(&bytes) > 0) {
        struct slice piece = slice_first(buffer_slice(&bytes), size);
        engine_put(engine, piece);
        buffer_consume(&bytes, piece.size);
    }
    buffer_fini(&bytes);
}

void engine_say(struct engine *engine, const char *wire)
{
    engine_say_in_pieces(engine, SIZE_MAX, wire);
}

void engine_expect_end(struct engine *engine)
{
    struct pollfd waiting = {.fd = engine->fd, .events = POLLIN};
    uint8_t byte;
    if (engine_failed(engine))
        return;
    engine_check(engine, poll(&waiting, 1, WAIT_MS) == 1, "the host does not close the client");
    engine_check(engine, recv(engine->fd, &byte, 1, 0) == 0, "the host says more");
}

void engine_begin(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_say(engine, ENGINE_VERSION);
    engine_say(engine, WIRE_SERVICE_PFWD);
    engine_expect(engine, WIRE_ACCEPT_PFWD);
    engine_say(engine, ENGINE_FORWARD_623);
    engine_expect(engine, "51 0000026f");
    engine_say(engine, ENGINE_FORWARD_16992); /* with which the host is ready */
    engine_expect(engine, "51 00004260");
}

void engine_open(struct engine *engine, const char *id, const char *answer)
{
    char wire[256];
    unsigned number = (unsigned)strtoul(id, NULL, 16);
    (void)snprintf(wire, sizeof wire,
                   "5a 0000000f 'forwarded-tcpip' %s 00001000 ffffffff 00000009 '127.0.0.1' "
                   "00004260 00000009 '127.0.0.1' %08x",
                   id, 1024 + number);
    engine_expect(engine, wire);
    (void)snprintf(wire, sizeof wire, "5b %s %s ffffffff", id, answer);
    engine_say(engine, wire);
}

/* ---- the test's side ---- */

static void *play(void *arg)
{
    struct engine *engine = arg;
    engine->scripts[engine->opened - 1](engine);
    engine->got_far = true;
    (void)close(engine->fd);
    return NULL;
}

static void await_script(struct engine *engine)
{
    if (engine->playing)
        (void)pthread_join(engine->thread, NULL);
    engine->playing = false;
}

static struct mei *open_client(void *context, struct error *err)
{
    struct engine *engine = context;
    int pair[2];
    await_script(engine); /* a machine has one client for LME */
    if (engine->opened == engine->count) {
        (void)error_set(err, ERROR_NOT_FOUND, "the engine is gone");
        return NULL;
    }
    engine->opened++;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    engine->fd = pair[1];
    engine->playing = pthread_create(&engine->thread, NULL, play, engine) == 0;
    assert_true(engine->playing);
    return mei_of_fd(pair[0], engine->limit, err);
}

static void on_alert(void *context, struct slice envelope)
{
    struct engine *engine = context;
    buffer_put(&engine->alerts, envelope);
    buffer_put_text(&engine->alerts, "\n");
}

struct engine *engine_new(size_t limit, engine_script *const *scripts, size_t count)
{
    struct engine *engine = memory_new(sizeof *engine);
    assert_true(count <= ENGINE_SCRIPTS);
    engine->limit = limit;
    engine->count = count;
    memcpy(engine->scripts, scripts, count * sizeof *scripts);
    buffer_init(&engine->alerts, 100000);
    return engine;
}

struct mei_lme_options engine_options(struct engine *engine)
{
    return (struct mei_lme_options){.open = open_client, .alert = on_alert, .context = engine};
}

void engine_over(struct engine *engine)
{
    char failure[sizeof engine->failure];
    await_script(engine);
    memcpy(failure, engine->failure, sizeof failure);
    buffer_fini(&engine->alerts);
    free(engine);
    if (failure[0] != '\0')
        fail_msg("%s", failure);
}

const char *engine_alerts(const struct engine *engine)
{
    struct buffer *alerts = (struct buffer *)&engine->alerts;
    buffer_put_u8(alerts, 0);
    return (const char *)buffer_slice(alerts).data;
}

unsigned engine_opened(const struct engine *engine)
{
    return engine->opened;
}

struct mei_lme *engine_lme(struct engine *engine)
{
    struct error err = {0};
    struct mei_lme_options options = engine_options(engine);
    struct mei_lme *lme = mei_lme_open(&options, &err);
    if (lme == NULL) {
        engine_over(engine);
        fail_msg("%s", err.text);
    }
    return lme;
}

void engine_await(struct engine *engine)
{
    while (!engine->got_far)
        assert_true(io_sleep(1, NULL));
}

static void run(void *arg)
{
    void (**test)(void) = arg;
    (*test)();
}

void engine_run(void (*test)(void))
{
    struct error err = {0};
    struct io_loop *loop = io_loop_new(&err);
    assert_non_null(loop);
    assert_true(io_loop_main(loop, run, &test, &err));
    io_loop_free(loop);
}
