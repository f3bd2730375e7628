/* What the routes of both logs answer alike. On the exchange's fiber. */
#ifndef MPS_ROUTES_LOG_ANSWER_H
#define MPS_ROUTES_LOG_ANSWER_H

#include "http/exchange.h"

/* 200 with a table as CSV, to be saved as NAME-GUID.csv. */
void routes_answer_table(struct http_exchange *exchange, const char *name, struct slice table);

/* 200 {"status":"SUCCESS","ReturnValue":0}, as alarms are answered. */
void routes_answer_success(struct http_exchange *exchange);

#endif
