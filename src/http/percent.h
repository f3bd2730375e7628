/* Percent-encoding of paths and queries. No state. */
#ifndef HTTP_PERCENT_H
#define HTTP_PERCENT_H

#include "core/arena.h"

/* Decodes "%41"; with `plus`, '+' is a blank (queries). Borrows `text` when there is nothing to
 * decode, otherwise the bytes are in the arena. False on a bad escape, a NUL, or a result that is
 * not UTF-8. */
bool http_percent_decode(struct arena *arena, struct slice text, bool plus, struct slice *decoded);

#endif
