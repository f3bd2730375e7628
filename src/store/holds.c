#include "store/holds.h"

#include "core/list.h"
#include "core/memory.h"
#include "io/call.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "store/call.h"

#include <pthread.h>
#include <stdlib.h>

#define WAIT_MS 10000
#define POLL_MS 20

struct store_holds {
    pthread_mutex_t lock;
    struct guid_table devices;
    struct list claims;
};

/* A proven one waits for the device: nobody else gets it meanwhile who is not. */
struct claim {
    struct list link;
    struct guid guid;
};

struct store_holds *store_holds_new(void)
{
    struct store_holds *holds = memory_new(sizeof *holds);
    (void)pthread_mutex_init(&holds->lock, NULL);
    guid_table_init(&holds->devices);
    list_init(&holds->claims);
    return holds;
}

void store_holds_free(struct store_holds *holds)
{
    if (holds == NULL)
        return;
    guid_table_fini(&holds->devices);
    (void)pthread_mutex_destroy(&holds->lock);
    free(holds);
}

static struct store_hold *find(const struct store_holds *holds, const struct guid *guid)
{
    return (struct store_hold *)(void *)guid_table_find(&holds->devices, guid);
}

static bool is_claimed(const struct store_holds *holds, const struct guid *guid)
{
    for (const struct list *at = holds->claims.next; at != &holds->claims; at = at->next)
        if (guid_equal(&LIST_ENTRY(at, struct claim, link)->guid, guid))
            return true;
    return false;
}

struct asking {
    void (*ask)(void *context, const struct guid *guid);
    void *context;
    const struct guid *guid;
    struct io_loop *loop; /* NULL: nobody is asked */
};

static void ask_there(void *arg)
{
    const struct asking *asking = arg;
    asking->ask(asking->context, asking->guid);
}

enum take { TAKEN, WAIT, REFUSED };

/* Under the lock. Who is to be asked is asked without it. */
static enum take try(struct store_holds *holds, struct store_hold *hold, struct asking *asking)
{
    struct store_hold *other = find(holds, &hold->entry.guid);
    asking->loop = NULL;
    if (other == NULL && (hold->proven || !is_claimed(holds, &hold->entry.guid))) {
        hold->held = true;
        hold->setting = hold->asked = false;
        guid_table_add(&holds->devices, &hold->entry);
        return TAKEN;
    }
    if (!hold->proven || other == NULL ||
        (!hold->administrator && (other->proven || other->loop == NULL)))
        return REFUSED;
    if (other->loop != NULL && !other->setting && !other->asked) {
        other->asked = true;
        asking->loop = other->loop;
        asking->ask = other->ask_to_go;
        asking->context = other->context;
    }
    return WAIT;
}

static enum take try_locked(struct store_holds *holds, struct store_hold *hold,
                            struct asking *asking, struct claim *claim)
{
    (void)pthread_mutex_lock(&holds->lock);
    enum take take = try(holds, hold, asking);
    if (take == WAIT && list_is_empty(&claim->link))
        list_append(&holds->claims, &claim->link);
    if (take != WAIT)
        list_remove(&claim->link);
    (void)pthread_mutex_unlock(&holds->lock);
    return take;
}

/* Whoever holds it could not be asked. */
static void ask_again(struct store_holds *holds, const struct guid *guid)
{
    (void)pthread_mutex_lock(&holds->lock);
    struct store_hold *other = find(holds, guid);
    if (other != NULL)
        other->asked = false;
    (void)pthread_mutex_unlock(&holds->lock);
}

bool store_hold_take(struct store *store, struct store_hold *hold, struct error *err)
{
    struct store_holds *holds = store->holds;
    struct claim claim = {.guid = hold->entry.guid};
    struct asking asking = {.guid = &hold->entry.guid};
    enum take take;
    list_init(&claim.link);
    uint64_t outer = io_deadline_within(WAIT_MS);
    while ((take = try_locked(holds, hold, &asking, &claim)) == WAIT) {
        if (asking.loop != NULL && !io_call(asking.loop, ask_there, &asking, NULL))
            ask_again(holds, &hold->entry.guid);
        if (!io_sleep(POLL_MS, NULL))
            break;
    }
    io_deadline_restore(outer);
    (void)pthread_mutex_lock(&holds->lock);
    list_remove(&claim.link);
    (void)pthread_mutex_unlock(&holds->lock);
    return take == TAKEN ||
           error_set(err, ERROR_BUSY,
                     "the device is being provisioned, or its password changed, already");
}

void store_hold_give(struct store *store, struct store_hold *hold)
{
    struct store_holds *holds = store->holds;
    (void)pthread_mutex_lock(&holds->lock);
    if (hold->held)
        guid_table_remove(&holds->devices, &hold->entry);
    hold->held = false;
    (void)pthread_mutex_unlock(&holds->lock);
}

void store_hold_set_password(struct store *store, struct store_hold *hold, bool setting)
{
    (void)pthread_mutex_lock(&store->holds->lock);
    hold->setting = setting;
    (void)pthread_mutex_unlock(&store->holds->lock);
}

bool store_hold_is_asked(struct store *store, struct store_hold *hold)
{
    (void)pthread_mutex_lock(&store->holds->lock);
    bool asked = hold->held && hold->asked;
    (void)pthread_mutex_unlock(&store->holds->lock);
    return asked;
}

bool store_device_is_held(struct store *store, const struct guid *guid)
{
    (void)pthread_mutex_lock(&store->holds->lock);
    bool held = find(store->holds, guid) != NULL;
    (void)pthread_mutex_unlock(&store->holds->lock);
    return held;
}
