/*
 * What AMT is and how it is set up, as PTHI says it: the bodies of replies (spec rpc 2.4,
 * device-protocols 8; LMS for what rpc-go never asks). Pure.
 *
 * Texts in replies are ASCII: here they are slices of the arena in which every byte that is not
 * printable reads "?".
 *
 * Each decoder takes the body of a reply whose status is 0 and returns false when it is not of its
 * layout; what it wrote until then counts for nothing. What is longer than its layout must go on
 * with zeros: layouts are known from programs of several generations, some of which send whole
 * arrays and some only what is used.
 */
#ifndef MEI_PTHI_DEVICE_H
#define MEI_PTHI_DEVICE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/guid.h"
#include "core/slice.h"

#include <stdint.h>

/* One u32. Of GetControlMode: 0 not activated, 1 client, 2 admin control. Of GetProvisioningState:
 * 0 before, 1 in, 2 after provisioning. Of GetProvisioningTlsMode: 1 PSK, 2 PKI. */
bool mei_pthi_decode_u32(struct slice body, uint32_t *value);

/* A u16 length and that many characters; a NUL at the end that is counted is dropped. */
bool mei_pthi_decode_text(struct slice body, struct arena *arena, struct slice *text);

bool mei_pthi_decode_uuid(struct slice body, struct guid *uuid);

struct mei_version {
    struct slice name;
    struct slice value;
};

/* Names seen: Flash, Netstack, AMTApps, AMT, Sku, VendorID, Build Number, Recovery Version,
 * Recovery Build Num, Legacy Mode; LMS once one has registered. */
struct mei_versions {
    struct slice bios;
    const struct mei_version *entries;
    size_t count;
};

bool mei_pthi_decode_versions(struct slice body, struct arena *arena,
                              struct mei_versions *versions);

/* The value of that name; empty when there is none. */
struct slice mei_versions_find(const struct mei_versions *versions, const char *name);

/* An account made for this host session. Wipe it after use (memory_wipe). */
struct mei_account {
    char user[34];
    char password[34];
};

bool mei_pthi_decode_account(struct slice body, struct mei_account *account);

/* rpc-go reads up to 33. */
#define MEI_HASH_HANDLES_LIMIT 64

bool mei_pthi_decode_handles(struct slice body, uint32_t handles[MEI_HASH_HANDLES_LIMIT],
                             size_t *count);

struct mei_hash {
    struct slice name;
    uint8_t algorithm; /* mei_hash_algorithm */
    uint8_t bytes[64];
    size_t size; /* of what counts in `bytes` */
    bool active;
    bool is_default;
};

bool mei_pthi_decode_hash(struct slice body, struct arena *arena, struct mei_hash *hash);

/* "SHA256" …; "unknown". 3 is SHA-384 for rpc-go and SHA-512 for LMS: what follows byte 48 says. */
const char *mei_hash_algorithm(const struct mei_hash *hash);

/* What host based set-up over TLS begins with: the hash of the certificate that AMT shows. */
struct mei_host_based {
    uint8_t algorithm; /* 2 SHA-256, 3 SHA-384 */
    uint8_t hash[64];
    size_t size; /* of what counts in `hash` */
};

bool mei_pthi_decode_host_based(struct slice body, struct mei_host_based *reply);

struct mei_provisioning_mode {
    uint32_t mode; /* 1 enterprise */
    bool legacy;
};

bool mei_pthi_decode_provisioning_mode(struct slice body, struct mei_provisioning_mode *mode);

struct mei_security {
    bool enterprise_mode;
    bool tls_enabled;
    bool hardware_crypto;
    uint32_t provisioning_state;
    bool network_enabled;
    bool sol_enabled;
    bool ider_enabled;
    bool firmware_update_enabled;
    bool link_up;
    bool kvm_enabled;
};

bool mei_pthi_decode_security(struct slice body, struct mei_security *security);

enum mei_feature {
    MEI_FEATURE_REDIRECTION_SESSIONS,
    MEI_FEATURE_SYSTEM_DEFENSE,
    MEI_FEATURE_WEB_UI,
    MEI_FEATURE_ACCESS_CONTROL, /* EAC */
    MEI_FEATURE_KVM_SESSION
};

struct mei_feature_state {
    bool on;        /* of the three in the middle */
    bool ider_open; /* of the redirection sessions */
    bool sol_open;
    bool kvm_active; /* of KVM */
    bool kvm_waits;  /* for the user's consent */
};

bool mei_pthi_decode_feature(struct slice body, enum mei_feature feature,
                             struct mei_feature_state *state);

struct mei_reset_reason {
    uint32_t reason; /* 0: a remote control command */
    uint32_t time;   /* of that command, seconds since 1970 */
};

bool mei_pthi_decode_reset_reason(struct slice body, struct mei_reset_reason *reason);

/* Who set AMT up and how, of the last provisioning. */
struct mei_setup_audit {
    uint8_t tls_mode;
    bool secure_dns;
    bool host_initiated;
    uint32_t hash_algorithm; /* 0 MD5, 1 SHA-1, 2 SHA-256, 3 SHA-384 */
    uint8_t hash[64];
    uint8_t serials[48]; /* three of 16 bytes: of the certificates of the chain */
    bool more_serials;
    bool oem_default; /* the root hash is one that the manufacturer put in */
    bool time_valid;
    struct slice server_address;
    uint16_t year, month, day, hour, minute, second;
    struct slice server_fqdn;
};

bool mei_pthi_decode_setup_audit(struct slice body, struct arena *arena,
                                 struct mei_setup_audit *audit);

struct mei_state {
    bool link_up;
    bool crypto_fuse;
    bool flash_protected;
    uint8_t last_reset; /* of the ME: 0 none, 1 ME, 2 global, 3 exception */
};

bool mei_pthi_decode_state(struct slice body, struct mei_state *state);

/* The 390 bytes that rpc-go sends for host based set-up. False when the hash (at most 64 bytes) or
 * the names (at most 320 with a NUL after each) do not fit. */
bool mei_pthi_put_host_based(struct buffer *body, uint8_t algorithm, struct slice leaf_hash,
                             const struct slice *suffixes, size_t suffix_count);

#endif
