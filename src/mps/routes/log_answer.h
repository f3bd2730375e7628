/* What the routes of both logs answer alike. On the exchange's fiber. */
#ifndef MPS_ROUTES_LOG_ANSWER_H
#define MPS_ROUTES_LOG_ANSWER_H

#include "core/csv_writer.h"
#include "http/exchange.h"

#define LOG_TABLE_COLUMNS 6 /* at most */

struct log_table {
    const char *name;                          /* "audit-log" */
    const char *titles[LOG_TABLE_COLUMNS + 1]; /* ended by NULL */
    size_t text_limit;                         /* bytes of `text` below */
    /* Puts one row of what the caller gave as `entries`, and ends it. `text` is scratch, to be
     * cleared before use. */
    void (*put_row)(struct csv_writer *csv, struct arena *arena, struct buffer *text,
                    const void *entries, size_t row);
};

/* 200 with `count` entries as CSV, to be saved as NAME-GUID.csv; 502 when the table does not fit,
 * rather than a part of it. */
void routes_answer_table(struct http_exchange *exchange, const struct log_table *table,
                         const void *entries, size_t count);

/* 200 {"status":"SUCCESS","ReturnValue":0}, as alarms are answered. */
void routes_answer_success(struct http_exchange *exchange);

#endif
