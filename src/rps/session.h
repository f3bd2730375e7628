/*
 * One agent on its WebSocket (spec rps 2): what it said of its device, the way to the device
 * through it, and what is told to it. A session runs one command on one fiber and always ends in
 * exactly one `success` or `error` message, within its deadline. On the loop that accepted the
 * connection.
 *
 *     first message ── version, command line, payload checked ── a flow (rps/flow.h)
 *        flow: rps_session_step … amt/ functions over rps_session_amt … outcome ── final message,
 * close
 */
#ifndef RPS_SESSION_H
#define RPS_SESSION_H

#include "amt/amt.h"
#include "core/guid.h"

struct rps;
struct rps_session;

enum rps_command { RPS_ACTIVATE, RPS_DEACTIVATE, RPS_MAINTENANCE };
enum rps_task {
    RPS_SYNC_CLOCK,
    RPS_SYNC_ADDRESS,
    RPS_CHANGE_PASSWORD,
    RPS_SYNC_HOST_NAME,
    RPS_SYNC_DEVICE_INFO
};

struct rps_addresses { /* ipConfiguration; .data NULL: left out */
    bool given, dhcp, is_static, ip_sync;
    struct slice address, netmask, gateway, primary_dns, secondary_dns;
};

/* The first message, decoded and checked for form (texts are the session's). Nothing in it is
 * trusted: it is what an agent says. */
struct rps_request {
    enum rps_command command;
    enum rps_task task;
    bool has_task;
    struct slice profile;      /* --profile; empty: none */
    struct slice new_password; /* changepassword's word */
    bool force;
    struct slice tenant; /* of the token when there is one, else what the agent says */
    struct guid guid;
    struct slice version, build, sku, features; /* of the firmware */
    double release;                             /* "16.1.25" → 16.1 */
    struct slice username, password;            /* digest login on the local door */
    int control_mode;                           /* 0, 1, 2; anything else as said; -1: none said */
    struct slice host_name, fqdn, friendly_name;
    bool has_friendly_name;
    struct slice const *hashes;
    size_t hash_count; /* hexadecimal, of active roots */
    struct rps_addresses addresses;
    struct slice host_name_os, dns_suffix_os;
    bool has_host_name_info;
    bool tls_enforced, tls_tunnel, lms_installed, progress;
};
const struct rps_request *rps_session_request(const struct rps_session *session);
const char *rps_session_id(const struct rps_session *session); /* clientId (spec rps 2.1) */
struct rps *rps_session_server(struct rps_session *session);
struct arena *rps_session_arena(struct rps_session *session);
bool rps_session_is_authenticated(const struct rps_session *session); /* by a token */

/* A password is proposed and about to be set on the device: the session gives way to nobody until
 * it is settled, confirmed or withdrawn. */
void rps_session_set_password(struct rps_session *session, bool setting);

/* The device, through the agent. One request at a time. Cancelled when the agent goes. */
struct amt *rps_session_amt(struct rps_session *session);

/* Who logs in from now on; what is known of the digest is forgotten. Copied; wiped at the end. */
void rps_session_log_in_as(struct rps_session *session, struct slice user, struct slice password);

enum rps_verify {
    RPS_VERIFY_NOTHING, /* device set up by somebody else; logged once per session */
    RPS_VERIFY_ON_DIE,  /* chain to Intel's On-Die root or those of --on-die-roots; or one that is
                           expected, since nobody can say from when on a device shows the
                           certificate that it gets */
    RPS_VERIFY_GIVEN    /* one that is expected */
};
/* TLS inside tls_data from now on (port 16993). */
void rps_session_use_tls(struct rps_session *session, enum rps_verify verify);

/* A certificate (DER, borrowed for the session) that is the device's own, whoever has signed it. A
 * few of them at most; the oldest are forgotten. */
void rps_session_expect(struct rps_session *session, struct slice certificate);
void rps_session_use_plain(struct rps_session *session);

/* Asks the agent to move to a port (port_switch) and waits for its acknowledgement. */
bool rps_session_switch_port(struct rps_session *session, uint16_t port, uint32_t delay_s,
                             struct error *err);

/* What is being done now: for the live view, the history, and `progress` where the agent takes it.
 * `label` as spec rps 2.10 where that has one; copied. */
void rps_session_step(struct rps_session *session, const char *label);

/* A pause that firmware needs; time waited is accounted apart. `reason` is for the log. */
bool rps_session_pause(struct rps_session *session, uint32_t ms, const char *reason,
                       struct error *err);

#endif
