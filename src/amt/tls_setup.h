/*
 * Switching a device's TLS server on and off (spec rps 3.8; device-protocols 7.7): key pair made on
 * the device, certificate for it, credential context, settings of both doors, commit. Over struct
 * amt, on a fiber. A refusal is ERROR_DEVICE with the method, the number and its name.
 */
#ifndef AMT_TLS_SETUP_H
#define AMT_TLS_SETUP_H

#include "amt/amt.h"

enum amt_tls_mode { /* as profiles number them */
                    AMT_TLS_SERVER = 1,
                    AMT_TLS_SERVER_OR_PLAIN,
                    AMT_TLS_MUTUAL,
                    AMT_TLS_MUTUAL_OR_PLAIN
};

/* Where a set-up is or has failed. */
enum amt_tls_step {
    AMT_TLS_STEP_CERTIFICATES, /* what is on the device already */
    AMT_TLS_STEP_ROOT,
    AMT_TLS_STEP_KEY_PAIR,
    AMT_TLS_STEP_KEY_PAIR_READ,
    AMT_TLS_STEP_REQUEST, /* plan->request */
    AMT_TLS_STEP_REQUEST_SIGNED,
    AMT_TLS_STEP_ISSUE, /* plan->issue */
    AMT_TLS_STEP_CERTIFICATE,
    AMT_TLS_STEP_CONTEXT_READ,
    AMT_TLS_STEP_CONTEXT,
    AMT_TLS_STEP_CLOCK,
    AMT_TLS_STEP_SETTINGS_READ,
    AMT_TLS_STEP_REMOTE,
    AMT_TLS_STEP_LOCAL,
    AMT_TLS_STEP_COMMIT,
    AMT_TLS_STEP_DONE
};

struct amt_tls_plan {
    unsigned mode;         /* enum amt_tls_mode; 0: server authentication, plain allowed where the
                              firmware can (spec rps 3.8, tlsMode null) */
    struct slice root_der; /* trusted root to be put on the device; empty: none */
    /* Gets the device's public key (DER, PKCS#1), or the signed PKCS#10 request when `request` is
     * set, and gives the leaf (DER). May wait. */
    bool (*issue)(void *context, struct arena *arena, struct slice public_key_der,
                  struct slice *leaf_der, struct error *err);
    /* NULL: the public key is enough. Gets the key (InstanceID and public key) and gives a PKCS#10
     * request without signature, which the device signs. May wait. */
    bool (*request)(void *context, struct arena *arena, struct slice key_id,
                    struct slice public_key_der, struct slice *request_der, struct error *err);
    void *context;
    const struct slice *trusted_names; /* TrustedCN, in mutual mode: common names of clients */
    size_t trusted_name_count;         /* 0: of any client with a certificate of a trusted root */
    enum amt_tls_step *step;           /* where it is; NULL: nobody asks */
};

/* In a sequence of its own. What was added is taken back when a step before the settings fails. A
 * device that has the wanted leaf already gets a new one; see amt_tls_current to know before. */
bool amt_tls_set_up(struct amt *amt, struct arena *arena, const struct amt_tls_plan *plan,
                    struct error *err);

/* *leaf_der is the certificate that its TLS server shows, empty when none is chosen; *enabled
 * whether a door has TLS on. */
bool amt_tls_current(struct amt *amt, struct arena *arena, bool *enabled, struct slice *leaf_der,
                     struct error *err);

/* Both doors plain again, and committed. Nothing is sent when they are. */
bool amt_tls_switch_off(struct amt *amt, struct arena *arena, struct error *err);

#endif
