/*
 * Keys that a device makes itself, and certificates for them (spec rps 3.6, 3.8, rpc 5.6,
 * device-protocols 7.7): the private key never leaves the device. Who issues the certificate is
 * behind two functions: an Enterprise Assistant that drafts a request and gives the certificate, or
 * the server's own CA. Part of conversations inside amt_sequence_begin/end. Over struct amt, on a
 * fiber; what is returned lives in the arena.
 */
#ifndef AMT_DEVICE_KEY_H
#define AMT_DEVICE_KEY_H

#include "amt/amt.h"

struct amt_device_key {
    struct slice id;         /* InstanceID of AMT_PublicPrivateKeyPair */
    struct slice public_der; /* PKCS#1 */
};

/* Makes an RSA key of 2048 bits. After a failure there is none. */
bool amt_device_key_make(struct amt *amt, struct arena *arena, struct amt_device_key *key,
                         struct error *err);

/* Has the device sign a certificate request (PKCS#10, DER; its signature doesn't count) with the
 * key, SHA-256. */
bool amt_device_key_sign(struct amt *amt, struct arena *arena, const struct amt_device_key *key,
                         struct slice draft, struct slice *request, struct error *err);

/* Who issues the certificate. Both may wait; nothing of what they get or give is a secret. */
struct amt_device_key_issuer {
    /* The request that the device is to sign, DER. NULL: the issuer wants none. */
    bool (*draft)(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice *draft, struct error *err);
    /* The certificate, DER, for the signed request (.data NULL without `draft`). */
    bool (*issue)(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice request, struct slice *certificate, struct error *err);
    void *context;
};

struct amt_device_certificate {
    struct amt_device_key key;
    struct slice id; /* InstanceID of AMT_PublicKeyCertificate */
    struct slice der;
};

/* Makes a key, gets a certificate for it and adds that. After a failure neither is on the device,
 * as far as that can be brought about. What it says (`der`) may be the certificate of an 802.1X
 * login (amt/credential.h), which finds it on the device. */
bool amt_device_key_enrol(struct amt *amt, struct arena *arena,
                          const struct amt_device_key_issuer *issuer,
                          struct amt_device_certificate *certificate, struct error *err);

/* Deletes certificate and key, as far as that is possible, whether or not the fiber was cancelled:
 * for a later step that failed. Empty InstanceIDs are passed over. */
void amt_device_key_take_back(struct amt *amt, struct arena *arena,
                              const struct amt_device_certificate *certificate);

#endif
