/*
 * PKCS#12 files of any age (RC2-40 and 3DES by OpenSSL's legacy provider in a library context of
 * its own, PBES2) and PEM texts, what is in them, and signing with their key. Blocking (a worker
 * does it): key derivation takes as long as the file says, within a bound. Keys never leave the
 * object, which one thread uses at a time.
 */
#ifndef IO_PFX_H
#define IO_PFX_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

#define IO_PFX_CHAIN_LIMIT 10
#define IO_PFX_BYTES       ((size_t)256 * 1024) /* of a file */

enum io_pfx_problem { /* of the file as it is; the sentence is in the error */
                      IO_PFX_OK,
                      IO_PFX_UNREADABLE, /* no PKCS#12 */
                      IO_PFX_FOREIGN,    /* encrypted in a way that is not read here */
                      IO_PFX_LOCKED,     /* another password */
                      IO_PFX_NO_CERTIFICATE,
                      IO_PFX_NO_READABLE_CERTIFICATE, /* there are some, of a kind that is not known
                                                       */
                      IO_PFX_NO_KEY,
                      IO_PFX_KEY_OF_NOBODY, /* the key fits none of the certificates */
                      IO_PFX_BROKEN_CHAIN,  /* an issuer is missing, or a signature does not fit */
                      IO_PFX_NO_ROOT
};

struct io_pfx_certificate {
    struct slice der;
    struct slice common_name;      /* of the subject, UTF-8; empty: none */
    int64_t not_before, not_after; /* ms since 1970 */
    bool is_rsa;
    char key_kind[48]; /* for people: "RSA", "EC P-384", "ED25519" */
    unsigned key_bits;
    char sha1[41], sha256[65], sha384[97]; /* of the DER, lower-case hexadecimal */
};

struct io_pfx; /* certificates and key */

/* Opens the file, or the PEM text of certificates and a key in any order, and puts the chain in
 * order whatever the file's order: the leaf is the certificate of the key, then each one's issuer,
 * the root (if there) last; certificates that do not belong to the chain follow. Also opens files
 * whose chain has faults: *problem says the first. NULL with *problem and the error when nothing
 * can be had of it; the error is set with every problem. Freed with io_pfx_free. */
struct io_pfx *io_pfx_open(struct slice file, struct slice password, enum io_pfx_problem *problem,
                           struct error *err);
void io_pfx_free(struct io_pfx *pfx);

/* All certificates; those of the chain come first. */
size_t io_pfx_count(const struct io_pfx *pfx);
const struct io_pfx_certificate *io_pfx_certificate(const struct io_pfx *pfx, size_t place);

/* What is right and wrong with it, each by itself. */
struct io_pfx_state {
    size_t chain_count; /* of the certificates from the leaf to the last issuer that is there */
    bool has_key;
    bool key_fits;         /* the key is that of the first certificate */
    bool has_root;         /* one of the certificates has itself as issuer */
    bool is_complete;      /* the chain ends in a root */
    const char *signature; /* why a signature in the chain does not verify; NULL: all do */
};
const struct io_pfx_state *io_pfx_state(const struct io_pfx *pfx);

/* The leaf has the extended key usage Intel AMT Activation, 2.16.840.1.113741.1.2.3; its subject
 * has the OU "Intel(R) Client Setup Certificate". Firmware takes either. */
bool io_pfx_has_amt_oid(const struct io_pfx *pfx);
bool io_pfx_has_amt_ou(const struct io_pfx *pfx);

/* Whether the leaf may be used to sign: it names no key usages, or digitalSignature among them. */
bool io_pfx_may_sign(const struct io_pfx *pfx);

enum io_pfx_hash { IO_PFX_SHA256, IO_PFX_SHA384 };

/* RSASSA-PKCS1-v1_5, or ECDSA for an EC key, over `data`; the signature is in the arena. */
bool io_pfx_sign(const struct io_pfx *pfx, struct arena *arena, enum io_pfx_hash hash,
                 struct slice data, struct slice *signature, struct error *err);

/* For tests and samples: makes one (leaf with the AMT OID, CN `common_name`, a root, RSA-2048). */
bool io_pfx_make_sample(struct arena *arena, const char *common_name, const char *password,
                        struct slice *file, char root_sha256[65], struct error *err);

#endif
