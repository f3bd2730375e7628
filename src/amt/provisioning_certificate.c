#include "amt/provisioning_certificate.h"

#include "core/clock.h"
#include "core/encoding.h"

#define KEY_BITS     2048u
#define SHA384_SINCE 22

#define CANNOT_DECRYPT                                                                            \
    "Unable to decrypt provisioning certificate. Please check that the password is correct, and " \
    "that the certificate is a valid certificate."
#define NONE_READABLE                                                                             \
    "No certificates could be parsed from the provisioning certificate. The certificate may use " \
    "an unsupported public-key algorithm; an RSA-keyed certificate is required."
#define NO_OID \
    "Leaf certificate is missing the Intel AMT Activation EKU OID (2.16.840.1.113741.1.2.3)"

/* ---- suffix ---- */

/* The last label of *name, and takes it off. */
static struct slice take_label(struct slice *name)
{
    size_t at = name->size;
    while (at > 0 && name->data[at - 1] != '.')
        at--;
    struct slice label = slice_from(*name, at);
    *name = slice_first(*name, at > 0 ? at - 1 : 0);
    return label;
}

static struct slice without_dot(struct slice name)
{
    name = slice_trim(name);
    return name.size > 0 && name.data[name.size - 1] == '.' ? slice_first(name, name.size - 1)
                                                            : name;
}

/* Below a country's domain: registries, not somebody's names. */
static bool is_registry(struct slice label)
{
    static const char *const labels[] = {"ac",  "co", "com", "edu", "go", "gob", "gov", "gv", "ltd",
                                         "mil", "ne", "net", "nom", "or", "org", "plc", "sch"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (slice_equal_ignore_case(label, slice_of_string(labels[i])))
            return true;
    return false;
}

static unsigned labels_that_count(struct slice suffix)
{
    struct slice top = take_label(&suffix);
    struct slice second = take_label(&suffix);
    if (second.size == 0)
        return 1;
    return top.size == 2 && is_registry(second) && suffix.size > 0 ? 3 : 2;
}

bool amt_provisioning_suffix_fits(struct slice common_name, struct slice suffix)
{
    common_name = without_dot(common_name);
    suffix = without_dot(suffix);
    for (unsigned left = labels_that_count(suffix); left > 0; left--) {
        struct slice has = take_label(&common_name);
        struct slice wants = take_label(&suffix);
        if (has.size == 0 ||
            (!slice_equal_string(has, "*") && !slice_equal_ignore_case(has, wants)))
            return false;
    }
    return true;
}

/* ---- checks ---- */

struct io_pfx *amt_provisioning_certificate_open(struct slice pfx_base64, struct slice password,
                                                 enum io_pfx_problem *problem, struct error *err)
{
    struct arena arena;
    struct slice file;
    arena_init(&arena);
    uint8_t *text = arena_alloc(&arena, pfx_base64.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < pfx_base64.size; i++) {
        uint8_t c = pfx_base64.data[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            text[size++] = c;
    }
    struct io_pfx *pfx = NULL;
    *problem = IO_PFX_UNREADABLE;
    if (encoding_base64_decode(&arena, slice_of(text, size), &file))
        pfx = io_pfx_open(file, password, problem, err);
    else
        (void)error_set(err, ERROR_INVALID, "the file is not in base64");
    arena_fini_wiped(&arena);
    return pfx;
}

static int64_t first_end(const struct io_pfx *pfx)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < io_pfx_count(pfx); i++) {
        int64_t end = io_pfx_certificate(pfx, i)->not_after;
        if (end < first)
            first = end;
    }
    return first;
}

const char *amt_provisioning_key_fault(struct arena *arena, const struct io_pfx *pfx)
{
    const struct io_pfx_certificate *leaf = io_pfx_certificate(pfx, 0);
    return leaf->is_rsa
               ? NULL
               : arena_printf(arena,
                              "The key of the provisioning certificate is %s, but Intel AMT is set "
                              "up with signatures of RSA keys only. Have the certificate issued "
                              "again for an RSA key of %u bits or more",
                              leaf->key_kind, KEY_BITS);
}

static const char *check_times(struct arena *arena, const struct io_pfx *pfx)
{
    int64_t now = clock_wall_ms();
    for (size_t i = 0; i < io_pfx_count(pfx); i++) {
        const struct io_pfx_certificate *one = io_pfx_certificate(pfx, i);
        char text[CLOCK_TEXT_SIZE];
        if (one->not_before > now)
            return arena_printf(
                arena, "Uploaded certificate is not yet valid: notBefore date %s is in the future",
                clock_format(one->not_before, text));
        if (one->not_after < now)
            return "Uploaded certificate has expired";
    }
    return NULL;
}

static const char *check_keys(struct arena *arena, const struct io_pfx *pfx)
{
    for (size_t i = 0; i < io_pfx_count(pfx); i++) {
        const struct io_pfx_certificate *one = io_pfx_certificate(pfx, i);
        if (one->is_rsa && one->key_bits < KEY_BITS)
            return arena_printf(arena,
                                "Certificate key size %u bits is below the minimum required %u "
                                "bits for AMT",
                                one->key_bits, KEY_BITS);
    }
    return NULL;
}

