#include "mps/drives.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/call.h"
#include "io/loop.h"
#include "mps/drives_parts.h"
#include "mps/images.h"
#include "mps/redirection.h"
#include "mps/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT    "AMT_IDER"
#define LOOK_MS  20    /* between two looks whether a session has opened or ended */
#define START_MS 60000 /* for the device to take the drives */
#define END_MS   10000
#define RATE_MS  1000

METRIC_DEFINE(bytes_read, METRIC_COUNTER, "outband_ider_bytes_total", "direction=\"read\"",
              "Bytes of images that devices have read or written through the server's sessions")
METRIC_DEFINE(bytes_written, METRIC_COUNTER, "outband_ider_bytes_total", "direction=\"written\"",
              "Bytes of images that devices have read or written through the server's sessions")

struct mps_drives *mps_drives_new(struct mps *mps, struct mps_images *images, struct events *events,
                                  unsigned loop_count)
{
    struct mps_drives *drives = memory_new(sizeof *drives + loop_count * sizeof drives->loops[0]);
    drives->mps = mps;
    drives->library = images;
    drives->events = events;
    drives->loop_count = loop_count;
    mps_drives_table_init(drives);
    return drives;
}

void mps_drives_free(struct mps_drives *drives)
{
    if (drives == NULL)
        return;
    mps_drives_table_fini(drives);
    free(drives);
}

void mps_drives_attach(struct mps_drives *drives, unsigned index, struct io_loop *loop)
{
    drives->loops[index].loop = loop;
}

/* ---- the session ---- */

/* Into the metrics. */
static void account(struct mps_drives_session *session)
{
    struct redir_ider_counts *counts = &session->counts;
    uint64_t got = atomic_load(&counts->read[0]) + atomic_load(&counts->read[1]);
    uint64_t put = atomic_load(&counts->written[0]) + atomic_load(&counts->written[1]);
    metric_add(&bytes_read, (int64_t)(got - session->counted_read));
    metric_add(&bytes_written, (int64_t)(put - session->counted_written));
    session->counted_read = got;
    session->counted_written = put;
}

/* On the device's loop, after each command. */
static void on_progress(void *owner)
{
    struct mps_drives_session *session = owner;
    uint64_t now = io_now();
    account(session);
    uint64_t all = session->counted_read + session->counted_written;
    uint64_t passed = now - session->rate_from_ms;
    if (session->rate_from_ms != 0 && passed < RATE_MS)
        return;
    if (session->rate_from_ms != 0)
        atomic_store(&session->rate, (all - session->rate_from_bytes) * 1000 / passed);
    session->rate_from_ms = now;
    session->rate_from_bytes = all;
}

static bool talk(struct io_stream *stream, void *arg, struct error *err)
{
    struct mps_drives_session *session = arg;
    return redir_ider_run(stream, &session->options, err);
}

static bool is_end_told(struct mps_drives_session *session)
{
    return mps_drives_is_ending(session) && session->why.code == ERROR_CANCELLED;
}

static void tell_end(struct mps_drives_session *session)
{
    char guid[GUID_TEXT_SIZE];
    bool opened = atomic_load(&session->counts.open);
    bool good = session->ok || is_end_told(session);
    guid_format(&session->guid, guid);
    events_publish(session->drives->events, good ? EVENTS_SUCCESS : EVENTS_FAIL, EVENT,
                   good     ? "IDER session ended"
                   : opened ? "IDER session was cut"
                            : "IDER session could not be started",
                   &session->guid);
    log_line(good ? LOG_INFO : LOG_WARN, "drives are no longer redirected", "device", guid, "error",
             good ? NULL : session->why.text, NULL);
}

static void session_main(void *arg)
{
    struct mps_drives_session *session = arg;
    session->ok = mps_redirect(session->drives->mps, &session->guid,
                               session->any_tenant ? NULL : session->tenant, session->owner,
                               REDIR_IDER, talk, session, &session->why);
    account(session);
}

static void close_images(struct mps_drives_session *session)
{
    for (unsigned i = 0; i < REDIR_DRIVES; i++)
        mps_image_use_end(session->images[i]);
}

