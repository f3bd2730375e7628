/* obctl devices remove: takes a device off the list, with its secrets unless told otherwise. */
#include "obctl/command.h"

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{"keep-secrets", no_argument, NULL, 'k'}, {0}};
    const char *secrets = "true";
    for (;;) {
        int option = obctl_command_option(obctl, argc, argv, options, err);
        if (option == -1)
            break;
        if (option != 'k')
            return false;
        secrets = "false";
    }
    if (!obctl_command_operands(argc, 1, -1, err))
        return false;
    for (int i = optind; i < argc; i++) {
        const char *guid;
        struct obctl_answer answer;
        if (!obctl_api_find_device(obctl->api, obctl->arena, argv[i], &guid, err))
            return false;
        char *target =
            arena_printf(obctl->arena, "/api/v1/devices/%s?isSecretToBeDeleted=%s", guid, secrets);
        if (!obctl_api_call(obctl->api, obctl->arena, "DELETE", target, (struct slice){0}, &answer,
                            err))
            return error_wrap(err, "%s", guid);
        obctl_answer_fini(&answer);
        buffer_printf(&obctl->out, "%s removed\n", guid);
    }
    return true;
}

const struct obctl_command obctl_devices_remove = {
    .words = "devices remove",
    .usage = "DEVICE… [--keep-secrets]",
    .summary = "Remove devices and their stored passwords",
    .help = "  --keep-secrets   leave the stored passwords where they are\n",
    .needs_server = true,
    .run = run,
};
