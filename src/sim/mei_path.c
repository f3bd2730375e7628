#include "sim/mei_path.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINKS_MOST 40 /* as the kernel has it */

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* Linux 5.12 */
#endif

/* "mei0": the number; -1 for any other name. */
static int device_of_name(const char *name)
{
    if (strncmp(name, "mei", 3) != 0)
        return -1;
    if (name[3] == '\0')
        return SIM_MEI_DEVICE;
    return name[3] >= '0' && name[3] <= '9' && name[4] == '\0' ? name[3] - '0' : -1;
}

/* Descriptor of a place that the process has: "root", "cwd", "fd/5". -1: it is no folder. */
static int open_place(pid_t pid, const char *place)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, place);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int look(int at, const char *name, uint64_t flags)
{
    struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    return (int)syscall(SYS_openat2, at, name, &how, sizeof(how));
}

static bool is_same(int one, int other)
{
    struct statx a, b;
    int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
    return statx(one, "", flags, STATX_INO, &a) == 0 &&
           statx(other, "", flags, STATX_INO, &b) == 0 && a.stx_ino == b.stx_ino &&
           a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

static bool is_dev(int folder, int root)
{
    int dev = look(root, "dev", O_DIRECTORY);
    bool same = dev >= 0 && is_same(folder, dev);
    if (dev >= 0)
        (void)close(dev);
    return same;
}

/* Where a walk is: the folder, and what is left of the path. */
struct walk {
    int root, at; /* descriptors */
    char text[SIM_MEI_PATH_MOST];
    const char *rest; /* in it */
    unsigned links;
};

/* Takes the descriptor; -1 ends the walk. */
static bool go_to(struct walk *walk, int folder)
{
    if (walk->at >= 0)
        (void)close(walk->at);
    walk->at = folder;
    return folder >= 0;
}

/* Puts where a link leads before what is left. False when it is no link, or leads too far. */
static bool read_link(struct walk *walk, int link)
{
    char made[SIM_MEI_PATH_MOST];
    size_t left = strlen(walk->rest);
    ssize_t got = readlinkat(link, "", made, sizeof(made));
    if (got <= 0 || (size_t)got + left >= sizeof(made) || ++walk->links > LINKS_MOST)
        return false;
    memcpy(made + got, walk->rest, left + 1);
    memcpy(walk->text, made, (size_t)got + left + 1);
    walk->rest = walk->text;
    return made[0] != '/' || go_to(walk, look(walk->root, ".", O_DIRECTORY));
}

/* Takes one name of the path. False at its end; *device tells whether it is one. */
static bool step(struct walk *walk, bool follows, int *device)
{
    char name[NAME_MAX + 1];
    walk->rest += strspn(walk->rest, "/");
    size_t size = strcspn(walk->rest, "/");
    if (size == 0 || size >= sizeof(name))
        return false;
    memcpy(name, walk->rest, size);
    name[size] = '\0';
    walk->rest += size;
    bool last = walk->rest[0] == '\0', up = strcmp(name, "..") == 0;
    if (last && device_of_name(name) >= 0 && is_dev(walk->at, walk->root)) {
        *device = device_of_name(name);
        return false;
    }
    if (up && is_same(walk->at, walk->root))
        return !last;
    int next = look(walk->at, name, up ? O_DIRECTORY : O_NOFOLLOW);
    if (next >= 0 && (follows || !last) && read_link(walk, next)) {
        (void)close(next);
        return true;
    }
    return go_to(walk, next) && !last;
}

int sim_mei_path_device(pid_t pid, int folder, const char *path, bool follows)
{
    struct walk walk;
    char place[16] = "cwd";
    int device = strncmp(path, "/dev/", 5) == 0 ? device_of_name(path + 5) : -1;
    if (device >= 0 || path[0] == '\0')
        return device;
    if (folder != AT_FDCWD)
        (void)snprintf(place, sizeof(place), "fd/%d", folder);
    walk.rest = walk.text;
    walk.links = 0;
    walk.root = open_place(pid, "root");
    walk.at = walk.root < 0 ? -1 : open_place(pid, path[0] == '/' ? "root" : place);
    if (walk.at >= 0 && strlen(path) < sizeof(walk.text)) {
        memcpy(walk.text, path, strlen(path) + 1);
        while (step(&walk, follows, &device))
            ;
    }
    (void)go_to(&walk, -1);
    if (walk.root >= 0)
        (void)close(walk.root);
    return device;
}
