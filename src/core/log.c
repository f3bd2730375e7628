#include "core/log.h"

#include "core/buffer.h"
#include "core/clock.h"
#include "core/json_writer.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Longer lines are cut: a log line is never a way to write without bound. */
#define LINE_LIMIT 8192

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static enum log_level lowest = LOG_INFO;
static enum log_form line_form = LOG_TEXT;

void log_setup(enum log_level level, enum log_form form)
{
    lowest = level;
    line_form = form;
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

static void put_escaped(struct buffer *line, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < 0x20 || c == 0x7f)
            buffer_printf(line, "\\x%02x", c);
        else
            buffer_put_u8(line, c);
    }
}

static void put_text(struct buffer *line, enum log_level level, const char *message, va_list fields)
{
    char time[CLOCK_TEXT_SIZE];
    buffer_printf(line, "%s %-5s ", clock_format(clock_wall_ms(), time), level_names[level]);
    put_escaped(line, message);
    const char *key;
    while ((key = va_arg(fields, const char *)) != NULL) {
        const char *value = va_arg(fields, const char *);
        if (value == NULL)
            continue;
        bool quoted = *value == '\0' || strpbrk(value, " =\"") != NULL;
        buffer_printf(line, " %s=%s", key, quoted ? "\"" : "");
        put_escaped(line, value);
        buffer_put_text(line, quoted ? "\"" : "");
    }
}

static void put_json(struct buffer *line, enum log_level level, const char *message, va_list fields)
{
    char time[CLOCK_TEXT_SIZE];
    struct json_writer json;
    json_writer_init(&json, line);
    json_open_object(&json);
    json_put_member_string(&json, "time", clock_format(clock_wall_ms(), time));
    json_put_member_string(&json, "level", level_names[level]);
    json_put_member_string(&json, "message", message);
    const char *key;
    while ((key = va_arg(fields, const char *)) != NULL) {
        const char *value = va_arg(fields, const char *);
        if (value != NULL)
            json_put_member_string(&json, key, value);
    }
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
    line.failed = false;
    if (buffer_size(&line) == LINE_LIMIT)
        line.end--;
    buffer_put_u8(&line, '\n');
    /* One write per line keeps the lines of several threads apart. Where standard output is gone
     * there is nowhere to say so. */
    struct slice rest = buffer_slice(&line);
    while (rest.size > 0) {
        ssize_t wrote = write(STDOUT_FILENO, rest.data, rest.size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        rest = slice_from(rest, (size_t)wrote);
    }
    buffer_fini(&line);
}
