#include "mps/mps.h"

#include "amt/amt.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/call.h"
#include "io/resolve.h"
#include "mps/conversations.h"
#include "mps/failures.h"
#include "mps/lan.h"
#include "mps/sessions.h"
#include "mps/tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At a stop, conversations get this long to take back what they have begun, or the most of the
 * caller's deadline. */
#define UNWIND_MS 15000

/* Tunnels that are told goodbye get this long to take it, or as long as the caller's deadline
 * allows when something is left to it for the end. */
#define STOP_MS      5000
#define STOP_REST_MS 1000

/* What follows a change of a device is done to the end, also for a client that has hung up. */
#define SHIELD_MS 2000

static void accepted(void *owner, struct io_conn *conn)
{
    mps_tunnel_accept(owner, conn);
}

struct mps *mps_new(const struct mps_options *options, unsigned shard_count, struct error *err)
{
    if (shard_count == 0) {
        (void)error_set(err, ERROR_INVALID, "the presence server needs at least one loop");
        return NULL;
    }
    static const struct io_resolver_options names = {.threads_limit = 0};
    struct mps *mps = memory_new(sizeof *mps + shard_count * sizeof mps->shards[0]);
    mps->names = io_resolver_new(&names);
    mps->options = *options;
    mps->registry = mps_registry_new();
    mps->failures = mps_failures_new();
    mps->sessions = mps_sessions_new();
    mps->shard_count = shard_count;
    for (unsigned i = 0; i < shard_count; i++) {
        struct mps_shard *shard = &mps->shards[i];
        shard->mps = mps;
        shard->index = i;
        shard->lan = mps_lan_new(shard);
        list_init(&shard->tunnels);
        list_init(&shard->conversations);
        buffer_init(&shard->out, MPS_OUT_LIMIT);
    }
    return mps;
}

void mps_free(struct mps *mps)
{
    if (mps == NULL)
        return;
    for (unsigned i = 0; i < mps->shard_count; i++) {
        mps_lan_free(mps->shards[i].lan);
        free(mps->shards[i].slots);
        buffer_fini(&mps->shards[i].out);
    }
    mps_registry_free(mps->registry);
    mps_failures_free(mps->failures);
    mps_sessions_free(mps->sessions);
    io_resolver_free(mps->names);
    free(mps);
}

void mps_shard_attach(struct mps *mps, unsigned index, struct io_loop *loop,
                      struct io_tls *device_tls)
{
    mps->shards[index].loop = loop;
    mps->shards[index].device_tls = device_tls;
}

bool mps_shard_start(struct mps *mps, unsigned index, const struct io_address *address,
                     const struct io_listen_options *listen, struct error *err)
{
    struct mps_shard *shard = &mps->shards[index];
    shard->listener = io_listen(shard->loop, address, listen, accepted, shard, err);
    return shard->listener != NULL || error_wrap(err, "CIRA listener");
}

struct io_address mps_shard_address(struct mps *mps, unsigned index)
{
    return io_listener_address(mps->shards[index].listener);
}

static bool is_empty(const struct mps_shard *shard)
{
    return list_is_empty(&shard->tunnels) && !mps_lan_is_busy(shard->lan) &&
           atomic_load(&shard->relays) == 0;
}

/* Waits for the last tunnel and conversation; with `politely` such that time is left to cut those
 * that remain. */
static bool await_end_of_tunnels(struct mps_shard *shard, bool politely, struct error *err)
{
    uint64_t left = io_deadline_left();
    uint64_t wait_ms = STOP_MS;
    if (politely && left < STOP_MS + STOP_REST_MS)
        wait_ms = left > STOP_REST_MS ? left - STOP_REST_MS : 0;
    while (!is_empty(shard)) {
        if (!io_wait_for(&shard->emptied, wait_ms, err))
            return false;
    }
    return true;
}

static void end_conversations(struct mps_shard *shard)
{
    struct error why;
    (void)error_set(&why, ERROR_CANCELLED, "the server is shutting down");
    mps_conversations_end(shard, NULL, &why);
}

