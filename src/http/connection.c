#include "http/connection.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "http/answer.h"
#include "http/head.h"
#include "http/parse.h"
#include "http/send.h"
#include "io/loop.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of later requests that are kept while one is in work; past it the connection is paused. */
#define AHEAD_PAUSE ((size_t)16 * 1024)

/* One piece of input is never larger than what the loop reads at once. */
#define AHEAD_LIMIT (AHEAD_PAUSE + (size_t)256 * 1024)

#define REJECTED_HELP "Requests refused before a route was looked for"
#define CONTINUE      SLICE_LITERAL("HTTP/1.1 100 Continue\r\n\r\n")

METRIC_DEFINE(rejected_malformed, METRIC_COUNTER, "outband_http_rejected_total",
              "reason=\"malformed\"", REJECTED_HELP)
METRIC_DEFINE(rejected_head, METRIC_COUNTER, "outband_http_rejected_total", "reason=\"head\"",
              REJECTED_HELP)
METRIC_DEFINE(rejected_body, METRIC_COUNTER, "outband_http_rejected_total", "reason=\"body\"",
              REJECTED_HELP)
METRIC_DEFINE(rejected_slow, METRIC_COUNTER, "outband_http_rejected_total", "reason=\"slow\"",
              REJECTED_HELP)
METRIC_DEFINE(rejected_busy, METRIC_COUNTER, "outband_http_rejected_total", "reason=\"busy\"",
              REJECTED_HELP)
METRIC_DEFINE(connections_now, METRIC_GAUGE, "outband_http_connections", NULL,
              "HTTP connections that are open")

static _Atomic uint64_t last_id;

static void free_connection(struct http_connection *c)
{
    struct http_server *server = c->server;
    io_timer_stop(&c->timer);
    http_parser_free(c->parser);
    buffer_fini(&c->ahead);
    list_remove(&c->link);
    list_remove(&c->idle);
    free(c);
    metric_add(&connections_now, -1);
    if (--server->connection_count > 0)
        return;
    io_signal(&server->gone);
    if (server->orphaned)
        free(server);
}

static void set_state(struct http_connection *c, enum http_connection_state state)
{
    list_remove(&c->idle);
    c->state = state;
    if (state == HTTP_IDLE)
        list_append(&c->server->idle, &c->idle);
}

static void set_idle(struct http_connection *c)
{
    set_state(c, HTTP_IDLE);
    buffer_release(&c->ahead);
    io_timer_start(&c->timer, c->server->options.idle_ms);
}

/* No more requests: sends what is queued and closes, dropping what the client still sends (closing
 * on unread input would reset the connection, and the answer could be lost). */
void http_connection_end(struct http_connection *c)
{
    set_state(c, HTTP_ENDING);
    io_timer_stop(&c->timer);
    buffer_clear(&c->ahead);
    buffer_release(&c->ahead);
    io_conn_close(c->conn);
}

/* Answers what never became a request, and ends the connection. */
static void reject(struct http_connection *c, int status, const char *error, const char *why,
                   const char *retry_after)
{
    struct arena arena;
    struct http_exchange x = {.arena = &arena, .method = HTTP_OTHER};
    arena_init(&arena);
    buffer_init_secret(&x.answer, HTTP_ANSWER_LIMIT);
    http_answer_error(&x, status, error, why);
    if (retry_after != NULL)
        http_answer_header(&x, "Retry-After", retry_after);
    struct slice body;
    struct slice head =
        http_answer_head(&x, HTTP_ANSWER_CLOSE, c->server->options.tls != NULL, &body);
    (void)io_conn_write(c->conn, head);
    (void)io_conn_write(c->conn, body);
    if (log_enabled(LOG_DEBUG)) {
        char peer[IO_ADDRESS_TEXT_SIZE];
        log_line(LOG_DEBUG, "http request refused", "status", arena_printf(&arena, "%d", status),
                 "reason", why, "peer", io_address_format(&c->peer, peer), NULL);
    }
    http_exchange_fini(&x);
    arena_fini(&arena);
    http_connection_end(c);
}

static void reject_parse(struct http_connection *c, enum http_parse result)
{
    switch (result) {
    case HTTP_PARSE_HEAD_TOO_LARGE:
        metric_add(&rejected_head, 1);
        reject(c, 431, "Request Header Fields Too Large",
               "The request line and headers are too large", NULL);
        break;
    case HTTP_PARSE_BODY_TOO_LARGE:
        metric_add(&rejected_body, 1);
        reject(c, 413, "Payload Too Large", "The request body is too large", NULL);
        break;
    default:
        metric_add(&rejected_malformed, 1);
        reject(c, 400, "Incorrect URI or Bad Request", http_parser_reason(c->parser), NULL);
    }
}

