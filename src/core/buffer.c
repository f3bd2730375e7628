#include "core/buffer.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *b, size_t limit)
{
    *b = (struct buffer){.limit = limit};
}

void buffer_init_secret(struct buffer *b, size_t limit)
{
    *b = (struct buffer){.limit = limit, .secret = true};
}

static void free_bytes(struct buffer *b)
{
    if (b->secret)
        memory_wipe(b->bytes, b->capacity);
    free(b->bytes);
    b->bytes = NULL;
    b->capacity = 0;
}

void buffer_fini(struct buffer *b)
{
    free_bytes(b);
    buffer_clear(b);
}

void buffer_clear(struct buffer *b)
{
    b->start = 0;
    b->end = 0;
    b->failed = false;
}

void buffer_release(struct buffer *b)
{
    if (b->start == b->end) {
        free_bytes(b);
        b->start = 0;
        b->end = 0;
    }
}

bool buffer_ok(const struct buffer *b)
{
    return !b->failed;
}

size_t buffer_size(const struct buffer *b)
{
    return b->end - b->start;
}

struct slice buffer_slice(const struct buffer *b)
{
    return b->bytes == NULL ? (struct slice){NULL, 0}
                            : slice_of(b->bytes + b->start, buffer_size(b));
}

void buffer_consume(struct buffer *b, size_t size)
{
    size_t content = buffer_size(b);
    b->start += size < content ? size : content;
    if (b->start == b->end) {
        b->start = 0;
        b->end = 0;
    }
}

/* A secret is moved by hand: realloc may leave a copy of it behind. */
static void grow(struct buffer *b, size_t capacity)
{
    if (b->secret) {
        uint8_t *larger = memory_new(capacity);
        if (b->end > 0)
            memcpy(larger, b->bytes, b->end);
        free_bytes(b);
        b->bytes = larger;
    } else {
        b->bytes = memory_resize(b->bytes, capacity);
    }
    b->capacity = capacity;
}

uint8_t *buffer_reserve(struct buffer *b, size_t size)
{
    size_t content = buffer_size(b);
    if (b->failed || size > b->limit || content > b->limit - size) {
        b->failed = true;
        return NULL;
    }
    if (b->capacity - b->end < size && b->start > 0) {
        memmove(b->bytes, b->bytes + b->start, content);
        b->start = 0;
        b->end = content;
    }
    if (b->capacity - b->end < size) {
        size_t wanted = b->capacity < 64 ? 64 : b->capacity * 2;
        if (wanted > b->limit)
            wanted = b->limit;
        if (wanted < content + size)
            wanted = content + size;
        grow(b, wanted);
    }
    return b->bytes == NULL ? NULL : b->bytes + b->end;
}

void buffer_added(struct buffer *b, size_t size)
{
    b->end += size;
}

void buffer_put(struct buffer *b, struct slice s)
{
    if (s.size == 0)
        return;
    uint8_t *to = buffer_reserve(b, s.size);
    if (to == NULL)
        return;
    memcpy(to, s.data, s.size);
    buffer_added(b, s.size);
}

void buffer_put_text(struct buffer *b, const char *text)
{
    buffer_put(b, slice_of_string(text));
}

void buffer_put_u8(struct buffer *b, uint8_t value)
{
    buffer_put(b, slice_of(&value, 1));
}

void buffer_put_u16_be(struct buffer *b, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    buffer_put(b, slice_of(bytes, sizeof bytes));
}

void buffer_put_u32_be(struct buffer *b, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};
    buffer_put(b, slice_of(bytes, sizeof bytes));
}

void buffer_put_u16_le(struct buffer *b, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    buffer_put(b, slice_of(bytes, sizeof bytes));
}

void buffer_put_u32_le(struct buffer *b, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    buffer_put(b, slice_of(bytes, sizeof bytes));
}

void buffer_put_string_be(struct buffer *b, struct slice s)
{
    if (s.size > UINT32_MAX) {
        b->failed = true;
        return;
    }
    buffer_put_u32_be(b, (uint32_t)s.size);
    buffer_put(b, s);
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* vsnprintf also writes a NUL, so one byte more is reserved than counted. */
    uint8_t *to = length < 0 ? NULL : buffer_reserve(b, (size_t)length + 1);
    if (to == NULL) {
        b->failed = true;
    } else {
        (void)vsnprintf((char *)to, (size_t)length + 1, format, again);
        buffer_added(b, (size_t)length);
    }
    va_end(again);
}
