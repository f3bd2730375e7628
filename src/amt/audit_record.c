#include "amt/audit_record.h"

#include "core/cursor.h"
#include "core/encoding.h"

#include <inttypes.h>
#include <time.h>

static struct slice without_nul(struct slice text)
{
    while (text.size > 0 && text.data[text.size - 1] == 0)
        text.size--;
    return text;
}

static bool read_initiator(struct cursor *at, struct amt_audit_record *record)
{
    uint8_t type = cursor_u8(at);
    if (type > AMT_AUDIT_KVM_PORT)
        return false; /* nobody knows how long its data are */
    record->initiator = (enum amt_audit_initiator)type;
    if (record->initiator == AMT_AUDIT_KERBEROS)
        record->user_in_domain = cursor_u32_be(at);
    if (record->initiator == AMT_AUDIT_DIGEST)
        record->user = without_nul(cursor_bytes(at, cursor_u8(at)));
    else if (record->initiator == AMT_AUDIT_KERBEROS)
        record->user = cursor_bytes(at, cursor_u8(at));
    return true;
}

bool amt_audit_record_decode(struct slice bytes, struct amt_audit_record *record)
{
    struct cursor at = cursor_of(bytes);
    *record = (struct amt_audit_record){.app = cursor_u16_be(&at)};
    record->event = cursor_u16_be(&at);
    if (!read_initiator(&at, record))
        return false;
    record->time = cursor_u32_be(&at);
    record->location = cursor_u8(&at);
    record->address = without_nul(cursor_bytes(&at, cursor_u8(&at)));
    record->extended = cursor_bytes(&at, cursor_u8(&at));
    return cursor_ok(&at);
}

