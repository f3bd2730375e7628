/*
 * Secrets sealed on this machine: secrets.db holds, by path, a nonce and an XChaCha20-Poly1305
 * ciphertext under the key in secret.key, with the path as associated data, so that a value moved
 * to another path does not open. One row is there to tell a wrong key at once. Every write is on
 * the disk when it returns.
 */
#ifndef STORE_SEALED_H
#define STORE_SEALED_H

#include "store/migrations.h"
#include "store/secrets.h"

/* Opens `directory`/secrets.db under `directory`/secret.key. What is missing is made only where
 * nothing can be lost by it: a key only while there is no secrets.db, a secrets.db only with
 * MIGRATIONS_MAKE. *fresh is true when it holds no value yet. NULL with `err` on failure, with
 * nothing changed. Blocking. */
struct store_secrets *sealed_open(const char *directory, enum migrations_start start, bool *fresh,
                                  struct error *err);

#endif
