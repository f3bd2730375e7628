#include "sim/mei_trap.h"

#include "core/memory.h"
#include "sim/mei_child.h"
#include "sim/mei_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH_MOST    16  /* of a device file's, with its NUL */
#define CREDIT       256 /* messages on their way to the loop, and taken of a descriptor in turn */
#define AGAIN_US     100000
#define READER_US    200
#define READER_TRIES 1000 /* on a busy machine */
#define SOCKET_ROOM  (256 * 1024)
#define MAJOR        237 /* of a character device: the kernel chooses one as it likes */

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

struct sim_mei_trap {
    const struct sim_mei_trap_events *events;
    void *owner;
    struct io_loop *loop;
    pthread_t thread;
    sem_t credit;
    int listener;
    int wake; /* eventfd: the thread is to end */
    atomic_bool stopping;
    bool running;
    struct list pipes; /* those the command has open, and dead ones */
    size_t pipe_count;
    unsigned next_descriptor;
    struct seccomp_notif *asked; /* the call at hand, the thread's */
    size_t asked_size;
};

/* ---- to the loop ---- */

enum post_kind { POST_CONNECT, POST_MESSAGE, POST_CLOSED };

struct post {
    struct io_message message;
    struct sim_mei_pipe *pipe;
    enum post_kind kind;
    struct sim_mei_ticket ticket;
    size_t size;
    uint8_t bytes[];
};

static void free_pipe(struct sim_mei_pipe *pipe)
{
    (void)close(pipe->fd);
    free(pipe);
}

static void on_post(struct io_message *message)
{
    struct post *post = LIST_ENTRY(message, struct post, message);
    struct sim_mei_trap *trap = post->pipe->trap;
    switch (post->kind) {
    case POST_CONNECT:
        trap->events->connect(trap->owner, post->pipe, post->bytes, &post->ticket);
        break;
    case POST_MESSAGE:
        if (!atomic_load(&post->pipe->dead))
            trap->events->message(trap->owner, post->pipe, slice_of(post->bytes, post->size));
        break;
    case POST_CLOSED:
        trap->events->closed(trap->owner, post->pipe);
        free_pipe(post->pipe);
        break;
    }
    memory_wipe(post->bytes, post->size); /* it may be a password */
    free(post);
    sem_post(&trap->credit);
}

/* Waits for the loop, but not once the thread is to end: whoever waits for that may be the loop. */
static bool take_credit(struct sim_mei_trap *trap)
{
    if (atomic_load(&trap->stopping))
        return sem_trywait(&trap->credit) == 0;
    while (sem_wait(&trap->credit) != 0)
        ; /* a signal */
    return true;
}

/* False when it is too late for that. */
static bool post(struct sim_mei_pipe *pipe, enum post_kind kind,
                 const struct sim_mei_ticket *ticket, struct slice bytes)
{
    struct sim_mei_trap *trap = pipe->trap;
    if (!take_credit(trap))
        return false;
    struct post *made = memory_new(sizeof(*made) + bytes.size);
    made->message.run = on_post;
    made->pipe = pipe;
    made->kind = kind;
    if (ticket != NULL)
        made->ticket = *ticket;
    made->size = bytes.size;
    if (bytes.size > 0)
        memcpy(made->bytes, bytes.data, bytes.size);
    io_post(trap->loop, &made->message);
    return true;
}

/* ---- answers to the kernel; any thread ---- */

