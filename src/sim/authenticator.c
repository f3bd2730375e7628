#include "sim/authenticator.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define LIFE_MS     300000
#define STAMPS_A_MS 16u /* nonces of one millisecond differ */

void sim_authenticator_init(struct sim_authenticator *a, const char *user, const char *realm,
                            struct slice password)
{
    memset(a, 0, sizeof(*a));
    a->user = user;
    a->realm = realm;
    a->life_ms = LIFE_MS;
    a->stamp = 1;
    random_bytes(a->key, sizeof(a->key));
    http_digest_ha1(slice_of_string(user), slice_of_string(realm), password, a->ha1);
}

void sim_authenticator_change(struct sim_authenticator *a, const char *user, const uint8_t hash[16])
{
    a->user = user;
    encoding_hex(slice_of(hash, 16), a->ha1);
}

void sim_authenticator_fini(struct sim_authenticator *a)
{
    memory_wipe(a, sizeof(*a));
}

/* 24 bytes: six that count time, six zeros, twelve that look random. */
static void write_nonce(const struct sim_authenticator *a, uint64_t stamp,
                        char text[SIM_NONCE_SIZE])
{
    uint8_t bytes[24] = {0};
    uint8_t seal[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    for (size_t i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(stamp >> (8 * i));
    if (HMAC(EVP_sha256(), a->key, SIM_NONCE_KEY, bytes, 6, seal, &size) != NULL)
        memcpy(bytes + 12, seal, 12);
    struct arena arena;
    arena_init(&arena);
    struct slice base64 = encoding_base64(&arena, slice_of(bytes, sizeof(bytes)));
    memset(text, 0, SIM_NONCE_SIZE);
    memcpy(text, base64.data, base64.size < SIM_NONCE_SIZE ? base64.size : SIM_NONCE_SIZE - 1);
    arena_fini(&arena);
}

const char *sim_authenticator_nonce(struct sim_authenticator *a, uint64_t now_ms)
{
    uint64_t now = now_ms * STAMPS_A_MS;
    a->stamp = a->stamp < now ? now : a->stamp + 1;
    write_nonce(a, a->stamp, a->nonce);
    return a->nonce;
}

static struct slice *part_of(struct http_digest_parts *parts, struct slice name)
{
    struct {
        struct slice name;
        struct slice *part;
    } table[] = {
        {SLICE_LITERAL("username"), &parts->username},
        {SLICE_LITERAL("realm"), &parts->realm},
        {SLICE_LITERAL("nonce"), &parts->nonce},
        {SLICE_LITERAL("uri"), &parts->uri},
        {SLICE_LITERAL("qop"), &parts->qop},
        {SLICE_LITERAL("response"), &parts->response},
        {SLICE_LITERAL("nc"), &parts->nc},
        {SLICE_LITERAL("cnonce"), &parts->cnonce},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (slice_equal_ignore_case(name, table[i].name))
            return table[i].part;
    }
    return NULL;
}

bool sim_authenticator_read(struct slice text, struct http_digest_parts *parts)
{
    static const struct slice scheme = {(const uint8_t *)"Digest ", 7};
    memset(parts, 0, sizeof(*parts));
    text = slice_trim(text);
    if (text.size < scheme.size || !slice_equal_ignore_case(slice_first(text, scheme.size), scheme))
        return false;
    text = slice_trim(slice_from(text, scheme.size));
    while (text.size > 0) {
        size_t equals = slice_index_of(text, '=');
        if (equals == text.size)
            return false;
        struct slice name = slice_trim(slice_first(text, equals));
        struct slice value;
        text = slice_trim(slice_from(text, equals + 1));
        if (text.size > 0 && text.data[0] == '"') {
            text = slice_from(text, 1);
            if (slice_index_of(text, '"') == text.size)
                return false;
            value = slice_split(&text, '"');
            (void)slice_split(&text, ',');
        } else {
            value = slice_trim(slice_split(&text, ','));
        }
        struct slice *part = part_of(parts, name);
        if (part != NULL)
            *part = value;
        text = slice_trim(text);
    }
    return true;
}

/* One of ours, and not too old: its stamp. */
static bool read_nonce(const struct sim_authenticator *a, struct slice text, uint64_t now_ms,
                       uint64_t *stamp)
{
    char ours[SIM_NONCE_SIZE];
    struct slice bytes = {NULL, 0};
    struct arena arena;
    arena_init(&arena);
    *stamp = 0;
    bool ok = text.size == SIM_NONCE_SIZE - 1 && encoding_base64_decode(&arena, text, &bytes) &&
              bytes.size == 24;
    for (size_t i = 0; ok && i < 6; i++)
        *stamp |= (uint64_t)bytes.data[i] << (8 * i);
    arena_fini(&arena);
    if (!ok)
        return false;
    write_nonce(a, *stamp, ours);
    return slice_equal_string(text, ours) && *stamp <= a->stamp &&
           now_ms <= *stamp / STAMPS_A_MS + a->life_ms;
}

static struct sim_nonce *nonce_of(struct sim_authenticator *a, struct slice text, uint64_t now_ms)
{
    uint64_t stamp;
    if (!read_nonce(a, text, now_ms, &stamp))
        return NULL;
    for (size_t i = 0; i < SIM_NONCES; i++)
        if (a->nonces[i].stamp == stamp)
            return &a->nonces[i];
    struct sim_nonce *nonce = &a->nonces[a->next++ % SIM_NONCES];
    *nonce = (struct sim_nonce){.stamp = stamp};
    return nonce;
}

/* Only for the record: the count goes into the hash as the text it is. */
static uint32_t count_of(struct slice nc)
{
    uint32_t count = 0;
    for (size_t i = 0; i < nc.size; i++) {
        uint8_t c = nc.data[i];
        unsigned digit = 0;
        if (c >= '0' && c <= '9')
            digit = c - (unsigned)'0';
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (c | 32u) - 'a' + 10u;
        count = count << 4 | digit;
    }
    return count;
}

enum sim_proof sim_authenticator_prove(struct sim_authenticator *a,
                                       const struct http_digest_parts *parts, const char *ha1,
                                       const char *method, uint64_t now_ms)
{
    struct sim_nonce *nonce = nonce_of(a, parts->nonce, now_ms);
    if (nonce == NULL)
        return SIM_PROOF_STALE;
    if (parts->cnonce.size == 0 || parts->nc.size == 0 ||
        !slice_equal_string(parts->realm, a->realm) || !slice_equal_string(parts->qop, "auth"))
        return SIM_PROOF_WRONG;
    char wanted[HTTP_DIGEST_HEX_SIZE];
    http_digest_response(ha1, parts->nonce, parts->nc, parts->cnonce, parts->qop, method,
                         parts->uri, wanted);
    if (!slice_equal_secret(parts->response, slice_of_string(wanted)))
        return SIM_PROOF_WRONG;
    uint32_t count = count_of(parts->nc);
    if (count <= nonce->count) {
        a->counts_low++;
        return a->strict_count ? SIM_PROOF_STALE : SIM_PROOF_GOOD;
    }
    nonce->count = count;
    return SIM_PROOF_GOOD;
}

bool sim_authenticator_check(struct sim_authenticator *a, struct slice authorization,
                             const char *method, uint64_t now_ms)
{
    struct http_digest_parts parts;
    return sim_authenticator_read(authorization, &parts) && parts.uri.size > 0 &&
           slice_equal_string(parts.username, a->user) &&
           sim_authenticator_prove(a, &parts, a->ha1, method, now_ms) == SIM_PROOF_GOOD;
}
