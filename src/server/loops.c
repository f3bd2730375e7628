#include "server/loops.h"

#include "core/list.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop_thread {
    struct loops *loops;
    unsigned index;
    pthread_t thread;
    struct io_loop *loop;
    struct error err; /* why it did not start */
};

struct loops {
    struct loops_events events;
    unsigned count;
    int descriptor;
    atomic_uint pending;
    pthread_barrier_t started;
    struct loop_thread threads[];
};

static bool prepare(struct loop_thread *thread)
{
    const struct loops_events *events = &thread->loops->events;
    thread->loop = io_loop_new(&thread->err);
    if (thread->loop == NULL)
        return false;
    if (events->prepare(events->context, thread->index, thread->loop, &thread->err))
        return true;
    events->cleanup(events->context, thread->index);
    io_loop_free(thread->loop);
    thread->loop = NULL;
    return false;
}

static void *run(void *arg)
{
    struct loop_thread *thread = arg;
    const struct loops_events *events = &thread->loops->events;
    bool ok = prepare(thread);
    (void)pthread_barrier_wait(&thread->loops->started);
    if (!ok)
        return NULL;
    io_loop_run(thread->loop);
    events->cleanup(events->context, thread->index);
    io_loop_free(thread->loop);
    return NULL;
}

static bool start_thread(struct loop_thread *thread, struct error *err)
{
    char name[16];
    if (pthread_create(&thread->thread, NULL, run, thread) != 0)
        return error_set(err, ERROR_INTERNAL, "a thread cannot be started");
    (void)snprintf(name, sizeof name, "loop-%u", thread->index);
    (void)pthread_setname_np(thread->thread, name);
    return true;
}

static void free_loops(struct loops *loops)
{
    (void)pthread_barrier_destroy(&loops->started);
    (void)close(loops->descriptor);
    free(loops);
}

/* The barrier counts on every thread; without one of them nobody could be joined. */
static _Noreturn void give_up(const struct error *err)
{
    (void)fprintf(stderr, "outband: %s\n", err->text);
    _exit(1);
}

struct loops *loops_start(unsigned count, const struct loops_events *events, struct error *err)
{
    struct loops *loops = memory_new(sizeof *loops + count * sizeof loops->threads[0]);
    loops->events = *events;
    loops->count = count;
    loops->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_barrier_init(&loops->started, NULL, count + 1);
    for (unsigned i = 0; i < count; i++) {
        loops->threads[i].loops = loops;
        loops->threads[i].index = i;
        if (!start_thread(&loops->threads[i], err))
            give_up(err);
    }
    (void)pthread_barrier_wait(&loops->started);
    bool ok = true;
    for (unsigned i = 0; i < count; i++) {
        if (loops->threads[i].loop == NULL && ok) {
            ok = false;
            *err = loops->threads[i].err;
        }
    }
    if (ok)
        return loops;
    loops_stop(loops);
    return NULL;
}

unsigned loops_count(const struct loops *loops)
{
    return loops->count;
}

struct posted {
    struct io_message message;
    struct loops *loops;
    unsigned index;
    void (*fn)(void *arg, unsigned index);
    void *arg;
};

static void run_posted(void *arg)
{
    struct posted *posted = arg;
    struct loops *loops = posted->loops;
    posted->fn(posted->arg, posted->index);
    free(posted);
    (void)atomic_fetch_sub(&loops->pending, 1);
    (void)eventfd_write(loops->descriptor, 1);
}

static void on_message(struct io_message *message)
{
    struct posted *posted = LIST_ENTRY(message, struct posted, message);
    if (!io_fiber_start(run_posted, posted, NULL)) /* the loop has all the fibers it may have */
        io_post(posted->loops->threads[posted->index].loop, message); /* again next turn */
}

void loops_post(struct loops *loops, unsigned index, void (*fn)(void *arg, unsigned index),
                void *arg)
{
    struct posted *posted = memory_new(sizeof *posted);
    *posted = (struct posted){
        .message = {.run = on_message},
        .loops = loops,
        .index = index,
        .fn = fn,
        .arg = arg,
    };
    (void)atomic_fetch_add(&loops->pending, 1);
    io_post(loops->threads[index].loop, &posted->message);
}

int loops_descriptor(const struct loops *loops)
{
    return loops->descriptor;
}

unsigned loops_pending(struct loops *loops)
{
    eventfd_t ignored;
    (void)eventfd_read(loops->descriptor, &ignored);
    return atomic_load(&loops->pending);
}

void loops_wait(struct loops *loops)
{
    while (loops_pending(loops) > 0) {
        struct pollfd wait = {.fd = loops->descriptor, .events = POLLIN};
        (void)poll(&wait, 1, -1);
    }
}

void loops_stop(struct loops *loops)
{
    for (unsigned i = 0; i < loops->count; i++)
        if (loops->threads[i].loop != NULL)
            io_loop_stop(loops->threads[i].loop);
    for (unsigned i = 0; i < loops->count; i++)
        (void)pthread_join(loops->threads[i].thread, NULL);
    free_loops(loops);
}
