/*
 * One argument of a command line that begins with a dash: its dashes, name and value, and which
 * option of a command it means in the grammars of both generations. Pure; any thread.
 */
#ifndef RPC_LINE_ARGUMENT_H
#define RPC_LINE_ARGUMENT_H

#include "rpc/line/line.h"

struct rpc_argument {
    const char *text;  /* all of it */
    struct slice name; /* without dashes and value */
    const char *value; /* after "="; NULL: none */
    bool single;       /* one dash */
    const char *next;  /* the next argument; NULL: none */
    size_t index;      /* of this argument */
};

/* Whether it begins with a dash as options do: "-" alone is a value (standard input), and so is a
 * negative number. `text` may be NULL. */
bool rpc_argument_is_option(const char *text);

/* Takes one apart that is an option. Everything is borrowed of the arguments. */
struct rpc_argument rpc_argument_of(const char *const *arguments, size_t count, size_t index);

/* The option of a command (NULL: a global one) that has this name or letter; of a letter with two
 * meanings v2's, where the line is v2's or its value follows. NULL: none. *in_file: NAME-file. */
const struct rpc_option *rpc_argument_option(const struct rpc_line *line,
                                             const struct rpc_command *command,
                                             const struct rpc_argument *argument, bool *in_file);

/* "-jA": every letter an option without a value; the last may have one. */
bool rpc_argument_is_run(const struct rpc_command *command, const struct rpc_argument *argument);

/* "-uwss://server": the option that is a letter with its value in one, told from a mistyped name by
 * what no name has; a secret ("-kKEY") by being like no name. Parts it in *argument. NULL: none. */
const struct rpc_option *rpc_argument_attached(const struct rpc_line *line,
                                               struct rpc_argument *argument);

/* False with ERROR_INVALID: no option has that name. Quotes it only where it can be no value. */
bool rpc_argument_refuse(const struct rpc_line *line, const struct rpc_argument *argument,
                         struct error *err);

#endif
