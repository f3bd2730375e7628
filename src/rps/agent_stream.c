#include "rps/agent_stream.h"

#include "core/memory.h"
#include "rps/agent_request.h"

#include <stdlib.h>
#include <string.h>

/* ---- requests ---- */

/* A stream of requests: plain, or over `inner`. */
struct framed {
    struct io_stream stream; /* first */
    struct rps_agent *agent; /* NULL over `inner` */
    struct io_stream *inner;
    struct http_parser *parser;
    bool asked; /* this stream's request is the agent's to answer, or has been */
    bool read;  /* … and its answer has been taken over */
    struct buffer answer;
    char host[];
};

static struct framed *framed_of(struct io_stream *stream)
{
    return (struct framed *)(void *)stream;
}

static bool ask(struct framed *f, struct slice text, struct slice envelope, struct error *err)
{
    if (f->asked)
        return error_set(err, ERROR_CONNECTION, "the connection has carried its request");
    f->asked = rps_agent_begin_request(f->agent, err);
    return f->asked && rps_agent_ask(f->agent, text, envelope, err);
}

/* A whole request has come: it goes on as AMT is to get it. */
static bool pass_on(struct framed *f, struct error *err)
{
    const struct http_message *request = http_parser_message(f->parser);
    struct buffer text;
    buffer_init_secret(&text, RPS_REQUEST_HEAD_LIMIT + RPS_REQUEST_BODY_LIMIT);
    rps_agent_request_put(&text, request, f->host, f->inner == NULL);
    bool ok = f->inner != NULL ? io_stream_write(f->inner, buffer_slice(&text), err)
                               : ask(f, buffer_slice(&text), request->body, err);
    buffer_fini(&text);
    http_parser_next(f->parser);
    return ok;
}

static bool framed_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct framed *f = framed_of(stream);
    enum http_parse result = HTTP_PARSE_MORE;
    while (bytes.size > 0 || result == HTTP_PARSE_HEAD) {
        result = http_parser_feed(f->parser, &bytes);
        if (result == HTTP_PARSE_DONE && !pass_on(f, err))
            return false;
        if (result != HTTP_PARSE_DONE && result != HTTP_PARSE_MORE && result != HTTP_PARSE_HEAD)
            return error_set(err, ERROR_INTERNAL, "a request that is no HTTP: %s",
                             http_parser_reason(f->parser));
    }
    return true;
}

static bool framed_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct framed *f = framed_of(stream);
    if (f->inner != NULL)
        return io_stream_read(f->inner, to, size, got, err);
    if (!f->asked)
        return error_set(err, ERROR_CONNECTION, "nothing was asked");
    if (!f->read && !rps_agent_await_answer(f->agent, &f->answer, err))
        return false;
    f->read = true;
    struct slice piece = slice_first(buffer_slice(&f->answer), size);
    if (piece.size > 0)
        memcpy(to, piece.data, piece.size);
    buffer_consume(&f->answer, piece.size);
    *got = piece.size;
    return true;
}

static void framed_close(struct io_stream *stream)
{
    struct framed *f = framed_of(stream);
    if (f->agent != NULL && f->asked && !f->read)
        rps_agent_give_up(f->agent);
    io_stream_close(f->inner);
    http_parser_free(f->parser);
    buffer_fini(&f->answer);
    free(f);
}

static struct framed *new_framed(const char *host)
{
    static const struct io_stream_methods methods = {framed_read, framed_write, framed_close};
    size_t size = strlen(host) + 1;
    struct framed *f = memory_new(sizeof *f + size);
    f->stream.methods = &methods;
    f->parser = http_parser_new(HTTP_PARSE_REQUEST, RPS_REQUEST_HEAD_LIMIT, RPS_REQUEST_BODY_LIMIT);
    buffer_init_secret(&f->answer, RPS_AGENT_ANSWER_LIMIT);
    memcpy(f->host, host, size);
    return f;
}

struct io_stream *rps_agent_plain_stream(struct rps_agent *agent, const char *host)
{
    struct framed *f = new_framed(host);
    f->agent = agent;
    return &f->stream;
}

struct io_stream *rps_agent_framed_stream(struct io_stream *inner, const char *host)
{
    struct framed *f = new_framed(host);
    f->inner = inner;
    return &f->stream;
}

/* ---- TLS ---- */

struct records {
    struct io_stream stream; /* first */
    struct rps_agent *agent;
    struct buffer out; /* until an answer is waited for */
};

static struct records *records_of(struct io_stream *stream)
{
    return (struct records *)(void *)stream;
}

static bool records_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct records *r = records_of(stream);
    if (!rps_agent_is_there(r->agent, err))
        return false;
    buffer_put(&r->out, bytes);
    return buffer_ok(&r->out) ||
           error_set(err, ERROR_TOO_LARGE, "more of TLS is written than an answer is waited for");
}

static bool flush(struct records *r, struct error *err)
{
    bool ok = buffer_size(&r->out) == 0 || rps_agent_send_tls(r->agent, buffer_slice(&r->out), err);
    buffer_clear(&r->out);
    return ok;
}

static bool records_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                         struct error *err)
{
    struct records *r = records_of(stream);
    return flush(r, err) && rps_agent_read_tls(r->agent, to, size, got, err);
}

/* What is not sent yet stays so: TLS's goodbye would only make the agent look for an answer. */
static void records_close(struct io_stream *stream)
{
    struct records *r = records_of(stream);
    rps_agent_close_tunnel(r->agent);
    buffer_fini(&r->out);
    free(r);
}

struct io_stream *rps_agent_tls_stream(struct rps_agent *agent, struct error *err)
{
    static const struct io_stream_methods methods = {records_read, records_write, records_close};
    if (!rps_agent_open_tunnel(agent, err))
        return NULL;
    struct records *r = memory_new(sizeof *r);
    r->stream.methods = &methods;
    r->agent = agent;
    buffer_init_secret(&r->out, RPS_AGENT_TLS_LIMIT);
    return &r->stream;
}
