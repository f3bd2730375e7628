#include "sim/mei_calls.h"
#include "sim/mei_trap_parts.h"

#include "sim/mei_child.h"
#include "sim/mei_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAJOR 237 /* of a character device: the kernel chooses one as it likes */

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

enum deed { OPEN, OPEN2, CREATE, STAT, LSTAT, STAT_AT, STATX, ACCESS, ACCESS_AT, READLINK };

struct call {
    int number;
    enum deed deed;
    int folder; /* arguments; SIM_MEI_NO_ARGUMENT: none */
    unsigned path, flags, record;
};

static const struct call calls[] = {
#define CALL(number, deed, folder, path, flags, record) {number, deed, folder, path, flags, record},
    SIM_MEI_CALLS(CALL)
#undef CALL
};

/* The flags of an open, in which those of the others are translated. False: they are not there. */
static bool flags_of(const struct sim_mei_trap *trap, const struct call *call, uint64_t *flags)
{
    struct open_how how;
    uint64_t given = trap->asked->data.args[call->flags];
    uint64_t stays = (given & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0;
    *flags = 0;
    switch (call->deed) {
    case OPEN:
        *flags = given;
        break;
    case OPEN2:
        if (!sim_process_read((pid_t)trap->asked->pid, given, &how, sizeof(how)))
            return false;
        *flags = how.flags;
        break;
    case STAT_AT:
    case STATX:
    case ACCESS_AT:
        *flags = stays;
        break;
    case LSTAT:
    case READLINK:
        *flags = O_NOFOLLOW;
        break;
    case CREATE:
    case STAT:
    case ACCESS:
        break;
    }
    return true;
}

/* The device file that a call is about; -1: it is about something else, or nobody can tell. */
static int device_of(struct sim_mei_trap *trap, const struct call *call, uint64_t flags)
{
    const struct seccomp_data *data = &trap->asked->data;
    pid_t pid = (pid_t)trap->asked->pid;
    int folder = call->folder < 0 ? AT_FDCWD : (int)data->args[call->folder];
    if (!sim_process_text(pid, data->args[call->path], trap->path, sizeof(trap->path)))
        return -1;
    int device = sim_mei_path_device(pid, folder, trap->path, (flags & O_NOFOLLOW) == 0);
    return device >= 0 && sim_mei_calls_is_valid(trap, trap->asked->id) ? device : -1;
}

/* An error number, or 0: it is there and may be opened. */
static int presence(const struct sim_mei_trap *trap, int device)
{
    if (device > 3 && device != SIM_MEI_DEVICE)
        return ENOENT;
    return trap->events->open(trap->owner, (unsigned)device);
}

/* ---- open ---- */

/* A number that the filter asks about; 0: they are all taken, or it is not to ask. */
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
    if (given < 0 && (errno == EBADF || errno == EMFILE) && number != 0) {
        errno = EMFILE; /* it may not have a number that high */
        return trap->events->strict ? -1 : hand_over(trap, fd, 0, flags);
    }
    if (given >= 0 || errno != EINVAL)
        return given;
    add.flags &= ~(uint32_t)SECCOMP_ADDFD_FLAG_SEND; /* before Linux 5.14 */
    given = ioctl(trap->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
    if (given >= 0)
        sim_mei_calls_reply(trap, add.id, given, 0, 0);
    return given;
}

/* An error number, or 0 once the process has the descriptor. */
static int give_pipe(struct sim_mei_trap *trap, uint64_t flags)
{
    int theirs;
    struct sim_mei_pipe *pipe = sim_mei_pipe_make(trap, flags, &theirs);
    if (pipe == NULL)
        return errno;
    pipe->pid = sim_process_of((pid_t)trap->asked->pid);
    pipe->number = hand_over(trap, theirs, choose_descriptor(trap), flags);
    int error = pipe->number < 0 ? errno : 0;
    (void)close(theirs);
    if (error == 0)
        list_append(&trap->pipes, &pipe->link);
    else
        sim_mei_pipe_free(pipe);
    return error;
}

static void on_open(struct sim_mei_trap *trap, int device, uint64_t flags)
{
    int error = presence(trap, device);
    if (error == 0 && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0)
        error = EEXIST;
    if (error == 0 && (flags & O_DIRECTORY) != 0)
        error = ENOTDIR;
    if (error == 0)
        error = give_pipe(trap, flags);
    if (error != 0)
        sim_mei_calls_conclude(trap, error);
}

/* ---- looking at the file without opening it ---- */

static void on_look(struct sim_mei_trap *trap, int device, uint64_t to, const void *record,
                    size_t size)
{
    int error = presence(trap, device);
    if (error == EACCES)
        error = 0; /* one may look at what one may not open */
    if (error == 0 && !sim_process_write((pid_t)trap->asked->pid, to, record, size))
        error = EFAULT;
    sim_mei_calls_conclude(trap, error);
}

static void on_stat(struct sim_mei_trap *trap, int device, uint64_t to)
{
    struct stat st;
    if (stat("/dev/null", &st) != 0)
        memset(&st, 0, sizeof(st));
    st.st_mode = S_IFCHR | 0600;
    st.st_rdev = makedev(MAJOR, (unsigned)device);
    on_look(trap, device, to, &st, sizeof(st));
}

static void on_statx(struct sim_mei_trap *trap, int device, uint64_t to)
{
    struct statx st;
    if (statx(AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &st) != 0)
        memset(&st, 0, sizeof(st));
    st.stx_mode = S_IFCHR | 0600;
    st.stx_rdev_major = MAJOR;
    st.stx_rdev_minor = (uint32_t)device;
    on_look(trap, device, to, &st, sizeof(st));
}

static void take(struct sim_mei_trap *trap, const struct call *call)
{
    uint64_t flags, record = trap->asked->data.args[call->record];
    int device = flags_of(trap, call, &flags) ? device_of(trap, call, flags) : -1;
    if (device < 0) {
        sim_mei_calls_go_on(trap);
        return;
    }
    switch (call->deed) {
    case OPEN:
    case OPEN2:
    case CREATE:
        on_open(trap, device, flags);
        break;
    case STAT:
    case LSTAT:
    case STAT_AT:
        on_stat(trap, device, record);
        break;
    case STATX:
        on_statx(trap, device, record);
        break;
    case ACCESS:
    case ACCESS_AT:
        sim_mei_calls_conclude(trap, presence(trap, device));
        break;
    case READLINK: {
        int error = presence(trap, device);
        sim_mei_calls_conclude(trap,
                               error == 0 || error == EACCES ? EINVAL : error); /* it is no link */
        break;
    }
    }
}

void sim_mei_named_take(struct sim_mei_trap *trap)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].number == trap->asked->data.nr) {
            take(trap, &calls[i]);
            return;
        }
    }
    sim_mei_calls_go_on(trap);
}
