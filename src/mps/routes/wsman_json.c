#include "mps/routes/wsman_json.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Length in bytes of the JavaScript blank or line end that `s` starts with; 0 when none. */
static size_t blank_at(struct slice s)
{
    static const char *const wide[] = {
        "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
        "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87",
        "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf",
    };
    if (s.size == 0)
        return 0;
    if (s.data[0] == ' ' || (s.data[0] >= '\t' && s.data[0] <= '\r'))
        return 1;
    if (s.data[0] < 0xc2)
        return 0;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (slice_starts_with(s, slice_of_string(wide[i])))
            return strlen(wide[i]);
    return 0;
}

static struct slice skip_blanks(struct slice s)
{
    for (size_t size = blank_at(s); size > 0; size = blank_at(s))
        s = slice_from(s, size);
    return s;
}

static bool is_blank(struct slice s)
{
    return skip_blanks(s).size == 0;
}

static size_t count_digits(struct slice s, uint8_t last)
{
    size_t count = 0;
    while (count < s.size && s.data[count] >= '0' && s.data[count] <= last)
        count++;
    return count;
}

static bool take(struct slice *s, uint8_t byte)
{
    if (s->size == 0 || s->data[0] != byte)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

static bool take_sign(struct slice *s)
{
    return take(s, '+') || take(s, '-');
}

/* "0x1F", "0b11", "0o7": no sign, at least one digit, nothing behind but blanks. */
static bool is_radix_literal(struct slice s)
{
    if (!take(&s, '0') || s.size == 0)
        return false;
    uint8_t radix = s.data[0] | 0x20;
    s = slice_from(s, 1);
    size_t count = 0;
    if (radix == 'x') {
        while (count < s.size && strchr("0123456789abcdefABCDEF", s.data[count]) != NULL &&
               s.data[count] != '\0')
            count++;
    } else if (radix == 'b') {
        count = count_digits(s, '1');
    } else if (radix == 'o') {
        count = count_digits(s, '7');
    }
    return count > 0 && is_blank(slice_from(s, count));
}

/* The literal without what follows it when `s` is a decimal literal and nothing but blanks
 * follows; empty when it is none. */
static struct slice decimal_literal(struct slice s)
{
    struct slice rest = s;
    (void)take_sign(&rest);
    if (slice_starts_with(rest, SLICE_LITERAL("Infinity"))) {
        rest = slice_from(rest, 8);
    } else {
        size_t whole = count_digits(rest, '9');
        rest = slice_from(rest, whole);
        size_t fraction = 0;
        if (take(&rest, '.')) {
            fraction = count_digits(rest, '9');
            rest = slice_from(rest, fraction);
        }
        if (whole + fraction == 0)
            return (struct slice){NULL, 0};
        if (rest.size > 0 && (rest.data[0] | 0x20) == 'e') {
            rest = slice_from(rest, 1);
            (void)take_sign(&rest);
            size_t exponent = count_digits(rest, '9');
            if (exponent == 0)
                return (struct slice){NULL, 0};
            rest = slice_from(rest, exponent);
        }
    }
    return is_blank(rest) ? slice_first(s, s.size - rest.size) : (struct slice){NULL, 0};
}

static double read_double(struct slice literal)
{
    char *text = memory_string(literal);
    double value = strtod(text, NULL);
    free(text);
    return value;
}

/* parseInt(text, 10) of JavaScript: sign and leading digits; NaN without a digit. */
static double parse_int(struct slice literal)
{
    struct slice rest = literal;
    size_t sign = take_sign(&rest) ? 1 : 0;
    size_t digits = count_digits(rest, '9');
    return digits == 0 ? (double)NAN : read_double(slice_first(literal, sign + digits));
}

/* The toolkit converts what Number() accepts: integral values by parseInt of the text, so that
 * "1e5" is 1 and "0x10" is 0, and others by parseFloat. */
static bool put_number(struct json_writer *json, struct slice text)
{
    struct slice s = skip_blanks(text);
    if (is_radix_literal(s)) {
        json_put_int(json, 0);
        return true;
    }
    struct slice literal = decimal_literal(s);
    if (literal.size == 0)
        return false;
    double value = read_double(literal);
    if (!isinf(value) && value == trunc(value))
        value = parse_int(literal);
    json_put_double(json, value);
    return true;
}

/* Names whose leading zeros are kept (spec mps 2.2). */
static bool keeps_zeros(struct slice name, struct slice text)
{
    return text.size > 1 && text.data[0] == '0' &&
           (slice_equal_string(name, "ElementName") || slice_equal_string(name, "InstanceID"));
}

void wsman_json_put_text(struct json_writer *json, struct slice name, struct slice text)
{
    if (is_blank(text) || keeps_zeros(name, text))
        json_put_string_slice(json, text);
    else if (put_number(json, text))
        return;
    else if (slice_equal_ignore_case(text, SLICE_LITERAL("true")))
        json_put_bool(json, true);
    else if (slice_equal_ignore_case(text, SLICE_LITERAL("false")))
        json_put_bool(json, false);
    else
        json_put_string_slice(json, text);
}

/* A child and its place, for grouping the children of one name. */
struct member {
    const struct wsman_xml *element;
    size_t place;     /* in the document */
    size_t same;      /* place of the next of that name; 0 when this is the last */
    bool is_repeated; /* not the first of its name */
};

static int compare_names(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    struct slice x = a->element->name;
    struct slice y = b->element->name;
    size_t shorter = x.size < y.size ? x.size : y.size;
    int order = shorter == 0 ? 0 : memcmp(x.data, y.data, shorter);
    if (order != 0)
        return order;
    if (x.size != y.size)
        return x.size < y.size ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static int compare_places(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    return a->place < b->place ? -1 : 1;
}

/* The children in document order, each linked to the next of its name. By sorting, since a hostile
 * device can send tens of thousands of names. */
static struct member *group(const struct wsman_xml *element, size_t *count)
{
    *count = 0;
    for (const struct wsman_xml *at = element->first; at != NULL; at = at->next)
        ++*count;
    struct member *members = memory_new(*count * sizeof *members);
    size_t place = 0;
    for (const struct wsman_xml *at = element->first; at != NULL; at = at->next, place++)
        members[place] = (struct member){.element = at, .place = place};
    qsort(members, *count, sizeof *members, compare_names);
    for (size_t i = 1; i < *count; i++) {
        if (slice_equal(members[i - 1].element->name, members[i].element->name)) {
            members[i - 1].same = members[i].place;
            members[i].is_repeated = true;
        }
    }
    qsort(members, *count, sizeof *members, compare_places);
    return members;
}

static void put_members(struct json_writer *json, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i].is_repeated)
            continue;
        json_put_key_slice(json, members[i].element->name);
        if (members[i].same == 0) {
            wsman_json_put(json, members[i].element);
            continue;
        }
        json_open_array(json);
        size_t at = i;
        wsman_json_put(json, members[at].element);
        while (members[at].same != 0) {
            at = members[at].same;
            wsman_json_put(json, members[at].element);
        }
        json_close_array(json);
    }
}

/* Depth is bounded by the parser: 40 levels. */
void wsman_json_put(struct json_writer *json, const struct wsman_xml *element)
{
    if (element == NULL) {
        json_put_null(json);
        return;
    }
    if (element->first == NULL) {
        wsman_json_put_text(json, element->name, element->text);
        return;
    }
    size_t count;
    struct member *members = group(element, &count);
    json_open_object(json);
    if (!is_blank(element->text)) { /* text between elements, as the toolkit's parser names it */
        json_put_key(json, "_");
        wsman_json_put_text(json, element->name, element->text);
    }
    put_members(json, members, count);
    json_close_object(json);
    free(members);
}

const struct wsman_xml **wsman_json_firsts(const struct wsman_xml *element, size_t *count)
{
    size_t all;
    struct member *members = group(element, &all);
    const struct wsman_xml **firsts = memory_new((all + 1) * sizeof(const struct wsman_xml *));
    *count = 0;
    for (size_t i = 0; i < all; i++)
        if (!members[i].is_repeated)
            firsts[(*count)++] = members[i].element;
    free(members);
    return firsts;
}
