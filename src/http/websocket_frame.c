#include "http/websocket_frame.h"

#include "core/encoding.h"

#include <string.h>

#define CODE_PROTOCOL 1002
#define CODE_TEXT     1007
#define CODE_SIZE     1009

/* ---- writing ---- */

size_t http_frame_head(uint8_t to[HTTP_FRAME_HEAD_SIZE], enum http_frame_kind kind, uint64_t size,
                       const uint8_t *mask)
{
    unsigned lengths = size < 126 ? 0 : size <= UINT16_MAX ? 2 : 8;
    size_t at = 2;
    to[0] = (uint8_t)(0x80 | kind);
    to[1] = (uint8_t)((mask == NULL ? 0 : 0x80) |
                      (lengths == 0 ? (uint8_t)size : (lengths == 2 ? 126 : 127)));
    for (unsigned i = 0; i < lengths; i++)
        to[at++] = (uint8_t)(size >> (8 * (lengths - 1 - i)));
    if (mask != NULL) {
        memcpy(to + at, mask, 4);
        at += 4;
    }
    return at;
}

/* Four words are loaded before any is stored, so that a target before the source is right and one
 * turn of the loop is a handful of instructions. */
void http_frame_mask(uint8_t *to, const uint8_t *from, size_t size, const uint8_t mask[4],
                     uint64_t offset)
{
    uint8_t turned[8];
    uint64_t key;
    uint64_t words[4];
    for (unsigned i = 0; i < 8; i++)
        turned[i] = mask[(offset + i) % 4];
    memcpy(&key, turned, sizeof key);
    size_t i = 0;
    for (; size - i >= sizeof words; i += sizeof words) {
        memcpy(words, from + i, sizeof words);
        words[0] ^= key;
        words[1] ^= key;
        words[2] ^= key;
        words[3] ^= key;
        memcpy(to + i, words, sizeof words);
    }
    for (; i < size; i++)
        to[i] = from[i] ^ turned[i % 4];
}

bool http_frame_code_is_valid(unsigned code)
{
    if (code >= 3000)
        return code <= 4999;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

/* ---- reading ---- */

void http_frame_decoder_init(struct http_frame_decoder *d, bool masked, uint64_t limit)
{
    *d = (struct http_frame_decoder){.masked = masked, .limit = limit, .why = ""};
}

static enum http_decoded bad(struct http_frame_decoder *d, uint16_t code, const char *why)
{
    d->code = code;
    d->why = why;
    return HTTP_DECODED_BAD;
}

static enum http_decoded broken(struct http_frame_decoder *d, const char *why)
{
    return bad(d, CODE_PROTOCOL, why);
}

static bool is_control(uint8_t kind)
{
    return kind >= HTTP_FRAME_CLOSE;
}

/* Bytes of the head that its first two announce. */
static size_t head_size_of(const uint8_t head[2])
{
    uint8_t length = head[1] & 0x7f;
    return 2U + (length == 126 ? 2U : 0U) + (length == 127 ? 8U : 0U) +
           ((head[1] & 0x80) != 0 ? 4U : 0U);
}

/* What the first two bytes say already. */
static enum http_decoded check_start(struct http_frame_decoder *d)
{
    uint8_t kind = d->head[0] & 0x0f;
    uint8_t length = d->head[1] & 0x7f;
    bool last = (d->head[0] & 0x80) != 0;
    if ((d->head[0] & 0x70) != 0)
        return broken(d, "a reserved bit is set");
    if ((kind > HTTP_FRAME_BINARY && kind < HTTP_FRAME_CLOSE) || kind > HTTP_FRAME_PONG)
        return broken(d, "an unknown kind of frame");
    if (((d->head[1] & 0x80) != 0) != d->masked)
        return broken(d, d->masked ? "a frame that is not masked" : "a frame that is masked");
    if (is_control(kind) && (!last || length > HTTP_FRAME_CONTROL_SIZE))
        return broken(d, "a control frame that is fragmented or too long");
    if (kind == HTTP_FRAME_CONTINUATION && d->message == 0)
        return broken(d, "a continuation without a message");
    if ((kind == HTTP_FRAME_TEXT || kind == HTTP_FRAME_BINARY) && d->message != 0)
        return broken(d, "a message inside of another");
    return HTTP_DECODED_MORE;
}

/* The head is complete. */
static enum http_decoded begin_frame(struct http_frame_decoder *d)
{
    uint8_t length = d->head[1] & 0x7f;
    unsigned lengths = length == 126 ? 2 : length == 127 ? 8 : 0;
    d->size = lengths == 0 ? length : 0;
    for (unsigned i = 0; i < lengths; i++)
        d->size = d->size << 8 | d->head[2 + i];
    if (lengths != 0 && d->size <= (lengths == 2 ? 125 : UINT16_MAX))
        return broken(d, "a length that is written too long");
    if (d->size > INT64_MAX)
        return broken(d, "an impossible length");
    d->kind = d->head[0] & 0x0f;
    d->last = (d->head[0] & 0x80) != 0;
    if (!is_control(d->kind) && d->size > d->limit - d->before)
        return bad(d, CODE_SIZE, d->whole ? "a message over the limit" : "a frame over the limit");
    if (d->masked)
        memcpy(d->mask, d->head + 2 + lengths, 4);
    if (d->kind == HTTP_FRAME_TEXT || d->kind == HTTP_FRAME_BINARY) {
        d->message = d->kind;
        d->text = d->kind == HTTP_FRAME_TEXT;
    }
    d->taken = 0;
    d->inside = true;
    return HTTP_DECODED_MORE;
}

static enum http_decoded take_head(struct http_frame_decoder *d, struct http_decoding *at)
{
    while (at->left > 0 && !d->inside) {
        d->head[d->head_size++] = *at->from++;
        at->left--;
        enum http_decoded result = HTTP_DECODED_MORE;
        if (d->head_size == 2)
            result = check_start(d);
        if (result == HTTP_DECODED_MORE && d->head_size >= 2 &&
            d->head_size == head_size_of(d->head))
            result = begin_frame(d);
        if (result != HTTP_DECODED_MORE)
            return result;
    }
    return HTTP_DECODED_MORE;
}

/* Turns characters into the bytes of their numbers, in place: U+0000 to U+00FF take one or two
 * bytes of UTF-8, the latter beginning with C2 or C3. False on anything else. */
static bool take_text(struct http_frame_decoder *d, uint8_t *bytes, size_t size, uint8_t **end)
{
    uint8_t *to = bytes;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes[i];
        if (d->lead != 0) {
            if ((c & 0xc0) != 0x80)
                return false;
            *to++ = (uint8_t)(d->lead << 6 | (c & 0x3f));
            d->lead = 0;
        } else if (c < 0x80) {
            *to++ = c;
        } else if (c == 0xc2 || c == 0xc3) {
            d->lead = c;
        } else {
            return false;
        }
    }
    *end = to;
    return true;
}

