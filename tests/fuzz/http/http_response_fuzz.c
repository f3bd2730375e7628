/* The client against a peer that answers any bytes, in pieces of a size that the first byte
 * chooses; the second chooses the method. */
#include "http/client.h"

#include <stdlib.h>
#include <string.h>

#define BODY_LIMIT ((size_t)4096)

struct script {
    struct io_stream stream;
    struct slice input;
    size_t piece;
};

static bool script_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct script *s = (struct script *)(void *)stream;
    (void)err;
    size_t count = s->input.size < s->piece ? s->input.size : s->piece;
    count = count < size ? count : size;
    if (count > 0)
        memcpy(to, s->input.data, count);
    s->input = slice_from(s->input, count);
    *got = count;
    return true;
}

static bool script_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    (void)stream;
    (void)bytes;
    (void)err;
    return true;
}

static void script_close(struct io_stream *stream)
{
    (void)stream;
}

static const struct io_stream_methods methods = {script_read, script_write, script_close};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct script s = {
        .stream = {&methods}, .input = slice_of(data + 2, size - 2), .piece = (size_t)data[0] + 1};
    struct http_request request = {
        .method = (data[1] & 1) != 0 ? "HEAD" : "POST",
        .target = "/wsman",
        .body = SLICE_LITERAL("<x/>"),
    };
    struct arena arena;
    struct http_response response;
    struct error err = {.code = ERROR_NONE};
    arena_init(&arena);
    if (http_client_exchange(&s.stream, &request, BODY_LIMIT, &arena, &response, &err)) {
        if (response.status < 200 || response.body.size > BODY_LIMIT || !response.began)
            abort();
        if ((data[1] & 1) != 0 && response.body.size > 0)
            abort();
        (void)http_response_header(&response, "WWW-Authenticate");
    } else if (err.code == ERROR_NONE) {
        abort();
    }
    arena_fini(&arena);
    return 0;
}
