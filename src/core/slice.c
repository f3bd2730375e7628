#include "core/slice.h"

#include <string.h>

struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){data, size};
}

struct slice slice_of_string(const char *text)
{
    return text == NULL ? (struct slice){NULL, 0} : slice_of(text, strlen(text));
}

struct slice slice_from(struct slice s, size_t offset)
{
    if (offset >= s.size)
        return (struct slice){NULL, 0};
    return slice_of(s.data + offset, s.size - offset);
}

struct slice slice_first(struct slice s, size_t size)
{
    return slice_of(s.data, size < s.size ? size : s.size);
}

/* Bytes of the character in UTF-8 that begins with this one. */
static size_t character_size(uint8_t first)
{
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

struct slice slice_first_text(struct slice s, size_t size)
{
    s = slice_first(s, size);
    size_t behind = 1; /* the byte looked at is that far from the end */
    while (behind < 4 && behind < s.size && (s.data[s.size - behind] & 0xc0) == 0x80)
        behind++;
    if (s.size > 0 && character_size(s.data[s.size - behind]) > behind)
        s.size -= behind;
    return s;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.size > 0 && is_blank(s.data[0])) {
        s.data++;
        s.size--;
    }
    while (s.size > 0 && is_blank(s.data[s.size - 1]))
        s.size--;
    return s;
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool slice_equal_string(struct slice a, const char *b)
{
    return slice_equal(a, slice_of_string(b));
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool slice_equal_ignore_case(struct slice a, struct slice b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
    return slice_equal(slice_first(s, prefix.size), prefix);
}

size_t slice_index_of(struct slice s, uint8_t byte)
{
    const uint8_t *at = s.size == 0 ? NULL : memchr(s.data, byte, s.size);
    return at == NULL ? s.size : (size_t)(at - s.data);
}

struct slice slice_split(struct slice *rest, uint8_t separator)
{
    size_t at = slice_index_of(*rest, separator);
    struct slice before = slice_first(*rest, at);
    *rest = slice_from(*rest, at + 1);
    return before;
}

bool slice_equal_secret(struct slice a, struct slice b)
{
    volatile uint8_t difference = a.size != b.size;
    for (size_t i = 0; i < a.size; i++)
        difference = (uint8_t)(difference | (a.data[i] ^ (b.size > 0 ? b.data[i % b.size] : 1)));
    return difference == 0;
}

bool slice_to_u64(struct slice s, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;
    if (s.size == 0)
        return false;
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.data[i] - '0');
        if (digit > max || sum > (max - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}
