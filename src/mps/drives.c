#include "mps/drives.h"

#include "core/clock.h"
#include "core/list.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/call.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mps/images.h"
#include "mps/redirection.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT       "AMT_IDER"
#define OWNER_SIZE  256
#define TENANT_SIZE 64
#define LOOK_MS     20    /* between two looks whether a session has opened or ended */
#define START_MS    60000 /* for the device to take the drives */
#define END_MS      10000
#define RATE_MS     1000
#define IDLE_MS     3000 /* without a command the rate is 0 */

METRIC_DEFINE(sessions_now, METRIC_GAUGE, "outband_ider_sessions", NULL,
              "Drives redirected by the server itself")
METRIC_DEFINE(bytes_read, METRIC_COUNTER, "outband_ider_bytes_total", "direction=\"read\"",
              "Bytes of images that devices have read or written through the server's sessions")
METRIC_DEFINE(bytes_written, METRIC_COUNTER, "outband_ider_bytes_total", "direction=\"written\"",
              "Bytes of images that devices have read or written through the server's sessions")

struct drives_loop {
    struct io_loop *loop;
    unsigned sessions;   /* with a fiber there */
    struct io_wait idle; /* signalled when the last of them is over */
    bool stopping;
};

/* Any loop looks at one that is in the table, so what is not under the lock or atomic is all there
 * before it is entered and stays as it is, or is of one loop. */
struct session {
    struct list link; /* under the lock, as is the next */
    unsigned holders; /* the table and those that look at it */
    struct mps_drives *drives;
    struct drives_loop *home;
    struct guid guid;
    char tenant[TENANT_SIZE]; /* the asker's; "" is one, too */
    bool any_tenant;
    bool absent; /* of the fiber that starts it: the device is for the tenant */
    char owner[OWNER_SIZE];
    char *names[REDIR_DRIVES];
    uint64_t sizes[REDIR_DRIVES];
    bool writable;
    struct redir_ider_options options;
    int64_t since_ms;
    struct redir_ider_counts counts; /* atomic */
    _Atomic uint64_t rate;
    bool ending; /* under the lock, as is the next */
    bool over;   /* then `why` stays as it is */
    /* of the session's own fibers, on the loop that is its home */
    struct io_task task;
    struct mps_image_use *images[REDIR_DRIVES];
    bool ok;
    struct error why;
    /* of the device's loop while the session runs */
    uint64_t counted_read, counted_written;
    uint64_t rate_from_ms, rate_from_bytes;
};

struct mps_drives {
    struct mps *mps;
    struct mps_images *library;
    struct events *events;
    pthread_mutex_t lock;
    struct list sessions; /* under the lock, as is the next */
    unsigned count;
    unsigned loop_count;
    struct drives_loop loops[];
};

struct mps_drives *mps_drives_new(struct mps *mps, struct mps_images *images, struct events *events,
                                  unsigned loop_count)
{
    struct mps_drives *drives = memory_new(sizeof *drives + loop_count * sizeof drives->loops[0]);
    drives->mps = mps;
    drives->library = images;
    drives->events = events;
    drives->loop_count = loop_count;
    list_init(&drives->sessions);
    pthread_mutex_init(&drives->lock, NULL);
    return drives;
}

void mps_drives_free(struct mps_drives *drives)
{
    if (drives == NULL)
        return;
    pthread_mutex_destroy(&drives->lock);
    free(drives);
}

void mps_drives_attach(struct mps_drives *drives, unsigned index, struct io_loop *loop)
{
    drives->loops[index].loop = loop;
}

const char *mps_drives_state_name(enum mps_drives_state state)
{
    static const char *const names[] = {
        [MPS_DRIVES_STARTING] = "starting",
        [MPS_DRIVES_RUNNING] = "running",
        [MPS_DRIVES_ENDING] = "ending",
    };
    return names[state];
}

/* ---- the table ---- */

static void release(struct session *session)
{
    struct mps_drives *drives = session->drives;
    pthread_mutex_lock(&drives->lock);
    bool last = --session->holders == 0;
    pthread_mutex_unlock(&drives->lock);
    if (!last)
        return;
    for (unsigned i = 0; i < REDIR_DRIVES; i++)
        free(session->names[i]);
    free(session);
}

/* The device's session, held for the caller; NULL when there is none of that tenant. */
static struct session *find(struct mps_drives *drives, const struct guid *guid, const char *tenant)
{
    struct session *found = NULL;
    pthread_mutex_lock(&drives->lock);
    for (struct list *at = drives->sessions.next; at != &drives->sessions; at = at->next) {
        struct session *session = LIST_ENTRY(at, struct session, link);
        if (guid_equal(&session->guid, guid) &&
            (tenant == NULL || session->any_tenant || strcmp(session->tenant, tenant) == 0))
            found = session;
    }
    if (found != NULL)
        found->holders++;
    pthread_mutex_unlock(&drives->lock);
    return found;
}

