#include "core/file.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_error(struct error *err, enum error_code code, const char *path)
{
    char reason[128];
    return error_set(err, code, "%.120s: %s", path, strerror_r(errno, reason, sizeof reason));
}

bool file_fill_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (errno != EBADF || open("/dev/null", O_RDWR | O_NOCTTY) != fd) /* the lowest is taken */
            return false;
    }
    return true;
}

bool file_write_all(int fd, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.data, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes = slice_from(bytes, (size_t)put);
    }
    return true;
}

ssize_t file_read_all(int fd, void *to, size_t size)
{
    size_t at = 0;
    while (at < size) {
        ssize_t got = read(fd, (uint8_t *)to + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        at += (size_t)got;
    }
    return (ssize_t)at;
}

bool file_read_at(int fd, uint64_t offset, void *to, size_t size)
{
    uint8_t *at = to;
    while (size > 0) {
        ssize_t got = pread(fd, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO;
        if (got <= 0)
            return false;
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}

bool file_is_full(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

bool file_read(struct arena *arena, int fd, size_t limit, struct slice *content)
{
    uint8_t *bytes = arena_alloc(arena, limit + 1);
    ssize_t size = file_read_all(fd, bytes, limit + 1);
    if (size < 0)
        return false;
    if ((size_t)size > limit) {
        errno = EFBIG;
        return false;
    }
    *content = slice_of(bytes, (size_t)size);
    return true;
}

bool file_load(struct arena *arena, const char *path, size_t limit, struct slice *content,
               struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool ok = fd >= 0 && file_read(arena, fd, limit, content);
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = why;
    return ok || file_error(err, ERROR_INVALID, path);
}

/* Makes the new name last through a power failure. */
static bool sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct slice name = slash == NULL ? SLICE_LITERAL(".")
                                      : slice_of(path, slash == path ? 1 : (size_t)(slash - path));
    char *folder = memory_string(name);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

bool file_draft_begin(struct file_draft *draft, const char *path, mode_t mode)
{
    struct slice name = slice_of_string(path);
    draft->path = memory_string(name);
    draft->name = memory_new(name.size + sizeof ".new");
    (void)snprintf(draft->name, name.size + sizeof ".new", "%s.new", path);
    draft->fd = -1;
    if (unlink(draft->name) == 0 || errno == ENOENT)
        draft->fd = open(draft->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (draft->fd >= 0 && fchmod(draft->fd, mode) == 0)
        return true;
    int why = errno;
    file_draft_drop(draft);
    errno = why;
    return false;
}

/* Closes it and forgets the names. False with errno. */
static bool end_draft(struct file_draft *draft)
{
    bool ok = draft->fd < 0 || close(draft->fd) == 0;
    free(draft->path);
    free(draft->name);
    draft->path = draft->name = NULL;
    draft->fd = -1;
    return ok;
}

bool file_draft_keep(struct file_draft *draft, enum file_existing existing)
{
    unsigned flags = existing == FILE_KEEP ? RENAME_NOREPLACE : 0;
    if (fsync(draft->fd) != 0 ||
        renameat2(AT_FDCWD, draft->name, AT_FDCWD, draft->path, flags) != 0) {
        int why = errno;
        file_draft_drop(draft);
        errno = why;
        return false;
    }
    bool ok = sync_folder_of(draft->path);
    int why = errno;
    (void)end_draft(draft); /* it is on the disk */
    errno = why;
    return ok;
}

void file_draft_drop(struct file_draft *draft)
{
    if (draft->fd >= 0)
        (void)unlink(draft->name);
    (void)end_draft(draft);
}

bool file_write(const char *path, struct slice content, mode_t mode, enum file_existing existing)
{
    struct file_draft draft;
    if (!file_draft_begin(&draft, path, mode))
        return false;
    if (file_write_all(draft.fd, content))
        return file_draft_keep(&draft, existing);
    int why = errno;
    file_draft_drop(&draft);
    errno = why;
    return false;
}
