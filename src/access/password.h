/*
 * Passwords as Argon2id hashes (19 MiB, 2 passes: about 20 ms; stack.md 1.5). Blocking and slow on
 * purpose: on a worker, or before the loops run.
 */
#ifndef ACCESS_PASSWORD_H
#define ACCESS_PASSWORD_H

#include "core/error.h"
#include "core/slice.h"

#define PASSWORD_HASH_SIZE 128 /* with the NUL */
#define PASSWORD_LIMIT     ((size_t)1024)

/* ERROR_TOO_LARGE past PASSWORD_LIMIT bytes. */
bool password_hash(struct slice password, char hash[PASSWORD_HASH_SIZE], struct error *err);

/* Takes the same time for a right and a wrong password. */
bool password_verify(struct slice password, const char *hash);

#endif
