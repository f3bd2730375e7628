/*
 * A buffer is a growable byte queue with a bound: bytes are added at the end and consumed from
 * the front. A put that would pass the bound adds nothing and marks the buffer failed, which
 * stays until buffer_clear; a writer puts a whole message and asks buffer_ok once. One owner; no
 * locking. An empty buffer holds no memory after buffer_release. A secret buffer overwrites memory
 * before it gives it back: when it grows, too.
 */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include "core/slice.h"

struct buffer {
    uint8_t *bytes;
    size_t start;    /* consumed bytes in front */
    size_t end;      /* end of the content */
    size_t capacity; /* allocated */
    size_t limit;    /* most bytes of content at any time */
    bool failed;
    bool secret; /* memory is overwritten before it is given back */
};

/* Starts empty, without memory. `limit` in bytes. */
void buffer_init(struct buffer *b, size_t limit);

/* The same for content that must not survive in freed memory: passwords, tokens, keys. */
void buffer_init_secret(struct buffer *b, size_t limit);

void buffer_fini(struct buffer *b);

/* Drops the content and the failure, keeps the memory. */
void buffer_clear(struct buffer *b);

/* Gives the memory back when the buffer is empty, so that idle owners cost nothing. */
void buffer_release(struct buffer *b);

bool buffer_ok(const struct buffer *b);
size_t buffer_size(const struct buffer *b);

/* Borrows the content until the next call that changes the buffer. */
struct slice buffer_slice(const struct buffer *b);

/* Removes `size` bytes (at most all) from the front. */
void buffer_consume(struct buffer *b, size_t size);

/* Makes room and returns where `size` bytes can be written, or NULL past the bound. They count
 * once buffer_added says how many were written. */
uint8_t *buffer_reserve(struct buffer *b, size_t size);
void buffer_added(struct buffer *b, size_t size);

void buffer_put(struct buffer *b, struct slice s);
void buffer_put_text(struct buffer *b, const char *text);
void buffer_put_u8(struct buffer *b, uint8_t value);
void buffer_put_u16_be(struct buffer *b, uint16_t value);
void buffer_put_u32_be(struct buffer *b, uint32_t value);
void buffer_put_u16_le(struct buffer *b, uint16_t value);
void buffer_put_u32_le(struct buffer *b, uint32_t value);

/* An SSH string: big-endian u32 length, then the bytes. */
void buffer_put_string_be(struct buffer *b, struct slice s);

void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
