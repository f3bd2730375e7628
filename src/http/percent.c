#include "http/percent.h"

#include "core/encoding.h"

bool http_percent_decode(struct arena *arena, struct slice text, bool plus, struct slice *decoded)
{
    if (slice_index_of(text, '%') == text.size &&
        (!plus || slice_index_of(text, '+') == text.size)) {
        *decoded = text;
        return slice_index_of(text, 0) == text.size && encoding_is_utf8(text);
    }
    uint8_t *to = arena_alloc(arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == '+' && plus)
            c = ' ';
        if (c == '%') {
            if (text.size - i < 3 || !encoding_hex_decode(slice_of(text.data + i + 1, 2), &c, 1))
                return false;
            i += 2;
        }
        if (c == 0)
            return false;
        to[size++] = c;
    }
    *decoded = slice_of(to, size);
    return encoding_is_utf8(*decoded);
}
