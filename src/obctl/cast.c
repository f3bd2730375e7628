#include "obctl/cast.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_LIMIT (256U << 10) /* of one piece, each byte of it six of JSON */

struct obctl_cast {
    char *path;
    char *draft; /* its name until there is something to keep; NULL: kept */
    bool force;
    int file;
    int failure; /* errno of the first that failed */
    uint64_t began_ns;
    struct buffer line;
};

static void flush(struct obctl_cast *cast)
{
    if (cast->failure == 0 && !buffer_ok(&cast->line))
        cast->failure = EOVERFLOW;
    if (cast->failure == 0 && !file_write_all(cast->file, buffer_slice(&cast->line)))
        cast->failure = errno;
    buffer_clear(&cast->line);
}

/* What a recording may take the place of: nothing, or a file. */
static bool check_target(const char *path, bool force, struct error *err)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return true; /* whether it can be made shows */
    if (!force) {
        errno = EEXIST;
        return file_error(err, ERROR_CONFLICT, path);
    }
    return S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) ||
           error_set(err, ERROR_INVALID, "%s is no file that can be replaced", path);
}

struct obctl_cast *obctl_cast_create(const char *path, bool force,
                                     const struct redir_asciicast_head *head, struct error *err)
{
    if (!check_target(path, force, err))
        return NULL;
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *draft = memory_new(size);
    (void)snprintf(draft, size, "%s.XXXXXX", path);
    int file = mkostemp(draft, O_CLOEXEC); /* 0600 */
    if (file < 0) {
        (void)file_error(err, ERROR_INVALID, path);
        free(draft);
        return NULL;
    }
    struct obctl_cast *cast = memory_new(sizeof *cast);
    cast->path = memory_string(slice_of_string(path));
    cast->draft = draft;
    cast->force = force;
    cast->file = file;
    cast->began_ns = clock_monotonic_ns();
    buffer_init(&cast->line, LINE_LIMIT);
    redir_asciicast_put_head(&cast->line, head);
    flush(cast);
    return cast;
}

void obctl_cast_keep(struct obctl_cast *cast)
{
    if (cast == NULL || cast->draft == NULL)
        return;
    unsigned flags = cast->force ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, cast->draft, AT_FDCWD, cast->path, flags) != 0) {
        if (cast->failure == 0)
            cast->failure = errno;
        free(cast->path);
        cast->path = cast->draft; /* where it is, and stays */
    } else {
        free(cast->draft);
    }
    cast->draft = NULL;
}

void obctl_cast_put(struct obctl_cast *cast, enum redir_asciicast_kind kind, struct slice text)
{
    struct redir_asciicast_event event = {
        .at_us = (clock_monotonic_ns() - cast->began_ns) / 1000, .kind = (char)kind, .text = text};
    redir_asciicast_put_event(&cast->line, &event);
    flush(cast);
}

bool obctl_cast_close(struct obctl_cast *cast, struct error *err)
{
    bool ok = true;
    if (cast == NULL)
        return true;
    if (close(cast->file) != 0 && cast->failure == 0)
        cast->failure = errno;
    if (cast->draft != NULL)
        (void)unlink(cast->draft); /* there was no session */
    if (cast->failure != 0) {
        errno = cast->failure;
        (void)file_error(err, ERROR_INTERNAL, cast->path);
        ok = error_wrap(err, "the recording is not complete");
    }
    buffer_fini(&cast->line);
    free(cast->path);
    free(cast->draft);
    free(cast);
    return ok;
}
