#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_error(struct error *err, enum error_code code, const char *path)
{
    char reason[128];
    return error_set(err, code, "%.120s: %s", path, strerror_r(errno, reason, sizeof reason));
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

/* Makes the new name last through a power failure. */
static bool sync_folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL
            ? "."
            : arena_string(arena, slice_of(path, slash == path ? 1 : (size_t)(slash - path)));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

static bool write_draft(const char *draft, struct slice content, mode_t mode)
{
    if (unlink(draft) != 0 && errno != ENOENT)
        return false;
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return false;
    bool ok = fchmod(fd, mode) == 0 && file_write_all(fd, content) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && ok) {
        why = errno;
        ok = false;
    }
    errno = why;
    return ok;
}

bool file_write(const char *path, struct slice content, mode_t mode, enum file_existing existing)
{
    struct arena arena;
    arena_init(&arena);
    const char *draft = arena_printf(&arena, "%s.new", path);
    unsigned flags = existing == FILE_KEEP ? RENAME_NOREPLACE : 0;
    bool renamed =
        write_draft(draft, content, mode) && renameat2(AT_FDCWD, draft, AT_FDCWD, path, flags) == 0;
    int why = errno;
    if (!renamed)
        (void)unlink(draft);
    bool ok = renamed && sync_folder_of(&arena, path);
    if (!renamed)
        errno = why;
    arena_fini(&arena);
    return ok;
}
