#include "http/check.h"

#include "core/guid.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool all_digits(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!is_digit(s.data[i]))
            return false;
    return s.size > 0;
}

static struct slice without_sign(struct slice s)
{
    return s.size > 0 && (s.data[0] == '+' || s.data[0] == '-') ? slice_from(s, 1) : s;
}

static bool take_byte(struct slice *s, uint8_t c)
{
    if (s->size == 0 || s->data[0] != c)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

static size_t digits_ahead(struct slice s)
{
    size_t count = 0;
    while (count < s.size && is_digit(s.data[count]))
        count++;
    return count;
}

bool http_check_uuid(struct slice s)
{
    struct guid ignored;
    return guid_parse(s, &ignored);
}

bool http_check_boolean(struct slice s)
{
    return slice_equal_string(s, "true") || slice_equal_string(s, "false") ||
           slice_equal_string(s, "1") || slice_equal_string(s, "0");
}

bool http_check_sha256(struct slice s)
{
    const size_t colons = s.size == 64 ? 0 : 31;
    const size_t pair = colons == 0 ? 2 : 3;
    if (s.size != 64 + colons)
        return false;
    for (size_t i = 0; i < s.size; i++)
        if (i % pair == 2 ? s.data[i] != ':' : !is_hex(s.data[i]))
            return false;
    return true;
}

bool http_check_numeric(struct slice s)
{
    struct slice rest = without_sign(s);
    size_t dot = slice_index_of(rest, '.');
    if (dot == rest.size)
        return all_digits(rest);
    struct slice whole = slice_first(rest, dot);
    return (whole.size == 0 || all_digits(whole)) && all_digits(slice_from(rest, dot + 1));
}

bool http_check_float(struct slice s, int64_t min)
{
    char text[64]; /* longer ones are no number that anybody means */
    struct slice rest = without_sign(s);
    size_t whole = digits_ahead(rest);
    rest = slice_from(rest, whole);
    size_t fraction = 0;
    if (take_byte(&rest, '.')) {
        fraction = digits_ahead(rest);
        rest = slice_from(rest, fraction);
    }
    if (whole + fraction == 0 || s.size >= sizeof text)
        return false;
    if (take_byte(&rest, 'e') || take_byte(&rest, 'E')) {
        rest = without_sign(rest);
        size_t exponent = digits_ahead(rest);
        if (exponent == 0)
            return false;
        rest = slice_from(rest, exponent);
    }
    memcpy(text, s.data, s.size);
    text[s.size] = '\0';
    return rest.size == 0 && strtod(text, NULL) >= (double)min;
}

bool http_check_int(struct slice s, int64_t min, int64_t max)
{
    struct slice digits = without_sign(s);
    if (!all_digits(digits))
        return false;
    bool negative = s.data[0] == '-';
    int64_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        int64_t digit = digits.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            value = INT64_MIN;
            break;
        }
    }
    /* Counted downwards, since INT64_MIN has no positive counterpart. */
    if (!negative)
        value = value == INT64_MIN ? INT64_MAX : -value;
    return value >= min && (max == 0 || value <= max);
}

bool http_check_length(struct slice s, int64_t min, int64_t max)
{
    int64_t length = 0;
    for (size_t i = 0; i < s.size; i++)
        if ((s.data[i] & 0xc0) != 0x80)
            length++;
    return length >= min && (max == 0 || length <= max);
}

static bool is_label(struct slice s)
{
    if (s.size == 0 || s.size > 63 || s.data[0] == '-' || s.data[s.size - 1] == '-')
        return false;
    for (size_t i = 0; i < s.size; i++)
        if (!is_alnum(s.data[i]) && s.data[i] != '-')
            return false;
    return true;
}

bool http_check_fqdn(struct slice s)
{
    if (s.size > 0 && s.data[s.size - 1] == '.')
        s.size--;
    for (;;) {
        bool last = slice_index_of(s, '.') == s.size;
        struct slice label = slice_split(&s, '.');
        if (!is_label(label))
            return false;
        if (last)
            return !all_digits(label);
    }
}

bool http_check_ipv4(struct slice s)
{
    for (int i = 0; i < 4; i++) {
        uint64_t ignored;
        bool last = slice_index_of(s, '.') == s.size;
        struct slice part = slice_split(&s, '.');
        if (!slice_to_u64(part, 255, &ignored) || (part.size > 1 && part.data[0] == '0') ||
            last != (i == 3))
            return false;
    }
    return true;
}

bool http_check_alphanumeric(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!is_alnum(s.data[i]))
            return false;
    return s.size > 0;
}

#define URL_LIMIT 2083

static bool is_address(struct slice s, int family)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    if (s.size == 0 || s.size >= sizeof text)
        return false;
    memcpy(text, s.data, s.size);
    text[s.size] = '\0';
    return inet_pton(family, text, address) == 1;
}

/* Takes the scheme off. False when it is one that is not allowed. */
static bool take_scheme(struct slice *s)
{
    static const char *const schemes[] = {"http", "https", "ftp"};
    size_t at = slice_index_of(*s, ':');
    if (!slice_starts_with(slice_from(*s, at), SLICE_LITERAL("://")))
        return !slice_starts_with(*s, SLICE_LITERAL("//"));
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (slice_equal_ignore_case(slice_first(*s, at), slice_of_string(schemes[i]))) {
            *s = slice_from(*s, at + 3);
            return true;
        }
    }
    return false;
}

