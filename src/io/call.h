/* Conversations that cross threads. */
#ifndef IO_CALL_H
#define IO_CALL_H

#include "core/error.h"

struct io_loop;

/*
 * Runs fn(arg) on a fiber of `target` (which may be the current loop) and waits until it has
 * returned, so `arg` may point into the caller's stack; while fn runs the caller does not touch
 * it. The caller's deadline carries over; its cancellation is passed on to fn's fiber, unless a
 * shield holds it back; a shield of fn's own holds it back there. False (fn never ran) with
 * ERROR_BUSY when the target has its limit of calls, or when the caller is already cancelled.
 */
bool io_call(struct io_loop *target, void (*fn)(void *arg), void *arg, struct error *err);

#endif
