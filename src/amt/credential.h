/*
 * Seeing that the key and the certificates of an 802.1X login are on a device: what is there
 * already is used, the rest is added, and what was added is taken back when a later step of the
 * conversation fails. Part of conversations inside amt_sequence_begin/end. Over struct amt, on a
 * fiber; what is returned lives in the arena.
 */
#ifndef AMT_CREDENTIAL_H
#define AMT_CREDENTIAL_H

#include "amt/amt.h"

/* .data NULL: none. */
struct amt_credential {
    struct slice certificate;    /* the client's, DER */
    struct slice private_key;    /* of it, PKCS#1 */
    struct slice public_key;     /* of it, PKCS#1 */
    struct slice ca_certificate; /* DER */
};

/* Where it is on the device, as InstanceIDs; empty: nowhere. */
struct amt_credential_place {
    struct slice client_id, ca_id;
    struct slice added_key, added_client, added_ca; /* to be taken back */
    /* What was sent and never answered, DER; whether it arrived is seen when it is taken back. */
    struct slice lost_key, lost_client, lost_ca;
};

/* A method whose return value says no; .step NULL: none. */
struct amt_refusal {
    const char *step; /* the method */
    const char *return_text;
    int64_t return_value;
};

/* Whether there is anything to be put on the device. */
bool amt_credential_is_empty(const struct amt_credential *credential);

/* A refusal is a success of the call. After a refusal or an error *place says what has been added
 * so far. Nothing is asked when the credential is empty. */
bool amt_credential_provide(struct amt *amt, struct arena *arena,
                            const struct amt_credential *credential,
                            struct amt_credential_place *place, struct amt_refusal *refusal,
                            struct error *err);

/* Deletes what was added, as far as that is possible, whether or not the fiber was cancelled. */
void amt_credential_take_back(struct amt *amt, struct arena *arena,
                              struct amt_credential_place *place);

#endif