static bool is_port(struct slice s)
{
    uint64_t port;
    return s.size == 0 ||
           (s.data[0] == ':' && slice_to_u64(slice_from(s, 1), 65535, &port) && port > 0);
}

static bool is_host_and_port(struct slice s)
{
    if (s.size > 0 && s.data[0] == '[') {
        size_t end = slice_index_of(s, ']');
        return end < s.size && is_address(slice_from(slice_first(s, end), 1), AF_INET6) &&
               is_port(slice_from(s, end + 1));
    }
    size_t colon = slice_index_of(s, ':');
    struct slice host = slice_first(s, colon);
    return (http_check_fqdn(host) || is_address(host, AF_INET)) && is_port(slice_from(s, colon));
}

bool http_check_url(struct slice s)
{
    if (s.size == 0 || s.size > URL_LIMIT)
        return false;
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] <= ' ' || s.data[i] == 0x7f || s.data[i] == '<' || s.data[i] == '>')
            return false;
    if (slice_equal_ignore_case(slice_first(s, 7), SLICE_LITERAL("mailto:")) || !take_scheme(&s))
        return false;
    for (const char *end = "/?#"; *end != '\0'; end++)
        s = slice_first(s, slice_index_of(s, (uint8_t)*end));
    size_t at = slice_index_of(s, '@'); /* user:password before it */
    if (at < s.size && (at == 0 || slice_index_of(slice_first(s, at), ':') == 0))
        return false;
    return is_host_and_port(at < s.size ? slice_from(s, at + 1) : s);
}

/* Takes exactly `digits` digits with a value in min … max. */
static bool take_number(struct slice *s, size_t digits, uint64_t min, uint64_t max)
{
    uint64_t value;
    if (s->size < digits || !slice_to_u64(slice_first(*s, digits), max, &value) || value < min)
        return false;
    *s = slice_from(*s, digits);
    return true;
}

/* What follows the year: "-01-31", "0131", "-01", "-W05-1", "W051", "-031", "031" or nothing. */
static bool take_day(struct slice *s)
{
    if (s->size == 0)
        return true;
    bool extended = take_byte(s, '-');
    if (take_byte(s, 'W')) {
        if (!take_number(s, 2, 0, 53))
            return false;
        bool hyphen = take_byte(s, '-');
        return digits_ahead(*s) == 0 ? !hyphen : take_number(s, 1, 1, 7);
    }
    switch (digits_ahead(*s)) {
    case 2:
        if (!take_number(s, 2, 1, 12))
            return false;
        return !take_byte(s, '-') || (extended && take_number(s, 2, 1, 31));
    case 3:
        return take_number(s, 3, 1, 366);
    case 4:
        return !extended && take_number(s, 2, 1, 12) && take_number(s, 2, 1, 31);
    default:
        return false;
    }
}

static bool take_fraction(struct slice *s)
{
    if (!take_byte(s, '.') && !take_byte(s, ','))
        return true;
    size_t digits = digits_ahead(*s);
    *s = slice_from(*s, digits);
    return digits > 0;
}

/* "12", "12:30", "1230", "12:30:59.5", "24:00" and the zone. */
static bool take_time(struct slice *s)
{
    bool midnight = slice_starts_with(*s, SLICE_LITERAL("24"));
    if (!take_number(s, 2, 0, 24))
        return false;
    bool extended = take_byte(s, ':');
    if (digits_ahead(*s) >= 2) {
        if (!take_number(s, 2, 0, midnight ? 0 : 59))
            return false;
        bool seconds = extended ? take_byte(s, ':') : digits_ahead(*s) >= 2;
        if (seconds && (midnight || !take_number(s, 2, 0, 59)))
            return false;
    } else if (extended || midnight) {
        return false;
    }
    if (!take_fraction(s))
        return false;
    if (s->size == 0 || take_byte(s, 'Z') || take_byte(s, 'z'))
        return true;
    if (!take_byte(s, '+') && !take_byte(s, '-'))
        return false;
    if (!take_number(s, 2, 0, 23))
        return false;
    return !take_byte(s, ':') && s->size == 0 ? true : take_number(s, 2, 0, 59);
}

bool http_check_iso8601(struct slice s)
{
    if (s.size > 0 && (s.data[0] == '+' || s.data[0] == '-'))
        s = slice_from(s, 1);
    size_t date = 0;
    while (date < s.size && s.data[date] != 'T' && s.data[date] != ' ')
        date++;
    struct slice day = slice_first(s, date);
    struct slice time = slice_from(s, date);
    if (!take_number(&day, 4, 0, 9999) || !take_day(&day) || day.size > 0)
        return false;
    if (time.size == 0)
        return true;
    if (date <= 5)
        return false; /* a year alone takes no time */
    time = slice_from(time, 1);
    return take_time(&time) && time.size == 0;
}

bool http_check_userinfo(struct slice s)
{
    for (size_t i = 0; i + 2 < s.size; i++) {
        if (s.data[i] != ':' || s.data[i + 1] != '/' || s.data[i + 2] != '/')
            continue;
        struct slice rest = slice_from(s, i + 3);
        size_t at = slice_index_of(rest, '@');
        return at < rest.size && at < slice_index_of(rest, '/') && at < slice_index_of(rest, '?') &&
               at < slice_index_of(rest, '#');
    }
    return false;
}
