#include "redir/asciicast.h"

#include "core/json_reader.h"
#include "core/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH        8
#define LONGEST_US   (UINT64_C(365) * 24 * 3600 * 1000000) /* a year is no recording */
#define LARGEST_SIDE 10000

void redir_asciicast_put_head(struct buffer *to, const struct redir_asciicast_head *head)
{
    struct json_writer json;
    json_writer_init(&json, to);
    json_open_object(&json);
    json_put_key(&json, "version");
    json_put_int(&json, 2);
    json_put_key(&json, "width");
    json_put_int(&json, head->width);
    json_put_key(&json, "height");
    json_put_int(&json, head->height);
    if (head->began != 0) {
        json_put_key(&json, "timestamp");
        json_put_int(&json, head->began);
    }
    if (head->title != NULL) {
        json_put_key(&json, "title");
        json_put_string(&json, head->title);
    }
    if (head->about.size > 0) {
        json_put_key(&json, "outband");
        json_put_raw(&json, head->about);
    }
    json_close_object(&json);
    buffer_put_u8(to, '\n');
}

void redir_asciicast_put_event(struct buffer *to, const struct redir_asciicast_event *event)
{
    char seconds[32];
    struct json_writer json;
    int size = snprintf(seconds, sizeof seconds, "%" PRIu64 ".%06u", event->at_us / 1000000,
                        (unsigned)(event->at_us % 1000000));
    json_writer_init(&json, to);
    json_open_array(&json);
    json_put_raw(&json, slice_of(seconds, (size_t)size));
    json_put_string_slice(&json, slice_of(&event->kind, 1));
    json_put_string_slice(&json, event->text);
    json_close_array(&json);
    buffer_put_u8(to, '\n');
}

static bool read_side(const json_t *json, const char *key, unsigned *side)
{
    const json_t *value = json_object_get(json, key);
    json_int_t number = json_integer_value(value);
    *side = (unsigned)number;
    return json_is_integer(value) && number > 0 && number <= LARGEST_SIDE;
}

bool redir_asciicast_read_head(struct arena *arena, struct slice line,
                               struct redir_asciicast_head *head, struct error *err)
{
    json_t *json = json_reader_parse(line, DEPTH, NULL);
    const json_t *version = json_object_get(json, "version");
    const char *title = json_string_value(json_object_get(json, "title"));
    bool ok = json_is_integer(version);
    *head = (struct redir_asciicast_head){0};
    if (!ok)
        error_set(err, ERROR_PROTOCOL, "this is no recording of a terminal (asciicast)");
    else if (json_integer_value(version) != 2)
        ok = error_set(err, ERROR_UNSUPPORTED, "asciicast version %lld; only 2 is known",
                       (long long)json_integer_value(version));
    else if (!read_side(json, "width", &head->width) || !read_side(json, "height", &head->height))
        ok = error_set(err, ERROR_PROTOCOL, "the recording's head has no width and height");
    head->began = json_integer_value(json_object_get(json, "timestamp"));
    if (title != NULL)
        head->title = arena_string(arena, slice_of_string(title));
    json_decref(json);
    return ok;
}

/* The line without the NULs that its texts have: they show nothing, and our reader of JSON has
 * none.
 */
static struct slice without_nuls(struct arena *arena, struct slice line)
{
    const struct slice nul = SLICE_LITERAL("\\u0000");
    char *to = arena_alloc(arena, line.size + 1);
    size_t size = 0;
    while (line.size > 0) {
        bool escape = line.data[0] == '\\' && line.size > 1;
        size_t step = slice_starts_with(line, nul) ? nul.size : escape ? 2 : 1;
        if (step <= 2) {
            memcpy(to + size, line.data, step);
            size += step;
        }
        line = slice_from(line, step);
    }
    return slice_of(to, size);
}

bool redir_asciicast_read_event(struct arena *arena, struct slice line,
                                struct redir_asciicast_event *event, struct error *err)
{
    json_t *json = json_reader_parse(without_nuls(arena, line), DEPTH, NULL);
    const json_t *at = json_array_get(json, 0);
    const char *kind = json_string_value(json_array_get(json, 1));
    const json_t *text = json_array_get(json, 2);
    double seconds = json_number_value(at);
    bool ok = json_is_number(at) && seconds >= 0 && seconds * 1e6 <= (double)LONGEST_US &&
              kind != NULL && strlen(kind) == 1 && json_is_string(text);
    if (ok) {
        event->at_us = (uint64_t)(seconds * 1e6 + 0.5);
        event->kind = kind[0];
        size_t size = json_string_length(text);
        char *copy = arena_alloc(arena, size + 1);
        memcpy(copy, json_string_value(text), size + 1);
        event->text = slice_of(copy, size);
    } else {
        error_set(err, ERROR_PROTOCOL, "a line is no event of a recording");
    }
    json_decref(json);
    return ok;
}
