/* What a certificate says, for people to look at. Judges nothing. Pure; any thread. */
#ifndef IO_CERTIFICATE_FACTS_H
#define IO_CERTIFICATE_FACTS_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

struct io_certificate_facts {
    const char *common_name; /* of the subject; "" when it has none */
    const char *issuer_name; /* common name likewise */
    const char *serial;      /* decimal */
    int64_t not_before;      /* ms since 1970 */
    int64_t not_after;       /* ms since 1970 */
    const char **dns_names;  /* alternative names that are DNS names */
    size_t dns_count;        /* at most 100 */
    char sha1[41];           /* of the DER, lower-case hexadecimal */
    char sha256[65];         /* likewise */
    const char *algorithm;   /* of the key: "RSA", "ECDSA", "Ed25519" … */
    int bits;                /* of the key */
};

/* Texts are in the arena. ERROR_PROTOCOL when `der` is no certificate. */
bool io_certificate_describe(struct arena *arena, struct slice der,
                             struct io_certificate_facts *facts, struct error *err);

/* Whether somebody who expects this host name or address takes the certificate as its own: by an
 * alternative name, or by the common name as it stands. False when `der` is no certificate. */
bool io_certificate_is_for(struct slice der, const char *name);

#endif
