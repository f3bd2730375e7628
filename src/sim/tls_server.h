/*
 * TLS as a device serves it on 16993, 664 and 16995, on the LAN and inside its tunnel alike:
 * OpenSSL between two memory BIOs, bytes in and bytes out. Written apart from io/tls.c on purpose,
 * since that is what it judges.
 *
 * Three things: the keys, shared by all devices of a thread, because an RSA key costs 0.2 s; an
 * identity per device with a certificate of its own, made when first needed; a link per connection.
 * Life cycle: keys outlive identities, identities outlive links.
 */
#ifndef SIM_TLS_SERVER_H
#define SIM_TLS_SERVER_H

#include "core/buffer.h"
#include "core/error.h"
#include "sim/personality.h"

#include <openssl/types.h>

struct sim_tls_keys;
struct sim_tls_link;

struct sim_tls_identity {
    struct sim_tls_keys *keys; /* borrowed; NULL: the device serves no TLS */
    const char *name;          /* common name of the certificate; borrowed */
    X509 *certificate;         /* NULL until needed, and where the keys have one for all */
};

/* `certificate_pem` (leaf first, then its chain) and `key_pem` are what every device shows; with
 * both empty each has a self-signed certificate. NULL with ERROR_INVALID when they are unreadable
 * or do not belong together. */
struct sim_tls_keys *sim_tls_keys_new(struct slice certificate_pem, struct slice key_pem,
                                      struct error *err);
void sim_tls_keys_free(struct sim_tls_keys *keys);

/* SHA-256 of a certificate of the chain given from outside, 0 being the leaf. False when there is
 * none at that place. */
bool sim_tls_keys_digest(const struct sim_tls_keys *keys, int place, uint8_t digest[32]);

/* What was installed in a device since; empty slices: its own certificate. DER. Borrowed. */
struct sim_tls_dress {
    struct slice certificate, key;
    bool mutual;               /* clients show a certificate … */
    const struct slice *roots; /* … that comes from one of these … */
    size_t root_count;
    const struct slice *names; /* … and has one of these as its common name; none: any */
    size_t name_count;
    struct slice client; /* or the only certificate, whoever made it, that lets a client in: its
                            SHA-1, SHA-256 or SHA-384, by the size; empty: none */
};

void sim_tls_identity_fini(struct sim_tls_identity *identity);

/* Lower-case hexadecimal SHA-256 of the certificate's DER: 64 digits and a NUL. */
bool sim_tls_identity_fingerprint(struct sim_tls_identity *identity, char text[65]);

/* A connection that waits for its ClientHello and speaks the personality's versions. NULL when no
 * key can be had. */
struct sim_tls_link *sim_tls_link_new(struct sim_tls_identity *identity,
                                      const struct sim_personality *personality,
                                      const struct sim_tls_dress *dress);
void sim_tls_link_free(struct sim_tls_link *link);

/* Takes bytes off the wire: appends what was inside them to `plain`, and what must be sent to
 * `wire`. False when the connection is over (the peer's goodbye, an alert, no TLS at all). */
bool sim_tls_link_feed(struct sim_tls_link *link, struct slice bytes, struct buffer *plain,
                       struct buffer *wire);

/* Appends the records of `plain` to `wire`. False when that is not possible (any more). */
bool sim_tls_link_write(struct sim_tls_link *link, struct slice plain, struct buffer *wire);

/* Appends the goodbye. */
void sim_tls_link_close(struct sim_tls_link *link, struct buffer *wire);

#endif
