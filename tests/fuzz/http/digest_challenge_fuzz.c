/* Any bytes as a challenge; an accepted one must give an Authorization header that reads back. */
#include "http/digest.h"

#include <stdlib.h>
#include <string.h>

/* The same text with its escapes taken away. */
static bool same(struct slice sent, const char *text)
{
    size_t at = 0;
    size_t length = strlen(text);
    for (size_t i = 0; i < sent.size; i++, at++) {
        if (sent.data[i] == '\\')
            i++;
        if (at >= length || i >= sent.size || sent.data[i] != (uint8_t)text[at])
            return false;
    }
    return at == length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct http_digest digest = {.count = 0};
    struct http_digest_parts parts;
    struct arena arena;
    arena_init(&arena);
    (void)http_digest_parse_authorization(text, &parts);
    if (http_digest_challenge(&digest, text, NULL)) {
        char *value =
            http_digest_authorization(&digest, &arena, text, SLICE_LITERAL("p"), "POST", "/wsman");
        if (strpbrk(value, "\r\n") != NULL ||
            !http_digest_parse_authorization(slice_of_string(value), &parts))
            abort();
        if (!same(parts.realm, digest.realm) || !same(parts.nonce, digest.nonce) ||
            parts.response.size != 32)
            abort();
    }
    http_digest_fini(&digest);
    arena_fini(&arena);
    return 0;
}
