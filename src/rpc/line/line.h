/*
 * A command line, taken apart: which command, which options with which values, whether help is
 * wanted. The environment and config.yaml (rpc/line/config.h) add to it. Reads the grammars of both
 * generations at once: one or two dashes, values after a blank or "=", letters and runs of letters,
 * options before, between and after the command's words. Pure; strings live in the arena.
 */
#ifndef RPC_LINE_LINE_H
#define RPC_LINE_LINE_H

#include "core/arena.h"
#include "core/error.h"
#include "rpc/line/command.h"

#include <stdint.h>

enum rpc_source { RPC_FROM_ARGUMENTS, RPC_FROM_ENVIRONMENT, RPC_FROM_FILE };

struct rpc_given {
    struct rpc_given *next; /* in the order given */
    const struct rpc_option *option;
    const char *text; /* checked; canonical (rpc_option_check) */
    enum rpc_source source;
    bool in_file;    /* of a secret: `text` is the path of the file that has it */
    size_t argument; /* from arguments: the index of the one that names the option … */
    bool is_next;    /* … whether the value is the one after it … */
    size_t offset;   /* … and if not, where in the argument it begins; 0: it has none */
};

struct rpc_line {
    struct arena *arena;
    const struct rpc_command *command; /* NULL: none, or not all of its words */
    const char *words;                 /* the command's words as far as they were given */
    bool help;
    bool v2; /* --compat v2 */
    const struct rpc_option
        *without_value; /* what the line was refused for; NULL: another reason */
    struct rpc_given *first, *last;
    const char **operands;
    size_t operand_count;
};

/* `v2`: what RPC_COMPAT says; --compat on the line stands above it. ERROR_INVALID with a sentence
 * that names the mistake and the nearest option or command, and quotes no value. The line is filled
 * as far as it was read, for the help that goes with the error. */
bool rpc_line_read(struct rpc_line *line, struct arena *arena, const char *const *arguments,
                   size_t count, bool v2, struct error *err);

/* Adds what `lookup` finds in the environment (NULL or "": nothing). */
bool rpc_line_add_environment(struct rpc_line *line,
                              const char *(*lookup)(void *arg, const char *name), void *arg,
                              struct error *err);

/* Adds a value after checking it; `text` is copied. */
bool rpc_line_add(struct rpc_line *line, const struct rpc_option *option, const char *text,
                  enum rpc_source source, bool in_file, struct error *err);

/* Whether the process list shows with it what nobody should see: a secret, or an address with a
 * login or a query in it. */
bool rpc_line_is_shown(const struct rpc_given *given);

/* Masks in the process's own arguments (without the program's name) what the process list shows of
 * those values from now on; all of them where the line was not understood, as nobody knows then
 * which they are. */
void rpc_line_wipe(const struct rpc_line *line, bool understood, char **arguments, size_t count);

/* What counts for an option: of the strongest source, the last one given; NULL: not given. */
const struct rpc_given *rpc_line_find(const struct rpc_line *line, const struct rpc_option *option);

#endif
