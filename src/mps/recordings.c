#include "mps/recordings.h"

#include "core/file.h"
#include "core/memory.h"
#include "io/work.h"
#include "mps/recording_folder.h"
#include "mps/recording_parts.h"
#include "redir/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITERS 2

/* More than can wait: each recording waits for its last piece. */
#define WRITES_LIMIT (4 * (size_t)MPS_RECORDINGS_AT_ONCE)

/* Lists, and files that are opened or removed. */
#define READS_LIMIT 64

static bool make_pools(struct mps_recordings *r, struct error *err)
{
    return (r->writers = io_pool_new("recordings", WRITERS, WRITES_LIMIT, err)) != NULL &&
           (r->readers = io_pool_new("recording-lists", 1, READS_LIMIT, err)) != NULL &&
           (r->painters = io_pool_new("playback", 1, MPS_RECORDING_PICTURES, err)) != NULL;
}

struct mps_recordings *mps_recordings_new(const struct mps_recordings_options *options,
                                          struct error *err)
{
    if (mkdir(options->folder, 0700) != 0 && errno != EEXIST) {
        file_error(err, ERROR_STORE, options->folder);
        return NULL;
    }
    int fd = open(options->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        file_error(err, ERROR_STORE, options->folder);
        return NULL;
    }
    struct mps_recordings *r = memory_new(sizeof *r);
    r->folder = fd;
    r->size_limit = options->size_limit;
    r->days = options->days;
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->room, NULL);
    if (make_pools(r, err))
        return r;
    mps_recordings_free(r);
    return NULL;
}

void mps_recordings_free(struct mps_recordings *r)
{
    if (r == NULL)
        return;
    io_pool_free(r->painters);
    io_pool_free(r->readers);
    io_pool_free(r->writers);
    (void)close(r->folder);
    pthread_mutex_destroy(&r->room);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* --- calls to workers ------------------------------------------------------------------------- */

struct call {
    struct mps_recordings *recordings;
    struct arena *arena;
    const char *tenant;
    char id[MPS_RECORDING_ID_SIZE];
    struct mps_recording_facts *list;
    size_t count;
    struct buffer *out;
    uint64_t time;
    int fd;
    uint64_t size;
    bool ok;
    struct error *err;
};

static bool work(struct call *call, struct io_pool *pool, void (*fn)(void *arg), struct error *err)
{
    call->err = err;
    return io_work(pool, fn, call, err) && call->ok;
}

bool recording_is_being_made(struct mps_recordings *r, const char *id)
{
    bool found = false;
    pthread_mutex_lock(&r->lock);
    for (const struct mps_recording *m = r->making; m != NULL && !found; m = m->next)
        found = strcmp(m->id, id) == 0;
    pthread_mutex_unlock(&r->lock);
    return found;
}

static bool absent(struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "there is no such recording");
}

static bool begin_call(struct call *call, struct mps_recordings *r, const char *tenant,
                       struct slice id, struct error *err)
{
    enum redir_kind kind;
    *call = (struct call){.recordings = r, .tenant = tenant, .fd = -1};
    if (!recording_folder_name(id, &kind))
        return absent(err);
    memcpy(call->id, id.data, id.size);
    return true;
}

/* Why one is not whole that does not say so itself. Meanwhile it may have ended. */
static void put_reason(struct call *call, struct mps_recording_facts *facts)
{
    if (facts->whole || facts->reason != NULL)
        return;
    struct mps_recording_facts now;
    if (recording_is_being_made(call->recordings, facts->id))
        facts->reason = "it is being made";
    else if (recording_folder_look(call->recordings->folder, call->arena, call->tenant, facts->id,
                                   &now))
        *facts = now;
    if (!facts->whole && facts->reason == NULL)
        facts->reason = "it has no end: the server was stopped, or the disk was full";
}

static void list_work(void *arg)
{
    struct call *call = arg;
    call->ok = recording_folder_list(call->recordings->folder, call->arena, call->tenant,
                                     &call->list, &call->count, call->err);
    for (size_t i = 0; call->ok && i < call->count; i++)
        put_reason(call, &call->list[i]);
}

bool mps_recordings_list(struct mps_recordings *r, struct arena *arena, const char *tenant,
                         struct mps_recording_facts **list, size_t *count, struct error *err)
{
    struct call call = {.recordings = r, .arena = arena, .tenant = tenant};
    bool ok = work(&call, r->readers, list_work, err);
    *list = call.list;
    *count = call.count;
    return ok;
}

/* Opens the file of a call if it is the tenant's. */
static bool open_own(struct call *call)
{
    struct arena arena;
    struct mps_recording_facts facts;
    arena_init(&arena);
    bool ok =
        recording_folder_look(call->recordings->folder, &arena, call->tenant, call->id, &facts);
    call->fd = ok ? openat(call->recordings->folder, call->id,
                           O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                  : -1;
    call->size = facts.size;
    arena_fini(&arena);
    return call->fd >= 0 || absent(call->err);
}

static void open_work(void *arg)
{
    struct call *call = arg;
    call->ok = open_own(call);
}

bool mps_recordings_open(struct mps_recordings *r, const char *tenant, struct slice id, int *fd,
                         uint64_t *size, enum redir_kind *kind, struct error *err)
{
    struct call call;
    if (!begin_call(&call, r, tenant, id, err) || !work(&call, r->readers, open_work, err))
        return false;
    (void)recording_folder_name(id, kind);
    *fd = call.fd;
    *size = call.size;
    return true;
}

static void picture_work(void *arg)
{
    struct call *call = arg;
    struct redir_screen screen = {0};
    enum redir_kind kind;
    if (!open_own(call))
        return;
    if (recording_folder_name(slice_of_string(call->id), &kind) && kind != REDIR_KVM) {
        error_set(call->err, ERROR_INVALID, "a serial console has no pictures");
        (void)close(call->fd);
        return;
    }
    struct redir_recording *recording =
        redir_recording_open(recording_folder_read, &call->fd, call->size, call->err);
    call->ok = recording != NULL &&
               redir_recording_screen(recording, call->time, &screen, call->err) &&
               redir_image_png(&screen, call->out, call->err);
    redir_screen_fini(&screen);
    redir_recording_close(recording);
    (void)close(call->fd);
}

bool mps_recordings_picture(struct mps_recordings *r, const char *tenant, struct slice id,
                            uint64_t time_ms, struct buffer *png, struct error *err)
{
    struct call call;
    if (!begin_call(&call, r, tenant, id, err))
        return false;
    call.out = png;
    call.time = time_ms;
    bool free_place = atomic_fetch_add(&r->pictures, 1) < MPS_RECORDING_PICTURES;
    bool ok = free_place
                  ? work(&call, r->painters, picture_work, err)
                  : error_set(err, ERROR_BUSY, "%u pictures of recordings are being made already",
                              MPS_RECORDING_PICTURES);
    atomic_fetch_sub(&r->pictures, 1);
    return ok;
}

static void remove_work(void *arg)
{
    struct call *call = arg;
    if (!open_own(call))
        return;
    (void)close(call->fd);
    if (recording_is_being_made(call->recordings, call->id)) {
        error_set(call->err, ERROR_CONFLICT, "the recording is being made");
        return;
    }
    call->ok = unlinkat(call->recordings->folder, call->id, 0) == 0 ||
               file_error(call->err, ERROR_STORE, call->id);
}

bool mps_recordings_remove(struct mps_recordings *r, const char *tenant, struct slice id,
                           struct error *err)
{
    struct call call;
    return begin_call(&call, r, tenant, id, err) && work(&call, r->readers, remove_work, err);
}
