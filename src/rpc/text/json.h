/*
 * JSON results as the toolkit's client prints them: two blanks a level, a member a line. Commas and
 * ends of lines are the writer's business. One owner.
 */
#ifndef RPC_TEXT_JSON_H
#define RPC_TEXT_JSON_H

#include "core/buffer.h"

struct rpc_json {
    struct buffer *out;
    unsigned depth;
    bool has_member; /* the open object or list has one */
};

void rpc_json_init(struct rpc_json *json, struct buffer *out);

/* '{' or '['; `key` is NULL in lists and at the top. The outermost close ends the line. */
void rpc_json_open(struct rpc_json *json, const char *key, char kind);
void rpc_json_close(struct rpc_json *json, char kind); /* '}' or ']' */

/* JSON that is written already, with what could steer a terminal in escapes, which mean the same.
 */
void rpc_json_put_shown(struct buffer *out, const char *json);

/* A NULL text leaves the member out, as the toolkit does with what is empty. */
void rpc_json_text(struct rpc_json *json, const char *key, const char *text);
void rpc_json_bool(struct rpc_json *json, const char *key, bool value);
void rpc_json_number(struct rpc_json *json, const char *key, int64_t value);

#endif
