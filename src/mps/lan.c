#include "mps/lan.h"

#include "amt/amt.h"
#include "core/memory.h"
#include "io/call.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "io/timer.h"
#include "mps/conversations.h"
#include "mps/lan_device.h"
#include "mps/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS       60000 /* a record without conversation is kept that long */
#define DEVICES_LIMIT 10000 /* records per shard */
#define HOLDS_LIMIT   128   /* conversations with one device; its own queue is inside of that */
#define TRIES         5     /* to read a row that changes meanwhile */

struct mps_lan {
    struct mps_shard *shard;
    struct guid_table devices;
    struct list idle;    /* those without conversation, longest first */
    struct list keeping; /* … that have connections, longest first */
    struct list leaving; /* dropped ones that are held */
    struct list waiting; /* those who wait for one of them to go */
    struct list visited; /* visits that are conversing */
    uint32_t connections;
    uint32_t visits;       /* those, and whoever is on the way to one */
    struct io_timer timer; /* for the head of `idle` */
    bool stopping;
};

/* ---- records ---- */

/* Lives on the stack of who waits. */
struct waiter {
    struct list link;
    struct io_wait gone;
};

void mps_lan_drop(struct lan_device *device)
{
    struct mps_lan *lan = device->shard->lan;
    struct error why;
    guid_table_remove(&lan->devices, &device->entry);
    list_remove(&device->keeping);
    device->dropped = true;
    if (device->holds == 0) {
        lan_device_free(device);
        return;
    }
    list_append(&lan->leaving, &device->leaving);
    (void)lan_device_changed(&why);
    mps_conversations_end(lan->shard, device, &why);
}

static bool is_leaving(const struct mps_lan *lan, const struct guid *guid)
{
    for (struct list *at = lan->leaving.next; at != &lan->leaving; at = at->next) {
        if (guid_equal(&LIST_ENTRY(at, struct lan_device, leaving)->entry.guid, guid))
            return true;
    }
    return false;
}

bool mps_lan_await_leaving(struct lan_device *device, struct error *err)
{
    struct mps_lan *lan = device->shard->lan;
    bool ok = true;
    while (ok && is_leaving(lan, &device->entry.guid)) {
        struct waiter waiter = {.gone = {NULL, false}};
        list_append(&lan->waiting, &waiter.link);
        ok = io_wait_for(&waiter.gone, IO_FOREVER, err);
        list_remove(&waiter.link);
    }
    return ok;
}

/* Frees a dropped record that nobody holds any more. */
static void leave(struct lan_device *device)
{
    struct mps_lan *lan = device->shard->lan;
    lan_device_free(device);
    for (struct list *at = lan->waiting.next; at != &lan->waiting; at = at->next)
        io_signal(&LIST_ENTRY(at, struct waiter, link)->gone);
}

static void drop_idle(struct io_timer *timer)
{
    struct mps_lan *lan = LIST_ENTRY(timer, struct mps_lan, timer);
    while (!list_is_empty(&lan->idle)) {
        struct lan_device *oldest = LIST_ENTRY(lan->idle.next, struct lan_device, idle);
        uint64_t age = io_now() - oldest->idle_since;
        if (age < IDLE_MS) {
            io_timer_start(timer, IDLE_MS - age);
            break;
        }
        mps_lan_drop(oldest);
    }
}

static void release(struct lan_device *device)
{
    struct mps_lan *lan = device->shard->lan;
    if (--device->holds > 0)
        return;
    if (device->dropped) {
        leave(device);
        return;
    }
    device->idle_since = io_now();
    list_append(&lan->idle, &device->idle);
    if (device->connections > 0)
        list_append(&lan->keeping, &device->keeping);
    if (lan->stopping)
        mps_lan_drop(device);
    else if (!io_timer_running(&lan->timer))
        io_timer_start(&lan->timer, IDLE_MS);
}

static bool not_connected(struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "the device is not connected");
}

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

/* ---- from row to record ---- */

static bool is_on_lan(const struct store_device *row)
{
    return !is_empty(row->hostname) && is_empty(row->mps_username);
}

static bool read_row(struct mps *mps, struct arena *arena, const struct guid *guid,
                     const char *tenant, struct store_device *row, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    if (!store_device_get(mps->options.store, arena, guid, tenant, row, &why)) {
        if (why.code == ERROR_NOT_FOUND)
            return not_connected(err);
        if (err != NULL)
            *err = why;
        return false;
    }
    return is_on_lan(row) || not_connected(err);
}

bool mps_lan_read(struct mps *mps, struct arena *arena, const struct guid *guid, const char *tenant,
                  struct store_device *row, struct slice *user, struct slice *password,
                  uint64_t *version, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    if (!store_device_settled(mps->options.store, guid, version, err) ||
        !read_row(mps, arena, guid, tenant, row, err))
        return false;
    if (store_amt_password(mps->options.store, arena, guid, user, password, &why))
        return true;
    if (why.code == ERROR_NOT_FOUND)
        return not_connected(err);
    if (err != NULL)
        *err = why;
    return false;
}

