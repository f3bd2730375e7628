#include "mps/recordings.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/json_writer.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "core/random.h"
#include "io/work.h"
#include "mps/recording_folder.h"
#include "redir/image.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WORKERS     2
#define QUEUE_LIMIT 256
#define SLOW_MS     10000
#define FRAME_LIMIT ((size_t)64 * 1024 * 1024)

METRIC_DEFINE(made_total, METRIC_COUNTER, "outband_mps_recordings_total", NULL,
              "Recordings of redirection sessions that were begun")
METRIC_DEFINE(dropped_total, METRIC_COUNTER, "outband_mps_recordings_dropped_total", NULL,
              "Recordings that ended before their session: the disk was full or slow")

struct mps_recordings {
    int folder;
    uint64_t size_limit;
    uint32_t days;
    struct io_pool *pool;
    pthread_mutex_t lock;
    struct mps_recording *making; /* a list, under the lock */
    unsigned count;
};

struct mps_recording {
    struct mps_recording *next;
    struct mps_recordings *recordings;
    char id[MPS_RECORDING_ID_SIZE];
    enum redir_kind kind;
    int fd;
    uint64_t offset; /* of the end */
    bool failed;
    struct redir_recording_key *keys;
    size_t key_count;
};

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
    struct io_pool *pool = io_pool_new("recordings", WORKERS, QUEUE_LIMIT, err);
    if (pool == NULL) {
        (void)close(fd);
        return NULL;
    }
    struct mps_recordings *r = memory_new(sizeof *r);
    r->folder = fd;
    r->size_limit = options->size_limit;
    r->days = options->days;
    r->pool = pool;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void mps_recordings_free(struct mps_recordings *r)
{
    if (r == NULL)
        return;
    io_pool_free(r->pool);
    (void)close(r->folder);
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
    struct mps_recording *recording;
    const struct redir_recording_frame *frame;
    struct slice bytes;
    struct buffer *out;
    uint64_t time;
    int fd;
    uint64_t size;
    bool ok;
    struct error *err;
};

static bool work(struct call *call, void (*fn)(void *arg), struct error *err)
{
    call->err = err;
    return io_work(call->recordings->pool, fn, call, err) && call->ok;
}

static bool is_being_made(struct mps_recordings *r, const char *id)
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

static void list_work(void *arg)
{
    struct call *call = arg;
    call->ok = recording_folder_list(call->recordings->folder, call->arena, call->tenant,
                                     &call->list, &call->count, call->err);
}

