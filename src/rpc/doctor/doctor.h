/*
 * rpc doctor: what there is of AMT on this machine, what blocks activation or the calls to a server
 * (CIRA), and what to do about it. In three steps: facts are collected (struct rpc_health), judged
 * (pure) and shown. Texts live in the run's arena.
 */
#ifndef RPC_DOCTOR_DOCTOR_H
#define RPC_DOCTOR_DOCTOR_H

#include "mei/presence.h"
#include "mei/pthi.h"
#include "mei/watchdog.h"
#include "rpc/machine/host.h"
#include "rpc/machine/lms_place.h"
#include "rpc/run/run.h"

/* What was found out. A `known` that is false says that nobody could tell. */
struct rpc_health {
    struct mei_presence presence;
    bool me_answers;
    struct error me_error; /* why not */
    bool mode_known, state_known, watchdog_known;
    unsigned mode, state;
    struct mei_watchdog_flags watchdog;
    const char *version; /* NULL: unknown */
    unsigned major;
    const char *lms_version; /* that an LMS has registered; NULL: none */

    enum rpc_port lms, lms_tls;
    const char *lms_owner; /* who listens there: "lms (812) of root"; NULL: nobody can tell */
    bool lms_doubtful;     /* it would not be used if the operator hadn't named it */
    const char *holders;   /* the programs that have the ME's device open: "lms (812)"; NULL: none
                              that can be seen */
    bool way_known;
    bool way_ok;
    const char *way; /* "LMS", "LME" */
    bool way_is_lms;
    struct error way_error;
    bool ports_refused; /* there is a way, and no port of AMT at its end */
    bool is_root;       /* who is told more of other users' programs */

    const char *dns_suffix; /* that AMT goes by; "": none; NULL: unknown */
    const char *host_suffix;
    bool hashes_known;
    size_t hash_count; /* active ones */
    bool zero_touch_known, zero_touch;
    bool certificate_given;
    const char *certificate_name;   /* the leaf's common name */
    bool certificate_fits;          /* the suffix */
    enum rpc_exit certificate_code; /* why it is of no use; RPC_SUCCESS: it is */
    const char *certificate_fault;

    const char *left; /* files of passwords that a run has left behind; NULL: none */

    bool wired_known, wireless_known;
    struct mei_lan wired, wireless; /* MACs of zeros: there is none */

    bool remote_known;
    struct mei_remote_access remote;
    bool log_known;
    struct mei_cira_log log;

    bool password_given;
    bool amt_asked;         /* over its own ports */
    bool amt_login;         /* it refused the login */
    bool amt_silent;        /* there is a port, and no login over it, for want of an account, of
                               TLS or of an answer: nothing that is done over it works */
    bool account_missing;   /* it is PTHI that gives no account of the host's */
    struct error amt_error; /* the first; code ERROR_NONE: none */
    bool clock_known;
    int64_t clock_ahead_s;
    bool servers_known;
    size_t server_count;
    const char *server; /* the first: "mps.example.com:4433" */
    bool policies_known;
    size_t policy_count;
    bool detection_known;
    const char *detection; /* the home domains; "": none */
    bool proxies_known;
    size_t proxy_count;
    bool redirection_known, redirection;
    bool consent_known;
    uint32_t consent; /* OptInRequired */
};

enum rpc_finding_verdict {
    RPC_FINDING_GOOD,
    RPC_FINDING_NOTE,    /* nothing is wrong, but worth knowing */
    RPC_FINDING_WARNING, /* may become a trouble */
    RPC_FINDING_BLOCKED, /* stands in the way of activation or CIRA */
    RPC_FINDING_UNKNOWN, /* could not be looked at */
};

struct rpc_finding {
    const char *area;  /* "Management engine" */
    const char *check; /* "Driver" */
    const char *key;   /* "driver", for programs */
    enum rpc_finding_verdict verdict;
    enum rpc_exit code; /* of what is blocked */
    const char *what;
    const char *advice; /* NULL: none */
    struct rpc_finding *next;
};

struct rpc_report {
    struct arena *arena;
    struct rpc_finding *first, *last;
    size_t blocked, warnings;
    enum rpc_exit code; /* of the first that is blocked; RPC_SUCCESS: nothing is */
};

/* Asks the machine; never fails. What may be slow is bounded: a minute for all of it. With
 * `certificate` the option provisioningCert is looked at, too. */
void rpc_doctor_collect(struct rpc *rpc, bool certificate, struct rpc_health *health);

/* Pure. `report` has its arena set. */
void rpc_doctor_judge(const struct rpc_health *health, struct rpc_report *report);

const char *rpc_verdict_name(enum rpc_finding_verdict verdict);

/* For people (with colours, if `marks`, ✔ and ✘) and for programs. */
struct rpc_page;
void rpc_doctor_put_page(const struct rpc_report *report, bool marks, struct rpc_page *page);
void rpc_doctor_put_json(const struct rpc_report *report, struct buffer *out);

#endif