static void reply(const struct sim_mei_trap *trap, uint64_t id, int64_t value, int error,
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

static void go_on(const struct sim_mei_trap *trap)
{
    reply(trap, trap->asked->id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

/* What was read of the process was of the one that asked: its call is still under way. */
static bool is_valid(const struct sim_mei_trap *trap, uint64_t id)
{
    return ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* ---- open ---- */

/* The number of a device file, SIM_MEI_DEVICE for /dev/mei; -1 for any other path. */
static int device_of(const char *path)
{
    if (strncmp(path, "/dev/mei", 8) != 0)
        return -1;
    path += 8;
    if (*path == '\0')
        return SIM_MEI_DEVICE;
    return path[0] >= '0' && path[0] <= '9' && path[1] == '\0' ? path[0] - '0' : -1;
}

static bool asked_for_device(const struct sim_mei_trap *trap, unsigned argument, int *device)
{
    char path[PATH_MOST];
    pid_t pid = (pid_t)trap->asked->pid;
    if (!sim_process_text(pid, trap->asked->data.args[argument], path, sizeof(path)))
        return false;
    *device = device_of(path);
    return *device >= 0 && is_valid(trap, trap->asked->id);
}

static struct sim_mei_pipe *make_pipe(struct sim_mei_trap *trap, uint64_t flags, int *theirs)
{
    int ends[2], room = SOCKET_ROOM;
    struct stat st;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return NULL;
    for (int i = 0; i < 2; i++)
        (void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || fstat(ends[1], &st) != 0 ||
        ((flags & O_NONBLOCK) != 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0)) {
        (void)close(ends[0]);
        (void)close(ends[1]);
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

/* A number that the filter asks about, where it does; 0: any. */
static uint32_t choose_descriptor(struct sim_mei_trap *trap)
{
    for (unsigned i = 0; trap->events->use != NULL && i < SIM_MEI_PIPES; i++) {
        int fd = SIM_MEI_DESCRIPTOR + (int)(trap->next_descriptor++ % (2 * SIM_MEI_PIPES));
        if (!sim_process_has((pid_t)trap->asked->pid, fd))
            return (uint32_t)fd;
    }
    return 0;
}

/* Puts a descriptor into the process and lets its call return it: its number there. -1 with errno.
 */
static int hand_over(const struct sim_mei_trap *trap, int fd, uint32_t number, uint64_t flags)
{
    struct seccomp_notif_addfd add = {
        .id = trap->asked->id,
        .flags = SECCOMP_ADDFD_FLAG_SEND | (number == 0 ? 0 : SECCOMP_ADDFD_FLAG_SETFD),
        .srcfd = (uint32_t)fd,
        .newfd = number,
        .newfd_flags = (flags & O_CLOEXEC) != 0 ? O_CLOEXEC : 0,
    };
    int given = ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
    if (given >= 0 || errno != EINVAL)
        return given;
    add.flags &= ~(uint32_t)SECCOMP_ADDFD_FLAG_SEND; /* before Linux 5.14 */
    given = ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
    if (given >= 0)
        reply(trap, add.id, given, 0, 0);
    return given;
}

static void on_open(struct sim_mei_trap *trap, unsigned path, uint64_t flags)
{
    int device, theirs = -1;
    if (!asked_for_device(trap, path, &device)) {
        go_on(trap);
        return;
    }
    int error = device > 3 && device != SIM_MEI_DEVICE
                    ? ENOENT
                    : trap->events->open(trap->owner, (unsigned)device);
    if (error == 0 && trap->pipe_count == SIM_MEI_PIPES)
        error = EMFILE;
    struct sim_mei_pipe *pipe = error == 0 ? make_pipe(trap, flags, &theirs) : NULL;
    if (error == 0 && pipe == NULL)
        error = ENOMEM;
    if (pipe != NULL) {
        pipe->pid = sim_process_of((pid_t)trap->asked->pid);
        pipe->number = hand_over(trap, theirs, choose_descriptor(trap), flags);
    }
    if (pipe != NULL && pipe->number < 0) {
        error = errno;
        free_pipe(pipe);
    } else if (pipe != NULL) {
        list_append(&trap->pipes, &pipe->link);
        trap->pipe_count++;
    }
    if (theirs >= 0)
        (void)close(theirs);
    if (error != 0)
        reply(trap, trap->asked->id, 0, error, 0);
}

static void on_openat2(struct sim_mei_trap *trap)
{
    struct open_how how = {0};
    (void)sim_process_read((pid_t)trap->asked->pid, trap->asked->data.args[2], &how, sizeof(how));
    on_open(trap, 1, how.flags);
}

/* ---- looking at the file without opening it ---- */

/* Answers with a record about the file, or with an error number. */
static void show(struct sim_mei_trap *trap, int device, unsigned to, const void *record,
                 size_t size)
{
    pid_t pid = (pid_t)trap->asked->pid;
    int error = device > 3 && device != SIM_MEI_DEVICE
                    ? ENOENT
                    : trap->events->open(trap->owner, (unsigned)device);
    if (error == EACCES && record != NULL)
        error = 0; /* one may look at what one may not open */
    if (error == 0 && record != NULL &&
        !sim_process_write(pid, trap->asked->data.args[to], record, size))
        error = EFAULT;
    reply(trap, trap->asked->id, 0, error, 0);
}

static void on_stat(struct sim_mei_trap *trap, unsigned path, unsigned to)
{
    struct stat st;
    int device;
    if (!asked_for_device(trap, path, &device) || stat("/dev/null", &st) != 0) {
        go_on(trap);
        return;
    }
    st.st_mode = S_IFCHR | 0600;
    st.st_rdev = makedev(MAJOR, (unsigned)device);
    show(trap, device, to, &st, sizeof(st));
}

static void on_statx(struct sim_mei_trap *trap)
{
    struct statx st;
    int device;
    if (!asked_for_device(trap, 1, &device) ||
        syscall(SYS_statx, AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &st) != 0) {
        go_on(trap);
        return;
    }
    st.stx_mode = S_IFCHR | 0600;
    st.stx_rdev_major = MAJOR;
    st.stx_rdev_minor = (uint32_t)device;
    show(trap, device, 4, &st, sizeof(st));
}

static void on_access(struct sim_mei_trap *trap, unsigned path)
{
    int device;
    if (asked_for_device(trap, path, &device))
        show(trap, device, 0, NULL, 0);
    else
        go_on(trap);
}

/* ---- descriptors ---- */

static struct sim_mei_pipe *pipe_of(struct sim_mei_trap *trap, pid_t pid, int fd)
{
    ino_t inode = sim_process_socket(pid, fd);
    for (struct list *at = trap->pipes.next; inode != 0 && at != &trap->pipes; at = at->next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        if (pipe->inode == inode)
            return pipe;
    }
    return NULL;
}

/* Passes on what has come, so much that others have their turn. False at the end of the descriptor.
 */
static bool drain(struct sim_mei_pipe *pipe)
{
    uint8_t bytes[SIM_MEI_LONGEST + 1];
    for (unsigned i = 0; i < CREDIT; i++) {
        ssize_t got = recv(pipe->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN || atomic_load(&pipe->dead);
        if (got == 0)
            return false;
        if (!post(pipe, POST_MESSAGE, NULL, slice_of(bytes, (size_t)got)))
            break;
    }
    return true;
}

static void drain_all(struct sim_mei_trap *trap)
{
    struct list *next;
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        next = at->next;
        if (atomic_load(&pipe->dead) || drain(pipe) || atomic_load(&pipe->dead))
            continue;
        list_remove(&pipe->link);
        trap->pipe_count--;
        if (!post(pipe, POST_CLOSED, NULL, (struct slice){0}))
            list_append(&trap->pipes, &pipe->link); /* sim_mei_trap_free has it */
    }
}

static void on_ioctl(struct sim_mei_trap *trap)
{
    const struct seccomp_data *data = &trap->asked->data;
    uint8_t client[SIM_MEI_CLIENT];
    pid_t pid = (pid_t)trap->asked->pid;
    struct sim_mei_ticket ticket = {.id = trap->asked->id, .at = data->args[2], .pid = pid};
    struct sim_mei_pipe *pipe = pipe_of(trap, pid, (int)data->args[0]);
    bool readable = sim_process_read(pid, ticket.at, client, sizeof(client));
    if (pipe == NULL || !is_valid(trap, ticket.id)) {
        go_on(trap);
        return;
    }
    int error = atomic_load(&pipe->dead) ? ENODEV : readable ? 0 : EFAULT;
    if (error != 0) {
        reply(trap, ticket.id, 0, error, 0);
        return;
    }
    drain_all(trap); /* a client that was closed before this call is free again */
    if (!post(pipe, POST_CONNECT, &ticket, slice_of(client, sizeof(client))))
        reply(trap, ticket.id, 0, ENODEV, 0);
}

/* A read or write: what a reset and other faults answer, and what is too long to be sent. */
static void on_use(struct sim_mei_trap *trap, bool writes)
{
    const struct seccomp_data *data = &trap->asked->data;
    struct sim_mei_pipe *pipe = pipe_of(trap, (pid_t)trap->asked->pid, (int)data->args[0]);
    int error = 0;
    if (pipe != NULL && is_valid(trap, trap->asked->id)) {
        error = atomic_load(&pipe->dead) ? ENODEV : trap->events->use(trap->owner, pipe, writes);
        if (error == 0 && writes && data->args[2] > atomic_load(&pipe->limit))
            error = EFBIG;
    }
    if (error == 0)
        go_on(trap);
    else
        reply(trap, trap->asked->id, 0, error, 0);
}

static void on_lock(struct sim_mei_trap *trap)
{
    const struct seccomp_data *data = &trap->asked->data;
    struct sim_mei_pipe *pipe = pipe_of(trap, (pid_t)trap->asked->pid, (int)data->args[0]);
    bool wants = ((int)data->args[1] & LOCK_EX) != 0;
    int error = pipe != NULL && wants && is_valid(trap, trap->asked->id)
                    ? trap->events->lock(trap->owner)
                    : 0;
    if (error == 0)
        go_on(trap);
    else
        reply(trap, trap->asked->id, 0, error, 0);
}

/* ---- the thread ---- */

static void take_call(struct sim_mei_trap *trap)
{
    const struct seccomp_data *data = &trap->asked->data;
    memset(trap->asked, 0, trap->asked_size);
    if (ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_RECV, trap->asked) != 0)
        return; /* whoever asked is gone */
    switch (data->nr) {
#ifdef SYS_open
    case SYS_open:
        on_open(trap, 0, data->args[1]);
        break;
    case SYS_stat:
    case SYS_lstat:
        on_stat(trap, 0, 1);
        break;
    case SYS_access:
        on_access(trap, 0);
        break;
#endif
    case SYS_openat:
        on_open(trap, 1, data->args[2]);
        break;
    case SYS_openat2:
        on_openat2(trap);
        break;
    case SYS_newfstatat:
        on_stat(trap, 1, 2);
        break;
    case SYS_statx:
        on_statx(trap);
        break;
    case SYS_faccessat:
    case SYS_faccessat2:
        on_access(trap, 1);
        break;
    case SYS_ioctl:
        on_ioctl(trap);
        break;
    case SYS_read:
        on_use(trap, false);
        break;
    case SYS_write:
        on_use(trap, true);
        break;
    case SYS_flock:
        on_lock(trap);
        break;
    default:
        go_on(trap);
        break;
    }
}

static nfds_t fill(struct sim_mei_trap *trap, struct pollfd polls[2 + SIM_MEI_PIPES])
{
    nfds_t count = 2;
    polls[0] = (struct pollfd){.fd = trap->wake, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = trap->listener, .events = POLLIN};
    for (struct list *at = trap->pipes.next; at != &trap->pipes; at = at->next) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(at, struct sim_mei_pipe, link);
        if (!atomic_load(&pipe->dead))
            polls[count++] = (struct pollfd){.fd = pipe->fd, .events = POLLIN};
    }
    return count;
}

static void *work(void *arg)
{
    struct sim_mei_trap *trap = arg;
    struct pollfd polls[2 + SIM_MEI_PIPES];
    bool nobody = false; /* the command and its descendants are gone */
    for (;;) {
        nfds_t count = fill(trap, polls);
        if (nobody)
            polls[1].fd = -1;
        if (poll(polls, count, -1) < 0) { /* a signal, or no memory: none by the next time? */
            if (errno != EINTR)
                (void)usleep(AGAIN_US);
            continue;
        }
        if (polls[0].revents != 0) {
            drain_all(trap); /* what was written before the command ended */
            return NULL;
        }
        if ((polls[1].revents & POLLIN) != 0)
            take_call(trap);
        else if (polls[1].revents != 0)
            nobody = true;
        drain_all(trap);
    }
}

/* ---- from the loop ---- */

void sim_mei_trap_connected(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket,
                            uint32_t limit, uint8_t version)
{
    uint8_t answer[SIM_MEI_CLIENT] = {
        (uint8_t)limit, (uint8_t)(limit >> 8), (uint8_t)(limit >> 16), (uint8_t)(limit >> 24),
        version,
    };
    if (!is_valid(pipe->trap, ticket->id))
        return;
    atomic_store(&pipe->limit, limit);
    bool written = sim_process_write(ticket->pid, ticket->at, answer, 8); /* the rest stays */
    reply(pipe->trap, ticket->id, 0, written ? 0 : EFAULT, 0);
}

void sim_mei_trap_refuse(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket, int error)
{
    reply(pipe->trap, ticket->id, 0, error, 0);
}

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
 * socket would keep the others waiting, and serve the first one first. */
bool sim_mei_trap_send(struct sim_mei_pipe *pipe, struct slice message)
{
    unsigned readers = sim_process_readers(pipe->pid, pipe->number), before = UINT_MAX;
    while (readers > 1 && readers < before) {
        before = readers;
        if (!send_one(pipe, (struct slice){.data = message.data, .size = 0}))
            return false;
        for (unsigned i = 0; readers >= before && i < READER_TRIES; i++) {
            (void)usleep(READER_US); /* until one has it, and gone */
            readers = sim_process_readers(pipe->pid, pipe->number);
        }
    }
    return send_one(pipe, message);
}

void sim_mei_trap_reset(struct sim_mei_pipe *pipe)
{
    atomic_store(&pipe->dead, true);
    (void)shutdown(pipe->fd, SHUT_RDWR);
}

/* ---- life ---- */

static bool size_records(struct sim_mei_trap *trap)
{
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
        return false;
    trap->asked_size =
        sizes.seccomp_notif > sizeof(*trap->asked) ? sizes.seccomp_notif : sizeof(*trap->asked);
    trap->asked = memory_new(trap->asked_size);
    return true;
}

struct sim_mei_trap *sim_mei_trap_start(int listener, struct io_loop *loop,
                                        const struct sim_mei_trap_events *events, void *owner,
                                        struct error *err)
{
    struct sim_mei_trap *trap = memory_new(sizeof(*trap));
    trap->events = events;
    trap->owner = owner;
    trap->loop = loop;
    trap->listener = listener;
    trap->wake = eventfd(0, EFD_CLOEXEC);
    list_init(&trap->pipes);
    (void)sem_init(&trap->credit, 0, CREDIT);
    trap->running = trap->wake >= 0 && size_records(trap) &&
                    pthread_create(&trap->thread, NULL, work, trap) == 0;
    if (trap->running)
        return trap;
    error_set(err, ERROR_INTERNAL, "the command cannot be watched: %s", strerror(errno));
    sim_mei_trap_free(trap);
    return NULL;
}

void sim_mei_trap_stop(struct sim_mei_trap *trap)
{
    uint64_t one = 1;
    if (!trap->running)
        return;
    atomic_store(&trap->stopping, true);
    sem_post(&trap->credit); /* it may wait for that of the loop */
    (void)!write(trap->wake, &one, sizeof(one));
    pthread_join(trap->thread, NULL);
    trap->running = false;
}

void sim_mei_trap_free(struct sim_mei_trap *trap)
{
    if (trap == NULL)
        return;
    sim_mei_trap_stop(trap);
    while (!list_is_empty(&trap->pipes)) {
        struct sim_mei_pipe *pipe = LIST_ENTRY(trap->pipes.next, struct sim_mei_pipe, link);
        list_remove(&pipe->link);
        free_pipe(pipe);
    }
    (void)sem_destroy(&trap->credit);
    (void)close(trap->listener);
    if (trap->wake >= 0)
        (void)close(trap->wake);
    free(trap->asked);
    free(trap);
}
