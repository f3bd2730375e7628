#include "core/yaml_text.h"

#include "core/buffer.h"
#include "core/encoding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* ---- reading ---- */

struct reading {
    yaml_parser_t parser;
    struct error *err;
};

/* The next event; the caller deletes it. What libyaml says of a fault quotes the text at times. */
static bool next_event(struct reading *reading, yaml_event_t *event)
{
    if (yaml_parser_parse(&reading->parser, event) != 0)
        return true;
    return error_set(reading->err, ERROR_INVALID, "line %zu is no YAML",
                     reading->parser.problem_mark.line + 1);
}

static bool refuse(struct reading *reading, const yaml_event_t *event, const char *why)
{
    return error_set(reading->err, ERROR_INVALID, "line %zu %s", event->start_mark.line + 1, why);
}

static bool is_word(struct slice text, const char *word)
{
    return slice_equal_string(text, word);
}

/* Decimal, without leading zeros, within 15 digits. */
static bool is_number(struct slice text, json_int_t *number)
{
    uint64_t digits;
    bool negative = text.size > 1 && text.data[0] == '-';
    struct slice rest = slice_from(text, negative ? 1 : 0);
    if (rest.size == 0 || rest.size > 15 || (rest.size > 1 && rest.data[0] == '0') ||
        !slice_to_u64(rest, INT64_MAX, &digits))
        return false;
    *number = negative ? -(json_int_t)digits : (json_int_t)digits;
    return true;
}

static json_t *scalar_of(const yaml_event_t *event)
{
    struct slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
    json_int_t number;
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (text.size == 0 || is_word(text, "~") || is_word(text, "null"))
            return json_null();
        if (is_word(text, "true") || is_word(text, "false"))
            return json_boolean(is_word(text, "true"));
        if (is_number(text, &number))
            return json_integer(number);
    }
    return json_stringn(text.size == 0 ? "" : (const char *)text.data, text.size);
}

static json_t *read_value(struct reading *reading, yaml_event_t *event, unsigned depth);

/* Owned; NULL with the error set. The value behind a key, or the next item; *end at the end. */
static json_t *read_next(struct reading *reading, unsigned depth, bool *end)
{
    yaml_event_t event;
    *end = false;
    if (!next_event(reading, &event))
        return NULL;
    *end = event.type == YAML_SEQUENCE_END_EVENT;
    json_t *value = *end ? NULL : read_value(reading, &event, depth);
    yaml_event_delete(&event);
    return value;
}

static json_t *read_list(struct reading *reading, unsigned depth)
{
    json_t *list = json_array();
    for (;;) {
        bool end;
        json_t *item = read_next(reading, depth, &end);
        if (end)
            return list;
        if (item == NULL || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
}

/* The value of the key in `event` goes into `object`. */
static bool read_member(struct reading *reading, const yaml_event_t *event, json_t *object,
                        unsigned depth)
{
    bool end;
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(reading, event, "has a key that is no text");
    const char *key = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (memchr(key, '\0', size) != NULL || json_object_getn(object, key, size) != NULL)
        return refuse(reading, event, "has a key that was given before");
    json_t *value = read_next(reading, depth, &end);
    if (value == NULL)
        return end && refuse(reading, event, "has a key without a value");
    return json_object_setn_new(object, key, size, value) == 0 ||
           refuse(reading, event, "is not UTF-8");
}

static json_t *read_object(struct reading *reading, unsigned depth)
{
    json_t *object = json_object();
    bool ok = true;
    for (bool end = false; ok && !end;) {
        yaml_event_t event;
        ok = next_event(reading, &event);
        if (!ok)
            break;
        end = event.type == YAML_MAPPING_END_EVENT;
        ok = end || read_member(reading, &event, object, depth);
        yaml_event_delete(&event);
    }
    if (!ok) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *read_value(struct reading *reading, yaml_event_t *event, unsigned depth)
{
    json_t *value = NULL;
    if (depth > YAML_TEXT_DEPTH) {
        (void)refuse(reading, event, "is nested too deeply");
        return NULL;
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        value = scalar_of(event);
        if (value == NULL)
            (void)refuse(reading, event, "is not UTF-8");
        return value;
    case YAML_SEQUENCE_START_EVENT:
        return read_list(reading, depth + 1);
    case YAML_MAPPING_START_EVENT:
        return read_object(reading, depth + 1);
    case YAML_ALIAS_EVENT:
        (void)refuse(reading, event, "has an alias, which is not taken");
        return NULL;
    default:
        (void)refuse(reading, event, "ends too early");
        return NULL;
    }
}

/* Whether nothing follows the document: what does would be left out in silence. */
static bool is_end(struct reading *reading)
{
    for (;;) {
        yaml_event_t event;
        if (!next_event(reading, &event))
            return false;
        yaml_event_type_t type = event.type;
        bool ok = type != YAML_DOCUMENT_START_EVENT ||
                  refuse(reading, &event, "begins a second document");
        yaml_event_delete(&event);
        if (!ok || type == YAML_STREAM_END_EVENT)
            return ok;
    }
}

json_t *yaml_text_read(struct slice text, struct error *err)
{
    struct reading reading = {.err = err};
    json_t *value = NULL;
    if (text.size > YAML_TEXT_LIMIT || !encoding_is_utf8(text)) {
        (void)error_set(err, ERROR_INVALID, "the text is too long or not UTF-8");
        return NULL;
    }
    if (yaml_parser_initialize(&reading.parser) == 0) {
        (void)error_set(err, ERROR_INTERNAL, "there is no YAML reader");
        return NULL;
    }
    yaml_parser_set_input_string(&reading.parser, text.size > 0 ? text.data : (const uint8_t *)"",
                                 text.size);
    yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!next_event(&reading, &event))
            break;
        bool before =
            event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT;
        if (event.type == YAML_STREAM_END_EVENT)
            (void)error_set(err, ERROR_INVALID, "the text is empty");
        else if (!before)
            value = read_value(&reading, &event, 0);
        more = before;
        yaml_event_delete(&event);
    }
    if (value != NULL && !is_end(&reading)) {
        json_decref(value);
        value = NULL;
    }
    yaml_parser_delete(&reading.parser);
    return value;
}

/* ---- writing ---- */

static int put(void *arg, unsigned char *bytes, size_t size)
{
    buffer_put((struct buffer *)arg, slice_of(bytes, size));
    return 1;
}

static bool emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
    return made != 0 && yaml_emitter_emit(emitter, event) != 0;
}

