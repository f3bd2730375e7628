/*
 * RSA keys made in advance, for runs in which the device's own key generation, 0.1 to 0.3 s of this
 * machine's processor where firmware takes its own, would drown what is measured. Keys are made
 * when first asked for and then handed out in turn, so devices share them. Any thread.
 */
#ifndef SIM_KEY_POOL_H
#define SIM_KEY_POOL_H

#include "core/error.h"
#include "core/slice.h"

#include <openssl/types.h>

struct sim_key_pool;

struct sim_key_pool *sim_key_pool_new(void);

/* Puts those of a PEM text in front, so that many processes need not make keys of their own; what
 * is beyond the size of the pool is not read. False with ERROR_INVALID when there is none. */
bool sim_key_pool_fill(struct sim_key_pool *pool, struct slice pem, struct error *err);

/* NULL is allowed. */
void sim_key_pool_free(struct sim_key_pool *pool);

/* A key of that size, owned by the caller (EVP_PKEY_free). `pool` NULL makes a new one. NULL when
 * that is not possible. */
EVP_PKEY *sim_key_pool_take(struct sim_key_pool *pool, size_t bits);

#endif
