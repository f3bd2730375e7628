/* Members of a checked JSON body as values. What the rules let through is read as the toolkit reads
 * it (spec mps 1.3). No state. */
#ifndef HTTP_BODY_VALUE_H
#define HTTP_BODY_VALUE_H

#include "core/arena.h"

#include <jansson.h>

/* The member's text, borrowed from the body; empty when it is absent or no string. */
struct slice http_body_value_text(const json_t *object, const char *name);

/* True unless it is absent, null, false, 0, "", "0" or "false". */
bool http_body_value_is_true(const json_t *object, const char *name);

/* Whether the member is there and not null. */
bool http_body_value_is_given(const json_t *object, const char *name);

/* A whole number, given as a number or as text; `otherwise` for anything else. */
int64_t http_body_value_number(const json_t *object, const char *name, int64_t otherwise);

/* The bytes of a text in base64, line breaks allowed; a PEM text is taken as it stands. In the
 * arena. False when it is neither, or empty. */
bool http_body_value_blob(struct arena *arena, struct slice text, struct slice *bytes);

#endif
