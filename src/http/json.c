#include "http/json.h"

static bool nesting_is_bounded(struct slice text)
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
            if (++depth > HTTP_JSON_DEPTH_LIMIT)
                return false;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

json_t *http_json_parse(struct slice text, struct error *err)
{
    if (!nesting_is_bounded(text)) {
        error_set(err, ERROR_INVALID, "JSON is nested deeper than %d levels",
                  HTTP_JSON_DEPTH_LIMIT);
        return NULL;
    }
    json_error_t why;
    json_t *value = json_loadb(text.size == 0 ? "" : (const char *)text.data, text.size,
                               JSON_REJECT_DUPLICATES, &why);
    /* jansson's text quotes the input, which may hold a password; only the place is passed on. */
    if (value == NULL)
        error_set(err, ERROR_INVALID, "not valid JSON at line %d, column %d", why.line, why.column);
    return value;
}

bool http_json_is_secret(struct slice name)
{
    static const char *const secrets[] = {"password", "mpspassword", "amtpassword", "mebxpassword"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (slice_equal_ignore_case(name, slice_of_string(secrets[i])))
            return true;
    return false;
}

static void write_value(struct json_writer *json, const json_t *value, bool echo);

static void write_object(struct json_writer *json, const json_t *object, bool echo)
{
    /* jansson's iterator wants a mutable pointer but changes nothing. */
    json_t *members = (json_t *)(uintptr_t)object;
    json_open_object(json);
    for (void *at = json_object_iter(members); at != NULL;
         at = json_object_iter_next(members, at)) {
        const char *key = json_object_iter_key(at);
        if (echo && http_json_is_secret(slice_of_string(key)))
            continue;
        json_put_key(json, key);
        write_value(json, json_object_iter_value(at), echo);
    }
    json_close_object(json);
}

static void write_value(struct json_writer *json, const json_t *value, bool echo)
{
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_OBJECT:
        write_object(json, value, echo);
        break;
    case JSON_ARRAY:
        json_open_array(json);
        for (size_t i = 0; i < json_array_size(value); i++)
            write_value(json, json_array_get(value, i), echo);
        json_close_array(json);
        break;
    case JSON_STRING:
        json_put_string_slice(json, slice_of(json_string_value(value), json_string_length(value)));
        break;
    case JSON_INTEGER:
        json_put_int(json, json_integer_value(value));
        break;
    case JSON_REAL:
        json_put_double(json, json_real_value(value));
        break;
    case JSON_TRUE:
        json_put_bool(json, true);
        break;
    case JSON_FALSE:
        json_put_bool(json, false);
        break;
    case JSON_NULL:
        json_put_null(json);
        break;
    }
}

void http_json_write(struct json_writer *json, const json_t *value)
{
    write_value(json, value, false);
}

void http_json_write_echo(struct json_writer *json, const json_t *value)
{
    write_value(json, value, true);
}
