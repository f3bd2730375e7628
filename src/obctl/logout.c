/* obctl logout: forgets the token; the server's address and trust stay. */
#include "obctl/command.h"

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{0}};
    if (obctl_command_option(obctl, argc, argv, options, err) != -1 ||
        !obctl_command_operands(argc, 0, 0, err))
        return false;
    obctl->config.token = NULL;
    return obctl_config_save(obctl->arena, obctl->config_path, &obctl->config, err);
}

const struct obctl_command obctl_logout = {
    .words = "logout",
    .usage = "",
    .summary = "Forget the token",
    .run = run,
};
