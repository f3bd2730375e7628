#include "amt/audit_log.h"

#include "amt/status.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "io/fiber.h"

#include <inttypes.h>

#define INVALID_INDEX     35   /* spec mps A.1: past the end of the log */
#define LOCK_SECONDS      "60" /* till the device unlocks by itself; firmware allows 300 */
#define LOCK              "0"
#define UNLOCK            "2"
#define UNLOCK_MS         15000
#define CALL_RECORDS_MOST 1000 /* taken from one answer */

static const struct wsman_target audit_log = {.class = &wsman_AMT_AuditLog};
static const struct wsman_target audit_policy = {.class = &wsman_AMT_AuditPolicyRule};

/* ---- reading ---- */

/* What one ReadRecords brought. */
struct batch {
    uint64_t total;
    const struct wsman_xml *first; /* EventRecords */
    size_t count;                  /* of them: what is there, not what RecordsReturned says */
};

/* Reads from `number` on, into an arena of the caller's. Past the end the batch is empty. */
static bool read_batch(struct amt *amt, struct arena *arena, uint64_t number, struct batch *batch,
                       struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    const struct wsman_value start = {
        .name = "StartIndex",
        .text = slice_of_string(arena_printf(arena, "%" PRIu64, number)),
    };
    *batch = (struct batch){.count = 0};
    if (!amt_invoke(amt, arena, &audit_log, "ReadRecords", &start, 1, &reply, &value, err))
        return false;
    if (value == INVALID_INDEX)
        return true;
    if (value != 0)
        return amt_status_refuse(err, "ReadRecords", value);
    const struct wsman_xml *output = wsman_xml_child(reply.body, "ReadRecords_OUTPUT");
    (void)slice_to_u64(wsman_xml_child_text(output, "TotalRecordCount"), UINT32_MAX, &batch->total);
    batch->first = wsman_xml_child(output, "EventRecords");
    for (const struct wsman_xml *at = batch->first; at != NULL; at = wsman_xml_again(at))
        batch->count += slice_trim(at->text).size > 0 ? 1 : 0;
    if (batch->count > CALL_RECORDS_MOST)
        batch->count = CALL_RECORDS_MOST;
    return true;
}

static void take_record(struct arena *arena, struct amt_audit_entry *entry, struct slice text)
{
    if (text.size > AMT_AUDIT_RECORD_MOST) {
        entry->bytes = arena_copy(arena, slice_first(text, AMT_AUDIT_RECORD_MOST));
        entry->cut_from = text.size;
    } else if (encoding_base64_decode(arena, text, &entry->bytes)) {
        entry->decoded = amt_audit_record_decode(entry->bytes, &entry->record);
        if (!entry->decoded)
            entry->record = (struct amt_audit_record){.app = 0};
    } else {
        entry->bytes = arena_copy(arena, text);
    }
}

/* Puts the records of a batch that begins at `number` where they belong in the page, whose oldest
 * is number `oldest`. */
static void take_batch(struct arena *arena, struct amt_audit_page *page, uint64_t oldest,
                       uint64_t number, const struct batch *batch)
{
    size_t left = batch->count;
    for (const struct wsman_xml *at = batch->first; at != NULL && left > 0;
         at = wsman_xml_again(at)) {
        struct slice text = slice_trim(at->text);
        if (text.size == 0)
            continue;
        if (number >= oldest && number - oldest < page->count) {
            struct amt_audit_entry *entry = &page->entries[page->count - 1 - (number - oldest)];
            entry->number = (uint32_t)number;
            take_record(arena, entry, text);
        }
        number++;
        left--;
    }
}

/* Drops what was left empty because the device had less than it said: the newest. */
static void drop_missing(struct amt_audit_page *page)
{
    while (page->count > 0 && page->entries->number == 0) {
        page->entries++;
        page->count--;
    }
}

/* Reads [oldest, end) batch by batch; each must bring something, so it ends. */
static bool read_range(struct amt *amt, struct arena *arena, struct amt_audit_page *page,
                       uint64_t oldest, uint64_t number, struct error *err)
{
    bool ok = true;
    while (ok && number < oldest + page->count) {
        struct arena scratch;
        struct batch batch;
        arena_init(&scratch);
        ok = read_batch(amt, &scratch, number, &batch, err);
        if (ok)
            take_batch(arena, page, oldest, number, &batch);
        size_t count = batch.count;
        arena_fini(&scratch);
        if (count == 0)
            break;
        number += count;
    }
    return ok;
}

