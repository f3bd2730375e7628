#include "mps/failures.h"

#include "core/memory.h"
#include "core/random.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SETS       1024
#define WAYS       8
#define DELAY_MS   1000u
#define FORGIVE_MS (UINT64_C(15) * 60 * 1000)

/* Devices and sources have tables of their own, so that failures of many devices cannot push the
 * sources out. */
enum kind { DEVICE, SOURCE, KINDS };

struct entry {
    uint64_t key; /* 0: free */
    uint64_t failed_ms;
    uint32_t failures;
};

struct mps_failures {
    pthread_mutex_t lock;
    uint8_t seed[crypto_shorthash_KEYBYTES]; /* so that nobody makes keys collide */
    struct entry entries[KINDS][SETS][WAYS];
};

_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "a key is one hash");

struct mps_failures *mps_failures_new(void)
{
    struct mps_failures *failures = memory_new(sizeof *failures);
    (void)pthread_mutex_init(&failures->lock, NULL);
    random_bytes(failures->seed, sizeof failures->seed);
    return failures;
}

void mps_failures_free(struct mps_failures *failures)
{
    if (failures == NULL)
        return;
    (void)pthread_mutex_destroy(&failures->lock);
    free(failures);
}

/* The part of an address that one party can be expected to hold: all of IPv4, a /64 of IPv6. */
static void party_of(const struct io_address *address, uint8_t party[9])
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    memcpy(&six, address->bytes, sizeof six);
    memcpy(&four, address->bytes, sizeof four);
    memset(party, 0, 9);
    if (six.sin6_family == AF_INET) {
        memcpy(party, &four.sin_addr, 4);
    } else if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
        memcpy(party, six.sin6_addr.s6_addr + 12, 4);
    } else {
        memcpy(party, six.sin6_addr.s6_addr, 8);
        party[8] = 6;
    }
}

/* Key of the source alone when `guid` is NULL. */
static uint64_t key_of(const struct mps_failures *failures, const struct guid *guid,
                       const struct io_address *source)
{
    uint8_t text[9 + sizeof(struct guid)] = {0};
    uint64_t key;
    party_of(source, text);
    if (guid != NULL)
        memcpy(text + 9, guid->bytes, sizeof guid->bytes);
    (void)crypto_shorthash((uint8_t *)&key, text, sizeof text, failures->seed);
    return key == 0 ? 1 : key;
}

/* The entry of `key`, or the one that makes room for it. */
static struct entry *place_of(struct mps_failures *failures, enum kind kind, uint64_t key)
{
    struct entry *set = failures->entries[kind][key % SETS];
    struct entry *oldest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].failed_ms < oldest->failed_ms)
            oldest = &set[i];
    }
    return oldest;
}

static uint32_t count_failure(struct mps_failures *failures, enum kind kind, uint64_t key,
                              uint64_t now_ms)
{
    struct entry *entry = place_of(failures, kind, key);
    if (entry->key != key || now_ms - entry->failed_ms >= FORGIVE_MS)
        *entry = (struct entry){.key = key};
    entry->failed_ms = now_ms;
    if (entry->failures < UINT32_MAX)
        entry->failures++;
    return entry->failures;
}

static uint32_t delay_after(uint32_t failures, uint32_t tries)
{
    if (failures <= tries)
        return 0;
    uint32_t doublings = failures - tries - 1;
    return doublings >= 5 ? MPS_FAILURES_DELAY_MOST : DELAY_MS << doublings;
}

uint32_t mps_failures_note(struct mps_failures *failures, const struct guid *guid,
                           const struct io_address *source, uint64_t now_ms)
{
    uint64_t device_key = key_of(failures, guid, source);
    uint64_t source_key = key_of(failures, NULL, source);
    (void)pthread_mutex_lock(&failures->lock);
    uint32_t of_device = count_failure(failures, DEVICE, device_key, now_ms);
    uint32_t of_source = count_failure(failures, SOURCE, source_key, now_ms);
    (void)pthread_mutex_unlock(&failures->lock);
    uint32_t delay = delay_after(of_device, MPS_FAILURES_DEVICE_TRIES);
    uint32_t source_delay = delay_after(of_source, MPS_FAILURES_SOURCE_TRIES);
    return delay > source_delay ? delay : source_delay;
}

void mps_failures_forgive(struct mps_failures *failures, const struct guid *guid,
                          const struct io_address *source)
{
    uint64_t key = key_of(failures, guid, source);
    (void)pthread_mutex_lock(&failures->lock);
    struct entry *entry = place_of(failures, DEVICE, key);
    if (entry->key == key)
        *entry = (struct entry){.key = 0};
    (void)pthread_mutex_unlock(&failures->lock);
}
