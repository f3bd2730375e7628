#include "rpc/line/line.h"

#include "rpc/line/option.h"

#include <string.h>

static bool add_variable(struct rpc_line *line, const struct rpc_option *option, const char *name,
                         const char *(*lookup)(void *arg, const char *name), void *arg,
                         struct error *err)
{
    const char *text = lookup(arg, name);
    bool in_file = false;
    if ((text == NULL || text[0] == '\0') && option->value == RPC_SECRET) {
        text = lookup(arg, arena_printf(line->arena, "%s_FILE", name));
        in_file = true;
    }
    if (text == NULL || text[0] == '\0')
        return true;
    /* Whatever it is set to (no-color.org). */
    if (strcmp(name, "NO_COLOR") == 0)
        text = "true";
    return rpc_line_add(line, option, text, RPC_FROM_ENVIRONMENT, in_file, err) ||
           error_wrap(err, "the environment's %s", name);
}

bool rpc_line_add_environment(struct rpc_line *line,
                              const char *(*lookup)(void *arg, const char *name), void *arg,
                              struct error *err)
{
    struct rpc_option_walk walk = {line->command, 0, 0};
    const struct rpc_option *option;
    while ((option = rpc_option_next(&walk)) != NULL) {
        char name[RPC_ENVIRONMENT_SIZE];
        if (strcmp(option->name, "help") == 0)
            continue;
        if (line->v2 && option->environment_v2 != NULL &&
            !add_variable(line, option, option->environment_v2, lookup, arg, err))
            return false;
        if (!add_variable(line, option, rpc_option_environment(option, name), lookup, arg, err))
            return false;
    }
    return true;
}
