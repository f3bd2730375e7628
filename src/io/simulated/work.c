#include "io/work.h"

#include "core/memory.h"
#include "io/scheduler.h"

#include <stdlib.h>

struct io_pool {
    size_t queue_limit;
    size_t queued;
};

struct job {
    struct io_message message;
    struct io_pool *pool;
    void (*fn)(void *arg);
    void *arg;
    struct io_wait done;
};

struct io_pool *io_pool_new(const char *name, unsigned threads, size_t queue_limit,
                            struct error *err)
{
    (void)name;
    (void)threads;
    (void)err;
    struct io_pool *pool = memory_new(sizeof *pool);
    pool->queue_limit = queue_limit;
    return pool;
}

void io_pool_free(struct io_pool *pool)
{
    free(pool);
}

/* On the next turn, outside of any fiber, as on a worker. */
static void run_job(struct io_message *message)
{
    struct job *job = LIST_ENTRY(message, struct job, message);
    job->pool->queued--;
    job->fn(job->arg);
    io_signal(&job->done);
}

bool io_work(struct io_pool *pool, void (*fn)(void *arg), void *arg, struct error *err)
{
    if (pool->queued >= pool->queue_limit)
        return error_set(err, ERROR_BUSY, "%zu pieces of work wait, the limit", pool->queued);
    struct job job = {.message = {.run = run_job}, .pool = pool, .fn = fn, .arg = arg};
    pool->queued++;
    io_post(io_loop_current(), &job.message);
    while (fiber_wait(&job.done, WAIT_CERTAIN, IO_FOREVER) != WAIT_SIGNALLED)
        ;
    return true;
}

/* Simulated work takes no time, so nobody leaves. */
