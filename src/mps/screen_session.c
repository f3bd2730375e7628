#include "mps/screen_session.h"

#include "core/log.h"
#include "core/memory.h"
#include "io/loop.h"
#include "mps/recorder.h"
#include "mps/shard.h"
#include "mps/tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct session {
    struct list link;
    struct mps_screen_sessions *sessions;
    struct mps_follow *follow; /* its loop only */
    struct mps_shard *shard;
    struct guid guid;
    char *tenant;
    char *user;
};

struct mps_screen_sessions {
    pthread_mutex_t lock;
    struct list list;
    struct mps *mps;
    struct mps_recorder *recorder;
};

static void *start(void *context, const struct mps_tap_session *tapped)
{
    struct mps_screen_sessions *sessions = context;
    if (tapped->kind != REDIR_KVM)
        return NULL;
    struct session *session = memory_new(sizeof *session);
    session->sessions = sessions;
    session->follow = mps_follow_new(tapped->nudge, tapped->relay);
    session->shard = mps_shard_here(sessions->mps);
    session->guid = *tapped->guid;
    session->tenant = memory_string(slice_of_string(tapped->tenant));
    session->user = memory_string(slice_of_string(tapped->user != NULL ? tapped->user : ""));
    pthread_mutex_lock(&sessions->lock);
    list_append(&sessions->list, &session->link);
    pthread_mutex_unlock(&sessions->lock);
    if (sessions->recorder != NULL)
        mps_recorder_screen(sessions->recorder, tapped, session->follow);
    return session;
}

static void log_blind(const struct session *session, const char *who, const struct error *why)
{
    char guid[GUID_TEXT_SIZE];
    log_line(LOG_WARN, "a screen session is not followed any more", "guid",
             guid_format(&session->guid, guid), "user", session->user, "who", who, "error",
             why->text, NULL);
}

static void device(void *owner, struct slice bytes)
{
    struct session *session = owner;
    struct error why;
    if (!mps_follow_device(session->follow, bytes, &why))
        log_blind(session, "device", &why);
}

static void browser(void *owner, uint8_t *bytes, size_t size)
{
    struct session *session = owner;
    struct error why;
    if (!mps_follow_browser(session->follow, bytes, size, &why))
        log_blind(session, "browser", &why);
}

static void insert(void *owner, struct buffer *out)
{
    mps_follow_insert(((struct session *)owner)->follow, out);
}

static void over(void *owner)
{
    struct session *session = owner;
    pthread_mutex_lock(&session->sessions->lock);
    list_remove(&session->link);
    pthread_mutex_unlock(&session->sessions->lock);
    mps_follow_over(session->follow);
    free(session->tenant);
    free(session->user);
    free(session);
}

struct mps_screen_sessions *mps_screen_sessions_new(struct mps *mps, struct mps_recorder *recorder)
{
    struct mps_screen_sessions *sessions = memory_new(sizeof *sessions);
    const struct mps_tap tap = {start, device, browser, insert, over, sessions};
    pthread_mutex_init(&sessions->lock, NULL);
    list_init(&sessions->list);
    sessions->mps = mps;
    sessions->recorder = recorder;
    mps_tap_add(mps, &tap);
    return sessions;
}

void mps_screen_sessions_free(struct mps_screen_sessions *sessions)
{
    pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

/* Under the lock. */
static struct session *find(struct mps_screen_sessions *sessions, const struct guid *guid,
                            const char *tenant)
{
    for (struct list *at = sessions->list.next; at != &sessions->list; at = at->next) {
        struct session *session = LIST_ENTRY(at, struct session, link);
        if (guid_equal(&session->guid, guid) &&
            (tenant == NULL || strcmp(session->tenant, tenant) == 0))
            return session;
    }
    return NULL;
}

struct mps_shard *mps_screen_session_shard(struct mps_screen_sessions *sessions,
                                           const struct guid *guid, const char *tenant,
                                           unsigned *watchers)
{
    pthread_mutex_lock(&sessions->lock);
    struct session *session = find(sessions, guid, tenant);
    struct mps_shard *shard = session != NULL ? session->shard : NULL;
    if (session != NULL && watchers != NULL)
        *watchers = mps_follow_watchers(session->follow);
    pthread_mutex_unlock(&sessions->lock);
    return shard;
}

struct mps_follow *mps_screen_session_here(struct mps_screen_sessions *sessions,
                                           const struct guid *guid, const char *tenant)
{
    pthread_mutex_lock(&sessions->lock);
    struct session *session = find(sessions, guid, tenant);
    struct mps_follow *follow =
        session != NULL && session->shard->loop == io_loop_current() ? session->follow : NULL;
    pthread_mutex_unlock(&sessions->lock);
    return follow;
}
