#include "server/data_folder.h"

#include "core/file.h"
#include "core/file_draft.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool join(const char *folder, const char *name, char path[PATH_MAX], struct error *err)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return (size > 0 && size < PATH_MAX) ||
           error_set(err, ERROR_INVALID, "--data: the path is too long");
}

bool data_folder_is_used(const char *path)
{
    char file[PATH_MAX];
    struct stat status;
    return join(path, "outband.db", file, NULL) && stat(file, &status) == 0;
}

bool data_folder_has(const char *path, const char *name, unsigned mode, struct slice content)
{
    char whole[PATH_MAX];
    if (!join(path, name, whole, NULL))
        return false;
    int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    struct arena arena;
    arena_init(&arena);
    struct stat status;
    struct slice found;
    bool same = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                (status.st_mode & 0777) == mode && file_read(&arena, fd, content.size, &found) &&
                slice_equal(found, content);
    arena_fini(&arena);
    (void)close(fd);
    return same;
}

bool data_folder_write(const char *path, const char *name, unsigned mode, struct slice content,
                       struct error *err)
{
    char whole[PATH_MAX];
    if (!join(path, name, whole, err))
        return false;
    file_drafts_sweep(whole);
    return (file_write(whole, content, mode, FILE_REPLACE) || file_error(err, ERROR_STORE, whole));
}
