/* Following a job until it is over, with a bar on a terminal and silence elsewhere. */
#ifndef OBCTL_PROGRESS_H
#define OBCTL_PROGRESS_H

#include "obctl/command.h"

/* Asks the server for the job again and again, draws the bar on standard error, and prints the sum
 * at the end (with --json the job itself). ERROR_NOT_FOUND when no device fits it, ERROR_DEVICE
 * when it failed on some device, ERROR_CANCELLED when it was cancelled. Ctrl-C ends obctl, not the
 * job. */
bool obctl_progress_follow(struct obctl *obctl, const char *id, struct error *err);

/* "[######....] 60/100, 2 failed" for `width` columns of bar; in the arena. */
char *obctl_progress_bar(struct arena *arena, uint64_t done, uint64_t failed, uint64_t total,
                         unsigned width);

#endif
