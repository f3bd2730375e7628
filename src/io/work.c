#include "io/work.h"

#include "core/memory.h"
#include "core/thread.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/scheduler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One piece of work; lives on the stack of the fiber that awaits it. */
struct job {
    struct job *next;
    void (*fn)(void *arg);
    void *arg;
    struct io_loop *loop;
    struct io_message finished;
    struct io_wait done;
};

struct io_pool {
    char name[16];
    pthread_t *threads;
    unsigned thread_count;
    size_t queue_limit;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t news;
    struct job *first;
    struct job **end;
    size_t queued;
    bool closing;
};

static void job_finished(struct io_message *message)
{
    io_signal(&LIST_ENTRY(message, struct job, finished)->done);
}

/* Waits for work; NULL when the pool closes and nothing is left. */
static struct job *take(struct io_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->closing)
        pthread_cond_wait(&pool->news, &pool->lock);
    struct job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        if (pool->first == NULL)
            pool->end = &pool->first;
        pool->queued--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *work(void *arg)
{
    struct io_pool *pool = arg;
    for (struct job *job = take(pool); job != NULL; job = take(pool)) {
        job->fn(job->arg);
        io_post(job->loop, &job->finished);
    }
    return NULL;
}

struct io_pool *io_pool_new(const char *name, unsigned threads, size_t queue_limit,
                            struct error *err)
{
    struct io_pool *pool = memory_new(sizeof *pool);
    (void)snprintf(pool->name, sizeof pool->name, "%s", name);
    pool->queue_limit = queue_limit;
    pool->end = &pool->first;
    pool->threads = memory_new(threads * sizeof *pool->threads);
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->news, NULL);
    while (pool->thread_count < threads) {
        if (!thread_start(&pool->threads[pool->thread_count], name, work, pool, err)) {
            io_pool_free(pool);
            return NULL;
        }
        pool->thread_count++;
    }
    return pool;
}

void io_pool_free(struct io_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->news);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        (void)pthread_join(pool->threads[i], NULL);
    (void)pthread_cond_destroy(&pool->news);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

/* False with ERROR_BUSY when the queue is full. */
static bool enqueue(struct io_pool *pool, struct job *job, struct error *err)
{
    pthread_mutex_lock(&pool->lock);
    bool full = pool->queued >= pool->queue_limit;
    size_t queued = pool->queued;
    if (!full) {
        *pool->end = job;
        pool->end = &job->next;
        pool->queued++;
        pthread_cond_signal(&pool->news);
    }
    pthread_mutex_unlock(&pool->lock);
    return !full || error_set(err, ERROR_BUSY, "%zu pieces of work wait for %s, the limit", queued,
                              pool->name);
}

bool io_work(struct io_pool *pool, void (*fn)(void *arg), void *arg, struct error *err)
{
    if (!io_on_fiber())
        scheduler_misuse("only a fiber may wait");
    struct job job = {
        .fn = fn, .arg = arg, .loop = io_loop_current(), .finished = {.run = job_finished}};
    if (!enqueue(pool, &job, err))
        return false;
    while (fiber_wait(&job.done, WAIT_CERTAIN, IO_FOREVER) != WAIT_SIGNALLED)
        ;
    return true;
}
