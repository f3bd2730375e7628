#include "sim/chain.h"

#include "core/encoding.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string.h>
#include <time.h>

#define CERTIFICATE_LIMIT 8192
#define SETUP_USAGE       "2.16.840.1.113741.1.2.3"
#define SETUP_UNIT        "Intel(R) Client Setup Certificate"

void sim_chain_clear(struct sim_chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++)
        X509_free(chain->certificates[i]);
    memset(chain, 0, sizeof(*chain));
}

/* ---- taking ---- */

static X509 *read_certificate(struct slice der)
{
    const unsigned char *at = der.data;
    if (der.size == 0 || der.size > CERTIFICATE_LIMIT)
        return NULL;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    ERR_clear_error();
    if (certificate != NULL && at != der.data + der.size) { /* something follows */
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

static bool is_valid_at(const X509 *certificate, uint64_t clock)
{
    time_t now = (time_t)clock;
    return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 &&
           X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

/* Whether `issuer` has issued `certificate`: the names fit and its key has signed it. */
static bool is_issued_by(X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool issued =
        key != NULL &&
        X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0 &&
        X509_verify(certificate, key) == 1;
    ERR_clear_error();
    return issued;
}

static bool key_is_taken(X509 *certificate, bool curves)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    int kind = key == NULL ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
    ERR_clear_error();
    return kind == EVP_PKEY_RSA || (curves && kind == EVP_PKEY_EC);
}

static bool verifies(struct sim_chain *chain, X509 *next, bool root, uint64_t clock, bool curves)
{
    if (!is_valid_at(next, clock) || !key_is_taken(next, curves))
        return false;
    if (chain->count > 0 && !is_issued_by(chain->certificates[chain->count - 1], next))
        return false;
    return !root || is_issued_by(next, next);
}

enum sim_chain_answer sim_chain_add(struct sim_chain *chain, struct slice der, bool leaf, bool root,
                                    uint64_t clock, bool curves)
{
    X509 *next = read_certificate(der);
    if (next == NULL || (leaf && root)) {
        X509_free(next);
        return SIM_CHAIN_INVALID_PARAMETER;
    }
    if (leaf)
        sim_chain_clear(chain);
    enum sim_chain_answer answer = SIM_CHAIN_OK;
    if (!leaf && chain->status != SIM_CHAIN_BEGUN)
        answer = SIM_CHAIN_INVALID_STATE;
    else if (chain->count == SIM_CHAIN_MOST)
        answer = SIM_CHAIN_TOO_LONG;
    else if (!verifies(chain, next, root, clock, curves))
        answer = SIM_CHAIN_UNVERIFIED;
    if (answer != SIM_CHAIN_OK) {
        X509_free(next);
        if (answer != SIM_CHAIN_INVALID_STATE)
            sim_chain_clear(chain);
        return answer;
    }
    chain->certificates[chain->count++] = next;
    chain->status = root ? SIM_CHAIN_COMPLETE : SIM_CHAIN_BEGUN;
    return SIM_CHAIN_OK;
}

/* ---- roots ---- */

bool sim_root_hash_read(struct slice text, struct sim_root_hash *hash)
{
    static const struct {
        const char *prefix;
        uint8_t algorithm, size;
    } kinds[] = {{"sha1:", 1, 20}, {"sha256:", 2, 32}, {"sha384:", 3, 48}};
    memset(hash, 0, sizeof(*hash));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct slice digits = text;
        if (slice_starts_with(text, slice_of_string(kinds[i].prefix)))
            digits = slice_from(text, strlen(kinds[i].prefix));
        if (digits.size != 2u * kinds[i].size ||
            !encoding_hex_decode(digits, hash->bytes, kinds[i].size))
            continue;
        hash->algorithm = kinds[i].algorithm;
        hash->size = kinds[i].size;
        hash->active = true;
        memcpy(hash->name, "Custom root", sizeof("Custom root"));
        return true;
    }
    return false;
}

/* Roots of the authorities that sell such certificates; their hashes are public. */
static const struct {
    const char *name, *digits;
} firmware_roots[] = {
    {"VeriSign Class 3 Primary CA-G1",
     "e7685634efacf69ace939a6b255b7b4fabef42935b50a265acb5cb6027e44e70"},
    {"Go Daddy Class 2 CA", "c3846bf24b9e93ca64274c0ec67c1ecc5e024ffcacd2d74019350e81fe546ae4"},
    {"Comodo AAA CA", "d7a7a0fb5d7e2731d771e9484ebcdef71d5f0c3e0a2948782bc83ee0ea699ef4"},
    {"Starfield Class 2 CA", "1465fa205397b876faa6f0a9958e5590e40fcc7faa4fb7c2c8677521fb5fb658"},
    {"Entrust Root CA - G2", "43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339"},
    {"Go Daddy Root CA - G2", "45140b3247eb9cc8c5b4f0d7b53091f73292089e6e5a63e2749dd3aca9198eda"},
    {"Starfield Root CA - G2", "2ce1cb0bf9d2f9e102993fbe215152c3b2dd0cabde1c68e5319b839154dbb7f5"},
    {"DigiCert Global Root CA", "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161"},
    {"DigiCert Global Root G2", "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f"},
};

size_t sim_root_hash_defaults(struct sim_root_hash *hashes, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof(firmware_roots) / sizeof(firmware_roots[0]) && count < most;
         i++) {
        struct sim_root_hash *hash = &hashes[count];
        if (!sim_root_hash_read(slice_of_string(firmware_roots[i].digits), hash))
            continue;
        size_t size = strlen(firmware_roots[i].name);
        memset(hash->name, 0, sizeof(hash->name));
        memcpy(hash->name, firmware_roots[i].name, size);
        hash->by_default = true;
        count++;
    }
    return count;
}

