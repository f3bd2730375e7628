/*
 * Standard input and signals beside a running loop: a thread waits for both and posts them, since a
 * read of a terminal or a file blocks. One piece is on its way at a time, so whatever writes into
 * our input is held up when the machine is.
 *
 * While it is open SIGHUP, SIGINT, SIGQUIT and SIGTERM end what goes on in good order; what has not
 * ended 5 s later, or is told a second time, is cut: the terminal is given back and the process
 * exits with the code of ERROR_CANCELLED. SIGTSTP and SIGCONT give the terminal back and take it
 * again (obctl/terminal.h).
 */
#ifndef OBCTL_INPUT_H
#define OBCTL_INPUT_H

#include "core/error.h"
#include "core/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct obctl_input;

/* Reads `file` from now on; -1: there are signals only. On the loop that it is used on;
 * ERROR_INTERNAL. */
struct obctl_input *obctl_input_open(int file, struct error *err);

/* Joins the thread; signals do what they did before. NULL is allowed. */
void obctl_input_close(struct obctl_input *input);

/* Waits for something new, or `timeout_ms`, which is no error; only an error when the fiber is
 * cancelled. */
bool obctl_input_wait(struct obctl_input *input, uint64_t timeout_ms, struct error *err);

/* Makes the wait return. Same loop. */
void obctl_input_wake(struct obctl_input *input);

/* What was read and not yet taken, borrowed until obctl_input_taken; empty when nothing was. */
struct slice obctl_input_typed(const struct obctl_input *input);
void obctl_input_taken(struct obctl_input *input);

/* Nothing more will be read. */
bool obctl_input_ended(const struct obctl_input *input);

/* Stops the process, as Ctrl-Z does: by the thread, as all that is done to the terminal meanwhile.
 */
void obctl_input_suspend(void);

/* The signal that is to end it all; 0: none. */
int obctl_input_signal(const struct obctl_input *input);

#endif