static bool none(struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "the server redirects no drives of the device");
}

/* Whether the device could have a session. That another tenant's has one is not said. Under the
 * lock. */
static bool has_place(struct mps_drives *drives, struct session *session, struct error *err)
{
    for (struct list *at = drives->sessions.next; at != &drives->sessions; at = at->next) {
        const struct session *other = LIST_ENTRY(at, struct session, link);
        if (!guid_equal(&other->guid, &session->guid))
            continue;
        session->absent = !session->any_tenant && !other->any_tenant &&
                          strcmp(other->tenant, session->tenant) != 0;
        if (session->absent)
            return error_set(err, ERROR_NOT_FOUND, "the device is not connected");
        return error_set(err, ERROR_CONFLICT, "the server redirects drives of the device already");
    }
    return drives->count < MPS_DRIVES_MOST ||
           error_set(err, ERROR_BUSY, "the server redirects the drives of %d devices already",
                     MPS_DRIVES_MOST);
}

/* Says so before anything is opened for it. */
static bool could_enter(struct session *session, struct error *err)
{
    pthread_mutex_lock(&session->drives->lock);
    bool ok = has_place(session->drives, session, err);
    pthread_mutex_unlock(&session->drives->lock);
    return ok;
}

/* From now on others look at it. */
static bool enter(struct session *session, struct error *err)
{
    struct mps_drives *drives = session->drives;
    pthread_mutex_lock(&drives->lock);
    bool ok = has_place(drives, session, err);
    if (ok) {
        list_append(&drives->sessions, &session->link);
        drives->count++;
        session->holders++;
    }
    pthread_mutex_unlock(&drives->lock);
    if (ok)
        metric_add(&sessions_now, 1);
    return ok;
}

static void leave(struct session *session)
{
    struct mps_drives *drives = session->drives;
    pthread_mutex_lock(&drives->lock);
    list_remove(&session->link);
    drives->count--;
    session->over = true;
    pthread_mutex_unlock(&drives->lock);
    metric_add(&sessions_now, -1);
}

static bool is_ending(struct session *session)
{
    pthread_mutex_lock(&session->drives->lock);
    bool ending = session->ending;
    pthread_mutex_unlock(&session->drives->lock);
    return ending;
}

/* ---- the session ---- */

/* Into the metrics. */
static void account(struct session *session)
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
    struct session *session = owner;
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
    struct session *session = arg;
    return redir_ider_run(stream, &session->options, err);
}

static void tell_end(struct session *session)
{
    char guid[GUID_TEXT_SIZE];
    bool opened = atomic_load(&session->counts.open);
    bool good = session->ok || (is_ending(session) && session->why.code == ERROR_CANCELLED);
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
    struct session *session = arg;
    session->ok = mps_redirect(session->drives->mps, &session->guid,
                               session->any_tenant ? NULL : session->tenant, session->owner,
                               REDIR_IDER, talk, session, &session->why);
    account(session);
}

static void close_images(struct session *session)
{
    for (unsigned i = 0; i < REDIR_DRIVES; i++)
        mps_image_use_end(session->images[i]);
}

/* Holds the session's fiber from its start to its end. Without a deadline, whatever that of the
 * request is that started it, and so is the fiber that it starts. */
static void keep_main(void *arg)
{
    struct session *session = arg;
    struct drives_loop *home = session->home;
    if (is_ending(session))
        error_set(&session->why, ERROR_CANCELLED, "ended before it began");
    else if (io_task_start(&session->task, session_main, session, &session->why))
        io_task_join(&session->task);
    close_images(session);
    tell_end(session);
    leave(session);
    release(session);
    if (--home->sessions == 0)
        io_signal(&home->idle);
}

/* ---- told to end ---- */

static void cancel(void *arg)
{
    io_task_cancel(&((struct session *)arg)->task);
}

static bool end_session(struct session *session, struct error *err)
{
    pthread_mutex_lock(&session->drives->lock);
    session->ending = true;
    pthread_mutex_unlock(&session->drives->lock);
    return io_call(session->home->loop, cancel, session, err);
}

/* ---- started ---- */

static struct drives_loop *home_of(struct mps_drives *drives)
{
    for (unsigned i = 0; i < drives->loop_count; i++)
        if (drives->loops[i].loop == io_loop_current())
            return &drives->loops[i];
    return NULL;
}

static bool shutting_down(struct error *err)
{
    return error_set(err, ERROR_CANCELLED, "the server is shutting down");
}

static bool open_images(struct session *session, const struct mps_drives_request *request,
                        struct error *err)
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

