#include "server/data_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct error *err, const char *path)
{
    char text[128];
    return error_set(err, ERROR_STORE, "%.150s: %s", path, strerror_r(errno, text, sizeof text));
}

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

static bool write_all(int file, struct slice content)
{
    while (content.size > 0) {
        ssize_t written = write(file, content.data, content.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        content = slice_from(content, (size_t)written);
    }
    return fsync(file) == 0;
}

bool data_folder_write(const char *path, const char *name, unsigned mode, struct slice content,
                       struct error *err)
{
    char whole[PATH_MAX];
    char part[PATH_MAX];
    char part_name[64];
    (void)snprintf(part_name, sizeof part_name, ".%.50s.new", name);
    if (!join(path, name, whole, err) || !join(path, part_name, part, err))
        return false;
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(err, part);
    bool ok = write_all(file, content) && fchmod(file, mode) == 0;
    ok = close(file) == 0 && ok;
    if (ok && rename(part, whole) == 0)
        return true;
    (void)fail(err, whole);
    (void)unlink(part);
    return false;
}
