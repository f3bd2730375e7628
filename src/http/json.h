/* JSON bodies: reading (core/json_reader.h), and writing a parsed value back. No state. */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include "core/error.h"
#include "core/json_writer.h"

#include <jansson.h>

#define HTTP_JSON_DEPTH_LIMIT 32 /* levels of nesting in a body */

/* Parses one JSON object or array; refuses duplicate keys, deeper nesting than the limit, bytes
 * that are not UTF-8 and anything after the value. Returned owned (json_decref); NULL with
 * ERROR_INVALID. */
json_t *http_json_parse(struct slice text, struct error *err);

/* Writes `value` as the next value of the writer, numbers as JavaScript prints them. */
void http_json_write(struct json_writer *json, const json_t *value);

/* The same for an answer that echoes input: leaves out members that may hold a
 * secret (http_json_is_hidden). */
void http_json_write_echo(struct json_writer *json, const json_t *value);

/* True for the names of write-only fields (passwords, private and signing keys, pass phrases). */
bool http_json_is_secret(struct slice name);

/* Overwrites the strings in `value` that nobody else holds; it is only good for json_decref then.
 * NULL is allowed. */
void http_json_wipe(json_t *value);

/* True for what an answer must not echo: such fields, a URL with a password in it, and what stands
 * where an object with secrets belongs (bootDetails, ieee8021x, parameters). */
bool http_json_is_hidden(struct slice name, const json_t *value);

#endif