static struct session *session_new(struct mps_drives *drives, const struct guid *guid,
                                   const char *tenant, const char *owner,
                                   const struct mps_drives_request *request)
{
    struct session *session = memory_new(sizeof *session);
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

static void started(const struct session *session)
{
    char guid[GUID_TEXT_SIZE];
    events_publish(session->drives->events, EVENTS_SUCCESS, EVENT, "IDER session started",
                   &session->guid);
    log_line(LOG_INFO, "drives are redirected", "device", guid_format(&session->guid, guid), "cd",
             session->names[REDIR_DRIVE_CD], "floppy", session->names[REDIR_DRIVE_FLOPPY], "user",
             session->owner, NULL);
}

static bool is_over(struct session *session)
{
    pthread_mutex_lock(&session->drives->lock);
    bool over = session->over;
    pthread_mutex_unlock(&session->drives->lock);
    return over;
}

/* Until the device has the drives. */
static bool await_open(struct session *session, struct error *err)
{
    uint64_t until = io_now() + START_MS;
    while (!atomic_load(&session->counts.open) && !is_over(session)) {
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
static bool run(struct session *session, struct error *err)
{
    struct drives_loop *home = session->home;
    if (home->stopping)
        return shutting_down(err);
    if (!enter(session, err))
        return false;
    if (io_fiber_start(keep_main, session, err)) {
        home->sessions++;
        return true;
    }
    leave(session);
    release(session);
    return false;
}

static bool begin(struct session *session, const struct mps_drives_request *request,
                  struct error *err)
{
    session->home = home_of(session->drives);
    if (session->home == NULL || session->home->stopping)
        return shutting_down(err);
    if (!could_enter(session, err))
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
    struct session *session = session_new(drives, guid, tenant, owner, request);
    bool ok = begin(session, request, err);
    *absent = session->absent;
    if (ok) {
        events_publish(drives->events, EVENTS_REQUEST, EVENT, "IDER session requested", guid);
        ok = await_open(session, err);
        if (ok)
            started(session);
        else if (err->code == ERROR_TIMEOUT && !is_over(session))
            (void)end_session(session, NULL);
        *absent = !ok && err->code == ERROR_NOT_FOUND;
    }
    release(session);
    return ok;
}

bool mps_drives_end(struct mps_drives *drives, const struct guid *guid, const char *tenant,
                    struct error *err)
{
    struct session *session = find(drives, guid, tenant);
    if (session == NULL)
        return none(err);
    uint64_t until = io_now() + END_MS;
    bool ok = end_session(session, err);
    while (ok && !is_over(session)) {
        if (io_now() >= until)
            ok = error_set(err, ERROR_TIMEOUT, "the session is still ending");
        else
            ok = io_sleep(LOOK_MS, err);
    }
    release(session);
    return ok;
}

static void fill_status(struct session *session, struct arena *arena,
                        struct mps_drives_status *status)
{
    const struct redir_ider_counts *counts = &session->counts;
    bool open = atomic_load(&counts->open);
    *status = (struct mps_drives_status){
        .state = is_ending(session) ? MPS_DRIVES_ENDING
                 : open             ? MPS_DRIVES_RUNNING
                                    : MPS_DRIVES_STARTING,
        .writable = session->writable,
        .start = session->options.start,
        .owner = arena_string(arena, slice_of_string(session->owner)),
        .since_ms = session->since_ms,
        .commands = atomic_load(&counts->commands),
        .checks = atomic_load(&counts->checks),
        .resets = atomic_load(&counts->resets),
    };
    for (unsigned i = 0; i < REDIR_DRIVES; i++) {
        if (session->names[i] != NULL)
            status->images[i] = arena_string(arena, slice_of_string(session->names[i]));
        status->sizes[i] = session->sizes[i];
        status->read[i] = atomic_load(&counts->read[i]);
        status->written[i] = atomic_load(&counts->written[i]);
        status->last_block[i] = atomic_load(&counts->last_block[i]);
    }
    uint64_t last = atomic_load(&counts->last_ms);
    if (last != 0 && io_now() < last + IDLE_MS)
        status->rate = atomic_load(&session->rate);
}

bool mps_drives_status(struct mps_drives *drives, struct arena *arena, const struct guid *guid,
                       const char *tenant, struct mps_drives_status *status, struct error *err)
{
    struct session *session = find(drives, guid, tenant);
    if (session == NULL)
        return none(err);
    fill_status(session, arena, status);
    release(session);
    return true;
}

void mps_drives_stop(struct mps_drives *drives, unsigned index)
{
    struct drives_loop *home = &drives->loops[index];
    struct error err = {0};
    home->stopping = true;
    pthread_mutex_lock(&drives->lock);
    for (struct list *at = drives->sessions.next; at != &drives->sessions; at = at->next) {
        struct session *session = LIST_ENTRY(at, struct session, link);
        if (session->home != home)
            continue;
        session->ending = true;
        io_task_cancel(&session->task);
    }
    pthread_mutex_unlock(&drives->lock);
    while (home->sessions > 0 && io_wait_for(&home->idle, IO_FOREVER, &err))
        ;
}
