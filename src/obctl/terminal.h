/*
 * The terminal that obctl runs on, in raw mode while a console has it: every key goes to the
 * machine, Ctrl-C too. There is one; its former state comes back whatever ends obctl, short of
 * SIGKILL: obctl_terminal_restore, or a fault of obctl itself.
 */
#ifndef OBCTL_TERMINAL_H
#define OBCTL_TERMINAL_H

#include "core/error.h"

/* Keeps the state of the terminal `file` and makes it raw. ERROR_INTERNAL. */
bool obctl_terminal_take(int file, struct error *err);

/* Gives the terminal back as it was. Any thread, and any number of times. */
void obctl_terminal_restore(void);

/* Makes it raw again, if it was taken and is ours to change: not in the background. */
void obctl_terminal_resume(void);

/* Gives the terminal back and stops the process, as Ctrl-Z does; resumes when it goes on. */
void obctl_terminal_suspend(void);

#endif
