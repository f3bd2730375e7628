#include "mps/jobs_run.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/fiber.h"
#include "mps/forget.h"
#include "mps/jobs_secret.h"
#include "mps/mps.h"

#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(devices_ok, METRIC_COUNTER, "outband_jobs_devices_total", "result=\"succeeded\"",
              "Devices that jobs have dealt with, by result.")
METRIC_DEFINE(devices_failed, METRIC_COUNTER, "outband_jobs_devices_total", "result=\"failed\"",
              "Devices that jobs have dealt with, by result.")

#define TICK_MS       100  /* how soon a wish to cancel is noticed */
#define LOOK_MS       500  /* between two looks for devices that are waited for */
#define RETRY_MS      1000 /* after the store has refused results */
#define PAGE          1000 /* devices read from the store at once */
#define LOOKS_AT_ONCE 1000 /* devices looked for before others on the loop have their turn */
#define EVENT         "Job"

struct target {
    uint32_t place;
    struct guid guid;
};

enum slot_state { FREE, CHOSEN, WORKING, FINISHED };

/* A device in work. */
struct slot {
    enum slot_state state;
    struct io_task task;
    struct runner *runner;
    struct store_job_device device;
    struct arena arena; /* from CHOSEN on */
    bool over;          /* the fiber has its result */
};

struct runner {
    struct jobs_run *run;
    struct target *targets;
    size_t count;
    size_t next;    /* first that was not looked at */
    size_t *absent; /* those that are waited for, in their order */
    size_t absent_count;
    uint64_t looked_ms;     /* the last look at them */
    uint64_t wait_until_ms; /* devices that are not connected then are not waited for */
    struct slot *slots;
    size_t slot_count;
    size_t in_work; /* CHOSEN or WORKING */
    struct io_wait changed;
    struct store_job_device *changes; /* room for a write: one per slot */
    uint64_t stopping_since_ms;       /* 0: not stopping */
    bool store_failed;                /* and it was logged */
    bool told;                        /* the store was told that the job is being cancelled */
};

/* ---- one device ---- */

/* The word for an error that says what happened to the device. */
static const char *status_of(enum error_code code)
{
    switch (code) {
    case ERROR_NOT_FOUND:
        return "not connected";
    case ERROR_DEVICE:
    case ERROR_LOGIN:
        return "refused";
    case ERROR_TIMEOUT:
        return "timeout";
    case ERROR_CONNECTION:
        return "connection lost";
    case ERROR_CANCELLED:
        return "cancelled";
    case ERROR_BUSY:
        return "busy";
    case ERROR_UNSUPPORTED:
        return "unsupported";
    case ERROR_PROTOCOL:
    case ERROR_TOO_LARGE:
        return "bad answer";
    default:
        return "failed";
    }
}

struct work {
    struct slot *slot;
    struct jobs_outcome outcome;
    bool entered;
};

/* On the device's shard. */
static bool work_on(struct amt *amt, void *arg, struct error *err)
{
    struct work *work = arg;
    const struct jobs_run *run = work->slot->runner->run;
    const struct jobs_operation *operation = run->operation;
    work->entered = true;
    if (operation->run != NULL)
        return operation->run(amt, &work->slot->arena, run->parameters, &work->outcome, err);
    const struct jobs_place place = {run->options->store, &run->id, &work->slot->device.guid,
                                     run->tenant};
    return operation->run_at(&place, amt, &work->slot->arena, run->parameters, err);
}

/* What the process's end has cut off is done again later, or nobody knows. */
static void put_interrupted(struct slot *slot, bool was_begun)
{
    struct store_job_device *device = &slot->device;
    if (!was_begun || slot->runner->run->operation->repeatable) {
        device->state = STORE_JOB_DEVICE_PENDING;
        device->started = STORE_NEVER;
        device->finished = STORE_NEVER;
        return;
    }
    device->state = STORE_JOB_DEVICE_FAILED;
    device->status = "unknown";
    device->error = "The server was restarted while it ran.";
}

