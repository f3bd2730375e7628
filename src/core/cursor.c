#include "core/cursor.h"

struct cursor cursor_of(struct slice s)
{
    return (struct cursor){s.data, s.size, false};
}

bool cursor_ok(const struct cursor *c)
{
    return !c->failed;
}

struct slice cursor_bytes(struct cursor *c, size_t size)
{
    if (c->failed || size > c->left) {
        c->failed = true;
        return (struct slice){NULL, 0};
    }
    struct slice s = {c->at, size};
    if (size > 0) {
        c->at += size;
        c->left -= size;
    }
    return s;
}

uint8_t cursor_u8(struct cursor *c)
{
    struct slice s = cursor_bytes(c, 1);
    return s.size == 1 ? s.data[0] : 0;
}

uint16_t cursor_u16_be(struct cursor *c)
{
    struct slice s = cursor_bytes(c, 2);
    return s.size == 2 ? (uint16_t)(s.data[0] << 8 | s.data[1]) : 0;
}

uint32_t cursor_u32_be(struct cursor *c)
{
    uint32_t high = cursor_u16_be(c);
    return high << 16 | cursor_u16_be(c);
}

uint16_t cursor_u16_le(struct cursor *c)
{
    struct slice s = cursor_bytes(c, 2);
    return s.size == 2 ? (uint16_t)(s.data[1] << 8 | s.data[0]) : 0;
}

uint32_t cursor_u32_le(struct cursor *c)
{
    uint32_t low = cursor_u16_le(c);
    return (uint32_t)cursor_u16_le(c) << 16 | low;
}

struct slice cursor_string_be(struct cursor *c)
{
    return cursor_bytes(c, cursor_u32_be(c));
}
