/* Memory that held a request is overwritten before it is given back: passwords, tokens and keys
 * pass through it. No state. */
#ifndef HTTP_WIPE_H
#define HTTP_WIPE_H

#include "core/buffer.h"

#include <jansson.h>

/* buffer_put and buffer_fini, leaving no copy behind, not even where the buffer grows. */
void http_wipe_put(struct buffer *b, struct slice s);
void http_wipe_fini(struct buffer *b);

/* buffer_release likewise. */
void http_wipe_release(struct buffer *b);

/* Overwrites the strings in `value` that nobody else holds; it is only good for json_decref then.
 * NULL is allowed. */
void http_wipe_json(json_t *value);

#endif
