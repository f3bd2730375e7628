#include "rps/brake.h"

#include "access/throttle.h"
#include "core/memory.h"
#include "core/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE     16
#define ENTRIES      2048
#define ENTRIES_OF   256 /* … that one source has made */
#define TRUSTED      4096
#define TRUSTED_OF   1024
#define WAITING_MOST 512
#define OTHERS_OF    2 /* of one source, among those of a device that have not proved themselves */
#define POLL_MS      UINT64_C(200)
#define FORGIVE_MS   (UINT64_C(15) * 60 * 1000)
#define TRUST_MS     (UINT64_C(30) * 24 * 3600 * 1000)

/* What something is known by: a hash with a secret, so that nobody makes keys collide. */
struct key {
    uint8_t bytes[KEY_SIZE];
};

struct entry {
    struct key key;
    struct key maker; /* the source that made it */
    uint64_t used_ms; /* of the last wrong one, or the last right one of what is trusted; 0: free */
    uint64_t next_ms; /* when the next is looked at */
    uint32_t wrong;
};

struct table {
    struct entry *entries;
    size_t size;
    size_t share;
    uint64_t keep_ms;
};

struct waiting {
    struct key queue;
    struct key source;
    uint64_t ticket; /* 0: free */
};

struct rps_brake {
    pthread_mutex_t lock;
    uint8_t secret[crypto_generichash_KEYBYTES];
    uint64_t tickets;
    struct table wrong;
    struct table trusted;
    struct waiting waiting[WAITING_MOST];
    struct entry wrong_entries[ENTRIES];
    struct entry trusted_entries[TRUSTED];
};

struct rps_brake *rps_brake_new(void)
{
    struct rps_brake *brake = memory_new(sizeof *brake);
    (void)pthread_mutex_init(&brake->lock, NULL);
    random_bytes(brake->secret, sizeof brake->secret);
    brake->wrong = (struct table){brake->wrong_entries, ENTRIES, ENTRIES_OF, FORGIVE_MS};
    brake->trusted = (struct table){brake->trusted_entries, TRUSTED, TRUSTED_OF, TRUST_MS};
    return brake;
}

void rps_brake_free(struct rps_brake *brake)
{
    if (brake == NULL)
        return;
    (void)pthread_mutex_destroy(&brake->lock);
    free(brake);
}

/* ---- keys ---- */

struct keys {
    struct key pair, device, source;
};

static struct key make_key(const struct rps_brake *brake, const struct guid *device,
                           const char *source)
{
    uint8_t party[THROTTLE_PARTY_SIZE];
    uint8_t size = source == NULL ? 0 : (uint8_t)throttle_party(source, party);
    struct key key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, brake->secret, sizeof brake->secret, KEY_SIZE);
    crypto_generichash_update(&state, &size, 1);
    crypto_generichash_update(&state, party, size);
    if (device != NULL)
        crypto_generichash_update(&state, device->bytes, sizeof device->bytes);
    crypto_generichash_final(&state, key.bytes, sizeof key.bytes);
    return key;
}

static struct keys keys_of(const struct rps_brake *brake, const struct guid *device,
                           const char *source)
{
    return (struct keys){make_key(brake, device, source), make_key(brake, device, NULL),
                         make_key(brake, NULL, source)};
}

static bool is_key(const struct key *a, const struct key *b)
{
    return memcmp(a->bytes, b->bytes, KEY_SIZE) == 0;
}

/* ---- tables ---- */

static bool is_kept(const struct table *table, const struct entry *entry, uint64_t now_ms)
{
    return entry->used_ms != 0 && now_ms - entry->used_ms < table->keep_ms;
}

static struct entry *find(const struct table *table, const struct key *key, uint64_t now_ms)
{
    for (size_t i = 0; i < table->size; i++)
        if (is_key(&table->entries[i].key, key) && is_kept(table, &table->entries[i], now_ms))
            return &table->entries[i];
    return NULL;
}

static bool is_older(const struct entry *entry, const struct entry *than)
{
    return than == NULL || entry->used_ms < than->used_ms;
}

