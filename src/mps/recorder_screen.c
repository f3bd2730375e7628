/* Recording a screen: whatever has changed, ten times a second at most (mps/recorder.h). */
#include "mps/recorder_parts.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_MS 100

struct film {
    struct mps_recorder_session session;
    struct mps_onlooker onlooker;
    struct io_wait news;
    bool blind; /* and why */
    struct error why;
    /* The screen as it was recorded last, and which of its tiles changed since. */
    uint16_t width;
    uint16_t height;
    enum redir_rfb_format format;
    uint8_t *changed; /* a byte for each tile; NULL: nothing was recorded */
    uint64_t last_key;
    struct buffer tiles;
};

static void on_sized(void *owner, uint16_t width, uint16_t height)
{
    struct film *film = owner;
    if (width == film->width && height == film->height)
        return;
    free(film->changed);
    film->changed = NULL;
}

static void on_drawn(void *owner, const struct redir_rect *rect)
{
    struct film *film = owner;
    if (film->changed != NULL)
        redir_tiles_mark(film->changed, film->width, rect, 1);
}

static void on_updated(void *owner)
{
    struct film *film = owner;
    mps_recorder_look(&film->session);
    io_signal(&film->news);
}

static void on_over(void *owner)
{
    struct film *film = owner;
    film->session.over = true;
    io_signal(&film->news);
}

static void on_blind(void *owner, const struct error *why)
{
    struct film *film = owner;
    film->blind = true;
    film->why = *why;
    mps_recorder_fail(&film->session, why);
    io_signal(&film->news);
}

static const struct mps_onlooker_events events = {
    .sized = on_sized,
    .drawn = on_drawn,
    .updated = on_updated,
    .over = on_over,
    .blind = on_blind,
};

/* Copies what is to be recorded of the screen now. */
static void take(struct film *film, const struct redir_screen *screen,
                 struct redir_recording_frame *frame)
{
    unsigned columns = redir_screen_tile_columns(screen);
    unsigned count = columns * redir_screen_tile_rows(screen);
    bool same = film->changed != NULL && screen->format == film->format;
    bool key = !same || frame->time - film->last_key >= REDIR_RECORDING_KEY_MS;
    if (!same) {
        free(film->changed);
        film->changed = memory_new(count);
        film->width = screen->width;
        film->height = screen->height;
        film->format = screen->format;
    }
    buffer_clear(&film->tiles);
    frame->type = key ? REDIR_RECORDING_KEY : REDIR_RECORDING_CHANGE;
    frame->width = screen->width;
    frame->height = screen->height;
    frame->format = screen->format;
    for (unsigned i = 0; i < count; i++)
        if (key || film->changed[i] != 0) {
            struct redir_rect rect = redir_screen_tile(screen, i % columns, i / columns);
            redir_recording_put_tile(&film->tiles, screen, &rect);
            film->changed[i] = 0;
            frame->count++;
        }
    frame->tiles = buffer_slice(&film->tiles);
    if (key)
        film->last_key = frame->time;
}

/* Waits until there is something new, but never much longer than between two pictures. */
static bool await_news(struct film *film, struct error *err)
{
    return io_sleep(EVERY_MS, err) && io_wait_for(&film->news, IO_FOREVER, err);
}

static bool record(struct film *film, struct mps_recording *recording, struct error *err)
{
    bool ok = true;
    while (ok && !film->session.over && !film->blind) {
        const struct redir_screen *screen = mps_follow_screen(film->onlooker.follow);
        struct redir_recording_frame frame = {.time = io_now() - film->session.began};
        if (screen->pixels != NULL && redir_screen_complete(screen)) {
            take(film, screen, &frame);
            mps_recorder_step(&film->session, true);
            ok = frame.count == 0 || mps_recording_put_frame(recording, &frame, err);
            mps_recorder_step(&film->session, false);
        }
        ok = ok && (film->session.over || film->blind || await_news(film, err));
    }
    if (ok && film->blind)
        *err = film->why;
    return ok && !film->blind;
}

static void film_main(void *arg)
{
    struct film *film = arg;
    struct error err;
    struct mps_recording *recording = mps_recorder_open(&film->session);
    if (recording != NULL) {
        bool ok = record(film, recording, &err);
        mps_recorder_close(&film->session, recording, ok ? NULL : &err);
    }
    mps_follow_remove(&film->onlooker);
    mps_recorder_leave(&film->session);
    buffer_fini(&film->tiles);
    free(film->changed);
    free(film);
}

void mps_recorder_screen(struct mps_recorder *recorder, const struct mps_tap_session *session,
                         struct mps_follow *follow)
{
    struct error err;
    if (!mps_recorder_may_want(recorder, session))
        return;
    struct film *film = memory_new(sizeof *film);
    film->onlooker = (struct mps_onlooker){.events = &events, .owner = film};
    buffer_init(&film->tiles, 2 * (size_t)REDIR_SCREEN_AREA_MAX);
    mps_recorder_begin(recorder, &film->session, session);
    bool ok = mps_follow_add(follow, &film->onlooker) ||
              error_set(&err, ERROR_UNSUPPORTED, "it cannot be followed");
    if (ok && io_fiber_start(film_main, film, &err))
        return;
    mps_recorder_fail(&film->session, &err);
    mps_follow_remove(&film->onlooker);
    mps_recorder_leave(&film->session);
    buffer_fini(&film->tiles);
    free(film);
}
