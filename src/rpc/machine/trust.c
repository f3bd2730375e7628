#include "rpc/machine/trust.h"

#include "amt/on_die_root.h"
#include "core/memory.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define ROM          3  /* place of the ROM's certificate in the chain */
#define CSME_ID_SIZE 20 /* bytes of UPID's id that are bound to it */

struct rpc_trust {
    struct arena arena;
    struct rpc_trust_options options; /* its slices and texts are in the arena */
    struct amt_roots roots;
    bool accepts_single;
    bool saw_single; /* the last chain that was refused had one certificate only */
};

static struct slice keep(struct rpc_trust *trust, struct slice s)
{
    return s.size == 0 ? (struct slice){NULL, 0} : arena_copy(&trust->arena, s);
}

static bool read_roots(struct rpc_trust *trust, struct error *err)
{
    const struct rpc_trust_options *options = &trust->options;
    bool on_die = options->kind == RPC_TRUST_ON_DIE;
    if (!on_die && (options->kind == RPC_TRUST_ANY || options->roots_pem.size == 0))
        return true;
    if (!amt_on_die_roots(&trust->arena, options->roots_pem, &trust->roots, err))
        return error_wrap(err, "the trusted certificates");
    if (!on_die) { /* the first is the On-Die root, which has no say after activation */
        trust->roots.der++;
        trust->roots.count--;
    }
    return true;
}

bool rpc_trust_new(const struct rpc_trust_options *options, struct rpc_trust **trust,
                   struct error *err)
{
    struct rpc_trust *t = memory_new(sizeof *t);
    arena_init(&t->arena);
    t->options = *options;
    t->options.roots_pem = keep(t, options->roots_pem);
    t->options.leaf_hash = keep(t, options->leaf_hash);
    t->options.csme_id = keep(t, options->csme_id);
    *trust = t;
    if (read_roots(t, err))
        return true;
    rpc_trust_free(t);
    *trust = NULL;
    return false;
}

void rpc_trust_free(struct rpc_trust *trust)
{
    if (trust == NULL)
        return;
    arena_fini(&trust->arena);
    free(trust);
}

/* ---- what On-Die chains look like ---- */

/* An entry of a name, which may be UTF-8 or another type that holds ASCII; "" when it has none, or
 * one that could be anything else than a name on a terminal. */
static void name_entry(const X509_NAME *name, int nid, char *text, size_t size)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    text[0] = '\0';
    if (at < 0)
        return;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    size_t length = (size_t)ASN1_STRING_length(value);
    const unsigned char *bytes = ASN1_STRING_get0_data(value);
    bool printable = length < size;
    for (size_t i = 0; printable && i < length; i++)
        printable = bytes[i] >= ' ' && bytes[i] < 0x7f;
    if (!printable)
        return;
    memcpy(text, bytes, length);
    text[length] = '\0';
}

static bool is_leaf_name(const char *name)
{
    return strcmp(name, "iAMT CSME IDevID RCFG") == 0 || strcmp(name, "AMT RCFG") == 0;
}

