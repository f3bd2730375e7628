/*
 * PTHI (also AMTHI): requests to AMT from the machine it is in, and their replies, as bytes (spec
 * rpc 2.3 to 2.5, device-protocols 8). Pure; the conversation is in mei/pthi.h.
 *
 * A message is a header of 12 bytes (version 1.1, command, number of bytes that follow, all
 * little-endian) and a body; a reply's body begins with a status, and has nothing more when that is
 * not 0. Texts in replies are ASCII: here they are slices of the arena in which every byte that is
 * not printable reads "?". IPv4 addresses are values with the first octet on top (1.2.3.4 is
 * 0x01020304).
 *
 * What is longer than its layout must go on with zeros: layouts are known from programs of several
 * generations, some of which send whole arrays and some only what is used.
 */
#ifndef MEI_PTHI_MESSAGE_H
#define MEI_PTHI_MESSAGE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/guid.h"
#include "core/slice.h"

#include <stdint.h>

/*  X(command, number, name, only reads: may be asked a second time) */
#define MEI_PTHI_COMMANDS(X)                                                           \
    X(MEI_PTHI_TCPIP, 0x04000006, "GetTcpipParameters", true)                          \
    X(MEI_PTHI_PROVISIONING_MODE, 0x04000008, "GetProvisioningMode", true)             \
    X(MEI_PTHI_UNPROVISION, 0x04000010, "Unprovision", false)                          \
    X(MEI_PTHI_PROVISIONING_STATE, 0x04000011, "GetProvisioningState", true)           \
    X(MEI_PTHI_VERSIONS, 0x0400001A, "GetCodeVersions", true)                          \
    X(MEI_PTHI_SECURITY, 0x0400001B, "GetSecurityParameters", true)                    \
    X(MEI_PTHI_MACS, 0x04000025, "GetMacAddresses", true)                              \
    X(MEI_PTHI_START_CONFIGURATION, 0x04000029, "StartConfiguration", false)           \
    X(MEI_PTHI_TLS_MODE, 0x0400002B, "GetProvisioningTlsMode", true)                   \
    X(MEI_PTHI_HASH_HANDLES, 0x0400002C, "EnumerateHashHandles", true)                 \
    X(MEI_PTHI_HASH, 0x0400002D, "GetCertificateHashEntry", true)                      \
    X(MEI_PTHI_ZERO_TOUCH, 0x04000030, "GetZeroTouchEnabled", true)                    \
    X(MEI_PTHI_DNS_SUFFIX, 0x04000036, "GetPkiFqdnSuffix", true)                       \
    X(MEI_PTHI_DNS_SUFFIXES, 0x0400003E, "GetDnsSuffixList", true)                     \
    X(MEI_PTHI_ENTERPRISE_ACCESS, 0x0400003F, "SetEnterpriseAccess", false)            \
    X(MEI_PTHI_OPEN_CONNECTION, 0x04000044, "OpenUserInitiatedConnection", false)      \
    X(MEI_PTHI_CLOSE_CONNECTION, 0x04000045, "CloseUserInitiatedConnection", false)    \
    X(MEI_PTHI_REMOTE_ACCESS, 0x04000046, "GetRemoteAccessConnectionStatus", true)     \
    X(MEI_PTHI_POWER_POLICY, 0x04000047, "GetCurrentPowerPolicy", true)                \
    X(MEI_PTHI_LAN, 0x04000048, "GetLanInterfaceSettings", true)                       \
    X(MEI_PTHI_FEATURE_STATE, 0x04000049, "GetFeaturesState", true)                    \
    X(MEI_PTHI_RESET_REASON, 0x0400004A, "GetLastHostResetReason", true)               \
    X(MEI_PTHI_USER_INTERFACES, 0x0400004D, "GetUserInitiatedEnabledInterfaces", true) \
    X(MEI_PTHI_CONFIG_SERVER, 0x0400004E, "GetConfigServerData", true)                 \
    X(MEI_PTHI_SETUP_AUDIT, 0x04000050, "GetMeSetupAuditRecord", true)                 \
    X(MEI_PTHI_IPV6_LAN, 0x04000052, "GetIpv6LanInterfaceStatus", true)                \
    X(MEI_PTHI_FQDN, 0x04000056, "GetFqdn", true)                                      \
    X(MEI_PTHI_REDIRECTION, 0x04000058, "GetRedirectionState", true)                   \
    X(MEI_PTHI_SET_HOST_FQDN, 0x0400005B, "SetHostFqdn", false)                        \
    X(MEI_PTHI_UUID, 0x0400005C, "GetUuid", true)                                      \
    X(MEI_PTHI_STOP_CONFIGURATION, 0x0400005E, "StopConfiguration", false)             \
    X(MEI_PTHI_ACCOUNT, 0x04000067, "GetLocalSystemAccount", true)                     \
    X(MEI_PTHI_CONTROL_MODE, 0x0400006B, "GetControlMode", true)                       \
    X(MEI_PTHI_EHBC, 0x04000084, "GetEhbcState", true)                                 \
    X(MEI_PTHI_DISABLE, 0x04000088, "DisableAndClear", false)                          \
    X(MEI_PTHI_START_HOST_BASED, 0x0400008B, "StartConfigurationHostBased", false)     \
    X(MEI_PTHI_CIRA_LOG, 0x0400008E, "GetCiraLog", true)                               \
    X(MEI_PTHI_STATE, 0x01000001, "GetAmtState", true)

