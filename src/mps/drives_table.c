/* The table of mps/drives.h's sessions, and those that were in it until a while ago. */
#include "core/metrics.h"
#include "io/loop.h"
#include "mps/drives_parts.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MS 3000 /* without a command the rate is 0 */

METRIC_DEFINE(sessions_now, METRIC_GAUGE, "outband_ider_sessions", NULL,
              "Drives redirected by the server itself")

const char *mps_drives_state_name(enum mps_drives_state state)
{
    static const char *const names[] = {
        [MPS_DRIVES_STARTING] = "starting",
        [MPS_DRIVES_RUNNING] = "running",
        [MPS_DRIVES_ENDING] = "ending",
        [MPS_DRIVES_ENDED] = "ended",
    };
    return names[state];
}

void mps_drives_table_init(struct mps_drives *drives)
{
    list_init(&drives->sessions);
    list_init(&drives->kept);
    pthread_mutex_init(&drives->lock, NULL);
}

static void session_free(struct mps_drives_session *session)
{
    for (unsigned i = 0; i < REDIR_DRIVES; i++)
        free(session->names[i]);
    free(session);
}

void mps_drives_release(struct mps_drives_session *session)
{
    struct mps_drives *drives = session->drives;
    pthread_mutex_lock(&drives->lock);
    bool last = --session->holders == 0;
    pthread_mutex_unlock(&drives->lock);
    if (last)
        session_free(session);
}

/* Under the lock. */
static void drop_kept(struct mps_drives_session *session)
{
    list_remove(&session->link);
    session->drives->kept_count--;
    if (--session->holders == 0)
        session_free(session);
}

/* Under the lock. */
static void drop_old(struct mps_drives *drives, uint64_t now_ms)
{
    while (!list_is_empty(&drives->kept)) {
        struct mps_drives_session *oldest =
            LIST_ENTRY(drives->kept.next, struct mps_drives_session, link);
        if (drives->kept_count <= MPS_DRIVES_KEPT && now_ms < oldest->over_ms + MPS_DRIVES_KEPT_MS)
            return;
        drop_kept(oldest);
    }
}

void mps_drives_table_fini(struct mps_drives *drives)
{
    drop_old(drives, UINT64_MAX);
    pthread_mutex_destroy(&drives->lock);
}

static struct mps_drives_session *find_in(struct list *list, const struct guid *guid)
{
    for (struct list *at = list->next; at != list; at = at->next) {
        struct mps_drives_session *session = LIST_ENTRY(at, struct mps_drives_session, link);
        if (guid_equal(&session->guid, guid))
            return session;
    }
    return NULL;
}

static bool is_for(const struct mps_drives_session *session, const char *tenant)
{
    return session != NULL &&
           (tenant == NULL || session->any_tenant || strcmp(session->tenant, tenant) == 0);
}

struct mps_drives_session *mps_drives_find(struct mps_drives *drives, const struct guid *guid,
                                           const char *tenant, bool over, uint64_t now_ms)
{
    pthread_mutex_lock(&drives->lock);
    drop_old(drives, now_ms);
    struct mps_drives_session *found = find_in(&drives->sessions, guid);
    if (found == NULL && over)
        found = find_in(&drives->kept, guid);
    if (!is_for(found, tenant))
        found = NULL;
    if (found != NULL)
        found->holders++;
    pthread_mutex_unlock(&drives->lock);
    return found;
}

/* Under the lock. */
static bool has_place(struct mps_drives *drives, const struct guid *guid, struct error *err)
{
    if (find_in(&drives->sessions, guid) != NULL)
        return error_set(err, ERROR_CONFLICT, "the server redirects drives of the device already");
    return drives->count < MPS_DRIVES_MOST ||
           error_set(err, ERROR_BUSY, "the server redirects the drives of %d devices already",
                     MPS_DRIVES_MOST);
}

bool mps_drives_could_enter(struct mps_drives_session *session, struct error *err)
{
    pthread_mutex_lock(&session->drives->lock);
    bool ok = has_place(session->drives, &session->guid, err);
    pthread_mutex_unlock(&session->drives->lock);
    return ok;
}

bool mps_drives_enter(struct mps_drives_session *session, struct error *err)
{
    struct mps_drives *drives = session->drives;
    pthread_mutex_lock(&drives->lock);
    bool ok = has_place(drives, &session->guid, err);
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

/* Under the lock; takes the table's hold over. */
static void keep(struct mps_drives_session *session)
{
    struct mps_drives *drives = session->drives;
    struct mps_drives_session *before = find_in(&drives->kept, &session->guid);
    if (before != NULL)
        drop_kept(before);
    list_append(&drives->kept, &session->link);
    drives->kept_count++;
    drop_old(drives, session->over_ms);
}

void mps_drives_leave(struct mps_drives_session *session, uint64_t now_ms)
{
    struct mps_drives *drives = session->drives;
    bool opened = atomic_load(&session->counts.open);
    pthread_mutex_lock(&drives->lock);
    list_remove(&session->link);
    drives->count--;
    session->over = true;
    session->over_ms = now_ms;
    if (opened)
        keep(session);
    pthread_mutex_unlock(&drives->lock);
    metric_add(&sessions_now, -1);
    if (!opened)
        mps_drives_release(session);
}

bool mps_drives_is_ending(struct mps_drives_session *session)
{
    pthread_mutex_lock(&session->drives->lock);
    bool ending = session->ending;
    pthread_mutex_unlock(&session->drives->lock);
    return ending;
}

bool mps_drives_is_over(struct mps_drives_session *session)
{
    pthread_mutex_lock(&session->drives->lock);
    bool over = session->over;
    pthread_mutex_unlock(&session->drives->lock);
    return over;
}

static void fill_status(struct mps_drives_session *session, struct arena *arena,
                        struct mps_drives_status *status)
{
    const struct redir_ider_counts *counts = &session->counts;
    bool open = atomic_load(&counts->open);
    bool over = mps_drives_is_over(session);
    *status = (struct mps_drives_status){
        .state = over                            ? MPS_DRIVES_ENDED
                 : mps_drives_is_ending(session) ? MPS_DRIVES_ENDING
                 : open                          ? MPS_DRIVES_RUNNING
                                                 : MPS_DRIVES_STARTING,
        .writable = session->writable,
        .start = session->options.start,
        .owner = arena_string(arena, slice_of_string(session->owner)),
        .since_ms = session->since_ms,
        .ended_ms = over ? session->ended_ms : 0,
        .reason = over ? arena_string(arena, slice_of_string(session->reason)) : NULL,
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
    if (!over && last != 0 && io_now() < last + IDLE_MS)
        status->rate = atomic_load(&session->rate);
}

bool mps_drives_status(struct mps_drives *drives, struct arena *arena, const struct guid *guid,
                       const char *tenant, struct mps_drives_status *status, struct error *err)
{
    struct mps_drives_session *session = mps_drives_find(drives, guid, tenant, true, io_now());
    if (session == NULL)
        return error_set(err, ERROR_NOT_FOUND, "the server redirects no drives of the device");
    fill_status(session, arena, status);
    mps_drives_release(session);
    return true;
}
