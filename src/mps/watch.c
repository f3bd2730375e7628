#include "mps/watch.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "redir/rfb_viewer.h"

#include <stdlib.h>

#define READ_SIZE 4096

/* A client has that long to log in. */
#define START_MS 30000

/* A client that takes nothing for that long while there is something for it; how often it is looked
 * at. */
#define STALL_MS 30000
#define LOOK_MS  2000

struct watch {
    struct mps_onlooker onlooker;
    const struct mps_watch_client *client;
    struct redir_rfb_viewer *viewer;
    struct io_task reader, writer;
    struct io_wait news; /* for the writer: something may be to be sent */
    struct io_wait turn; /* for their watch: the client is ready, or something has ended */
    bool over;           /* the session is */
    bool failed;         /* the first of the two to end; `why` says how */
    bool writing;
    uint64_t taken;    /* by the client, and */
    uint64_t taken_at; /* io_now when that was new, or there was nothing to take */
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
    io_signal(&w->turn);
}

static const struct mps_onlooker_events events = {
    .sized = on_sized, .drawn = on_drawn, .updated = on_updated, .over = on_over};

static void fail(struct watch *w, const struct error *err)
{
    if (!w->failed)
        w->why = *err;
    w->failed = true;
    io_signal(&w->turn);
}

static void read_all(void *arg)
{
    struct watch *w = arg;
    struct error err;
    size_t got = 0;
    bool ok = true;
    while (ok) {
        ok = io_stream_read(w->client->stream, w->in, sizeof w->in, &got, &err);
        if (ok && got == 0)
            ok = error_set(&err, ERROR_CONNECTION, "the client has left");
        ok = ok && redir_rfb_viewer_feed(w->viewer, slice_of(w->in, got), &err);
        io_signal(&w->news);
        if (redir_rfb_viewer_ready(w->viewer))
            io_signal(&w->turn);
    }
    fail(w, &err);
}

static bool write_piece(struct watch *w, struct error *err)
{
    w->writing = true;
    w->taken_at = io_now();
    bool ok = io_stream_write(w->client->stream, buffer_slice(&w->out), err);
    w->writing = false;
    buffer_clear(&w->out);
    return ok;
}

/* Sends whatever there is, then waits for more. While a write waits for a slow client, the screen
 * goes on changing; the client gets what it shows when there is room again. */
static void write_all(void *arg)
{
    static const struct redir_screen none;
    struct watch *w = arg;
    struct error err;
    bool ok = true;
    while (ok && !w->over) {
        struct mps_follow *follow = w->onlooker.follow;
        redir_rfb_viewer_take(w->viewer, follow != NULL ? mps_follow_screen(follow) : &none,
                              &w->out);
        ok = buffer_size(&w->out) > 0 ? write_piece(w, &err)
                                      : io_wait_for(&w->news, IO_FOREVER, &err);
    }
    if (!ok)
        fail(w, &err);
}

static bool await_login(struct watch *w, struct error *err)
{
    uint64_t outer = io_deadline_within(START_MS);
    bool ok = true;
    while (ok && !w->failed && !redir_rfb_viewer_ready(w->viewer))
        ok = io_wait_for(&w->turn, IO_FOREVER, err);
    io_deadline_restore(outer);
    if (ok && w->failed)
        *err = w->why;
    if (!ok && err->code == ERROR_TIMEOUT)
        error_set(err, ERROR_PROTOCOL, "the viewer did not log in within %u s", START_MS / 1000u);
    return ok && !w->failed;
}

static bool join(struct watch *w, struct error *err)
{
    struct mps_follow *follow = w->client->join(w->client->arg, err);
    if (follow == NULL)
        return false;
    if (!mps_follow_add(follow, &w->onlooker))
        return error_set(err, ERROR_UNSUPPORTED, "this screen session cannot be watched");
    io_signal(&w->news);
    return true;
}

static bool is_stalled(struct watch *w, struct error *err)
{
    uint64_t taken = w->client->taken(w->client->arg);
    if (!w->writing || taken != w->taken) {
        w->taken = taken;
        w->taken_at = io_now();
    }
    if (io_now() - w->taken_at < STALL_MS)
        return false;
    error_set(err, ERROR_TIMEOUT, "the viewer took nothing for %u s", STALL_MS / 1000u);
    return true;
}

static bool await_end(struct watch *w, struct error *err)
{
    while (!w->over && !w->failed)
        if (!io_wait_for(&w->turn, LOOK_MS, err) &&
            (err->code != ERROR_TIMEOUT || is_stalled(w, err)))
            return false;
    if (!w->over)
        *err = w->why;
    return w->over;
}

static bool watch(struct watch *w, struct error *err)
{
    bool ok = io_task_start(&w->reader, read_all, w, err) &&
              io_task_start(&w->writer, write_all, w, err) && await_login(w, err) && join(w, err) &&
              await_end(w, err);
    io_task_cancel(&w->reader);
    io_task_cancel(&w->writer);
    io_task_join(&w->reader);
    io_task_join(&w->writer);
    return ok;
}

bool mps_watch_run(const struct mps_watch_client *client, struct error *err)
{
    struct watch *w = memory_new(sizeof *w);
    w->client = client;
    w->viewer = redir_rfb_viewer_new();
    w->onlooker = (struct mps_onlooker){.events = &events, .owner = w, .watches = true};
    buffer_init(&w->out, REDIR_RFB_VIEWER_PIECE);
    bool ok = watch(w, err);
    mps_follow_remove(&w->onlooker);
    buffer_fini(&w->out);
    redir_rfb_viewer_free(w->viewer);
    free(w);
    return ok;
}
