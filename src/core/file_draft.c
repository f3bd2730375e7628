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

_Static_assert(DRAFT_SIZE <= FILE_DRAFT_NAME_SIZE, "a draft's name has room");

static void new_name(char name[FILE_DRAFT_NAME_SIZE])
{
    uint8_t random[RANDOM_SIZE];
    char digits[2 * RANDOM_SIZE + 1];
    random_bytes(random, sizeof random);
    encoding_hex(slice_of(random, sizeof random), digits);
    (void)snprintf(name, FILE_DRAFT_NAME_SIZE, DRAFT_BEGIN "%s" DRAFT_END, digits);
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

static bool give_name(const struct file_draft *draft, const char *name)
{
    char self[32];
    descriptor_path(draft->fd, self);
    return linkat(AT_FDCWD, self, draft->folder, name, AT_SYMLINK_FOLLOW) == 0;
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
    free(draft->name);
    *draft = (struct file_draft){.fd = -1, .folder = -1};
    errno = why;
}

static bool open_draft(struct file_draft *draft, mode_t mode)
{
    draft->fd = open_nameless(draft->folder, mode);
    if (draft->fd < 0) {
        char name[FILE_DRAFT_NAME_SIZE];
        new_name(name);
        draft->fd =
            openat(draft->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (draft->fd >= 0)
            memcpy(draft->now, name, sizeof name);
    }
    return draft->fd >= 0 && fchmod(draft->fd, mode) == 0;
}

/* As far as can be told before it is named. */
static bool is_free(const struct file_draft *draft)
{
    struct stat status;
    if (draft->existing != FILE_KEEP ||
        fstatat(draft->folder, draft->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    errno = EEXIST;
    return false;
}

/* In its folder, which is open for its new name to be made to last through a power failure. */
static bool begin(struct file_draft *draft, mode_t mode)
{
    if (draft->folder >= 0 && is_free(draft) && open_draft(draft, mode))
        return true;
    file_draft_drop(draft);
    return false;
}

static bool begin_at(struct file_draft *draft, const char *path, mode_t mode)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char *folder = memory_string(file_folder(path));
    draft->name = memory_string(slice_of_string(*name != '\0' ? name : "."));
    draft->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    free(folder);
    errno = why;
    return begin(draft, mode);
}

bool file_draft_begin(struct file_draft *draft, const char *path, mode_t mode,
                      enum file_existing existing)
{
    struct file_target target;
    *draft = (struct file_draft){.fd = -1, .folder = -1, .existing = existing};
    if (existing == FILE_KEEP)
        return begin_at(draft, path, mode);
    if (!file_target_find(&target, path))
        return false;
    draft->fd = target.fd;
    bool ok = target.fd >= 0 || begin_at(draft, target.path, mode);
    int why = errno;
    free(target.path);
    errno = why;
    return ok;
}

bool file_draft_begin_in(struct file_draft *draft, int folder, const char *name, mode_t mode)
{
    *draft = (struct file_draft){.fd = -1, .existing = FILE_KEEP};
    draft->name = memory_string(slice_of_string(name));
    draft->folder = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    return begin(draft, mode);
}

/* NFS and some others know of no rename that keeps what stands there; making a link always does. Of
 * two names one is left over when the other cannot be taken away: file_drafts_sweep's. */
static bool take_free_place(const struct file_draft *draft)
{
    int folder = draft->folder;
    if (renameat2(folder, draft->now, folder, draft->name, RENAME_NOREPLACE) == 0)
        return true;
    if ((errno != EINVAL && errno != ENOSYS) ||
        linkat(folder, draft->now, folder, draft->name, 0) != 0)
        return false;
    (void)unlinkat(folder, draft->now, 0);
    return true;
}

/* Under its name, and no other. */
static bool put_in_place(struct file_draft *draft)
{
    bool is_nameless = draft->now[0] == '\0';
    if (draft->existing == FILE_KEEP)
        return is_nameless ? give_name(draft, draft->name) : take_free_place(draft);
    if (is_nameless) {
        /* Only a file that has a name can take another one's place. */
        char name[FILE_DRAFT_NAME_SIZE];
        new_name(name);
        if (!give_name(draft, name))
            return false;
        memcpy(draft->now, name, sizeof name);
    }
    return renameat(draft->folder, draft->now, draft->folder, draft->name) == 0;
}

bool file_draft_keep(struct file_draft *draft)
{
    if (draft->folder < 0) {
        int code = file_sync(draft->fd) ? 0 : errno;
        if (close(draft->fd) != 0 && code == 0)
            code = errno;
        draft->fd = -1;
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
    if (draft->now[0] != '\0')
        (void)unlinkat(draft->folder, draft->now, 0);
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
