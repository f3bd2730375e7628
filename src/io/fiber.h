/*
 * Fibers: conversations that read top to bottom. A fiber is a function with a small stack of its
 * own that runs on one loop and gives way only inside the waiting calls of io/ (io_wait_for,
 * io_sleep, stream reads and writes, io_call, io_work …). It never holds a lock across one.
 *
 * Every wait ends: with its result, at the deadline in force (ERROR_TIMEOUT), or because the fiber
 * was cancelled (ERROR_CANCELLED; from then on every wait fails at once, so the fiber unwinds
 * through its one clean-up path). Clean-up that itself has to wait, because it talks to a device,
 * does so behind a shield (io_shield_begin).
 *
 * Stacks come from a pool per loop, 64 KB each with a guard page; an idle device has none.
 */
#ifndef IO_FIBER_H
#define IO_FIBER_H

#include "core/error.h"
#include "core/list.h"

#include <stdbool.h>
#include <stdint.h>

struct fiber;

#define IO_FOREVER UINT64_MAX

/* One thing that a fiber waits for: signalled by one place, awaited by one fiber at a time. The
 * signal is kept until it is awaited. Zero-initialise. Same loop on both sides. */
struct io_wait {
    struct fiber *waiter;
    bool signalled;
};

/* Waits for the signal and clears it. `timeout_ms` counts from now (IO_FOREVER: only the fiber's
 * own deadline applies). False with ERROR_TIMEOUT or ERROR_CANCELLED; a signal that is already
 * there wins over both. Must run on a fiber. */
bool io_wait_for(struct io_wait *wait, uint64_t timeout_ms, struct error *err);

/* Signals; wakes the waiter on this turn of the loop, never inside this call. */
void io_signal(struct io_wait *wait);

/* Waits `ms` milliseconds. */
bool io_sleep(uint64_t ms, struct error *err);

/* A fiber that somebody waits for or may cancel. The struct belongs to the caller, stays in place
 * until the fiber is over, and is used on the loop that started it only. Zero-initialise. */
struct io_task {
    struct fiber *fiber; /* NULL before start and after the end */
    struct io_wait over;
    void (*main)(void *arg);
    void *arg;
};

/* Starts `main(arg)` on the current loop; it first runs on this turn, after the caller gives way.
 * Without a deadline of its own it inherits the caller's when started from a fiber. Fails with
 * ERROR_BUSY when the loop has its limit of fibers (io_fibers_limit). */
bool io_task_start(struct io_task *task, void (*main)(void *arg), void *arg, struct error *err);

/* Cancels: every wait of that fiber fails from now on, except behind a shield. No effect when it is
 * over. */
void io_task_cancel(struct io_task *task);

/* Waits until the fiber is over, however long: for structured use, where the task's deadline or
 * cancellation ends it. Not interrupted by the caller's own cancellation, which is passed on to
 * the task instead. */
void io_task_join(struct io_task *task);

bool io_task_running(const struct io_task *task);

/* Starts a fiber that nobody waits for. It has no deadline, whatever the starter's is: it outlives
 * the conversation that started it, so it bounds its own waits. Fails as io_task_start does. */
bool io_fiber_start(void (*main)(void *arg), void *arg, struct error *err);

/* True on a fiber. */
bool io_on_fiber(void);

/* Bounds all waits of the current fiber to `ms` from now, never later than what is in force, and
 * returns what was in force for io_deadline_restore. Nest them like brackets. */
uint64_t io_deadline_within(uint64_t ms);
void io_deadline_restore(uint64_t previous);

/* Milliseconds left of the deadline in force; IO_FOREVER when there is none. */
uint64_t io_deadline_left(void);

/* What a shield holds back, for io_shield_end. */
struct io_shield {
    uint64_t deadline; /* in force before */
    uint64_t bound;    /* of the shield around this one; IO_FOREVER without one */
    bool cleaning_up;  /* before */
};

/*
 * Shields clean-up that must wait: until io_shield_end, a cancellation of the current fiber is held
 * back, whether it came before or comes meanwhile, and the deadline in force is `ms` from now, even
 * when the one before has passed. io_shield_end puts both back: the earlier deadline is in force
 * again and a cancellation counts. Calls to other loops are shielded with their caller (io/call.h),
 * and a task started behind a shield inherits its deadline.
 *
 * Nest them like brackets, among themselves and with io_deadline_within. Time is not added up: a
 * shield never lasts longer than the one around it, so the outermost says how long all of the
 * clean-up may take.
 */
struct io_shield io_shield_begin(uint64_t ms);
void io_shield_end(struct io_shield shield);

/* The same around a request whose answer must not be lost. It takes nothing back, so that this is
 * no clean-up for io_is_cleaning_up. */
struct io_shield io_shield_begin_for_answer(uint64_t ms);

/* True on a fiber behind io_shield_begin, and on a task that was started there: what it asks for
 * takes something back. Who takes away the way to a peer lets that pass and nothing else. */
bool io_is_cleaning_up(void);

/* Sets the most fibers that this loop runs at once (default 20,000). */
void io_fibers_limit(uint32_t most);

/* A counted gate: at most `free` fibers inside, at most `queue_limit` waiting, first come first
 * served. One loop. */
struct io_gate {
    uint32_t free;
    uint32_t queue_limit;
    uint32_t queued;
    struct list waiters;
};

void io_gate_init(struct io_gate *gate, uint32_t places, uint32_t queue_limit);

/* ERROR_BUSY when the queue is full; ERROR_TIMEOUT or ERROR_CANCELLED while waiting. */
bool io_gate_enter(struct io_gate *gate, struct error *err);
void io_gate_leave(struct io_gate *gate);

#endif
