/*
 * An event loop: one per thread, and everything registered with it belongs to that thread. Other
 * threads reach it by io_post only.
 *
 * This header, conn.h and work.h are implemented twice: over libuv (src/io) for the programs, and
 * with a simulated clock and scripted peers (src/io/simulated) for scenario tests. Fibers, timers
 * and waits are shared by both.
 *
 * Order within one turn: expired timers, messages from other threads and I/O of established
 * connections as they come, fibers that became ready, then at most one TLS handshake step.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "core/error.h"

#include <stdint.h>

struct io_loop;

/* A loop for the calling thread to run. Owned by the caller; NULL with `err` on failure. */
struct io_loop *io_loop_new(struct error *err);

/* Frees a loop that is not running, after every thread that posts to it has ended. Its fibers must
 * be over and its listeners closed; connections that are left are cut, their owners hear so. */
void io_loop_free(struct io_loop *loop);

/* Makes `loop` the loop of this thread and runs it until io_loop_stop. */
void io_loop_run(struct io_loop *loop);

/* Makes io_loop_run return after the current turn. Any thread. */
void io_loop_stop(struct io_loop *loop);

/* Runs `loop` with main(arg) as its first fiber until that fiber has returned: for command-line
 * programs and tests. False when the fiber could not be started. */
bool io_loop_main(struct io_loop *loop, void (*main)(void *arg), void *arg, struct error *err);

/* The loop that this thread runs; NULL outside of one. */
struct io_loop *io_loop_current(void);

/* Milliseconds of the current loop's monotonic clock, constant during a turn. */
uint64_t io_now(void);

/* Work posted to another thread's loop. The message owns what it carries; `run` is called once on
 * the target's thread, owns the message from then on and must not suspend. */
struct io_message {
    struct io_message *next;
    void (*run)(struct io_message *message);
};

/* Any thread, never blocks, messages of one sender stay in order. The queue has no bound of its
 * own: whoever posts in answer to outside input holds a credit (io_call does). */
void io_post(struct io_loop *loop, struct io_message *message);

#endif
