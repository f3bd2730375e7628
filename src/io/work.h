/*
 * Worker threads for what blocks: SQL, files, password hashing, key generation. A fiber awaits
 * the work; loops never block. A pool is shared by all loops of the process.
 */
#ifndef IO_WORK_H
#define IO_WORK_H

#include "core/error.h"

#include <stddef.h>

struct io_pool;

/* `threads` workers, at most `queue_limit` pieces of work waiting. `name` shows in thread lists
 * and metrics (15 characters at most). */
struct io_pool *io_pool_new(const char *name, unsigned threads, size_t queue_limit,
                            struct error *err);

/* Finishes what is queued, then stops the threads. No loop may use it any more. */
void io_pool_free(struct io_pool *pool);

/* Runs fn(arg) on a worker and waits until it has returned, so `arg` may live on the caller's
 * stack; not interrupted by deadline or cancellation, so fn bounds itself. False (fn never ran)
 * with ERROR_BUSY when the queue is full. Must run on a fiber. */
bool io_work(struct io_pool *pool, void (*fn)(void *arg), void *arg, struct error *err);

#endif
