/*
 * Standard output for a session that must go on while nobody takes what it shows: a pipe into a
 * pager, a terminal that was stopped. Never waits, but for a file on a disk. One thread.
 */
#ifndef OBCTL_OUTPUT_H
#define OBCTL_OUTPUT_H

#include "core/error.h"
#include "core/slice.h"

#include <stddef.h>

struct obctl_output {
    int file;
    int borrowed; /* what was given */
};

/* Borrows `file`. What is set for it is left as it is: the shell and others share it. */
void obctl_output_open(struct obctl_output *output, int file);

/* Writes what there is room for: 0 bytes and more in `*put`. ERROR_INTERNAL. */
bool obctl_output_put(struct obctl_output *output, struct slice bytes, size_t *put,
                      struct error *err);

void obctl_output_close(struct obctl_output *output);

#endif
