/*
 * A byte stream as a conversation sees it: reads and writes that wait, on a fiber. Sockets (TCP
 * or TLS), APF channels and scripted peers are streams, so HTTP and WSMAN run over any of them.
 *
 * A stream is full duplex: at most one fiber reads it and at most one, which may be another, writes
 * it at the same time. One side's deadline or cancellation does not disturb the other, but a write
 * that was cut short leaves a stream of no further use: who knows how much of it left. A stream is
 * closed when neither reads nor writes any more.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "core/error.h"
#include "core/slice.h"

struct io_stream;

struct io_stream_methods {
    /* Waits for 1 … size bytes; *got is 0 at the orderly end of the stream. */
    bool (*read)(struct io_stream *stream, void *to, size_t size, size_t *got, struct error *err);
    /* Waits until all bytes are accepted by the transport (its own bound and window respected). */
    bool (*write)(struct io_stream *stream, struct slice bytes, struct error *err);
    /* Ends the stream in both directions and frees it. Does not wait. */
    void (*close)(struct io_stream *stream);
};

/* Embedded as the first field of each kind of stream. */
struct io_stream {
    const struct io_stream_methods *methods;
};

bool io_stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                    struct error *err);
bool io_stream_write(struct io_stream *stream, struct slice bytes, struct error *err);

/* NULL is allowed. */
void io_stream_close(struct io_stream *stream);

#endif
