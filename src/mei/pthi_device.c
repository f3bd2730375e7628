#include "mei/pthi_device.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "mei/pthi_field.h"

#include <string.h>

bool mei_pthi_decode_u32(struct slice body, uint32_t *value)
{
    struct cursor c = cursor_of(body);
    *value = cursor_u32_le(&c);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_text(struct slice body, struct arena *arena, struct slice *result)
{
    struct cursor c = cursor_of(body);
    *result = pthi_field_text(&c, arena);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_uuid(struct slice body, struct guid *uuid)
{
    struct cursor c = cursor_of(body);
    uint8_t raw[16] = {0};
    pthi_field_bytes(&c, raw, sizeof raw);
    *uuid = guid_from_smbios(raw);
    return pthi_field_end(&c);
}

#define BIOS_SIZE      65
#define VERSION_SIZE   20
#define VERSION_SLOT   44 /* twice a length and characters */
#define VERSIONS_LIMIT 50

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A u16 length and 20 characters, of which only so many count. */
static struct slice version_text(struct cursor *c, struct arena *arena, bool *fits)
{
    uint16_t size = cursor_u16_le(c);
    struct slice characters = cursor_bytes(c, VERSION_SIZE);
    *fits = *fits && size <= VERSION_SIZE;
    return pthi_field_printable(arena, slice_first(characters, size));
}

bool mei_pthi_decode_versions(struct slice body, struct arena *arena, struct mei_versions *versions)
{
    struct cursor c = cursor_of(body);
    versions->bios = pthi_field_text_in(&c, arena, BIOS_SIZE);
    uint32_t count = cursor_u32_le(&c);
    if (!cursor_ok(&c) || count > VERSIONS_LIMIT)
        return false;
    struct mei_version *entries = arena_array(arena, count, sizeof *entries);
    bool fits = true;
    for (uint32_t i = 0; i < count; i++) {
        entries[i].name = version_text(&c, arena, &fits);
        entries[i].value = version_text(&c, arena, &fits);
    }
    versions->entries = entries;
    versions->count = count;
    /* Slots that are not used may be there and hold anything. */
    (void)cursor_bytes(&c, smaller(c.left, (VERSIONS_LIMIT - count) * VERSION_SLOT));
    return fits && pthi_field_end(&c);
}

struct slice mei_versions_find(const struct mei_versions *versions, const char *name)
{
    for (size_t i = 0; i < versions->count; i++)
        if (slice_equal_string(versions->entries[i].name, name))
            return versions->entries[i].value;
    return (struct slice){0};
}

/* Copies the text in an array of 33 bytes, which may fill it. */
static void account_text(struct cursor *c, char to[34])
{
    struct slice s = cursor_bytes(c, 33);
    memset(to, 0, 34);
    for (size_t i = 0; i < s.size && s.data[i] != 0; i++)
        to[i] = (char)s.data[i];
}

/* 66 bytes; 68 with the padding of a C structure. */
bool mei_pthi_decode_account(struct slice body, struct mei_account *account)
{
    struct cursor c = cursor_of(body);
    account_text(&c, account->user);
    account_text(&c, account->password);
    if (pthi_field_end(&c) && account->user[0] != '\0')
        return true;
    memory_wipe(account, sizeof *account);
    return false;
}

bool mei_pthi_decode_handles(struct slice body, uint32_t handles[MEI_HASH_HANDLES_LIMIT],
                             size_t *count)
{
    struct cursor c = cursor_of(body);
    uint32_t told = cursor_u32_le(&c);
    if (!cursor_ok(&c) || told > MEI_HASH_HANDLES_LIMIT)
        return false;
    for (uint32_t i = 0; i < told; i++)
        handles[i] = cursor_u32_le(&c);
    *count = told;
    /* Whoever sends the whole array may have anything in what is not used. */
    (void)cursor_bytes(&c, smaller(c.left, (MEI_HASH_HANDLES_LIMIT - told) * sizeof(uint32_t)));
    return pthi_field_end(&c);
}

/* Bytes that count of the 64 that a hash has room for. */
static size_t hash_size(uint8_t algorithm, const uint8_t hash[64])
{
    static const uint8_t zeros[16] = {0};
    switch (algorithm) {
    case 0:
        return 16;
    case 1:
        return 20;
    case 2:
        return 32;
    case 3:
        return memcmp(hash + 48, zeros, 16) == 0 ? 48 : 64;
    case 4:
        return 28;
    default:
        return 64;
    }
}

bool mei_pthi_decode_hash(struct slice body, struct arena *arena, struct mei_hash *hash)
{
    struct cursor c = cursor_of(body);
    hash->is_default = pthi_field_bool(&c);
    hash->active = pthi_field_bool(&c);
    pthi_field_bytes(&c, hash->bytes, sizeof hash->bytes);
    hash->algorithm = cursor_u8(&c);
    hash->name = pthi_field_text(&c, arena);
    hash->size = cursor_ok(&c) ? hash_size(hash->algorithm, hash->bytes) : 0;
    return pthi_field_end(&c);
}

const char *mei_hash_algorithm(const struct mei_hash *hash)
{
    static const char *const names[] = {"MD5", "SHA1", "SHA256", "SHA384", "SHA224", "SHA512"};
    if (hash->algorithm == 3 && hash->size == 64)
        return "SHA512";
    return hash->algorithm < sizeof names / sizeof names[0] ? names[hash->algorithm] : "unknown";
}

bool mei_pthi_decode_host_based(struct slice body, struct mei_host_based *reply)
{
    struct cursor c = cursor_of(body);
    *reply = (struct mei_host_based){0};
    reply->algorithm = cursor_u8(&c);
    pthi_field_bytes(&c, reply->hash, sizeof reply->hash);
    if (!pthi_field_end(&c))
        return false;
    /* Some firmware writes SHA-256 as 64 hexadecimal digits. */
    uint8_t raw[32];
    if (encoding_hex_decode(slice_of(reply->hash, sizeof reply->hash), raw, sizeof raw)) {
        memset(reply->hash, 0, sizeof reply->hash);
        memcpy(reply->hash, raw, sizeof raw);
    }
    reply->size = hash_size(reply->algorithm, reply->hash);
    return true;
}

bool mei_pthi_decode_provisioning_mode(struct slice body, struct mei_provisioning_mode *mode)
{
    struct cursor c = cursor_of(body);
    mode->mode = cursor_u32_le(&c);
    mode->legacy = pthi_field_bool(&c);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_security(struct slice body, struct mei_security *security)
{
    struct cursor c = cursor_of(body);
    security->enterprise_mode = pthi_field_bool(&c);
    security->tls_enabled = pthi_field_bool(&c);
    security->hardware_crypto = pthi_field_bool(&c);
    security->provisioning_state = cursor_u32_le(&c);
    security->network_enabled = pthi_field_bool(&c);
    security->sol_enabled = pthi_field_bool(&c);
    security->ider_enabled = pthi_field_bool(&c);
    security->firmware_update_enabled = pthi_field_bool(&c);
    security->link_up = pthi_field_bool(&c);
    security->kvm_enabled = pthi_field_bool(&c);
    (void)cursor_bytes(&c, 7 * 4); /* reserved */
    return pthi_field_end(&c);
}

bool mei_pthi_decode_feature(struct slice body, enum mei_feature feature,
                             struct mei_feature_state *state)
{
    struct cursor c = cursor_of(body);
    *state = (struct mei_feature_state){0};
    if (cursor_u32_le(&c) != (uint32_t)feature)
        return false;
    uint32_t value = cursor_u32_le(&c);
    switch (feature) {
    case MEI_FEATURE_REDIRECTION_SESSIONS:
        state->ider_open = value != 0;
        state->sol_open = pthi_field_bool(&c);
        (void)cursor_u32_le(&c); /* reserved */
        break;
    case MEI_FEATURE_KVM_SESSION:
        state->kvm_active = (value & 1) != 0;
        state->kvm_waits = (value & 2) != 0;
        break;
    default:
        state->on = value != 0;
        break;
    }
    return pthi_field_end(&c);
}

bool mei_pthi_decode_reset_reason(struct slice body, struct mei_reset_reason *reason)
{
    struct cursor c = cursor_of(body);
    reason->reason = cursor_u32_le(&c);
    reason->time = cursor_u32_le(&c);
    return pthi_field_end(&c);
}

bool mei_pthi_decode_setup_audit(struct slice body, struct arena *arena,
                                 struct mei_setup_audit *audit)
{
    struct cursor c = cursor_of(body);
    *audit = (struct mei_setup_audit){0};
    audit->tls_mode = cursor_u8(&c);
    audit->secure_dns = pthi_field_bool(&c);
    audit->host_initiated = pthi_field_bool(&c);
    audit->hash_algorithm = cursor_u32_le(&c);
    pthi_field_bytes(&c, audit->hash, sizeof audit->hash);
    pthi_field_bytes(&c, audit->serials, sizeof audit->serials);
    audit->more_serials = pthi_field_bool(&c);
    audit->oem_default = pthi_field_bool(&c);
    audit->time_valid = pthi_field_bool(&c);
    audit->server_address = pthi_field_text_in(&c, arena, PTHI_ADDRESS_SIZE);
    audit->year = cursor_u16_le(&c);
    audit->month = cursor_u16_le(&c);
    (void)cursor_u16_le(&c); /* day of the week */
    audit->day = cursor_u16_le(&c);
    audit->hour = cursor_u16_le(&c);
    audit->minute = cursor_u16_le(&c);
    audit->second = cursor_u16_le(&c);
    audit->server_fqdn = pthi_field_text(&c, arena);
    return pthi_field_end(&c);
}

/* Five bytes behind the GUID of what was asked for; the second is reserved. */
bool mei_pthi_decode_state(struct slice body, struct mei_state *state)
{
    struct cursor c = cursor_of(body);
    (void)cursor_bytes(&c, 16);
    if (cursor_u32_le(&c) != 5)
        return false;
    state->link_up = cursor_u8(&c) != 0;
    (void)cursor_u8(&c);
    state->crypto_fuse = cursor_u8(&c) != 0;
    state->flash_protected = cursor_u8(&c) != 0;
    state->last_reset = cursor_u8(&c);
    return pthi_field_end(&c);
}

#define HASH_SIZE     64
#define SUFFIXES_SIZE 320

static void put_zeros(struct buffer *body, size_t count)
{
    while (count-- > 0)
        buffer_put_u8(body, 0);
}

bool mei_pthi_put_host_based(struct buffer *body, uint8_t algorithm, struct slice leaf_hash,
                             const struct slice *suffixes, size_t suffix_count)
{
    size_t total = 0;
    for (size_t i = 0; i < suffix_count; i++) {
        if (suffixes[i].size >= SUFFIXES_SIZE || memchr(suffixes[i].data, 0, suffixes[i].size))
            return false;
        total += suffixes[i].size + 1;
        if (total > SUFFIXES_SIZE)
            return false;
    }
    if (leaf_hash.size > HASH_SIZE)
        return false;
    buffer_put_u8(body, algorithm);
    buffer_put(body, leaf_hash);
    put_zeros(body, HASH_SIZE - leaf_hash.size);
    buffer_put_u8(body, 0); /* the host is on no VPN */
    buffer_put_u32_le(body, (uint32_t)total);
    for (size_t i = 0; i < suffix_count; i++) {
        buffer_put(body, suffixes[i]);
        buffer_put_u8(body, 0);
    }
    put_zeros(body, SUFFIXES_SIZE - total);
    return true;
}
