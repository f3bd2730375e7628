#include "access/throttle.h"

#include "core/memory.h"
#include "core/metrics.h"
#include "core/random.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(throttled, METRIC_COUNTER, "outband_access_throttled_total", NULL,
              "Logins refused without checking, because of too many failures.")

#define FORGIVE_MS (UINT64_C(15) * 60 * 1000)
#define SHUT_MS    UINT64_C(1000)
#define SHUT_MOST  (UINT64_C(5) * 60 * 1000)

#define KEY_SIZE 16

struct entry {
    uint8_t key[KEY_SIZE];
    uint64_t used_ms; /* of the last failure or try */
    uint64_t shut_ms; /* no tries before */
    uint32_t failures;
    uint32_t at_once; /* tries that are being checked; such an entry stays */
};

struct throttle {
    pthread_mutex_t lock;
    uint8_t secret[crypto_generichash_KEYBYTES]; /* so that nobody makes keys collide */
    size_t count;
    struct entry entries[THROTTLE_ENTRIES];
};

struct throttle *throttle_new(void)
{
    struct throttle *throttle = memory_new(sizeof *throttle);
    pthread_mutex_init(&throttle->lock, NULL);
    random_bytes(throttle->secret, sizeof throttle->secret);
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (throttle == NULL)
        return;
    pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

/* The part of an address that one party can be expected to hold: all of IPv4, a /64 of IPv6. */
static size_t party_of(const char *source, uint8_t party[64])
{
    struct in6_addr six;
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (source == NULL)
        return 0;
    if (inet_pton(AF_INET6, source, &six) == 1) {
        bool is_mapped = memcmp(six.s6_addr, mapped, sizeof mapped) == 0;
        if (is_mapped)
            return inet_ntop(AF_INET, six.s6_addr + 12, (char *)party, 64) == NULL
                       ? 0
                       : strlen((const char *)party);
        memcpy(party, six.s6_addr, 8);
        return 8;
    }
    size_t length = strnlen(source, 64);
    memcpy(party, source, length);
    return length;
}

/* Key of (source) when `user` is NULL, else of (source, user). */
static void make_key(const struct throttle *throttle, const struct slice *user, const char *source,
                     uint8_t key[KEY_SIZE])
{
    uint8_t party[64];
    uint8_t size = (uint8_t)party_of(source, party);
    crypto_generichash_state state;
    crypto_generichash_init(&state, throttle->secret, sizeof throttle->secret, KEY_SIZE);
    crypto_generichash_update(&state, &size, 1);
    crypto_generichash_update(&state, party, size);
    if (user != NULL) {
        crypto_generichash_update(&state, (const uint8_t *)"u", 1);
        crypto_generichash_update(&state, user->data, user->size);
    }
    crypto_generichash_final(&state, key, KEY_SIZE);
}

static struct entry *find(struct throttle *throttle, const uint8_t key[KEY_SIZE])
{
    for (size_t i = 0; i < throttle->count; i++)
        if (memcmp(throttle->entries[i].key, key, KEY_SIZE) == 0)
            return &throttle->entries[i];
    return NULL;
}

/* The entry of `key`, made when it is not there; NULL when each of them is being checked. */
static struct entry *take(struct throttle *throttle, const uint8_t key[KEY_SIZE], uint64_t now_ms)
{
    struct entry *entry = find(throttle, key);
    if (entry == NULL && throttle->count < THROTTLE_ENTRIES) {
        entry = &throttle->entries[throttle->count++];
        *entry = (struct entry){0};
    } else if (entry == NULL) {
        for (size_t i = 0; i < THROTTLE_ENTRIES; i++) {
            struct entry *other = &throttle->entries[i];
            if (other->at_once == 0 && (entry == NULL || other->used_ms < entry->used_ms))
                entry = other;
        }
        if (entry == NULL)
            return NULL;
        *entry = (struct entry){0};
    }
    memcpy(entry->key, key, KEY_SIZE);
    if (now_ms - entry->used_ms >= FORGIVE_MS)
        entry->failures = 0;
    entry->used_ms = now_ms;
    return entry;
}

static void release(struct throttle *throttle, struct entry *entry)
{
    if (entry->failures == 0 && entry->at_once == 0)
        *entry = throttle->entries[--throttle->count];
}

static uint64_t shut_until(struct throttle *throttle, const uint8_t key[KEY_SIZE], uint64_t now_ms)
{
    const struct entry *entry = find(throttle, key);
    return entry != NULL && entry->shut_ms > now_ms ? entry->shut_ms : now_ms;
}

bool throttle_begin(struct throttle *throttle, struct slice user, const char *source,
                    uint64_t now_ms, struct error *err)
{
    uint8_t source_key[KEY_SIZE];
    uint8_t user_key[KEY_SIZE];
    make_key(throttle, NULL, source, source_key);
    make_key(throttle, &user, source, user_key);
    pthread_mutex_lock(&throttle->lock);
    uint64_t until = shut_until(throttle, source_key, now_ms);
    uint64_t user_until = shut_until(throttle, user_key, now_ms);
    if (until < user_until)
        until = user_until;
    if (until == now_ms) {
        struct entry *entry = take(throttle, source_key, now_ms);
        if (entry == NULL || entry->at_once >= THROTTLE_AT_ONCE)
            until = now_ms + SHUT_MS;
        else
            entry->at_once++;
    }
    pthread_mutex_unlock(&throttle->lock);
    if (until == now_ms)
        return true;
    metric_add(&throttled, 1);
    return error_set(err, ERROR_THROTTLED,
                     "Too many failed logins; try again in %" PRIu64 " seconds",
                     (until - now_ms + 999) / 1000);
}

static void count_failure(struct entry *entry, uint32_t free_tries, uint64_t now_ms)
{
    if (entry->failures < UINT32_MAX)
        entry->failures++;
    if (entry->failures < free_tries)
        return;
    uint32_t doublings = entry->failures - free_tries;
    uint64_t shut = doublings >= 20 ? SHUT_MOST : SHUT_MS << doublings;
    entry->shut_ms = now_ms + (shut < SHUT_MOST ? shut : SHUT_MOST);
}

void throttle_end(struct throttle *throttle, struct slice user, const char *source,
                  enum throttle_outcome outcome, uint64_t now_ms)
{
    uint8_t source_key[KEY_SIZE];
    uint8_t user_key[KEY_SIZE];
    make_key(throttle, NULL, source, source_key);
    make_key(throttle, &user, source, user_key);
    pthread_mutex_lock(&throttle->lock);
    struct entry *entry = find(throttle, source_key); /* there since throttle_begin */
    if (entry != NULL) {
        entry->at_once--;
        if (outcome == THROTTLE_FAILURE)
            count_failure(entry, THROTTLE_SOURCE_TRIES, now_ms);
        release(throttle, entry);
    }
    if (outcome == THROTTLE_FAILURE) {
        entry = take(throttle, user_key, now_ms);
        if (entry != NULL)
            count_failure(entry, THROTTLE_USER_TRIES, now_ms);
    } else if (outcome == THROTTLE_SUCCESS) {
        entry = find(throttle, user_key);
        if (entry != NULL) {
            entry->failures = 0;
            release(throttle, entry);
        }
    }
    pthread_mutex_unlock(&throttle->lock);
}

size_t throttle_size(struct throttle *throttle)
{
    pthread_mutex_lock(&throttle->lock);
    size_t count = throttle->count;
    pthread_mutex_unlock(&throttle->lock);
    return count;
}
