#include "http/query_value.h"

uint64_t http_query_value_up_to(const struct http_exchange *exchange, const char *name,
                                uint64_t limit, uint64_t otherwise)
{
    struct slice text;
    uint64_t number;
    if (!http_query_get(exchange, name, &text))
        return otherwise;
    if (text.size > 0 && (text.data[0] == '+' || text.data[0] == '-'))
        text = slice_from(text, 1);
    return slice_to_u64(text, limit, &number) ? number : otherwise;
}

uint32_t http_query_value_number(const struct http_exchange *exchange, const char *name,
                                 uint32_t otherwise)
{
    return (uint32_t)http_query_value_up_to(exchange, name, UINT32_MAX, otherwise);
}

bool http_query_value_is_true(const struct http_exchange *exchange, const char *name)
{
    struct slice text;
    return http_query_get(exchange, name, &text) &&
           (slice_equal_string(text, "true") || slice_equal_string(text, "1"));
}
