#include "core/log.h"

#include "core/buffer.h"
#include "core/clock.h"
#include "core/json_writer.h"
#include "core/log_writer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer lines lose text, never their form: a log line is no way to write without bound. What comes
 * after the text, quotes and the end of the line, has room of its own. */
#define LINE_LIMIT ((size_t)8192)
#define TEXT_LIMIT (LINE_LIMIT - 64)

#define FINISH_MS 2000

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static enum log_level lowest = LOG_INFO;
static enum log_form line_form = LOG_TEXT;

void log_setup(enum log_level level, enum log_form form)
{
    static bool ends_with_program;
    lowest = level;
    line_form = form;
    if (!ends_with_program)
        ends_with_program = atexit(log_finish) == 0;
    log_writer_start();
}

void log_finish(void)
{
    log_writer_finish(FINISH_MS);
}

bool log_level_of(const char *name, enum log_level *level)
{
    static const struct {
        const char *name;
        enum log_level level;
    } words[] = {{"error", LOG_ERROR}, {"warn", LOG_WARN},  {"info", LOG_INFO},
                 {"debug", LOG_DEBUG}, {"http", LOG_DEBUG}, {"verbose", LOG_DEBUG},
                 {"silly", LOG_DEBUG}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(name, words[i].name) == 0) {
            *level = words[i].level;
            return true;
        }
    }
    return false;
}

bool log_enabled(enum log_level level)
{
    return level <= lowest;
}

/* What is in a value is never taken for the end of it, or for another field. A long one leaves half
 * of the room to what follows. */
static void put_escaped(struct buffer *line, const char *text, bool quoted)
{
    size_t limit = (buffer_size(line) + TEXT_LIMIT) / 2;
    for (const char *at = text; *at != '\0' && buffer_size(line) < limit; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < 0x20 || c == 0x7f)
            buffer_printf(line, "\\x%02x", c);
        else if (quoted && (c == '"' || c == '\\'))
            buffer_put(line, slice_of((uint8_t[]){'\\', c}, 2));
        else
            buffer_put_u8(line, c);
    }
}

static bool needs_quotes(const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c <= ' ' || c == 0x7f || strchr("=\"\\", c) != NULL)
            return true;
    }
    return *value == '\0';
}

static void put_text(struct buffer *line, enum log_level level, const char *message, va_list fields)
{
    char time[CLOCK_TEXT_SIZE];
    buffer_printf(line, "%s %-5s ", clock_format(clock_wall_ms(), time), level_names[level]);
    put_escaped(line, message, false);
    const char *key;
    while ((key = va_arg(fields, const char *)) != NULL) {
        const char *value = va_arg(fields, const char *);
        if (value == NULL || buffer_size(line) + strlen(key) >= TEXT_LIMIT)
            continue;
        bool quoted = needs_quotes(value);
        buffer_printf(line, " %s=%s", key, quoted ? "\"" : "");
        put_escaped(line, value, quoted);
        buffer_put_text(line, quoted ? "\"" : "");
    }
}

/* As much of the text as takes at most `room` bytes in JSON, without half a character. */
static struct slice fitting(const char *text, size_t room)
{
    struct slice s = slice_of_string(text);
    size_t end = 0; /* before a character */
    size_t used = 0;
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.data[i];
        if ((c & 0xc0) != 0x80)
            end = i;
        /* A byte that is not UTF-8 becomes three. */
        used += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : c >= 0x80 ? 3 : 1;
        if (used > room)
            return slice_first(s, end);
    }
    return s;
}

static void put_json_member(struct json_writer *json, const char *key, const char *value, bool *cut)
{
    size_t used = buffer_size(json->out) + strlen(key) + sizeof ",\"\":\"\"";
    if (used >= TEXT_LIMIT) {
        *cut = true;
        return;
    }
    /* A long one leaves half of the room to what follows. */
    struct slice kept = fitting(value, (TEXT_LIMIT - used) / 2);
    *cut = *cut || kept.size < strlen(value);
    json_put_key(json, key);
    json_put_string_slice(json, kept);
}

static void put_json(struct buffer *line, enum log_level level, const char *message, va_list fields)
{
    char time[CLOCK_TEXT_SIZE];
    struct json_writer json;
    bool cut = false;
    json_writer_init(&json, line);
    json_open_object(&json);
    json_put_member_string(&json, "time", clock_format(clock_wall_ms(), time));
    json_put_member_string(&json, "level", level_names[level]);
    put_json_member(&json, "message", message, &cut);
    const char *key;
    while ((key = va_arg(fields, const char *)) != NULL) {
        const char *value = va_arg(fields, const char *);
        if (value != NULL)
            put_json_member(&json, key, value, &cut);
    }
    if (cut)
        json_put_member_bool(&json, "cut", true);
    json_close_object(&json);
}

void log_line(enum log_level level, const char *message, ...)
{
    if (!log_enabled(level))
        return;
    struct buffer line;
    buffer_init(&line, LINE_LIMIT);
    va_list fields;
    va_start(fields, message);
    if (line_form == LOG_JSON)
        put_json(&line, level, message, fields);
    else
        put_text(&line, level, message, fields);
    va_end(fields);
    buffer_put_u8(&line, '\n');
    uint64_t lost = log_writer_put(buffer_slice(&line));
    buffer_fini(&line);
    if (lost > 0) {
        char count[24];
        (void)snprintf(count, sizeof count, "%" PRIu64, lost);
        log_line(LOG_WARN, "lines of the log were lost", "count", count, NULL);
    }
}