static void put_result(struct slot *slot, bool ok, const struct work *work, const struct error *err)
{
    struct store_job_device *device = &slot->device;
    struct jobs_run *run = slot->runner->run;
    device->finished = clock_wall_ms();
    if (ok) {
        const struct jobs_outcome *outcome = &work->outcome;
        bool refused = outcome->has_return_value && outcome->return_value != 0;
        device->state = refused ? STORE_JOB_DEVICE_FAILED : STORE_JOB_DEVICE_SUCCEEDED;
        device->status = refused ? "refused" : "ok";
        device->has_return_value = outcome->has_return_value;
        device->return_value = outcome->return_value;
        if (refused && outcome->description != NULL)
            device->error = outcome->description;
        else if (refused && outcome->return_text != NULL)
            device->error =
                arena_printf(&slot->arena, "The device answered %s.", outcome->return_text);
    } else if (err->code == ERROR_CANCELLED && !atomic_load(&run->cancelled)) {
        put_interrupted(slot, work->entered);
    } else {
        device->state = STORE_JOB_DEVICE_FAILED;
        device->status =
            err->code == ERROR_NOT_FOUND && work->entered ? "failed" : status_of(err->code);
        device->error = arena_string(&slot->arena, slice_of_string(err->text));
    }
}

/* As the route does it: row and secrets of a device that was deactivated are deleted. */
static bool forget(struct slot *slot, const struct jobs_outcome *outcome, struct error *err)
{
    const struct jobs_run *run = slot->runner->run;
    if (!run->operation->forgets || (outcome->has_return_value && outcome->return_value != 0))
        return true;
    return mps_device_forget(run->options->mps, run->options->store, &slot->device.guid,
                             run->tenant, err);
}

static void work_in_slot(void *arg)
{
    struct slot *slot = arg;
    struct jobs_run *run = slot->runner->run;
    struct work work = {.slot = slot};
    struct error err;
    error_clear(&err);
    (void)io_deadline_within((uint64_t)run->timeout_s * 1000);
    bool ok = mps_device_converse(run->options->mps, &slot->device.guid, run->tenant, work_on,
                                  &work, &err) &&
              forget(slot, &work.outcome, &err);
    put_result(slot, ok, &work, &err);
    slot->over = true;
    io_signal(&slot->runner->changed);
}

/* ---- choosing devices ---- */

static bool wants_end(const struct runner *runner)
{
    return atomic_load(&runner->run->cancelled) || atomic_load(&runner->run->stopping);
}

/* A device that is waited for is only tried when it is there. */
static bool is_there(const struct runner *runner, const struct guid *guid)
{
    return io_now() >= runner->wait_until_ms ||
           mps_device_is_connected(runner->run->options->mps, guid);
}

/* The same at the first look: nobody waits for a device on the LAN to call. */
static bool may_try(const struct runner *runner, const struct guid *guid)
{
    struct mps_device_status status;
    struct error err;
    error_clear(&err);
    return is_there(runner, guid) ||
           (mps_device_status(runner->run->options->mps, guid, &status, &err) && status.lan);
}

static void choose(struct runner *runner, size_t target)
{
    struct slot *slot = runner->slots;
    while (slot->state != FREE)
        slot++;
    slot->state = CHOSEN;
    slot->over = false;
    arena_init(&slot->arena);
    slot->device = (struct store_job_device){
        .place = runner->targets[target].place,
        .guid = runner->targets[target].guid,
        .state = STORE_JOB_DEVICE_RUNNING,
        .started = clock_wall_ms(),
        .finished = STORE_NEVER,
    };
    runner->in_work++;
}

static size_t free_slots(const struct runner *runner)
{
    size_t count = 0;
    for (size_t i = 0; i < runner->slot_count; i++)
        count += runner->slots[i].state == FREE;
    return count;
}

