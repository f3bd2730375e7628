/*
 * What both kinds of loop share: timers, fibers that are ready, and the pool of stacks. Each kind
 * embeds a scheduler as the first field of its struct io_loop, says what time it is (io_now) and
 * calls scheduler_turn. Private to this room. Used on the loop's thread only.
 */
#ifndef IO_SCHEDULER_H
#define IO_SCHEDULER_H

#include "core/list.h"
#include "io/context.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/timer.h"

struct scheduler {
    struct io_timer **timers; /* binary heap, place 1 first */
    uint32_t timer_count;
    uint32_t timer_capacity;
    uint32_t timer_order; /* counts starts, so that equal times fire in the order started */

    struct context context; /* of the loop itself, while a fiber runs */
    struct fiber *current;
    struct list ready; /* fibers to resume */
    uint32_t fibers;
    uint32_t fibers_limit;
    struct fiber *spare; /* stacks of fibers that are over */
    uint32_t spares;
    uint32_t calls; /* of io_call, running here for others */
};

void scheduler_init(struct scheduler *scheduler);

/* Every fiber must be over. */
void scheduler_fini(struct scheduler *scheduler);

/* The scheduler of this thread's loop. Ends the process when there is none: whoever calls has
 * broken the rule that waits and timers belong to a loop. */
struct scheduler *scheduler_current(void);

/* Makes `loop` (NULL: none) this thread's loop and returns the one before. */
struct io_loop *scheduler_enter(struct io_loop *loop);

/* Fires what is due and resumes what is ready, a bounded number of each. */
void scheduler_fire(struct scheduler *scheduler);
void scheduler_resume(struct scheduler *scheduler);

/* True when scheduler_resume would resume something. */
bool scheduler_is_ready(const struct scheduler *scheduler);

/* When the next timer is due; IO_FOREVER without one. */
uint64_t scheduler_next(const struct scheduler *scheduler);

/* Ends the process: a rule of the interface was broken by our own code. */
_Noreturn void scheduler_misuse(const char *rule);

/* --- for the waiting calls of this room ------------------------------------------------------ */

/* How a wait ends besides its signal. */
enum wait_kind {
    WAIT_BOUNDED,     /* deadline and cancellation end it */
    WAIT_CANCELLABLE, /* cancellation only */
    WAIT_CERTAIN,     /* neither */
};

enum wait_end { WAIT_SIGNALLED, WAIT_TIMED_OUT, WAIT_CANCELLED };

/* Suspends the current fiber until `wait` is signalled or something else ends the wait. `due` is
 * an absolute time, used by WAIT_BOUNDED only. */
enum wait_end fiber_wait(struct io_wait *wait, enum wait_kind kind, uint64_t due);

/* Starts a fiber; *fiber (may be NULL) can be cancelled until `main` returns. */
bool fiber_start(void (*main)(void *arg), void *arg, struct io_task *task, struct fiber **fiber,
                 struct error *err);
void fiber_cancel(struct fiber *fiber);
bool fiber_cancelled(void);

#endif