/* What is told of it from now on. */
static void conclude(struct mps_drives_session *session)
{
    session->ended_ms = clock_wall_ms();
    if (session->ok)
        (void)snprintf(session->reason, sizeof session->reason, "the device closed the session");
    else if (is_end_told(session))
        (void)snprintf(session->reason, sizeof session->reason, "ended by %s",
                       session->ended_by[0] != '\0' ? session->ended_by : "the server");
    else
        (void)snprintf(session->reason, sizeof session->reason, "%s", session->why.text);
}

/* Holds the session's fiber from its start to its end. Without a deadline, whatever that of the
 * request is that started it, and so is the fiber that it starts. */
static void keep_main(void *arg)
{
    struct mps_drives_session *session = arg;
    struct drives_loop *home = session->home;
    if (mps_drives_is_ending(session))
        error_set(&session->why, ERROR_CANCELLED, "ended before it began");
    else if (io_task_start(&session->task, session_main, session, &session->why))
        io_task_join(&session->task);
    close_images(session);
    tell_end(session);
    conclude(session);
    mps_drives_leave(session, io_now());
    if (--home->sessions == 0)
        io_signal(&home->idle);
}

/* ---- told to end ---- */

static void cancel(void *arg)
{
    io_task_cancel(&((struct mps_drives_session *)arg)->task);
}

/* `by`: whose wish that is; NULL: the server's. The first one counts. */
static bool end_session(struct mps_drives_session *session, const char *by, struct error *err)
{
    pthread_mutex_lock(&session->drives->lock);
    if (!session->ending && by != NULL)
        (void)snprintf(session->ended_by, sizeof session->ended_by, "%s", by);
    session->ending = true;
    pthread_mutex_unlock(&session->drives->lock);
    return io_call(session->home->loop, cancel, session, err);
}

/* ---- started ---- */

static struct drives_loop *home_of(struct mps_drives *drives)
{
    const struct mps_shard *shard = mps_shard_here(drives->mps);
    return shard != NULL ? &drives->loops[shard->index] : NULL;
}

static bool shutting_down(struct error *err)
{
    return error_set(err, ERROR_CANCELLED, "the server is shutting down");
}

static bool open_images(struct mps_drives_session *session,
                        const struct mps_drives_request *request, struct error *err)
{
    for (unsigned i = 0; i < REDIR_DRIVES; i++) {
        enum redir_drive_kind kind = (enum redir_drive_kind)i;
        if (request->images[i].size == 0)
            continue;
        session->images[i] =
            mps_images_open(session->drives->library, session->tenant, request->images[i], kind,
                            request->writable && kind == REDIR_DRIVE_FLOPPY, err);
        if (session->images[i] == NULL)
            return false;
        session->names[i] = memory_string(request->images[i]);
        session->options.drives[i] = mps_image_use_drive(session->images[i]);
        session->sizes[i] = session->options.drives[i]->size;
    }
    return true;
}

static struct mps_drives_session *session_new(struct mps_drives *drives, const struct guid *guid,
                                              const char *tenant, const char *owner,
                                              const struct mps_drives_request *request)
{
    struct mps_drives_session *session = memory_new(sizeof *session);
    list_init(&session->link);
    session->drives = drives;
    session->guid = *guid;
    session->any_tenant = tenant == NULL;
    session->writable = request->writable;
    (void)snprintf(session->tenant, sizeof session->tenant, "%s", tenant != NULL ? tenant : "");
    (void)snprintf(session->owner, sizeof session->owner, "%s", owner != NULL ? owner : "");
    session->since_ms = clock_wall_ms();
    session->options.start = request->start;
    session->options.counts = &session->counts;
    session->options.progress = on_progress;
    session->options.owner = session;
    session->holders = 1; /* the caller */
    return session;
}

static void started(const struct mps_drives_session *session)
{
    char guid[GUID_TEXT_SIZE];
    events_publish(session->drives->events, EVENTS_SUCCESS, EVENT, "IDER session started",
                   &session->guid);
    log_line(LOG_INFO, "drives are redirected", "device", guid_format(&session->guid, guid), "cd",
             session->names[REDIR_DRIVE_CD], "floppy", session->names[REDIR_DRIVE_FLOPPY], "user",
             session->owner, NULL);
}

