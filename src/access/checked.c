#include "access/checked.h"

#include "core/memory.h"
#include "core/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 1024

struct place {
    uint8_t hash[crypto_generichash_BYTES];
    int64_t expires_s; /* 0: empty */
    char tenant[TOKEN_TENANT + 1];
};

struct checked {
    pthread_mutex_t lock;
    uint8_t secret[crypto_generichash_KEYBYTES];
    struct place places[PLACES];
};

struct checked *checked_new(void)
{
    struct checked *checked = memory_new(sizeof *checked);
    pthread_mutex_init(&checked->lock, NULL);
    random_bytes(checked->secret, sizeof checked->secret);
    return checked;
}

void checked_free(struct checked *checked)
{
    if (checked == NULL)
        return;
    pthread_mutex_destroy(&checked->lock);
    free(checked);
}

static struct place *place_of(struct checked *checked, struct slice token,
                              uint8_t hash[crypto_generichash_BYTES])
{
    crypto_generichash(hash, crypto_generichash_BYTES, token.data, token.size, checked->secret,
                       sizeof checked->secret);
    return &checked->places[(hash[0] | (size_t)hash[1] << 8) % PLACES];
}

bool checked_find(struct checked *checked, struct slice token, int64_t now_s,
                  char tenant[TOKEN_TENANT + 1])
{
    uint8_t hash[crypto_generichash_BYTES];
    const struct place *place = place_of(checked, token, hash);
    pthread_mutex_lock(&checked->lock);
    bool found = place->expires_s > now_s && memcmp(place->hash, hash, sizeof hash) == 0;
    if (found)
        memcpy(tenant, place->tenant, sizeof place->tenant);
    pthread_mutex_unlock(&checked->lock);
    return found;
}

void checked_keep(struct checked *checked, struct slice token, const char *tenant,
                  int64_t expires_s)
{
    size_t length = strlen(tenant);
    if (length > TOKEN_TENANT)
        return;
    uint8_t hash[crypto_generichash_BYTES];
    struct place *place = place_of(checked, token, hash);
    pthread_mutex_lock(&checked->lock);
    memcpy(place->hash, hash, sizeof hash);
    memcpy(place->tenant, tenant, length + 1);
    place->expires_s = expires_s;
    pthread_mutex_unlock(&checked->lock);
}
