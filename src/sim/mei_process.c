#include "sim/mei_process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096u /* the least there is: no read passes a border that it need not pass */

bool sim_process_read(pid_t pid, uint64_t at, void *to, size_t size)
{
    struct iovec here = {to, size};
    struct iovec there = {(void *)(uintptr_t)at, size};
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

bool sim_process_write(pid_t pid, uint64_t at, const void *from, size_t size)
{
    struct iovec here = {(void *)(uintptr_t)from, size};
    struct iovec there = {(void *)(uintptr_t)at, size};
    return process_vm_writev(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

bool sim_process_text(pid_t pid, uint64_t at, char *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t room = PAGE - (size_t)((at + done) % PAGE);
        size_t part = size - done < room ? size - done : room;
        if (!sim_process_read(pid, at + done, to + done, part))
            return false;
        if (memchr(to + done, '\0', part) != NULL)
            return true;
        done += part;
    }
    return false;
}

static ssize_t link_of(pid_t pid, int fd, char *to, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t got = readlink(path, to, size - 1);
    to[got < 0 ? 0 : got] = '\0';
    return got;
}

ino_t sim_process_socket(pid_t pid, int fd)
{
    char text[64];
    uint64_t inode;
    static const struct slice prefix = {(const uint8_t *)"socket:[", 8};
    ssize_t got = link_of(pid, fd, text, sizeof(text));
    if (got < (ssize_t)prefix.size + 2 || memcmp(text, prefix.data, prefix.size) != 0)
        return 0;
    struct slice number = slice_of(text + prefix.size, (size_t)got - prefix.size - 1);
    return slice_to_u64(number, UINT64_MAX, &inode) ? (ino_t)inode : 0;
}

/* Of one process. */
static bool find_among(pid_t pid, ino_t inode, int *fd)
{
    char path[64];
    bool found = false;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *all = opendir(path);
    for (struct dirent *at; !found && all != NULL && (at = readdir(all)) != NULL;) {
        if (at->d_name[0] == '.')
            continue;
        *fd = (int)strtol(at->d_name, NULL, 10);
        found = sim_process_socket(pid, *fd) == inode;
    }
    if (all != NULL)
        (void)closedir(all);
    return found;
}

bool sim_process_find_socket(ino_t inode, pid_t *pid, int *fd)
{
    bool found = false;
    DIR *all = opendir("/proc");
    for (struct dirent *at; !found && all != NULL && (at = readdir(all)) != NULL;) {
        *pid = (pid_t)strtol(at->d_name, NULL, 10);
        found = *pid > 0 && find_among(*pid, inode, fd);
    }
    if (all != NULL)
        (void)closedir(all);
    return found;
}

bool sim_process_has(pid_t pid, int fd)
{
    char text[64];
    return link_of(pid, fd, text, sizeof(text)) >= 0 || errno != ENOENT;
}

pid_t sim_process_of(pid_t thread)
{
    char path[64], line[128];
    int found = (int)thread;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "Tgid:", 5) == 0)
            found = (int)strtol(line + 5, NULL, 10);
    if (file != NULL)
        (void)fclose(file);
    return (pid_t)found;
}

bool sim_process_has_signal(pid_t thread)
{
    char path[64], line[128];
    uint64_t pending = 0, blocked = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "SigPnd:", 7) == 0 || strncmp(line, "ShdPnd:", 7) == 0)
            pending |= strtoull(line + 7, NULL, 16);
        if (strncmp(line, "SigBlk:", 7) == 0)
            blocked = strtoull(line + 7, NULL, 16);
    }
    if (file != NULL)
        (void)fclose(file);
    return (pending & ~blocked) != 0;
}

/* "0 0x3 0x7ffe… …": the number of the call that a thread is in, and its arguments. */
static bool waits_in_read(pid_t pid, const char *thread, int fd)
{
    char path[64], text[64];
    long number = -1;
    unsigned long first = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%.20s/syscall", (int)pid, thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool read = fgets(text, sizeof(text), file) != NULL;
    (void)fclose(file);
    char *rest = text;
    if (read) {
        number = strtol(text, &rest, 10);
        first = strtoul(rest, NULL, 16);
    }
    return read && rest != text && number == SYS_read && first == (unsigned long)fd;
}

unsigned sim_process_readers(pid_t pid, int fd)
{
    char path[64];
    struct stat st;
    unsigned count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    if (stat(path, &st) != 0 || st.st_nlink <= 3) /* one thread alone has nobody beside it */
        return 0;
    DIR *tasks = opendir(path);
    for (struct dirent *at; tasks != NULL && (at = readdir(tasks)) != NULL;)
        count += at->d_name[0] != '.' && waits_in_read(pid, at->d_name, fd);
    if (tasks != NULL)
        (void)closedir(tasks);
    return count;
}
