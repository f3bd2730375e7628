/* The job calls of store/jobs.h. */
#include "store/jobs.h"

#include "io/fiber.h"
#include "store/call.h"

#include <string.h>

#define NAME(constant, number, name) [number] = (name),
static const char *const state_names[] = {STORE_JOB_STATES(NAME)};
static const char *const device_state_names[] = {STORE_JOB_DEVICE_STATES(NAME)};
#undef NAME

#define COUNT(array) (sizeof(array) / sizeof *(array))

_Static_assert(COUNT(device_state_names) == STORE_JOB_DEVICE_STATE_COUNT, "a count for each state");

static int number_of(const char *const *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal_string(name, names[i]))
            return (int)i;
    return -1;
}

const char *store_job_state_name(enum store_job_state state)
{
    return (size_t)state < COUNT(state_names) ? state_names[state] : NULL;
}

const char *store_job_device_state_name(enum store_job_device_state state)
{
    return (size_t)state < COUNT(device_state_names) ? device_state_names[state] : NULL;
}

int store_job_state_of(struct slice name)
{
    return number_of(state_names, COUNT(state_names), name);
}

int store_job_device_state_of(struct slice name)
{
    return number_of(device_state_names, COUNT(device_state_names), name);
}

struct job_call {
    struct store_call call;
    struct arena *arena;
    const struct guid *id;
    const char *tenant;
    struct store_job *job; /* one, or the first of `count` */
    const struct guid *guids;
    const struct store_filter *filter;
    struct store_job_device *devices;
    const struct store_job_device *changes;
    struct store_job_place *places;
    size_t count;
    uint64_t total;
    int state;
    uint32_t top, skip;
    int64_t when_ms;
    bool repeatable;
    bool durable;
};

#define METHODS(base) (base)->store->database->methods

/* ---- making ---- */

#define ABANDON_MS 10000
#define SLICE      2000 /* devices that are written at once, in some ten milliseconds */

static void run_select(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_select(base->store->database, call->arena, call->job->tenant_id,
                                         call->guids, call->count, call->filter, &call->places,
                                         &call->count, &base->err);
}

static void run_begin(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_begin(base->store->database, call->job, &base->err);
}

static void run_fill(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_fill(base->store->database, call->job, call->skip, call->places,
                                       call->count, &base->err);
}

static void run_publish(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_publish(base->store->database, call->job, &base->err);
}

static void run_abandon(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_abandon(base->store->database, &call->job->id, &base->err);
}

static bool write_job(struct store *store, struct store_job *job, struct store_job_place *places,
                      size_t count, struct error *err)
{
    struct job_call begin = {.call.run = run_begin, .job = job};
    memset(job->counts, 0, sizeof job->counts);
    for (size_t i = 0; i < count; i++)
        job->counts[places[i].is_there ? STORE_JOB_DEVICE_PENDING : STORE_JOB_DEVICE_SKIPPED]++;
    bool ok = store_call_write(store, &begin.call, err);
    for (size_t first = 0; first < count && ok; first += SLICE) {
        struct job_call fill = {.call.run = run_fill,
                                .job = job,
                                .skip = (uint32_t)first,
                                .places = places + first,
                                .count = count - first < SLICE ? count - first : SLICE};
        ok = store_call_write(store, &fill.call, err);
    }
    struct job_call publish = {.call.run = run_publish, .job = job};
    if (ok && store_call_write(store, &publish.call, err))
        return true;
    /* Nobody sees it; what cannot be removed now is removed at the next start. */
    struct job_call abandon = {.call.run = run_abandon, .job = job};
    struct io_shield shield = io_shield_begin(ABANDON_MS);
    (void)store_call_write(store, &abandon.call, NULL);
    io_shield_end(shield);
    return false;
}

bool store_job_add(struct store *store, struct store_job *job, const struct guid *guids,
                   size_t count, const struct store_filter *filter, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    struct job_call call = {.call.run = run_select,
                            .arena = &arena,
                            .job = job,
                            .guids = guids,
                            .count = count,
                            .filter = filter};
    bool ok = store_call_read(store, &call.call, err) &&
              write_job(store, job, call.places, call.count, err);
    arena_fini(&arena);
    return ok;
}