static const char *check_chain(struct arena *arena, const struct io_pfx *pfx)
{
    const struct io_pfx_state *state = io_pfx_state(pfx);
    if (!state->has_key)
        return "Provisioning certificate does not contain a private key";
    if (!state->key_fits)
        return "Private key in the PFX does not match the leaf certificate public key";
    if (io_pfx_count(pfx) == 1)
        return NULL;
    if (!state->is_complete)
        return "Certificate chain is broken: cannot find issuer for a certificate in the chain";
    if (state->signature != NULL)
        return arena_printf(arena, "Certificate chain signature verification failed: %s",
                            state->signature);
    return NULL;
}

/* Firmware looks for the OID or, as older firmware did, the organizational unit. */
static const char *check_purpose(const struct io_pfx *pfx)
{
    if (!io_pfx_has_amt_oid(pfx) && !io_pfx_has_amt_ou(pfx))
        return NO_OID;
    return io_pfx_may_sign(pfx) ? NULL
                                : "Leaf certificate key usage does not include digitalSignature";
}

static const char *check_name(const struct io_pfx *pfx, struct slice suffix)
{
    struct slice name = io_pfx_certificate(pfx, 0)->common_name;
    if (name.size == 0)
        return "Provisioning certificate does not contain a Common Name (CN) in the subject";
    return amt_provisioning_suffix_fits(name, suffix)
               ? NULL
               : "FQDN not associated with provisioning certificate";
}

static const char *check(struct arena *arena, const struct io_pfx *pfx, struct slice suffix)
{
    const char *fault = amt_provisioning_key_fault(arena, pfx);
    if (fault == NULL)
        fault = check_name(pfx, suffix);
    if (fault == NULL)
        fault = check_times(arena, pfx);
    if (fault == NULL && !io_pfx_state(pfx)->has_root)
        fault = "Provisioning certificate does not contain a root certificate";
    if (fault == NULL)
        fault = check_keys(arena, pfx);
    if (fault == NULL)
        fault = check_chain(arena, pfx);
    return fault != NULL ? fault : check_purpose(pfx);
}

const char *amt_provisioning_certificate_check(struct arena *arena, struct slice pfx_base64,
                                               struct slice password, struct slice domain_suffix,
                                               int64_t *expires_ms)
{
    enum io_pfx_problem problem;
    struct io_pfx *pfx = amt_provisioning_certificate_open(pfx_base64, password, &problem, NULL);
    if (pfx == NULL) {
        switch (problem) {
        case IO_PFX_NO_CERTIFICATE:
            return "No certificates found in the provisioning certificate";
        case IO_PFX_NO_READABLE_CERTIFICATE:
            return NONE_READABLE;
        default:
            return CANNOT_DECRYPT;
        }
    }
    const char *fault = check(arena, pfx, domain_suffix);
    *expires_ms = first_end(pfx);
    io_pfx_free(pfx);
    return fault;
}

bool amt_provisioning_certificate_expiry(struct slice pfx_base64, struct slice password,
                                         int64_t *expires_ms, struct error *err)
{
    enum io_pfx_problem problem;
    struct io_pfx *pfx = amt_provisioning_certificate_open(pfx_base64, password, &problem, err);
    if (pfx == NULL)
        return false;
    struct arena arena;
    arena_init(&arena);
    const char *fault = amt_provisioning_key_fault(&arena, pfx);
    if (fault != NULL)
        (void)error_set(err, ERROR_UNSUPPORTED, "%s", fault);
    *expires_ms = first_end(pfx);
    arena_fini(&arena);
    io_pfx_free(pfx);
    return fault == NULL;
}

/* ---- use ---- */

const char *amt_provisioning_use_fault(const struct io_pfx *pfx)
{
    int64_t now = clock_wall_ms();
    const struct io_pfx_state *state = io_pfx_state(pfx);
    for (size_t i = 0; i < state->chain_count; i++) {
        if (io_pfx_certificate(pfx, i)->not_after < now)
            return "a certificate of the chain has expired; upload a new one to the domain";
        if (io_pfx_certificate(pfx, i)->not_before > now)
            return "a certificate of the chain is not valid yet";
    }
    if (!io_pfx_has_amt_oid(pfx) && !io_pfx_has_amt_ou(pfx))
        return "the certificate is not one for setting up AMT";
    return NULL;
}

bool amt_provisioning_is_trusted(const struct io_pfx *pfx, const struct slice *hashes,
                                 size_t hash_count)
{
    const struct io_pfx_certificate *root =
        io_pfx_certificate(pfx, io_pfx_state(pfx)->chain_count - 1);
    const char *const ours[] = {root->sha1, root->sha256, root->sha384};
    for (size_t i = 0; i < hash_count; i++)
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            if (slice_equal_ignore_case(hashes[i], slice_of_string(ours[k])))
                return true;
    return false;
}

enum io_pfx_hash amt_provisioning_hash(double release)
{
    return release >= SHA384_SINCE ? IO_PFX_SHA384 : IO_PFX_SHA256;
}
