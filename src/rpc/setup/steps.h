/*
 * What is set on an AMT that is activated (spec rpc 5.5 to 5.9): each step takes values, not
 * options, so that commands and profiles share it; logs in as "admin" with the run's password; and
 * says what is wrong as a fault. Structs are borrowed during the call. What a step has changed when
 * the run is cut off is taken back by the functions of amt/ as far as they promise. On the run's
 * fiber. What no AMT could take is refused before one is asked: rpc_…_check, which are pure.
 */
#ifndef RPC_SETUP_STEPS_H
#define RPC_SETUP_STEPS_H

#include "amt/amt.h"
#include "rpc/machine/fault.h"
#include "rpc/setup/verdict.h"

/* As "admin"; over TLS where that is the only way. */
bool rpc_step_amt(struct rpc *rpc, struct amt **amt, struct rpc_fault *fault);

/* ---- steps.c: passwords, features, clock, names, proxies ---- */

/* 118; in admin control mode only. */
bool rpc_step_mebx(struct rpc *rpc, struct slice password, struct rpc_fault *fault);

/* 119; the run goes on with the new one. A lost answer is settled by logging in. */
bool rpc_step_amt_password(struct rpc *rpc, struct slice password, struct rpc_fault *fault);

struct rpc_features {
    bool kvm, sol, ider;
    uint32_t consent; /* AMT_CONSENT_…; in client control mode it is always all */
};
bool rpc_step_features(struct rpc *rpc, const struct rpc_features *wanted, struct rpc_fault *fault);

bool rpc_step_clock(struct rpc *rpc, struct rpc_fault *fault);

/* AMT's names as the operating system has them; *name is what that is. */
bool rpc_step_host_name(struct rpc *rpc, const char **name, struct rpc_fault *fault);

struct rpc_proxy {
    const char *address;
    unsigned port;
    const char *dns_suffix; /* NULL: none */
};
bool rpc_proxy_check(const struct rpc_proxy *wanted, struct rpc_fault *fault); /* 26, 28 */
bool rpc_step_proxy(struct rpc *rpc, const struct rpc_proxy *wanted, struct rpc_fault *fault);

/* ---- step_cira.c ---- */

struct rpc_cira {
    const char *address;
    unsigned port;            /* 0: 4433 */
    const char *user;         /* NULL: admin */
    struct slice password;    /* empty: one is made, and held (made.h) */
    struct slice certificate; /* of the server's CA: base64, PEM */
    const char *const *detection;
    size_t detection_count; /* 0: what is there, else a domain that is nowhere */
    enum rpc_has has;       /* whether AMT has the password: before and after the call */
};

bool rpc_cira_check(const struct rpc_cira *wanted, struct rpc_fault *fault); /* 28 */
/* 104, 28. One that is made is held until AMT has surely not got it. */
bool rpc_step_cira(struct rpc *rpc, struct rpc_cira *wanted, struct rpc_fault *fault);

/* ---- step_network.c, login_8021x.h ---- */

struct rpc_assistant_login;

#define RPC_PXE_TIMEOUT_S 120 /* where nothing is said of it */

struct rpc_8021x {
    const char *username;
    struct slice password;
    unsigned protocol; /* 0 EAP-TLS, 2 EAP-PEAPv0/MSCHAPv2 */
    struct slice private_key, client_certificate, ca_certificate; /* base64, PEM */
    unsigned pxe_timeout_s;                                       /* of wired ones */
    const struct rpc_assistant_login *assistant; /* who gives all but the protocol; NULL: nobody */
};

struct rpc_wired {
    bool dhcp, ip_sync;
    const char *address, *subnet_mask, *gateway, *primary_dns, *secondary_dns;
    const struct rpc_8021x *ieee8021x; /* NULL: none */
};

/* 27 to 32 for addresses, 33; 117 and 35 for the login. */
bool rpc_wired_check(const struct rpc_wired *wanted, struct rpc_fault *fault);

/* The same without what is secret, before anybody is asked for that. */
bool rpc_wired_check_openly(const struct rpc_wired *wanted, struct rpc_fault *fault);

/* As rpc_wired_check, and 137, 108, 28. */
bool rpc_step_wired(struct rpc *rpc, const struct rpc_wired *wanted, struct rpc_fault *fault);

struct rpc_wireless {
    const char *name, *ssid;
    unsigned priority; /* 0: the first that is free */
    unsigned authentication, encryption;
    struct slice passphrase;
    const struct rpc_8021x *ieee8021x;
};

bool rpc_wireless_check(const struct rpc_wireless *wanted,
                        struct rpc_fault *fault); /* 35, 116, 117 */

/* The same without what is secret, before anybody is asked for that. */
bool rpc_wireless_check_openly(const struct rpc_wireless *wanted, struct rpc_fault *fault);

/* Adds it, or changes the one of that name; the others stay. 106, 108, 116, 117. *has_wifi false:
 * the machine has none, and that is no failure. */
bool rpc_step_wireless(struct rpc *rpc, const struct rpc_wireless *wanted, bool *has_wifi,
                       struct rpc_fault *fault);

/* Removes all profiles. */
bool rpc_step_wireless_purge(struct rpc *rpc, size_t *count, struct rpc_fault *fault);

struct rpc_wifi_sync {
    bool host, uefi;
    bool has_wifi, has_uefi; /* what came of it */
};
bool rpc_step_wifi_sync(struct rpc *rpc, struct rpc_wifi_sync *sync, struct rpc_fault *fault);

/* ---- step_tls.c ---- */

struct rpc_tls_wanted {
    unsigned mode;      /* enum amt_tls_mode; 0: none */
    const char *ca_out; /* file for the CA that is made, with its key: there before AMT is given
                           its certificate, removed when AMT surely doesn't have it; NULL: it is
                           forgotten. Only where a CA is made */
    const struct rpc_assistant_login *assistant; /* who issues the certificate; NULL: we do */
};
bool rpc_step_tls(struct rpc *rpc, const struct rpc_tls_wanted *wanted, struct rpc_fault *fault);

#endif
