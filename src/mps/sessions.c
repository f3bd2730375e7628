#include "mps/sessions.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "store/guid_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define OWNER_SIZE 65 /* of a name in a sentence; longer ones are cut between characters */

METRIC_DEFINE(kvm_now, METRIC_GAUGE, "outband_mps_redirections", "kind=\"kvm\"",
              "Redirection sessions with devices, relayed or the server's own, by kind")
METRIC_DEFINE(sol_now, METRIC_GAUGE, "outband_mps_redirections", "kind=\"sol\"",
              "Redirection sessions with devices, relayed or the server's own, by kind")
METRIC_DEFINE(ider_now, METRIC_GAUGE, "outband_mps_redirections", "kind=\"ider\"",
              "Redirection sessions with devices, relayed or the server's own, by kind")

static struct metric *const now_of[REDIR_KINDS] = {
    [REDIR_KVM] = &kvm_now, [REDIR_SOL] = &sol_now, [REDIR_IDER] = &ider_now};

struct mps_sessions {
    pthread_mutex_t lock;
    struct guid_table devices; /* those with sessions */
};

struct mps_session {
    struct device *device;
    enum redir_kind kind;
    int64_t since_ms;
    char owner[OWNER_SIZE];
};

struct device {
    struct guid_table_entry entry; /* first */
    struct mps_sessions *sessions;
    struct mps_session *of[REDIR_KINDS];
};

struct mps_sessions *mps_sessions_new(void)
{
    struct mps_sessions *sessions = memory_new(sizeof *sessions);
    (void)pthread_mutex_init(&sessions->lock, NULL);
    guid_table_init(&sessions->devices);
    return sessions;
}

void mps_sessions_free(struct mps_sessions *sessions)
{
    if (sessions == NULL)
        return;
    guid_table_fini(&sessions->devices);
    (void)pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

static struct device *find(struct mps_sessions *sessions, const struct guid *guid)
{
    struct guid_table_entry *entry = guid_table_find(&sessions->devices, guid);
    return entry == NULL ? NULL : (struct device *)(void *)entry;
}

static bool taken(const struct mps_session *session, struct error *err)
{
    char since[CLOCK_TEXT_SIZE];
    return error_set(err, ERROR_CONFLICT, "the device's %s session is in use by %s since %s",
                     redir_kind_name(session->kind), session->owner,
                     clock_format(session->since_ms, since));
}

struct mps_session *mps_session_enter(struct mps_sessions *sessions, const struct guid *guid,
                                      enum redir_kind kind, const char *owner, struct error *err)
{
    struct mps_session *session = memory_new(sizeof *session);
    struct device *fresh = memory_new(sizeof *fresh);
    bool ok = true;
    session->kind = kind;
    session->since_ms = clock_wall_ms();
    struct slice name = slice_of_string(owner == NULL || *owner == '\0' ? "somebody" : owner);
    name = slice_first_text(name, OWNER_SIZE - 1);
    memcpy(session->owner, name.data, name.size);
    (void)pthread_mutex_lock(&sessions->lock);
    struct device *device = find(sessions, guid);
    if (device == NULL) {
        device = fresh;
        fresh = NULL;
        device->entry.guid = *guid;
        device->sessions = sessions;
        guid_table_add(&sessions->devices, &device->entry);
    }
    if (device->of[kind] == NULL) {
        device->of[kind] = session;
        session->device = device;
    } else {
        ok = taken(device->of[kind], err);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    free(fresh);
    if (ok) {
        metric_add(now_of[kind], 1);
        return session;
    }
    free(session);
    return NULL;
}

static bool is_idle(const struct device *device)
{
    for (size_t i = 0; i < REDIR_KINDS; i++)
        if (device->of[i] != NULL)
            return false;
    return true;
}

void mps_session_leave(struct mps_session *session)
{
    if (session == NULL)
        return;
    struct device *device = session->device;
    struct mps_sessions *sessions = device->sessions;
    (void)pthread_mutex_lock(&sessions->lock);
    device->of[session->kind] = NULL;
    bool idle = is_idle(device);
    if (idle)
        guid_table_remove(&sessions->devices, &device->entry);
    (void)pthread_mutex_unlock(&sessions->lock);
    metric_add(now_of[session->kind], -1);
    if (idle)
        free(device);
    free(session);
}

void mps_sessions_of(struct mps_sessions *sessions, const struct guid *guid,
                     bool there[REDIR_KINDS])
{
    (void)pthread_mutex_lock(&sessions->lock);
    const struct device *device = find(sessions, guid);
    for (size_t i = 0; i < REDIR_KINDS; i++)
        there[i] = device != NULL && device->of[i] != NULL;
    (void)pthread_mutex_unlock(&sessions->lock);
}
