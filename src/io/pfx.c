#include "io/pfx.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "io/pfx_bags.h"
#include "io/tls_context.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMT_OID    "2.16.840.1.113741.1.2.3"
#define AMT_OU     "Intel(R) Client Setup Certificate"
#define SIGNATURES ((size_t)2048) /* bytes of the longest: RSA with 16,384 bits */

_Static_assert(PFX_BAGS_CERTIFICATES == IO_PFX_CHAIN_LIMIT, "the bound is promised");

struct io_pfx {
    struct arena arena;
    struct io_pfx_state state;
    X509 *x509[IO_PFX_CHAIN_LIMIT]; /* in order */
    struct io_pfx_certificate certificates[IO_PFX_CHAIN_LIMIT];
    size_t count;
    EVP_PKEY *key; /* NULL: none */
};

/* ---- order ---- */

static bool is_own_issuer(const X509 *certificate)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) ==
           0;
}

static bool is_signed_by(X509 *certificate, X509 *issuer)
{
    bool good = X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return good;
}

static void swap(struct pfx_bags *bags, size_t a, size_t b)
{
    X509 *moved = bags->certificates[a];
    bags->certificates[a] = bags->certificates[b];
    bags->certificates[b] = moved;
}

/* The certificate of one of the keys; the key comes first then. */
static bool find_by_key(struct pfx_bags *bags, size_t *place)
{
    for (size_t k = 0; k < bags->key_count; k++)
        for (size_t i = 0; i < bags->certificate_count; i++)
            if (EVP_PKEY_eq(X509_get0_pubkey(bags->certificates[i]), bags->keys[k]) == 1) {
                EVP_PKEY *fitting = bags->keys[k];
                bags->keys[k] = bags->keys[0];
                bags->keys[0] = fitting;
                *place = i;
                return true;
            }
    return false;
}

/* Without a key that tells: one that issued none of the others; else the first. */
static size_t guess_leaf(const struct pfx_bags *bags)
{
    for (size_t i = 0; i < bags->certificate_count; i++) {
        bool issued = is_own_issuer(bags->certificates[i]);
        for (size_t j = 0; j < bags->certificate_count && !issued; j++)
            issued = j != i && X509_NAME_cmp(X509_get_subject_name(bags->certificates[i]),
                                             X509_get_issuer_name(bags->certificates[j])) == 0;
        if (!issued)
            return i;
    }
    return 0;
}

/* Among those from `from` on. Of several with the issuer's name (a renewed CA, a cross-signed one)
 * the one whose key signed, and of two such the one that ends the chain: firmware takes short
 * chains only. False when none has the name. */
static bool find_issuer(const struct pfx_bags *bags, size_t of, size_t from, size_t *place)
{
    X509 *certificate = bags->certificates[of];
    int best = 0;
    for (size_t i = from; i < bags->certificate_count; i++) {
        X509 *candidate = bags->certificates[i];
        if (X509_NAME_cmp(X509_get_subject_name(candidate), X509_get_issuer_name(certificate)) != 0)
            continue;
        int fit = !is_signed_by(certificate, candidate) ? 1 : is_own_issuer(candidate) ? 3 : 2;
        if (fit > best) {
            best = fit;
            *place = i;
        }
    }
    return best > 0;
}

/* Puts leaf, issuers and root to the front. Returns how many they are. */
static size_t put_in_order(struct pfx_bags *bags, bool *key_fits)
{
    size_t leaf = 0;
    if (bags->certificate_count == 0)
        return 0;
    *key_fits = find_by_key(bags, &leaf);
    if (!*key_fits)
        leaf = guess_leaf(bags);
    swap(bags, 0, leaf);
    size_t count = 1;
    size_t next;
    while (!is_own_issuer(bags->certificates[count - 1]) &&
           find_issuer(bags, count - 1, count, &next))
        swap(bags, count++, next);
    return count;
}

/* ---- what it says ---- */

/* A certificate whose time cannot be read is never valid. */
static int64_t time_of(const ASN1_TIME *time)
{
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool good = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    return good ? ((int64_t)days * 86400 + seconds) * 1000 : 0;
}

static struct slice common_name(struct arena *arena, const X509 *certificate)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    int place = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    unsigned char *utf8 = NULL;
    struct slice text = {NULL, 0};
    if (place >= 0) {
        int size =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place)));
        if (size > 0)
            text = arena_copy(arena, slice_of(utf8, (size_t)size));
        OPENSSL_free(utf8);
    }
    return text;
}

static bool hash(const X509 *certificate, const EVP_MD *kind, char *text)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, kind, digest, &length) != 1)
        return false;
    encoding_hex(slice_of(digest, length), text);
    return true;
}

