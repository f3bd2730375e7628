/* The login of a device for 802.1X, which the Enterprise Assistant gives (spec rps 3.6, 5.7): an
 * account, or a certificate for a key that the device makes. On the session's fiber. */
#ifndef RPS_IEEE8021X_H
#define RPS_IEEE8021X_H

#include "amt/credential.h"
#include "amt/device_key.h"
#include "rps/provisioning.h"

/* Texts and bytes in the session's arena. */
struct rps_8021x_login {
    struct rps_provisioning *owner;
    const char *profile; /* name of the 802.1X config */
    unsigned protocol;
    int pxe_timeout_s;
    struct slice username;
    struct slice password;                  /* .data NULL: by certificate */
    struct amt_credential credential;       /* what has to be on the device */
    struct amt_device_certificate enrolled; /* made there for it; to be taken back when unused */
};

/* Gets one for the config. The error is one of the toolkit's sentences, and why. */
bool rps_8021x_get(struct rps_provisioning *p, const char *config, bool wired,
                   struct rps_8021x_login *login, struct error *err);

/* Takes from the device what was made for a login that is not used after all. */
void rps_8021x_take_back(struct rps_provisioning *p, const struct rps_8021x_login *login);

/* The Enterprise Assistant as issuer of certificates for keys of devices. */
struct amt_device_key_issuer rps_assistant_issuer(struct rps_provisioning *p,
                                                  struct rps_8021x_login *login);

#endif
