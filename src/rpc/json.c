#include "rpc/json.h"

#include "core/json_writer.h"

#include <inttypes.h>

static void put_text(struct buffer *out, const char *text)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_put_string(&writer, text);
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
