#include "core/guid.h"

#include "core/random.h"

#include <stdio.h>
#include <string.h>

/* Printed byte i is raw byte order[i]; the permutation is its own inverse. */
static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

struct guid guid_from_smbios(const uint8_t raw[16])
{
    struct guid guid;
    for (size_t i = 0; i < 16; i++)
        guid.bytes[i] = raw[order[i]];
    return guid;
}

void guid_to_smbios(const struct guid *guid, uint8_t raw[16])
{
    for (size_t i = 0; i < 16; i++)
        raw[order[i]] = guid->bytes[i];
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool guid_parse(struct slice text, struct guid *guid)
{
    if (text.size != GUID_TEXT_SIZE - 1)
        return false;
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text.data[at++] != '-')
                return false;
        }
        int high = hex_digit(text.data[at]);
        int low = hex_digit(text.data[at + 1]);
        if (high < 0 || low < 0)
            return false;
        guid->bytes[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return true;
}

const char *guid_format(const struct guid *guid, char text[GUID_TEXT_SIZE])
{
    const uint8_t *b = guid->bytes;
    (void)snprintf(text, GUID_TEXT_SIZE,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return text;
}

bool guid_is_nobodys(const struct guid *guid)
{
    static const struct guid none[] = {
        {{0}},
        {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}},
        {{3, 0, 2, 0, 4, 0, 5, 0, 0, 6, 0, 7, 0, 8, 0, 9}},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (guid_equal(guid, &none[i]))
            return true;
    return false;
}

bool guid_equal(const struct guid *a, const struct guid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct guid guid_random(void)
{
    struct guid guid;
    random_bytes(guid.bytes, sizeof guid.bytes);
    guid.bytes[6] = (uint8_t)((guid.bytes[6] & 0x0f) | 0x40);
    guid.bytes[8] = (uint8_t)((guid.bytes[8] & 0x3f) | 0x80);
    return guid;
}
