/*
 * One run of a command over an agent's session: what its steps share. The flows read top to bottom
 * in activation.c, deactivation.c and maintenance.c; set_up.c brings a device into its control
 * mode, configuration.c does what the profile says. A run is one fiber; everything is in the
 * session's arena.
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
#include "store/configurations.h"
#include "store/passwords.h"

struct rps_provisioning {
    struct rps_session *session;
    const struct rps_request *request;
    const struct rps_options *options;
    struct store *store;
    struct arena *arena;
    struct amt *amt;
    struct rps_outcome *outcome;
    const char *tenant;
    char guid[GUID_TEXT_SIZE];
    struct rps_known known;        /* to whom the device is handed over */
    struct store_passwords stored; /* of the device; empty when there are none */
    /* --- of an activation --- */
    struct store_profile profile;
    bool admin; /* the profile wants admin control mode */
    struct amt_setup_state state;
    struct slice password;      /* of "admin", as the device has or gets it */
    struct slice mebx;          /* empty: isn't set */
    bool activated;             /* in this run */
    bool over_own_tls;          /* the session is, by a certificate that our CA has issued */
    bool tls_given;             /* … in this run */
    bool over_on_die;           /* the session began with the certificate that the chip has */
    const char *mps_username;   /* that it calls in as, once that is settled; NULL */
    const char *mps_password;   /* … and with */
    const char *mebx_fault;     /* why the MEBx password was not set; NULL */
    const char *features_fault; /* why KVM, SOL, IDER or consent are not as wanted; NULL */
};

/* Refuses the command with a sentence; returns false. */
bool rps_refuse(struct rps_provisioning *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads what is stored of the device into p->stored; one that is unknown has nothing stored. */
bool rps_read_stored(struct rps_provisioning *p, struct error *err);

/* Whether the password is one that is stored for the device. In constant time. */
bool rps_is_stored_password(const struct rps_provisioning *p, struct slice password);

/* Whether the agent has proved that it speaks for the device: by a token, or by one of the
 * passwords that are stored. */
bool rps_is_proven(const struct rps_provisioning *p);

/* Whether the device may be opened with what is stored, though the agent did not say it: an agent
 * with a token; or a set-up that was cut off, whose password was made here and nobody else can
 * know. */
bool rps_may_use_stored(const struct rps_provisioning *p);

/* Logs in as "admin" with whichever of the passwords that may be used opens the device, and reads
 * p->state. */
bool rps_find_login(struct rps_provisioning *p, struct error *err);

/* The device has p->password. Others that are stored are dropped only where the agent has proved
 * that it speaks for the device: otherwise it may have shown us another one. */
bool rps_confirm_password(struct rps_provisioning *p, struct error *err);

/* After rps_find_login: those that runs which were cut off have left may go. */
bool rps_settle_password(struct rps_provisioning *p, struct error *err);

/* flow.c calls these after the checks that need no device; p->outcome is filled in. */
void rps_activate(struct rps_provisioning *p);
void rps_deactivate(struct rps_provisioning *p);
void rps_maintain(struct rps_provisioning *p);

/* Brings the device into the profile's control mode, with passwords that are stored. On return the
 * session logs in as "admin" with p->password. */
bool rps_set_up(struct rps_provisioning *p, struct error *err);

/* Configures the device as the profile says. Steps that fail are in the outcome, and the others go
 * on; false only when the device or the agent is gone. */
bool rps_configure(struct rps_provisioning *p, struct error *err);

/* Another password for "admin": stored, set, seen to work, confirmed. p->password and the login are
 * the new ones afterwards. */
bool rps_change_password(struct rps_provisioning *p, struct slice password, struct error *err);

/* Gives the device a certificate that the server's CA issues, and a TLS server in the profile's
 * mode; what was issued is stored. */
bool rps_tls_provide(struct rps_provisioning *p, struct error *err);

/* The session goes on over TLS that leads to the server's CA. */
bool rps_tls_trust_own(struct rps_provisioning *p, struct error *err);

/* … or to the makers of chips: on the way from one certificate to the other nobody can say which
 * one a device shows. */
bool rps_tls_trust_either(struct rps_provisioning *p, struct error *err);

/* The same with a device that is stored to have got a certificate of ours; false for another. */
bool rps_tls_trust_stored(struct rps_provisioning *p);

/* A certificate that is given in base64 or PEM, in DER. */
bool rps_certificate_der(struct rps_provisioning *p, struct slice text, struct slice *der);

/* Tells the presence server of the device as the outcome stands now. */
bool rps_hand_over(struct rps_provisioning *p, struct error *err);

/* Tells it as whom the device will call in: p->mps_username and p->mps_password. */
bool rps_hand_over_caller(struct rps_provisioning *p, struct error *err);

/* Tells it what the agent says of a device that is there. */
bool rps_hand_over_info(struct rps_provisioning *p, struct error *err);

#endif
