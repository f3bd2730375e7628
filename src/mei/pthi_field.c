#include "mei/pthi_field.h"

#include <string.h>

bool pthi_field_bool(struct cursor *c)
{
    return cursor_u32_le(c) != 0;
}

void pthi_field_bytes(struct cursor *c, uint8_t *to, size_t size)
{
    struct slice s = cursor_bytes(c, size);
    if (s.size > 0)
        memcpy(to, s.data, s.size);
}

struct slice pthi_field_printable(struct arena *arena, struct slice s)
{
    size_t size = slice_index_of(s, 0);
    if (size == 0)
        return (struct slice){0};
    uint8_t *text = arena_alloc(arena, size);
    for (size_t i = 0; i < size; i++)
        text[i] = s.data[i] >= 0x20 && s.data[i] < 0x7f ? s.data[i] : (uint8_t)'?';
    return slice_of(text, size);
}

struct slice pthi_field_text_in(struct cursor *c, struct arena *arena, size_t size)
{
    return pthi_field_printable(arena, cursor_bytes(c, size));
}

struct slice pthi_field_text(struct cursor *c, struct arena *arena)
{
    uint16_t size = cursor_u16_le(c);
    return pthi_field_text_in(c, arena, size);
}

bool pthi_field_end(struct cursor *c)
{
    struct slice rest = cursor_bytes(c, c->left);
    for (size_t i = 0; i < rest.size; i++)
        if (rest.data[i] != 0)
            return false;
    return cursor_ok(c);
}
