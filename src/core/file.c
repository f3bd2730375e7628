#include "core/file.h"

#include "core/file_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

struct slice file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return SLICE_LITERAL(".");
    return slice_of(path, slash == path ? 1 : (size_t)(slash - path));
}

bool file_sync(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
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

bool file_write(const char *path, struct slice content, mode_t mode, enum file_existing existing)
{
    struct file_draft draft;
    if (!file_draft_begin(&draft, path, mode, existing))
        return false;
    if (file_write_all(draft.fd, content))
        return file_draft_keep(&draft);
    int why = errno;
    file_draft_drop(&draft);
    errno = why;
    return false;
}
