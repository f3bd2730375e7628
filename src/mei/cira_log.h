/*
 * The log of the last remote access connections (CIRA) as AMT keeps it: what PTHI's GetCiraLog
 * answers (spec rpc 2.6). Pure. Times are seconds since 1970 (0: never), intervals seconds.
 * IPv4 addresses are values with the first octet on top; texts are in the arena.
 */
#ifndef MEI_CIRA_LOG_H
#define MEI_CIRA_LOG_H

#include "core/arena.h"
#include "core/slice.h"

#include <stdint.h>

#define MEI_CIRA_LOG_SIZE 2781

struct mei_cira_closure {
    uint32_t time;
    bool by_mps;
    uint8_t apf_reason; /* of APF's DISCONNECT */
    uint8_t reason;     /* mei_cira_closure_name */
};

struct mei_cira_summary {
    bool tunnel_opened;
    uint8_t connection_state;
    uint32_t last_keep_alive;
    uint32_t keep_alive_interval;
    uint8_t last_connection_status;
    uint32_t last_connection_time;
    uint8_t last_tunnel_status;
    uint32_t last_opened;
    uint32_t last_closed;
};

struct mei_cira_tunnel {
    bool valid;
    uint32_t open_time;
    uint8_t trigger; /* mei_cira_trigger_name */
    struct slice mps_host;
    bool proxy_used;
    struct slice proxy;
    uint8_t auth_method;       /* mei_cira_auth_name */
    uint8_t network_interface; /* 0 wired, 1 wireless */
    uint32_t last_keep_alive;
    uint32_t keep_alive_interval;
    struct mei_cira_closure closure;
};

#define MEI_CIRA_IPV6_ADDRESSES 6

struct mei_cira_ipv6 {
    uint8_t address[16];
    uint8_t type;
    uint8_t state;
};

struct mei_cira_interface {
    bool present;
    bool link_up;
    bool dhcp;
    uint32_t ipv4;
    uint32_t gateway;
    uint32_t dns1;
    uint32_t dns2;
    struct slice domain;
    uint8_t ipv6_router[16];
    uint8_t ipv6_dns1[16];
    uint8_t ipv6_dns2[16];
    struct mei_cira_ipv6 ipv6[MEI_CIRA_IPV6_ADDRESSES];
};

struct mei_cira_attempt {
    uint32_t status;
    bool proxy_used;
    struct slice proxy;
    uint32_t tcp_error;
    int32_t tls_error;
};

struct mei_cira_failure {
    bool valid;
    uint32_t time;
    uint8_t trigger;
    struct slice mps_host;
    uint8_t auth_method;
    struct mei_cira_interface interfaces[2]; /* wired, wireless */
    struct slice wifi_profile;
    bool wifi_host_control;
    uint8_t ieee8021x_result;
    uint8_t ieee8021x_sub_result;
    uint8_t media;
    uint8_t discrete_lan;
    uint8_t network_interface;
    struct mei_cira_attempt attempts[2];
    struct mei_cira_closure closure;
};

struct mei_cira_log {
    uint8_t version;
    struct mei_cira_summary summary;
    struct mei_cira_tunnel tunnel;
    struct mei_cira_failure failure;
};

/* The block behind PTHI's status. False when it is too short, or goes on with more than zeros. */
bool mei_cira_log_decode(struct slice block, struct arena *arena, struct mei_cira_log *log);

/* In words ("unknown" for what is not known); spec device-protocols 1.2. */
const char *mei_cira_closure_name(uint8_t reason);
const char *mei_cira_trigger_name(uint8_t trigger);
const char *mei_cira_auth_name(uint8_t method);

#endif
