#include "core/file_target.h"

#include "core/file.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MOST 40 /* as in the kernel */

/* Whether somebody may have put it there to lead us elsewhere. */
static bool is_bait(const struct stat *folder, const struct stat *entry)
{
    return (folder->st_mode & S_IWOTH) != 0 && entry->st_uid != geteuid() &&
           entry->st_uid != folder->st_uid;
}

static bool open_in_place(struct file_target *target, int flags)
{
    flags |= O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    target->fd = open(target->path, flags);
    if (target->fd < 0)
        return false;
    int now = fcntl(target->fd, F_GETFL);
    return now >= 0 && fcntl(target->fd, F_SETFL, now & ~O_NONBLOCK) == 0;
}

/* A device or pipe, opened as what it was when it was looked at. */
static bool open_special(struct file_target *target, const struct stat *entry)
{
    struct stat status;
    if (!open_in_place(target, O_NOFOLLOW) || fstat(target->fd, &status) != 0)
        return false;
    if (status.st_dev == entry->st_dev && status.st_ino == entry->st_ino)
        return true;
    errno = EACCES;
    return false;
}

/* Goes one link further. */
static bool follow(struct file_target *target, const char *folder)
{
    char link[PATH_MAX];
    ssize_t size = readlink(target->path, link, sizeof link);
    if (size < 0)
        return false;
    if (size == 0 || (size_t)size == sizeof link) {
        errno = ENAMETOOLONG;
        return false;
    }
    struct slice text = slice_of(link, (size_t)size);
    char *path;
    if (link[0] == '/') {
        path = memory_string(text);
    } else {
        size_t room = strlen(folder) + 1 + text.size + 1;
        path = memory_new(room);
        (void)snprintf(path, room, "%s/%.*s", folder, SLICE_ARG(text));
    }
    free(target->path);
    target->path = path;
    return true;
}

enum found { FOUND, NOT_YET, FAILED };

/* Looks at what the path names now; *bait: nothing but whose it is speaks against it. */
static enum found look(struct file_target *target, const char *folder, bool *bait)
{
    struct stat entry;
    struct stat around;
    struct statfs system;
    if (lstat(target->path, &entry) != 0)
        return errno == ENOENT ? FOUND : FAILED;
    if (S_ISREG(entry.st_mode))
        return FOUND;
    errno = EISDIR;
    if (S_ISDIR(entry.st_mode) || stat(folder, &around) != 0 || statfs(folder, &system) != 0)
        return FAILED;
    *bait = is_bait(&around, &entry);
    errno = EACCES;
    if (*bait)
        return FAILED;
    if (!S_ISLNK(entry.st_mode))
        return open_special(target, &entry) ? FOUND : FAILED;
    /* What it leads to needs no name, and a file there is somebody's output that goes on. */
    if (system.f_type == PROC_SUPER_MAGIC && stat(target->path, &entry) == 0 &&
        !S_ISDIR(entry.st_mode))
        return open_in_place(target, O_APPEND) ? FOUND : FAILED;
    return follow(target, folder) ? NOT_YET : FAILED;
}

/* With *bait the target's path is left, for the caller to free. */
static bool find(struct file_target *target, const char *path, bool *bait)
{
    *target = (struct file_target){memory_string(slice_of_string(path)), -1};
    enum found found = NOT_YET;
    *bait = false;
    for (unsigned i = 0; i < LINKS_MOST && found == NOT_YET; i++) {
        char *folder = memory_string(file_folder(target->path));
        found = look(target, folder, bait);
        int why = errno;
        free(folder);
        errno = why;
    }
    if (found == FOUND)
        return true;
    int why = found == FAILED ? errno : ELOOP;
    if (target->fd >= 0)
        (void)close(target->fd);
    if (!*bait)
        free(target->path);
    errno = why;
    return false;
}

bool file_target_find(struct file_target *target, const char *path)
{
    bool bait;
    if (find(target, path, &bait))
        return true;
    int why = errno;
    if (bait)
        free(target->path);
    errno = why;
    return false;
}

bool file_target_error(struct error *err, enum error_code code, const char *path)
{
    struct file_target target;
    bool bait = false;
    int why = errno;
    if (why == EACCES && find(&target, path, &bait)) {
        free(target.path);
        if (target.fd >= 0)
            (void)close(target.fd);
    }
    errno = why;
    if (!bait)
        return file_error(err, code, path);
    (void)error_set(err, code,
                    "%.90s: %.90s belongs to another user in a folder that all may write to", path,
                    strcmp(path, target.path) == 0 ? "it" : target.path);
    free(target.path);
    return false;
}
