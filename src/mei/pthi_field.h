/* What the layouts of PTHI's replies are made of. Private to this room; pure. A field that is not
 * there makes the cursor fail, as core/cursor.h says. */
#ifndef MEI_PTHI_FIELD_H
#define MEI_PTHI_FIELD_H

#include "core/arena.h"
#include "core/cursor.h"

/* An array that holds an IPv4 or IPv6 address as text. */
#define PTHI_ADDRESS_SIZE 46

/* A u32; true unless it is 0. */
bool pthi_field_bool(struct cursor *c);

/* Copies `size` bytes to `to`; leaves it as it is when they are not there. */
void pthi_field_bytes(struct cursor *c, uint8_t *to, size_t size);

/* The part of `s` before its first NUL, in the arena, with "?" for what is not printable ASCII. */
struct slice pthi_field_printable(struct arena *arena, struct slice s);

/* The same of an array of `size` bytes. */
struct slice pthi_field_text_in(struct cursor *c, struct arena *arena, size_t size);

/* The same of a u16 length and that many bytes. */
struct slice pthi_field_text(struct cursor *c, struct arena *arena);

/* True when no field was missing and nothing but zeros follows. */
bool pthi_field_end(struct cursor *c);

#endif
