/*
 * A machine's serial console on standard input and output: a terminal's keys, or text from a file
 * or a program, to the machine, what it says to standard output, and what becomes of the machine to
 * standard error. Runs on the fiber of a relay's session (obctl/relay.h).
 */
#ifndef OBCTL_CONSOLE_H
#define OBCTL_CONSOLE_H

#include "core/error.h"
#include "io/stream.h"
#include "redir/sol_text.h"

#include <stdint.h>

struct obctl_console_options {
    const char *guid;
    enum redir_sol_encoding encoding;
    bool interactive;   /* standard input is a terminal */
    const char *record; /* the file to record to; NULL: none */
    bool force;         /* and replace it */
    const char *until; /* the text to wait for in what comes after all that was typed; NULL: none */
    uint64_t timeout_ms; /* for all of it; 0: no bound */
    uint64_t idle_ms;    /* not interactive: how long it is to be silent after the input's end */
};

/* An obctl_relay_talk; `arg` are the options. True when the user ended it, the text came, or it was
 * silent long enough. ERROR_TIMEOUT: the text did not come, or nothing ended it in time;
 * ERROR_CANCELLED: a signal; ERROR_CONNECTION: the device ended it; and those of redir_sol_run. */
bool obctl_console_talk(struct io_stream *stream, void *arg, struct error *err);

#endif
