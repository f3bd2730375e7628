#include "io/stream.h"

bool io_stream_read(struct io_stream *stream, void *to, size_t size, size_t *got, struct error *err)
{
    *got = 0;
    return stream->methods->read(stream, to, size, got, err);
}

bool io_stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    return stream->methods->write(stream, bytes, err);
}

void io_stream_close(struct io_stream *stream)
{
    if (stream != NULL)
        stream->methods->close(stream);
}
