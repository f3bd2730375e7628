/*
 * Options by name, their values checked, and the nearest name for a mistyped one. Pure functions
 * over the tables of command.h; any thread.
 */
#ifndef RPC_LINE_OPTION_H
#define RPC_LINE_OPTION_H

#include "core/error.h"
#include "core/slice.h"
#include "rpc/line/command.h"

#include <stdint.h>

/* A walk over the options of a command (NULL: only the global ones), the command's own first:
 * start with {command}; NULL at the end. */
struct rpc_option_walk {
    const struct rpc_command *command;
    size_t group;
    size_t row;
};

const struct rpc_option *rpc_option_next(struct rpc_option_walk *walk);

/* By its name or an alias of several letters; NULL: there is none. */
const struct rpc_option *rpc_option_find(const struct rpc_command *command, struct slice name);

/* The same, and NAME-file of a secret: *in_file. */
const struct rpc_option *rpc_option_find_named(const struct rpc_command *command, struct slice name,
                                               bool *in_file);

/* By its letter (v3's), and by an alias of one letter (v2's). */
const struct rpc_option *rpc_option_letter(const struct rpc_command *command, char letter);
const struct rpc_option *rpc_option_old_letter(const struct rpc_command *command, char letter);

/* The name or alias that looks most like `name`; NULL: none does. */
const char *rpc_option_nearest(const struct rpc_command *command, struct slice name);

/* How many single-character changes make `b` of `a`, at most `most`; more is most + 1. */
size_t rpc_option_distance(struct slice a, struct slice b, size_t most);

/* Checks a value and gives its canonical spelling ("true" for a flag's "1"; a choice as the table
 * spells it; `text` itself otherwise). NULL with ERROR_INVALID, or ERROR_TOO_LARGE for a number
 * beyond the option's bounds; the sentence quotes no secret. */
const char *rpc_option_check(const struct rpc_option *option, const char *text, struct error *err);

/* "2m0s" in milliseconds. */
bool rpc_option_duration(struct slice text, int64_t *ms);

#endif
