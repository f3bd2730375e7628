/*
 * One record of the audit log: bytes to struct, and what its fields mean in words (spec mps 2.5,
 * A.3, A.4; device-protocols 6.7). Pure: no I/O, no state, any thread. The bytes come from a device
 * and are checked; a struct borrows from them.
 */
#ifndef AMT_AUDIT_RECORD_H
#define AMT_AUDIT_RECORD_H

#include "core/buffer.h"

enum amt_audit_initiator {
    AMT_AUDIT_DIGEST,   /* a user of AMT's own, by name */
    AMT_AUDIT_KERBEROS, /* a user of the domain */
    AMT_AUDIT_LOCAL,    /* the machine itself */
    AMT_AUDIT_KVM_PORT, /* whoever used the default port of KVM */
};

struct amt_audit_record {
    uint16_t app;
    uint16_t event;
    enum amt_audit_initiator initiator;
    struct slice user;       /* digest: the name; Kerberos: the bytes of the SID; else empty */
    uint32_t user_in_domain; /* Kerberos: as the device sent it */
    uint32_t time;           /* seconds since 1970-01-01 UTC by the device's clock */
    uint8_t location;        /* of the address: 0 IPv4, 1 IPv6, 2 none */
    struct slice address;    /* as text, empty when there is none */
    struct slice extended;   /* by event */
};

/* False when the bytes are no whole record; what follows a whole one is ignored. Terminating NULs
 * of names, which AMT 4 counts in, are left out. */
bool amt_audit_record_decode(struct slice bytes, struct amt_audit_record *record);

/* Name of an application ("Security Admin"); NULL when there is none in the table. */
const char *amt_audit_app_name(uint16_t app);

/* Name of an event ("Provisioning Started"); NULL when there is none in the table. */
const char *amt_audit_event_name(uint16_t app, uint16_t event);

/* Who did it, as UTF-8: the user's name, "S-1-5-…", "Local", "KVM Default Port". */
void amt_audit_put_initiator(struct buffer *out, const struct amt_audit_record *record);

/* Where from, as UTF-8; the long form of the IPv6 loopback address as "::1". */
void amt_audit_put_address(struct buffer *out, const struct amt_audit_record *record);

/* What the extended data say, as UTF-8. False, with nothing put, when they say nothing that is
 * known for the event, or are too short or out of range for it. */
bool amt_audit_put_detail(struct buffer *out, const struct amt_audit_record *record);

/* Bytes as text: UTF-8 as it is, anything else as Latin-1. */
void amt_audit_put_text(struct buffer *out, struct slice bytes);

#endif
