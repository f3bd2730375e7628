/*
 * The file that a console's session is recorded to (redir/asciicast.h), a line as it happens: what
 * was shown up to a crash is there. What is typed is not recorded, since passwords are among it.
 * Readable by its owner only. One thread; writes block.
 */
#ifndef OBCTL_CAST_H
#define OBCTL_CAST_H

#include "redir/asciicast.h"

struct obctl_cast;

/* Creates `path`; what is there already is replaced when `force`. ERROR_CONFLICT: there is one. */
struct obctl_cast *obctl_cast_create(const char *path, bool force,
                                     const struct redir_asciicast_head *head, struct error *err);

/* What happens now. Text in whole characters of UTF-8. */
void obctl_cast_put(struct obctl_cast *cast, enum redir_asciicast_kind kind, struct slice text);

/* Closes and frees. False when some of it could not be written. NULL is allowed. */
bool obctl_cast_close(struct obctl_cast *cast, struct error *err);

#endif