static void on_hungry(struct http_incoming *incoming);

/* Decides from the head where the body goes: whole into the parser, or piece by piece to the
 * handler. False when it announces too much; that has been answered. */
static bool direct_body(struct http_connection *c, const struct http_message *m, bool expects)
{
    uint64_t limit = c->server->options.body_limit;
    const struct http_route *route = NULL;
    struct slice length = http_header_find(m->headers, m->header_count, "Content-Length");
    struct slice coding = http_header_find(m->headers, m->header_count, "Transfer-Encoding");
    if (coding.size > 0 || (length.size > 0 && !slice_equal_string(length, "0")))
        route = http_router_find(c->server->router, m);
    c->streaming = route != NULL && (route->streams || route->body_limit > limit);
    if (route != NULL && route->body_limit > 0)
        limit = route->body_limit;
    enum http_parse result = http_parser_limit(c->parser, limit);
    if (result != HTTP_PARSE_HEAD) {
        c->streaming = false;
        reject_parse(c, result);
        return false;
    }
    if (c->streaming) {
        http_parser_stream(c->parser);
        c->incoming = (struct http_incoming){.parser = c->parser,
                                             .begins = true,
                                             .result = HTTP_PARSE_MORE,
                                             .silence_ms = c->server->options.silence_ms,
                                             .hungry = on_hungry};
        c->unbounded = route->streams;
        c->wants_word = expects;
    } else if (expects) {
        (void)io_conn_write(c->conn, CONTINUE);
    }
    return true;
}

/* False when the request has been refused. A client that sends "Expect: 100-continue" waits for our
 * word before it sends the body; when the handler reads it, it has it from there. */
static bool take_head(struct http_connection *c)
{
    const struct http_message *m = http_parser_message(c->parser);
    int status;
    const char *why = http_head_refuse(m, &status);
    if (why != NULL) {
        metric_add(&rejected_malformed, 1);
        reject(c, status, status == 501 ? "Not Implemented" : "Incorrect URI or Bad Request", why,
               NULL);
        return false;
    }
    struct slice expect = http_header_find(m->headers, m->header_count, "Expect");
    return direct_body(c, m,
                       m->minor_version == 1 && http_header_has_token(expect, "100-continue"));
}

/* Feeds bytes of a request. DONE, MORE, HEAD when the body is for the handler to read; otherwise
 * the answer to the failure has been sent. */
static enum http_parse feed(struct http_connection *c, struct slice *bytes)
{
    enum http_parse result = HTTP_PARSE_HEAD;
    while (result == HTTP_PARSE_HEAD) {
        result = http_parser_feed(c->parser, bytes);
        if (result == HTTP_PARSE_HEAD && !take_head(c))
            return HTTP_PARSE_BAD;
        if (result == HTTP_PARSE_HEAD && c->streaming)
            return result;
    }
    if (result != HTTP_PARSE_MORE && result != HTTP_PARSE_DONE)
        reject_parse(c, result);
    return result;
}

static void pause_reading(struct http_connection *c)
{
    if (c->paused)
        return;
    c->paused = true;
    io_conn_pause(c->conn);
}

static void keep_ahead(struct http_connection *c, struct slice bytes)
{
    buffer_put(&c->ahead, bytes);
    if (!buffer_ok(&c->ahead))
        io_conn_abort(c->conn);
    else if (buffer_size(&c->ahead) > AHEAD_PAUSE)
        pause_reading(c);
}

/* Gives bytes to the body that the handler reads; keeps what is behind it. */
static void feed_incoming(struct http_connection *c, struct slice *bytes)
{
    struct http_incoming *in = &c->incoming;
    bool begins = in->begins; /* an empty body ends before its first byte */
    in->begins = false;
    while (in->result == HTTP_PARSE_MORE && (begins || bytes->size > 0)) {
        in->result = http_parser_feed(c->parser, bytes);
        begins = false;
    }
    if (http_parser_piece(c->parser).size >= HTTP_INCOMING_PAUSE ||
        (in->result != HTTP_PARSE_MORE && in->result != HTTP_PARSE_DONE))
        pause_reading(c);
    io_signal(&in->more);
}

/* Of the handler's fiber. */
static void on_hungry(struct http_incoming *incoming)
{
    struct http_connection *c = LIST_ENTRY(incoming, struct http_connection, incoming);
    if (c->conn == NULL)
        return;
    if (c->wants_word)
        (void)io_conn_write(c->conn, CONTINUE);
    c->wants_word = false;
    if (c->paused) {
        c->paused = false;
        io_conn_resume(c->conn);
    }
}

