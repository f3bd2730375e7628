/* Cuts out of a device's XML what it must keep to itself, word by word in the text as it came, for
 * those who want to see it (amt/explorer.h). No state; any thread. */
#ifndef AMT_REDACT_H
#define AMT_REDACT_H

#include "core/arena.h"

/* A copy of the XML in which elements have no content that are named, in any namespace, like a
 * write-only property of the catalogue (passwords, keys) or like the parameters of an HTTPS boot,
 * which hold its password. Text in an encoding that does not contain ASCII (UTF-16) is replaced as
 * a whole by a comment that says so. */
struct slice amt_redact(struct arena *arena, struct slice xml);

#endif
