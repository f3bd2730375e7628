/*
 * YAML as the toolkit's exported profiles use it: mappings, lists, text, whole numbers, true, false
 * and null, read into and written from jansson's values. No state; any thread; does not wait.
 */
#ifndef CORE_YAML_TEXT_H
#define CORE_YAML_TEXT_H

#include "core/arena.h"
#include "core/error.h"

#include <jansson.h>

#define YAML_TEXT_LIMIT ((size_t)1024 * 1024) /* bytes of a document */
#define YAML_TEXT_DEPTH 16                    /* levels of nesting */

/* The one document. Refuses aliases (a few lines of them are gigabytes), keys that are no text or
 * come twice, deeper nesting, larger or further documents and what is not UTF-8. Owned
 * (json_decref); NULL with ERROR_INVALID, whose sentence quotes nothing of the text, which may hold
 * a password. */
json_t *yaml_text_read(struct slice text, struct error *err);

/* `value` as one document, texts in quotes; in the arena. Real numbers become null. */
struct slice yaml_text_write(struct arena *arena, const json_t *value);

#endif
