/*
 * One request and its answer, as a handler sees them. The server parses the request, finds the
 * route, checks the token and the input (validate.h), then runs the handler on a fiber. Everything
 * the handler allocates comes from `arena`, which dies after the answer has left.
 *
 * A handler answers exactly once with one of the http_answer functions; returning without an
 * answer is a fault of ours and becomes a 500. When the client hangs up the fiber is cancelled.
 *
 * Bodies too large for memory: a route marked `x-body: stream` runs when the head of its request is
 * complete and reads the body piece by piece with http_body_read (`body` and `json` stay empty). It
 * may answer without reading, or without reading all; the connection then closes.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/json_writer.h"
#include "http/parse.h"
#include "io/conn.h"

#include <jansson.h>

#define HTTP_ANSWER_LIMIT        ((size_t)64 * 1024 * 1024) /* bytes of one answer's body */
#define HTTP_EXTRA_HEADERS_LIMIT 8

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

struct http_incoming;
struct http_route;

struct http_exchange {
    struct arena *arena;
    enum http_method method;
    struct slice method_text; /* as sent */
    struct slice path;        /* decoded, without the query */
    struct slice raw_path;    /* as sent: what the router splits into segments */
    struct slice query;       /* raw */
    const struct http_header *headers;
    size_t header_count;
    int minor_version;              /* 0 or 1: HTTP/1.0 or HTTP/1.1 */
    struct slice body;              /* raw bytes; empty when it is streamed */
    struct http_incoming *incoming; /* a body that comes piece by piece; NULL otherwise */
    struct buffer collected;        /* holds `body` when the router has read it piece by piece */
    json_t *json;                   /* parsed body of an application/json request; NULL otherwise */
    const struct http_route *route;
    const struct slice *parameters; /* decoded path parameters, in the order of the template */
    struct io_address peer;
    uint64_t id;    /* request id, unique in this process, for logs */
    void *context;  /* what the router's owner gave it for the handlers of this route's group */
    void *identity; /* set by the router's authorize hook: who asks */

    /* The answer; set through the functions below. */
    int status;
    struct buffer answer;
    const char *content_type;
    struct http_header extra[HTTP_EXTRA_HEADERS_LIMIT];
    size_t extra_count;
    bool from_file; /* the answer's body is this part of a file */
    int file;
    uint64_t file_from;
    uint64_t file_size;
    /* After status 101: who takes the connection (http/websocket.h). */
    void (*taken)(void *arg, struct io_conn *conn, struct slice ahead);
    void *taken_arg;
};

/* Starts an exchange from a parsed request; borrows both. False when the path has a bad escape, a
 * NUL or bytes that are not UTF-8, or the query a NUL; the 400 has then been answered. */
bool http_exchange_init(struct http_exchange *exchange, struct arena *arena,
                        const struct http_message *request);

/* Overwrites and frees the answer and the parsed body (a handler that keeps a part of it holds a
 * reference); the arena stays the caller's. */
void http_exchange_fini(struct http_exchange *exchange);

/* First header of that name, case-insensitive; empty when absent. */
struct slice http_header_get(const struct http_exchange *exchange, const char *name);

/* Decoded path parameter by its name in the route template, e.g. "guid"; empty when absent. */
struct slice http_parameter(const struct http_exchange *exchange, const char *name);

/* Decoded query parameter (first occurrence). False when absent. */
bool http_query_get(const struct http_exchange *exchange, const char *name, struct slice *value);

/* The occurrences one after another: `rest` starts as exchange->query and becomes what follows the
 * one found. False when there is no more. */
bool http_query_next(const struct http_exchange *exchange, const char *name, struct slice *rest,
                     struct slice *value);

/* True once one of the http_answer functions below has been called. */
bool http_answered(const struct http_exchange *exchange);

/* Starts a JSON answer: write exactly one value with the writer, e.g.
 *     struct json_writer json = http_answer_json(exchange, 200);
 * A second answer replaces the first.
 */
struct json_writer http_answer_json(struct http_exchange *exchange, int status);

/* Answers with bytes of another type; copies them. */
void http_answer_bytes(struct http_exchange *exchange, int status, const char *content_type,
                       struct slice bytes);

/* Answers {"error":…,"errorDescription":…}, the family E of spec mps 1.2; a NULL description is
 * left out. */
void http_answer_error(struct http_exchange *exchange, int status, const char *error,
                       const char *description);

/* A status without a body. */
void http_answer_empty(struct http_exchange *exchange, int status);

/* Adds a header to the answer (HTTP_EXTRA_HEADERS_LIMIT at most, more are dropped); name and value
 * must live as long as the arena. A value with a control character is dropped. */
void http_answer_header(struct http_exchange *exchange, const char *name, const char *value);

/* Waits for more of a streamed body: *got bytes into `to`, 0 at its end. Chunks are joined. False
 * with ERROR_TIMEOUT when the client sent nothing for 30 s, ERROR_TOO_LARGE past the route's limit,
 * ERROR_INVALID when it is malformed (http_answer_body_error answers these), ERROR_CANCELLED when
 * the client has gone. The handler of a streamed request has no deadline but those that it sets
 * itself. */
bool http_body_read(struct http_exchange *exchange, void *to, size_t size, size_t *got,
                    struct error *err);

/* Answers what http_body_read failed with: 400, 408 or 413 with a sentence. */
void http_answer_body_error(struct http_exchange *exchange, const struct error *err);

/* Answers with the `size` bytes of a file, or with the one part of it that a Range header asks for
 * (206, 416). Takes `fd` over. It is read on the server's file workers while it is sent. */
void http_answer_file(struct http_exchange *exchange, const char *content_type, int fd,
                      uint64_t size);

#endif
