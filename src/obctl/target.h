/*
 * Where a command keeps a file that the server has: under a name, or on standard output. No state.
 */
#ifndef OBCTL_TARGET_H
#define OBCTL_TARGET_H

#include "core/error.h"

/* Whether `path` means standard output. */
bool obctl_target_is_output(const char *path);

/* Before the server is asked, which need not send what cannot be kept: ERROR_INVALID when it would
 * go to a terminal, ERROR_CONFLICT when the file is there and not to be replaced. `what` is "a
 * picture". */
bool obctl_target_check(const char *path, bool force, const char *what, struct error *err);

#endif
