#include "http/header.h"

struct slice http_header_find(const struct http_header *headers, size_t count, const char *name)
{
    struct slice wanted = slice_of_string(name);
    for (size_t i = 0; i < count; i++)
        if (slice_equal_ignore_case(headers[i].name, wanted))
            return headers[i].value;
    return (struct slice){NULL, 0};
}

bool http_header_has_token(struct slice value, const char *token)
{
    struct slice wanted = slice_of_string(token);
    while (value.size > 0)
        if (slice_equal_ignore_case(slice_trim(slice_split(&value, ',')), wanted))
            return true;
    return false;
}
