#include "rpc/setup/certificate.h"

#include "amt/provisioning_certificate.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "rpc/machine/host.h"
#include "rpc/machine/machine.h"
#include "rpc/run/named_file.h"
#include "rpc/setup/blob.h"
#include "rpc/setup/share.h"
#include "rpc/text/words.h"
#include "rpc/web/smb.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

#define HASH_MOST 64

/* ---- opening ---- */

static bool is_pem(struct slice text)
{
    static const char begin[] = "-----BEGIN ";
    return memmem(text.data, text.size, begin, sizeof begin - 1) != NULL;
}

static bool decode(struct arena *arena, struct slice text, struct slice *bytes)
{
    uint8_t *packed = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r\n", text.data[i]) == NULL)
            packed[size++] = text.data[i];
    return encoding_base64_decode(arena, slice_of(packed, size), bytes) && bytes->size > 0;
}

/* A file of that name; *there is false when there is none. */
static bool read_named(struct rpc *rpc, struct slice name, struct slice *content, bool *there,
                       struct error *err)
{
    const char *path = arena_string(rpc_arena(rpc), name);
    *content = name;
    *there = access(path, R_OK) == 0;
    if (*there && !rpc_blob_can_be_read(path))
        return error_set(err, ERROR_INVALID, "%.120s is no regular file", path);
    return rpc_named_file_load(rpc, path, IO_PFX_BYTES * 2, content, err);
}

static bool ends_with(struct slice text, const char *end)
{
    size_t size = strlen(end);
    return text.size > size &&
           slice_equal_ignore_case(slice_from(text, text.size - size), slice_of(end, size));
}

static bool is_path(struct slice text)
{
    static const char *const ends[] = {".pfx", ".p12", ".pem", ".crt", ".cer"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(text, ends[i]))
            return true;
    return slice_starts_with(text, SLICE_LITERAL("/")) ||
           slice_starts_with(text, SLICE_LITERAL("."));
}

/* What was given, as the bytes of a file, which it may name with `files`. */
static bool load(struct rpc *rpc, struct slice text, bool files, struct slice *bytes,
                 struct rpc_fault *fault)
{
    struct error err;
    bool there = false;
    text = slice_trim(text);
    if (rpc_smb_is_address(text) && files) {
        if (!rpc_share_read(rpc, text, IO_PFX_BYTES * 2, &text, &err))
            return rpc_fault_set(fault, RPC_CERTIFICATE_BASE64, "%s", err.text);
        there = true;
    } else if (files && !is_pem(text) && text.size < 4096 &&
               !slice_starts_with(text, SLICE_LITERAL("MII"))) {
        bool ok = read_named(rpc, text, bytes, &there, &err);
        if (!ok && (there || is_path(text)))
            return rpc_fault_take(fault, RPC_CERTIFICATE_BASE64, &err);
        if (ok)
            text = *bytes;
    }
    *bytes = text;
    if ((there && text.size > 0 && text.data[0] == 0x30) || is_pem(text))
        return true;
    return decode(rpc_arena(rpc), text, bytes) ||
           rpc_fault_set(fault, RPC_CERTIFICATE_BASE64,
                         "the provisioning certificate is neither base64 nor PEM, nor the name of "
                         "a file%s",
                         files ? "" : ", which a server may not name");
}

bool rpc_setup_certificate_inline(struct rpc *rpc, struct slice text, struct slice *content,
                                  struct rpc_fault *fault)
{
    if (!load(rpc, text, true, content, fault))
        return false;
    *content = encoding_base64(rpc_arena(rpc), *content);
    return true;
}

static enum rpc_exit exit_of(enum io_pfx_problem problem)
{
    switch (problem) {
    case IO_PFX_LOCKED:
        return RPC_CERTIFICATE_PASSWORD;
    case IO_PFX_NO_CERTIFICATE:
        return RPC_CERTIFICATE_NONE;
    case IO_PFX_NO_KEY:
        return RPC_CERTIFICATE_NO_KEY;
    case IO_PFX_NO_ROOT:
        return RPC_CERTIFICATE_NO_ROOT;
    default:
        return RPC_CERTIFICATE_INVALID;
    }
}

