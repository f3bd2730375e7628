/*
 * One run of a command over an agent's session: what its steps share. The flows read top to bottom
 * in activation.c, deactivation.c and maintenance.c; set_up.c brings a device into its control
 * mode, passwords.c sees to its passwords, configuration.c does what the profile says. A run is one
 * fiber; everything is in the session's arena.
 *
 *     flow.c: checks of the request ── activation.c ── set_up.c: passwords, control mode
 *                                            └── configuration.c: network, features, TLS, CIRA
 */
#ifndef RPS_PROVISIONING_H
#define RPS_PROVISIONING_H

#include "amt/host_setup.h"
#include "rps/handover.h"
#include "rps/outcome.h"
#include "rps/rps.h"
#include "rps/session.h"
#include "rps/standing.h"
#include "store/configurations.h"
#include "store/passwords.h"

/* What the run is for. Only the checks of flow.c fill it in. */
struct rps_run_given {
    const struct rps_request *request;
    const struct rps_options *options;
    const char *tenant;
    char guid[GUID_TEXT_SIZE];
    struct store_profile profile; /* of an activation */
    bool admin;                   /* … which wants admin control mode */
};

/* What is known of the device: who has it, what was stored of it when the run began, what it says
 * of itself, and the passwords that it has, or gets in this run. */
struct rps_run_device {
    struct rps_known known;        /* to whom it is handed over */
    struct store_passwords stored; /* empty when there are none */
    struct amt_setup_state state;
    struct slice password;    /* of "admin"; the session logs in with it */
    struct slice mebx;        /* empty: isn't set */
    const char *mps_username; /* that it calls in as, once that is settled; NULL */
    const char *mps_password; /* … and with */
};

/* What was done so far, in this run. */
struct rps_run_done {
    bool newcomer;              /* the device is counted as one that nobody knows */
    bool activated;             /* it is in another control mode */
    bool tls_given;             /* it has a certificate of its own, and … */
    bool over_own_tls;          /* the session is led over that, or over the one that was stored */
    bool handed_over;           /* to the presence server */
    bool told;                  /* its password, to a presence server elsewhere */
    bool ended_well;            /* … the run of a device that nobody knew */
    const char *mebx_fault;     /* why the MEBx password was not set; NULL */
    const char *features_fault; /* why KVM, SOL, IDER or consent are not as wanted; NULL */
};

struct rps_provisioning {
    struct rps_session *session;
    struct store *store;
    struct arena *arena;
    struct amt *amt;
    struct rps_outcome *outcome;
    const struct rps_run_given *given;
    struct rps_run_device device;
    struct rps_run_done done;
};

/* Refuses the command with a sentence; returns false. */
bool rps_refuse(struct rps_provisioning *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads what is stored of the device into p->device.stored; one that is unknown has nothing stored.
 */
bool rps_read_stored(struct rps_provisioning *p, struct error *err);

/* flow.c calls these after the checks that need no device; p->outcome is filled in. */
void rps_activate(struct rps_provisioning *p);
void rps_deactivate(struct rps_provisioning *p);
void rps_maintain(struct rps_provisioning *p);

/* Brings the device into the profile's control mode, with passwords that are stored. On return the
 * session logs in as "admin" with p->device.password. */
bool rps_set_up(struct rps_provisioning *p, struct error *err);

/* Configures the device as the profile says. Steps that fail are in the outcome, and the others go
 * on; false only when the device or the agent is gone. */
bool rps_configure(struct rps_provisioning *p, struct error *err);

/* Tells the presence server of the device as the outcome stands now. */
bool rps_hand_over(struct rps_provisioning *p, struct error *err);

/* Tells it as whom the device will call in: p->device has it. */
bool rps_hand_over_caller(struct rps_provisioning *p, struct error *err);

/* Whether the record may be given this host name: of a device that the server itself calls by it,
 * only one that can be called. */
bool rps_may_rename(const struct rps_provisioning *p, struct slice host_name);

/* Tells it what the agent says of a device that is there. */
bool rps_hand_over_info(struct rps_provisioning *p, struct error *err);

#endif