static void name_key(const EVP_PKEY *key, char *text, size_t room)
{
    const char *kind = key == NULL ? NULL : EVP_PKEY_get0_type_name(key);
    char curve[32] = "";
    if (kind != NULL && strcmp(kind, "EC") == 0)
        (void)EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
    if (strcmp(curve, "prime256v1") == 0)
        (void)snprintf(curve, sizeof curve, "P-256");
    else if (strcmp(curve, "secp384r1") == 0)
        (void)snprintf(curve, sizeof curve, "P-384");
    else if (strcmp(curve, "secp521r1") == 0)
        (void)snprintf(curve, sizeof curve, "P-521");
    (void)snprintf(text, room, "%s%s%s", kind == NULL ? "unknown" : kind,
                   curve[0] == '\0' ? "" : " ", curve);
}

static bool describe(struct arena *arena, X509 *certificate, struct io_pfx_certificate *facts)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    int bits = EVP_PKEY_get_bits(key);
    if (size > 0)
        facts->der = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    facts->common_name = common_name(arena, certificate);
    facts->not_before = time_of(X509_get0_notBefore(certificate));
    facts->not_after = time_of(X509_get0_notAfter(certificate));
    facts->is_rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    name_key(key, facts->key_kind, sizeof facts->key_kind);
    facts->key_bits = bits > 0 ? (unsigned)bits : 0;
    return size > 0 && hash(certificate, EVP_sha1(), facts->sha1) &&
           hash(certificate, EVP_sha256(), facts->sha256) &&
           hash(certificate, EVP_sha384(), facts->sha384);
}

/* Why a link of the chain does not verify; NULL: they all do. */
static const char *check_signatures(struct io_pfx *pfx)
{
    for (size_t i = 0; i < pfx->state.chain_count; i++) {
        bool last = i + 1 == pfx->state.chain_count;
        if (last && !pfx->state.is_complete)
            break;
        const EVP_PKEY *issuer = X509_get0_pubkey(pfx->x509[last ? i : i + 1]);
        if (X509_verify(pfx->x509[i], (EVP_PKEY *)(uintptr_t)issuer) == 1)
            continue;
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        ERR_clear_error();
        return arena_printf(&pfx->arena, "%s",
                            reason == NULL ? "the signature does not fit" : reason);
    }
    return NULL;
}

static void judge(struct io_pfx *pfx)
{
    struct io_pfx_state *state = &pfx->state;
    state->has_key = pfx->key != NULL;
    for (size_t i = 0; i < pfx->count; i++)
        state->has_root = state->has_root || is_own_issuer(pfx->x509[i]);
    state->is_complete = state->chain_count > 0 && is_own_issuer(pfx->x509[state->chain_count - 1]);
    state->signature = check_signatures(pfx);
}

static enum io_pfx_problem problem_of(const struct io_pfx_state *state, struct error *err)
{
    const char *text = "";
    enum io_pfx_problem problem = IO_PFX_OK;
    if (!state->has_key) {
        problem = IO_PFX_NO_KEY;
        text = "the file has no private key";
    } else if (!state->key_fits) {
        problem = IO_PFX_KEY_OF_NOBODY;
        text = "the file's private key belongs to none of its certificates";
    } else if (!state->has_root) {
        problem = IO_PFX_NO_ROOT;
        text = "the file has no root certificate";
    } else if (!state->is_complete) {
        problem = IO_PFX_BROKEN_CHAIN;
        text = "an issuer is missing between the leaf and the root";
    } else if (state->signature != NULL) {
        problem = IO_PFX_BROKEN_CHAIN;
        text = "a certificate is not signed by its issuer";
    }
    if (problem != IO_PFX_OK)
        (void)error_set(err, ERROR_INVALID, "%s", text);
    return problem;
}

/* ---- opening ---- */

/* Takes what it keeps out of `bags`. */
static bool take(struct io_pfx *pfx, struct pfx_bags *bags)
{
    pfx->state.chain_count = put_in_order(bags, &pfx->state.key_fits);
    pfx->count = bags->certificate_count;
    memcpy(pfx->x509, bags->certificates, sizeof pfx->x509);
    bags->certificate_count = 0;
    if (bags->key_count > 0) {
        pfx->key = bags->keys[0];
        bags->keys[0] = NULL; /* EVP_PKEY_free takes NULL */
    }
    for (size_t i = 0; i < pfx->count; i++)
        if (!describe(&pfx->arena, pfx->x509[i], &pfx->certificates[i]))
            return false;
    judge(pfx);
    return true;
}

static bool has_certificate(const struct pfx_bags *bags, struct error *err)
{
    if (bags->certificate_count > 0)
        return true;
    return error_set(err, ERROR_INVALID, "%s",
                     bags->unreadable > 0 ? "none of the file's certificates can be read"
                                          : "the file has no certificate");
}