/* The entry of the key, made when it isn't there: in place of one that is over, or of the source's
 * oldest when it has its share, else of the oldest. */
static struct entry *take(const struct table *table, const struct key *key, const struct key *maker,
                          uint64_t now_ms)
{
    struct entry *found = find(table, key, now_ms);
    struct entry *over = NULL, *own = NULL, *oldest = NULL;
    size_t made = 0;
    for (size_t i = 0; i < table->size && found == NULL; i++) {
        struct entry *entry = &table->entries[i];
        if (!is_kept(table, entry, now_ms)) {
            over = entry;
            continue;
        }
        if (is_key(&entry->maker, maker)) {
            made++;
            own = is_older(entry, own) ? entry : own;
        }
        oldest = is_older(entry, oldest) ? entry : oldest;
    }
    if (found != NULL)
        return found;
    if (made >= table->share && own != NULL)
        found = own;
    else if (over != NULL || oldest != NULL)
        found = over != NULL ? over : oldest;
    else
        found = table->entries; /* tables have room for one at least */
    *found = (struct entry){.key = *key, .maker = *maker};
    return found;
}

/* ---- turns ---- */

static uint64_t next_of(const struct rps_brake *brake, const struct key *key, uint32_t free_ones,
                        uint64_t now_ms)
{
    const struct entry *entry = find(&brake->wrong, key, now_ms);
    return entry == NULL || entry->wrong < free_ones ? 0 : entry->next_ms;
}

/* When one may be looked at, whoever waits before it. */
static uint64_t open_at(const struct rps_brake *brake, const struct keys *keys, bool trusted,
                        uint64_t now_ms)
{
    uint64_t at = next_of(brake, &keys->pair, RPS_BRAKE_PAIR_FREE, now_ms);
    if (trusted)
        return at;
    uint64_t device = next_of(brake, &keys->device, RPS_BRAKE_DEVICE_FREE, now_ms);
    uint64_t source = next_of(brake, &keys->source, RPS_BRAKE_SOURCE_FREE, now_ms);
    at = device > at ? device : at;
    return source > at ? source : at;
}

struct crowd {
    size_t before; /* in this queue, with a smaller ticket */
    size_t of_source;
};

static struct crowd look(const struct rps_brake *brake, const struct key *queue,
                         const struct key *source, uint64_t ticket)
{
    struct crowd crowd = {0, 0};
    for (size_t i = 0; i < WAITING_MOST; i++) {
        const struct waiting *one = &brake->waiting[i];
        if (one->ticket == 0 || !is_key(&one->queue, queue))
            continue;
        crowd.before += ticket == 0 || one->ticket < ticket;
        crowd.of_source += is_key(&one->source, source);
    }
    return crowd;
}

static bool queue_up(struct rps_brake *brake, const struct key *queue, const struct key *source,
                     struct rps_brake_turn *turn)
{
    for (size_t i = 0; i < WAITING_MOST; i++)
        if (brake->waiting[i].ticket == 0) {
            turn->ticket = ++brake->tickets;
            brake->waiting[i] = (struct waiting){*queue, *source, turn->ticket};
            return true;
        }
    return false;
}

static void leave(struct rps_brake *brake, struct rps_brake_turn *turn)
{
    for (size_t i = 0; i < WAITING_MOST && turn->ticket != 0; i++)
        if (brake->waiting[i].ticket == turn->ticket)
            brake->waiting[i].ticket = 0;
    turn->ticket = 0;
}

/* The next one waits, whatever this one is going to be. */
static void pause_after(struct rps_brake *brake, const struct key *key, uint64_t pause_ms,
                        uint64_t now_ms)
{
    struct entry *entry = find(&brake->wrong, key, now_ms);
    if (entry != NULL)
        entry->next_ms = now_ms + pause_ms;
}

