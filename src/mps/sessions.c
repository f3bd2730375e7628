#include "mps/sessions.h"

#include "core/clock.h"
#include "core/list.h"
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
    struct guid_table devices; /* those with sessions or guests */
};

struct mps_session {
    struct device *device;
    enum redir_kind kind;
    int64_t since_ms;
    char owner[OWNER_SIZE];
};

struct mps_guest {
    struct device *device;
    struct list link; /* in the device's */
    char *user;
};

struct device {
    struct guid_table_entry entry; /* first */
    struct mps_sessions *sessions;
    struct mps_session *of[REDIR_KINDS];
    struct list guests;
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

/* The device's record. `*fresh` is taken when there was none. */
static struct device *find_or_add(struct mps_sessions *sessions, const struct guid *guid,
                                  struct device **fresh)
{
    struct device *device = find(sessions, guid);
    if (device != NULL)
        return device;
    device = *fresh;
    *fresh = NULL;
    device->entry.guid = *guid;
    device->sessions = sessions;
    list_init(&device->guests);
    guid_table_add(&sessions->devices, &device->entry);
    return device;
}

static bool is_idle(const struct device *device)
{
    for (size_t i = 0; i < REDIR_KINDS; i++)
        if (device->of[i] != NULL)
            return false;
    return list_is_empty(&device->guests);
}

/* Under the lock: the record if nobody needs it any more, to be freed; else NULL. */
static struct device *forget_idle(struct device *device)
{
    if (!is_idle(device))
        return NULL;
    guid_table_remove(&device->sessions->devices, &device->entry);
    return device;
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
    struct device *device = find_or_add(sessions, guid, &fresh);
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

void mps_session_leave(struct mps_session *session)
{
    if (session == NULL)
        return;
    struct device *device = session->device;
    struct mps_sessions *sessions = device->sessions;
    (void)pthread_mutex_lock(&sessions->lock);
    device->of[session->kind] = NULL;
    struct device *idle = forget_idle(device);
    (void)pthread_mutex_unlock(&sessions->lock);
    metric_add(now_of[session->kind], -1);
    free(idle);
    free(session);
}

static bool may_wait(const struct device *device, const char *user, struct error *err)
{
    unsigned all = 0, his = 0;
    for (const struct list *at = device->guests.next; at != &device->guests; at = at->next) {
        all++;
        his += strcmp(LIST_ENTRY(at, const struct mps_guest, link)->user, user) == 0;
    }
    return (all < MPS_GUESTS && his < MPS_USER_GUESTS) ||
           error_set(err, ERROR_BUSY,
                     "%u connections to the device have not said which kind of session they want; "
                     "try again later",
                     all);
}

struct mps_guest *mps_guest_enter(struct mps_sessions *sessions, const struct guid *guid,
                                  const char *user, struct error *err)
{
    struct mps_guest *guest = memory_new(sizeof *guest);
    struct device *fresh = memory_new(sizeof *fresh);
    guest->user = memory_string(slice_of_string(user == NULL ? "" : user));
    (void)pthread_mutex_lock(&sessions->lock);
    struct device *device = find_or_add(sessions, guid, &fresh);
    bool ok = may_wait(device, guest->user, err);
    if (ok) { /* else others wait, and the record is theirs */
        guest->device = device;
        list_append(&device->guests, &guest->link);
    }
    (void)pthread_mutex_unlock(&sessions->lock);
    free(fresh);
    if (ok)
        return guest;
    free(guest->user);
    free(guest);
    return NULL;
}

void mps_guest_leave(struct mps_guest *guest)
{
    if (guest == NULL)
        return;
    struct mps_sessions *sessions = guest->device->sessions;
    (void)pthread_mutex_lock(&sessions->lock);
    list_remove(&guest->link);
    struct device *idle = forget_idle(guest->device);
    (void)pthread_mutex_unlock(&sessions->lock);
    free(idle);
    free(guest->user);
    free(guest);
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
