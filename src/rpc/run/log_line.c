#include "core/clock.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "rpc/run/parts.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_SIZE    40
#define OBJECT_LIMIT ((size_t)16 << 10)

static const char *const names[] = {"panic", "fatal", "error", "warning", "info", "debug", "trace"};

/* RFC 3339 with the zone of this machine, to the second. */
static const char *now(char text[TIME_SIZE])
{
    time_t seconds = (time_t)(clock_wall_ms() / 1000);
    struct tm parts;
    char zone[8];
    (void)localtime_r(&seconds, &parts);
    size_t used = strftime(text, TIME_SIZE - 8, "%Y-%m-%dT%H:%M:%S", &parts);
    if (parts.tm_gmtoff == 0 || strftime(zone, sizeof zone, "%z", &parts) != 5)
        (void)snprintf(text + used, TIME_SIZE - used, "Z");
    else
        (void)snprintf(text + used, TIME_SIZE - used, "%.3s:%.2s", zone, zone + 3);
    return text;
}

/* What a device or server said cannot end the line or steer the terminal. */
static void put_quoted(struct buffer *line, const char *text)
{
    size_t size;
    for (const char *at = text; *at != '\0'; at += size) {
        bool control;
        size = rpc_page_character(at, &control);
        if (*at == '\n')
            buffer_put_text(line, "\\n");
        else if (*at == '"' || *at == '\\')
            buffer_put(line, slice_of((char[]){'\\', *at}, 2));
        else if (!control)
            buffer_put(line, slice_of(at, size));
        else
            for (size_t i = 0; i < size; i++)
                buffer_printf(line, "\\x%02x", (unsigned char)at[i]);
    }
}

static void put_json_line(struct buffer *line, struct slice json)
{
    char *text = memory_string(json);
    rpc_json_put_shown(line, text);
    free(text);
}

void rpc_log_line_put(struct buffer *line, bool json, enum rpc_level level, const char *message)
{
    char time[TIME_SIZE];
    if (json) {
        struct buffer object;
        struct json_writer writer;
        buffer_init(&object, OBJECT_LIMIT);
        json_writer_init(&writer, &object);
        json_open_object(&writer);
        json_put_member_string(&writer, "level", names[level]);
        json_put_member_string(&writer, "msg", message);
        json_put_member_string(&writer, "time", now(time));
        json_close_object(&writer);
        put_json_line(line, buffer_slice(&object));
        buffer_fini(&object);
    } else {
        buffer_printf(line, "time=\"%s\" level=%s msg=\"", now(time), names[level]);
        put_quoted(line, message);
        buffer_put_u8(line, '"');
    }
    buffer_put_u8(line, '\n');
}
