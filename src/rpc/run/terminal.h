/*
 * The terminal while a person types a password: without echo. There is one per process, which is
 * why only the program asks, and never the library. Its former state comes back whatever ends the
 * question, short of SIGKILL.
 */
#ifndef RPC_RUN_TERMINAL_H
#define RPC_RUN_TERMINAL_H

#include "core/buffer.h"
#include "core/error.h"

/* Switches the echo of the terminal `file` off, and its keys for suspending and quitting. */
bool rpc_terminal_hide(int file, struct error *err);

/* Gives it back as it was. Any number of times; also in a handler of signals. */
void rpc_terminal_restore(void);

/* A line of `file` without its end, on a fiber; reads nothing past it. ERROR_NOT_FOUND at the end
 * of the file, ERROR_TOO_LARGE, ERROR_TIMEOUT after ten minutes, ERROR_CANCELLED. */
bool rpc_terminal_line(int file, struct buffer *line, struct error *err);

/* Columns of the terminal `file`; 0: it is none. */
unsigned rpc_terminal_columns(int file);

#endif
