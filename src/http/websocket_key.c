#include "http/websocket_key.h"

#include "core/encoding.h"

#include <openssl/evp.h>
#include <string.h>

struct slice http_websocket_answer_to(struct arena *arena, struct slice key)
{
    static const char salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 1.3 */
    size_t size = key.size + sizeof salt - 1;
    uint8_t *both = arena_alloc(arena, size);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    if (key.size > 0)
        memcpy(both, key.data, key.size);
    memcpy(both + key.size, salt, sizeof salt - 1);
    if (EVP_Digest(both, size, digest, &digest_size, EVP_sha1(), NULL) != 1)
        digest_size = 0; /* no SHA-1 in this build of OpenSSL: the peer will not agree */
    return encoding_base64(arena, slice_of(digest, digest_size));
}