bool amt_audit_log_read(struct amt *amt, struct arena *arena, uint64_t skip, size_t most,
                        struct amt_audit_page *page, struct error *err)
{
    struct arena scratch;
    struct batch first;
    *page = (struct amt_audit_page){.total = 0};
    arena_init(&scratch);
    bool ok = read_batch(amt, &scratch, 1, &first, err); /* tells how many there are */
    uint64_t total = first.total > first.count ? first.total : first.count;
    page->total = total;
    if (ok && skip < total && most > 0) {
        uint64_t count = total - skip < most ? total - skip : most;
        uint64_t oldest = total - skip - count + 1;
        page->count = count < AMT_AUDIT_LOG_MOST ? (size_t)count : AMT_AUDIT_LOG_MOST;
        oldest += count - page->count;
        page->entries = arena_array(arena, page->count, sizeof *page->entries);
        take_batch(arena, page, oldest, 1, &first);
        uint64_t next = first.count + 1 > oldest ? first.count + 1 : oldest;
        ok = first.count == 0 && oldest == 1 ? ok : read_range(amt, arena, page, oldest, next, err);
        drop_missing(page);
    }
    arena_fini(&scratch);
    return ok;
}

/* ---- clearing ---- */

static bool set_lock(struct amt *amt, struct arena *arena, const char *flag, struct slice *handle,
                     struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    const struct wsman_value values[] = {
        {.name = "LockTimeoutInSeconds", .text = SLICE_LITERAL(LOCK_SECONDS)},
        {.name = "Flag", .text = slice_of_string(flag)},
        {.name = "Handle", .text = *handle},
    };
    if (!amt_invoke(amt, arena, &audit_log, "SetAuditLock", values, 3, &reply, &value, err))
        return false;
    if (value != 0)
        return amt_status_refuse(err, "SetAuditLock", value);
    *handle = wsman_xml_child_text(wsman_xml_child(reply.body, "SetAuditLock_OUTPUT"), "Handle");
    return true;
}

static bool clear(struct amt *amt, struct arena *arena, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    if (!amt_invoke(amt, arena, &audit_log, "ClearLog", NULL, 0, &reply, &value, err))
        return false;
    return value == 0 ? true : amt_status_refuse(err, "ClearLog", value);
}

/* Whatever becomes of the clearing, the log is unlocked: a locked log keeps critical operations
 * from being carried out. */
static bool clear_locked(struct amt *amt, struct arena *arena, struct error *err)
{
    struct slice handle = {NULL, 0};
    if (!set_lock(amt, arena, LOCK, &handle, NULL))
        return false;
    bool ok = clear(amt, arena, err);
    struct io_shield shield = io_shield_begin(UNLOCK_MS);
    (void)set_lock(amt, arena, UNLOCK, &handle, NULL);
    io_shield_end(shield);
    return ok;
}

