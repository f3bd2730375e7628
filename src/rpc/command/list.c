/* rpc commands: every command and flag as JSON, for the tables of the documents and for shells that
 * complete command lines. */
#include "rpc/command/commands.h"
#include "rpc/line/option.h"
#include "rpc/run/run.h"
#include "rpc/text/json.h"

static void put_generations(struct rpc_json *json, unsigned generations)
{
    rpc_json_bool(json, "v2", (generations & RPC_V2) != 0);
    rpc_json_bool(json, "v3", (generations & RPC_V3) != 0);
}

static void put_list(struct rpc_json *json, const char *key, const char *const *texts)
{
    if (texts == NULL)
        return;
    rpc_json_open(json, key, '[');
    for (; *texts != NULL; texts++)
        rpc_json_text(json, NULL, *texts);
    rpc_json_close(json, ']');
}

static void put_flag(struct rpc_json *json, const struct rpc_option *option)
{
    static const char *const values[] = {
        [RPC_FLAG] = "flag",         [RPC_TEXT] = "text", [RPC_NUMBER] = "number",
        [RPC_DURATION] = "duration", [RPC_LIST] = "list", [RPC_SECRET] = "secret",
    };
    const char letter[] = {option->letter, '\0'};
    char name[RPC_ENVIRONMENT_SIZE];
    rpc_json_open(json, NULL, '{');
    rpc_json_text(json, "name", option->name);
    put_list(json, "aliases", option->aliases);
    rpc_json_text(json, "letter", letter[0] != '\0' ? letter : NULL);
    rpc_json_text(json, "value", values[option->value]);
    rpc_json_text(json, "choices", option->choices);
    rpc_json_text(json, "preset", option->preset);
    if (option->maximum != 0) {
        rpc_json_number(json, "minimum", option->minimum);
        rpc_json_number(json, "maximum", option->maximum);
    }
    rpc_json_text(json, "environment", rpc_option_environment(option, name));
    if (option->environment_v2 != NULL)
        rpc_json_text(json, "environmentV2", option->environment_v2);
    rpc_json_bool(json, "hidden", option->hidden);
    put_generations(json, option->generations);
    rpc_json_text(json, "help", option->help);
    rpc_json_close(json, '}');
}

/* Of the command itself, or with NULL those of every command. */
static void put_flags(struct rpc_json *json, const struct rpc_command *command)
{
    struct rpc_option_walk walk = {command, 0, 0};
    const struct rpc_option *option;
    rpc_json_open(json, "flags", '[');
    while ((option = rpc_option_next(&walk)) != NULL)
        if (command == NULL || walk.group != SIZE_MAX)
            put_flag(json, option);
    rpc_json_close(json, ']');
}

static bool run(struct rpc *rpc)
{
    struct rpc_json json;
    rpc_json_init(&json, rpc_out(rpc));
    rpc_json_open(&json, NULL, '{');
    put_flags(&json, NULL);
    rpc_json_open(&json, "commands", '[');
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        if ((*at)->hidden)
            continue;
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "path", (*at)->path);
        put_list(&json, "aliases", (*at)->aliases);
        put_generations(&json, (*at)->generations);
        rpc_json_text(&json, "help", (*at)->help);
        put_flags(&json, *at);
        rpc_json_close(&json, '}');
    }
    rpc_json_close(&json, ']');
    rpc_json_close(&json, '}');
    return true;
}

const struct rpc_command rpc_commands_command = {
    .path = "commands",
    .generations = RPC_OURS,
    .hidden = true,
    .run = run,
    .help = "Every command and flag, as JSON",
};
