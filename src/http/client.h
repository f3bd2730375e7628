/*
 * HTTP/1.1 client over any stream: writes one request, reads one answer. On a fiber; deadlines are
 * the fiber's. Bodies are bounded by the caller, or pass piece by piece.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/exchange.h"
#include "io/stream.h"

/* A body that is read while it is sent. When the peer closes meanwhile, its answer is read. */
struct http_body_source {
    uint64_t size;
    /* Gives 1 … size bytes; *got is 0 when there are no more, which fails the exchange before all
     * of `size` have been given. False with the reason. */
    bool (*read)(void *owner, void *to, size_t size, size_t *got, struct error *err);
    void *owner;
};

/* Where the body of an answer goes while it comes. */
struct http_body_sink {
    /* Takes a piece over. False with the reason, which fails the exchange. */
    bool (*put)(void *owner, struct slice piece, struct error *err);
    void *owner;
};

struct http_request {
    const char *method;
    const char *target;                /* "/wsman" */
    const struct http_header *headers; /* Host etc.; Content-Length is added */
    size_t header_count;
    struct slice body;
    const struct http_body_source *source; /* instead of `body`; or NULL */
    const struct http_body_sink *sink;     /* for the body of a 2xx, of any size; or NULL */
};

struct http_response {
    int status;
    const struct http_header *headers; /* in the arena */
    size_t header_count;
    struct slice body; /* in the arena, chunks joined; empty when the sink has it */
    bool keep_alive;   /* the stream can carry another request */
    bool began;        /* at least one byte of the answer arrived */
};

/* One exchange. False with ERROR_CONNECTION (closed before or inside the answer; response->began
 * tells which), ERROR_PROTOCOL (not HTTP), ERROR_TOO_LARGE (headers over 16 KB or body over
 * `body_limit`), ERROR_TIMEOUT, ERROR_CANCELLED, what source or sink say, ERROR_INVALID when the
 * source has less than its size; the stream is of no further use then. */
bool http_client_exchange(struct io_stream *stream, const struct http_request *request,
                          size_t body_limit, struct arena *arena, struct http_response *response,
                          struct error *err);

/* First header of that name; empty when absent. */
struct slice http_response_header(const struct http_response *response, const char *name);

/* What an answer of that status of a server of ours stands for: the first code of the table in
 * core/error.h that has it, but ERROR_DEVICE for 502, which has several. ERROR_PROTOCOL for one
 * that is no refusal; ERROR_INVALID and ERROR_INTERNAL for other statuses of 4xx and 5xx. */
enum error_code http_client_error_of(int status);

#endif
