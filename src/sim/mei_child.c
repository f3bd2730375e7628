#include "sim/mei_child.h"

#include "sim/mei_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the system calls of this architecture are not known"
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define PROGRAM_MOST 96

/* ---- the filter ---- */

struct program {
    struct sock_filter steps[PROGRAM_MOST];
    unsigned short count;
};

static void add(struct program *p, uint16_t code, uint8_t yes, uint8_t no, uint32_t value)
{
    p->steps[p->count++] = (struct sock_filter){code, yes, no, value};
}

static void load(struct program *p, size_t offset)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void give(struct program *p, uint32_t action)
{
    add(p, BPF_RET | BPF_K, 0, 0, action);
}

static void on_call(struct program *p, long number, uint32_t action)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)number);
    give(p, action);
}

/* Asks when the low half of an argument compares with `value`; lets the call pass otherwise. */
static void on_argument(struct program *p, long number, unsigned argument, uint16_t comparison,
                        uint32_t value)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, (uint32_t)number);
    load(p, offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
    add(p, (uint16_t)(BPF_JMP | comparison | BPF_K), 0, 1, value);
    give(p, SECCOMP_RET_USER_NOTIF);
    give(p, SECCOMP_RET_ALLOW);
}

static void write_program(struct program *p, bool pose_as_root)
{
    static const long asked[] = {
#define CALL(number, deed, folder, path, flags, record) number,
        SIM_MEI_CALLS(CALL)
#undef CALL
    };
    p->count = 0;
    load(p, offsetof(struct seccomp_data, arch));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, OWN_ARCHITECTURE);
    give(p, SECCOMP_RET_ALLOW);
    load(p, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        on_call(p, asked[i], SECCOMP_RET_USER_NOTIF);
    on_argument(p, SYS_ioctl, 1, BPF_JEQ, SIM_MEI_CONNECT);
    on_argument(p, SYS_read, 0, BPF_JGE, SIM_MEI_DESCRIPTOR);
    on_argument(p, SYS_write, 0, BPF_JGE, SIM_MEI_DESCRIPTOR);
    on_call(p, SYS_flock, SECCOMP_RET_USER_NOTIF);
    on_call(p, SYS_io_uring_setup, SECCOMP_RET_ERRNO | ENOSYS); /* its calls are no system calls */
    if (pose_as_root) { /* an error number of 0 is success with the value 0 */
        on_call(p, SYS_getuid, SECCOMP_RET_ERRNO);
        on_call(p, SYS_geteuid, SECCOMP_RET_ERRNO);
    }
    give(p, SECCOMP_RET_ALLOW);
}

static int install(const struct program *p)
{
    struct sock_fprog filter = {p->count, (struct sock_filter *)(uintptr_t)p->steps};
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    unsigned long patient = flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    /* from Linux 5.19 on no signal interrupts a call that is being answered */
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, patient, &filter);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
    return (int)fd;
}

/* ---- passing the listener ---- */

union passage {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* An error number, and the descriptor when it is 0. */
static bool pass(int gate, int error, int fd)
{
    union passage passage = {0};
    struct iovec part = {&error, sizeof(error)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (error == 0) {
        message.msg_control = passage.bytes;
        message.msg_controllen = sizeof(passage.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    return sendmsg(gate, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(error);
}

static int take(int gate, int *error)
{
    union passage passage = {0};
    struct iovec part = {error, sizeof(*error)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = passage.bytes,
                             .msg_controllen = sizeof(passage.bytes)};
    int fd = -1;
    ssize_t got;
    *error = EPIPE;
    do
        got = recvmsg(gate, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (got == (ssize_t)sizeof(*error) && header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

/* ---- the process ---- */

static _Noreturn void run(int gate, char **command, const sigset_t *mask)
{
    struct program program;
    bool pose_as_root = geteuid() != 0;
    char go;
    (void)prctl(PR_SET_PDEATHSIG, SIGHUP); /* without the simulator it could open nothing */
    if (read(gate, &go, 1) != 1)
        _exit(126);
    write_program(&program, pose_as_root);
    if (pose_as_root)
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int listener = install(&program);
    if (listener < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        listener = install(&program); /* root without CAP_SYS_ADMIN */
    if (!pass(gate, listener < 0 ? errno : 0, listener) || listener < 0)
        _exit(126);
    (void)close(listener);
    (void)close(gate);
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    (void)execvp(command[0], command);
    int error = errno;
    fprintf(stderr, "amtsim mei: %s: %s\n", command[0], strerror(error));
    _exit(error == ENOENT ? 127 : 126); /* as shells have it */
}

bool sim_mei_child_fork(struct sim_mei_child *child, char **command, const sigset_t *mask,
                        struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set(err, ERROR_INTERNAL, "no socket can be had: %s", strerror(errno));
    fflush(NULL);
    child->pid = fork();
    if (child->pid == 0) {
        (void)close(ends[0]);
        run(ends[1], command, mask);
    }
    (void)close(ends[1]);
    child->gate = ends[0];
    if (child->pid > 0)
        return true;
    (void)close(ends[0]);
    return error_set(err, ERROR_INTERNAL, "no process can be had: %s", strerror(errno));
}

int sim_mei_child_release(struct sim_mei_child *child, struct error *err)
{
    int error = EPIPE, listener = -1;
    if (send(child->gate, "", 1, MSG_NOSIGNAL) == 1)
        listener = take(child->gate, &error);
    (void)close(child->gate);
    child->gate = -1;
    if (listener < 0)
        error_set(err, ERROR_UNSUPPORTED, "the command cannot be watched: seccomp says '%s'%s",
                  strerror(error),
                  error == EBUSY ? " (it runs under another program that watches it)" : "");
    return listener;
}

void sim_mei_child_drop(struct sim_mei_child *child)
{
    if (child->gate < 0)
        return;
    (void)close(child->gate); /* it ends by itself */
    child->gate = -1;
    (void)waitpid(child->pid, NULL, 0);
}