/* Waits for the conversations while they can reach their devices. */
static void await_conversations(struct mps_shard *shard)
{
    uint64_t left = io_deadline_left();
    uint64_t outer = io_deadline_within(left < UNWIND_MS ? left / 5 * 4 : UNWIND_MS);
    while (!list_is_empty(&shard->conversations) &&
           io_wait_for(&shard->emptied, IO_FOREVER, NULL)) {
    }
    io_deadline_restore(outer);
}

static void end_tunnels(struct mps_shard *shard,
                        void (*end)(struct mps_tunnel *tunnel, uint32_t reason))
{
    for (struct list *at = shard->tunnels.next; at != &shard->tunnels; at = at->next)
        end(LIST_ENTRY(at, struct mps_tunnel, in_shard), APF_TEMPORARILY_UNAVAILABLE);
}

void mps_shard_stop(struct mps *mps, unsigned index)
{
    struct mps_shard *shard = &mps->shards[index];
    struct error err;
    shard->stopping = true;
    if (shard->listener != NULL)
        io_listener_close(shard->listener);
    shard->listener = NULL;
    mps_lan_stop(shard->lan);
    end_conversations(shard);
    end_tunnels(shard, mps_tunnel_close);
    await_conversations(shard);
    end_tunnels(shard, mps_tunnel_end);
    bool ok = await_end_of_tunnels(shard, true, &err);
    while (!ok) {
        for (struct list *at = shard->tunnels.next; at != &shard->tunnels; at = at->next)
            mps_tunnel_cut(LIST_ENTRY(at, struct mps_tunnel, in_shard));
        ok = await_end_of_tunnels(shard, false, &err);
        if (!ok && (err.code != ERROR_TIMEOUT || io_deadline_left() == 0))
            break;
    }
}

/* ---- devices that are connected ---- */

/* What crosses to the device's shard and back. */
struct visit {
    struct mps_shard *shard;
    struct mps_handle handle;
    const char *tenant;        /* NULL: any */
    struct mps_tunnel *tunnel; /* held by the conversation */
    bool (*conversation)(struct amt *amt, void *arg, struct error *err);
    void (*action)(struct mps_tunnel *tunnel, void *arg);
    void *arg;
    bool absent; /* no tunnel holds the device */
    bool ok;
    struct error err;
};

static bool not_connected(struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "the device is not connected");
}

/* Where a certificate goes. */
struct showing {
    struct arena *arena;
    struct slice *der;
};

static bool talk(void *arg, struct error *err)
{
    struct visit *visit = arg;
    const struct showing *showing = visit->arg;
    return visit->conversation != NULL
               ? visit->conversation(mps_tunnel_amt(visit->tunnel), visit->arg, err)
               : mps_tunnel_look(visit->tunnel, showing->arena, showing->der, err);
}

static bool converse(struct visit *visit, struct mps_tunnel *tunnel)
{
    if (!mps_tunnel_hold(tunnel, &visit->err))
        return false;
    visit->tunnel = tunnel;
    bool ok = mps_tunnel_update(tunnel, &visit->err);
    if (ok && tunnel->state == MPS_CLOSING)
        ok = error_set(&visit->err, ERROR_BUSY, "the device is being disconnected");
    ok = ok && mps_conversation_run(visit->shard, tunnel, talk, visit, &visit->err);
    mps_tunnel_release(tunnel);
    return ok;
}

static void on_shard(void *arg)
{
    struct visit *visit = arg;
    struct mps_tunnel *tunnel = mps_shard_tunnel(visit->shard, visit->handle);
    if (tunnel == NULL ||
        (visit->tenant != NULL && strcmp(visit->tenant, mps_tunnel_tenant(tunnel)) != 0)) {
        visit->ok = not_connected(&visit->err);
    } else if (visit->action == NULL) {
        visit->ok = converse(visit, tunnel);
    } else {
        visit->action(tunnel, visit->arg);
        visit->ok = true;
    }
}

static bool go(struct mps *mps, const struct guid *guid, struct visit *visit, struct error *err)
{
    visit->absent = !mps_registry_find(mps->registry, guid, &visit->handle);
    if (visit->absent)
        return not_connected(err);
    visit->shard = &mps->shards[visit->handle.shard];
    if (!io_call(visit->shard->loop, on_shard, visit, err))
        return false;
    if (!visit->ok && err != NULL)
        *err = visit->err;
    return visit->ok;
}

