#include "sim/mei_trap_parts.h"

#include "core/memory.h"
#include "sim/mei_process.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>

#define WAITING_MOST 256

/* A flock that waits. */
struct waiter {
    struct list link;
    uint64_t id;
    pid_t pid;
    ino_t inode; /* of the command's end */
    unsigned mode;
};

/* Of one that was reset under the command nothing tells when it is closed, so that is looked at. */
static bool holds(const struct sim_mei_pipe *pipe)
{
    return pipe->locked != 0 && (sim_mei_pipe_is_open(pipe) ||
                                 sim_process_socket(pipe->pid, pipe->number) == pipe->inode);
}

static bool is_free(struct sim_mei_trap *trap, const struct sim_mei_pipe *pipe, unsigned mode)
{
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = at->next) {
        const struct sim_mei_pipe *other = LIST_ENTRY(at, struct sim_mei_pipe, link);
        if (other != pipe && (mode == LOCK_EX || other->locked == LOCK_EX) && holds(other))
            return false;
    }
    return true;
}

/* An error number, or 0; EWOULDBLOCK: others have it. A lock that is changed is given up first, and
 * lost where the other cannot be had (flock(2)). */
static int lock(struct sim_mei_trap *trap, struct sim_mei_pipe *pipe, unsigned mode)
{
    if (mode == LOCK_UN)
        pipe->locked = 0;
    if (mode == LOCK_UN || pipe->locked == mode)
        return 0;
    pipe->locked = 0;
    if (!is_free(trap, pipe, mode))
        return EWOULDBLOCK;
    pipe->locked = mode;
    return 0;
}

static void wait_in_line(struct sim_mei_trap *trap, const struct sim_mei_pipe *pipe, unsigned mode)
{
    if (trap->waiting >= WAITING_MOST) {
        sim_mei_calls_conclude(trap, ENOLCK);
        return;
    }
    struct waiter *waiter = memory_new(sizeof(*waiter));
    waiter->id = trap->asked->id;
    waiter->pid = (pid_t)trap->asked->pid;
    waiter->inode = pipe->inode;
    waiter->mode = mode;
    list_append(&trap->waiters, &waiter->link);
    trap->waiting++;
}

void sim_mei_locks_take(struct sim_mei_trap *trap)
{
    unsigned operation = (unsigned)trap->asked->data.args[1];
    unsigned mode = operation & ~(unsigned)LOCK_NB;
    int fd = (int)trap->asked->data.args[0];
    ino_t inode = sim_process_socket((pid_t)trap->asked->pid, fd);
    if (sim_mei_pipe_find(trap, inode) == NULL || !sim_mei_calls_is_valid(trap, trap->asked->id)) {
        sim_mei_calls_go_on(trap);
        return;
    }
    sim_mei_pipes_drain(trap); /* the lock of one that was closed before this call is free again */
    struct sim_mei_pipe *pipe = sim_mei_pipe_find(trap, inode);
    int error = mode != LOCK_SH && mode != LOCK_EX && mode != LOCK_UN ? EINVAL : 0;
    if (error == 0 && mode == LOCK_EX)
        error = trap->events->lock(trap->owner);
    if (error == 0)
        error = pipe == NULL ? EBADF : lock(trap, pipe, mode);
    if (error == EWOULDBLOCK && pipe != NULL && (operation & LOCK_NB) == 0)
        wait_in_line(trap, pipe, mode);
    else
        sim_mei_calls_conclude(trap, error);
    sim_mei_locks_settle(trap); /* one may have been given up */
}

/* False while it is to wait on. */
static bool settle(struct sim_mei_trap *trap, const struct waiter *waiter)
{
    struct sim_mei_pipe *pipe = sim_mei_pipe_find(trap, waiter->inode);
    if (!sim_mei_calls_is_valid(trap, waiter->id))
        return true; /* a signal has ended the call, or the process */
    int error = pipe == NULL ? EBADF : lock(trap, pipe, waiter->mode);
    if (error == EWOULDBLOCK && sim_process_has_signal(waiter->pid))
        error = EINTR;
    if (error == EWOULDBLOCK)
        return false;
    sim_mei_calls_reply(trap, waiter->id, 0, error, 0);
    return true;
}

void sim_mei_locks_settle(struct sim_mei_trap *trap)
{
    struct list *next;
    for (struct list *at = trap->waiters.next; at != &trap->waiters; at = next) {
        struct waiter *waiter = LIST_ENTRY(at, struct waiter, link);
        next = at->next;
        if (!settle(trap, waiter))
            continue;
        list_remove(&waiter->link);
        trap->waiting--;
        free(waiter);
    }
}

void sim_mei_locks_fini(struct sim_mei_trap *trap)
{
    while (!list_is_empty(&trap->waiters)) {
        struct waiter *waiter = LIST_ENTRY(trap->waiters.next, struct waiter, link);
        list_remove(&waiter->link);
        free(waiter);
    }
}