static bool add_device(struct mps_lan *lan, const struct store_device *row, struct slice user,
                       struct slice password, uint64_t version, struct error *err)
{
    if (!io_host_is_valid(row->hostname))
        return error_set(err, ERROR_CONNECTION, "the device's hostname is no name or address");
    if (lan->devices.count >= DEVICES_LIMIT) {
        if (list_is_empty(&lan->idle))
            return error_set(err, ERROR_BUSY, "%d devices on the LAN are in use, the limit",
                             DEVICES_LIMIT);
        mps_lan_drop(LIST_ENTRY(lan->idle.next, struct lan_device, idle));
    }
    struct lan_device *device = lan_device_new(lan->shard, row, user, password, version, err);
    if (device == NULL)
        return false;
    guid_table_add(&lan->devices, &device->entry);
    device->idle_since = io_now();
    list_append(&lan->idle, &device->idle);
    return true;
}

/* Reads the row and adds the record. True as well when another fiber has added one meanwhile. */
static bool load_device(struct mps_lan *lan, const struct guid *guid, const char *tenant,
                        struct error *err)
{
    struct mps *mps = lan->shard->mps;
    struct store_device row;
    struct slice user, password;
    struct arena arena;
    uint64_t version;
    arena_init(&arena);
    bool ok = mps_lan_read(mps, &arena, guid, tenant, &row, &user, &password, &version, err);
    if (ok && !lan->stopping && guid_table_find(&lan->devices, guid) == NULL)
        ok = add_device(lan, &row, user, password, version, err);
    arena_fini_wiped(&arena);
    return ok;
}

static void hold(struct lan_device *device)
{
    list_remove(&device->idle);
    list_remove(&device->keeping);
    device->holds++;
}

/* Holds the record for a conversation, once it says what the row says. False: the record is not
 * held, and *dropped tells whether another one may be made. */
static bool enter(struct lan_device *device, const char *tenant, bool *dropped, struct error *err)
{
    *dropped = false;
    if (device->holds >= HOLDS_LIMIT)
        return error_set(err, ERROR_BUSY, "the device has %u requests in work; try again later",
                         device->holds);
    hold(device);
    bool ok = lan_device_revise(device, err);
    *dropped = device->dropped;
    if (ok && tenant != NULL && strcmp(tenant, device->tenant) != 0)
        ok = not_connected(err);
    if (!ok)
        release(device);
    return ok;
}

/* The record, held; made when there is none. NULL with `err`. */
static struct lan_device *take_device(struct mps_lan *lan, const struct guid *guid,
                                      const char *tenant, struct error *err)
{
    for (int tries = 0; tries < TRIES; tries++) {
        struct guid_table_entry *entry = guid_table_find(&lan->devices, guid);
        bool dropped = true;
        if (lan->stopping) {
            (void)error_set(err, ERROR_BUSY, "the server is shutting down");
            return NULL;
        }
        if (entry != NULL) {
            struct lan_device *device = LIST_ENTRY(entry, struct lan_device, entry);
            if (enter(device, tenant, &dropped, err))
                return device;
        } else if (!load_device(lan, guid, tenant, err)) {
            return NULL;
        }
        if (!dropped)
            return NULL;
    }
    (void)lan_device_changed(err);
    return NULL;
}

/* ---- visits ---- */

/* What crosses to the device's shard and back. */
struct visit {
    struct mps_lan *lan;
    const struct guid *guid;
    const char *tenant;
    bool (*conversation)(struct amt *amt, void *arg, struct error *err);
    void *arg;
    struct arena *arena; /* of a certificate */
    struct slice *der;
    bool leaves; /* the device's row goes */
    struct lan_device *device;
    struct list link; /* in `visited` */
    bool ok;
    struct error err;
};

static bool talk(void *arg, struct error *err)
{
    struct visit *visit = arg;
    if (visit->device->dropped) /* before it began: there is nothing to take back */
        return lan_device_changed(err);
    return visit->conversation != NULL
               ? visit->conversation(visit->device->amt, visit->arg, err)
               : lan_device_look(visit->device, visit->arena, visit->der, err);
}

uint32_t *mps_lan_connections(struct mps_lan *lan)
{
    return &lan->connections;
}

bool mps_lan_evict(struct mps_lan *lan)
{
    while (!list_is_empty(&lan->keeping)) {
        struct lan_device *device = LIST_ENTRY(lan->keeping.next, struct lan_device, keeping);
        if (amt_drop_kept(device->amt))
            return true;
        list_remove(&device->keeping);
    }
    for (struct list *at = lan->visited.next; at != &lan->visited; at = at->next) {
        if (amt_drop_kept(LIST_ENTRY(at, struct visit, link)->device->amt))
            return true;
    }
    return false;
}

