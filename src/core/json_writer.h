/*
 * Writes JSON into a buffer, front to back, without a tree. Commas and quoting are the writer's
 * business; nesting is the caller's, and too deep or unbalanced nesting marks the buffer failed.
 * Text that is not UTF-8 is written with U+FFFD in place of the bad bytes. JSON is read by
 * core/json_reader.h.
 */
#ifndef CORE_JSON_WRITER_H
#define CORE_JSON_WRITER_H

#include "core/buffer.h"

struct json_writer {
    struct buffer *out;
    uint64_t has_member; /* bit per open level: something was written there */
    unsigned depth;
    bool after_key;
};

void json_writer_init(struct json_writer *json, struct buffer *out);

void json_open_object(struct json_writer *json);
void json_close_object(struct json_writer *json);
void json_open_array(struct json_writer *json);
void json_close_array(struct json_writer *json);
void json_put_key(struct json_writer *json, const char *key);
void json_put_key_slice(struct json_writer *json, struct slice key);

/* NULL writes null. */
void json_put_string(struct json_writer *json, const char *value);
void json_put_string_slice(struct json_writer *json, struct slice value);
void json_put_int(struct json_writer *json, int64_t value);
void json_put_bool(struct json_writer *json, bool value);
void json_put_null(struct json_writer *json);

/* As JavaScript prints it: shortest text that reads back the same; not finite gives null. */
void json_put_double(struct json_writer *json, double value);

/* `text` must already be one complete JSON value. */
void json_put_raw(struct json_writer *json, struct slice text);

/* Key and value in one call. */
void json_put_member_string(struct json_writer *json, const char *key, const char *value);
void json_put_member_int(struct json_writer *json, const char *key, int64_t value);
void json_put_member_bool(struct json_writer *json, const char *key, bool value);

#endif
