#include "io/fiber.h"

#include "core/metrics.h"
#include "io/scheduler.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIBERS_LIMIT     20000
#define SPARES_LIMIT     256 /* stacks kept for the next fibers */
#define RESUMED_PER_TURN 512 /* so that fibers that wake each other do not hold up traffic */

METRIC_DEFINE(fibers, METRIC_GAUGE, "outband_io_fibers", NULL, "Conversations in progress.")

/* Lives at the upper end of its own stack, so that a fiber is one allocation. */
struct fiber {
    struct context context;
    struct scheduler *scheduler;
    struct fiber *next_spare;
    struct list ready;     /* in the scheduler's list while it is to be resumed */
    struct io_wait *waits; /* suspended on this; NULL while running or not yet started */
    enum wait_kind kind;   /* of that wait */
    struct io_timer timer; /* ends that wait */
    uint64_t deadline;     /* of all its waits; IO_FOREVER without one */
    uint64_t shield_bound; /* until when a shield may last; IO_FOREVER outside of one */
    uint32_t shields;      /* how many hold cancellation back */
    bool cleaning_up;      /* behind one that is for clean-up */
    bool cancelled;
    bool over;
    void (*main)(void *arg);
    void *arg;
    struct io_task *task; /* NULL when nobody waits for it */
    void *mapping;        /* guard page and stack */
    size_t size;          /* of the mapping */
};

static void wake(struct fiber *fiber)
{
    if (list_is_empty(&fiber->ready))
        list_append(&fiber->scheduler->ready, &fiber->ready);
}

static void wait_ran_out(struct io_timer *timer)
{
    wake(LIST_ENTRY(timer, struct fiber, timer));
}

static void run_fiber(void *arg)
{
    struct fiber *fiber = arg;
    fiber->main(fiber->arg);
    fiber->over = true;
    context_switch(&fiber->context, &fiber->scheduler->context, true);
}

static struct fiber *new_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = context_stack_size() + page;
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    if (mprotect(mapping, page, PROT_NONE) != 0) {
        (void)munmap(mapping, size);
        return NULL;
    }
    size_t room = (sizeof(struct fiber) + 63) & ~(size_t)63;
    struct fiber *fiber = (struct fiber *)(void *)((uint8_t *)mapping + size - room);
    fiber->mapping = mapping;
    fiber->size = size;
    return fiber;
}

static struct fiber *take_stack(struct scheduler *scheduler)
{
    struct fiber *fiber = scheduler->spare;
    if (fiber == NULL)
        return new_stack();
    scheduler->spare = fiber->next_spare;
    scheduler->spares--;
    return fiber;
}

static void give_stack(struct scheduler *scheduler, struct fiber *fiber)
{
    if (scheduler->spares >= SPARES_LIMIT) {
        (void)munmap(fiber->mapping, fiber->size);
        return;
    }
    fiber->next_spare = scheduler->spare;
    scheduler->spare = fiber;
    scheduler->spares++;
}

bool fiber_start(void (*main)(void *arg), void *arg, struct io_task *task, struct fiber **started,
                 struct error *err)
{
    struct scheduler *scheduler = scheduler_current();
    if (scheduler->fibers >= scheduler->fibers_limit)
        return error_set(err, ERROR_BUSY, "%u conversations are in progress, the limit",
                         scheduler->fibers);
    struct fiber *fiber = take_stack(scheduler);
    if (fiber == NULL)
        return error_set(err, ERROR_BUSY, "no memory for another conversation");
    void *mapping = fiber->mapping;
    size_t size = fiber->size;
    *fiber = (struct fiber){.scheduler = scheduler,
                            .deadline = IO_FOREVER,
                            .shield_bound = IO_FOREVER,
                            .main = main,
                            .arg = arg,
                            .task = task,
                            .mapping = mapping,
                            .size = size};
    size_t page = size - context_stack_size();
    uint8_t *bottom = (uint8_t *)mapping + page;
    context_make(&fiber->context, bottom, (size_t)((uint8_t *)fiber - bottom), run_fiber, fiber);
    io_timer_init(&fiber->timer, wait_ran_out);
    list_init(&fiber->ready);
    list_append(&scheduler->ready, &fiber->ready);
    scheduler->fibers++;
    metric_add(&fibers, 1);
    if (started != NULL)
        *started = fiber;
    return true;
}

