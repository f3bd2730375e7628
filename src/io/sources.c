#include "io/sources.h"

#include "core/memory.h"
#include "core/random.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024
#define WAYS 4

struct source {
    uint64_t key[2];
    uint64_t seen;   /* ms; 0 in a free slot */
    uint64_t tokens; /* thousandths */
};

struct sources {
    uint64_t rate; /* tokens per second, which is thousandths per ms */
    uint64_t most; /* thousandths */
    uint64_t seed[2];
    struct source slots[SETS][WAYS];
};

struct sources *sources_new(uint32_t rate)
{
    struct sources *sources = memory_new(sizeof *sources);
    sources->rate = rate;
    sources->most = (uint64_t)rate * 4 * 1000;
    random_bytes(sources->seed, sizeof sources->seed);
    return sources;
}

void sources_free(struct sources *sources)
{
    free(sources);
}

static void key_of(const struct io_address *address, uint64_t key[2])
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    memcpy(&six, address->bytes, sizeof six);
    memcpy(&four, address->bytes, sizeof four);
    key[0] = 0;
    key[1] = 0;
    if (six.sin6_family == AF_INET) {
        key[1] = four.sin_addr.s_addr;
    } else if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
        memcpy(&key[1], six.sin6_addr.s6_addr + 12, 4);
    } else {
        memcpy(&key[0], six.sin6_addr.s6_addr, 8);
        key[1] = 1; /* told apart from IPv4 */
        key[1] <<= 32;
    }
}

/* Keyed, so that nobody can choose addresses that push each other out. */
static size_t set_of(const struct sources *sources, const uint64_t key[2])
{
    uint64_t mixed = (key[0] ^ sources->seed[0]) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 32) ^ key[1] ^ sources->seed[1]) * 0xd6e8feb86659fd93u;
    return (size_t)((mixed ^ (mixed >> 32)) % SETS);
}

static struct source *find(struct sources *sources, const uint64_t key[2])
{
    struct source *slots = sources->slots[set_of(sources, key)];
    struct source *oldest = &slots[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (slots[i].seen != 0 && slots[i].key[0] == key[0] && slots[i].key[1] == key[1])
            return &slots[i];
        if (slots[i].seen < oldest->seen)
            oldest = &slots[i];
    }
    *oldest = (struct source){.key = {key[0], key[1]}, .tokens = sources->most};
    return oldest;
}

bool sources_take(struct sources *sources, const struct io_address *address, uint64_t now)
{
    uint64_t key[2];
    key_of(address, key);
    struct source *source = find(sources, key);
    if (source->seen != 0 && now > source->seen) {
        uint64_t passed = now - source->seen;
        uint64_t gained = passed > 4000 ? sources->most : passed * sources->rate;
        source->tokens += gained;
        if (source->tokens > sources->most)
            source->tokens = sources->most;
    }
    source->seen = now == 0 ? 1 : now;
    if (source->tokens < 1000)
        return false;
    source->tokens -= 1000;
    return true;
}
