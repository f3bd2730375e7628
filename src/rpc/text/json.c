#include "rpc/text/json.h"

#include "core/json_writer.h"
#include "core/memory.h"
#include "rpc/text/page.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEXT_LIMIT ((size_t)64 << 20)

/* The code of a character of two or three bytes. */
static unsigned code_of(const char *at, size_t size)
{
    unsigned code = size == 2 ? (unsigned char)at[0] & 0x1fU : (unsigned char)at[0] & 0x0fU;
    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((unsigned char)at[i] & 0x3fU);
    return code;
}

void rpc_json_put_shown(struct buffer *out, const char *json)
{
    size_t size;
    for (const char *at = json; *at != '\0'; at += size) {
        bool control;
        size = rpc_page_character(at, &control);
        if (control && size > 1)
            buffer_printf(out, "\\u%04x", code_of(at, size));
        else
            buffer_put(out, slice_of(at, size));
    }
}

static void put_text(struct buffer *out, const char *text)
{
    struct buffer plain;
    struct json_writer writer;
    buffer_init_secret(&plain, TEXT_LIMIT);
    json_writer_init(&writer, &plain);
    json_put_string(&writer, text);
    char *json = memory_string(buffer_slice(&plain));
    rpc_json_put_shown(out, json);
    memory_wipe(json, buffer_size(&plain));
    free(json);
    buffer_fini(&plain);
}

static void begin_line(struct rpc_json *json)
{
    buffer_put_u8(json->out, '\n');
    for (unsigned i = 0; i < json->depth; i++)
        buffer_put_text(json->out, "  ");
}

static void begin_member(struct rpc_json *json, const char *key)
{
    if (json->has_member)
        buffer_put_u8(json->out, ',');
    if (json->depth > 0)
        begin_line(json);
    json->has_member = true;
    if (key != NULL) {
        put_text(json->out, key);
        buffer_put_text(json->out, ": ");
    }
}

void rpc_json_init(struct rpc_json *json, struct buffer *out)
{
    *json = (struct rpc_json){.out = out};
}

void rpc_json_open(struct rpc_json *json, const char *key, char kind)
{
    begin_member(json, key);
    buffer_put_u8(json->out, (uint8_t)kind);
    json->depth++;
    json->has_member = false;
}

void rpc_json_close(struct rpc_json *json, char kind)
{
    json->depth--;
    if (json->has_member)
        begin_line(json);
    buffer_put_u8(json->out, (uint8_t)kind);
    json->has_member = true;
    if (json->depth == 0)
        buffer_put_u8(json->out, '\n');
}

void rpc_json_text(struct rpc_json *json, const char *key, const char *text)
{
    if (text == NULL)
        return;
    begin_member(json, key);
    put_text(json->out, text);
}

void rpc_json_bool(struct rpc_json *json, const char *key, bool value)
{
    begin_member(json, key);
    buffer_put_text(json->out, value ? "true" : "false");
}

void rpc_json_number(struct rpc_json *json, const char *key, int64_t value)
{
    begin_member(json, key);
    buffer_printf(json->out, "%" PRId64, value);
}
