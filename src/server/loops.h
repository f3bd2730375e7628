/*
 * The loop threads of the process, one event loop each, and how the main thread has something done
 * on them: a call runs on a fiber of one loop while the main thread waits, listening for signals.
 * Main thread only.
 */
#ifndef SERVER_LOOPS_H
#define SERVER_LOOPS_H

#include "core/error.h"

#include <stdint.h>

struct io_loop;
struct loops;

/* What the owner keeps per loop. Both run on the loop's thread: prepare before the loop runs,
 * cleanup after it. */
struct loops_events {
    bool (*prepare)(void *context, unsigned index, struct io_loop *loop, struct error *err);
    void (*cleanup)(void *context, unsigned index);
    void *context;
};

/* Starts `count` threads and waits until each has its loop. Signals that the process handles must
 * be blocked before. NULL with the first error; no thread is left then. */
struct loops *loops_start(unsigned count, const struct loops_events *events, struct error *err);

unsigned loops_count(const struct loops *loops);

/* Starts fn(arg, index) on a fiber of loop `index`. `arg` must live until it is over. */
void loops_post(struct loops *loops, unsigned index, void (*fn)(void *arg, unsigned index),
                void *arg);

/* A descriptor that is readable when a posted call may be over; for poll. */
int loops_descriptor(const struct loops *loops);

/* Posted calls that are not over yet. Makes the descriptor quiet. */
unsigned loops_pending(struct loops *loops);

/* Waits for all posted calls, however long that takes. */
void loops_wait(struct loops *loops);

/* Ends the loops and their threads and frees everything. Nothing may be posted any more. */
void loops_stop(struct loops *loops);

#endif
