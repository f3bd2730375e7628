/*
 * The toolkit's tokens (spec mps 1.6): compact JWS, HS256, header {"alg":"HS256","typ":"JWT"},
 * payload with tenantId, iss, deviceId and exp in that order, and behind them sub, iat and jti (RFC
 * 7519, 4.1), and origin of our own. Pure: no state but the key. Any thread.
 */
#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include "core/arena.h"
#include "core/error.h"

struct token_key;

#define TOKEN_LIMIT  ((size_t)4096) /* characters of a token */
#define TOKEN_TENANT ((size_t)36)   /* characters of a tenant */
#define TOKEN_USER   ((size_t)256)  /* bytes of a user's name */

struct token_claims {
    const char *tenant_id;
    const char *issuer;
    const char *device_id;
    int64_t expires_s; /* seconds since 1970 */
    /* Behind the toolkit's; each absent in tokens of gateways and earlier versions. */
    const char *subject; /* the user who logged in; NULL: nobody in particular */
    const char *origin;  /* of a redirection token: the login token that it was made with; NULL */
    const char *id;      /* tells tokens of one second from one another; NULL. Not read back */
    int64_t issued_s;    /* seconds since 1970; 0: not said. Not read back */
};

/* NULL with `err` when `secret` is empty. */
struct token_key *token_key_new(struct slice secret, struct error *err);
void token_key_free(struct token_key *key);

bool token_sign(const struct token_key *key, struct arena *arena, const struct token_claims *claims,
                struct slice *token, struct error *err);

/* Checks form, algorithm and signature, and reads the claims into the arena. Whether they are good
 * for anything is the caller's to say. ERROR_UNAUTHORIZED otherwise. */
bool token_verify(const struct token_key *key, struct arena *arena, struct slice token,
                  struct token_claims *claims, struct error *err);

#endif
