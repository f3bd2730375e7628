/*
 * A slice is a borrowed run of bytes: a pointer and a length, never owned, never NUL-terminated.
 * Everything that comes from outside the process is handled as slices and read through a cursor
 * (cursor.h). Plain values; no thread rules.
 */
#ifndef CORE_SLICE_H
#define CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const uint8_t *data;
    size_t size;
};

/* The bytes of a string literal, without its terminator. */
#define SLICE_LITERAL(text) ((struct slice){(const uint8_t *)(text), sizeof(text) - 1})

/* Arguments for a "%.*s" conversion. Only for text that is short and already bounded. */
#define SLICE_ARG(s) (int)(s).size, (const char *)(s).data

/* Borrows `size` bytes at `data`. */
struct slice slice_of(const void *data, size_t size);

/* Borrows a NUL-terminated string; NULL gives the empty slice. */
struct slice slice_of_string(const char *text);

/* The part of `s` from `offset` on; empty when `offset` is past the end. */
struct slice slice_from(struct slice s, size_t offset);

/* The first `size` bytes of `s`, or all of it when it is shorter. */
struct slice slice_first(struct slice s, size_t size);

/* The same for text in UTF-8: without a character at the end that is not whole. */
struct slice slice_first_text(struct slice s, size_t size);

/* `s` without the ASCII blanks (space, tab, CR, LF) at both ends. */
struct slice slice_trim(struct slice s);

bool slice_equal(struct slice a, struct slice b);
bool slice_equal_string(struct slice a, const char *b);

/* Compares ASCII letters without case; other bytes must be equal. */
bool slice_equal_ignore_case(struct slice a, struct slice b);

bool slice_starts_with(struct slice s, struct slice prefix);

/* Offset of the first `byte` in `s`, or s.size when there is none. */
size_t slice_index_of(struct slice s, uint8_t byte);

/* Splits `*rest` at the first `separator`: returns what is before it and leaves what follows in
 * `*rest`. Without a separator returns everything and leaves `*rest` empty. */
struct slice slice_split(struct slice *rest, uint8_t separator);

/* Compares in time that depends on the lengths only. For secrets. */
bool slice_equal_secret(struct slice a, struct slice b);

/* Reads a whole decimal number without sign. False when `s` is empty, has another character or
 * exceeds `max`. */
bool slice_to_u64(struct slice s, uint64_t max, uint64_t *value);

#endif
