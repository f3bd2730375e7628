/*
 * The file that a console's session is recorded to (redir/asciicast.h), a line as it happens: what
 * was shown up to a crash is there. What is typed is not recorded, since passwords are among it.
 * Readable by its owner only. One thread; writes block.
 */
#ifndef OBCTL_CAST_H
#define OBCTL_CAST_H

#include "redir/asciicast.h"

struct obctl_cast;

/* Begins a recording that is to become `path`, under another name beside it: what is there already
 * stays until obctl_cast_keep. ERROR_CONFLICT: there is one, and no `force`; ERROR_INVALID: no file
 * can be there. */
struct obctl_cast *obctl_cast_create(const char *path, bool force,
                                     const struct redir_asciicast_head *head, struct error *err);

/* There is a session: from now on the recording is at `path`, in place of what was there. What goes
 * wrong obctl_cast_close tells. NULL is allowed. */
void obctl_cast_keep(struct obctl_cast *cast);

/* What happens now. Text in whole characters of UTF-8. */
void obctl_cast_put(struct obctl_cast *cast, enum redir_asciicast_kind kind, struct slice text);

/* Closes and frees; what was not kept is gone. False when some of it could not be written. NULL is
 * allowed. */
bool obctl_cast_close(struct obctl_cast *cast, struct error *err);

#endif
