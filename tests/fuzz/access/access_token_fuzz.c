/*
 * Tokens from anybody. The input is tried as a token, and as a header and a payload (split at the
 * first line feed) that are signed with the right key, so that what lies behind the signature is
 * reached too. What is accepted has all its claims, and every refusal is ERROR_UNAUTHORIZED. All of
 * it happens on a stack as small as a fiber's, which those under sanitizers are not.
 */
#include "access/token.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "supersecret"

static void verify(const struct token_key *key, struct slice token)
{
    struct arena arena;
    arena_init(&arena);
    struct token_claims claims;
    struct error err;
    if (token_verify(key, &arena, token, &claims, &err)) {
        if (claims.issuer == NULL || claims.device_id == NULL || claims.tenant_id == NULL ||
            strlen(claims.tenant_id) > TOKEN_TENANT)
            abort();
    } else if (err.code != ERROR_UNAUTHORIZED) {
        abort();
    }
    arena_fini(&arena);
}

static size_t encode(char *to, size_t room, struct slice bytes)
{
    sodium_bin2base64(to, room, bytes.data, bytes.size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return strlen(to);
}

static void verify_signed(const struct token_key *key, struct slice header, struct slice payload)
{
    static char text[2 * TOKEN_LIMIT];
    size_t at = encode(text, sizeof text, header);
    text[at++] = '.';
    at += encode(text + at, sizeof text - at, payload);
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)SECRET, sizeof SECRET - 1);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)text, at);
    crypto_auth_hmacsha256_final(&state, mac);
    text[at++] = '.';
    at += encode(text + at, sizeof text - at, slice_of(mac, sizeof mac));
    verify(key, slice_of(text, at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *try_input(void *arg)
{
    static struct token_key *key;
    if (key == NULL)
        key = token_key_new(SLICE_LITERAL(SECRET), NULL);
    struct slice input = *(struct slice *)arg;
    verify(key, input);
    if (input.size <= TOKEN_LIMIT) {
        struct slice payload = input;
        struct slice header = slice_split(&payload, '\n');
        verify_signed(key, header, payload);
        verify_signed(key, SLICE_LITERAL("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), input);
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of(data, size);
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, (size_t)64 * 1024) != 0 ||
        pthread_create(&thread, &attributes, try_input, &input) != 0 ||
        pthread_join(thread, NULL) != 0)
        abort();
    pthread_attr_destroy(&attributes);
    return 0;
}
