/* Timers of the current loop. The struct lives in its owner; starting and stopping never fail and
 * cost O(log n). A timer fires once, on the loop, outside of any fiber; `fire` may start it again
 * or free its owner. For idle limits, note the time of the last traffic and re-arm when the timer
 * fires instead of restarting it for every message. */
#ifndef IO_TIMER_H
#define IO_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct io_timer {
    void (*fire)(struct io_timer *timer);
    uint64_t due;   /* io_now at which it fires */
    uint32_t place; /* 1-based place in the loop's heap; 0 when not running */
    uint32_t order; /* of starts: equal times fire in the order they were started */
};

/* Zero is a valid initial state too. */
void io_timer_init(struct io_timer *timer, void (*fire)(struct io_timer *timer));

/* Fires `fire` in `ms` milliseconds; a running timer is moved. */
void io_timer_start(struct io_timer *timer, uint64_t ms);

/* No effect when it is not running. */
void io_timer_stop(struct io_timer *timer);

bool io_timer_running(const struct io_timer *timer);

#endif
