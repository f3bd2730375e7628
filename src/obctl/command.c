#include "obctl/request.h"

#include <string.h>

static const struct obctl_command *const single[] = {
    &obctl_login,
    &obctl_logout,
    &obctl_version,
    &obctl_devices_list,
    &obctl_devices_show,
    &obctl_devices_add,
    &obctl_devices_remove,
    &obctl_power_get,
    &obctl_power_on,
    &obctl_power_off,
    &obctl_power_cycle,
    &obctl_power_reset,
    &obctl_power_shutdown,
    &obctl_power_restart,
    &obctl_power_sleep,
    &obctl_power_hibernate,
    &obctl_power_interrupt,
    &obctl_jobs_start,
    &obctl_jobs_watch,
    &obctl_screenshot,
    &obctl_ider,
    &obctl_images_add,
    &obctl_recordings_get,
    &obctl_sol,
    &obctl_sol_play,
    NULL,
};

static const struct obctl_command *const tables[] = {
    obctl_requests_device,
    obctl_requests_control,
    obctl_requests_logs,
    obctl_requests_network,
    obctl_requests_jobs,
    obctl_requests_drives,
    obctl_requests_recordings,
    obctl_requests_provisioning,
    obctl_requests_agents,
    obctl_requests_accounts,
    NULL,
};

/* A walk over all commands: start with {0}; NULL at the end. */
struct walk {
    size_t single;
    size_t table;
    size_t row;
};

static const struct obctl_command *next_command(struct walk *walk)
{
    if (single[walk->single] != NULL)
        return single[walk->single++];
    while (tables[walk->table] != NULL) {
        const struct obctl_command *command = &tables[walk->table][walk->row++];
        if (command->words != NULL)
            return command;
        walk->table++;
        walk->row = 0;
    }
    return NULL;
}

/* How many of the first arguments are the command's words; 0 when they are not. */
static int matches(const char *words, int argc, char **argv)
{
    struct slice rest = slice_of_string(words);
    int count = 0;
    while (rest.size > 0) {
        struct slice word = slice_split(&rest, ' ');
        if (count == argc || !slice_equal_string(word, argv[count]))
            return 0;
        count++;
    }
    return count;
}

const struct obctl_command *obctl_command_find(int argc, char **argv, int *used)
{
    const struct obctl_command *best = NULL;
    *used = 0;
    struct walk walk = {0};
    const struct obctl_command *command;
    while ((command = next_command(&walk)) != NULL) {
        int count = matches(command->words, argc, argv);
        if (count > *used) {
            best = command;
            *used = count;
        }
    }
    return best;
}

static void print_all(struct buffer *out)
{
    buffer_put_text(out, "usage: obctl COMMAND [ARGUMENTS]\n\n");
    struct walk walk = {0};
    const struct obctl_command *command;
    while ((command = next_command(&walk)) != NULL)
        buffer_printf(out, "  %-24s %s\n", command->words, command->summary);
    buffer_put_text(
        out,
        "  help [COMMAND]           options of a command\n\n"
        "An argument that begins with - stands after --: obctl profiles show -- -lab\n"
        "A DEVICE is a GUID or a host name. Environment: OBCTL_URL, OBCTL_TOKEN and OBCTL_CA (a\n"
        "PEM file) stand above what `obctl login` stored; OBCTL_CONFIG names the file for that.\n\n"
        "Exit codes: 0 done, 1 server fault, 2 wrong arguments or input, 3 not logged in or not\n"
        "allowed, 4 no such device or not connected, 5 conflict (there already, in use, or the "
        "user\n"
        "has to consent first), 6 busy or throttled: try again, 7 no connection, 8 the device\n"
        "refused, 9 time-out, 10 cancelled.\n");
}

static void print_command(struct buffer *out, const struct obctl_command *command)
{
    if (command->request != NULL) {
        obctl_request_help(out, command);
        return;
    }
    buffer_printf(out, "usage: obctl %s%s%s\n\n%s.\n", command->words,
                  command->usage[0] != '\0' ? " " : "", command->usage, command->summary);
    if (command->help != NULL)
        buffer_printf(out, "\n%s", command->help);
}

