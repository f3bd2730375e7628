/*
 * LME with an engine that says anything. The input is a byte of habits (below), then messages of
 * the engine's client, each a big-endian length of two bytes and its bytes; after the last the
 * engine hangs up. All of it waits when the host comes, which opens a session and two channels,
 * sends and reads. Checked: it comes to an end, and every message of its own is one of the
 * protocol's, whole, and not longer than the client carries. Make seeds with
 * make_lme_seeds.py beside this file.
 */
#include "mei/lme.h"

#include "apf/message.h"
#include "core/cursor.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/ready.h"
#include "mei/mei.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum habit {
    ALERTS = 1,       /* the host listens to alerts */
    SMALL = 2,        /* the client carries little */
    CLOSE_FIRST = 4,  /* a channel is closed before the other one is read */
    LEAVE_OPEN = 8,   /* channels outlive the session */
    WRITE_TWICE = 16, /* a channel is written to again when it has been read */
};

struct world {
    struct cursor in;
    unsigned habits;
    size_t limit;
    int engine; /* its end; -1 before */
    struct io_ready *ready;
    struct io_task listening;
    bool over;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* A socket pair keeps fewer bytes than an input may have; what does not fit is never said. */
static void say_all(struct world *w)
{
    while (w->in.left > 0 && cursor_ok(&w->in)) {
        size_t size = cursor_u16_be(&w->in);
        struct slice message = cursor_bytes(&w->in, size < w->in.left ? size : w->in.left);
        message = slice_first(message, w->limit);
        if (message.size > 0 &&
            send(w->engine, message.data, message.size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
    }
    (void)shutdown(w->engine, SHUT_WR);
}

/* What the host has said, message by message. False when it has closed the client. */
static bool hear_all(struct world *w)
{
    static uint8_t message[8192];
    for (;;) {
        ssize_t size = recv(w->engine, message, sizeof message, MSG_DONTWAIT | MSG_TRUNC);
        struct apf_message decoded;
        size_t used = 0;
        if (size <= 0)
            return size < 0;
        must((size_t)size <= w->limit);
        must(apf_decode(slice_of(message, (size_t)size), size == 5, &decoded, &used, NULL) ==
             APF_DECODED);
        must(used == (size_t)size);
    }
}

/* Keeps room for what the host says. */
static void keep_listening(void *arg)
{
    struct world *w = arg;
    struct error err;
    while (hear_all(w) && io_ready_wait(w->ready, IO_READABLE, IO_FOREVER, &err) && !w->over)
        ;
}

static struct mei *open_client(void *context, struct error *err)
{
    struct world *w = context;
    int pair[2];
    if (w->engine >= 0) {
        (void)error_set(err, ERROR_NOT_FOUND, "there is one session");
        return NULL;
    }
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    w->engine = pair[1];
    say_all(w);
    w->ready = io_ready_new(w->engine, err);
    must(w->ready != NULL && io_task_start(&w->listening, keep_listening, w, err));
    return mei_of_fd(pair[0], w->limit, err);
}

static void on_alert(void *context, struct slice envelope)
{
    (void)context;
    must(envelope.size <= (size_t)64 * 1024);
}

static void read_all(struct io_stream *stream)
{
    uint8_t bytes[300];
    size_t got = 1;
    struct error err;
    while (got > 0 && io_stream_read(stream, bytes, sizeof bytes, &got, &err))
        must(got <= sizeof bytes);
}

static void use(struct world *w, struct mei_lme *lme)
{
    static const uint8_t request[1500];
    struct error err;
    struct io_stream *one = mei_lme_open_stream(lme, 16992, &err);
    struct io_stream *two = one == NULL ? NULL : mei_lme_open_stream(lme, 16993, &err);
    if (one != NULL)
        (void)io_stream_write(one, slice_of(request, sizeof request), &err);
    if (two != NULL && (w->habits & CLOSE_FIRST) != 0) {
        io_stream_close(two);
        two = NULL;
    }
    if (one != NULL)
        read_all(one);
    if (one != NULL && (w->habits & WRITE_TWICE) != 0)
        (void)io_stream_write(one, slice_of(request, sizeof request), &err);
    if ((w->habits & LEAVE_OPEN) != 0)
        mei_lme_close(lme);
    io_stream_close(one);
    io_stream_close(two);
    if ((w->habits & LEAVE_OPEN) == 0)
        mei_lme_close(lme);
}

static void run(void *arg)
{
    struct world *w = arg;
    struct error err;
    const struct mei_lme_options options = {
        .open = open_client, .alert = (w->habits & ALERTS) != 0 ? on_alert : NULL, .context = w};
    (void)io_deadline_within(1000);
    struct mei_lme *lme = mei_lme_open(&options, &err);
    if (lme != NULL)
        use(w, lme);
    w->over = true;
    if (w->engine < 0)
        return;
    io_task_cancel(&w->listening);
    io_task_join(&w->listening);
    (void)hear_all(w);
    io_ready_free(w->ready);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct io_loop *loop;
    struct error err;
    struct world w = {.in = cursor_of(slice_of(data, size)), .engine = -1};
    if (loop == NULL)
        loop = io_loop_new(&err);
    must(loop != NULL);
    w.habits = cursor_u8(&w.in);
    w.limit = (w.habits & SMALL) != 0 ? 128 : 4096;
    must(io_loop_main(loop, run, &w, &err));
    if (w.engine >= 0)
        (void)close(w.engine);
    return 0;
}
