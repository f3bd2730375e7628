/*
 * Reads JSON with jansson, under a bound on nesting. jansson parses by recursion, up to 2,048
 * levels deep, which is more than the stack of a fiber holds; so the brackets are counted before it
 * sees the text. Every JSON text, whoever wrote it, is read here (tools/forbidden.txt). No state;
 * any thread. Writing is the business of core/json_writer.h.
 */
#ifndef CORE_JSON_READER_H
#define CORE_JSON_READER_H

#include "core/error.h"
#include "core/slice.h"

#include <jansson.h>

#define JSON_READER_DEPTH 32 /* levels of nesting that suffice for most; at most 128 */

/* Parses one object or array; refuses duplicate keys, nesting deeper than `depth`, bytes that are
 * not UTF-8 and anything after the value. Returned owned (json_decref); NULL with ERROR_INVALID,
 * whose sentence names the place and quotes nothing of the text, which may hold a password. */
json_t *json_reader_parse(struct slice text, unsigned depth, struct error *err);

/* The same for a value of any kind. */
json_t *json_reader_parse_any(struct slice text, unsigned depth, struct error *err);

/* The same for the first of several objects or arrays that follow one another in `*rest`, which
 * becomes what is behind it. */
json_t *json_reader_next(struct slice *rest, unsigned depth, struct error *err);

#endif
