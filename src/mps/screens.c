#include "mps/screens.h"

#include "core/memory.h"
#include "io/work.h"
#include "mps/redirection.h"
#include "redir/image.h"
#include "redir/rfb_client.h"

#include <stdatomic.h>
#include <stdlib.h>

#define THREADS 1

struct mps_screens {
    struct mps *mps;
    struct io_pool *pool; /* writes pictures */
    atomic_uint pictures; /* being taken */
};

/* One picture on its way: drawn on the device's shard, written on a worker. */
struct picture {
    struct redir_screen screen;
    struct buffer *png;
    bool ok;
    struct error *err;
};

struct mps_screens *mps_screens_new(struct mps *mps, struct error *err)
{
    struct io_pool *pool = io_pool_new("pictures", THREADS, MPS_PICTURES_AT_ONCE, err);
    if (pool == NULL)
        return NULL;
    struct mps_screens *screens = memory_new(sizeof *screens);
    screens->mps = mps;
    screens->pool = pool;
    return screens;
}

void mps_screens_free(struct mps_screens *screens)
{
    if (screens == NULL)
        return;
    io_pool_free(screens->pool);
    free(screens);
}

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

static bool take(struct mps_screens *screens, const struct guid *guid, const char *tenant,
                 const char *owner, struct buffer *png, struct error *err)
{
    struct picture picture = {.png = png, .err = err};
    bool ok = mps_redirect(screens->mps, guid, tenant, owner, REDIR_KVM, draw, &picture, err) &&
              io_work(screens->pool, encode, &picture, err) && picture.ok;
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
