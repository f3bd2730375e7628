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

/* True when this very token was kept and has not expired; its tenant goes to `tenant`. */
bool checked_find(struct checked *checked, struct slice token, int64_t now_s,
                  char tenant[TOKEN_TENANT + 1]);

/* Keeps a token that is good until `expires_s`. */
void checked_keep(struct checked *checked, struct slice token, const char *tenant,
                  int64_t expires_s);

#endif
