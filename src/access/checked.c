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
    struct checked_owner owner;
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
                  struct checked_owner *owner)
{
    uint8_t hash[crypto_generichash_BYTES];
    const struct place *place = place_of(checked, token, hash);
    pthread_mutex_lock(&checked->lock);
    bool found = place->expires_s > now_s && memcmp(place->hash, hash, sizeof hash) == 0;
    if (found)
        *owner = place->owner;
    pthread_mutex_unlock(&checked->lock);
    return found;
}

void checked_keep(struct checked *checked, struct slice token, const struct token_claims *claims)
{
    const char *user = claims->subject == NULL ? "" : claims->subject;
    size_t tenant_size = strlen(claims->tenant_id) + 1;
    size_t user_size = strlen(user) + 1;
    if (tenant_size > TOKEN_TENANT + 1 || user_size > TOKEN_USER + 1)
        return;
    uint8_t hash[crypto_generichash_BYTES];
    struct place *place = place_of(checked, token, hash);
    pthread_mutex_lock(&checked->lock);
    memcpy(place->hash, hash, sizeof hash);
    memcpy(place->owner.tenant, claims->tenant_id, tenant_size);
    memcpy(place->owner.user, user, user_size);
    place->expires_s = claims->expires_s;
    pthread_mutex_unlock(&checked->lock);
}
