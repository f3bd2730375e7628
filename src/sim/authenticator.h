/*
 * Digest authentication on the device's side (spec device-protocols 4.4): challenges as firmware
 * words them, nonces that are not bound to a connection, a nonce count taken literally. Pure.
 */
#ifndef SIM_AUTHENTICATOR_H
#define SIM_AUTHENTICATOR_H

#include "http/digest.h"

#define SIM_NONCES     12 /* whose counts are known; the oldest gives way */
#define SIM_NONCE_SIZE 33 /* 32 characters of base64 and the NUL */
#define SIM_NONCE_KEY  16

struct sim_nonce {
    uint64_t stamp; /* 0: none */
    uint32_t count; /* highest nonce count seen */
};

struct sim_authenticator {
    const char *user;  /* borrowed */
    const char *realm; /* borrowed */
    char ha1[HTTP_DIGEST_HEX_SIZE];
    uint8_t key[SIM_NONCE_KEY]; /* by which it knows its nonces */
    char nonce[SIM_NONCE_SIZE]; /* the latest */
    uint64_t stamp;             /* of that; rises with time, and with every nonce */
    struct sim_nonce nonces[SIM_NONCES];
    unsigned next;       /* place of the next nonce whose count is seen */
    uint32_t life_ms;    /* of a nonce */
    bool strict_count;   /* refuse a nonce count that does not rise */
    uint32_t counts_low; /* how many did not rise */
};

/* Keeps the hash of the password, not the password. Nonces live 5 minutes. */
void sim_authenticator_init(struct sim_authenticator *a, const char *user, const char *realm,
                            struct slice password);
/* A new user with the 16 bytes of the hash of name, realm and password; what is signed with the old
 * one is refused from now on. `user` is borrowed. */
void sim_authenticator_change(struct sim_authenticator *a, const char *user,
                              const uint8_t hash[16]);

void sim_authenticator_fini(struct sim_authenticator *a);

/* A new nonce, valid for its life however many are made meanwhile: it tells when it was made, as
 * firmware's do, and carries a seal. The text is valid until the next one. */
const char *sim_authenticator_nonce(struct sim_authenticator *a, uint64_t now_ms);

/* True when the value of an Authorization header proves the password for this request. */
bool sim_authenticator_check(struct sim_authenticator *a, struct slice authorization,
                             const char *method, uint64_t now_ms);

/* Reads the value of an Authorization header as clients write it: values with and without quotes,
 * in any order, with or without blanks. */
bool sim_authenticator_read(struct slice text, struct http_digest_parts *parts);

enum sim_proof {
    SIM_PROOF_GOOD,
    SIM_PROOF_STALE, /* no nonce of ours, or an old one */
    SIM_PROOF_WRONG
};

/* Whether these parts prove the password behind `ha1`, whoever's it is. */
enum sim_proof sim_authenticator_prove(struct sim_authenticator *a,
                                       const struct http_digest_parts *parts, const char *ha1,
                                       const char *method, uint64_t now_ms);

#endif
