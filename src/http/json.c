#include "http/json.h"

#include "core/json_reader.h"
#include "core/memory.h"
#include "http/check.h"

json_t *http_json_parse(struct slice text, struct error *err)
{
    return json_reader_parse(text, HTTP_JSON_DEPTH_LIMIT, err);
}

bool http_json_is_secret(struct slice name)
{
    static const char *const secrets[] = {"password",
                                          "mpspassword",
                                          "amtpassword",
                                          "mebxpassword",
                                          "ssdpassword",
                                          "privatekey",
                                          "psk",
                                          "pskpassphrase",
                                          "signingkey",
                                          "provisioningcert",
                                          "provisioningcertpassword"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (slice_equal_ignore_case(name, slice_of_string(secrets[i])))
            return true;
    return false;
}

/* Objects that hold secrets: something else in their place may be one. */
static bool holds_secrets(struct slice name)
{
    static const char *const holders[] = {"bootDetails", "ieee8021x", "parameters"};
    for (size_t i = 0; i < sizeof holders / sizeof holders[0]; i++)
        if (slice_equal_ignore_case(name, slice_of_string(holders[i])))
            return true;
    return false;
}

/* "https://user:password@host/" */
static bool has_userinfo(const json_t *value)
{
    struct slice text = slice_of(json_string_value(value), json_string_length(value));
    return json_is_string(value) && http_check_userinfo(text);
}

bool http_json_is_hidden(struct slice name, const json_t *value)
{
    return http_json_is_secret(name) || (holds_secrets(name) && !json_is_object(value)) ||
           has_userinfo(value);
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
        if (echo && http_json_is_hidden(slice_of_string(key), json_object_iter_value(at)))
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

void http_json_wipe(json_t *value)
{
    if (value == NULL || value->refcount > 1)
        return;
    switch (json_typeof(value)) {
    case JSON_STRING: /* the text is the value's own */
        memory_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
        break;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            http_json_wipe(json_array_get(value, i));
        break;
    case JSON_OBJECT:
        for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at))
            http_json_wipe(json_object_iter_value(at));
        break;
    default:
        break;
    }
}
