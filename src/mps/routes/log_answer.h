/* What the routes of both logs answer alike. On the exchange's fiber. */
#ifndef MPS_ROUTES_LOG_ANSWER_H
#define MPS_ROUTES_LOG_ANSWER_H

#include "http/exchange.h"

/* 200 with a table as CSV, to be saved as NAME-GUID.csv; 502 when the table did not fit, rather
 * than a part of it. */
void routes_answer_table(struct http_exchange *exchange, const char *name,
                         const struct buffer *table);

/* 200 {"status":"SUCCESS","ReturnValue":0}, as alarms are answered. */
void routes_answer_success(struct http_exchange *exchange);

#endif
