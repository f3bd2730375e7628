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
#define KNOWN_MS   (UINT64_C(30) * 24 * 3600 * 1000)
#define SHUT_MS    UINT64_C(1000)

#define KEY_SIZE 16

struct entry {
    uint8_t key[KEY_SIZE];
    uint64_t used_ms;   /* of the last try */
    uint64_t failed_ms; /* of the last failure */
    uint64_t good_ms;   /* of the last success, for a user from a source; 0: none */
    uint64_t shut_ms;   /* no tries before */
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

size_t throttle_party(const char *source, uint8_t party[THROTTLE_PARTY_SIZE])
{
    struct in6_addr six;
    char bare[INET6_ADDRSTRLEN];
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (source == NULL)
        return 0;
    size_t size = strlen(source);
    if (source[0] == '[' && source[size - 1] == ']' && size - 2 < sizeof bare) {
        memcpy(bare, source + 1, size - 2);
        bare[size - 2] = '\0';
        source = bare;
    }
    if (inet_pton(AF_INET6, source, &six) == 1) {
        bool is_mapped = memcmp(six.s6_addr, mapped, sizeof mapped) == 0;
        if (is_mapped)
            return inet_ntop(AF_INET, six.s6_addr + 12, (char *)party, THROTTLE_PARTY_SIZE) == NULL
                       ? 0
                       : strlen((const char *)party);
        memcpy(party, six.s6_addr, 8);
        return 8;
    }
    size_t length = strnlen(source, THROTTLE_PARTY_SIZE);
    memcpy(party, source, length);
    return length;
}

/* Key of (source) when `user` is NULL, else of (source, user). */
static void make_key(const struct throttle *throttle, const struct slice *user, const char *source,
                     uint8_t key[KEY_SIZE])
{
    uint8_t party[THROTTLE_PARTY_SIZE];
    uint8_t size = (uint8_t)throttle_party(source, party);
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

/* Tries that succeed, or that are not admitted, do not keep failures from being forgiven. */
static uint32_t failures_of(const struct entry *entry, uint64_t now_ms)
{
    return entry == NULL || now_ms - entry->failed_ms >= FORGIVE_MS ? 0 : entry->failures;
}

static bool is_known(const struct entry *entry, uint64_t now_ms)
{
    return entry != NULL && entry->good_ms != 0 && now_ms - entry->good_ms < KNOWN_MS;
}

/* The entry to give up for a new one: the one used longest ago, of those that hold no success if
 * there are any. */
static struct entry *victim(struct throttle *throttle, uint64_t now_ms)
{
    struct entry *worst = NULL;
    for (size_t i = 0; i < THROTTLE_ENTRIES; i++) {
        struct entry *entry = &throttle->entries[i];
        if (entry->at_once > 0)
            continue;
        bool known = is_known(entry, now_ms);
        bool worst_known = is_known(worst, now_ms);
        if (worst == NULL || (known == worst_known ? entry->used_ms < worst->used_ms : worst_known))
            worst = entry;
    }
    return worst;
}

/* The entry of `key`, made when it is not there, with one more try in it; NULL when each of them is
 * being checked. */
static struct entry *take(struct throttle *throttle, const uint8_t key[KEY_SIZE], uint64_t now_ms)
{
    struct entry *entry = find(throttle, key);
    if (entry == NULL) {
        entry = throttle->count < THROTTLE_ENTRIES ? &throttle->entries[throttle->count++]
                                                   : victim(throttle, now_ms);
        if (entry == NULL)
            return NULL;
        *entry = (struct entry){0};
        memcpy(entry->key, key, KEY_SIZE);
    }
    entry->failures = failures_of(entry, now_ms);
    entry->used_ms = now_ms;
    entry->at_once++;
    return entry;
}

/* Ends a try; what the entry is no longer needed for goes. Moves another entry into its place. */
static void release(struct throttle *throttle, struct entry *entry)
{
    entry->at_once--;
    if (entry->failures == 0 && entry->at_once == 0 && entry->good_ms == 0)
        *entry = throttle->entries[--throttle->count];
}

/* When a try may be made: `now_ms`, or later. Either entry may be NULL. */
static uint64_t open_at(const struct entry *source, const struct entry *user, uint64_t now_ms)
{
    bool known = is_known(user, now_ms);
    uint32_t source_failures = failures_of(source, now_ms);
    uint64_t at = now_ms;
    if (source != NULL && !known && source->shut_ms > at)
        at = source->shut_ms;
    if (user != NULL && user->shut_ms > at)
        at = user->shut_ms;
    if (at > now_ms)
        return at;
    /* Once the free tries are over, one try at a time. */
    uint32_t limit = known || source_failures < THROTTLE_SOURCE_TRIES ? THROTTLE_AT_ONCE : 1;
    bool crowded = (source != NULL && source->at_once >= limit) ||
                   (failures_of(user, now_ms) >= THROTTLE_USER_TRIES && user->at_once > 0);
    return crowded ? now_ms + SHUT_MS : now_ms;
}

struct keys {
    uint8_t source[KEY_SIZE];
    uint8_t user[KEY_SIZE];
};

static struct keys keys_of(const struct throttle *throttle, struct slice user, const char *source)
{
    struct keys keys = {{0}, {0}};
    make_key(throttle, NULL, source, keys.source);
    make_key(throttle, &user, source, keys.user);
    return keys;
}

/* Counts the try in both entries. */
static bool enter(struct throttle *throttle, const struct keys *keys, uint64_t now_ms)
{
    struct entry *source = take(throttle, keys->source, now_ms);
    if (source == NULL)
        return false;
    if (take(throttle, keys->user, now_ms) != NULL)
        return true;
    release(throttle, source);
    return false;
}

bool throttle_begin(struct throttle *throttle, struct slice user, const char *source,
                    uint64_t now_ms, struct error *err)
{
    struct keys keys = keys_of(throttle, user, source);
    pthread_mutex_lock(&throttle->lock);
    uint64_t at = open_at(find(throttle, keys.source), find(throttle, keys.user), now_ms);
    if (at == now_ms && !enter(throttle, &keys, now_ms))
        at = now_ms + SHUT_MS;
    pthread_mutex_unlock(&throttle->lock);
    if (at == now_ms)
        return true;
    metric_add(&throttled, 1);
    uint64_t seconds = (at - now_ms + 999) / 1000;
    return error_set(err, ERROR_THROTTLED, "Too many failed logins; try again in %" PRIu64 " %s",
                     seconds, seconds == 1 ? "second" : "seconds");
}

uint64_t throttle_wait_ms(struct throttle *throttle, struct slice user, const char *source,
                          uint64_t now_ms)
{
    struct keys keys = keys_of(throttle, user, source);
    pthread_mutex_lock(&throttle->lock);
    uint64_t at = open_at(find(throttle, keys.source), find(throttle, keys.user), now_ms);
    pthread_mutex_unlock(&throttle->lock);
    return at - now_ms;
}

static void count_failure(struct entry *entry, uint32_t free_tries, uint64_t now_ms)
{
    entry->failures = failures_of(entry, now_ms);
    if (entry->failures < UINT32_MAX)
        entry->failures++;
    entry->failed_ms = now_ms;
    if (entry->failures < free_tries)
        return;
    uint32_t doublings = entry->failures - free_tries;
    uint64_t shut = doublings >= 20 ? THROTTLE_SHUT_MOST_MS : SHUT_MS << doublings;
    entry->shut_ms = now_ms + (shut < THROTTLE_SHUT_MOST_MS ? shut : THROTTLE_SHUT_MOST_MS);
}

void throttle_end(struct throttle *throttle, struct slice user, const char *source,
                  enum throttle_outcome outcome, uint64_t now_ms)
{
    struct keys keys = keys_of(throttle, user, source);
    pthread_mutex_lock(&throttle->lock);
    /* Both are there since throttle_begin. */
    struct entry *entry = find(throttle, keys.source);
    if (entry != NULL) {
        if (outcome == THROTTLE_FAILURE)
            count_failure(entry, THROTTLE_SOURCE_TRIES, now_ms);
        release(throttle, entry);
    }
    entry = find(throttle, keys.user);
    if (entry != NULL) {
        if (outcome == THROTTLE_FAILURE) {
            count_failure(entry, THROTTLE_USER_TRIES, now_ms);
        } else if (outcome == THROTTLE_SUCCESS) {
            entry->failures = 0;
            entry->shut_ms = 0;
            entry->good_ms = now_ms;
        }
        release(throttle, entry);
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