/* Asks for the password of a file that has one and came without. */
static bool open_with(struct rpc *rpc, struct rpc_setup_certificate *certificate,
                      struct slice bytes, struct slice password, struct rpc_fault *fault)
{
    struct error err;
    enum io_pfx_problem problem;
    certificate->pfx = io_pfx_open(bytes, password, &problem, &err);
    if (problem == IO_PFX_LOCKED && password.size == 0) {
        if (!rpc_secret(rpc, "provisioningCertPwd", "Provisioning Certificate Password", false,
                        &password))
            return rpc_fault_set(fault, RPC_CERTIFICATE_PASSWORD,
                                 "the provisioning certificate has a password");
        certificate->pfx = io_pfx_open(bytes, password, &problem, &err);
    }
    if (problem == IO_PFX_OK)
        return true;
    (void)error_wrap(&err, "the provisioning certificate");
    return rpc_fault_take(fault, exit_of(problem), &err);
}

static bool judge(struct rpc *rpc, struct rpc_setup_certificate *certificate,
                  struct rpc_fault *fault)
{
    const char *text = amt_provisioning_key_fault(rpc_arena(rpc), certificate->pfx);
    if (text == NULL)
        text = amt_provisioning_use_fault(certificate->pfx);
    if (text != NULL)
        return rpc_fault_set(fault, RPC_CERTIFICATE_INVALID, "the provisioning certificate: %s",
                             text);
    for (size_t i = 0; i < io_pfx_state(certificate->pfx)->chain_count; i++)
        certificate->chain[i] = io_pfx_certificate(certificate->pfx, i)->der;
    return true;
}

bool rpc_setup_certificate_open(struct rpc *rpc, struct slice text, struct slice password,
                                struct rpc_setup_certificate *certificate, struct rpc_fault *fault)
{
    struct slice bytes;
    *certificate = (struct rpc_setup_certificate){.pfx = NULL};
    return load(rpc, text, !rpc_forbids_files(rpc), &bytes, fault) &&
           open_with(rpc, certificate, bytes, password, fault) && judge(rpc, certificate, fault);
}

void rpc_setup_certificate_close(struct rpc_setup_certificate *certificate)
{
    io_pfx_free(certificate->pfx);
    certificate->pfx = NULL;
}

/* ---- does it fit this machine ---- */

static const char *find_root(struct rpc *rpc, const struct rpc_setup_certificate *certificate,
                             const struct mei_hash *hashes, size_t count)
{
    bool inactive = false;
    for (size_t i = 0; i < count; i++) {
        char *text = arena_alloc(rpc_arena(rpc), hashes[i].size * 2 + 1);
        encoding_hex(slice_of(hashes[i].bytes, hashes[i].size), text);
        struct slice hash = slice_of_string(text);
        if (!amt_provisioning_is_trusted(certificate->pfx, &hash, 1))
            continue;
        if (hashes[i].active)
            return NULL;
        inactive = true;
    }
    return inactive ? "is known to AMT and switched off (in the MEBx)"
                    : "is none of those that AMT trusts";
}

/* AMT decides; but its answer would be no more than AUTH_FAILED. */
static void compare_suffix(struct rpc *rpc, const struct rpc_setup_certificate *certificate)
{
    struct error err;
    struct slice suffix = {NULL, 0};
    struct slice name = io_pfx_certificate(certificate->pfx, 0)->common_name;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &err);
    if (pthi == NULL || !mei_pthi_dns_suffix(pthi, rpc_arena(rpc), &suffix, &err))
        suffix = (struct slice){NULL, 0};
    if (suffix.size == 0)
        rpc_log(rpc, LOG_WARN,
                "AMT knows no DNS suffix (option 15 of DHCP, or the MEBx); it may refuse the "
                "certificate of %.*s",
                SLICE_ARG(name));
    else if (!amt_provisioning_suffix_fits(name, suffix))
        rpc_log(rpc, LOG_WARN,
                "the certificate is for %.*s and AMT's DNS suffix is %.*s; AMT may refuse it",
                SLICE_ARG(name), SLICE_ARG(suffix));
}

