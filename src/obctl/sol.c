/* obctl sol: a machine's serial console. */
#include "obctl/console.h"
#include "obctl/relay.h"

#include <string.h>
#include <unistd.h>

#define UNTIL_LIMIT   1000
#define SECONDS_LIMIT (30 * 24 * 3600)
#define UNTIL_MS      60000
#define IDLE_MS       3000

static const char help[] =
    "  --encoding NAME  what the machine sends: auto (UTF-8, or code page 437 where it cannot "
    "be),\n"
    "                   utf8 (shown as it comes), cp437, latin1\n"
    "  --record FILE    record what it says (asciicast v2: obctl sol play, asciinema)\n"
    "  --force          replace that file, once the session is there\n"
    "  --until TEXT     end with success as soon as it says TEXT after what was typed last\n"
    "  --timeout S      fail (exit code 9) when it is not over within S seconds; 60 with --until\n"
    "  --idle S         input that is no terminal: end after S silent seconds behind it; 3\n"
    "\n"
    "On a terminal every key goes to the machine. At the beginning of a line ~. ends, ~b sends a\n"
    "BREAK, ~^Z suspends, ~~ is a tilde, ~? lists these. A device ends a session that is "
    "suspended\n"
    "for more than a minute. Elsewhere standard input is typed, the ends of its lines as Enter:\n"
    "printf 'root\\n' | obctl sol DEVICE --until Password:\n";

static bool read_seconds(const char *name, uint64_t *ms, struct error *err)
{
    uint64_t seconds;
    if (!slice_to_u64(slice_of_string(optarg), SECONDS_LIMIT, &seconds) || seconds == 0)
        return error_set(err, ERROR_INVALID, "--%s wants seconds, from 1 on", name);
    *ms = seconds * 1000;
    return true;
}

static bool take_option(struct obctl_console_options *options, int option, struct error *err)
{
    switch (option) {
    case 'e':
        return redir_sol_encoding_parse(slice_of_string(optarg), &options->encoding) ||
               error_set(err, ERROR_INVALID, "--encoding is auto, utf8, cp437 or latin1");
    case 'r':
        options->record = optarg;
        return true;
    case 'f':
        options->force = true;
        return true;
    case 'u':
        options->until = optarg;
        return (optarg[0] != '\0' && strlen(optarg) <= UNTIL_LIMIT) ||
               error_set(err, ERROR_INVALID, "--until wants a text of 1 to %d bytes", UNTIL_LIMIT);
    case 't':
        return read_seconds("timeout", &options->timeout_ms, err);
    case 'i':
        return read_seconds("idle", &options->idle_ms, err);
    default:
        return false;
    }
}

static bool read_options(struct obctl *obctl, int argc, char **argv,
                         struct obctl_console_options *options, struct error *err)
{
    static const struct option known[] = {{"encoding", required_argument, NULL, 'e'},
                                          {"record", required_argument, NULL, 'r'},
                                          {"force", no_argument, NULL, 'f'},
                                          {"until", required_argument, NULL, 'u'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"idle", required_argument, NULL, 'i'},
                                          {0}};
    int option;
    while ((option = obctl_command_option(obctl, argc, argv, known, err)) != -1) {
        if (option == '?' || !take_option(options, option, err))
            return false;
    }
    if (options->until != NULL && options->timeout_ms == 0)
        options->timeout_ms = UNTIL_MS;
    if (options->record != NULL && !options->force && access(options->record, F_OK) == 0)
        return error_set(err, ERROR_CONFLICT, "%s is there already; --force replaces it",
                         options->record);
    return obctl_command_operands(argc, 1, 1, err);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct obctl_console_options options = {.idle_ms = IDLE_MS,
                                            .interactive = isatty(STDIN_FILENO) == 1};
    return read_options(obctl, argc, argv, &options, err) &&
           obctl_api_find_device(obctl->api, obctl->arena, argv[optind], &options.guid, err) &&
           obctl_relay_run(obctl, options.guid, REDIR_SOL, obctl_console_talk, &options, err);
}

const struct obctl_command obctl_sol = {
    .words = "sol",
    .usage = "DEVICE [OPTIONS]",
    .summary = "Open a machine's serial console",
    .help = help,
    .needs_server = true,
    .run = run,
};
