/*
 * The certificates and keys that a device keeps, and what uses them (spec mps 1.14, 2.3;
 * device-protocols 7.7). Over struct amt, on a fiber; what is returned lives in the arena.
 */
#ifndef AMT_CERTIFICATE_H
#define AMT_CERTIFICATE_H

#include "amt/amt.h"

/* Firmware keeps about a dozen; of more certificates, keys or uses than this many each, the rest
 * is left out. */
#define AMT_CERTIFICATES_LIMIT 100
#define AMT_CERTIFICATE_BYTES  ((size_t)8 * 1024) /* of DER; a longer one counts as unreadable */
#define AMT_CERTIFICATE_NAME   ((size_t)256)      /* bytes of a profile's name that are kept */

struct amt_key {
    const struct wsman_xml *instance; /* AMT_PublicPrivateKeyPair */
    struct slice id;
    struct slice der;                          /* PKCS#1 public key; empty when it is unreadable */
    const struct amt_certificate *certificate; /* that was made for it; NULL */
};

struct amt_certificate {
    const struct wsman_xml *instance; /* AMT_PublicKeyCertificate */
    struct slice id;
    struct slice der; /* empty when it is unreadable */
    bool trusted_root;
    bool read_only;
    const struct amt_key *key; /* its private key is on the device; NULL */
};

enum amt_certificate_user {
    AMT_CERTIFICATE_TLS,
    AMT_CERTIFICATE_WIRED,   /* 802.1X of the wired port */
    AMT_CERTIFICATE_WIRELESS /* 802.1X of a Wi-Fi profile */
};

/* What a TLS endpoint or an 802.1X profile uses. */
struct amt_certificate_use {
    enum amt_certificate_user user;
    struct slice profile; /* the selector, without its prefix for Wi-Fi: the profile's name */
    const char *name;     /* "TLS", "Wired", "Wireless - PROFILE" */
    const struct amt_certificate *root;
    const struct amt_certificate *client;
};

struct amt_certificates {
    struct amt_certificate *certificates;
    size_t count;
    struct amt_key *keys;
    size_t key_count;
    struct amt_certificate_use *uses;
    size_t use_count;
};

/* ERROR_UNSUPPORTED: the firmware keeps none. */
bool amt_certificate_list(struct amt *amt, struct arena *arena,
                          struct amt_certificates *certificates, struct error *err);

/* NULL when there is none with that InstanceID. */
const struct amt_certificate *amt_certificate_find(const struct amt_certificates *certificates,
                                                   struct slice id);

/* The one with these bytes in that role; NULL when the device hasn't got it. */
const struct amt_certificate *amt_certificate_same(const struct amt_certificates *certificates,
                                                   struct slice der, bool trusted_root);
const struct amt_key *amt_certificate_same_key(const struct amt_certificates *certificates,
                                               struct slice public_der);

/* What people call it: the subject's common name, else the InstanceID. Borrowed. */
struct slice amt_certificate_name(const struct amt_certificate *certificate);

/* The issuer's common name; empty when the device tells none. Borrowed. */
struct slice amt_certificate_issuer(const struct amt_certificate *certificate);

bool amt_certificate_is_used_by(const struct amt_certificate *certificate,
                                const struct amt_certificate_use *use);

/* Adds a certificate or a private key (PKCS#1) in DER. *id is the InstanceID that the device gave;
 * a return value other than 0 is the device's refusal (amt_status_name). */
bool amt_certificate_add(struct amt *amt, struct arena *arena, struct slice der, bool trusted_root,
                         struct slice *id, int64_t *return_value, struct error *err);
bool amt_certificate_add_key(struct amt *amt, struct arena *arena, struct slice der,
                             struct slice *id, int64_t *return_value, struct error *err);

/* A device refuses to delete what is in use. */
bool amt_certificate_delete(struct amt *amt, struct arena *arena, struct slice id,
                            struct error *err);
bool amt_certificate_delete_key(struct amt *amt, struct arena *arena, struct slice id,
                                struct error *err);

#endif
