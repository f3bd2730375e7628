#include "sim/mei_trap_parts.h"

#include "core/clock.h"
#include "core/memory.h"
#include "sim/mei_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_ROOM (256 * 1024)
#define WAKE_NS     500000000u /* a reader that was woken has that long to go */

/* ---- to the loop ---- */

enum post_kind { POST_CONNECT, POST_MESSAGE, POST_CLOSED, POST_GONE };

struct post {
    struct io_message message;
    struct sim_mei_pipe *pipe;
    enum post_kind kind;
    bool credited;
    struct sim_mei_ticket ticket;
    size_t size;
    uint8_t bytes[];
};

static void on_post(struct io_message *message)
{
    struct post *post = LIST_ENTRY(message, struct post, message);
    struct sim_mei_trap *trap = post->pipe->trap;
    switch (post->kind) {
    case POST_CONNECT:
        if (sim_mei_pipe_is_open(post->pipe))
            trap->events->connect(trap->owner, post->pipe, post->bytes, &post->ticket);
        else
            sim_mei_trap_refuse(post->pipe, &post->ticket, ENODEV);
        break;
    case POST_MESSAGE:
        if (sim_mei_pipe_is_open(post->pipe))
            trap->events->message(trap->owner, post->pipe, slice_of(post->bytes, post->size));
        break;
    case POST_CLOSED:
        trap->events->closed(trap->owner, post->pipe);
        sim_mei_pipe_free(post->pipe);
        break;
    case POST_GONE: /* behind all that was posted of it */
        sim_mei_pipe_free(post->pipe);
        break;
    }
    if (post->credited)
        sem_post(&trap->credit);
    memory_wipe(post->bytes, post->size); /* it may be a password */
    free(post);
}

/* Waits for the loop, but not once the thread is to end: whoever waits for that may be the loop.
 * What is posted then has a bound of its own, the sockets'. */
static bool take_credit(struct sim_mei_trap *trap)
{
    if (atomic_load(&trap->stopping))
        return false;
    while (sem_wait(&trap->credit) != 0)
        ; /* a signal */
    return true;
}

static void post(struct sim_mei_pipe *pipe, enum post_kind kind,
                 const struct sim_mei_ticket *ticket, struct slice bytes)
{
    struct sim_mei_trap *trap = pipe->trap;
    struct post *made = memory_new(sizeof(*made) + bytes.size);
    made->message.run = on_post;
    made->pipe = pipe;
    made->kind = kind;
    made->credited = take_credit(trap);
    if (ticket != NULL)
        made->ticket = *ticket;
    made->size = bytes.size;
    if (bytes.size > 0)
        memcpy(made->bytes, bytes.data, bytes.size);
    io_post(trap->loop, &made->message);
}

void sim_mei_pipe_ask(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket,
                      const uint8_t client[SIM_MEI_CLIENT])
{
    post(pipe, POST_CONNECT, ticket, slice_of(client, SIM_MEI_CLIENT));
}

/* ---- the command's descriptors ---- */

bool sim_mei_pipe_is_open(const struct sim_mei_pipe *pipe)
{
    return atomic_load(&pipe->state) == SIM_MEI_PIPE_OPEN;
}

static unsigned count_open(struct sim_mei_trap *trap)
{
    unsigned count = 0;
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = at->next)
        count += sim_mei_pipe_is_open(LIST_ENTRY(at, struct sim_mei_pipe, link));
    return count;
}

static bool is_reset(struct sim_mei_pipe *pipe)
{
    return atomic_load(&pipe->state) == SIM_MEI_PIPE_RESET;
}

/* Nothing tells when the command closes what was reset under it. It may have got another number, or
 * be another process's by now: where it was found last it is looked for first. */
static bool is_held(struct sim_mei_pipe *pipe)
{
    return sim_process_socket(pipe->pid, pipe->number) == pipe->inode ||
           sim_process_find_socket(pipe->inode, &pipe->pid, &pipe->number);
}

/* Lets go of those that were reset and that the command has no more. */
static void sweep(struct sim_mei_trap *trap)
{
    struct list *next;
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        next = at->next;
        if (!is_reset(pipe) || is_held(pipe))
            continue;
        list_remove(&pipe->link);
        post(pipe, POST_GONE, NULL, (struct slice){0});
    }
}