bool mps_recordings_list(struct mps_recordings *r, struct arena *arena, const char *tenant,
                         struct mps_recording_facts **list, size_t *count, struct error *err)
{
    struct call call = {.recordings = r, .arena = arena, .tenant = tenant};
    bool ok = work(&call, list_work, err);
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
    call->fd =
        ok ? openat(call->recordings->folder, call->id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
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
    if (!begin_call(&call, r, tenant, id, err) || !work(&call, open_work, err))
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
    if (!open_own(call))
        return;
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
    return work(&call, picture_work, err);
}

static void remove_work(void *arg)
{
    struct call *call = arg;
    if (!open_own(call))
        return;
    (void)close(call->fd);
    call->ok = unlinkat(call->recordings->folder, call->id, 0) == 0 ||
               file_error(call->err, ERROR_STORE, call->id);
}

bool mps_recordings_remove(struct mps_recordings *r, const char *tenant, struct slice id,
                           struct error *err)
{
    struct call call;
    if (!begin_call(&call, r, tenant, id, err))
        return false;
    if (is_being_made(r, call.id))
        return error_set(err, ERROR_CONFLICT, "the recording is being made");
    return work(&call, remove_work, err);
}

/* --- room ------------------------------------------------------------------------------------- */

/* Removes what is too old, and the oldest until the rest fits. On a worker. */
static void make_room(struct mps_recordings *r)
{
    struct arena arena;
    struct mps_recording_facts *list = NULL;
    size_t count = 0;
    uint64_t total = 0;
    int64_t oldest = r->days == 0 ? INT64_MIN : clock_wall_ms() - (int64_t)r->days * 86400000;
    arena_init(&arena);
    if (!recording_folder_list(r->folder, &arena, NULL, &list, &count, NULL))
        count = 0;
    for (size_t i = 0; i < count; i++) {
        total += list[i].size;
        if ((total <= r->size_limit && list[i].start_ms >= oldest) || is_being_made(r, list[i].id))
            continue;
        if (unlinkat(r->folder, list[i].id, 0) == 0) {
            total -= list[i].size;
            log_line(LOG_INFO, "removed an old recording", "id", list[i].id, NULL);
        }
    }
    arena_fini(&arena);
}

/* --- making one ------------------------------------------------------------------------------- */

static bool enter(struct mps_recordings *r, struct mps_recording *recording, struct error *err)
{
    pthread_mutex_lock(&r->lock);
    bool room = r->count < MPS_RECORDINGS_AT_ONCE;
    if (room) {
        r->count++;
        recording->next = r->making;
        r->making = recording;
    }
    pthread_mutex_unlock(&r->lock);
    return room || error_set(err, ERROR_BUSY, "%u recordings are being made already",
                             MPS_RECORDINGS_AT_ONCE);
}

static void leave(struct mps_recordings *r, struct mps_recording *recording)
{
    pthread_mutex_lock(&r->lock);
    struct mps_recording **at = &r->making;
    while (*at != recording)
        at = &(*at)->next;
    *at = recording->next;
    r->count--;
    pthread_mutex_unlock(&r->lock);
}

static void put_about(struct json_writer *json, const struct mps_recording_about *about,
                      int64_t now)
{
    char guid[GUID_TEXT_SIZE];
    char start[CLOCK_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "guid", guid_format(about->guid, guid));
    json_put_member_string(json, "tenant", about->tenant);
    json_put_member_string(json, "user", about->user != NULL ? about->user : "");
    json_put_member_string(json, "kind", redir_kind_name(about->kind));
    json_put_member_string(json, "start", clock_format(now, start));
    json_close_object(json);
}

static void put_head(struct buffer *out, const struct mps_recording_about *about, int64_t now)
{
    struct json_writer json;
    if (about->kind == REDIR_KVM) {
        struct buffer text;
        buffer_init(&text, REDIR_RECORDING_ABOUT_MAX);
        json_writer_init(&json, &text);
        put_about(&json, about, now);
        redir_recording_put_header(out, buffer_slice(&text));
        buffer_fini(&text);
        return;
    }
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_int(&json, "version", 2);
    json_put_member_int(&json, "width", 80);
    json_put_member_int(&json, "height", 25);
    json_put_member_int(&json, "timestamp", now / 1000);
    json_put_key(&json, "outband");
    put_about(&json, about, now);
    json_close_object(&json);
    buffer_put_u8(out, '\n');
}

/* "20261122-214300-1a2b3c4d.kvm": sorts by time. */
static void make_id(struct mps_recording *recording, int64_t now)
{
    struct tm utc;
    uint32_t random;
    time_t seconds = (time_t)(now / 1000);
    random_bytes(&random, sizeof random);
    (void)gmtime_r(&seconds, &utc);
    size_t size = strftime(recording->id, sizeof recording->id, "%Y%m%d-%H%M%S", &utc);
    (void)snprintf(recording->id + size, sizeof recording->id - size, "-%08x.%s", random,
                   recording->kind == REDIR_KVM ? "kvm" : "cast");
}

static bool append(struct mps_recording *recording, struct slice bytes, struct error *err)
{
    if (!file_write_all(recording->fd, bytes)) {
        recording->failed = true;
        return file_error(err, ERROR_STORE, recording->id);
    }
    recording->offset += bytes.size;
    return true;
}

static void begin_work(void *arg)
{
    struct call *call = arg;
    struct mps_recording *recording = call->recording;
    make_room(call->recordings);
    recording->fd = openat(call->recordings->folder, recording->id,
                           O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    call->ok = recording->fd >= 0 ? append(recording, call->bytes, call->err)
                                  : file_error(call->err, ERROR_STORE, recording->id);
}

struct mps_recording *mps_recording_begin(struct mps_recordings *r,
                                          const struct mps_recording_about *about,
                                          struct error *err)
{
    struct mps_recording *recording = memory_new(sizeof *recording);
    int64_t now = clock_wall_ms();
    struct buffer head;
    recording->recordings = r;
    recording->kind = about->kind;
    recording->fd = -1;
    make_id(recording, now);
    if (!enter(r, recording, err)) {
        free(recording);
        return NULL;
    }
    buffer_init(&head, 2 * REDIR_RECORDING_ABOUT_MAX);
    put_head(&head, about, now);
    struct call call = {.recordings = r, .recording = recording, .bytes = buffer_slice(&head)};
    bool ok = work(&call, begin_work, err);
    buffer_fini(&head);
    if (ok) {
        metric_add(&made_total, 1);
        return recording;
    }
    leave(r, recording);
    if (recording->fd >= 0)
        (void)close(recording->fd);
    free(recording);
    return NULL;
}

static void note_key(struct mps_recording *recording, uint64_t time)
{
    size_t count = recording->key_count;
    if (count == REDIR_RECORDING_KEYS_MAX)
        return;
    if ((count & (count - 1)) == 0)
        recording->keys =
            memory_resize(recording->keys, sizeof *recording->keys * (count > 0 ? 2 * count : 1));
    recording->keys[recording->key_count++] = (struct redir_recording_key){time, recording->offset};
}

static void frame_work(void *arg)
{
    struct call *call = arg;
    struct buffer out;
    buffer_init(&out, FRAME_LIMIT);
    if (call->frame->type == REDIR_RECORDING_KEY)
        note_key(call->recording, call->frame->time);
    call->ok = redir_recording_put_frame(&out, call->frame, call->err) &&
               append(call->recording, buffer_slice(&out), call->err);
    buffer_fini(&out);
}

static void text_work(void *arg)
{
    struct call *call = arg;
    call->ok = append(call->recording, call->bytes, call->err);
}

/* Whoever records is not held up for ever: what takes too long is the last of it. */
static bool put(struct call *call, void (*fn)(void *arg), struct error *err)
{
    struct mps_recordings *r = call->recordings;
    uint64_t before = clock_monotonic_ns();
    bool ok = work(call, fn, err);
    uint64_t took = (clock_monotonic_ns() - before) / 1000000;
    if (ok && took > SLOW_MS)
        ok = error_set(err, ERROR_STORE, "the disk took %u ms", (unsigned)took);
    if (ok && call->recording->offset > r->size_limit)
        ok = error_set(err, ERROR_STORE, "the recording is larger than all may be");
    if (!ok) {
        metric_add(&dropped_total, 1);
        log_line(LOG_WARN, "a recording was dropped", "id", call->recording->id, "error", err->text,
                 NULL);
    }
    return ok;
}

bool mps_recording_put_frame(struct mps_recording *recording,
                             const struct redir_recording_frame *frame, struct error *err)
{
    struct call call = {
        .recordings = recording->recordings, .recording = recording, .frame = frame};
    return put(&call, frame_work, err);
}

bool mps_recording_put_text(struct mps_recording *recording, struct slice text, struct error *err)
{
    struct call call = {.recordings = recording->recordings, .recording = recording, .bytes = text};
    return put(&call, text_work, err);
}

static void end_work(void *arg)
{
    struct call *call = arg;
    struct mps_recording *recording = call->recording;
    struct buffer out;
    struct error err;
    buffer_init(&out, FRAME_LIMIT);
    if (recording->kind == REDIR_KVM && !recording->failed) {
        redir_recording_put_end(&out, recording->keys, recording->key_count, recording->offset,
                                call->time);
        (void)append(recording, buffer_slice(&out), &err);
    }
    buffer_fini(&out);
    (void)close(recording->fd);
    leave(call->recordings, recording);
    make_room(call->recordings);
    call->ok = true;
}

void mps_recording_end(struct mps_recording *recording, uint64_t duration_ms)
{
    struct call call = {
        .recordings = recording->recordings, .recording = recording, .time = duration_ms};
    struct error err;
    if (!work(&call, end_work, &err)) { /* the queue is full: it stays without an index */
        (void)close(recording->fd);
        leave(call.recordings, recording);
    }
    free(recording->keys);
    free(recording);
}