static enum http_decoded end_close(struct http_frame_decoder *d)
{
    if (d->control_size == 0)
        return HTTP_DECODED_CLOSE;
    if (d->control_size == 1 ||
        !http_frame_code_is_valid((unsigned)d->control[0] << 8 | d->control[1]))
        return broken(d, "a Close frame without a valid code");
    if (!encoding_is_utf8(slice_of(d->control + 2, d->control_size - 2U)))
        return bad(d, CODE_TEXT, "a Close frame whose reason is not UTF-8");
    return HTTP_DECODED_CLOSE;
}

/* All of the frame's payload has come. */
static enum http_decoded end_frame(struct http_frame_decoder *d)
{
    d->inside = false;
    d->head_size = 0;
    switch (d->kind) {
    case HTTP_FRAME_PING:
        return HTTP_DECODED_PING;
    case HTTP_FRAME_PONG:
        return HTTP_DECODED_PONG;
    case HTTP_FRAME_CLOSE:
        return end_close(d);
    default:
        break;
    }
    if (d->whole)
        d->before = d->last ? 0 : d->before + d->size;
    if (!d->last)
        return HTTP_DECODED_MORE;
    d->message = 0;
    if (d->whole)
        return HTTP_DECODED_MESSAGE;
    if (d->lead != 0)
        return bad(d, CODE_TEXT, "text that ends inside of a character");
    return HTTP_DECODED_MORE;
}

static enum http_decoded take_payload(struct http_frame_decoder *d, struct http_decoding *at)
{
    uint64_t missing = d->size - d->taken;
    size_t size = at->left < missing ? at->left : (size_t)missing;
    uint8_t *to = is_control(d->kind) ? d->control + d->taken : at->to;
    if (d->masked)
        http_frame_mask(to, at->from, size, d->mask, d->taken);
    else
        memmove(to, at->from, size);
    at->from += size;
    at->left -= size;
    d->taken += size;
    if (is_control(d->kind))
        d->control_size = (uint8_t)d->taken;
    else if (d->whole || d->message == HTTP_FRAME_BINARY)
        at->to += size;
    else if (!take_text(d, to, size, &at->to))
        return bad(d, CODE_TEXT, "text that stands for no bytes");
    return d->taken == d->size ? end_frame(d) : HTTP_DECODED_MORE;
}

enum http_decoded http_frame_decode(struct http_frame_decoder *d, struct http_decoding *at)
{
    enum http_decoded result = HTTP_DECODED_MORE;
    while (result == HTTP_DECODED_MORE && (at->left > 0 || (d->inside && d->size == 0))) {
        if (!d->inside)
            result = take_head(d, at);
        if (result == HTTP_DECODED_MORE && d->inside)
            result = take_payload(d, at);
    }
    return result;
}
