/* Query parameters that the rules have let through, as values. On the exchange's fiber; no state.
 */
#ifndef HTTP_QUERY_VALUE_H
#define HTTP_QUERY_VALUE_H

#include "http/exchange.h"

/* A whole number from 0 on, with or without a sign before it (the rules let "+5" and "-0" through);
 * `otherwise` when it is absent, something else, or over UINT32_MAX. */
uint32_t http_query_value_number(const struct http_exchange *exchange, const char *name,
                                 uint32_t otherwise);

/* The same with a limit of the caller's. */
uint64_t http_query_value_up_to(const struct http_exchange *exchange, const char *name,
                                uint64_t limit, uint64_t otherwise);

/* Whether it is "true" or "1". */
bool http_query_value_is_true(const struct http_exchange *exchange, const char *name);

#endif