/* Those that were not there before. They keep their order. */
static void choose_absent(struct runner *runner, size_t *room)
{
    if (runner->absent_count == 0 ||
        (io_now() - runner->looked_ms < LOOK_MS && io_now() < runner->wait_until_ms))
        return;
    runner->looked_ms = io_now();
    size_t left = 0;
    for (size_t i = 0; i < runner->absent_count; i++) {
        size_t target = runner->absent[i];
        if (*room > 0 && is_there(runner, &runner->targets[target].guid)) {
            choose(runner, target);
            --*room;
        } else {
            runner->absent[left++] = target;
        }
    }
    runner->absent_count = left;
}

static void choose_devices(struct runner *runner)
{
    size_t room = free_slots(runner);
    size_t looks = 0;
    if (wants_end(runner))
        return;
    choose_absent(runner, &room);
    while (room > 0 && runner->next < runner->count && looks++ < LOOKS_AT_ONCE) {
        size_t target = runner->next++;
        if (may_try(runner, &runner->targets[target].guid)) {
            choose(runner, target);
            room--;
        } else {
            runner->absent[runner->absent_count++] = target;
        }
    }
}

/* ---- writing and starting ---- */

/* Results, and what is about to begin. False when the store refuses; nothing begins then. That
 * something begins which must not be done twice outlives a power failure, too. */
static bool write_changes(struct runner *runner)
{
    const struct jobs_run *run = runner->run;
    size_t count = 0;
    bool begins = false;
    for (size_t i = 0; i < runner->slot_count; i++) {
        const struct slot *slot = &runner->slots[i];
        if (slot->state == CHOSEN || slot->state == FINISHED)
            runner->changes[count++] = slot->device;
        begins = begins || slot->state == CHOSEN;
    }
    struct error err;
    error_clear(&err);
    if (count == 0 || store_job_write(run->options->store, &run->id, runner->changes, count,
                                      begins && !run->operation->repeatable, &err)) {
        runner->store_failed = false;
        return true;
    }
    if (!runner->store_failed)
        log_line(LOG_ERROR, "the results of a job cannot be written and are kept for later",
                 "error", err.text, NULL);
    runner->store_failed = true;
    return false;
}

static void tell_result(const struct runner *runner, const struct store_job_device *device)
{
    struct events *events = runner->run->options->events;
    if (device->state == STORE_JOB_DEVICE_SUCCEEDED) {
        metric_add(&devices_ok, 1);
        events_publish(events, EVENTS_SUCCESS, EVENT, "Job succeeded on device", &device->guid);
    } else if (device->state == STORE_JOB_DEVICE_FAILED) {
        metric_add(&devices_failed, 1);
        events_publish(events, EVENTS_FAIL, EVENT, "Job failed on device", &device->guid);
    }
}

static void start_chosen(struct runner *runner, struct slot *slot)
{
    struct error err;
    struct work none = {.slot = slot};
    slot->task = (struct io_task){0};
    slot->runner = runner;
    if (io_task_start(&slot->task, work_in_slot, slot, &err)) {
        slot->state = WORKING;
        return;
    }
    put_result(slot, false, &none, &err);
    slot->state = FINISHED;
    runner->in_work--;
}

/* Chosen, but no longer wanted: nothing was done to it, so it waits again. It may be marked as
 * running on disk, which the next write takes back. */
static void withdraw(struct runner *runner, struct slot *slot)
{
    put_interrupted(slot, false);
    slot->state = FINISHED;
    runner->in_work--;
}

/* After a write: what was finished is free again, what was chosen begins, unless somebody wants the
 * job to end since. */
