/* Text encodings of bytes: hexadecimal and base64. No state. */
#ifndef CORE_ENCODING_H
#define CORE_ENCODING_H

#include "core/arena.h"

/* Lower-case hexadecimal of `s`: 2 * s.size characters and a NUL into `text`. */
void encoding_hex(struct slice s, char *text);

/* Reads exactly 2 * size hexadecimal digits. False on any other text. */
bool encoding_hex_decode(struct slice text, uint8_t *to, size_t size);

/* Standard base64 with padding, in the arena. */
struct slice encoding_base64(struct arena *arena, struct slice s);

/* Strict: padding required, no blanks, no stray bits. False on anything else. */
bool encoding_base64_decode(struct arena *arena, struct slice text, struct slice *bytes);

/* The alphabet for URLs, without padding, as strict (RFC 7515 section 2). */
bool encoding_base64url_decode(struct arena *arena, struct slice text, struct slice *bytes);

/* True when `s` is well-formed UTF-8 (no surrogates, no overlong forms). */
bool encoding_is_utf8(struct slice s);

#endif
