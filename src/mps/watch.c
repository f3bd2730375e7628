#include "mps/watch.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "redir/rfb_viewer.h"

#include <stdlib.h>

#define READ_SIZE 4096

/* A client that takes nothing for that long while there is something for it. */
#define STALL_MS 30000

struct watch {
    struct mps_onlooker onlooker;
    struct io_stream *stream;
    struct redir_rfb_viewer *viewer;
    struct io_task reader, writer;
    struct io_wait news;  /* for the writer: something may be to be sent */
    struct io_wait ended; /* the session, or one of the two */
    bool over;            /* the session is */
    bool failed;          /* the first of the two to end; `why` says how */
    struct error why;
    struct buffer out;
    uint8_t in[READ_SIZE];
};

static void on_sized(void *owner, uint16_t width, uint16_t height)
{
    struct watch *w = owner;
    redir_rfb_viewer_sized(w->viewer, width, height);
    io_signal(&w->news);
}

static void on_drawn(void *owner, const struct redir_rect *rect)
{
    redir_rfb_viewer_drawn(((struct watch *)owner)->viewer, rect);
}

static void on_updated(void *owner)
{
    io_signal(&((struct watch *)owner)->news);
}

static void on_over(void *owner)
{
    struct watch *w = owner;
    w->over = true;
    io_signal(&w->ended);
}

static const struct mps_onlooker_events events = {
    .sized = on_sized, .drawn = on_drawn, .updated = on_updated, .over = on_over};

static void fail(struct watch *w, const struct error *err)
{
    if (!w->failed)
        w->why = *err;
    w->failed = true;
    io_signal(&w->ended);
}

static void read_all(void *arg)
{
    struct watch *w = arg;
    struct error err;
    size_t got = 0;
    bool ok = true;
    while (ok) {
        ok = io_stream_read(w->stream, w->in, sizeof w->in, &got, &err);
        if (ok && got == 0)
            ok = error_set(&err, ERROR_CONNECTION, "the client has left");
        ok = ok && redir_rfb_viewer_feed(w->viewer, slice_of(w->in, got), &err);
        io_signal(&w->news);
    }
    fail(w, &err);
}

static bool write_piece(struct watch *w, struct error *err)
{
    uint64_t outer = io_deadline_within(STALL_MS);
    bool ok = io_stream_write(w->stream, buffer_slice(&w->out), err);
    io_deadline_restore(outer);
    buffer_clear(&w->out);
    return ok;
}

/* Sends whatever there is, then waits for more. While a write waits for a slow client, the screen
 * goes on changing; the client gets what it shows when there is room again. */
static void write_all(void *arg)
{
    struct watch *w = arg;
    struct error err;
    bool ok = true;
    while (ok && !w->over) {
        const struct redir_screen *screen = mps_follow_screen(w->onlooker.follow);
        redir_rfb_viewer_take(w->viewer, screen, &w->out);
        ok = buffer_size(&w->out) > 0 ? write_piece(w, &err)
                                      : io_wait_for(&w->news, IO_FOREVER, &err);
    }
    if (!ok)
        fail(w, &err);
}

static bool watch(struct watch *w, struct error *err)
{
    bool ok = io_task_start(&w->reader, read_all, w, err) &&
              io_task_start(&w->writer, write_all, w, err) &&
              io_wait_for(&w->ended, IO_FOREVER, err);
    io_task_cancel(&w->reader);
    io_task_cancel(&w->writer);
    io_task_join(&w->reader);
    io_task_join(&w->writer);
    if (ok && !w->over)
        *err = w->why;
    return ok && w->over;
}

bool mps_watch_run(struct mps_follow *follow, struct io_stream *stream, struct error *err)
{
    struct watch *w = memory_new(sizeof *w);
    w->stream = stream;
    w->viewer = redir_rfb_viewer_new();
    w->onlooker = (struct mps_onlooker){.events = &events, .owner = w};
    buffer_init(&w->out, REDIR_RFB_VIEWER_PIECE);
    bool ok = mps_follow_add(follow, &w->onlooker)
                  ? watch(w, err)
                  : error_set(err, ERROR_UNSUPPORTED, "this screen session cannot be watched");
    mps_follow_remove(&w->onlooker);
    buffer_fini(&w->out);
    redir_rfb_viewer_free(w->viewer);
    free(w);
    return ok;
}
