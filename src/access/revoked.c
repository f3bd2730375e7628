#include "access/revoked.h"

#include "core/memory.h"
#include "core/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 16
#define SETS (REVOKED_PLACES / WAYS)

struct place {
    uint8_t hash[crypto_generichash_BYTES];
    int64_t expires_s; /* 0: empty */
};

struct revoked {
    pthread_mutex_t lock;
    uint8_t secret[crypto_generichash_KEYBYTES];
    _Atomic(struct place *) places; /* SETS * WAYS of them; NULL until the first is needed */
};

struct revoked *revoked_new(void)
{
    struct revoked *revoked = memory_new(sizeof *revoked);
    pthread_mutex_init(&revoked->lock, NULL);
    random_bytes(revoked->secret, sizeof revoked->secret);
    return revoked;
}

void revoked_free(struct revoked *revoked)
{
    if (revoked == NULL)
        return;
    pthread_mutex_destroy(&revoked->lock);
    free(revoked->places);
    free(revoked);
}

/* The first place of the set that a token belongs to. */
static struct place *set_of(struct revoked *revoked, struct slice token,
                            uint8_t hash[crypto_generichash_BYTES])
{
    crypto_generichash(hash, crypto_generichash_BYTES, token.data, token.size, revoked->secret,
                       sizeof revoked->secret);
    return &revoked->places[(hash[0] | (size_t)hash[1] << 8) % SETS * WAYS];
}

void revoked_add(struct revoked *revoked, struct slice token, int64_t expires_s, int64_t now_s)
{
    uint8_t hash[crypto_generichash_BYTES];
    if (expires_s <= now_s)
        return;
    pthread_mutex_lock(&revoked->lock);
    if (revoked->places == NULL)
        revoked->places = memory_new(REVOKED_PLACES * sizeof(struct place));
    struct place *set = set_of(revoked, token, hash);
    struct place *place = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (memcmp(set[i].hash, hash, sizeof hash) == 0) {
            place = &set[i];
            break;
        }
        if (set[i].expires_s < place->expires_s)
            place = &set[i];
    }
    memcpy(place->hash, hash, sizeof hash);
    place->expires_s = expires_s;
    pthread_mutex_unlock(&revoked->lock);
}

bool revoked_has(struct revoked *revoked, struct slice token, int64_t now_s)
{
    uint8_t hash[crypto_generichash_BYTES];
    bool found = false;
    if (revoked->places == NULL)
        return false;
    const struct place *set = set_of(revoked, token, hash);
    pthread_mutex_lock(&revoked->lock);
    for (size_t i = 0; i < WAYS && !found; i++)
        found = set[i].expires_s > now_s && memcmp(set[i].hash, hash, sizeof hash) == 0;
    pthread_mutex_unlock(&revoked->lock);
    return found;
}
