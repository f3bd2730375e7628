#include "io/timer.h"

#include "core/memory.h"
#include "io/scheduler.h"

#include <stdlib.h>

/* Most timers fired in one turn, so that a burst of them does not hold up traffic. */
#define FIRED_PER_TURN 256

static bool before(const struct io_timer *a, const struct io_timer *b)
{
    if (a->due != b->due)
        return a->due < b->due;
    return (int32_t)(a->order - b->order) < 0;
}

static void put(struct scheduler *scheduler, uint32_t place, struct io_timer *timer)
{
    scheduler->timers[place] = timer;
    timer->place = place;
}

/* Moves the timer at `place` towards the root while it is due before its parent. */
static uint32_t rise(struct scheduler *scheduler, uint32_t place)
{
    struct io_timer *timer = scheduler->timers[place];
    while (place > 1 && before(timer, scheduler->timers[place / 2])) {
        put(scheduler, place, scheduler->timers[place / 2]);
        place /= 2;
    }
    put(scheduler, place, timer);
    return place;
}

/* Moves the timer at `place` away from the root while a child is due before it. */
static void sink(struct scheduler *scheduler, uint32_t place)
{
    struct io_timer *timer = scheduler->timers[place];
    while (place * 2 <= scheduler->timer_count) {
        uint32_t child = place * 2;
        if (child < scheduler->timer_count &&
            before(scheduler->timers[child + 1], scheduler->timers[child]))
            child++;
        if (!before(scheduler->timers[child], timer))
            break;
        put(scheduler, place, scheduler->timers[child]);
        place = child;
    }
    put(scheduler, place, timer);
}

static void take_out(struct scheduler *scheduler, struct io_timer *timer)
{
    uint32_t place = timer->place;
    struct io_timer *last = scheduler->timers[scheduler->timer_count--];
    timer->place = 0;
    if (last == timer)
        return;
    put(scheduler, place, last);
    sink(scheduler, rise(scheduler, place));
}

void io_timer_init(struct io_timer *timer, void (*fire)(struct io_timer *timer))
{
    *timer = (struct io_timer){.fire = fire};
}

void io_timer_start(struct io_timer *timer, uint64_t ms)
{
    struct scheduler *scheduler = scheduler_current();
    if (timer->place != 0)
        take_out(scheduler, timer);
    if (scheduler->timer_count + 1 >= scheduler->timer_capacity) {
        scheduler->timer_capacity =
            scheduler->timer_capacity == 0 ? 64 : scheduler->timer_capacity * 2;
        scheduler->timers =
            memory_resize(scheduler->timers, scheduler->timer_capacity * sizeof *scheduler->timers);
    }
    uint64_t now = io_now();
    timer->due = ms > IO_FOREVER - now ? IO_FOREVER : now + ms;
    timer->order = scheduler->timer_order++;
    put(scheduler, ++scheduler->timer_count, timer);
    (void)rise(scheduler, scheduler->timer_count);
}

void io_timer_stop(struct io_timer *timer)
{
    if (timer->place != 0)
        take_out(scheduler_current(), timer);
}

bool io_timer_running(const struct io_timer *timer)
{
    return timer->place != 0;
}

uint64_t scheduler_next(const struct scheduler *scheduler)
{
    return scheduler->timer_count == 0 ? IO_FOREVER : scheduler->timers[1]->due;
}

void scheduler_fire(struct scheduler *scheduler)
{
    uint64_t now = io_now();
    for (int fired = 0; fired < FIRED_PER_TURN && scheduler_next(scheduler) <= now; fired++) {
        struct io_timer *timer = scheduler->timers[1];
        take_out(scheduler, timer);
        timer->fire(timer);
    }
}