static void go_on(struct runner *runner)
{
    for (size_t i = 0; i < runner->slot_count; i++) {
        struct slot *slot = &runner->slots[i];
        if (slot->state == FINISHED) {
            tell_result(runner, &slot->device);
            arena_fini_wiped(&slot->arena); /* as of a request */
            slot->state = FREE;
        } else if (slot->state == CHOSEN && wants_end(runner)) {
            withdraw(runner, slot);
        } else if (slot->state == CHOSEN) {
            start_chosen(runner, slot);
        }
    }
}

/* Takes over results of fibers that have ended; true when there are any to be written. */
static bool collect(struct runner *runner)
{
    bool any = false;
    for (size_t i = 0; i < runner->slot_count; i++) {
        struct slot *slot = &runner->slots[i];
        if (slot->state == WORKING && slot->over) {
            io_task_join(&slot->task);
            slot->state = FINISHED;
            runner->in_work--;
        }
        any = any || slot->state == FINISHED;
    }
    return any;
}

static void cancel_work(struct runner *runner)
{
    for (size_t i = 0; i < runner->slot_count; i++)
        if (runner->slots[i].state == WORKING)
            io_task_cancel(&runner->slots[i].task);
}

/* So that the job does not go on after a kill. When the store refuses, its last state is written
 * sooner or later. */
static void tell_cancelling(struct runner *runner)
{
    const struct jobs_run *run = runner->run;
    if (runner->told)
        return;
    runner->told = true;
    (void)store_job_set_state(run->options->store, &run->id, STORE_JOB_CANCELLING, clock_wall_ms(),
                              NULL);
}

static void heed_wishes(struct runner *runner)
{
    const struct jobs_run *run = runner->run;
    if (!wants_end(runner))
        return;
    for (size_t i = 0; i < runner->slot_count; i++)
        if (runner->slots[i].state == CHOSEN)
            withdraw(runner, &runner->slots[i]);
    bool stopping = atomic_load(&run->stopping);
    bool cancelled = atomic_load(&run->cancelled);
    if (stopping && runner->stopping_since_ms == 0)
        runner->stopping_since_ms = io_now();
    if (cancelled || (stopping && io_now() - runner->stopping_since_ms >= run->options->finish_ms))
        cancel_work(runner);
    if (cancelled && !stopping)
        tell_cancelling(runner);
}

static bool is_over(const struct runner *runner)
{
    return runner->in_work == 0 &&
           (wants_end(runner) || (runner->next == runner->count && runner->absent_count == 0));
}

/* For the store; shorter when the process ends. */
static void wait_for_store(const struct jobs_run *run)
{
    for (unsigned ms = 0; ms < RETRY_MS && !atomic_load(&run->stopping); ms += TICK_MS)
        if (!io_sleep(TICK_MS, NULL))
            return;
}

/* Each turn: results in, devices chosen, both written, the chosen begun. When the process ends and
 * the store refuses, what it refused is found out at the next start. */
static void run_devices(struct runner *runner)
{
    for (;;) {
        heed_wishes(runner);
        (void)collect(runner);
        choose_devices(runner);
        if (write_changes(runner)) {
            go_on(runner);
            if (is_over(runner) && !collect(runner))
                return;
        } else if (runner->stopping_since_ms != 0 && runner->in_work == 0) {
            return;
        } else {
            wait_for_store(runner->run);
            continue;
        }
        if (!wants_end(runner) && free_slots(runner) > 0 && runner->next < runner->count)
            (void)io_sleep(0, NULL);
        else
            (void)io_wait_for(&runner->changed, TICK_MS, NULL);
    }
}

/* ---- the job ---- */

/* The devices that have no result yet. */
static bool read_targets(struct runner *runner, struct error *err)
{
    struct jobs_run *run = runner->run;
    uint64_t total = 0;
    bool ok = true;
    do {
        struct arena arena;
        struct store_job_device *devices;
        size_t count = 0;
        arena_init(&arena);
        ok = store_job_devices(run->options->store, &arena, &run->id, STORE_JOB_DEVICE_PENDING,
                               PAGE, (uint32_t)runner->count, &devices, &count, &total, err);
        if (ok && runner->targets == NULL && total > 0)
            runner->targets = memory_new((size_t)total * sizeof *runner->targets);
        for (size_t i = 0; ok && i < count && runner->count < total; i++)
            runner->targets[runner->count++] = (struct target){devices[i].place, devices[i].guid};
        arena_fini(&arena);
        if (count == 0)
            break;
    } while (ok && runner->count < total);
    return ok;
}

