/* One header field of a request or an answer; both parts are borrowed. */
#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

#include "core/slice.h"

struct http_header {
    struct slice name;
    struct slice value;
};

/* Value of the first header of that name (ASCII case ignored); empty when there is none. */
struct slice http_header_find(const struct http_header *headers, size_t count, const char *name);

/* True when the comma-separated list `value` has `token` in it, ASCII case ignored. */
bool http_header_has_token(struct slice value, const char *token);

#endif
