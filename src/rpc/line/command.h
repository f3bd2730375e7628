/*
 * What a command of rpc is: its words, its options, what it needs before it starts, and what it
 * does. All of it is data: parsing, environment, config.yaml, help and documents are made of these
 * tables, and nothing of a command's line is parsed anywhere else. Read-only; any thread.
 *
 * A command lives in a file of its own, command_NAME.c, as `const struct rpc_command rpc_NAME`, and
 * is listed in commands.c.
 */
#ifndef RPC_LINE_COMMAND_H
#define RPC_LINE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rpc;

enum rpc_value {
    RPC_FLAG,     /* --name, --name=true, --name=false */
    RPC_TEXT,     /* one value; the last one given counts */
    RPC_NUMBER,   /* decimal, 0 or more */
    RPC_DURATION, /* "90s", "2m0s", "1h30m"; a bare number is seconds. rpc_number gives ms */
    RPC_LIST,     /* may come often, and commas part the entries */
    RPC_SECRET,   /* text that is wiped from the process list; "-" reads a line of standard input,
                     and --NAME-file FILE and the environment's NAME_FILE read a file */
};

/* The generation of the toolkit's client that knows a command or option; for help and documents.
 * The parser takes all of them always. */
enum { RPC_V2 = 1, RPC_V3 = 2, RPC_OURS = 4 };

struct rpc_option {
    const char *name; /* as v3 spells it: "skip-cert-check". NULL ends a group */
    /* Other spellings, ended by NULL, or NULL. One of a single letter is v2's letter where v3 uses
     * that letter for something else: it counts with --compat v2, and when what follows fits (a
     * duration for "t", a level for "l", any value for "h" of activate). */
    const char *const *aliases;
    char letter; /* 'n'; 0: none */
    enum rpc_value value;
    const char *environment;    /* NULL: RPC_ and the name by the rule of rpc_option_environment */
    const char *environment_v2; /* read with --compat v2 only, after the other one; NULL: none */
    const char *preset;         /* what counts when nothing is given; NULL: nothing */
    const char *choices;        /* "ccm|acm": other values are refused; NULL: any value */
    uint32_t minimum, maximum;  /* of a number, or of a duration in ms; maximum 0: no bounds */
    unsigned generations;
    bool hidden;      /* not in the help */
    bool may_be_file; /* a secret whose value may also be the name of a file with it */
    const char *help;
};

enum rpc_needs {
    RPC_NEEDS_NOTHING = 0,
    RPC_NEEDS_ROOT = 1,      /* or may write to the ME's device; else the code is 1 */
    RPC_NEEDS_ME = 2,        /* the control mode is asked for first; else 2 (or what says more) */
    RPC_NEEDS_ACTIVATED = 4, /* else 115, with --compat v2 120 */
    RPC_NEEDS_PASSWORD = 8,  /* AMT's own: asked for when it isn't given (rpc_password) */
    RPC_NEEDS_TURN = 16,     /* it changes AMT, one such program at a time (machine/turn.h), whose
                                turn comes before it looks at the machine; else 4 */
    RPC_NEEDS_SIGNAL = 32,   /* it ends by one: not for the library, where the code is 28 */
    RPC_NEEDS_TO_CHANGE =    /* an AMT that is set up */
    RPC_NEEDS_ROOT | RPC_NEEDS_TURN | RPC_NEEDS_ME | RPC_NEEDS_ACTIVATED,
};

struct rpc_command {
    const char *path;                        /* "configure wireless" */
    const char *const *aliases;              /* whole paths: "configure addwifisettings"; or NULL */
    const struct rpc_option *const *options; /* groups, ended by NULL; or NULL. The global options
                                                belong to every command */
    unsigned operands;                       /* the most arguments that are no options */
    unsigned needs, generations;
    /* Of a command that needs its turn: whether this run of it only looks. NULL: none does. */
    bool (*only_looks)(const struct rpc *rpc);
    bool hidden;
    /* Whether the line makes sense by itself, before anything of the machine is looked at. NULL:
     * each does that the options' tables let pass. False: rpc_fail has been called. */
    bool (*check)(struct rpc *rpc);
    /* On a fiber. False: rpc_fail has been called. */
    bool (*run)(struct rpc *rpc);
    const char *help;    /* a line */
    const char *details; /* more lines for the help of this command; NULL: none */
};

/* Every command, ended by NULL. */
extern const struct rpc_command *const rpc_commands[];

/* The options that every command takes, and groups that several do (options.c). */
extern const struct rpc_option rpc_options_global[];
extern const struct rpc_option rpc_options_ieee8021x[];
extern const struct rpc_option rpc_options_enterprise_assistant[];
extern const struct rpc_option rpc_options_v2[];       /* url, proxy, uuid, force, amt-wait */
extern const struct rpc_option rpc_options_v2_files[]; /* config, configv2, …, key */

/* Options that stand in several groups, each at its own place among others. */
#define RPC_OPTION_PROXY(in_generations, is_hidden)                                               \
    {                                                                                             \
        .name = "proxy", .aliases = RPC_TEXTS("p"), .value = RPC_TEXT, .environment_v2 = "PROXY", \
        .generations = (in_generations), .hidden = (is_hidden),                                   \
        .help = "HTTP proxy on the way to the server"                                             \
    }
/* See rpc_amt_wait. */
#define RPC_OPTION_AMT_WAIT(is_hidden)                                              \
    {                                                                               \
        .name = "amt-wait", .aliases = RPC_TEXTS("t"), .value = RPC_DURATION,       \
        .generations = RPC_V2, .hidden = (is_hidden),                               \
        .help = "How long AMT is waited for: for its first answer (else 30s), and " \
                "after it was switched on (else 2m)"                                \
    }

/* Aliases and groups in a table. */
#define RPC_TEXTS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define RPC_GROUPS(...) ((const struct rpc_option *const[]){__VA_ARGS__, NULL})

#define RPC_ENVIRONMENT_SIZE 96

/* The environment's name of an option, for example RPC_IEEE_8021_X_PROFILE_NAME. */
const char *rpc_option_environment(const struct rpc_option *option,
                                   char name[RPC_ENVIRONMENT_SIZE]);

#endif
