#include "sim/mei_trap_parts.h"

#include "core/memory.h"
#include "sim/mei_process.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- answers to the kernel ---- */

void sim_mei_calls_reply(const struct sim_mei_trap *trap, uint64_t id, int64_t value, int error,
                         uint32_t flags)
{
    _Alignas(8) uint8_t room[256] = {0}; /* the kernel's record may be longer than the header's */
    struct seccomp_notif_resp *answer = (struct seccomp_notif_resp *)(void *)room;
    answer->id = id;
    answer->val = value;
    answer->error = -error;
    answer->flags = flags;
    (void)ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_SEND, answer); /* it may have died meanwhile */
}

void sim_mei_calls_go_on(const struct sim_mei_trap *trap)
{
    sim_mei_calls_reply(trap, trap->asked->id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

/* An error number, or 0: the call returns 0. */
void sim_mei_calls_conclude(const struct sim_mei_trap *trap, int error)
{
    sim_mei_calls_reply(trap, trap->asked->id, 0, error, 0);
}

/* What was read of the process was of the one that asked: its call is still under way. */
bool sim_mei_calls_is_valid(const struct sim_mei_trap *trap, uint64_t id)
{
    return ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* ---- calls that have a descriptor ---- */

static struct sim_mei_pipe *pipe_of(struct sim_mei_trap *trap)
{
    int fd = (int)trap->asked->data.args[0];
    return sim_mei_pipe_find(trap, sim_process_socket((pid_t)trap->asked->pid, fd));
}

static void on_connect(struct sim_mei_trap *trap)
{
    uint8_t client[SIM_MEI_CLIENT];
    struct sim_mei_ticket ticket = {
        .id = trap->asked->id, .at = trap->asked->data.args[2], .pid = (pid_t)trap->asked->pid};
    struct sim_mei_pipe *pipe = pipe_of(trap);
    bool readable = sim_process_read(ticket.pid, ticket.at, client, sizeof(client));
    if (pipe == NULL || !sim_mei_calls_is_valid(trap, ticket.id)) {
        sim_mei_calls_go_on(trap);
        return;
    }
    int error = !sim_mei_pipe_is_open(pipe) ? ENODEV : readable ? 0 : EFAULT;
    if (error != 0) {
        sim_mei_calls_conclude(trap, error);
        return;
    }
    ticket.inode = pipe->inode;
    sim_mei_pipes_drain(trap); /* a client that was closed before this call is free again */
    pipe = sim_mei_pipe_find(trap, ticket.inode); /* as this one may be, by another thread */
    if (pipe != NULL)
        sim_mei_pipe_ask(pipe, &ticket, client);
    else
        sim_mei_calls_conclude(trap, EBADF);
}

/* What the driver answers, or 0 (Linux, drivers/misc/mei/main.c, mei_read and mei_write). */
static int refusal_of_use(const struct sim_mei_trap *trap, struct sim_mei_pipe *pipe, bool writes)
{
    uint64_t size = trap->asked->data.args[2];
    if (trap->events->use == NULL)
        return 0;
    if (!sim_mei_pipe_is_open(pipe))
        return ENODEV;
    if (pipe->limit == 0)
        return writes || size > 0 ? ENODEV : 0; /* it is nobody's yet */
    int error = trap->events->use(trap->owner, pipe, writes);
    return error == 0 && writes && size > pipe->limit ? EFBIG : error;
}

/* A read or write: what a reset and other faults answer, and what comes too early or is too long.
 */
static void on_use(struct sim_mei_trap *trap, bool writes)
{
    struct sim_mei_pipe *pipe = pipe_of(trap);
    int error = pipe != NULL && sim_mei_calls_is_valid(trap, trap->asked->id)
                    ? refusal_of_use(trap, pipe, writes)
                    : 0;
    if (error == 0)
        sim_mei_calls_go_on(trap);
    else
        sim_mei_calls_conclude(trap, error);
}

void sim_mei_calls_take(struct sim_mei_trap *trap)
{
    memset(trap->asked, 0, trap->asked_size);
    if (ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_RECV, trap->asked) != 0)
        return; /* whoever asked is gone */
    switch (trap->asked->data.nr) {
    case SYS_ioctl:
        on_connect(trap);
        break;
    case SYS_read:
        on_use(trap, false);
        break;
    case SYS_write:
        on_use(trap, true);
        break;
    case SYS_flock:
        sim_mei_locks_take(trap);
        break;
    default:
        sim_mei_named_take(trap);
        break;
    }
}

/* ---- what the loop answers to a connect ---- */

struct answer {
    struct list link;
    struct sim_mei_ticket ticket;
    int error;
    uint32_t limit;
    uint8_t version;
};

/* The thread writes into the process, which may take long: the loop would wait for it. */
void sim_mei_calls_leave(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket, int error,
                         uint32_t limit, uint8_t version)
{
    struct sim_mei_trap *trap = pipe->trap;
    struct answer *answer = memory_new(sizeof(*answer));
    uint64_t one = 1;
    answer->ticket = *ticket;
    answer->error = error;
    answer->limit = limit;
    answer->version = version;
    pthread_mutex_lock(&trap->lock);
    list_append(&trap->answers, &answer->link);
    pthread_mutex_unlock(&trap->lock);
    (void)!write(trap->wake, &one, sizeof(one));
}

static void settle(struct sim_mei_trap *trap, const struct answer *answer)
{
    const struct sim_mei_ticket *ticket = &answer->ticket;
    uint32_t limit = answer->limit;
    uint8_t record[8] = {(uint8_t)limit, (uint8_t)(limit >> 8), (uint8_t)(limit >> 16),
                         (uint8_t)(limit >> 24), answer->version};
    struct sim_mei_pipe *pipe = sim_mei_pipe_find(trap, ticket->inode);
    int error = answer->error;
    if (!sim_mei_calls_is_valid(trap, ticket->id))
        return;
    if (error == 0 && pipe == NULL)
        error = EBADF; /* closed meanwhile */
    if (error == 0 && !sim_process_write(ticket->pid, ticket->at, record, sizeof(record)))
        error = EFAULT; /* the rest of the 16 bytes stays as it is */
    if (error == 0)
        pipe->limit = limit;
    sim_mei_calls_reply(trap, ticket->id, 0, error, 0);
}

static struct answer *next_answer(struct sim_mei_trap *trap)
{
    struct answer *answer = NULL;
    pthread_mutex_lock(&trap->lock);
    if (!list_is_empty(&trap->answers)) {
        answer = LIST_ENTRY(trap->answers.next, struct answer, link);
        list_remove(&answer->link);
    }
    pthread_mutex_unlock(&trap->lock);
    return answer;
}

void sim_mei_calls_settle(struct sim_mei_trap *trap)
{
    for (struct answer *answer; (answer = next_answer(trap)) != NULL; free(answer))
        settle(trap, answer);
}

/* ---- life ---- */

bool sim_mei_calls_init(struct sim_mei_trap *trap)
{
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
        return false;
    trap->asked_size =
        sizes.seccomp_notif > sizeof(*trap->asked) ? sizes.seccomp_notif : sizeof(*trap->asked);
    trap->asked = memory_new(trap->asked_size);
    return true;
}

void sim_mei_calls_fini(struct sim_mei_trap *trap)
{
    for (struct answer *answer; (answer = next_answer(trap)) != NULL;)
        free(answer);
    free(trap->asked);
}
