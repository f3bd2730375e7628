#include "io/sealed_text.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"

#include <openssl/evp.h>
#include <string.h>

#define KEY_LENGTH (IO_SEALED_KEY_SIZE - 1)
#define KEY_BYTES  24 /* of them base64 makes KEY_LENGTH characters */
#define NONCE_SIZE 12
#define TAG_SIZE   16

#define TEXT_LIMIT ((size_t)8 * 1024 * 1024)

bool io_sealed_text_make(struct arena *arena, struct slice text, char key[IO_SEALED_KEY_SIZE],
                         struct slice *sealed, struct error *err)
{
    uint8_t random[KEY_BYTES];
    int size = 0;
    int rest = 0;
    if (text.size > TEXT_LIMIT)
        return error_set(err, ERROR_TOO_LARGE, "the text is too long to be sealed");
    random_bytes(random, sizeof random);
    struct slice made = encoding_base64(arena, slice_of(random, sizeof random));
    memory_wipe(random, sizeof random);
    memcpy(key, made.data, KEY_LENGTH);
    key[KEY_LENGTH] = '\0';
    uint8_t *bytes = arena_alloc(arena, NONCE_SIZE + text.size + TAG_SIZE);
    random_bytes(bytes, NONCE_SIZE);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok =
        context != NULL &&
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, (const uint8_t *)key, bytes) == 1 &&
        EVP_EncryptUpdate(context, bytes + NONCE_SIZE, &size, text.data, (int)text.size) == 1 &&
        EVP_EncryptFinal_ex(context, bytes + NONCE_SIZE + size, &rest) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
                            bytes + NONCE_SIZE + text.size) == 1;
    EVP_CIPHER_CTX_free(context);
    *sealed = encoding_base64(arena, slice_of(bytes, NONCE_SIZE + text.size + TAG_SIZE));
    return ok || error_set(err, ERROR_INTERNAL, "AES-256-GCM is not to be had");
}

bool io_sealed_text_open(struct arena *arena, struct slice sealed, struct slice key,
                         struct slice *text, struct error *err)
{
    struct slice bytes;
    int size = 0;
    int rest = 0;
    if (key.size != KEY_LENGTH)
        return error_set(err, ERROR_INVALID, "the key has %d characters", KEY_LENGTH);
    if (sealed.size > 2 * TEXT_LIMIT || !encoding_base64_decode(arena, sealed, &bytes) ||
        bytes.size < NONCE_SIZE + TAG_SIZE)
        return error_set(err, ERROR_INVALID, "the content is not the base64 of an export");
    size_t inside = bytes.size - NONCE_SIZE - TAG_SIZE;
    uint8_t *plain = arena_alloc(arena, inside + 1);
    uint8_t tag[TAG_SIZE];
    memcpy(tag, bytes.data + NONCE_SIZE + inside, TAG_SIZE);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context != NULL &&
              EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key.data, bytes.data) == 1 &&
              EVP_DecryptUpdate(context, plain, &size, bytes.data + NONCE_SIZE, (int)inside) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
              EVP_DecryptFinal_ex(context, plain + size, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    *text = slice_of(plain, inside);
    return ok || error_set(err, ERROR_INVALID, "the key does not open the content");
}
