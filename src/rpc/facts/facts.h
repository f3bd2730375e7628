/*
 * What amtinfo tells of a machine: collected once, printed in any form, and sent to a server by
 * --sync. Texts live in the run's arena; NULL is what nobody knows. On the run's fiber.
 */
#ifndef RPC_FACTS_FACTS_H
#define RPC_FACTS_FACTS_H

#include "mei/pthi.h"
#include "rpc/machine/host.h"
#include "rpc/run/run.h"

/* What to ask for. */
enum {
    RPC_FACT_VERSION = 1 << 0,
    RPC_FACT_BUILD = 1 << 1,
    RPC_FACT_SKU = 1 << 2, /* and the features */
    RPC_FACT_UUID = 1 << 3,
    RPC_FACT_UPID = 1 << 4,
    RPC_FACT_MODE = 1 << 5,
    RPC_FACT_STATE = 1 << 6, /* of provisioning */
    RPC_FACT_DNS = 1 << 7,
    RPC_FACT_HOSTNAME = 1 << 8,
    RPC_FACT_LAN = 1 << 9,
    RPC_FACT_RAS = 1 << 10,
    RPC_FACT_OPERATIONAL = 1 << 11,
    RPC_FACT_HASHES = 1 << 12,
    RPC_FACT_CERTIFICATES = 1 << 13, /* the user's */
    RPC_FACT_PROXIES = 1 << 14,
    RPC_FACT_ALL = (1 << 15) - 1,
    RPC_FACT_DOORS = 1 << 15, /* TLS and 802.1X: shown to servers only */
    RPC_FACT_USUAL = RPC_FACT_ALL & ~(RPC_FACT_HASHES | RPC_FACT_CERTIFICATES),
};

struct rpc_adapter {
    bool known;  /* AMT has told */
    bool absent; /* its MAC is zero */
    bool enabled, link_up, dhcp, dhcp_active;
    const char *ip, *os_ip, *mac;
};

struct rpc_user_certificate {
    const char *name; /* the subject's common name, else the InstanceID */
    const char *subject, *issuer;
    bool trusted_root, read_only;
};

struct rpc_proxy_fact {
    const char *address, *dns_suffix;
    unsigned port, format;
};

struct rpc_facts {
    unsigned wanted; /* RPC_FACT_… */
    struct rpc_host host;
    bool may_use_me;       /* else not asked */
    bool heci_available;   /* the ME's interface answers */
    enum rpc_exit me_exit; /* why it doesn't; RPC_SUCCESS when it does */

    const char *version, *build, *sku, *features;
    const char *lms_version; /* that LMS has registered */
    const char *uuid;
    bool mode_known, state_known;
    unsigned mode, state;
    bool operational_known; /* AMT 12 and later with ME 16.1's interface */
    bool operational;
    bool tls_enforced;
    const char *dns_suffix;

    bool ras_known;
    struct mei_remote_access ras;
    const char *mps_host;
    unsigned mps_port; /* 0: unknown */

    struct rpc_adapter wired, wireless;

    bool upid_known;
    const char *oem_type, *oem_id, *csme_id;

    bool hashes_known;
    const struct mei_hash *hashes; /* by name */
    size_t hash_count;

    bool certificates_known;
    struct rpc_user_certificate *certificates; /* by name */
    size_t certificate_count;

    const char *tls_mode; /* as configure tls has them */
    bool ieee8021x_known;
    bool ieee8021x; /* of the wired port: switched on */

    bool proxies_known;
    struct rpc_proxy_fact *proxies;
    size_t proxy_count;
};

/* Asks for `wanted`. Never fails: what cannot be read is unknown, and why is a log line. */
void rpc_facts_collect(struct rpc *rpc, unsigned wanted, struct rpc_facts *facts);

/* ---- printing; pure ---- */

/* v3's JSON object (key order as rpc.md 1.5), v2's (alphabetical, its own words). */
void rpc_facts_put_json(const struct rpc_facts *facts, struct arena *arena, struct buffer *out);
void rpc_facts_put_json_v2(const struct rpc_facts *facts, struct arena *arena, struct buffer *out);

/* v2's text: tabs, a value a line. */
void rpc_facts_put_text_v2(const struct rpc_facts *facts, struct arena *arena, struct buffer *out);

struct rpc_page;

/* v3's page, for text and tables. */
void rpc_facts_put_page(const struct rpc_facts *facts, struct rpc_page *page);

/* Lower-case hexadecimal of a hash; "" for an algorithm that isn't known. */
const char *rpc_facts_hash(struct arena *arena, const struct mei_hash *hash);

#endif