static uint64_t ask(struct rps_brake *brake, const struct keys *keys, uint64_t now_ms,
                    struct rps_brake_turn *turn, uint64_t *later)
{
    bool trusted = find(&brake->trusted, &keys->pair, now_ms) != NULL;
    const struct key *queue = trusted ? &keys->pair : &keys->device;
    uint64_t at = open_at(brake, keys, trusted, now_ms);
    struct crowd crowd = look(brake, queue, &keys->source, turn->ticket);
    if (at <= now_ms && crowd.before == 0) {
        leave(brake, turn);
        pause_after(brake, &keys->pair, RPS_BRAKE_PAIR_MS, now_ms);
        if (!trusted) {
            pause_after(brake, &keys->device, RPS_BRAKE_DEVICE_MS, now_ms);
            pause_after(brake, &keys->source, RPS_BRAKE_SOURCE_MS, now_ms);
        }
        return 0;
    }
    uint64_t pause = trusted ? RPS_BRAKE_PAIR_MS : RPS_BRAKE_DEVICE_MS;
    *later = (at > now_ms ? at - now_ms : 0) + crowd.before * pause;
    bool full = trusted ? crowd.before >= RPS_BRAKE_OWN_WAITING
                        : crowd.before >= RPS_BRAKE_WAITING || crowd.of_source >= OTHERS_OF;
    if (turn->ticket == 0 && (full || !queue_up(brake, queue, &keys->source, turn)))
        return UINT64_MAX;
    return crowd.before == 0 && at - now_ms > POLL_MS ? at - now_ms : POLL_MS;
}

uint64_t rps_brake_ask(struct rps_brake *brake, const struct guid *device, const char *source,
                       uint64_t now_ms, struct rps_brake_turn *turn, uint64_t *later)
{
    struct keys keys = keys_of(brake, device, source);
    (void)pthread_mutex_lock(&brake->lock);
    uint64_t wait = ask(brake, &keys, now_ms, turn, later);
    (void)pthread_mutex_unlock(&brake->lock);
    return wait;
}

void rps_brake_leave(struct rps_brake *brake, struct rps_brake_turn *turn)
{
    (void)pthread_mutex_lock(&brake->lock);
    leave(brake, turn);
    (void)pthread_mutex_unlock(&brake->lock);
}

/* ---- outcomes ---- */

static void count(struct rps_brake *brake, const struct key *key, const struct key *maker,
                  uint64_t pause_ms, uint64_t now_ms)
{
    struct entry *entry = take(&brake->wrong, key, maker, now_ms);
    if (entry->wrong < UINT32_MAX)
        entry->wrong++;
    entry->used_ms = now_ms;
    entry->next_ms = now_ms + pause_ms;
}

void rps_brake_note(struct rps_brake *brake, const struct guid *device, const char *source,
                    uint64_t now_ms)
{
    struct keys keys = keys_of(brake, device, source);
    (void)pthread_mutex_lock(&brake->lock);
    bool trusted = find(&brake->trusted, &keys.pair, now_ms) != NULL;
    count(brake, &keys.pair, &keys.source, RPS_BRAKE_PAIR_MS, now_ms);
    if (!trusted) {
        count(brake, &keys.device, &keys.source, RPS_BRAKE_DEVICE_MS, now_ms);
        count(brake, &keys.source, &keys.source, RPS_BRAKE_SOURCE_MS, now_ms);
    }
    (void)pthread_mutex_unlock(&brake->lock);
}

void rps_brake_trust(struct rps_brake *brake, const struct guid *device, const char *source,
                     uint64_t now_ms)
{
    struct keys keys = keys_of(brake, device, source);
    (void)pthread_mutex_lock(&brake->lock);
    take(&brake->trusted, &keys.pair, &keys.source, now_ms)->used_ms = now_ms;
    (void)pthread_mutex_unlock(&brake->lock);
}

bool rps_brake_trusts(struct rps_brake *brake, const struct guid *device, const char *source,
                      uint64_t now_ms)
{
    struct keys keys = keys_of(brake, device, source);
    (void)pthread_mutex_lock(&brake->lock);
    bool trusts = find(&brake->trusted, &keys.pair, now_ms) != NULL;
    (void)pthread_mutex_unlock(&brake->lock);
    return trusts;
}