static void visit_device(struct visit *visit)
{
    struct mps_lan *lan = visit->lan;
    list_append(&lan->visited, &visit->link);
    visit->ok = mps_conversation_run(lan->shard, visit->device, talk, visit, &visit->err);
    list_remove(&visit->link);
    release(visit->device);
}

static void end_visit(struct mps_lan *lan)
{
    if (--lan->visits == 0 && lan->stopping)
        io_signal(&lan->shard->emptied);
}

/* On the device's shard. */
static void on_shard(void *arg)
{
    struct visit *visit = arg;
    struct mps_lan *lan = visit->lan;
    lan->visits++;
    visit->device = take_device(lan, visit->guid, visit->tenant, &visit->err);
    if (visit->device != NULL)
        visit_device(visit);
    end_visit(lan);
}

/* Any number that is the same for the same GUID; who chooses GUIDs chooses a shard at most. */
static struct mps_lan *lan_of(struct mps *mps, const struct guid *guid)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof guid->bytes; i++)
        hash = (hash ^ guid->bytes[i]) * 16777619u;
    return mps->shards[(hash >> 16) % mps->shard_count].lan;
}

struct mps_shard *mps_lan_shard(struct mps *mps, const struct guid *guid)
{
    return lan_of(mps, guid)->shard;
}

static bool go(struct mps *mps, struct visit *visit, struct error *err)
{
    visit->lan = lan_of(mps, visit->guid);
    if (!io_call(visit->lan->shard->loop, on_shard, visit, err))
        return false;
    if (!visit->ok && err != NULL)
        *err = visit->err;
    return visit->ok;
}

bool mps_lan_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                      bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                      void *arg, struct error *err)
{
    struct visit visit = {.guid = guid, .tenant = tenant, .conversation = conversation, .arg = arg};
    return go(mps, &visit, err);
}

bool mps_lan_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                         struct arena *arena, struct slice *der, struct error *err)
{
    struct visit visit = {.guid = guid, .tenant = tenant, .arena = arena, .der = der};
    return go(mps, &visit, err);
}

/* A conversation in progress goes on if the row says the same: it has told amt nothing else. */
static void refresh_on_shard(void *arg)
{
    const struct visit *visit = arg;
    struct mps_lan *lan = visit->lan;
    struct guid_table_entry *entry = guid_table_find(&lan->devices, visit->guid);
    struct lan_device *device = entry == NULL ? NULL : LIST_ENTRY(entry, struct lan_device, entry);
    if (device == NULL || (visit->tenant != NULL && strcmp(visit->tenant, device->tenant) != 0))
        return;
    lan->visits++;
    hold(device);
    bool same = !visit->leaves && lan_device_compare(device, NULL);
    if (same)
        amt_forget(device->amt);
    else if (!device->dropped)
        mps_lan_drop(device);
    release(device);
    end_visit(lan);
}

bool mps_lan_refresh(struct mps *mps, const struct guid *guid, const char *tenant,
                     struct error *err)
{
    struct visit visit = {.lan = lan_of(mps, guid), .guid = guid, .tenant = tenant};
    return io_call(visit.lan->shard->loop, refresh_on_shard, &visit, err);
}

bool mps_lan_forget(struct mps *mps, const struct guid *guid, const char *tenant, struct error *err)
{
    struct visit visit = {.lan = lan_of(mps, guid), .guid = guid, .tenant = tenant, .leaves = true};
    return io_call(visit.lan->shard->loop, refresh_on_shard, &visit, err);
}

bool mps_lan_check(struct mps *mps, const struct guid *guid, const char *tenant, char *tenant_id,
                   struct error *err)
{
    struct arena arena;
    struct store_device row;
    arena_init(&arena);
    bool ok = read_row(mps, &arena, guid, tenant, &row, err);
    if (ok && tenant_id != NULL)
        (void)snprintf(tenant_id, STORE_TENANT_LIMIT + 1, "%s", row.tenant_id);
    arena_fini(&arena);
    return ok;
}

/* ---- the shard's ---- */

struct mps_lan *mps_lan_new(struct mps_shard *shard)
{
    struct mps_lan *lan = memory_new(sizeof *lan);
    lan->shard = shard;
    guid_table_init(&lan->devices);
    list_init(&lan->idle);
    list_init(&lan->keeping);
    list_init(&lan->leaving);
    list_init(&lan->waiting);
    list_init(&lan->visited);
    io_timer_init(&lan->timer, drop_idle);
    return lan;
}

void mps_lan_free(struct mps_lan *lan)
{
    if (lan == NULL)
        return;
    guid_table_fini(&lan->devices);
    free(lan);
}

void mps_lan_stop(struct mps_lan *lan)
{
    lan->stopping = true;
    while (!list_is_empty(&lan->idle))
        mps_lan_drop(LIST_ENTRY(lan->idle.next, struct lan_device, idle));
    io_timer_stop(&lan->timer);
}

bool mps_lan_is_busy(const struct mps_lan *lan)
{
    return lan->visits > 0;
}