bool mps_device_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                         bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                         void *arg, struct error *err)
{
    struct visit visit = {.tenant = tenant, .conversation = conversation, .arg = arg};
    return go(mps, guid, &visit, err) ||
           (visit.absent && mps_lan_converse(mps, guid, tenant, conversation, arg, err));
}

bool mps_device_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                            struct arena *arena, struct slice *der, struct error *err)
{
    struct showing showing = {arena, der};
    struct visit visit = {.tenant = tenant, .arg = &showing};
    return go(mps, guid, &visit, err) ||
           (visit.absent && mps_lan_certificate(mps, guid, tenant, arena, der, err));
}

struct mps_shard *mps_device_shard(struct mps *mps, const struct guid *guid)
{
    struct mps_handle handle;
    return mps_registry_find(mps->registry, guid, &handle) ? &mps->shards[handle.shard]
                                                           : mps_lan_shard(mps, guid);
}

bool mps_tap_add(struct mps *mps, const struct mps_tap *tap)
{
    if (mps->tap_count == MPS_TAPS) {
        log_line(LOG_ERROR, "a tap is one too many and sees no session", NULL);
        return false;
    }
    mps->taps[mps->tap_count++] = *tap;
    return true;
}

bool mps_device_is_connected(struct mps *mps, const struct guid *guid)
{
    struct mps_handle handle;
    return mps_registry_find(mps->registry, guid, &handle);
}

static void read_status(struct mps_tunnel *tunnel, void *arg)
{
    struct mps_device_status *status = arg;
    status->connected = true;
    (void)snprintf(status->tenant_id, sizeof status->tenant_id, "%s", mps_tunnel_tenant(tunnel));
}

bool mps_device_status(struct mps *mps, const struct guid *guid, struct mps_device_status *status,
                       struct error *err)
{
    struct visit visit = {.action = read_status, .arg = status};
    bool there[REDIR_KINDS];
    memset(status, 0, sizeof *status);
    mps_sessions_of(mps->sessions, guid, there);
    status->kvm = there[REDIR_KVM];
    status->sol = there[REDIR_SOL];
    status->ider = there[REDIR_IDER];
    if (go(mps, guid, &visit, err))
        return true;
    if (visit.absent)
        status->lan = mps_lan_check(mps, guid, NULL, status->tenant_id, err);
    return status->lan || err->code == ERROR_NOT_FOUND;
}

static void end_tunnel(struct mps_tunnel *tunnel, void *arg)
{
    (void)arg;
    mps_tunnel_close(tunnel, APF_BY_APPLICATION);
}

bool mps_device_disconnect(struct mps *mps, const struct guid *guid, const char *tenant,
                           struct error *err)
{
    struct visit visit = {.tenant = tenant, .action = end_tunnel};
    struct io_shield shield = io_shield_begin(SHIELD_MS);
    bool ok = mps_lan_forget(mps, guid, tenant, err) && go(mps, guid, &visit, err);
    io_shield_end(shield);
    return ok;
}

static void refresh_tunnel(struct mps_tunnel *tunnel, void *arg)
{
    (void)arg;
    tunnel->holds++; /* however many there are */
    mps_tunnel_refresh(tunnel);
    mps_tunnel_release(tunnel);
}

bool mps_device_refresh(struct mps *mps, const struct guid *guid, const char *tenant,
                        struct error *err)
{
    struct visit visit = {.tenant = tenant, .action = refresh_tunnel};
    struct io_shield shield = io_shield_begin(SHIELD_MS);
    bool ok = mps_lan_refresh(mps, guid, tenant, err) &&
              (go(mps, guid, &visit, err) ||
               (visit.absent && mps_lan_check(mps, guid, tenant, NULL, err)));
    io_shield_end(shield);
    return ok;
}

uint64_t mps_device_count(struct mps *mps)
{
    return mps_registry_count(mps->registry);
}

uint64_t mps_login_count(const struct mps *mps)
{
    return mps_registry_logins(mps->registry);
}