bool amt_audit_log_clear(struct amt *amt, struct arena *arena, struct error *err)
{
    if (!amt_sequence_begin(amt, err))
        return false;
    struct error why;
    error_clear(&why);
    bool ok = clear(amt, arena, &why);
    if (!ok && why.code == ERROR_DEVICE)
        ok = clear_locked(amt, arena, &why);
    amt_sequence_end(amt);
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

/* ---- signature ---- */

bool amt_audit_log_sign(struct amt *amt, struct arena *arena, uint32_t mechanism,
                        const struct wsman_xml **output, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    const struct wsman_value wanted = {
        .name = "SigningMechanism",
        .text = slice_of_string(arena_printf(arena, "%" PRIu32, mechanism)),
    };
    if (!amt_invoke(amt, arena, &audit_log, "ExportAuditLogSignature", &wanted, 1, &reply, &value,
                    err))
        return false;
    *output = wsman_xml_child(reply.body, "ExportAuditLogSignature_OUTPUT");
    return value == 0 ? true : amt_status_refuse(err, "ExportAuditLogSignature", value);
}

bool amt_audit_log_set_key(struct amt *amt, struct arena *arena, uint32_t mechanism,
                           struct slice key, const struct slice *certificates, size_t count,
                           struct error *err)
{
    struct wsman_value values[3 + AMT_AUDIT_CERTIFICATES_MOST];
    struct wsman_reply reply;
    struct buffer stream;
    size_t used = 0;
    int64_t value = 0;
    struct slice key_text = encoding_base64(arena, key);
    buffer_init(&stream, AMT_AUDIT_CERTIFICATES_BYTES);
    values[used++] = (struct wsman_value){
        .name = "SigningMechanismType",
        .text = slice_of_string(arena_printf(arena, "%" PRIu32, mechanism)),
    };
    values[used++] = (struct wsman_value){.name = "SigningKey", .text = key_text};
    for (size_t i = 0; i < count && i < AMT_AUDIT_CERTIFICATES_MOST; i++) {
        buffer_put(&stream, certificates[i]);
        values[used++] = (struct wsman_value){
            .name = "LengthOfCertificates",
            .text = slice_of_string(arena_printf(arena, "%zu", certificates[i].size)),
        };
    }
    values[used++] = (struct wsman_value){.name = "Certificates",
                                          .text = encoding_base64(arena, buffer_slice(&stream))};
    bool ok = buffer_ok(&stream)
                  ? amt_invoke(amt, arena, &audit_log, "SetSigningKeyMaterial", values, used,
                               &reply, &value, err)
                  : error_set(err, ERROR_INVALID, "the certificates are longer than %d bytes",
                              AMT_AUDIT_CERTIFICATES_BYTES);
    memory_wipe((uint8_t *)(uintptr_t)key_text.data, key_text.size);
    buffer_fini(&stream);
    if (ok && value != 0)
        return amt_status_refuse(err, "SetSigningKeyMaterial", value);
    return ok;
}

/* ---- policy ---- */

bool amt_audit_log_get_policy(struct amt *amt, struct arena *arena, struct amt_audit_rule **rules,
                              size_t *count, struct error *err)
{
    struct wsman_reply reply;
    *count = 0;
    if (!amt_get(amt, arena, &audit_policy, &reply, err))
        return false;
    const struct wsman_xml *rule = amt_instance(&reply, audit_policy.class);
    if (rule == NULL)
        return error_set(err, ERROR_PROTOCOL, "the device did not tell its audit policy");
    size_t most = 0;
    const struct wsman_xml *id = wsman_xml_child(rule, "AuditApplicationEventID");
    const struct wsman_xml *type = wsman_xml_child(rule, "PolicyType");
    for (const struct wsman_xml *at = id; at != NULL; at = wsman_xml_again(at))
        most++;
    *rules = arena_array(arena, most, sizeof **rules);
    for (; id != NULL; id = wsman_xml_again(id), type = type ? wsman_xml_again(type) : NULL) {
        uint64_t number = 0, critical = 0;
        if (!slice_to_u64(slice_trim(id->text), UINT32_MAX, &number))
            continue;
        if (type != NULL)
            (void)slice_to_u64(slice_trim(type->text), UINT32_MAX, &critical);
        (*rules)[(*count)++] = (struct amt_audit_rule){
            .app = (uint16_t)(number >> 16),
            .event = (uint16_t)(number & 0xffff),
            .critical = critical == 1,
        };
    }
    return true;
}

bool amt_audit_log_set_policy(struct amt *amt, struct arena *arena,
                              const struct amt_audit_rule *rule, bool enable, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    const struct wsman_value values[] = {
        {.name = "Enable", .text = slice_of_string(enable ? "true" : "false")},
        {.name = "AuditedAppID", .text = slice_of_string(arena_printf(arena, "%u", rule->app))},
        {.name = "EventID", .text = slice_of_string(arena_printf(arena, "%u", rule->event))},
        {.name = "PolicyType", .text = slice_of_string(rule->critical ? "1" : "0")},
    };
    if (!amt_invoke(amt, arena, &audit_policy, "SetAuditPolicy", values, 4, &reply, &value, err))
        return false;
    return value == 0 ? true : amt_status_refuse(err, "SetAuditPolicy", value);
}
