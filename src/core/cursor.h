/*
 * A cursor reads a slice from front to back and checks every length before use. A read past the
 * end fails, gives zero or an empty slice, and makes every later read fail too, so a decoder can
 * read all fields in a row and ask `cursor_ok` once. Plain value on the stack.
 */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include "core/slice.h"

struct cursor {
    const uint8_t *at;
    size_t left;
    bool failed;
};

struct cursor cursor_of(struct slice s);

/* True while no read has failed. */
bool cursor_ok(const struct cursor *c);

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16_be(struct cursor *c);
uint32_t cursor_u32_be(struct cursor *c);
uint16_t cursor_u16_le(struct cursor *c);
uint32_t cursor_u32_le(struct cursor *c);

/* Borrows the next `size` bytes. */
struct slice cursor_bytes(struct cursor *c, size_t size);

/* Borrows an SSH string: a big-endian u32 length and that many bytes. */
struct slice cursor_string_be(struct cursor *c);

#endif