bool rpc_setup_certificate_fit(struct rpc *rpc, struct rpc_setup_certificate *certificate,
                               struct rpc_fault *fault)
{
    struct mei_versions versions;
    struct mei_hash *hashes;
    size_t count;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &fault->err);
    if (pthi == NULL || !mei_pthi_hashes(pthi, rpc_arena(rpc), &hashes, &count, &fault->err))
        return rpc_fault_take_me(fault, RPC_CERTIFICATE_HASHES, &fault->err);
    const char *text = find_root(rpc, certificate, hashes, count);
    const struct io_pfx_certificate *root =
        io_pfx_certificate(certificate->pfx, io_pfx_state(certificate->pfx)->chain_count - 1);
    if (text != NULL)
        return rpc_fault_set(fault, RPC_CERTIFICATE_NOT_TRUSTED,
                             "the root of the provisioning certificate %s (SHA-256 %s)", text,
                             root->sha256);
    if (!mei_pthi_versions(pthi, rpc_arena(rpc), &versions, &fault->err))
        return rpc_fault_take_me(fault, RPC_GENERIC_FAILURE, &fault->err);
    certificate->hash = amt_provisioning_hash(rpc_words_major(mei_versions_find(&versions, "AMT")));
    compare_suffix(rpc, certificate);
    return true;
}

/* ---- signing ---- */

static bool sign(void *context, struct arena *arena, struct slice data, struct slice *signature,
                 struct error *err)
{
    struct rpc_setup_certificate *certificate = context;
    certificate->signing_failed =
        !io_pfx_sign(certificate->pfx, arena, certificate->hash, data, signature, err);
    return !certificate->signing_failed;
}

struct amt_setup_signer rpc_setup_certificate_signer(struct rpc_setup_certificate *certificate,
                                                     bool *chain_taken)
{
    return (struct amt_setup_signer){
        .chain = certificate->chain,
        .count = io_pfx_state(certificate->pfx)->chain_count,
        .sign = sign,
        .algorithm =
            certificate->hash == IO_PFX_SHA384 ? AMT_SETUP_RSA_SHA384 : AMT_SETUP_RSA_SHA256,
        .context = certificate,
        .chain_taken = chain_taken,
    };
}

/* The digest that a certificate is signed with; NID_undef when it cannot be told. */
static int signed_with(struct slice der)
{
    const unsigned char *at = der.data;
    int digest = NID_undef;
    X509 *leaf = d2i_X509(NULL, &at, (long)der.size);
    if (leaf != NULL)
        (void)X509_get_signature_info(leaf, &digest, NULL, NULL, NULL);
    X509_free(leaf);
    ERR_clear_error();
    return digest;
}

bool rpc_setup_certificate_leaf_hash(struct rpc *rpc,
                                     const struct rpc_setup_certificate *certificate,
                                     uint8_t *algorithm, struct slice *hash,
                                     struct rpc_fault *fault)
{
    uint8_t *bytes = arena_alloc(rpc_arena(rpc), HASH_MOST);
    unsigned size = 0;
    int digest = signed_with(certificate->chain[0]);
    if (digest != NID_sha256 && digest != NID_sha384)
        return rpc_fault_set(fault, RPC_UNSUPPORTED_AMT_VERSION,
                             "the provisioning certificate is signed with %s; AMT takes SHA-256 "
                             "and SHA-384",
                             digest == NID_undef ? "an unknown hash" : OBJ_nid2sn(digest));
    if (EVP_Digest(certificate->chain[0].data, certificate->chain[0].size, bytes, &size,
                   digest == NID_sha384 ? EVP_sha384() : EVP_sha256(), NULL) != 1)
        return rpc_fault_set(fault, RPC_CERTIFICATE_INVALID, "the certificate cannot be hashed");
    *algorithm = digest == NID_sha384 ? 3 : 2;
    *hash = slice_of(bytes, size);
    return true;
}
