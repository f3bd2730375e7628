/* obctl: the command line for administrators and scripts, over the public REST API only. */
#include "obctl/command.h"

#include "obctl/table.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define OUTPUT_LIMIT (256U << 20)

static bool run(struct obctl *obctl, const struct obctl_command *command, int argc, char **argv,
                struct error *err)
{
    obctl->config_path = obctl_config_path(obctl->arena, err);
    if (obctl->config_path == NULL ||
        !obctl_config_load(obctl->arena, obctl->config_path, &obctl->config, err) ||
        !obctl_config_environment(obctl->arena, &obctl->config, err))
        return false;
    if (command->needs_server) {
        obctl->api = obctl_api_new(&obctl->config, err);
        if (obctl->api == NULL)
            return false;
    }
    obctl->command = command;
    optind = 1;
    bool ok = command->run(obctl, argc, argv, err);
    obctl_api_free(obctl->api);
    return ok;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (is_help(argv[i]))
            return true;
    }
    return argc > 0 && strcmp(argv[0], "help") == 0;
}

static bool flush(struct buffer *out)
{
    struct slice text = buffer_slice(out);
    if (text.size > 0 && fwrite(text.data, 1, text.size, stdout) != text.size)
        return false;
    return buffer_ok(out) && fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct error err;
    (void)signal(SIGPIPE, SIG_IGN);
    arena_init(&arena);
    error_clear(&err);
    struct obctl obctl = {.arena = &arena};
    buffer_init(&obctl.out, OUTPUT_LIMIT);

    bool ok = false;
    bool help = wants_help(argc - 1, argv + 1);
    int first = help && (strcmp(argv[1], "help") == 0 || is_help(argv[1])) ? 2 : 1;
    int used = 0;
    const struct obctl_command *command = obctl_command_find(argc - first, argv + first, &used);
    if (help) {
        ok = obctl_command_help(&obctl.out, argc - first, argv + first, &err);
    } else if (command == NULL) {
        if (obctl_command_help(&obctl.out, argc - 1, argv + 1, &err))
            error_set(&err, ERROR_INVALID, "which command?");
    } else {
        /* The command sees its last word as argv[0]. */
        ok = run(&obctl, command, argc - used, argv + used, &err);
    }

    if (!flush(&obctl.out) && ok)
        ok = error_set(&err, ERROR_INTERNAL, "cannot write to standard output");
    if (!ok && err.text[0] != '\0')
        (void)fprintf(stderr, "obctl: %s\n", obctl_table_printable(&arena, err.text));
    buffer_fini(&obctl.out);
    arena_fini(&arena);
    return ok ? 0 : error_exit_code(err.code);
}
