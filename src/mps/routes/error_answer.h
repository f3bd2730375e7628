/*
 * Error answers in the toolkit's shapes (spec mps 1.2): E, the error table; N, named; M, a message;
 * and a bare status. Where a cause is known it stands behind the toolkit's sentence after ": ".
 * Answers of 500 and above are logged here, once, with the request's id. No state.
 */
#ifndef MPS_ROUTES_ERROR_ANSWER_H
#define MPS_ROUTES_ERROR_ANSWER_H

#include "http/exchange.h"

/* E: {"error":<by status>,"errorDescription":…}. `description` NULL leaves the second out. */
void routes_answer_error(struct http_exchange *exchange, int status, const char *description);

/* The same for what is no device: a 404 says "WHAT not found". */
void routes_answer_of(struct http_exchange *exchange, int status, const char *what,
                      const char *description);

/* E, 404: the device is not connected here; publishes the event that goes with it. */
void routes_answer_absent(struct http_exchange *exchange);

/* N: {"error":name,"message":…}. */
void routes_answer_named(struct http_exchange *exchange, int status, const char *name,
                         const char *message);

/* M: {"message":…}. */
void routes_answer_message(struct http_exchange *exchange, int status, const char *message);

/* 503 E with Retry-After when `err` is ERROR_BUSY or ERROR_CANCELLED: true, answered. */
bool routes_answer_busy(struct http_exchange *exchange, const struct error *err);

/* The store failed: 503 when it is busy, otherwise a bare 500. */
void routes_answer_store(struct http_exchange *exchange, const struct error *err);

/* Logs that a request failed on our side or the device's. */
void routes_log_failure(const struct http_exchange *exchange, const struct error *err);

#endif