struct sim_mei_pipe *sim_mei_pipe_make(struct sim_mei_trap *trap, uint64_t flags, int *theirs)
{
    int ends[2], room = SOCKET_ROOM;
    struct stat st;
    sweep(trap);
    if (count_open(trap) >= SIM_MEI_PIPES) {
        errno = EMFILE;
        return NULL;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return NULL;
    for (int i = 0; i < 2; i++)
        (void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || fstat(ends[1], &st) != 0 ||
        ((flags & O_NONBLOCK) != 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0)) {
        int error = errno;
        (void)close(ends[0]);
        (void)close(ends[1]);
        errno = error;
        return NULL;
    }
    struct sim_mei_pipe *pipe = memory_new(sizeof(*pipe));
    list_init(&pipe->link);
    pipe->trap = trap;
    pipe->fd = ends[0];
    pipe->inode = st.st_ino;
    *theirs = ends[1];
    return pipe;
}

void sim_mei_pipe_free(struct sim_mei_pipe *pipe)
{
    if (pipe->fd >= 0)
        (void)close(pipe->fd);
    free(pipe);
}

struct sim_mei_pipe *sim_mei_pipe_find(struct sim_mei_trap *trap, ino_t inode)
{
    for (struct list *at = trap->pipes.next; inode != 0 && at != &trap->pipes; at = at->next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        if (pipe->inode == inode)
            return pipe;
    }
    return NULL;
}

/* ---- from the command ---- */

/* Bytes that wait in the socket. */
static size_t waiting(const struct sim_mei_pipe *pipe)
{
    int bytes = 0;
    return ioctl(pipe->fd, SIOCINQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

/* Nothing read is the end of the descriptor, or a write of nothing, which a driver does not see. */
static bool is_over(const struct sim_mei_pipe *pipe)
{
    struct pollfd poll_fd = {.fd = pipe->fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) == 1 && waiting(pipe) == 0;
}

/* Posts so many messages, or bytes. False at the end of the descriptor. */
static bool take(struct sim_mei_pipe *pipe, size_t messages, size_t bytes_most)
{
    uint8_t bytes[SIM_MEI_LONGEST + 1];
    for (size_t taken = 0; messages > 0 && taken < bytes_most; messages--) {
        ssize_t got = recv(pipe->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN;
        if (got == 0 && is_over(pipe))
            return false;
        if (got > 0)
            post(pipe, POST_MESSAGE, NULL, slice_of(bytes, (size_t)got));
        memory_wipe(bytes, (size_t)got);
        taken += (size_t)got;
    }
    return true;
}

/* One that was reset is kept while the command has it, but nothing goes through it. */
static bool is_served(struct sim_mei_pipe *pipe)
{
    if (is_reset(pipe) && pipe->fd >= 0) {
        (void)close(pipe->fd);
        pipe->fd = -1;
    }
    return sim_mei_pipe_is_open(pipe);
}

void sim_mei_pipes_drain(struct sim_mei_trap *trap)
{
    struct list *next;
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        next = at->next;
        if (!is_served(pipe) || take(pipe, SIM_MEI_CREDIT, SIZE_MAX) || !sim_mei_pipe_is_open(pipe))
            continue;
        list_remove(&pipe->link);
        post(pipe, POST_CLOSED, NULL, (struct slice){0});
    }
}

void sim_mei_pipes_flush(struct sim_mei_trap *trap)
{
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = at->next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        if (is_served(pipe))
            (void)take(pipe, SOCKET_ROOM, waiting(pipe));
    }
}

/* ---- to the command; the loop ---- */

static bool send_one(struct sim_mei_pipe *pipe, struct slice message)
{
    ssize_t sent;
    do
        sent = send(pipe->fd, message.data, message.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0 || errno != EAGAIN; /* to nobody: it is lost */
}

/* The driver wakes all who wait in read, the last one first: one, as a rule that one, gets the
 * message, and the others nothing, a read of 0 bytes (Linux, drivers/misc/mei/main.c, mei_read). A
 * socket would keep the others waiting, and serve the first one first: so nothing is sent to each
 * of them, and the next comes when one has it and is gone. True once one or none is left, or none
 * goes (a process that is stopped). */
static bool has_woken(struct sim_mei_pipe *pipe)
{
    unsigned readers = sim_process_readers(pipe->pid, pipe->number);
    uint64_t now = clock_monotonic_ns();
    if (readers <= 1)
        return true;
    if (pipe->readers != 0 && readers >= pipe->readers)
        return now >= pipe->woken_ns + WAKE_NS;
    if (send_one(pipe, (struct slice){0})) {
        pipe->readers = readers;
        pipe->woken_ns = now;
    }
    return false;
}

bool sim_mei_trap_send(struct sim_mei_pipe *pipe, struct slice message)
{
    if (!has_woken(pipe) || !send_one(pipe, message))
        return false;
    pipe->readers = 0;
    return true;
}

void sim_mei_trap_reset(struct sim_mei_pipe *pipe)
{
    atomic_store(&pipe->state, SIM_MEI_PIPE_RESETTING);
    (void)shutdown(pipe->fd, SHUT_RDWR);
    atomic_store(&pipe->state, SIM_MEI_PIPE_RESET); /* the thread closes it */
}