static enum http_answer_connection connection_of(const struct http_message *request,
                                                 const struct http_exchange *x, bool keep)
{
    if (x->status == 101)
        return HTTP_ANSWER_UPGRADE;
    if (!keep)
        return HTTP_ANSWER_CLOSE;
    return request->minor_version == 0 ? HTTP_ANSWER_KEEP_ALIVE : HTTP_ANSWER_DEFAULT;
}

/* Serves the request that is in the parser. True when the connection may carry another. */
static bool serve(struct http_connection *c)
{
    const struct http_server_options *options = &c->server->options;
    const struct http_message *request = http_parser_message(c->parser);
    struct arena arena;
    struct http_exchange x;
    struct slice body;
    arena_init(&arena);
    if (http_exchange_init(&x, &arena, request)) {
        x.peer = c->peer;
        x.id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
        x.incoming = c->streaming ? &c->incoming : NULL;
        bool unbounded = c->streaming && c->unbounded;
        uint64_t previous = io_deadline_within(unbounded ? IO_FOREVER : options->handler_ms);
        http_router_serve(c->server->router, &x);
        io_deadline_restore(previous);
    }
    /* Behind a body that was not read to its end no request can begin. */
    bool whole = !c->streaming || c->incoming.result == HTTP_PARSE_DONE;
    bool keep = request->keep_alive && !c->server->draining && whole;
    c->streaming = false;
    struct slice head =
        http_answer_head(&x, connection_of(request, &x, keep), options->tls != NULL, &body);
    bool sent = x.from_file ? http_send_file(c, &x, head) : http_send_answer(c, &arena, head, body);
    c->taken = x.taken;
    c->taken_arg = x.taken_arg;
    c->leaves = sent && x.status == 101;
    http_exchange_fini(&x);
    arena_fini_wiped(&arena);
    if (!sent && c->conn != NULL)
        io_conn_abort(c->conn); /* too slow to take it */
    return sent && keep;
}

/* The connection goes to whoever accepted its upgrade. Not on its fiber. */
static void hand_over(struct http_connection *c)
{
    struct io_conn *moved = c->leaves && c->conn != NULL ? io_conn_detach(c->conn) : NULL;
    c->taken(c->taken_arg, moved, buffer_slice(&c->ahead));
    c->taken = NULL;
    if (moved != NULL || c->conn == NULL)
        free_connection(c);
    else
        http_connection_end(c);
}

/* Takes the next request from what was read ahead. True when it is complete. */
static bool take_ahead(struct http_connection *c)
{
    struct slice bytes = buffer_slice(&c->ahead);
    size_t before = bytes.size;
    if (before == 0) {
        set_idle(c);
        return false;
    }
    set_state(c, HTTP_RECEIVING);
    enum http_parse result = feed(c, &bytes);
    if (result == HTTP_PARSE_HEAD)
        feed_incoming(c, &bytes);
    else if (result != HTTP_PARSE_MORE && result != HTTP_PARSE_DONE)
        return false;
    buffer_consume(&c->ahead, before - bytes.size);
    if (result != HTTP_PARSE_MORE)
        return true;
    buffer_release(&c->ahead);
    io_timer_start(&c->timer, c->server->options.receive_ms);
    return false;
}

/* After the last complete request: reads on. True when that brought a complete one at once. */
static bool read_on(struct http_connection *c)
{
    if (!c->paused || c->conn == NULL || c->state == HTTP_ENDING)
        return false;
    c->paused = false;
    io_conn_resume(c->conn);
    return buffer_size(&c->ahead) > 0 && take_ahead(c);
}

/* The fiber of a connection: from a complete request until there is no other one complete. */
static void work(void *arg)
{
    struct http_connection *c = arg;
    bool more = true;
    while (more) {
        set_state(c, HTTP_WORKING);
        io_timer_stop(&c->timer);
        bool keep = serve(c);
        if (c->taken != NULL) {
            set_state(c, HTTP_LEAVING);
            io_timer_start(&c->timer, 0); /* the record goes once this fiber is over */
            return;
        }
        if (c->conn == NULL)
            break;
        if (!keep) {
            http_connection_end(c);
            return;
        }
        http_parser_next(c->parser);
        more = take_ahead(c) || read_on(c);
    }
    if (c->conn == NULL) {
        set_state(c, HTTP_CLOSED);
        io_timer_start(&c->timer, 0); /* the record goes once this fiber is over */
    }
}