/* Until the device has the drives. */
static bool await_open(struct mps_drives_session *session, struct error *err)
{
    uint64_t until = io_now() + START_MS;
    while (!atomic_load(&session->counts.open) && !mps_drives_is_over(session)) {
        if (io_now() >= until)
            return error_set(err, ERROR_TIMEOUT, "the device has not taken its drives in %d s",
                             START_MS / 1000);
        if (!io_sleep(LOOK_MS, err))
            return false;
    }
    if (atomic_load(&session->counts.open))
        return true;
    *err = session->why;
    return false;
}

/* Opening the images has waited, so the server may be shutting down by now. */
static bool run(struct mps_drives_session *session, struct error *err)
{
    struct drives_loop *home = session->home;
    if (home->stopping)
        return shutting_down(err);
    if (!mps_drives_enter(session, err))
        return false;
    if (io_fiber_start(keep_main, session, err)) {
        home->sessions++;
        return true;
    }
    mps_drives_leave(session, io_now());
    return false;
}

static bool begin(struct mps_drives_session *session, const struct mps_drives_request *request,
                  struct error *err)
{
    session->home = home_of(session->drives);
    if (session->home == NULL || session->home->stopping)
        return shutting_down(err);
    if (!mps_redirection_is_for(session->drives->mps, &session->guid,
                                session->any_tenant ? NULL : session->tenant, err)) {
        session->absent = err->code == ERROR_NOT_FOUND;
        return false;
    }
    if (!mps_drives_could_enter(session, err)) /* said before anything is opened for it */
        return false;
    if (open_images(session, request, err) && run(session, err))
        return true;
    close_images(session);
    return false;
}

bool mps_drives_start(struct mps_drives *drives, const struct guid *guid, const char *tenant,
                      const char *owner, const struct mps_drives_request *request, bool *absent,
                      struct error *err)
{
    struct mps_drives_session *session = session_new(drives, guid, tenant, owner, request);
    bool ok = begin(session, request, err);
    *absent = session->absent;
    if (ok) {
        events_publish(drives->events, EVENTS_REQUEST, EVENT, "IDER session requested", guid);
        ok = await_open(session, err);
        if (ok)
            started(session);
        else if (err->code == ERROR_TIMEOUT && !mps_drives_is_over(session))
            (void)end_session(session, NULL, NULL);
        *absent = !ok && err->code == ERROR_NOT_FOUND;
    }
    mps_drives_release(session);
    return ok;
}

bool mps_drives_end(struct mps_drives *drives, const struct guid *guid, const char *tenant,
                    const char *user, struct error *err)
{
    struct mps_drives_session *session = mps_drives_find(drives, guid, tenant, false, io_now());
    if (session == NULL)
        return error_set(err, ERROR_NOT_FOUND, "the server redirects no drives of the device");
    uint64_t until = io_now() + END_MS;
    bool ok = end_session(session, user, err);
    while (ok && !mps_drives_is_over(session)) {
        if (io_now() >= until)
            ok = error_set(err, ERROR_TIMEOUT, "the session is still ending");
        else
            ok = io_sleep(LOOK_MS, err);
    }
    mps_drives_release(session);
    return ok;
}

void mps_drives_stop(struct mps_drives *drives, unsigned index)
{
    struct drives_loop *home = &drives->loops[index];
    struct error err = {0};
    home->stopping = true;
    pthread_mutex_lock(&drives->lock);
    for (struct list *at = drives->sessions.next; at != &drives->sessions; at = at->next) {
        struct mps_drives_session *session = LIST_ENTRY(at, struct mps_drives_session, link);
        if (session->home != home)
            continue;
        session->ending = true;
        io_task_cancel(&session->task);
    }
    pthread_mutex_unlock(&drives->lock);
    while (home->sessions > 0 && io_wait_for(&home->idle, IO_FOREVER, &err))
        ;
}