/* Runs `fiber` until it gives way or is over. */
static void resume(struct scheduler *scheduler, struct fiber *fiber)
{
    scheduler->current = fiber;
    context_switch(&scheduler->context, &fiber->context, false);
    scheduler->current = NULL;
    if (!fiber->over)
        return;
    struct io_task *task = fiber->task;
    context_fini(&fiber->context);
    give_stack(scheduler, fiber);
    scheduler->fibers--;
    metric_add(&fibers, -1);
    if (task != NULL) {
        task->fiber = NULL;
        io_signal(&task->over);
    }
}

void scheduler_init(struct scheduler *scheduler)
{
    *scheduler = (struct scheduler){.fibers_limit = FIBERS_LIMIT};
    list_init(&scheduler->ready);
}

void scheduler_fini(struct scheduler *scheduler)
{
    while (scheduler->spare != NULL) {
        struct fiber *fiber = scheduler->spare;
        scheduler->spare = fiber->next_spare;
        (void)munmap(fiber->mapping, fiber->size);
    }
    free(scheduler->timers);
}

void scheduler_resume(struct scheduler *scheduler)
{
    for (int resumed = 0; resumed < RESUMED_PER_TURN && !list_is_empty(&scheduler->ready);
         resumed++) {
        struct fiber *fiber = LIST_ENTRY(scheduler->ready.next, struct fiber, ready);
        list_remove(&fiber->ready);
        resume(scheduler, fiber);
    }
}

bool scheduler_is_ready(const struct scheduler *scheduler)
{
    return !list_is_empty(&scheduler->ready);
}

static struct fiber *running(void)
{
    struct fiber *fiber = scheduler_current()->current;
    if (fiber == NULL)
        scheduler_misuse("only a fiber may wait");
    return fiber;
}

/* A cancellation that no shield holds back. */
static bool is_cancelled(const struct fiber *fiber)
{
    return fiber->cancelled && fiber->shields == 0;
}

/* What would end a wait of this kind right now, other than its signal. */
static bool ends_now(const struct fiber *fiber, enum wait_kind kind, uint64_t due,
                     enum wait_end *end)
{
    *end = WAIT_CANCELLED;
    if (kind != WAIT_CERTAIN && is_cancelled(fiber))
        return true;
    *end = WAIT_TIMED_OUT;
    return kind == WAIT_BOUNDED && due <= io_now();
}

enum wait_end fiber_wait(struct io_wait *wait, enum wait_kind kind, uint64_t due)
{
    struct fiber *fiber = running();
    enum wait_end end = WAIT_SIGNALLED;
    if (wait->waiter != NULL)
        scheduler_misuse("one fiber at a time waits for a thing");
    if (due > fiber->deadline)
        due = fiber->deadline;
    while (!wait->signalled && !ends_now(fiber, kind, due, &end)) {
        if (kind == WAIT_BOUNDED && due != IO_FOREVER)
            io_timer_start(&fiber->timer, due - io_now());
        wait->waiter = fiber;
        fiber->waits = wait;
        fiber->kind = kind;
        context_switch(&fiber->context, &fiber->scheduler->context, false);
        fiber->waits = NULL;
        wait->waiter = NULL;
        io_timer_stop(&fiber->timer);
    }
    if (!wait->signalled)
        return end;
    wait->signalled = false;
    return WAIT_SIGNALLED;
}

void io_signal(struct io_wait *wait)
{
    wait->signalled = true;
    if (wait->waiter != NULL)
        wake(wait->waiter);
}

void fiber_cancel(struct fiber *fiber)
{
    fiber->cancelled = true;
    if (fiber->waits != NULL && fiber->kind != WAIT_CERTAIN && is_cancelled(fiber))
        wake(fiber);
}

bool fiber_cancelled(void)
{
    return is_cancelled(running());
}

static uint64_t after(uint64_t ms)
{
    uint64_t now = io_now();
    return ms > IO_FOREVER - now ? IO_FOREVER : now + ms;
}

