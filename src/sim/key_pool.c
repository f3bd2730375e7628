#include "sim/key_pool.h"

#include "core/memory.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>

#define KEYS_MOST 16 /* more than a device keeps, so that it finds one that it has not */

struct sim_key_pool {
    pthread_mutex_t lock;
    EVP_PKEY *keys[KEYS_MOST];
    size_t next;
};

struct sim_key_pool *sim_key_pool_new(void)
{
    struct sim_key_pool *pool = memory_new(sizeof(*pool));
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void sim_key_pool_free(struct sim_key_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < KEYS_MOST; i++)
        EVP_PKEY_free(pool->keys[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

bool sim_key_pool_fill(struct sim_key_pool *pool, struct slice pem, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    for (size_t i = 0; bio != NULL && i < KEYS_MOST && pool->keys[i] == NULL; i++) {
        pool->keys[i] = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        if (pool->keys[i] == NULL)
            break;
    }
    BIO_free(bio);
    ERR_clear_error(); /* the end of the text is one */
    return pool->keys[0] != NULL || error_set(err, ERROR_INVALID, "there are no private keys");
}

EVP_PKEY *sim_key_pool_take(struct sim_key_pool *pool, size_t bits)
{
    if (pool == NULL || bits != 2048) /* the others are rare */
        return EVP_RSA_gen(bits);
    pthread_mutex_lock(&pool->lock);
    EVP_PKEY **place = &pool->keys[pool->next++ % KEYS_MOST];
    if (*place == NULL)
        *place = EVP_RSA_gen(bits);
    EVP_PKEY *key = *place;
    if (key != NULL)
        EVP_PKEY_up_ref(key);
    pthread_mutex_unlock(&pool->lock);
    return key;
}