/* Whether the command's first words are those arguments, and there are more. */
static bool begins(const char *words, int argc, char **argv)
{
    struct slice rest = slice_of_string(words);
    for (int i = 0; i < argc; i++)
        if (!slice_equal_string(slice_split(&rest, ' '), argv[i]))
            return false;
    return argc > 0 && rest.size > 0;
}

/* Whether there are any. */
static bool print_family(struct buffer *out, int argc, char **argv, const char *title)
{
    bool any = false;
    struct walk walk = {0};
    const struct obctl_command *command;
    while ((command = next_command(&walk)) != NULL) {
        if (!begins(command->words, argc, argv))
            continue;
        if (!any)
            buffer_put_text(out, title);
        any = true;
        buffer_printf(out, "  %-24s %s\n", command->words, command->summary);
    }
    return any;
}

/* Those of the arguments that may be a command's words. */
static int count_words(int argc, char **argv)
{
    int count = 0;
    while (count < argc && argv[count][0] != '-')
        count++;
    return count;
}

bool obctl_command_help(struct buffer *out, int argc, char **argv, struct error *err)
{
    int used;
    int count = count_words(argc, argv);
    const struct obctl_command *command = obctl_command_find(count, argv, &used);
    if (command != NULL) {
        print_command(out, command);
        (void)print_family(out, used, argv, "\nsee also:\n");
        return true;
    }
    if (count == 0) {
        print_all(out);
        return true;
    }
    static const char usage[] = "usage: obctl COMMAND [ARGUMENTS]\n\n";
    return print_family(out, count, argv, usage) || print_family(out, 1, argv, usage) ||
           error_set(err, ERROR_INVALID, "there is no command %s: 'obctl help' has the list",
                     argv[0]);
}

/* getopt would take "--password" for a short form of "--password-file". */
static bool is_password(const char *argument)
{
    return strcmp(argument, "--password") == 0 || strncmp(argument, "--password=", 11) == 0;
}

/* Of several letters in one argument getopt has yet to leave the argument. */
static void set_no_option(char **argv, struct error *err)
{
    if (optopt > ' ' && optopt < 127 && strncmp(argv[optind - 1], "--", 2) != 0)
        error_set(err, ERROR_INVALID,
                  "there is no option -%c here; an argument that begins with - stands after --",
                  optopt);
    else
        error_set(err, ERROR_INVALID, "there is no option %s here", argv[optind - 1]);
}

int obctl_command_option(struct obctl *obctl, int argc, char **argv, const struct option *options,
                         struct error *err)
{
    for (int i = 1; i < argc; i++) {
        if (is_password(argv[i])) {
            error_set(err, ERROR_INVALID,
                      "a password on the command line is seen by every user of this machine: use "
                      "--password-file, standard input, or answer the question");
            return '?';
        }
    }
    for (;;) {
        int option = getopt_long(argc, argv, ":", options, NULL);
        switch (option) {
        case 'j':
            obctl->json = true;
            break;
        case 'y':
            obctl->yes = true;
            break;
        case ':':
            error_set(err, ERROR_INVALID, "%s needs a value", argv[optind - 1]);
            return '?';
        case '?':
            set_no_option(argv, err);
            return '?';
        default:
            return option;
        }
    }
}

bool obctl_command_confirmed(const struct obctl *obctl, struct error *err)
{
    return obctl->yes ||
           error_set(err, ERROR_INVALID, "this cannot be undone: add --yes when you mean it");
}

bool obctl_command_operands(int argc, int least, int most, struct error *err)
{
    int count = argc - optind;
    if (count < least)
        return error_set(err, ERROR_INVALID, "an argument is missing");
    if (most >= 0 && count > most)
        return error_set(err, ERROR_INVALID,
                         "there are too many arguments; 'obctl help' has the list of commands");
    return true;
}
