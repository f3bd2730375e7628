/*
 * HTTP/1.1 client over any stream: writes one request, reads one answer. On a fiber; deadlines are
 * the fiber's. Bodies are bounded by the caller.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/exchange.h"
#include "io/stream.h"

struct http_request {
    const char *method;
    const char *target;                /* "/wsman" */
    const struct http_header *headers; /* Host etc.; Content-Length is added */
    size_t header_count;
    struct slice body;
};

struct http_response {
    int status;
    const struct http_header *headers; /* in the arena */
    size_t header_count;
    struct slice body; /* in the arena, chunks joined */
    bool keep_alive;   /* the stream can carry another request */
    bool began;        /* at least one byte of the answer arrived */
};

/* One exchange. False with ERROR_CONNECTION (closed before or inside the answer; response->began
 * tells which), ERROR_PROTOCOL (not HTTP), ERROR_TOO_LARGE (headers over 16 KB or body over
 * `body_limit`), ERROR_TIMEOUT, ERROR_CANCELLED; the stream is of no further use then. */
bool http_client_exchange(struct io_stream *stream, const struct http_request *request,
                          size_t body_limit, struct arena *arena, struct http_response *response,
                          struct error *err);

/* First header of that name; empty when absent. */
struct slice http_response_header(const struct http_response *response, const char *name);

#endif
