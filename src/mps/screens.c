#include "mps/screens.h"

#include "core/memory.h"
#include "io/call.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/work.h"
#include "mps/redirection.h"
#include "mps/screen_session.h"
#include "mps/shard.h"
#include "mps/tap.h"
#include "redir/image.h"
#include "redir/rfb_client.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 1

struct mps_screens {
    struct mps *mps;
    struct io_pool *pool; /* writes pictures */
    atomic_uint pictures; /* being taken */
    struct mps_screen_sessions *sessions;
};

struct mps_screens *mps_screens_new(struct mps *mps, struct mps_recorder *recorder,
                                    struct error *err)
{
    struct io_pool *pool = io_pool_new("pictures", THREADS, MPS_PICTURES_AT_ONCE, err);
    if (pool == NULL)
        return NULL;
    struct mps_screens *screens = memory_new(sizeof *screens);
    screens->mps = mps;
    screens->pool = pool;
    screens->sessions = mps_screen_sessions_new(mps, recorder);
    return screens;
}

void mps_screens_free(struct mps_screens *screens)
{
    if (screens == NULL)
        return;
    io_pool_free(screens->pool);
    mps_screen_sessions_free(screens->sessions);
    free(screens);
}

struct mps_screen_sessions *mps_screens_sessions(struct mps_screens *screens)
{
    return screens->sessions;
}

/* --- pictures --------------------------------------------------------------------------------- */

/* One picture on its way: drawn on the device's shard, written on a worker. */
struct picture {
    struct redir_screen screen;
    struct buffer *png;
    struct mps_screen_sessions *sessions;
    const struct guid *guid;
    const char *tenant;
    bool ok;
    struct error *err;
};

static bool draw(struct io_stream *stream, void *arg, struct error *err)
{
    struct picture *picture = arg;
    return redir_rfb_picture(stream, MPS_PICTURE_MS, &picture->screen, err);
}

static void encode(void *arg)
{
    struct picture *picture = arg;
    picture->ok = redir_image_png(&picture->screen, picture->png, picture->err);
}

/* Somebody's session, looked into until all of its screen has been drawn. */
struct glance {
    struct io_wait news;
    bool over;
};

static void on_updated(void *owner)
{
    io_signal(&((struct glance *)owner)->news);
}

static void on_over(void *owner)
{
    struct glance *glance = owner;
    glance->over = true;
    io_signal(&glance->news);
}

static const struct mps_onlooker_events events = {.updated = on_updated, .over = on_over};

static bool await_screen(struct glance *glance, struct mps_follow *follow, struct error *err)
{
    uint64_t outer = io_deadline_within(MPS_PICTURE_MS);
    bool ok = true;
    while (ok && !glance->over && !redir_screen_complete(mps_follow_screen(follow)))
        ok = io_wait_for(&glance->news, IO_FOREVER, err);
    io_deadline_restore(outer);
    return ok && !glance->over;
}

static void copy_screen(struct redir_screen *to, const struct redir_screen *from)
{
    if (redir_screen_make(to, from->width, from->height, from->format, NULL))
        memcpy(to->pixels, from->pixels, from->stride * from->height);
}

/* On the session's loop. */
static void glance_at(void *arg)
{
    struct picture *picture = arg;
    struct glance glance = {0};
    struct mps_onlooker onlooker = {.events = &events, .owner = &glance};
    struct error why;
    struct mps_follow *follow =
        mps_screen_session_here(picture->sessions, picture->guid, picture->tenant);
    if (follow == NULL || !mps_follow_add(follow, &onlooker))
        return;
    if (await_screen(&glance, follow, &why)) {
        copy_screen(&picture->screen, mps_follow_screen(follow));
        picture->ok = true;
    } else if (!glance.over && why.code == ERROR_TIMEOUT) {
        error_wrap(picture->err, "%s", "the session that there is has not drawn all of the screen");
    }
    mps_follow_remove(&onlooker);
}

/* From the session of whoever has the screen, if it passes this server. `err` says who, and stays
 * as it is when that does not work. */
static bool borrow(struct picture *picture, struct error *err)
{
    struct mps_shard *shard =
        mps_screen_session_shard(picture->sessions, picture->guid, picture->tenant, NULL);
    struct error why;
    picture->err = err;
    return shard != NULL && io_call(shard->loop, glance_at, picture, &why) && picture->ok;
}

static bool take(struct mps_screens *screens, const struct guid *guid, const char *tenant,
                 const char *owner, struct buffer *png, struct error *err)
{
    struct picture picture = {
        .png = png, .sessions = screens->sessions, .guid = guid, .tenant = tenant, .err = err};
    bool ok = mps_redirect(screens->mps, guid, tenant, owner, REDIR_KVM, draw, &picture, err) ||
              (err->code == ERROR_CONFLICT && borrow(&picture, err));
    ok = ok && io_work(screens->pool, encode, &picture, err) && picture.ok;
    redir_screen_fini(&picture.screen);
    return ok;
}

bool mps_screens_picture(struct mps_screens *screens, const struct guid *guid, const char *tenant,
                         const char *owner, struct buffer *png, struct error *err)
{
    if (atomic_fetch_add(&screens->pictures, 1) >= MPS_PICTURES_AT_ONCE) {
        atomic_fetch_sub(&screens->pictures, 1);
        return error_set(err, ERROR_BUSY, "%u pictures are being taken already",
                         MPS_PICTURES_AT_ONCE);
    }
    bool ok = take(screens, guid, tenant, owner, png, err);
    atomic_fetch_sub(&screens->pictures, 1);
    return ok;
}
