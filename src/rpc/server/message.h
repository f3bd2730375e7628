/*
 * The messages between the agent and a provisioning server (rpc.md 4.2 to 4.4): JSON objects of
 * strings, one in each text frame of a WebSocket. Pure; any thread.
 */
#ifndef RPC_SERVER_MESSAGE_H
#define RPC_SERVER_MESSAGE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"

#define RPC_SERVER_MESSAGE_LIMIT ((size_t)1024 * 1024) /* bytes of a server's message */
#define RPC_SERVER_TOLD_LIMIT    ((size_t)102400)      /* … of ours: servers take no more */
#define RPC_SERVER_DATA_LIMIT    ((size_t)75000)       /* bytes of a payload that fits into one */
#define RPC_SERVER_PROTOCOL      "4.0.0"

enum rpc_server_kind {
    RPC_SERVER_WSMAN, /* and every other method whose payload has bytes in it */
    RPC_SERVER_TLS_DATA,
    RPC_SERVER_PORT_SWITCH,
    RPC_SERVER_HEARTBEAT,
    RPC_SERVER_PROGRESS,
    RPC_SERVER_SUCCESS,
    RPC_SERVER_ERROR,
    RPC_SERVER_UNKNOWN, /* another method, without bytes */
};

struct rpc_server_message { /* texts in the arena */
    enum rpc_server_kind kind;
    struct slice method;
    struct slice text;    /* `message` */
    struct slice raw;     /* `payload` as it stands there */
    struct slice payload; /* bytes of WSMAN and TLS_DATA */
    uint16_t port;        /* of PORT_SWITCH */
    uint32_t delay_s;
};

/* ERROR_PROTOCOL: no such object, a payload that is no base64, a protocol version of another
 * generation. */
bool rpc_server_message_read(struct arena *arena, struct slice text,
                             struct rpc_server_message *message, struct error *err);

struct rpc_server_told {
    const char *method;
    const char *status;  /* NULL: "ok" */
    const char *message; /* NULL: "ok" */
    struct slice tenant;
    struct slice payload; /* bytes, or base64 already when `encoded` */
    bool encoded;
};

/* Writes one of ours, all nine keys in their order. False when it is too long for servers. */
bool rpc_server_message_put(struct buffer *out, const struct rpc_server_told *told);

/* What the agent says first of its machine (rpc.md 4.3); texts may be NULL, which is "". */
struct rpc_server_first {
    const char *version, *build, *sku, *features, *uuid;
    const char *user;
    struct slice password;
    unsigned mode;
    const char *hostname, *fqdn;
    const char *const *hashes; /* hexadecimal */
    size_t hash_count;
    bool dhcp, is_static, ip_sync;
    const char *address, *netmask, *gateway, *primary_dns, *secondary_dns;
    const char *dns_suffix_os, *hostname_os;
    const char *friendly_name; /* NULL: left out */
    bool tls_enforced, tls_tunnel, lms_installed;
};

/* The payload's JSON. */
void rpc_server_first_put(struct buffer *out, const struct rpc_server_first *first);

/* ---- what the server says at the end (rps.md 2.6) ---- */

enum rpc_part {
    RPC_PART_ACTIVATION,
    RPC_PART_WIRED,
    RPC_PART_WIRELESS,
    RPC_PART_TLS,
    RPC_PART_CIRA_PROXY,
    RPC_PART_CIRA,
    RPC_PARTS
};

struct rpc_part_result {
    bool ran;    /* there, and not "NotApplicable" */
    bool failed; /* its result is not "Success" */
    struct slice mode, details;
};

struct rpc_final { /* texts in the arena; empty: absent */
    struct slice status, network, cira, tls;
    bool has_parts;
    struct rpc_part_result parts[RPC_PARTS];
};

/* Reads `message` of success or error. What is no JSON object is the status as it stands. */
void rpc_final_read(struct arena *arena, struct slice text, struct rpc_final *final);

/* "Wired Network" */
const char *rpc_part_name(enum rpc_part part);

#endif
