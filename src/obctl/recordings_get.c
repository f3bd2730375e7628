/* obctl recordings get: the file of a recording, which may be larger than memory. */
#include "obctl/command.h"

#include "core/file_draft.h"
#include "obctl/target.h"
#include "obctl/url.h"

#include <errno.h>
#include <unistd.h>

static const char help[] =
    "  RECORDING  its id, as recordings shows it\n"
    "  FILE       where to write it; - for standard output, which it is by itself\n"
    "  --force    replace a file that is there\n";

struct target {
    const char *path;
    int fd;
};

static bool put(void *owner, struct slice piece, struct error *err)
{
    const struct target *target = owner;
    return file_write_all(target->fd, piece) || file_error(err, ERROR_INTERNAL, target->path);
}

static bool fetch(struct obctl *obctl, const char *id, struct target *target, struct error *err)
{
    const struct http_body_sink sink = {put, target};
    char *path = arena_printf(obctl->arena, "/api/v1/recordings/%s",
                              obctl_url_escape(obctl->arena, slice_of_string(id)));
    return obctl_api_download(obctl->api, obctl->arena, path, &sink, err) ||
           error_wrap(err, "%s", id);
}

/* Whole, or not there. */
static bool keep(struct obctl *obctl, const char *id, const char *path, bool force,
                 struct error *err)
{
    struct file_draft draft;
    /* Whatever stood on somebody's screen is for who asked only. */
    if (!file_draft_begin(&draft, path, 0600, force ? FILE_REPLACE : FILE_KEEP))
        return file_error(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_INVALID, path);
    struct target target = {path, draft.fd};
    if (!fetch(obctl, id, &target, err)) {
        file_draft_drop(&draft);
        return false;
    }
    return file_draft_keep(&draft) ||
           file_error(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_INVALID, path);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{"force", no_argument, NULL, 'f'}, {0}};
    bool force = false;
    int option;
    while ((option = obctl_command_option(obctl, argc, argv, options, err)) == 'f')
        force = true;
    if (option != -1 || !obctl_command_operands(argc, 1, 2, err))
        return false;
    const char *id = argv[optind];
    const char *path = optind + 1 < argc ? argv[optind + 1] : "-";
    if (!obctl_target_check(path, force, "a recording", err))
        return false;
    if (!obctl_target_is_output(path))
        return keep(obctl, id, path, force, err);
    struct target target = {"standard output", STDOUT_FILENO};
    return fetch(obctl, id, &target, err);
}

const struct obctl_command obctl_recordings_get = {
    .words = "recordings get",
    .usage = "RECORDING [FILE] [--force]",
    .summary = "Write the file of a recording",
    .help = help,
    .needs_server = true,
    .run = run,
};