bool io_wait_for(struct io_wait *wait, uint64_t timeout_ms, struct error *err)
{
    switch (fiber_wait(wait, WAIT_BOUNDED, after(timeout_ms))) {
    case WAIT_SIGNALLED:
        return true;
    case WAIT_TIMED_OUT:
        return error_set(err, ERROR_TIMEOUT, "the time limit passed");
    case WAIT_CANCELLED:
        break;
    }
    return error_set(err, ERROR_CANCELLED, "cancelled");
}

struct sleeper {
    struct io_timer timer;
    struct io_wait over;
};

static void signal_sleeper(struct io_timer *timer)
{
    io_signal(&LIST_ENTRY(timer, struct sleeper, timer)->over);
}

bool io_sleep(uint64_t ms, struct error *err)
{
    struct sleeper sleeper = {.timer = {.fire = signal_sleeper}};
    io_timer_start(&sleeper.timer, ms);
    bool slept = io_wait_for(&sleeper.over, IO_FOREVER, err);
    io_timer_stop(&sleeper.timer);
    return slept;
}

bool io_task_start(struct io_task *task, void (*main)(void *arg), void *arg, struct error *err)
{
    if (task->fiber != NULL)
        scheduler_misuse("a task is started again after it is over");
    *task = (struct io_task){.main = main, .arg = arg};
    if (!fiber_start(main, arg, task, &task->fiber, err))
        return false;
    struct fiber *starter = scheduler_current()->current;
    if (starter != NULL) {
        task->fiber->deadline = starter->deadline;
        task->fiber->cleaning_up = starter->cleaning_up;
    }
    return true;
}

void io_task_cancel(struct io_task *task)
{
    if (task->fiber != NULL)
        fiber_cancel(task->fiber);
}

void io_task_join(struct io_task *task)
{
    enum wait_kind kind = WAIT_CANCELLABLE;
    while (task->fiber != NULL) {
        if (fiber_wait(&task->over, kind, IO_FOREVER) == WAIT_CANCELLED) {
            io_task_cancel(task);
            kind = WAIT_CERTAIN;
        }
    }
    task->over.signalled = false;
}

bool io_task_running(const struct io_task *task)
{
    return task->fiber != NULL;
}

bool io_fiber_start(void (*main)(void *arg), void *arg, struct error *err)
{
    return fiber_start(main, arg, NULL, NULL, err);
}

bool io_on_fiber(void)
{
    return io_loop_current() != NULL && scheduler_current()->current != NULL;
}

uint64_t io_deadline_within(uint64_t ms)
{
    struct fiber *fiber = running();
    uint64_t previous = fiber->deadline;
    uint64_t wanted = after(ms);
    if (wanted < previous)
        fiber->deadline = wanted;
    return previous;
}

void io_deadline_restore(uint64_t previous)
{
    running()->deadline = previous;
}

uint64_t io_deadline_left(void)
{
    uint64_t deadline = running()->deadline;
    uint64_t now = io_now();
    if (deadline == IO_FOREVER)
        return IO_FOREVER;
    return deadline > now ? deadline - now : 0;
}

struct io_shield io_shield_begin_for_answer(uint64_t ms)
{
    struct fiber *fiber = running();
    struct io_shield before = {.deadline = fiber->deadline,
                               .bound = fiber->shield_bound,
                               .cleaning_up = fiber->cleaning_up};
    uint64_t wanted = after(ms);
    if (wanted > fiber->shield_bound)
        wanted = fiber->shield_bound;
    fiber->deadline = wanted;
    fiber->shield_bound = wanted;
    fiber->shields++;
    return before;
}

struct io_shield io_shield_begin(uint64_t ms)
{
    struct io_shield before = io_shield_begin_for_answer(ms);
    running()->cleaning_up = true;
    return before;
}

bool io_is_cleaning_up(void)
{
    return running()->cleaning_up;
}

void io_shield_end(struct io_shield shield)
{
    struct fiber *fiber = running();
    if (fiber->shields == 0)
        scheduler_misuse("a shield ends once, on the fiber that began it");
    fiber->shields--;
    fiber->deadline = shield.deadline;
    fiber->shield_bound = shield.bound;
    fiber->cleaning_up = shield.cleaning_up;
}

void io_fibers_limit(uint32_t most)
{
    scheduler_current()->fibers_limit = most;
}
