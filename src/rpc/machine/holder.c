#include "rpc/machine/holder.h"

#include "core/arena.h"
#include "core/file.h"
#include "mei/mei.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (64 + 256)
#define NAME_SIZE 32
#define LINE_SIZE 256

/* What is looked for: a socket, or the ME's device. */
struct search {
    uint64_t inode; /* of a socket; 0: the device */
    dev_t devices[MEI_NODES];
    size_t device_count;
};

static void find_devices(struct search *search)
{
    struct stat status;
    for (size_t i = 0; i < MEI_NODES; i++)
        if (stat(mei_nodes[i], &status) == 0 && S_ISCHR(status.st_mode))
            search->devices[search->device_count++] = status.st_rdev;
}

static bool is_device(const struct search *search, dev_t device)
{
    for (size_t i = 0; i < search->device_count; i++)
        if (search->devices[i] == device)
            return true;
    return false;
}

/* A descriptor of the device that may be read and written: its link says so. The name alone is
 * nothing to go by, since anybody can have a folder of his own called /dev, and one may have the
 * device open without any right, as a mere path. */
static bool is_it(const struct search *search, int folder, const char *name)
{
    struct stat status;
    struct stat link;
    if (fstatat(folder, name, &status, 0) != 0)
        return false;
    if (search->inode != 0)
        return S_ISSOCK(status.st_mode) && status.st_ino == search->inode;
    return S_ISCHR(status.st_mode) && is_device(search, status.st_rdev) &&
           fstatat(folder, name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
           (link.st_mode & (S_IRUSR | S_IWUSR)) == (S_IRUSR | S_IWUSR);
}

static bool has_it(const struct search *search, const char *pid)
{
    char path[PATH_SIZE];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *files = opendir(path);
    const struct dirent *entry;
    while (files != NULL && !found && (entry = readdir(files)) != NULL)
        found = entry->d_name[0] != '.' && is_it(search, dirfd(files), entry->d_name);
    if (files != NULL)
        (void)closedir(files);
    return found;
}

/* The next process but this one that has it; 0 after the last. */
static long next_of(const struct search *search, DIR *processes)
{
    const struct dirent *entry;
    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != (long)getpid() && has_it(search, entry->d_name))
            return pid;
    }
    return 0;
}

static const char *name_of(struct arena *arena, long pid)
{
    char path[PATH_SIZE];
    char name[NAME_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file >= 0 ? file_read_all(file, name, sizeof name - 1) : 0;
    if (file >= 0)
        (void)close(file);
    name[size > 0 ? size : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    for (char *at = name; *at != '\0'; at++) /* its owner chooses it */
        if (*at < ' ' || *at > '~')
            *at = '?';
    return arena_printf(arena, "%s (%ld)", name, pid);
}

/* Its effective user, of "Uid:\treal\teffective\t…"; the owner of its folder in /proc may be root
 * in that one's place. */
static bool runs_as(long pid, uint32_t uid)
{
    char path[PATH_SIZE];
    char line[LINE_SIZE];
    char *end = line;
    unsigned long effective = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *status = fopen(path, "re");
    bool found = false;
    while (status != NULL && !found && fgets(line, sizeof line, status) != NULL)
        found = strncmp(line, "Uid:", 4) == 0;
    if (found) {
        (void)strtoul(line + 4, &end, 10);
        effective = strtoul(end, NULL, 10);
    }
    if (status != NULL)
        (void)fclose(status);
    return found && effective == uid;
}

bool rpc_holder_is(uint32_t uid)
{
    struct search search = {.inode = 0};
    long pid;
    bool found = false;
    find_devices(&search);
    DIR *processes = search.device_count > 0 ? opendir("/proc") : NULL;
    while (!found && (pid = next_of(&search, processes)) != 0)
        found = runs_as(pid, uid);
    if (processes != NULL)
        (void)closedir(processes);
    return found;
}

const char *rpc_holder_list(struct arena *arena)
{
    struct search search = {.inode = 0};
    const char *list = NULL;
    long pid;
    find_devices(&search);
    DIR *processes = search.device_count > 0 ? opendir("/proc") : NULL;
    while ((pid = next_of(&search, processes)) != 0)
        list = list == NULL ? name_of(arena, pid)
                            : arena_printf(arena, "%s, %s", list, name_of(arena, pid));
    if (processes != NULL)
        (void)closedir(processes);
    return list;
}

const char *rpc_holder_of_socket(struct arena *arena, uint64_t inode)
{
    const struct search search = {.inode = inode};
    DIR *processes = opendir("/proc");
    long pid = inode != 0 ? next_of(&search, processes) : 0;
    if (processes != NULL)
        (void)closedir(processes);
    return pid != 0 ? name_of(arena, pid) : NULL;
}

const char *rpc_holder_user(struct arena *arena, uint32_t uid)
{
    return uid == 0 ? "root" : arena_printf(arena, "user %" PRIu32, uid);
}