static bool write_scalar(yaml_emitter_t *emitter, const char *text, size_t size, bool quoted)
{
    yaml_event_t event;
    return emit(emitter, &event,
                yaml_scalar_event_initialize(
                    &event, NULL, NULL, (const yaml_char_t *)text, (int)size, 1, 1,
                    quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE));
}

static bool write_value(yaml_emitter_t *emitter, const json_t *value);

static bool write_list(yaml_emitter_t *emitter, const json_t *list)
{
    yaml_event_t event;
    bool ok = emit(
        emitter, &event,
        yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
    for (size_t i = 0; ok && i < json_array_size(list); i++)
        ok = write_value(emitter, json_array_get(list, i));
    return ok && emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static bool write_object(yaml_emitter_t *emitter, const json_t *object)
{
    yaml_event_t event;
    /* jansson's iterator wants a mutable pointer but changes nothing. */
    json_t *members = (json_t *)(uintptr_t)object;
    bool ok =
        emit(emitter, &event,
             yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    for (void *at = json_object_iter(members); ok && at != NULL;
         at = json_object_iter_next(members, at)) {
        const char *key = json_object_iter_key(at);
        ok = write_scalar(emitter, key, strlen(key), false) &&
             write_value(emitter, json_object_iter_value(at));
    }
    return ok && emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static bool write_value(yaml_emitter_t *emitter, const json_t *value)
{
    char number[24];
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(emitter, value);
    case JSON_ARRAY:
        return write_list(emitter, value);
    case JSON_STRING:
        return write_scalar(emitter, json_string_value(value), json_string_length(value), true);
    case JSON_INTEGER:
        (void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return write_scalar(emitter, number, strlen(number), false);
    case JSON_TRUE:
        return write_scalar(emitter, "true", 4, false);
    case JSON_FALSE:
        return write_scalar(emitter, "false", 5, false);
    default:
        return write_scalar(emitter, "null", 4, false);
    }
}

struct slice yaml_text_write(struct arena *arena, const json_t *value)
{
    yaml_emitter_t emitter;
    yaml_event_t event;
    struct buffer text;
    buffer_init_secret(&text, YAML_TEXT_LIMIT * 8);
    if (yaml_emitter_initialize(&emitter) == 0)
        return (struct slice){NULL, 0};
    yaml_emitter_set_output(&emitter, put, &text);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    bool ok =
        emit(&emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
        emit(&emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
        write_value(&emitter, value) &&
        emit(&emitter, &event, yaml_document_end_event_initialize(&event, 1)) &&
        emit(&emitter, &event, yaml_stream_end_event_initialize(&event));
    yaml_emitter_delete(&emitter);
    struct slice copy =
        ok && buffer_ok(&text) ? arena_copy(arena, buffer_slice(&text)) : (struct slice){NULL, 0};
    buffer_fini(&text);
    return copy;
}
