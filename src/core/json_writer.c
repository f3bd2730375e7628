#include "core/json_writer.h"

#include "core/encoding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 63

void json_writer_init(struct json_writer *json, struct buffer *out)
{
    *json = (struct json_writer){.out = out};
}

static void before_value(struct json_writer *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    uint64_t bit = UINT64_C(1) << json->depth;
    if (json->depth > 0 && (json->has_member & bit) != 0)
        buffer_put_u8(json->out, ',');
    json->has_member |= bit;
}

static void open_level(struct json_writer *json, uint8_t bracket)
{
    before_value(json);
    if (json->depth == DEPTH_MAX) {
        json->out->failed = true;
        return;
    }
    json->depth++;
    json->has_member &= ~(UINT64_C(1) << json->depth);
    buffer_put_u8(json->out, bracket);
}

static void close_level(struct json_writer *json, uint8_t bracket)
{
    if (json->depth == 0) {
        json->out->failed = true;
        return;
    }
    json->depth--;
    buffer_put_u8(json->out, bracket);
}

void json_open_object(struct json_writer *json)
{
    open_level(json, '{');
}

void json_close_object(struct json_writer *json)
{
    close_level(json, '}');
}

void json_open_array(struct json_writer *json)
{
    open_level(json, '[');
}

void json_close_array(struct json_writer *json)
{
    close_level(json, ']');
}

/* Length of the well-formed UTF-8 sequence at the start of `s`; 0 when there is none. */
static size_t sequence_length(struct slice s)
{
    for (size_t length = 1; length <= 4 && length <= s.size; length++)
        if (encoding_is_utf8(slice_first(s, length)))
            return length;
    return 0;
}

static void put_quoted(struct buffer *out, struct slice s)
{
    buffer_put_u8(out, '"');
    size_t plain = 0; /* start of the run that needs no change */
    size_t at = 0;
    bool utf8 = encoding_is_utf8(s);
    while (at < s.size) {
        uint8_t c = s.data[at];
        bool bad = !utf8 && c >= 0x80 && sequence_length(slice_from(s, at)) == 0;
        if (c >= 0x20 && c != '"' && c != '\\' && !bad) {
            at += !utf8 && c >= 0x80 ? sequence_length(slice_from(s, at)) : 1;
            continue;
        }
        buffer_put(out, slice_of(s.data + plain, at - plain));
        if (bad)
            buffer_put_text(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            buffer_put(out, slice_of((uint8_t[]){'\\', c}, 2));
        else if (c == '\n')
            buffer_put_text(out, "\\n");
        else if (c == '\r')
            buffer_put_text(out, "\\r");
        else if (c == '\t')
            buffer_put_text(out, "\\t");
        else
            buffer_printf(out, "\\u%04x", c);
        at++;
        plain = at;
    }
    buffer_put(out, slice_from(s, plain));
    buffer_put_u8(out, '"');
}

void json_put_key_slice(struct json_writer *json, struct slice key)
{
    before_value(json);
    put_quoted(json->out, key);
    buffer_put_u8(json->out, ':');
    json->after_key = true;
}

void json_put_key(struct json_writer *json, const char *key)
{
    json_put_key_slice(json, slice_of_string(key));
}

void json_put_string_slice(struct json_writer *json, struct slice value)
{
    before_value(json);
    put_quoted(json->out, value);
}

void json_put_string(struct json_writer *json, const char *value)
{
    if (value == NULL)
        json_put_null(json);
    else
        json_put_string_slice(json, slice_of_string(value));
}

void json_put_int(struct json_writer *json, int64_t value)
{
    before_value(json);
    buffer_printf(json->out, "%lld", (long long)value);
}

void json_put_bool(struct json_writer *json, bool value)
{
    before_value(json);
    buffer_put_text(json->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *json)
{
    before_value(json);
    buffer_put_text(json->out, "null");
}

/* The fewest digits that read back as `value` (positive): digits[0] != '0' and `value` is
 * 0.digits times 10 to the `point`. Returns how many. */
static int shortest_digits(double value, char digits[18], int *point)
{
    char text[32];
    int count = 1;
    for (; count <= 17; count++) {
        (void)snprintf(text, sizeof text, "%.*e", count - 1, value);
        if (strtod(text, NULL) == value)
            break;
    }
    const char *exponent = strchr(text, 'e');
    int to = 0;
    for (const char *at = text; at != exponent; at++)
        if (*at != '.')
            digits[to++] = *at;
    digits[to] = '\0';
    *point = (int)strtol(exponent + 1, NULL, 10) + 1;
    return to;
}

/* ECMAScript's Number::toString, for a finite value that is not zero. */
static void put_number(struct buffer *out, double value)
{
    char digits[18];
    int point;
    if (value < 0)
        buffer_put_u8(out, '-');
    int count = shortest_digits(fabs(value), digits, &point);
    if (point > 21 || point <= -6)
        buffer_printf(out, "%c%s%se%c%d", digits[0], count > 1 ? "." : "", digits + 1,
                      point > 0 ? '+' : '-', abs(point - 1));
    else if (point >= count)
        buffer_printf(out, "%s%.*s", digits, point - count, "000000000000000000000");
    else if (point > 0)
        buffer_printf(out, "%.*s.%s", point, digits, digits + point);
    else
        buffer_printf(out, "0.%.*s%s", -point, "000000", digits);
}

void json_put_double(struct json_writer *json, double value)
{
    if (!isfinite(value)) {
        json_put_null(json);
        return;
    }
    before_value(json);
    if (value == 0)
        buffer_put_u8(json->out, '0');
    else
        put_number(json->out, value);
}

void json_put_raw(struct json_writer *json, struct slice text)
{
    before_value(json);
    buffer_put(json->out, text);
}

void json_put_member_string(struct json_writer *json, const char *key, const char *value)
{
    json_put_key(json, key);
    json_put_string(json, value);
}

void json_put_member_int(struct json_writer *json, const char *key, int64_t value)
{
    json_put_key(json, key);
    json_put_int(json, value);
}

void json_put_member_bool(struct json_writer *json, const char *key, bool value)
{
    json_put_key(json, key);
    json_put_bool(json, value);
}