static bool is_rom_issuer(const char *unit)
{
    /* The longer ones of spec rpc 3.5 begin with these. */
    static const char *const starts[] = {"ODCA 2 CSME", "On Die CSME"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(unit, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static X509 *parse(struct slice der)
{
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    ERR_clear_error();
    return certificate;
}

static bool check_leaf(struct slice der, struct error *err)
{
    char name[128];
    X509 *leaf = parse(der);
    if (leaf == NULL)
        return error_set(err, ERROR_CONNECTION, "AMT's certificate cannot be read");
    name_entry(X509_get_subject_name(leaf), NID_commonName, name, sizeof name);
    X509_free(leaf);
    return is_leaf_name(name) ||
           error_set(err, ERROR_CONNECTION, "AMT's certificate is none of CSME's: its name is '%s'",
                     name);
}

static bool check_rom(struct slice der, struct error *err)
{
    char name[128];
    char unit[128];
    X509 *rom = parse(der);
    if (rom == NULL)
        return error_set(err, ERROR_CONNECTION, "the ROM's certificate cannot be read");
    name_entry(X509_get_subject_name(rom), NID_commonName, name, sizeof name);
    name_entry(X509_get_issuer_name(rom), NID_organizationalUnitName, unit, sizeof unit);
    X509_free(rom);
    if (strstr(name, "ROM CA") == NULL && strstr(name, "ROM DE") == NULL)
        return error_set(err, ERROR_CONNECTION,
                         "the fourth certificate is not the ROM's: its name is '%s'", name);
    return is_rom_issuer(unit) ||
           error_set(err, ERROR_CONNECTION, "the ROM's certificate is issued by '%s'", unit);
}

static size_t digest(struct slice bytes, const EVP_MD *algorithm, uint8_t hash[EVP_MAX_MD_SIZE])
{
    unsigned size = 0;
    return EVP_Digest(bytes.data, bytes.size, hash, &size, algorithm, NULL) == 1 ? size : 0;
}

/* The length says which hash it is. */
static bool is_hash_of(struct slice wanted, struct slice der)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t size = digest(der, wanted.size == 48 ? EVP_sha384() : EVP_sha256(), hash);
    return size > 0 && slice_equal_secret(wanted, slice_of(hash, size));
}

static bool is_bound_to(struct slice csme_id, struct slice der)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t size = digest(der, EVP_sha256(), hash);
    return size >= CSME_ID_SIZE && csme_id.size >= CSME_ID_SIZE &&
           memcmp(hash, csme_id.data, CSME_ID_SIZE) == 0;
}

bool rpc_trust_check_on_die(const struct rpc_trust *trust, const struct slice *chain, size_t count,
                            struct error *err)
{
    const struct rpc_trust_options *options = &trust->options;
    if (count != 4 && count != 6)
        return error_set(err, ERROR_CONNECTION,
                         "AMT shows %zu certificates instead of the 4 or 6 of an On-Die chain",
                         count);
    if (!check_leaf(chain[0], err) || !check_rom(chain[ROM], err))
        return false;
    if (options->leaf_hash.size > 0 && !is_hash_of(options->leaf_hash, chain[0]))
        return error_set(err, ERROR_CONNECTION,
                         "AMT's certificate is not the one that it has announced to this machine");
    return options->csme_id.size == 0 || is_bound_to(options->csme_id, chain[ROM]) ||
           error_set(err, ERROR_CONNECTION,
                     "the ROM's certificate is not that of this machine's CSME");
}

/* ---- the policy ---- */

#define ANY_CHAIN "; --skip-amt-cert-check takes any certificate"

static bool check_chain(void *context, const struct slice *chain, size_t count, struct error *err)
{
    struct rpc_trust *trust = context;
    trust->saw_single = count == 1;
    if (trust->accepts_single)
        return count == 1 ||
               error_set(err, ERROR_CONNECTION, "AMT shows another chain than before");
    struct error why;
    return rpc_trust_check_on_die(trust, chain, count, &why) ||
           error_set(err, why.code, "%s%s", why.text, ANY_CHAIN);
}

bool rpc_trust_saw_single(const struct rpc_trust *trust)
{
    return trust->saw_single;
}

void rpc_trust_accept_single(struct rpc_trust *trust)
{
    trust->accepts_single = true;
}

struct io_tls_policy rpc_trust_policy(struct rpc_trust *trust, const char *address)
{
    const struct rpc_trust_options *options = &trust->options;
    struct io_tls_policy policy = {.identity = options->identity};
    switch (options->kind) {
    case RPC_TRUST_ANY:
        policy.any = true;
        break;
    case RPC_TRUST_ON_DIE:
        policy.any = trust->accepts_single;
        policy.roots = trust->roots.der;
        policy.root_count = trust->roots.count;
        policy.check = check_chain;
        policy.context = trust;
        policy.advice = "; --amt-ca FILE names the root it leads to" ANY_CHAIN;
        break;
    case RPC_TRUST_ROOTS:
        if (trust->roots.count > 0) {
            policy.roots = trust->roots.der;
            policy.root_count = trust->roots.count;
        } else {
            policy.server_name = address;
        }
        policy.advice = "; --amt-ca FILE names the CA that has issued it, "
                        "--skip-amt-cert-check takes any";
        break;
    }
    return policy;
}

bool rpc_trust_wants_system(const struct rpc_trust *trust)
{
    return trust->options.kind == RPC_TRUST_ROOTS && trust->roots.count == 0;
}