bool sim_chain_is_trusted(const struct sim_chain *chain, const struct sim_root_hash *hashes,
                          size_t count)
{
    const EVP_MD *kinds[] = {NULL, EVP_sha1(), EVP_sha256(), EVP_sha384()};
    if (chain->status != SIM_CHAIN_COMPLETE)
        return false;
    const X509 *root = chain->certificates[chain->count - 1];
    for (size_t i = 0; i < count; i++) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        if (hashes[i].active && hashes[i].algorithm >= 1 && hashes[i].algorithm <= 3 &&
            X509_digest(root, kinds[hashes[i].algorithm], digest, &size) == 1 &&
            slice_equal(slice_of(digest, size), slice_of(hashes[i].bytes, hashes[i].size)))
            return true;
    }
    return false;
}

/* ---- the leaf ---- */

static bool has_usages(X509 *leaf)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
    bool server = false, setup = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        char text[64] = "";
        const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);
        (void)OBJ_obj2txt(text, sizeof(text), usage, 1);
        server |= OBJ_obj2nid(usage) == NID_server_auth;
        setup |= strcmp(text, SETUP_USAGE) == 0;
    }
    sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
    ERR_clear_error();
    return server && setup;
}

static bool text_is(const ASN1_STRING *string, const char *wanted)
{
    unsigned char *text = NULL;
    int size = ASN1_STRING_to_UTF8(&text, string);
    bool same = size >= 0 && slice_equal_string(slice_of(text, (size_t)size), wanted);
    OPENSSL_free(text);
    return same;
}

bool sim_chain_is_for_setup(const struct sim_chain *chain)
{
    if (chain->count == 0)
        return false;
    X509 *leaf = chain->certificates[0];
    const X509_NAME *name = X509_get_subject_name(leaf);
    int at = -1;
    while ((at = X509_NAME_get_index_by_NID(name, NID_organizationalUnitName, at)) >= 0) {
        if (text_is(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), SETUP_UNIT))
            return true;
    }
    return has_usages(leaf);
}

/* The last `labels` labels; the whole text when there are not that many. */
static struct slice last_labels(struct slice name, unsigned labels)
{
    for (size_t i = name.size; i > 0; i--) {
        if (name.data[i - 1] == '.' && --labels == 0)
            return slice_from(name, i);
    }
    return name;
}

static struct slice without_dots(struct slice name)
{
    if (name.size > 0 && name.data[name.size - 1] == '.')
        name.size--;
    if (name.size > 0 && name.data[0] == '.')
        name = slice_from(name, 1);
    return name;
}

static bool is_within(struct slice name, struct slice domain)
{
    if (name.size < domain.size || domain.size == 0)
        return false;
    size_t before = name.size - domain.size;
    return slice_equal_ignore_case(slice_from(name, before), domain) &&
           (before == 0 || name.data[before - 1] == '.');
}

static bool name_fits(const ASN1_STRING *string, struct slice domain)
{
    unsigned char *text = NULL;
    int size = ASN1_STRING_to_UTF8(&text, string);
    bool fits = size > 0 && is_within(slice_of(text, (size_t)size), domain);
    OPENSSL_free(text);
    return fits;
}

static bool alternative_fits(X509 *leaf, struct slice domain)
{
    bool fits = false;
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        fits |= name->type == GEN_DNS && name_fits(name->d.dNSName, domain);
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return fits;
}

bool sim_chain_fits(const struct sim_chain *chain, struct slice suffix, bool trusted)
{
    struct slice domain = without_dots(slice_trim(suffix));
    if (chain->count == 0 || domain.size == 0)
        return false;
    if (!trusted)
        domain = last_labels(domain, last_labels(domain, 1).size == 2 ? 3 : 2);
    X509 *leaf = chain->certificates[0];
    const X509_NAME *name = X509_get_subject_name(leaf);
    int at = -1;
    while ((at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0) {
        if (name_fits(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), domain))
            return true;
    }
    return alternative_fits(leaf, domain);
}

bool sim_chain_signed(const struct sim_chain *chain, struct slice bytes, struct slice signature)
{
    if (chain->count == 0)
        return false;
    EVP_PKEY *key = X509_get0_pubkey(chain->certificates[0]);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        key != NULL && context != NULL &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature.data, signature.size, bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}