enum mei_pthi_command {
#define MEI_PTHI_COMMAND(command, number, name, reads) command = number,
    MEI_PTHI_COMMANDS(MEI_PTHI_COMMAND)
#undef MEI_PTHI_COMMAND
};

#define MEI_PTHI_HEADER_SIZE 12
/* In the command of a reply. */
#define MEI_PTHI_RESPONSE 0x00800000u

/* The name in the table above; "PTHI command" for a number that is not there. */
const char *mei_pthi_command_name(uint32_t command);

/* True when asking a second time changes nothing. */
bool mei_pthi_command_reads(uint32_t command);

/* "AMT_STATUS_…"; "AMT_STATUS_UNKNOWN" for what has no name. */
const char *mei_pthi_status_name(uint32_t status);

/* Appends a whole request. */
void mei_pthi_put_request(struct buffer *message, uint32_t command, struct slice body);

/* The reply to `command`: its status and the body behind it (borrowed). False with ERROR_PROTOCOL
 * when it is too short, another command's, of another version or not as long as it says. */
bool mei_pthi_take_reply(struct slice message, uint32_t command, uint32_t *status,
                         struct slice *body, struct error *err);

/* --- bodies of replies ------------------------------------------------------------------------
 * Each decoder takes the body of a reply whose status is 0 and returns false when it is not of its
 * layout; what it wrote until then counts for nothing. */

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

struct mei_lan {
    bool enabled;
    uint32_t ipv4;
    bool dhcp;
    uint8_t dhcp_mode; /* 1 active (AMT asks for itself), 2 passive (listens to the host) */
    bool link_up;
    uint8_t mac[6];
};

bool mei_pthi_decode_lan(struct slice body, struct mei_lan *lan);

/* An account made for this host session. Wipe it after use (memory_wipe). */
struct mei_account {
    char user[34];
    char password[34];
};

bool mei_pthi_decode_account(struct slice body, struct mei_account *account);

#define MEI_HASH_HANDLES_LIMIT 33

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

struct mei_remote_access {
    uint32_t network; /* 0 direct, 1 VPN, 2 outside the enterprise, 3 unknown */
    uint32_t remote;  /* 0 not connected, 1 connecting, 2 connected */
    uint32_t trigger; /* 0 user, 1 alert, 2 provisioning, 3 periodic; rpc-go has 2 for periodic */
    struct slice mps_host;
};

bool mei_pthi_decode_remote_access(struct slice body, struct arena *arena,
                                   struct mei_remote_access *access);

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

struct mei_macs {
    uint8_t dedicated[6];
    uint8_t host[6];
};

bool mei_pthi_decode_macs(struct slice body, struct mei_macs *macs);

struct mei_tcpip {
    uint32_t dhcp_mode; /* 1 off, 2 on; addresses, mask, gateway and domain count when it is off */
    uint32_t address;
    uint32_t mask;
    uint32_t gateway;
    uint32_t dns1;
    uint32_t dns2;
    struct slice domain;
};

bool mei_pthi_decode_tcpip(struct slice body, struct arena *arena, struct mei_tcpip *tcpip);

/* A u16 number of bytes, and names in them with a NUL after each. */
bool mei_pthi_decode_suffixes(struct slice body, struct arena *arena, struct slice **suffixes,
                              size_t *count);

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

struct mei_config_server {
    uint16_t port;
    struct slice address;
    struct slice fqdn;
};

bool mei_pthi_decode_config_server(struct slice body, struct arena *arena,
                                   struct mei_config_server *server);

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

#define MEI_IPV6_LIMIT 16

struct mei_ipv6_address {
    struct slice address; /* as text */
    uint32_t type;        /* 0 link local, 1 from the router, 2 DHCPv6, 3 set by hand */
    uint32_t state;       /* 0 tentative, 1 preferred, 2 deprecated, 3 valid, 4 invalid, 5 taken */
};

struct mei_ipv6_lan {
    struct slice router;
    struct slice dns1;
    struct slice dns2;
    struct mei_ipv6_address addresses[MEI_IPV6_LIMIT];
    size_t count;
};

bool mei_pthi_decode_ipv6_lan(struct slice body, struct arena *arena, struct mei_ipv6_lan *lan);

struct mei_fqdn {
    bool shared; /* the host's */
    bool ddns;
    uint32_t ddns_interval; /* minutes */
    uint32_t ddns_ttl;      /* seconds */
    uint32_t host_length;   /* of the host's name at the front of `name` */
    struct slice name;
};

bool mei_pthi_decode_fqdn(struct slice body, struct arena *arena, struct mei_fqdn *fqdn);

struct mei_state {
    bool link_up;
    bool crypto_fuse;
    bool flash_protected;
    uint8_t last_reset; /* of the ME: 0 none, 1 ME, 2 global, 3 exception */
};

bool mei_pthi_decode_state(struct slice body, struct mei_state *state);

/* --- bodies of requests ----------------------------------------------------------------------- */

/* The 390 bytes that rpc-go sends for host based set-up. False when the hash (at most 64 bytes) or
 * the names (at most 320 with a NUL after each) do not fit. */
bool mei_pthi_put_host_based(struct buffer *body, uint8_t algorithm, struct slice leaf_hash,
                             const struct slice *suffixes, size_t suffix_count);

#endif