static void start_work(struct http_connection *c)
{
    io_timer_stop(&c->timer);
    if (io_task_start(&c->task, work, c, NULL)) {
        set_state(c, HTTP_WORKING);
        return;
    }
    metric_add(&rejected_busy, 1);
    reject(c, 503, "Service Unavailable", "The server is busy, try again", "1");
}

/* What comes while a request is in work. */
static void take_more(struct http_connection *c, struct slice bytes)
{
    if (c->streaming)
        feed_incoming(c, &bytes);
    if (bytes.size > 0 && (!c->streaming || c->incoming.result == HTTP_PARSE_DONE))
        keep_ahead(c, bytes);
}

static void on_data(void *owner, struct slice bytes)
{
    struct http_connection *c = owner;
    switch (c->state) {
    case HTTP_IDLE:
    case HTTP_RECEIVING: {
        /* Resuming inside the fiber may deliver at once; the fiber looks there before it ends. */
        if (io_task_running(&c->task)) {
            keep_ahead(c, bytes);
            break;
        }
        enum http_parse result = feed(c, &bytes);
        if (result == HTTP_PARSE_DONE || result == HTTP_PARSE_HEAD) {
            start_work(c);
            if (c->state == HTTP_WORKING)
                take_more(c, bytes);
        } else if (result == HTTP_PARSE_MORE && c->state == HTTP_IDLE &&
                   !http_parser_idle(c->parser)) {
            set_state(c, HTTP_RECEIVING);
            io_timer_start(&c->timer, c->server->options.receive_ms);
        }
        break;
    }
    case HTTP_WORKING:
    case HTTP_LEAVING:
        take_more(c, bytes);
        break;
    case HTTP_ENDING:
    case HTTP_CLOSED:
        break;
    }
}

static void on_drained(void *owner)
{
    struct http_connection *c = owner;
    io_signal(&c->drained);
}

static void on_closed(void *owner, const struct error *why)
{
    struct http_connection *c = owner;
    (void)why;
    c->conn = NULL;
    if (c->state == HTTP_LEAVING) /* the timer frees it */
        return;
    if (io_task_running(&c->task)) {
        io_task_cancel(&c->task);
        if (c->state != HTTP_WORKING) {
            set_state(c, HTTP_CLOSED);
            io_timer_start(&c->timer, 0);
        }
        return;
    }
    free_connection(c);
}

static void on_timer(struct io_timer *timer)
{
    struct http_connection *c = LIST_ENTRY(timer, struct http_connection, timer);
    switch (c->state) {
    case HTTP_IDLE:
        http_connection_end(c);
        break;
    case HTTP_RECEIVING:
        metric_add(&rejected_slow, 1);
        reject(c, 408, "Timeout Error", "The request took too long to arrive", NULL);
        break;
    case HTTP_CLOSED:
        if (io_task_running(&c->task))
            io_timer_start(timer, 1);
        else
            free_connection(c);
        break;
    case HTTP_LEAVING:
        if (io_task_running(&c->task))
            io_timer_start(timer, 1);
        else
            hand_over(c);
        break;
    case HTTP_WORKING:
    case HTTP_ENDING:
        break;
    }
}

static const struct io_conn_events events = {
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

void http_connection_accept(struct http_server *server, struct io_conn *conn, bool busy)
{
    struct http_connection *c = memory_new(sizeof *c);
    c->server = server;
    c->conn = conn;
    /* The body's limit is its route's, set when the head is known. */
    c->parser = http_parser_new(HTTP_PARSE_REQUEST, server->options.header_limit, UINT64_MAX);
    buffer_init_secret(&c->ahead, AHEAD_LIMIT);
    list_init(&c->idle);
    io_timer_init(&c->timer, on_timer);
    c->peer = io_conn_peer(conn);
    list_append(&server->connections, &c->link);
    server->connection_count++;
    metric_add(&connections_now, 1);
    io_conn_own(conn, &events, c);
    if (busy) {
        metric_add(&rejected_busy, 1);
        reject(c, 503, "Service Unavailable", "The server has too many connections, try again",
               "5");
        return;
    }
    set_idle(c);
}

void http_connection_evict(struct http_connection *c)
{
    set_state(c, HTTP_ENDING);
    io_timer_stop(&c->timer);
    io_conn_abort(c->conn); /* nothing is queued, and a goodbye would hold the place */
}

bool http_connection_is_busy(const struct http_connection *c)
{
    switch (c->state) {
    case HTTP_RECEIVING:
    case HTTP_WORKING:
    case HTTP_LEAVING:
        return true;
    case HTTP_ENDING:
        return c->conn != NULL && io_conn_queued(c->conn) > 0;
    case HTTP_IDLE:
    case HTTP_CLOSED:
        break;
    }
    return false;
}
