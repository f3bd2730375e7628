/*
 * The audit log: what was done to the device, by whom (spec mps 2.5; device-protocols 6.7;
 * device-classes AMT_AuditLog, AMT_AuditPolicyRule). Firmware keeps it oldest first, numbered from
 * 1, and hands out as many records per call as it likes, ten at most. Over struct amt, on a fiber.
 */
#ifndef AMT_AUDIT_LOG_H
#define AMT_AUDIT_LOG_H

#include "amt/amt.h"
#include "amt/audit_record.h"

#define AMT_AUDIT_LOG_MOST    10000 /* records that one call reads; firmware holds far fewer */
#define AMT_AUDIT_RECORD_MOST 1024  /* bytes kept of one record; firmware's are far shorter */

struct amt_audit_entry {
    uint32_t number;    /* the device's own: 1 is the oldest in the log */
    bool decoded;       /* else `record` is empty and `bytes` are all there is */
    struct slice bytes; /* as the device sent them; its text where that is no base64 */
    size_t cut_from; /* characters that the device sent for a record that is too long, whose first
                        bytes are kept as it sent them; 0: nothing is missing */
    struct amt_audit_record record;
};

struct amt_audit_page {
    uint64_t total;                  /* records in the log, as the device says */
    struct amt_audit_entry *entries; /* newest first, in the arena */
    size_t count;
};

/* Reads up to `most` records, newest first, leaving out the `skip` newest. A device that returns
 * nothing where it said there were records ends the page; what it sent till then is kept. */
bool amt_audit_log_read(struct amt *amt, struct arena *arena, uint64_t skip, size_t most,
                        struct amt_audit_page *page, struct error *err);

/* Forgets all records. Locks the log for it where firmware does not clear an unlocked one, and
 * unlocks it again. A refusal is ERROR_DEVICE. */
bool amt_audit_log_clear(struct amt *amt, struct arena *arena, struct error *err);

/* The signature of the log as it is: the output of ExportAuditLogSignature. `mechanism`: 0
 * RSA-SHA1, 1 RSA-SHA256, 2 RSA-SHA384. ERROR_DEVICE when the device refuses, as one without a
 * signing key does. */
bool amt_audit_log_sign(struct amt *amt, struct arena *arena, uint32_t mechanism,
                        const struct wsman_xml **output, struct error *err);

#define AMT_AUDIT_CERTIFICATES_MOST  5    /* of a signing key */
#define AMT_AUDIT_CERTIFICATES_BYTES 4100 /* all of them together */

/* Gives the device the key that it signs the log with, and the key's certificates, the signer's
 * first, all as DER; `mechanism` as above. The caller wipes its copy of the key. A refusal is
 * ERROR_DEVICE. */
bool amt_audit_log_set_key(struct amt *amt, struct arena *arena, uint32_t mechanism,
                           struct slice key, const struct slice *certificates, size_t count,
                           struct error *err);

struct amt_audit_rule {
    uint16_t app;
    uint16_t event;
    bool critical; /* not carried out while the log is full or locked */
};

/* The events that are logged, in the device's order. */
bool amt_audit_log_get_policy(struct amt *amt, struct arena *arena, struct amt_audit_rule **rules,
                              size_t *count, struct error *err);

/* Has one event logged, or not. A refusal is ERROR_DEVICE: some events are always logged, some may
 * not be critical. */
bool amt_audit_log_set_policy(struct amt *amt, struct arena *arena,
                              const struct amt_audit_rule *rule, bool enable, struct error *err);

#endif
