/* Addresses of a host that a person named. Names are asked for on a worker thread, since the
 * system's resolver blocks; who waits leaves at its deadline. */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "core/error.h"
#include "io/conn.h"

#include <stddef.h>

struct io_pool;

#define IO_RESOLVE_MOST 4

/* True for a name or a numeric address (IPv6 with or without brackets) that io_resolve would look
 * for: nothing that could be more than a host in a header or a log. */
bool io_host_is_valid(const char *host);

/* Up to IO_RESOLVE_MOST addresses of `host` with `port`, in the order to try them. A numeric one
 * without waiting. ERROR_INVALID (no host), ERROR_CONNECTION (the name has no address or nobody
 * knows), ERROR_BUSY, ERROR_TIMEOUT or ERROR_CANCELLED. On a fiber. */
bool io_resolve(struct io_pool *pool, const char *host, uint16_t port,
                struct io_address addresses[IO_RESOLVE_MOST], size_t *count, struct error *err);

#endif
