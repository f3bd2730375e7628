#include "io/conn.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "io/fiber.h"

#include <stdlib.h>
#include <string.h>

#define RECORD ((size_t)16 * 1024) /* of TLS, which may come on top of a read */
#define PIECE  ((size_t)64 * 1024) /* most bytes of one write that are queued at a time */

struct conn_stream {
    struct io_stream stream; /* first */
    struct io_conn *conn;    /* NULL after its end */
    struct buffer in;
    size_t ahead;            /* reading pauses while that many bytes wait */
    struct io_wait readable; /* something came, or the end */
    struct io_wait writable; /* the queue is empty, or the end */
    bool ended;              /* the peer sends no more */
    bool failed;             /* it ended for `why` */
    struct error why;
};

static void on_data(void *owner, struct slice bytes)
{
    struct conn_stream *s = owner;
    s->ended = bytes.size == 0;
    buffer_put(&s->in, bytes);
    if (buffer_size(&s->in) >= s->ahead)
        io_conn_pause(s->conn);
    io_signal(&s->readable);
}

static void on_drained(void *owner)
{
    io_signal(&((struct conn_stream *)owner)->writable);
}

static void on_closed(void *owner, const struct error *why)
{
    struct conn_stream *s = owner;
    s->conn = NULL;
    s->failed = why != NULL;
    if (why != NULL)
        s->why = *why;
    io_signal(&s->readable);
    io_signal(&s->writable);
}

static bool fail(const struct conn_stream *s, struct error *err)
{
    if (!s->failed)
        return error_set(err, ERROR_CONNECTION, "the connection is closed");
    if (err != NULL)
        *err = s->why;
    return false;
}

static bool stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct conn_stream *s = (struct conn_stream *)(void *)stream;
    while (buffer_size(&s->in) == 0) {
        if (s->ended || s->conn == NULL)
            return s->failed ? fail(s, err) : true;
        if (!io_wait_for(&s->readable, IO_FOREVER, err))
            return false;
    }
    struct slice waiting = slice_first(buffer_slice(&s->in), size);
    memcpy(to, waiting.data, waiting.size);
    *got = waiting.size;
    buffer_consume(&s->in, waiting.size);
    buffer_release(&s->in);
    if (s->conn != NULL && buffer_size(&s->in) < s->ahead / 2)
        io_conn_resume(s->conn);
    return true;
}

static bool stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct conn_stream *s = (struct conn_stream *)(void *)stream;
    size_t most = PIECE;
    while (bytes.size > 0) {
        if (s->conn == NULL)
            return fail(s, err);
        struct slice piece = slice_first(bytes, most);
        s->writable.signalled = false;
        if (io_conn_write(s->conn, piece)) {
            bytes = slice_from(bytes, piece.size);
            continue;
        }
        if (io_conn_queued(s->conn) == 0 && most > 1)
            most /= 2; /* the connection's own limit is smaller, or it has ended */
        else if (!io_wait_for(&s->writable, IO_FOREVER, err))
            return false;
    }
    return true;
}

/* Nobody listens any more; the connection ends by itself. */
static void ignore_data(void *owner, struct slice bytes)
{
    (void)owner;
    (void)bytes;
}

static void ignore_drained(void *owner)
{
    (void)owner;
}

static void ignore_closed(void *owner, const struct error *why)
{
    (void)owner;
    (void)why;
}

static void stream_close(struct io_stream *stream)
{
    static const struct io_conn_events nobody = {ignore_data, ignore_drained, ignore_closed};
    struct conn_stream *s = (struct conn_stream *)(void *)stream;
    if (s->conn != NULL) {
        io_conn_own(s->conn, &nobody, NULL);
        io_conn_close(s->conn);
    }
    buffer_fini(&s->in);
    free(s);
}

struct io_stream *io_conn_stream(struct io_conn *conn)
{
    static const struct io_stream_methods methods = {stream_read, stream_write, stream_close};
    static const struct io_conn_events events = {on_data, on_drained, on_closed};
    struct conn_stream *s = memory_new(sizeof *s);
    s->stream.methods = &methods;
    s->conn = conn;
    s->ahead = io_conn_reads(conn);
    buffer_init(&s->in, 2 * s->ahead + RECORD);
    io_conn_own(conn, &events, s);
    io_conn_resume(conn);
    return &s->stream;
}

uint64_t io_conn_stream_acknowledged(const struct io_stream *stream)
{
    const struct conn_stream *s = (const struct conn_stream *)(const void *)stream;
    return s->conn != NULL ? io_conn_acknowledged(s->conn) : 0;
}
