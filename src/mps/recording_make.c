/* Making recordings: their files, and the room for them (mps/recordings.h). */
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
#include "mps/recording_parts.h"
#include "redir/asciicast.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOW_MS     10000
#define FRAME_LIMIT ((size_t)64 * 1024 * 1024)

METRIC_DEFINE(made_total, METRIC_COUNTER, "outband_mps_recordings_total", NULL,
              "Recordings of redirection sessions that were begun")
METRIC_DEFINE(dropped_total, METRIC_COUNTER, "outband_mps_recordings_dropped_total", NULL,
              "Recordings that ended before their session: it was not understood, or the disk was "
              "full or slow")

struct call {
    struct mps_recordings *recordings;
    struct mps_recording *recording;
    const struct redir_recording_frame *frame;
    struct slice bytes;
    uint64_t duration;
    const char *cut;
    bool ok;
    struct error *err;
};

static bool work(struct call *call, void (*fn)(void *arg), struct error *err)
{
    call->err = err;
    return io_work(call->recordings->writers, fn, call, err) && call->ok;
}

/* --- room ------------------------------------------------------------------------------------- */

/* Files whose names sort before this are too old. */
static void put_oldest(const struct mps_recordings *r, char name[MPS_RECORDING_ID_SIZE])
{
    struct tm utc;
    time_t seconds = (time_t)(clock_wall_ms() / 1000) - (time_t)r->days * 86400;
    name[0] = 0;
    if (r->days != 0 && gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(name, MPS_RECORDING_ID_SIZE, "%Y%m%d-%H%M%S", &utc);
}

/* Removes what is too old, and the oldest until the rest fits, whatever is in them; but none that
 * is being made. By names and sizes only: no file is opened. */
static void make_room(struct mps_recordings *r)
{
    struct recording_name *names = NULL;
    size_t count = 0;
    uint64_t total = 0;
    char oldest[MPS_RECORDING_ID_SIZE];
    pthread_mutex_lock(&r->room);
    put_oldest(r, oldest);
    if (recording_folder_names(r->folder, &names, &count, NULL)) {
        for (size_t i = 0; i < count; i++)
            total += names[i].size;
        for (size_t i = count; i-- > 0;) {
            const char *id = names[i].id;
            if ((total <= r->size_limit && strcmp(id, oldest) >= 0) ||
                recording_is_being_made(r, id) || unlinkat(r->folder, id, 0) != 0)
                continue;
            total -= names[i].size;
            log_line(LOG_INFO, "removed an old recording", "id", id, NULL);
        }
        atomic_store(&r->size, total);
    }
    pthread_mutex_unlock(&r->room);
    free(names);
}

/* Whether all together are no more than may be, once the oldest have gone. */
static bool has_room(struct mps_recordings *r, struct error *err)
{
    if (atomic_load(&r->size) > r->size_limit)
        make_room(r);
    return atomic_load(&r->size) <= r->size_limit ||
           error_set(err, ERROR_STORE,
                     "those being made take all the room there is for recordings");
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
    struct buffer text;
    buffer_init(&text, REDIR_RECORDING_ABOUT_MAX);
    json_writer_init(&json, &text);
    put_about(&json, about, now);
    const struct redir_asciicast_head head = {
        .width = 80, .height = 25, .began = now / 1000, .about = buffer_slice(&text)};
    if (about->kind == REDIR_KVM)
        redir_recording_put_header(out, buffer_slice(&text));
    else
        redir_asciicast_put_head(out, &head);
    buffer_fini(&text);
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

/* Whoever records is not held up for ever: what takes too long is the last of it. */
static bool append(struct mps_recording *recording, struct slice bytes, struct error *err)
{
    uint64_t before = clock_monotonic_ns();
    if (!file_write_all(recording->fd, bytes)) {
        file_error(err, ERROR_STORE, recording->id);
        recording->torn = ftruncate(recording->fd, (off_t)recording->offset) != 0;
        return false;
    }
    uint64_t took = (clock_monotonic_ns() - before) / 1000000;
    recording->offset += bytes.size;
    atomic_fetch_add(&recording->recordings->size, bytes.size);
    return took <= SLOW_MS || error_set(err, ERROR_STORE, "the disk took %u ms", (unsigned)took);
}

static void begin_work(void *arg)
{
    struct call *call = arg;
    struct mps_recording *recording = call->recording;
    int folder = call->recordings->folder;
    make_room(call->recordings);
    if (!has_room(call->recordings, call->err))
        return;
    recording->fd =
        openat(folder, recording->id, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (recording->fd < 0) {
        file_error(call->err, ERROR_STORE, recording->id);
        return;
    }
    call->ok = append(recording, call->bytes, call->err);
    if (call->ok)
        return;
    (void)close(recording->fd);
    (void)unlinkat(folder, recording->id, 0);
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
    free(recording);
    return NULL;
}

/* A key picture that stands there. */
static void note_key(struct mps_recording *recording, uint64_t time, uint64_t offset)
{
    size_t count = recording->key_count;
    if (count == REDIR_RECORDING_KEYS_MAX)
        return;
    if ((count & (count - 1)) == 0)
        recording->keys =
            memory_resize(recording->keys, sizeof *recording->keys * (count > 0 ? 2 * count : 1));
    recording->keys[recording->key_count++] = (struct redir_recording_key){time, offset};
}

static void frame_work(void *arg)
{
    struct call *call = arg;
    struct mps_recording *recording = call->recording;
    uint64_t offset = recording->offset;
    struct buffer out;
    buffer_init(&out, FRAME_LIMIT);
    call->ok = redir_recording_put_frame(&out, call->frame, call->err) &&
               append(recording, buffer_slice(&out), call->err);
    if (recording->offset > offset && call->frame->type == REDIR_RECORDING_KEY)
        note_key(recording, call->frame->time, offset);
    call->ok = call->ok && has_room(call->recordings, call->err);
    buffer_fini(&out);
}

static void text_work(void *arg)
{
    struct call *call = arg;
    call->ok =
        append(call->recording, call->bytes, call->err) && has_room(call->recordings, call->err);
}

bool mps_recording_put_frame(struct mps_recording *recording,
                             const struct redir_recording_frame *frame, struct error *err)
{
    struct call call = {
        .recordings = recording->recordings, .recording = recording, .frame = frame};
    return work(&call, frame_work, err);
}

bool mps_recording_put_text(struct mps_recording *recording, struct slice text, struct error *err)
{
    struct call call = {.recordings = recording->recordings, .recording = recording, .bytes = text};
    return work(&call, text_work, err);
}

/* A console's last line: a marker, so that a list finds the duration in the file's last bytes. */
static void put_last_line(struct buffer *out, const struct call *call)
{
    struct buffer text;
    buffer_init(&text, 1024);
    buffer_put_text(&text, call->cut != NULL ? RECORDING_CUT ": " : RECORDING_END);
    if (call->cut != NULL)
        buffer_put_text(&text, call->cut);
    const struct redir_asciicast_event event = {.at_us = call->duration * 1000,
                                                .kind = REDIR_ASCIICAST_MARKER,
                                                .text = buffer_slice(&text)};
    redir_asciicast_put_event(out, &event);
    buffer_fini(&text);
}

static void end_work(void *arg)
{
    struct call *call = arg;
    struct mps_recording *recording = call->recording;
    struct buffer out;
    buffer_init(&out, FRAME_LIMIT);
    if (recording->kind == REDIR_KVM)
        redir_recording_put_end(&out, recording->keys, recording->key_count, recording->offset,
                                call->duration, call->cut);
    else
        put_last_line(&out, call);
    call->ok = !recording->torn
                   ? append(recording, buffer_slice(&out), call->err)
                   : error_set(call->err, ERROR_STORE, "a part of a picture stands at its end");
    buffer_fini(&out);
    (void)close(recording->fd);
    leave(call->recordings, recording);
    (void)has_room(call->recordings, NULL);
}

bool mps_recording_end(struct mps_recording *recording, uint64_t duration_ms, const char *cut,
                       struct error *err)
{
    struct call call = {.recordings = recording->recordings,
                        .recording = recording,
                        .duration = duration_ms,
                        .cut = cut,
                        .err = err};
    if (cut != NULL)
        metric_add(&dropped_total, 1);
    if (!io_work(call.recordings->writers, end_work, &call, err)) { /* has a place for each */
        (void)close(recording->fd);
        leave(call.recordings, recording);
    }
    free(recording->keys);
    free(recording);
    return call.ok;
}

const char *mps_recording_id(const struct mps_recording *recording)
{
    return recording->id;
}
