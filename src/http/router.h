/*
 * Routes: a constant table, generated at build time from api/openapi.yaml, from method and path
 * template to handler, and the rules for the input of each. Read-only after start; any loop.
 *
 * Paths match without regard to ASCII case and to one trailing slash; a literal segment wins over a
 * parameter; HEAD is served by GET (spec mps 1.1). An unknown path or method gives 404, never 405;
 * OPTIONS gives 204 on any path.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/exchange.h"
#include "http/validate.h"

typedef void http_handler(struct http_exchange *exchange);

struct http_route {
    enum http_method method;
    const char *path;      /* "/api/v1/devices/{guid}" */
    const char *operation; /* operationId, for logs and metrics */
    http_handler *handler;
    bool open;                     /* needs no token */
    const struct http_rule *rules; /* input validation in order; ended by .field == NULL; or NULL */
    bool rules_last;               /* the handler calls http_validate itself */
    unsigned group;                /* which of http_router.contexts its handler works on */
    bool streams;                  /* the handler reads the body itself, with http_body_read */
    uint64_t body_limit;           /* bytes; 0: the server's */
};

struct http_router {
    const struct http_route *routes;
    size_t route_count;
    /* Serves every GET that no route matches: for ports of their own where any path will do. NULL:
     * 404. */
    const struct http_route *otherwise;
    /* What the handlers of each group work on, by http_route.group; becomes exchange->context. NULL
     * when no handler needs any. */
    void *const *contexts;
    /* Checks the token of a route that is not open and sets exchange->identity, or answers and
     * returns false. Runs on the exchange's fiber. */
    bool (*authorize)(struct http_exchange *exchange, void *context);
    void *authorize_context;
    /* Path prefixes that are dropped before matching, longest first, ended by NULL: the toolkit's
     * gateway prefixes, e.g. "/mps/login", "/mps". */
    const char *const *prefixes;
    /* Origins of web pages that may call the API from a browser ("https://console.example"), ended
     * by NULL; NULL allows none. The toolkit answers "*", which lets any page a user visits drive
     * the API; that is deliberately not copied. */
    const char *const *origins;
};

/* The route of a request whose head is complete, NULL when there is none: the server asks for it to
 * know what to do with the body. */
const struct http_route *http_router_find(const struct http_router *router,
                                          const struct http_message *head);

/* Matches, authorizes, reads the body if it comes piece by piece but the handler wants it whole
 * parses a JSON body, validates, runs the handler; adds the CORS headers. A handler that leaves no
 * answer gives 500. Always leaves an answer. On a fiber. */
void http_router_serve(const struct http_router *router, struct http_exchange *exchange);

#endif
