#include "sim/mei_trap_parts.h"

#include "core/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_US 100000
#define LOOK_MS  50 /* how often who waits for a lock is looked after: for signals */
#define END_S    5  /* that the thread has to end */

/* ---- the thread ---- */

static nfds_t fill(struct sim_mei_trap *trap, struct pollfd polls[2 + SIM_MEI_PIPES])
{
    nfds_t count = 2;
    polls[0] = (struct pollfd){.fd = trap->wake, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = trap->listener, .events = POLLIN};
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = at->next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        if (sim_mei_pipe_is_open(pipe))
            polls[count++] = (struct pollfd){.fd = pipe->fd, .events = POLLIN};
    }
    return count;
}

static void *work(void *arg)
{
    struct sim_mei_trap *trap = arg;
    struct pollfd polls[2 + SIM_MEI_PIPES];
    bool nobody = false; /* the command and its descendants are gone */
    uint64_t count;
    while (!atomic_load(&trap->stopping)) {
        nfds_t polled = fill(trap, polls);
        if (nobody)
            polls[1].fd = -1;
        int most_ms = list_is_empty(&trap->waiters) ? -1 : LOOK_MS;
        if (poll(polls, polled, most_ms) < 0) { /* a signal, or no memory: there may be some soon */
            if (errno != EINTR)
                (void)usleep(AGAIN_US);
            continue;
        }
        if (polls[0].revents != 0)
            (void)!read(trap->wake, &count, sizeof(count));
        sim_mei_calls_settle(trap);
        if ((polls[1].revents & POLLIN) != 0)
            sim_mei_calls_take(trap);
        else if (polls[1].revents != 0)
            nobody = true;
        sim_mei_pipes_drain(trap);
        sim_mei_locks_settle(trap);
    }
    sim_mei_calls_settle(trap);
    sim_mei_pipes_flush(trap); /* what was written before the command ended */
    return NULL;
}

/* ---- from the loop ---- */

void sim_mei_trap_connected(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket,
                            uint32_t limit, uint8_t version)
{
    sim_mei_calls_leave(pipe, ticket, 0, limit, version);
}

void sim_mei_trap_refuse(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket, int error)
{
    sim_mei_calls_leave(pipe, ticket, error, 0, 0);
}

/* ---- life ---- */

struct sim_mei_trap *sim_mei_trap_start(int listener, struct io_loop *loop,
                                        const struct sim_mei_trap_events *events, void *owner,
                                        struct error *err)
{
    struct sim_mei_trap *trap = memory_new(sizeof(*trap));
    trap->events = events;
    trap->owner = owner;
    trap->loop = loop;
    trap->listener = listener;
    trap->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    list_init(&trap->waiters);
    list_init(&trap->pipes);
    list_init(&trap->answers);
    pthread_mutex_init(&trap->lock, NULL);
    (void)sem_init(&trap->credit, 0, SIM_MEI_CREDIT);
    trap->running = trap->wake >= 0 && sim_mei_calls_init(trap);
    if (trap->running) {
        errno = pthread_create(&trap->thread, NULL, work, trap);
        trap->running = errno == 0;
    }
    if (trap->running)
        return trap;
    error_set(err, ERROR_INTERNAL, "the command cannot be watched: %s", strerror(errno));
    sim_mei_trap_free(trap);
    return NULL;
}

bool sim_mei_trap_stop(struct sim_mei_trap *trap)
{
    uint64_t one = 1;
    struct timespec end;
    if (!trap->running)
        return true;
    atomic_store(&trap->stopping, true);
    sem_post(&trap->credit); /* it may wait for that of the loop */
    (void)!write(trap->wake, &one, sizeof(one));
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += END_S;
    trap->running = pthread_timedjoin_np(trap->thread, NULL, &end) != 0;
    return !trap->running;
}

void sim_mei_trap_free(struct sim_mei_trap *trap)
{
    if (trap == NULL || !sim_mei_trap_stop(trap))
        return;
    while (!list_is_empty(&trap->pipes)) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(trap->pipes.next, struct sim_mei_pipe, link);
        list_remove(&pipe->link);
        sim_mei_pipe_free(pipe);
    }
    sim_mei_locks_fini(trap);
    sim_mei_calls_fini(trap);
    (void)sem_destroy(&trap->credit);
    pthread_mutex_destroy(&trap->lock);
    (void)close(trap->listener);
    if (trap->wake >= 0)
        (void)close(trap->wake);
    free(trap);
}
