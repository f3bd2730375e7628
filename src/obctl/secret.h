/* Secrets that a person types: without echo on a terminal, otherwise a line of standard input. No
 * state. */
#ifndef OBCTL_SECRET_H
#define OBCTL_SECRET_H

#include "core/error.h"

#include <stddef.h>

/* One line from standard input without its end. False when there is none. */
bool obctl_secret_read_line(char *line, size_t size);

/* Asks "WHAT: " when standard input is a terminal. ERROR_INVALID when nothing came. */
bool obctl_secret_ask(const char *what, char *text, size_t size, struct error *err);

#endif