void amt_audit_put_text(struct buffer *out, struct slice bytes)
{
    if (encoding_is_utf8(bytes)) {
        buffer_put(out, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if (byte >= 0x80) {
            buffer_put_u8(out, (uint8_t)(0xc0 | byte >> 6));
            byte = (uint8_t)(0x80 | (byte & 0x3f));
        }
        buffer_put_u8(out, byte);
    }
}

/* A security identifier: revision, how many parts follow, an authority of 48 bits, the parts. What
 * is shorter than it says is written as far as it goes. */
static void put_sid(struct buffer *out, struct slice sid)
{
    struct cursor at = cursor_of(sid);
    uint8_t revision = cursor_u8(&at);
    (void)cursor_u8(&at);
    uint64_t authority = (uint64_t)cursor_u16_be(&at) << 32;
    authority |= cursor_u32_be(&at);
    if (!cursor_ok(&at)) {
        buffer_put_text(out, "S-?");
        return;
    }
    buffer_printf(out, "S-%u-%" PRIu64, (unsigned)revision, authority);
    while (at.left >= 4)
        buffer_printf(out, "-%" PRIu32, cursor_u32_le(&at));
}

void amt_audit_put_initiator(struct buffer *out, const struct amt_audit_record *record)
{
    switch (record->initiator) {
    case AMT_AUDIT_DIGEST:
        amt_audit_put_text(out, record->user);
        break;
    case AMT_AUDIT_KERBEROS:
        put_sid(out, record->user);
        break;
    case AMT_AUDIT_LOCAL:
        buffer_put_text(out, "Local");
        break;
    case AMT_AUDIT_KVM_PORT:
        buffer_put_text(out, "KVM Default Port");
        break;
    }
}

void amt_audit_put_address(struct buffer *out, const struct amt_audit_record *record)
{
    if (slice_equal_string(record->address, "0000:0000:0000:0000:0000:0000:0000:0001"))
        buffer_put_text(out, "::1");
    else
        amt_audit_put_text(out, record->address);
}

/* ---- extended data ---- */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const realms[] = {
    "",
    "",
    "Redirection",
    "PT Administration",
    "Hardware Asset",
    "Remote Control",
    "Storage",
    "Event Manager",
    "Storage Admin",
    "Agent Presence Local",
    "Agent Presence Remote",
    "Circuit Breaker",
    "Network Time",
    "General Information",
    "Firmware Update",
    "EIT",
    "LocalUN",
    "Endpoint Access Control",
    "Endpoint Access Control Admin",
    "Event Log Reader",
    "Audit Log",
    "ACL Realm",
    "",
    "",
    "Local System",
};
static const char *const accesses[] = {"Invalid ME access", "Invalid MEBx access"};
static const char *const entry_states[] = {"Disabled", "Enabled"};
static const char *const tls_states[] = {"NoAuth", "ServerAuth", "MutualAuth"};
static const char *const realm_modes[] = {"NoAuth", "Auth", "Disabled"};
static const char *const unprovisioners[] = {"BIOS", "MEBx", "Local MEI", "Local WSMAN",
                                             "Remote WSMAN"};
static const char *const consents[] = {"None", "KVM", "All"};
static const char *const consent_results[] = {"Success", "Failed 3 times"};

/* Reads one byte as the index of a word; an index past the table fails the cursor. */
static const char *word(struct cursor *at, const char *const *words, size_t count)
{
    uint8_t index = cursor_u8(at);
    if (index < count)
        return words[index];
    at->failed = true;
    return "";
}
#define WORD(at, words) word(at, words, COUNT(words))

static bool put_word(struct buffer *out, struct cursor *at, const char *text)
{
    if (!cursor_ok(at))
        return false;
    buffer_put_text(out, text);
    return true;
}

/* An entry was added or removed: 0 (a digest user), a length, the name. */
static bool put_entry(struct buffer *out, struct cursor *at)
{
    if (cursor_u8(at) != 0)
        return false;
    struct slice name = cursor_bytes(at, cursor_u8(at));
    if (!cursor_ok(at))
        return false;
    amt_audit_put_text(out, without_nul(name));
    return true;
}

/* What changed, or the new state; 0 (a digest user), a length, the name. */
static bool skip_to_name(struct cursor *at, struct slice *name)
{
    bool digest = cursor_u8(at) == 0;
    (void)cursor_u8(at);
    *name = without_nul(cursor_bytes(at, at->left));
    return digest && cursor_ok(at);
}

static bool put_changed_entry(struct buffer *out, struct cursor *at)
{
    struct slice name;
    (void)cursor_u8(at);
    if (!skip_to_name(at, &name))
        return false;
    amt_audit_put_text(out, name);
    return true;
}

static bool put_entry_state(struct buffer *out, struct cursor *at)
{
    struct slice name;
    if (!put_word(out, at, WORD(at, entry_states)))
        return false;
    if (skip_to_name(at, &name)) {
        buffer_put_text(out, ", ");
        amt_audit_put_text(out, name);
    }
    return true;
}

static bool put_tls(struct buffer *out, struct cursor *at)
{
    const char *remote = WORD(at, tls_states);
    const char *local = WORD(at, tls_states);
    if (cursor_ok(at))
        buffer_printf(out, "Remote %s, Local %s", remote, local);
    return cursor_ok(at);
}

static bool put_realm(struct buffer *out, struct cursor *at)
{
    uint32_t realm = cursor_u32_be(at);
    const char *mode = WORD(at, realm_modes);
    if (!cursor_ok(at) || realm >= COUNT(realms))
        return false;
    buffer_printf(out, "%s, %s", realms[realm], mode);
    return true;
}

static bool put_versions(struct buffer *out, struct cursor *at)
{
    uint16_t part[8];
    for (size_t i = 0; i < COUNT(part); i++)
        part[i] = cursor_u16_be(at);
    if (cursor_ok(at))
        buffer_printf(out, "From %u.%u.%u.%u to %u.%u.%u.%u", part[0], part[1], part[2], part[3],
                      part[4], part[5], part[6], part[7]);
    return cursor_ok(at);
}

/* As the toolkit writes it, "6/29/2020, 7:29:22 PM", but always in UTC. */
static bool put_time(struct buffer *out, struct cursor *at)
{
    time_t seconds = (time_t)cursor_u32_be(at);
    struct tm tm = {0};
    if (!cursor_ok(at) || gmtime_r(&seconds, &tm) == NULL)
        return false;
    int hour = tm.tm_hour % 12 == 0 ? 12 : tm.tm_hour % 12;
    buffer_printf(out, "%d/%d/%d, %d:%02d:%02d %s", tm.tm_mon + 1, tm.tm_mday, tm.tm_year + 1900,
                  hour, tm.tm_min, tm.tm_sec, tm.tm_hour < 12 ? "AM" : "PM");
    return true;
}

static bool put_consent_change(struct buffer *out, struct cursor *at)
{
    const char *from = WORD(at, consents);
    const char *to = WORD(at, consents);
    if (cursor_ok(at))
        buffer_printf(out, "From %s to %s", from, to);
    return cursor_ok(at);
}

bool amt_audit_put_detail(struct buffer *out, const struct amt_audit_record *record)
{
    struct cursor at = cursor_of(record->extended);
    if (record->event > 99)
        return false; /* would be the key of another application's event */
    switch ((uint32_t)record->app * 100 + record->event) {
    case 1602:
    case 1604:
        return put_entry(out, &at);
    case 1603:
        return put_changed_entry(out, &at);
    case 1605:
        return put_word(out, &at, WORD(&at, accesses));
    case 1606:
        return put_entry_state(out, &at);
    case 1607:
        return put_tls(out, &at);
    case 1617:
        return put_realm(out, &at);
    case 1619:
        return put_word(out, &at, WORD(&at, unprovisioners));
    case 1900:
        return put_versions(out, &at);
    case 2100:
        return put_time(out, &at);
    case 3000:
        return put_consent_change(out, &at);
    case 3001:
        return put_word(out, &at, WORD(&at, consent_results));
    default:
        return false;
    }
}
