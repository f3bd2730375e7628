#include "redir/sol_text.h"

#include <string.h>

/* Code page 437 from 80 on, in Unicode. */
static const uint16_t page_437[128] = {
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF,
    0x00EE, 0x00EC, 0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9,
    0x00FF, 0x00D6, 0x00DC, 0x00A2, 0x00A3, 0x00A5, 0x20A7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA,
    0x00F1, 0x00D1, 0x00AA, 0x00BA, 0x00BF, 0x2310, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255D, 0x255C, 0x255B, 0x2510, 0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F,
    0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580,
    0x03B1, 0x00DF, 0x0393, 0x03C0, 0x03A3, 0x03C3, 0x00B5, 0x03C4, 0x03A6, 0x0398, 0x03A9, 0x03B4,
    0x221E, 0x03C6, 0x03B5, 0x2229, 0x2261, 0x00B1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00F7, 0x2248,
    0x00B0, 0x2219, 0x00B7, 0x221A, 0x207F, 0x00B2, 0x25A0, 0x00A0,
};

bool redir_sol_encoding_parse(struct slice name, enum redir_sol_encoding *encoding)
{
    static const char *const names[] = {[REDIR_SOL_AUTO] = "auto",
                                        [REDIR_SOL_UTF8] = "utf8",
                                        [REDIR_SOL_CP437] = "cp437",
                                        [REDIR_SOL_LATIN1] = "latin1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal_string(name, names[i])) {
            *encoding = (enum redir_sol_encoding)i;
            return true;
        }
    }
    return false;
}

/* As UTF-8; no character here is above U+FFFF. */
static void put_character(struct buffer *to, uint16_t code)
{
    if (code < 0x80) {
        buffer_put_u8(to, (uint8_t)code);
        return;
    }
    if (code < 0x800) {
        buffer_put_u8(to, (uint8_t)(0xC0 | code >> 6));
    } else {
        buffer_put_u8(to, (uint8_t)(0xE0 | code >> 12));
        buffer_put_u8(to, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
    }
    buffer_put_u8(to, (uint8_t)(0x80 | (code & 0x3F)));
}

static void put_437(struct buffer *to, uint8_t byte)
{
    put_character(to, byte < 0x80 ? byte : page_437[byte - 0x80]);
}

/* Bytes of the character of UTF-8 that begins so; 0: none does. */
static unsigned length_of(uint8_t lead)
{
    return lead >= 0xF5 ? 0 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
}

static bool continues(const struct redir_sol_text *text, uint8_t byte)
{
    uint8_t lead = text->pending[0];
    uint8_t least = 0x80, most = 0xBF;
    if (text->have == 1) { /* no longer than need be, no surrogates, up to U+10FFFF */
        least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : least;
        most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : most;
    }
    return byte >= least && byte <= most;
}

void redir_sol_text_flush(struct redir_sol_text *text, struct buffer *to)
{
    for (unsigned i = 0; i < text->have; i++)
        put_437(to, text->pending[i]);
    text->have = 0;
}

static void guess(struct redir_sol_text *text, uint8_t byte, struct buffer *to)
{
    if (text->have > 0 && continues(text, byte)) {
        text->pending[text->have++] = byte;
        unsigned length = length_of(text->pending[0]);
        if (text->have < length)
            return;
        text->paged &= length == 2;
        if (!text->paged) {
            buffer_put(to, slice_of(text->pending, text->have));
            text->have = 0;
        }
        redir_sol_text_flush(text, to);
        return;
    }
    text->paged |= text->have > 0;
    redir_sol_text_flush(text, to);
    if (length_of(byte) > 0) {
        text->pending[text->have++] = byte;
        return;
    }
    text->paged |= byte >= 0x80;
    put_437(to, byte);
}

void redir_sol_text_put(struct redir_sol_text *text, struct slice bytes, struct buffer *to)
{
    if (text->encoding == REDIR_SOL_UTF8) {
        buffer_put(to, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        if (text->encoding == REDIR_SOL_CP437)
            put_437(to, bytes.data[i]);
        else if (text->encoding == REDIR_SOL_LATIN1)
            put_character(to, bytes.data[i]);
        else
            guess(text, bytes.data[i], to);
    }
}
