/*
 * What a hostile browser and a hostile device say through the interceptor. The input is a row of
 * pieces: a byte whose lowest bit says whose it is and the others its length, then the bytes. What
 * it must hold besides memory safety: the browser never gets a byte of the password, the user's
 * name or the answer made with them, unless the device itself has sent it.
 */
#include "core/memory.h"
#include "redir/interceptor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CNONCE   "7f3a9c51d2e8b64077f3a9c51d2e8b64"
#define USER     "0perat0r-0f-the-fuzzer"
#define PASSWORD "P@ssw0rd-0f-the-fuzzer"

static bool has(const struct buffer *b, const char *secret)
{
    struct slice s = buffer_slice(b);
    size_t length = strlen(secret);
    return s.size >= length && memmem(s.data, s.size, secret, length) != NULL;
}

static void must_not_have(const struct buffer *b, const struct buffer *sent, const char *secret)
{
    if (has(b, secret) && !has(sent, secret))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of(data, size);
    struct redir_interceptor *i = redir_interceptor_new(CNONCE);
    struct buffer to_device, to_browser, of_device, of_browser;
    struct error err;
    bool ok = true;
    redir_interceptor_insert(i, SLICE_LITERAL(USER), SLICE_LITERAL(PASSWORD));
    buffer_init(&to_device, 1 << 20);
    buffer_init(&to_browser, 1 << 20);
    buffer_init(&of_device, 1 << 20);
    buffer_init(&of_browser, 1 << 20);
    while (ok && rest.size > 0) {
        uint8_t head = rest.data[0];
        struct slice piece = slice_first(slice_from(rest, 1), head >> 1);
        rest = slice_from(rest, 1 + piece.size);
        buffer_put((head & 1) != 0 ? &of_device : &of_browser, piece);
        ok = (head & 1) != 0 ? redir_interceptor_device(i, piece, &to_browser, &err)
                             : redir_interceptor_browser(i, piece, &to_device, &err);
    }
    must_not_have(&to_browser, &of_device, USER);
    must_not_have(&to_browser, &of_device, PASSWORD);
    must_not_have(&to_browser, &of_device, CNONCE);
    must_not_have(&to_device, &of_browser, PASSWORD);
    redir_interceptor_free(i);
    buffer_fini(&to_device);
    buffer_fini(&to_browser);
    buffer_fini(&of_device);
    buffer_fini(&of_browser);
    return 0;
}
