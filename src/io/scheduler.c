#include "io/scheduler.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct io_loop *current;

struct io_loop *io_loop_current(void)
{
    return current;
}

struct io_loop *scheduler_enter(struct io_loop *loop)
{
    struct io_loop *previous = current;
    current = loop;
    return previous;
}

struct scheduler *scheduler_current(void)
{
    if (current == NULL)
        scheduler_misuse("waits, timers and fibers need a loop that runs on this thread");
    return (struct scheduler *)(void *)current; /* its first field */
}

void scheduler_misuse(const char *rule)
{
    fprintf(stderr, "fault in the program: %s\n", rule);
    abort();
}

struct first_fiber {
    struct io_loop *loop;
    void (*main)(void *arg);
    void *arg;
};

static void run_first(void *arg)
{
    struct first_fiber *first = arg;
    first->main(first->arg);
    io_loop_stop(first->loop);
}

bool io_loop_main(struct io_loop *loop, void (*main)(void *arg), void *arg, struct error *err)
{
    struct first_fiber first = {loop, main, arg};
    struct io_loop *previous = scheduler_enter(loop);
    bool started = io_fiber_start(run_first, &first, err);
    (void)scheduler_enter(previous);
    if (started)
        io_loop_run(loop);
    return started;
}
