#include "rpc/help.h"

#include "rpc/line/option.h"
#include "rpc/line/path.h"

#include <stdio.h>
#include <string.h>

#define COLUMN 34

static void put_option(struct buffer *out, const struct rpc_option *option)
{
    static const char *const values[] = {
        [RPC_FLAG] = "",          [RPC_TEXT] = "=TEXT", [RPC_NUMBER] = "=N",
        [RPC_DURATION] = "=TIME", [RPC_LIST] = "=LIST", [RPC_SECRET] = "=SECRET",
    };
    char left[96];
    char name[RPC_ENVIRONMENT_SIZE];
    (void)snprintf(left, sizeof left, "%s%c%s --%s%s", option->letter != '\0' ? "-" : " ",
                   option->letter != '\0' ? option->letter : ' ',
                   option->letter != '\0' ? "," : " ", option->name, values[option->value]);
    buffer_printf(out, "  %-*s %s", COLUMN, left, option->help);
    if (option->choices != NULL)
        buffer_printf(out, ": %s", option->choices);
    if (option->preset != NULL)
        buffer_printf(out, " [%s]", option->preset);
    if (strcmp(option->name, "help") != 0)
        buffer_printf(out, " ($%s)", rpc_option_environment(option, name));
    buffer_put_u8(out, '\n');
}

static void put_options(struct buffer *out, const struct rpc_command *command, bool global)
{
    struct rpc_option_walk walk = {global ? NULL : command, 0, 0};
    const struct rpc_option *option;
    bool any = false;
    while ((option = rpc_option_next(&walk)) != NULL) {
        if (option->hidden || (!global && walk.group == SIZE_MAX))
            continue;
        if (!any)
            buffer_put_text(out, global ? "\nFlags of every command:\n" : "\nFlags:\n");
        any = true;
        put_option(out, option);
    }
}

static bool is_below(const char *path, const char *words)
{
    size_t size = strlen(words);
    return size == 0 || (strncmp(path, words, size) == 0 && path[size] == ' ');
}

/* By one of its names: "diag" has what "diagnostics" has. */
static bool has_name_below(const struct rpc_command *command, const char *words)
{
    bool below = is_below(command->path, words);
    for (const char *const *alias = command->aliases; alias != NULL && *alias != NULL; alias++)
        below = below || is_below(*alias, words);
    return below;
}

static void put_command(struct buffer *out, const struct rpc_command *command)
{
    buffer_printf(out, "Usage: rpc %s [flags]\n\n%s.\n", command->path, command->help);
    if (command->details != NULL)
        buffer_printf(out, "\n%s", command->details);
    if (command->aliases != NULL) {
        buffer_put_text(out, "\nAlso called:");
        for (const char *const *alias = command->aliases; *alias != NULL; alias++)
            buffer_printf(out, "%s %s", alias == command->aliases ? "" : ",", *alias);
        buffer_put_u8(out, '\n');
    }
    put_options(out, command, false);
}

void rpc_help_print(struct buffer *out, const char *words)
{
    const struct rpc_command *exact = rpc_path_command(words);
    if (exact != NULL)
        put_command(out, exact);
    else
        buffer_printf(out,
                      "Usage: rpc %s%sCOMMAND [flags]\n\n"
                      "Sets up and shows Intel AMT on this machine. Without a command: amtinfo.\n"
                      "\nCommands:\n",
                      words, words[0] != '\0' ? " " : "");
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++)
        if (!(*at)->hidden && has_name_below(*at, exact != NULL ? exact->path : words))
            buffer_printf(out, "  %-*s %s\n", COLUMN, (*at)->path, (*at)->help);
    put_options(out, exact, true);
    buffer_put_text(
        out,
        "\nA flag takes one dash or two. A secret is best left to the prompt, or given in the\n"
        "environment, by --NAME-file FILE, or as --NAME=- on standard input.\n"
        "\"rpc COMMAND --help\" shows a command's own flags.\n");
}
