/*
 * HTTP digest authentication (RFC 2617/7616 with MD5 and qop=auth) as AMT speaks it, client side,
 * and the arithmetic both sides share. Real firmware wants every parameter quoted, qop and nc too,
 * and no blank after commas (spec mps 4.1, device-protocols 4.2). A challenge outlives requests and
 * connections: its nonce is used again with a rising count until the device sends a new one.
 * One owner at a time, no locking.
 */
#ifndef HTTP_DIGEST_H
#define HTTP_DIGEST_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

#define HTTP_DIGEST_HEX_SIZE 33

/* Longest realm, nonce or opaque that is accepted from a peer, in bytes. */
#define HTTP_DIGEST_TEXT_LIMIT 512

/* MD5(user:realm:password) in lower-case hexadecimal. */
void http_digest_ha1(struct slice user, struct slice realm, struct slice password,
                     char ha1[HTTP_DIGEST_HEX_SIZE]);

/* The response value for qop=auth; with an empty `qop` that of RFC 2069. */
void http_digest_response(const char *ha1, struct slice nonce, struct slice nc, struct slice cnonce,
                          struct slice qop, const char *method, struct slice uri,
                          char response[HTTP_DIGEST_HEX_SIZE]);

struct http_digest {
    char *realm; /* heap; NULL until the first challenge */
    char *nonce;
    char *opaque;   /* NULL when the challenge had none */
    uint32_t count; /* requests made with this nonce */
    bool qop_auth;
    bool stale; /* the last challenge said the nonce was stale */
};

void http_digest_fini(struct http_digest *digest);

/* Takes the value of a WWW-Authenticate header. ERROR_PROTOCOL when it is no usable digest
 * challenge (another scheme, no realm or nonce, an algorithm other than MD5, qop without auth). */
bool http_digest_challenge(struct http_digest *digest, struct slice header, struct error *err);

bool http_digest_ready(const struct http_digest *digest);

/* The value of the Authorization header for the next request; raises the count. Requires
 * http_digest_ready. Quotes and backslashes in the user name are escaped, control characters
 * become '?' (firmware allows neither in names). */
char *http_digest_authorization(struct http_digest *digest, struct arena *arena, struct slice user,
                                struct slice password, const char *method, const char *uri);

/* The parameters of an Authorization header, for the side that checks it. Values are as sent,
 * without their quotes, escapes left in; absent ones are empty. Borrowed from the header. */
struct http_digest_parts {
    struct slice username;
    struct slice realm;
    struct slice nonce;
    struct slice uri;
    struct slice qop;
    struct slice response;
    struct slice nc;
    struct slice cnonce;
    struct slice opaque;
    struct slice algorithm;
};

/* Takes parameters in any order, quoted or not. False when it is no Digest header or a parameter
 * is malformed or comes twice. */
bool http_digest_parse_authorization(struct slice header, struct http_digest_parts *parts);

#endif
