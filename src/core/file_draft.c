#include "core/file_draft.h"

#include "core/encoding.h"
#include "core/file_target.h"
#include "core/memory.h"
#include "core/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* .outband-0123456789abcdef.new, whatever the target's own name is, which may be as long as names
 * can be. */
#define DRAFT_BEGIN ".outband-"
#define DRAFT_END   ".new"
#define RANDOM_SIZE 8
#define DRAFT_SIZE  (sizeof DRAFT_BEGIN DRAFT_END + 2 * (size_t)RANDOM_SIZE)

static char *new_name(const char *path)
{
    uint8_t random[RANDOM_SIZE];
    char digits[2 * RANDOM_SIZE + 1];
    struct slice folder = file_folder(path);
    size_t room = folder.size + 1 + DRAFT_SIZE;
    char *name = memory_new(room);
    random_bytes(random, sizeof random);
    encoding_hex(slice_of(random, sizeof random), digits);
    (void)snprintf(name, room, "%.*s/" DRAFT_BEGIN "%s" DRAFT_END, SLICE_ARG(folder), digits);
    return name;
}

/* For a new name to be made to last through a power failure. */
static bool open_folder(struct file_draft *draft)
{
    char *folder = memory_string(file_folder(draft->path));
    draft->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    free(folder);
    errno = why;
    return draft->folder >= 0;
}

/* ---- files without a name: nothing is left of them, whatever ends the program ---- */

static void descriptor_path(int fd, char path[32])
{
    (void)snprintf(path, 32, "/proc/self/fd/%d", fd);
}

static int open_nameless(int folder, mode_t mode)
{
    char self[32];
    int fd = openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
    if (fd < 0)
        return -1;
    descriptor_path(fd, self);
    if (access(self, F_OK) == 0) /* else it could never be named */
        return fd;
    (void)close(fd);
    return -1;
}

static bool give_name(int fd, const char *name)
{
    char self[32];
    descriptor_path(fd, self);
    return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

/* ---- a draft's life ---- */

/* Closes it and forgets the names. */
static void end_draft(struct file_draft *draft)
{
    int why = errno;
    if (draft->fd >= 0)
        (void)close(draft->fd);
    if (draft->folder >= 0)
        (void)close(draft->folder);
    free(draft->path);
    free(draft->name);
    draft->path = draft->name = NULL;
    draft->fd = draft->folder = -1;
    errno = why;
}

static bool find_place(struct file_draft *draft, const char *path)
{
    struct file_target target;
    if (!file_target_find(&target, path))
        return false;
    draft->path = target.path;
    draft->fd = target.fd;
    draft->in_place = target.fd >= 0;
    return true;
}

static bool open_draft(struct file_draft *draft, mode_t mode)
{
    if (!open_folder(draft))
        return false;
    draft->fd = open_nameless(draft->folder, mode);
    if (draft->fd < 0) {
        char *name = new_name(draft->path);
        draft->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (draft->fd >= 0)
            draft->name = name;
        else
            free(name);
    }
    return draft->fd >= 0 && fchmod(draft->fd, mode) == 0;
}

bool file_draft_begin(struct file_draft *draft, const char *path, mode_t mode,
                      enum file_existing existing)
{
    *draft = (struct file_draft){.fd = -1, .folder = -1, .existing = existing};
    if (existing == FILE_KEEP)
        draft->path = memory_string(slice_of_string(path));
    else if (!find_place(draft, path))
        return false;
    if (draft->in_place || open_draft(draft, mode))
        return true;
    file_draft_drop(draft);
    return false;
}

/* NFS and some others know of no rename that keeps what stands there; making a link always does. Of
 * two names one is left over when the other cannot be taken away: file_drafts_sweep's. */
static bool take_free_place(const struct file_draft *draft)
{
    if (renameat2(AT_FDCWD, draft->name, AT_FDCWD, draft->path, RENAME_NOREPLACE) == 0)
        return true;
    if ((errno != EINVAL && errno != ENOSYS) ||
        linkat(AT_FDCWD, draft->name, AT_FDCWD, draft->path, 0) != 0)
        return false;
    (void)unlink(draft->name);
    return true;
}

/* Under its name, and no other. */
static bool put_in_place(struct file_draft *draft)
{
    if (draft->name == NULL && draft->existing == FILE_KEEP)
        return give_name(draft->fd, draft->path);
    if (draft->name == NULL) {
        /* Only a file that has a name can take another one's place. */
        char *name = new_name(draft->path);
        if (!give_name(draft->fd, name)) {
            free(name);
            return false;
        }
        draft->name = name;
    }
    return draft->existing == FILE_KEEP ? take_free_place(draft)
                                        : rename(draft->name, draft->path) == 0;
}

bool file_draft_keep(struct file_draft *draft)
{
    if (draft->in_place) {
        int code = file_sync(draft->fd) ? 0 : errno;
        if (close(draft->fd) != 0 && code == 0)
            code = errno;
        draft->fd = -1;
        end_draft(draft);
        errno = code;
        return code == 0;
    }
    if (!file_sync(draft->fd) || !put_in_place(draft)) {
        file_draft_drop(draft);
        return false;
    }
    bool ok = file_sync(draft->folder);
    end_draft(draft); /* it is on the disk */
    return ok;
}

void file_draft_drop(struct file_draft *draft)
{
    int why = errno;
    if (draft->name != NULL)
        (void)unlink(draft->name);
    errno = why;
    end_draft(draft);
}

/* ---- what a crash has left ---- */

static bool is_draft(const char *name)
{
    size_t begin = sizeof DRAFT_BEGIN - 1;
    return strlen(name) == DRAFT_SIZE - 1 && strncmp(name, DRAFT_BEGIN, begin) == 0 &&
           strspn(name + begin, "0123456789abcdef") == 2 * (size_t)RANDOM_SIZE &&
           strcmp(name + begin + 2 * (size_t)RANDOM_SIZE, DRAFT_END) == 0;
}

void file_drafts_sweep(const char *path)
{
    char *name = memory_string(file_folder(path));
    DIR *folder = opendir(name);
    free(name);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (is_draft(entry->d_name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder != NULL)
        (void)closedir(folder);
}