/* ---- the rest ---- */

static void run_get(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_get(base->store->database, call->arena, call->id, call->tenant,
                                      call->job, &base->err);
}

bool store_job_get(struct store *store, struct arena *arena, const struct guid *id,
                   const char *tenant, struct store_job *job, struct error *err)
{
    struct job_call call = {
        .call.run = run_get, .arena = arena, .id = id, .tenant = tenant, .job = job};
    return store_call_read(store, &call.call, err);
}

static void run_list(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_list(base->store->database, call->arena, call->tenant,
                                       call->state, call->top, call->skip, &call->job, &call->count,
                                       &call->total, &base->err);
}

bool store_job_list(struct store *store, struct arena *arena, const char *tenant, int state,
                    uint32_t top, uint32_t skip, struct store_job **jobs, size_t *count,
                    uint64_t *total, struct error *err)
{
    struct job_call call = {.call.run = run_list,
                            .arena = arena,
                            .tenant = tenant,
                            .state = state,
                            .top = top,
                            .skip = skip};
    if (!store_call_read(store, &call.call, err))
        return false;
    *jobs = call.job;
    *count = call.count;
    *total = call.total;
    return true;
}

static void run_devices(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_devices(base->store->database, call->arena, call->id, call->state,
                                          call->top, call->skip, &call->devices, &call->count,
                                          &call->total, &base->err);
}

bool store_job_devices(struct store *store, struct arena *arena, const struct guid *id, int state,
                       uint32_t top, uint32_t skip, struct store_job_device **devices,
                       size_t *count, uint64_t *total, struct error *err)
{
    struct job_call call = {.call.run = run_devices,
                            .arena = arena,
                            .id = id,
                            .state = state,
                            .top = top,
                            .skip = skip};
    if (!store_call_read(store, &call.call, err))
        return false;
    *devices = call.devices;
    *count = call.count;
    *total = call.total;
    return true;
}

static void run_delete(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_delete(base->store->database, call->id, call->tenant, &base->err);
}

bool store_job_delete(struct store *store, const struct guid *id, const char *tenant,
                      struct error *err)
{
    struct job_call call = {.call.run = run_delete, .id = id, .tenant = tenant};
    return store_call_write(store, &call.call, err);
}

static void run_unfinished(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_unfinished(base->store->database, call->arena, &call->job,
                                             &call->count, &base->err);
}

bool store_job_unfinished(struct store *store, struct arena *arena, struct store_job **jobs,
                          size_t *count, struct error *err)
{
    struct job_call call = {.call.run = run_unfinished, .arena = arena};
    if (!store_call_read(store, &call.call, err))
        return false;
    *jobs = call.job;
    *count = call.count;
    return true;
}

static void run_set_state(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok =
        METHODS(base)->job_set_state(base->store->database, call->id,
                                     (enum store_job_state)call->state, call->when_ms, &base->err);
}

bool store_job_set_state(struct store *store, const struct guid *id, enum store_job_state state,
                         int64_t when_ms, struct error *err)
{
    struct job_call call = {
        .call.run = run_set_state, .id = id, .state = (int)state, .when_ms = when_ms};
    return store_call_write(store, &call.call, err);
}

static void run_write(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_write(base->store->database, call->id, call->changes, call->count,
                                        call->durable, &base->err);
}

bool store_job_write(struct store *store, const struct guid *id,
                     const struct store_job_device *devices, size_t count, bool durable,
                     struct error *err)
{
    struct job_call call = {
        .call.run = run_write, .id = id, .changes = devices, .count = count, .durable = durable};
    return store_call_write(store, &call.call, err);
}

static void run_recover(struct store_call *base)
{
    struct job_call *call = (struct job_call *)base;
    base->ok = METHODS(base)->job_recover(base->store->database, call->id, call->repeatable,
                                          call->when_ms, &base->err);
}

bool store_job_recover(struct store *store, const struct guid *id, bool repeatable, int64_t when_ms,
                       struct error *err)
{
    struct job_call call = {
        .call.run = run_recover, .id = id, .repeatable = repeatable, .when_ms = when_ms};
    return store_call_write(store, &call.call, err);
}
