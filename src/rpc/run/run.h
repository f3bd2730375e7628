/*
 * One run of one command of the agent: its values, its output, its end. Everything a command has to
 * do with the outside it does through this struct, so that the library (rpc_execute) can run
 * commands without process-wide state: nothing here calls exit, redirects descriptors or changes
 * what belongs to the process. A run lives on one loop; a command runs on a fiber of it and is
 * cancelled by a signal.
 *
 * Values come from the command line, else the environment, else config.yaml in the working
 * directory, else the option's preset (docs/rpc.md). The AMT firmware of this machine is reached
 * through rpc/machine/machine.h, facts of the host through rpc/machine/host.h.
 */
#ifndef RPC_RUN_RUN_H
#define RPC_RUN_RUN_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/log.h"
#include "rpc/line/command.h"
#include "rpc/run/exit_code.h"
#include "rpc/text/page.h"

/* ---- values; an option that the command doesn't have is a fault of ours and ends the program ----
 */

/* NULL: not given, and no preset. Lives as long as the run. */
const char *rpc_text(const struct rpc *rpc, const char *option);
bool rpc_flag(const struct rpc *rpc, const char *option);

/* Given by whatever source; a preset does not count. */
bool rpc_given(const struct rpc *rpc, const char *option);

/* Whether the command line says anything but the command and its generation. */
bool rpc_says_more(const struct rpc *rpc);

/* How strong the source is that gives it: RPC_STRENGTH_LINE the command line, 2 the environment, 1
 * config.yaml; 0: it isn't given, is empty, or is a flag that is false. */
#define RPC_STRENGTH_LINE 3
unsigned rpc_strength(const struct rpc *rpc, const char *option);

/* 0 when not given and without preset. Durations in milliseconds. */
int64_t rpc_number(const struct rpc *rpc, const char *option);

/* The entries of a list; NULL-terminated, in the arena. */
const char *const *rpc_list(const struct rpc *rpc, const char *option, size_t *count);

/* The argument at `index` that is no option; NULL past the last. */
const char *rpc_operand(const struct rpc *rpc, size_t index);

/* A secret: what was given, else a line from the terminal (no echo; with `confirm` twice, and a
 * mismatch is RPC_PASSWORDS_DO_NOT_MATCH), else, when standard input is no terminal, a line of it.
 * `prompt` is without the final ": ". An empty one is RPC_WRONG_PASSWORD. NUL-terminated; asked for
 * once, then remembered; wiped with the run. False: rpc_fail has been called. */
bool rpc_secret(struct rpc *rpc, const char *option, const char *prompt, bool confirm,
                struct slice *secret);

/* From now on this is what rpc_secret gives for it: AMT has taken a new password. */
void rpc_secret_know(struct rpc *rpc, const char *option, struct slice secret);

/* Asks for y or N on the terminal; false without one. */
bool rpc_ask(struct rpc *rpc, const char *question);

/* ---- what the run is like ---- */

/* Freed, and overwritten, at the end of the run. */
struct arena *rpc_arena(struct rpc *rpc);
const struct rpc_command *rpc_command(const struct rpc *rpc);

enum rpc_output { RPC_OUT_TEXT, RPC_OUT_TABLE, RPC_OUT_JSON };
enum rpc_output rpc_output(const struct rpc *rpc);

/* --compat v2 (or RPC_COMPAT=v2): v2's words, layouts and prompts. */
bool rpc_is_v2(const struct rpc *rpc);

/* How pages are to look: --table, colours (a terminal, and neither --no-color nor NO_COLOR), and
 * the columns of the terminal. */
struct rpc_page_look rpc_look(const struct rpc *rpc);

/* ---- output ---- */

/* Standard output of the run; written out at its end, or earlier by rpc_flush. False: it couldn't
 * be, and the run has failed. */
struct buffer *rpc_out(struct rpc *rpc);
bool rpc_flush(struct rpc *rpc);

/* A page on standard output, as rpc_look has it. */
void rpc_print(struct rpc *rpc, const struct rpc_page *page);

/* A log line on standard error: time="…" level=info msg="…", with --json an object. Never a secret.
 * Levels below --log-level are left out. */
void rpc_log(struct rpc *rpc, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the end ---- */

/* Ends the run: "Error N: Name - Details: …" on standard error, and N is the exit code. The first
 * failure counts. A NULL format: no details. Always false. */
bool rpc_fail(struct rpc *rpc, enum rpc_exit code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the sentence of `err`, and a more specific code where the error has one
 * (ERROR_LOGIN: 100). */
bool rpc_fail_error(struct rpc *rpc, enum rpc_exit code, const struct error *err);

/* The code of the failure so far; RPC_SUCCESS: none. */
enum rpc_exit rpc_failed(const struct rpc *rpc);

/* What is set up was sent by a server: from now on no value of it is the name of a file. Names are
 * for the person who runs this, on the command line and in files of his own: the run may read what
 * its server may not know, as root. */
void rpc_forbid_files(struct rpc *rpc);
bool rpc_forbids_files(const struct rpc *rpc);

/* Somebody wants the run to end. On its fiber. */
bool rpc_is_interrupted(void);

/* A command that has failed in part and goes on (partial success: 112): sets the code, says
 * nothing. */
void rpc_set_exit(struct rpc *rpc, enum rpc_exit code);

#endif