static void prepare(struct runner *runner)
{
    const struct jobs_run *run = runner->run;
    uint64_t wait_s = run->wait_s;
    if (run->resumed && wait_s < run->options->grace_s)
        wait_s = run->options->grace_s;
    runner->wait_until_ms = io_now() + wait_s * 1000;
    runner->slot_count = run->concurrency < runner->count ? run->concurrency : runner->count;
    runner->slots = memory_new((runner->slot_count + 1) * sizeof *runner->slots);
    runner->changes = memory_new((runner->slot_count + 1) * sizeof *runner->changes);
    runner->absent = memory_new((runner->count + 1) * sizeof *runner->absent);
    for (size_t i = 0; i < runner->slot_count; i++)
        runner->slots[i].runner = runner;
}

/* Sets the state however long the store refuses, unless the process ends (it is found out at the
 * next start then) or the job is cancelled before it has begun. */
static bool set_state(struct jobs_run *run, enum store_job_state state)
{
    bool logged = false;
    struct error err;
    while (!store_job_set_state(run->options->store, &run->id, state, clock_wall_ms(), &err)) {
        if (!logged)
            log_line(LOG_ERROR, "the state of a job cannot be written", "error", err.text, NULL);
        logged = true;
        if (atomic_load(&run->stopping) ||
            (state == STORE_JOB_RUNNING && atomic_load(&run->cancelled)))
            return false;
        wait_for_store(run);
    }
    return true;
}

static void finish(struct jobs_run *run)
{
    struct events *events = run->options->events;
    if (atomic_load(&run->cancelled)) {
        if (set_state(run, STORE_JOB_CANCELLED)) {
            jobs_secret_remove(run->options->store, &run->id, run->operation);
            events_publish(events, EVENTS_FAIL, EVENT, "Job cancelled", NULL);
        }
    } else if (!atomic_load(&run->stopping)) {
        if (set_state(run, STORE_JOB_DONE)) {
            jobs_secret_remove(run->options->store, &run->id, run->operation);
            events_publish(events, EVENTS_SUCCESS, EVENT, "Job done", NULL);
        }
    }
}

/* Until the store gives them, or nobody wants them any more. */
static bool await_targets(struct runner *runner)
{
    struct jobs_run *run = runner->run;
    struct error err;
    while (!read_targets(runner, &err)) {
        log_line(LOG_ERROR, "the devices of a job cannot be read", "error", err.text, NULL);
        if (wants_end(runner))
            return false;
        wait_for_store(run);
    }
    return true;
}

static void run_targets(struct runner *runner)
{
    prepare(runner);
    run_devices(runner);
    for (size_t i = 0; i < runner->slot_count; i++)
        if (runner->slots[i].state != FREE)
            arena_fini_wiped(&runner->slots[i].arena);
    free(runner->slots);
    free(runner->changes);
    free(runner->absent);
}

void jobs_run(struct jobs_run *run)
{
    struct runner runner = {.run = run};
    if (atomic_load(&run->cancelled) || !set_state(run, STORE_JOB_RUNNING)) {
        if (atomic_load(&run->cancelled))
            finish(run);
        return;
    }
    events_publish(run->options->events, EVENTS_REQUEST, EVENT, "Job started", NULL);
    bool ok = await_targets(&runner);
    if (ok)
        run_targets(&runner);
    free(runner.targets);
    if (ok || atomic_load(&run->cancelled))
        finish(run);
}
