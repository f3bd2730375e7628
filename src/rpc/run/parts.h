/*
 * What is inside one run (run.h): for this folder, for those who make and start runs (program.c,
 * execute.c, start.c), and for the two that keep something of their own in one, machine/ and
 * made/made.c. Made by rpc_run_init and freed, secrets overwritten, by rpc_run_fini.
 */
#ifndef RPC_RUN_PARTS_H
#define RPC_RUN_PARTS_H

#include "rpc/line/line.h"
#include "rpc/run/run.h"

/* Where output goes. False: it couldn't be written. */
struct rpc_door {
    bool (*write)(void *arg, struct slice text);
    void *arg;
};

/* As --log-level has them. */
enum rpc_level {
    RPC_LEVEL_PANIC,
    RPC_LEVEL_FATAL,
    RPC_LEVEL_ERROR,
    RPC_LEVEL_WARN,
    RPC_LEVEL_INFO,
    RPC_LEVEL_DEBUG,
    RPC_LEVEL_TRACE,
};

struct rpc_kept_secret;
struct rpc_machine;
struct rpc_made;
struct rpc_read_pipe;

struct rpc {
    struct arena arena;
    struct rpc_line line;
    struct rpc_door out_door, log_door;
    bool (*output_is_lost)(void); /* nobody would see what is written; NULL: that cannot be */
    struct buffer out;
    enum rpc_level lowest;
    bool json_lines;
    bool may_ask;            /* a person may be asked on the terminal, and standard input read */
    bool has_signals;        /* they can end it */
    bool listed;             /* the arguments stand in the process list */
    unsigned columns;        /* of the terminal that standard output is; 0: none */
    const char *config_path; /* NULL: no file is read */
    enum rpc_exit code;
    bool inline_only; /* rpc_forbid_files */
    bool elevate;     /* the person wants the command to be run as root instead */
    struct rpc_kept_secret *secrets;
    struct rpc_read_pipe *pipes; /* what was read of some (named_file.c) */
    struct rpc_machine *machine; /* NULL until it is asked for */
    /* What the machine knows of the way to AMT: the code that says more of a failure than `code`,
     * which is of the step that met `err` (NULL: nothing of AMT's). NULL while `machine` is. */
    enum rpc_exit (*exit_of)(const struct rpc *rpc, enum rpc_exit code, const struct error *err);
    struct rpc_made *made; /* passwords that nobody knows yet; NULL: none was made */
};

void rpc_run_init(struct rpc *rpc, struct rpc_door out, struct rpc_door log);

void rpc_run_fini(struct rpc *rpc);

/* The option of that name that the command has; ends the program when it has none. */
const struct rpc_option *rpc_run_option(const struct rpc *rpc, const char *name);

/* ---- log_line.c ---- */

/* One line with its end, as --log-level's level and the form want it. */
void rpc_log_line_put(struct buffer *line, bool json, enum rpc_level level, const char *message);

/* ---- secret.c ---- */

/* Warns of secrets that stood on the command line. */
void rpc_secrets_warn(struct rpc *rpc);

#endif
