/*
 * The commands of obctl, from whose tables help is printed. Those that are one request of the
 * server's interface are data (obctl/request.h); the others have a file each. A command gets the
 * arguments after its own words.
 */
#ifndef OBCTL_COMMAND_H
#define OBCTL_COMMAND_H

#include "core/arena.h"
#include "core/buffer.h"
#include "obctl/api.h"
#include "obctl/config.h"

#include <getopt.h>

struct obctl_command;
struct obctl_request;

/* What every command works with. */
struct obctl {
    struct arena *arena;
    const struct obctl_command *command; /* the one that runs */
    const char *config_path;
    struct obctl_config config;
    struct obctl_api *api; /* NULL unless the command needs a server */
    struct buffer out;     /* goes to standard output when the command is over, failed or not */
    bool json;             /* --json was given */
    bool yes;              /* --yes was given */
};

struct obctl_command {
    const char *words;   /* "devices add" */
    const char *usage;   /* what follows the words */
    const char *summary; /* one line */
    const char *help;    /* its options, for `obctl help WORDS`; or NULL */
    bool needs_server;
    bool (*run)(struct obctl *obctl, int argc, char **argv, struct error *err);
    const struct obctl_request *request; /* what obctl_request_run sends; else NULL */
};

/* The command whose words `argv` begins with, the longest match; *used is how many words. NULL. */
const struct obctl_command *obctl_command_find(int argc, char **argv, int *used);

/* What `obctl help` prints of those words, up to the first option among them: all commands, one of
 * them with its options, or those that begin so ("boot"). False when nothing does, with `err`. */
bool obctl_command_help(struct buffer *out, int argc, char **argv, struct error *err);

/* Reads one option by getopt_long and keeps --json and --yes to itself. Returns its `val`, -1 at
 * the end with optind at the first operand, or '?' with `err` set. `argv[0]` is not looked at;
 * `options` ends with a zero entry and should contain OBCTL_COMMAND_JSON where the command has
 * that. */
int obctl_command_option(struct obctl *obctl, int argc, char **argv, const struct option *options,
                         struct error *err);

#define OBCTL_COMMAND_JSON             \
    {                                  \
        "json", no_argument, NULL, 'j' \
    }

/* For what cannot be undone. */
#define OBCTL_COMMAND_YES             \
    {                                 \
        "yes", no_argument, NULL, 'y' \
    }

/* True when --yes was given; otherwise says that this cannot be undone. */
bool obctl_command_confirmed(const struct obctl *obctl, struct error *err);

/* Checks the number of operands (`most` below 0: no bound), after the options. */
bool obctl_command_operands(int argc, int least, int most, struct error *err);

extern const struct obctl_command obctl_devices_add;
extern const struct obctl_command obctl_devices_list;
extern const struct obctl_command obctl_devices_remove;
extern const struct obctl_command obctl_devices_show;
extern const struct obctl_command obctl_ider;
extern const struct obctl_command obctl_images_add;
extern const struct obctl_command obctl_jobs_start;
extern const struct obctl_command obctl_jobs_watch;
extern const struct obctl_command obctl_login;
extern const struct obctl_command obctl_logout;
extern const struct obctl_command obctl_power_cycle;
extern const struct obctl_command obctl_power_get;
extern const struct obctl_command obctl_power_off;
extern const struct obctl_command obctl_power_hibernate;
extern const struct obctl_command obctl_power_interrupt;
extern const struct obctl_command obctl_power_on;
extern const struct obctl_command obctl_power_reset;
extern const struct obctl_command obctl_power_restart;
extern const struct obctl_command obctl_power_shutdown;
extern const struct obctl_command obctl_power_sleep;
extern const struct obctl_command obctl_recordings_get;
extern const struct obctl_command obctl_screenshot;
extern const struct obctl_command obctl_sol;
extern const struct obctl_command obctl_sol_play;
extern const struct obctl_command obctl_version;

#endif
