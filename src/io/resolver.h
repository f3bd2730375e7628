/*
 * The threads and the memory behind io_resolve (io/resolve.h). Private to this room.
 */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include "io/resolve.h"

#define RESOLVER_HOST_MOST 253

struct resolver_answer {
    struct io_address addresses[IO_RESOLVE_MOST];
    size_t count;
    int code; /* getaddrinfo's */
};

/* Asks for a name, or remembers. On a fiber. */
bool resolver_ask(struct io_resolver *resolver, const char *name, struct resolver_answer *answer,
                  struct error *err);

/* Forgets an answer that is not of just now. */
void resolver_forget(struct io_resolver *resolver, const char *name);

/* The system's resolver; io_resolver_options.look_up. In resolve.c. */
int resolver_system(void *context, const char *host, struct io_address addresses[IO_RESOLVE_MOST],
                    size_t *count);

#endif
