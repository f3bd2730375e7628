/*
 * AMT's network and its remote access (CIRA), as PTHI says them: the bodies of replies (spec rpc
 * 2.4; LMS for what rpc-go never asks). Pure.
 *
 * Texts in replies are ASCII: here they are slices of the arena in which every byte that is not
 * printable reads "?". IPv4 addresses are values with the first octet on top (1.2.3.4 is
 * 0x01020304).
 *
 * Each decoder takes the body of a reply whose status is 0 and returns false when it is not of its
 * layout; what it wrote until then counts for nothing. What is longer than its layout must go on
 * with zeros: layouts are known from programs of several generations, some of which send whole
 * arrays and some only what is used.
 */
#ifndef MEI_PTHI_NETWORK_H
#define MEI_PTHI_NETWORK_H

#include "core/arena.h"
#include "core/slice.h"

#include <stdint.h>

struct mei_lan {
    bool enabled;
    uint32_t ipv4;
    bool dhcp;
    uint8_t dhcp_mode; /* 1 active (AMT asks for itself), 2 passive (listens to the host) */
    bool link_up;
    uint8_t mac[6];
};

bool mei_pthi_decode_lan(struct slice body, struct mei_lan *lan);

enum mei_network { MEI_NETWORK_DIRECT, MEI_NETWORK_VPN, MEI_NETWORK_OUTSIDE, MEI_NETWORK_UNKNOWN };
enum mei_remote { MEI_REMOTE_NOT_CONNECTED, MEI_REMOTE_CONNECTING, MEI_REMOTE_CONNECTED };

struct mei_remote_access {
    uint32_t network; /* enum mei_network, where the machine is to the enterprise; or whatever … */
    uint32_t remote;  /* enum mei_remote; … AMT says */
    uint32_t trigger; /* 0 user, 1 alert, 2 provisioning, 3 periodic; rpc-go has 2 for periodic */
    struct slice mps_host;
};

bool mei_pthi_decode_remote_access(struct slice body, struct arena *arena,
                                   struct mei_remote_access *access);

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

struct mei_config_server {
    uint16_t port;
    struct slice address;
    struct slice fqdn;
};

bool mei_pthi_decode_config_server(struct slice body, struct arena *arena,
                                   struct mei_config_server *server);

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

#endif
