/*
 * Tokens that were checked a moment ago, so that a client's next request costs a hash instead of
 * parsing and a signature. A fixed number of places, found by a keyed hash of the token; a newer
 * token takes the place of an older one. Any thread.
 */
#ifndef ACCESS_CHECKED_H
#define ACCESS_CHECKED_H

#include "access/token.h"

struct checked;

struct checked *checked_new(void);
void checked_free(struct checked *checked);

/* Whose token it is; both are texts, the user's name empty when the token has none. */
struct checked_owner {
    char tenant[TOKEN_TENANT + 1];
    char user[TOKEN_USER + 1];
};

/* True when this very token was kept and has not expired. */
bool checked_find(struct checked *checked, struct slice token, int64_t now_s,
                  struct checked_owner *owner);

/* Keeps a token with the tenant and the user (NULL: none) of its claims until it expires. */
void checked_keep(struct checked *checked, struct slice token, const struct token_claims *claims);

#endif
