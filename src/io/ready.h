/*
 * Waiting for a descriptor that is no connection of this room (a character device, a socket pair)
 * to become readable or writable. The descriptor stays the caller's, who sets it nonblocking, reads
 * and writes it, and closes it after io_ready_free. One loop; at most one fiber waits for each
 * direction at a time.
 *
 * Life cycle: io_ready_new → io_ready_wait, any number of times → io_ready_free, when nobody waits.
 */
#ifndef IO_READY_H
#define IO_READY_H

#include "core/error.h"

#include <stdint.h>

struct io_ready;

enum io_readiness { IO_READABLE, IO_WRITABLE };

/* Watches `fd`, which nobody else watches, on the current loop. NULL with ERROR_INTERNAL for what
 * cannot be watched: a plain file. Owned by the caller. */
struct io_ready *io_ready_new(int fd, struct error *err);

/* Waits, on a fiber, at most `timeout_ms` and the fiber's own deadline. True as well when the
 * descriptor is at its end or has failed: the read or write that follows says so. ERROR_TIMEOUT or
 * ERROR_CANCELLED. */
bool io_ready_wait(struct io_ready *ready, enum io_readiness what, uint64_t timeout_ms,
                   struct error *err);

/* NULL is allowed. */
void io_ready_free(struct io_ready *ready);

#endif
