/*
 * Error answers in the toolkit's shapes that every room's routes share (spec mps 1.2, rps 1.1.3):
 * N, named; M, a message; and a bare status. Answers of 500 and above are logged here, once, with
 * the request's id. No state.
 */
#ifndef HTTP_ERROR_ANSWER_H
#define HTTP_ERROR_ANSWER_H

#include "http/exchange.h"

/* N: {"error":name,"message":…}. */
void http_answer_named(struct http_exchange *exchange, int status, const char *name,
                       const char *message);

/* M: {"message":…}. */
void http_answer_message(struct http_exchange *exchange, int status, const char *message);

/* 503 E with Retry-After when `err` is ERROR_BUSY or ERROR_CANCELLED, 507 E when the disk is full
 * (ERROR_FULL): true, answered. Both pass without anybody asking differently. */
bool http_answer_busy(struct http_exchange *exchange, const struct error *err);

/* What a request needs on our side failed: 503 when it is busy, 507 when the disk is full,
 * otherwise a bare 500. */
void http_answer_failure(struct http_exchange *exchange, const struct error *err);

/* Logs that a request failed on our side or the device's. */
void http_log_failure(const struct http_exchange *exchange, const struct error *err);

#endif
