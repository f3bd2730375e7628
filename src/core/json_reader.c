#include "core/json_reader.h"

/* Counts the brackets outside of strings, up to the end of the first value when `first_only`. What
 * is no JSON may be counted wrong, but never too low: jansson stops at the first fault. */
static bool nesting_is_bounded(struct slice text, unsigned limit, bool first_only)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > limit)
                return false;
        } else if ((c == '}' || c == ']') && depth > 0) {
            if (--depth == 0 && first_only)
                return true;
        }
    }
    return true;
}

static json_t *parse(struct slice text, unsigned depth, size_t flags, json_error_t *place,
                     struct error *err)
{
    if (!nesting_is_bounded(text, depth, (flags & JSON_DISABLE_EOF_CHECK) != 0)) {
        (void)error_set(err, ERROR_INVALID, "JSON is nested deeper than %u levels", depth);
        return NULL;
    }
    json_t *value = json_loadb(text.size == 0 ? "" : (const char *)text.data, text.size,
                               flags | JSON_REJECT_DUPLICATES, place);
    /* jansson's text quotes the input; only the place is passed on. */
    if (value == NULL)
        (void)error_set(err, ERROR_INVALID, "not valid JSON at line %d, column %d", place->line,
                        place->column);
    return value;
}

json_t *json_reader_parse(struct slice text, unsigned depth, struct error *err)
{
    json_error_t place;
    return parse(text, depth, 0, &place, err);
}

json_t *json_reader_parse_any(struct slice text, unsigned depth, struct error *err)
{
    json_error_t place;
    return parse(text, depth, JSON_DECODE_ANY, &place, err);
}

json_t *json_reader_next(struct slice *rest, unsigned depth, struct error *err)
{
    json_error_t place;
    json_t *value = parse(*rest, depth, JSON_DISABLE_EOF_CHECK, &place, err);
    if (value != NULL)
        *rest = slice_from(*rest, (size_t)place.position);
    return value;
}