struct io_pfx *io_pfx_open(struct slice file, struct slice password, enum io_pfx_problem *problem,
                           struct error *err)
{
    struct pfx_bags bags;
    *problem = IO_PFX_UNREADABLE;
    if (file.size == 0 || file.size > IO_PFX_BYTES) {
        (void)error_set(err, ERROR_INVALID, "the file is %s",
                        file.size == 0 ? "empty" : "too large for a PKCS#12 file");
        return NULL;
    }
    if (pfx_bags_is_pem(file) ? !pfx_bags_read_pem(file, password, &bags, err)
                              : !pfx_bags_read(file, password, &bags, err)) {
        if (bags.is_foreign)
            *problem = IO_PFX_FOREIGN;
        else if (pfx_bags_is_pem(file) || pfx_bags_is_pkcs12(file))
            *problem = IO_PFX_LOCKED;
        return NULL;
    }
    *problem = bags.unreadable > 0 ? IO_PFX_NO_READABLE_CERTIFICATE : IO_PFX_NO_CERTIFICATE;
    struct io_pfx *pfx = NULL;
    if (has_certificate(&bags, err)) {
        pfx = memory_new(sizeof *pfx);
        arena_init(&pfx->arena);
        if (take(pfx, &bags)) {
            *problem = problem_of(&pfx->state, err);
        } else {
            (void)error_set(err, ERROR_INVALID, "a certificate of the file cannot be read");
            io_pfx_free(pfx);
            pfx = NULL;
        }
    }
    pfx_bags_fini(&bags);
    ERR_clear_error();
    return pfx;
}

bool tls_show_pfx(SSL *ssl, const struct io_pfx *pfx)
{
    if (!pfx->state.key_fits || SSL_use_certificate(ssl, pfx->x509[0]) != 1 ||
        SSL_use_PrivateKey(ssl, pfx->key) != 1)
        return false;
    for (size_t i = 1; i < pfx->state.chain_count; i++)
        if (SSL_add1_chain_cert(ssl, pfx->x509[i]) != 1)
            return false;
    return true;
}

void io_pfx_free(struct io_pfx *pfx)
{
    if (pfx == NULL)
        return;
    for (size_t i = 0; i < pfx->count; i++)
        X509_free(pfx->x509[i]);
    EVP_PKEY_free(pfx->key);
    arena_fini(&pfx->arena);
    free(pfx);
}

size_t io_pfx_count(const struct io_pfx *pfx)
{
    return pfx->count;
}

const struct io_pfx_certificate *io_pfx_certificate(const struct io_pfx *pfx, size_t place)
{
    return place < pfx->count ? &pfx->certificates[place] : NULL;
}

const struct io_pfx_state *io_pfx_state(const struct io_pfx *pfx)
{
    return &pfx->state;
}

/* ---- the leaf's purpose ---- */

bool io_pfx_has_amt_oid(const struct io_pfx *pfx)
{
    bool found = false;
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(pfx->x509[0], NID_ext_key_usage, NULL, NULL);
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && !found; i++) {
        char text[64];
        int size = OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(usages, i), 1);
        found = size > 0 && strcmp(text, AMT_OID) == 0;
    }
    EXTENDED_KEY_USAGE_free(usages);
    ERR_clear_error();
    return found;
}

bool io_pfx_has_amt_ou(const struct io_pfx *pfx)
{
    const X509_NAME *name = X509_get_subject_name(pfx->x509[0]);
    bool found = false;
    int place = -1;
    while (!found &&
           (place = X509_NAME_get_index_by_NID(name, NID_organizationalUnitName, place)) >= 0) {
        unsigned char *utf8 = NULL;
        int size =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place)));
        found = size > 0 && slice_equal_string(slice_of(utf8, (size_t)size), AMT_OU);
        OPENSSL_free(utf8);
    }
    ERR_clear_error();
    return found;
}

bool io_pfx_may_sign(const struct io_pfx *pfx)
{
    uint32_t usage = X509_get_key_usage(pfx->x509[0]); /* all bits when it names none */
    ERR_clear_error();
    return (usage & KU_DIGITAL_SIGNATURE) != 0;
}

/* ---- signing ---- */

bool io_pfx_sign(const struct io_pfx *pfx, struct arena *arena, enum io_pfx_hash kind,
                 struct slice data, struct slice *signature, struct error *err)
{
    if (!pfx->state.key_fits)
        return error_set(err, ERROR_INVALID, "the certificate has no private key to sign with");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = kind == IO_PFX_SHA384 ? EVP_sha384() : EVP_sha256();
    uint8_t *bytes = arena_alloc(arena, SIGNATURES);
    size_t size = SIGNATURES;
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, digest, NULL, pfx->key) == 1 &&
                EVP_DigestSign(context, bytes, &size, data.data, data.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (good)
        *signature = slice_of(bytes, size);
    return good || error_set(err, ERROR_INTERNAL,
                             "the provisioning certificate's key cannot make a signature");
}
