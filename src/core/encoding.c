#include "core/encoding.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void encoding_hex(struct slice s, char *text)
{
    for (size_t i = 0; i < s.size; i++) {
        text[2 * i] = hex_digits[s.data[i] >> 4];
        text[2 * i + 1] = hex_digits[s.data[i] & 15];
    }
    text[2 * s.size] = '\0';
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool encoding_hex_decode(struct slice text, uint8_t *to, size_t size)
{
    if (text.size != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text.data[2 * i]);
        int low = hex_value(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

struct slice encoding_base64(struct arena *arena, struct slice s)
{
    char *text = arena_array(arena, s.size / 3 + 1, 4);
    size_t out = 0;
    for (size_t i = 0; i < s.size; i += 3) {
        size_t left = s.size - i;
        uint32_t group = (uint32_t)s.data[i] << 16;
        if (left > 1)
            group |= (uint32_t)s.data[i + 1] << 8;
        if (left > 2)
            group |= s.data[i + 2];
        text[out++] = base64_digits[group >> 18];
        text[out++] = base64_digits[group >> 12 & 63];
        text[out++] = left > 1 ? base64_digits[group >> 6 & 63] : '=';
        text[out++] = left > 2 ? base64_digits[group & 63] : '=';
    }
    return slice_of(text, out);
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool encoding_base64_decode(struct arena *arena, struct slice text, struct slice *bytes)
{
    if (text.size % 4 != 0)
        return false;
    uint8_t *to = arena_alloc(arena, text.size / 4 * 3 + 1);
    size_t out = 0;
    for (size_t i = 0; i < text.size; i += 4) {
        bool last = i + 4 == text.size;
        size_t padding = 0;
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            uint8_t c = text.data[i + j];
            int value = base64_value(c);
            if (c == '=' && last && j >= 2) {
                padding++;
                value = 0;
            } else if (value < 0 || padding > 0) {
                return false;
            }
            group = group << 6 | (uint32_t)value;
        }
        if ((padding == 1 && (group & 0xff) != 0) || (padding == 2 && (group & 0xffff) != 0))
            return false;
        to[out++] = (uint8_t)(group >> 16);
        if (padding < 2)
            to[out++] = (uint8_t)(group >> 8);
        if (padding < 1)
            to[out++] = (uint8_t)group;
    }
    *bytes = slice_of(to, out);
    return true;
}

bool encoding_base64url_decode(struct arena *arena, struct slice text, struct slice *bytes)
{
    if (text.size % 4 == 1)
        return false;
    size_t whole = (text.size + 3) / 4 * 4;
    uint8_t *standard = arena_alloc(arena, whole + 1);
    for (size_t i = 0; i < whole; i++) {
        uint8_t c = i < text.size ? text.data[i] : '=';
        if (i < text.size && (c == '+' || c == '/' || c == '='))
            return false;
        standard[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    return encoding_base64_decode(arena, slice_of(standard, whole), bytes);
}

/* Length of the sequence that starts with `c`, and the bounds of its second byte. */
static size_t utf8_length(uint8_t c, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf)
        return 2;
    if (c >= 0xe0 && c <= 0xef) {
        if (c == 0xe0)
            *low = 0xa0;
        if (c == 0xed)
            *high = 0x9f;
        return 3;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        if (c == 0xf0)
            *low = 0x90;
        if (c == 0xf4)
            *high = 0x8f;
        return 4;
    }
    return 0;
}

bool encoding_is_utf8(struct slice s)
{
    size_t at = 0;
    while (at < s.size) {
        uint8_t low;
        uint8_t high;
        size_t length = utf8_length(s.data[at], &low, &high);
        if (length == 0 || length > s.size - at)
            return false;
        for (size_t i = 1; i < length; i++) {
            uint8_t c = s.data[at + i];
            if (c < (i == 1 ? low : 0x80) || c > (i == 1 ? high : 0xbf))
                return false;
        }
        at += length;
    }
    return true;
}
