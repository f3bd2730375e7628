/* obctl screenshot: what a device's screen shows, as a PNG file. */
#include "obctl/command.h"

#include "core/file.h"
#include "obctl/target.h"

#include <errno.h>
#include <stdio.h>

static const char help[] = "  FILE       where to write it; - for standard output\n"
                           "  --force    replace a file that is there\n";

static bool keep(struct obctl *obctl, const char *path, bool force, struct slice png,
                 struct error *err)
{
    if (obctl_target_is_output(path)) {
        buffer_put(&obctl->out, png);
        return true;
    }
    /* Whatever stands on somebody's screen is for who asked only. */
    if (file_write(path, png, 0600, force ? FILE_REPLACE : FILE_KEEP))
        return true;
    return file_error(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_INVALID, path);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{"force", no_argument, NULL, 'f'}, {0}};
    bool force = false;
    int option;
    while ((option = obctl_command_option(obctl, argc, argv, options, err)) == 'f')
        force = true;
    if (option != -1 || !obctl_command_operands(argc, 2, 2, err) ||
        !obctl_target_check(argv[optind + 1], force, "a picture", err))
        return false;
    const char *path = argv[optind + 1];
    const char *guid;
    if (!obctl_api_find_device(obctl->api, obctl->arena, argv[optind], &guid, err))
        return false;
    struct obctl_answer answer;
    char *target = arena_printf(obctl->arena, "/api/v1/amt/kvm/screenshot/%s", guid);
    if (!obctl_api_call(obctl->api, obctl->arena, "GET", target, (struct slice){0}, &answer, err))
        return error_wrap(err, "%s", guid);
    bool ok = keep(obctl, path, force, answer.body, err);
    obctl_answer_fini(&answer);
    return ok;
}

const struct obctl_command obctl_screenshot = {
    .words = "screenshot",
    .usage = "DEVICE FILE [--force]",
    .summary = "Write what a device's screen shows as PNG",
    .help = help,
    .needs_server = true,
    .run = run,
};
