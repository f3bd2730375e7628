/* The program `outband`. */
#include "core/log.h"
#include "server/commands.h"

#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: outband COMMAND [FLAGS]\n"
    "\n"
    "  serve     run the server until SIGINT or SIGTERM\n"
    "  token     print a login token, for whoever may read the data folder\n"
    "  settings  print the effective settings and where each comes from\n"
    "  version   print the version\n"
    "  help      this text; \"outband COMMAND --help\" lists the flags\n";

static int command_settings(const struct settings *settings)
{
    settings_print(settings, stdout);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct settings *settings);
} commands[] = {
    {"serve", command_serve},
    {"token", command_token},
    {"settings", command_settings},
};

static bool set_up_log(const struct settings_values *settings, bool is_server, struct error *err)
{
    enum log_level level;
    if (!log_level_of(settings->log_level, &level))
        return error_set(err, ERROR_INVALID, "--log-level: '%s' is no level", settings->log_level);
    /* Another command's output is for a script. */
    log_setup(is_server ? level : LOG_ERROR,
              strcmp(settings->log_form, "json") == 0 ? LOG_JSON : LOG_TEXT);
    return true;
}

static int run(const char *name, int (*command)(const struct settings *settings),
               char *const *arguments)
{
    struct settings settings;
    struct error err;
    error_clear(&err);
    int code;
    if (settings_read(&settings, name, arguments, environ, &err) &&
        set_up_log(&settings.values, command == command_serve, &err))
        code = command(&settings);
    else
        code = command_fail(&err);
    settings_fini(&settings);
    return code;
}

static bool asks_for_help(char *const *arguments)
{
    for (; *arguments != NULL; arguments++)
        if (strcmp(*arguments, "--help") == 0 || strcmp(*arguments, "-h") == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    const char *name = argc < 2 ? "help" : argv[1];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        (void)puts("outband " OUTBAND_VERSION);
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        if (!asks_for_help(argv + 2))
            return run(name, commands[i].run, argv + 2);
        (void)printf("usage: outband %s [FLAGS]\n\n", name);
        settings_help(name, stdout);
        return 0;
    }
    (void)fprintf(stderr, "outband: there is no command '%.60s'\n\n%s", name, usage);
    return 2;
}
