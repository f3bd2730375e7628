/*
 * Setting up a device's TLS server (spec rps 3.8; device-protocols 7.7): key pair made on the
 * device, certificate for it, credential context, settings of both doors, commit. Switching it off
 * is amt_tls_disable (amt/tls.h). Over struct amt, on a fiber; what is returned lives in the arena.
 * A refusal is ERROR_DEVICE with the method, the number and its name.
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
    AMT_TLS_STEP_REQUEST, /* plan->request */
    AMT_TLS_STEP_REQUEST_SIGNED,
    AMT_TLS_STEP_ISSUE, /* plan->issue */
    AMT_TLS_STEP_CERTIFICATE,
    AMT_TLS_STEP_CONTEXT_READ,
    AMT_TLS_STEP_CONTEXT,
    AMT_TLS_STEP_CLOCK, /* never fails: a wrong clock is no reason to go without TLS */
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
    const char *ca_name; /* NULL: none. CAs whose common name is this, a dash and more are those of
                            whoever asks: of what former ones have left on the device, all that
                            nothing uses is deleted, for firmware keeps few certificates */
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

/* In sequences of its own. When a step fails before the certificate is chosen, what was added is
 * taken back; afterwards the certificate stays and a second run makes another, in whose favour the
 * first is deleted, as every certificate that was chosen before. When the answer to the commit is
 * lost, the settings are read until they show; the error is that of the lost answer when they never
 * do, for want of TLS on our side perhaps. */
bool amt_tls_set_up(struct amt *amt, struct arena *arena, const struct amt_tls_plan *plan,
                    struct error *err);

/* *leaf_der is the certificate that its TLS server shows, empty when none is chosen; *enabled
 * whether a door has TLS on. ERROR_UNSUPPORTED: firmware without TLS. */
bool amt_tls_current(struct amt *amt, struct arena *arena, bool *enabled, struct slice *leaf_der,
                     struct error *err);

#endif
