/*
 * Addresses of a host that a person named. The system's resolver blocks, so names are asked for on
 * threads of a resolver, one per process, which every loop uses; who waits leaves at its deadline.
 *
 * A name whose server is gone holds a thread for seconds, and must not keep others from theirs:
 * there is one question per name at a time, which all who want to know await; answers are kept for
 * a while, failures, too; and of the threads a part is left to names that were never asked for, and
 * another to those that were found the last time.
 */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "core/error.h"
#include "io/conn.h"

#include <stddef.h>

struct io_resolver;

#define IO_RESOLVE_MOST 4

/* Zeros are the defaults. */
struct io_resolver_options {
    unsigned threads_limit; /* questions at once, 4 at least; default 64. Names that were not found
                               the last time may have half of them, those and new ones three
                               quarters. Threads are started when they are needed */
    uint32_t names_limit;   /* names known or asked for; default 20,000 */
    uint32_t known_ms;      /* an answer is good for that long; default 60,000 */
    uint32_t unknown_ms;    /* … and a failure; default 30,000 */
    /* Looks a name up: getaddrinfo's code, and the addresses with any port. Blocks, on any thread.
     * NULL: the system's resolver. */
    int (*look_up)(void *context, const char *host, struct io_address addresses[IO_RESOLVE_MOST],
                   size_t *count);
    void *context; /* of look_up, for as long as one of its calls has not returned */
};

struct io_resolver *io_resolver_new(const struct io_resolver_options *options);

/* No fiber may be waiting for it any more. Threads that are still asking are left to themselves:
 * nobody waits for a name server. NULL is allowed. */
void io_resolver_free(struct io_resolver *resolver);

/* True for a name or a numeric address (IPv6 with or without brackets) that io_resolve would look
 * for: nothing that could be more than a host in a header or a log. */
bool io_host_is_valid(const char *host);

/* Up to IO_RESOLVE_MOST addresses of `host` with `port`, in the order to try them. A numeric one,
 * or one that was asked for recently, without waiting. ERROR_INVALID (no host), ERROR_CONNECTION
 * (the name has no address or nobody knows), ERROR_BUSY, ERROR_TIMEOUT or ERROR_CANCELLED. On a
 * fiber. */
bool io_resolve(struct io_resolver *resolver, const char *host, uint16_t port,
                struct io_address addresses[IO_RESOLVE_MOST], size_t *count, struct error *err);

/* Nobody was found at the host's addresses: it is asked for again next time, unless that was done a
 * moment ago. Never waits. */
void io_resolver_doubt(struct io_resolver *resolver, const char *host);

#endif
