/*
 * Error answers of MPS's table of errors (spec mps 1.2, family E); the others are in
 * http/error_answer.h. Where a cause is known it stands behind the toolkit's sentence after ": ".
 * No state.
 */
#ifndef MPS_ROUTES_ERROR_ANSWER_H
#define MPS_ROUTES_ERROR_ANSWER_H

#include "http/error_answer.h"

/* E: {"error":<by status>,"errorDescription":…}. `description` NULL leaves the second out. */
void routes_answer_error(struct http_exchange *exchange, int status, const char *description);

/* The same for what is no device: a 404 says "WHAT not found". */
void routes_answer_of(struct http_exchange *exchange, int status, const char *what,
                      const char *description);

/* E, 404: the device is not connected here; publishes the event that goes with it. */
void routes_answer_absent(struct http_exchange *exchange);

#endif
