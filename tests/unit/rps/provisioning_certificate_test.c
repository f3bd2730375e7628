/* Certificates of domains: what is said of each fault, and signing with a good one. */
#include "amt/provisioning_certificate.h"
#include "core/encoding.h"
#include "rps/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define DAY      86400L
#define PASSWORD SLICE_LITERAL("P@ssw0rd")
#define OID      "serverAuth,2.16.840.1.113741.1.2.3"

enum which_key { OWN_KEY, NO_KEY, OTHER_KEY };

struct recipe {
    const char *common_name; /* NULL: none */
    const char *unit;
    const char *purpose; /* extended key usage; NULL: none */
    const char *usage;   /* key usage; NULL: none */
    long from, to;       /* days from now; 0 and 0: around now */
    bool weak, curve;    /* 1,024 bits; EC */
    bool without_root, without_issuer, forged;
    enum which_key key;
};

static EVP_PKEY *root_key;
static EVP_PKEY *leaf_key;
static EVP_PKEY *other_key;
static EVP_PKEY *weak_key;
static EVP_PKEY *curve_key;

static void add(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    if (value == NULL)
        return;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void name(X509 *certificate, const char *field, const char *value)
{
    if (value != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field,
                                                    MBSTRING_UTF8, (const unsigned char *)value, -1,
                                                    -1, 0),
                         1);
}

static X509 *certificate_new(EVP_PKEY *key, const char *common_name, const char *unit, long from,
                             long to)
{
    X509 *made = X509_new();
    assert_int_equal(X509_set_version(made, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), from * DAY));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), to * DAY));
    assert_int_equal(X509_set_pubkey(made, key), 1);
    name(made, "OU", unit);
    name(made, "CN", common_name);
    return made;
}

static X509 *root_new(void)
{
    X509 *root = certificate_new(root_key, "Root", NULL, -1, 1000);
    X509_set_issuer_name(root, X509_get_subject_name(root));
    add(root, root, NID_basic_constraints, "critical,CA:TRUE");
    assert_true(X509_sign(root, root_key, EVP_sha256()) > 0);
    return root;
}

static X509 *leaf_new(const struct recipe *recipe, EVP_PKEY *key, X509 *root)
{
    bool timed = recipe->from != 0 || recipe->to != 0;
    X509 *leaf = certificate_new(key, recipe->common_name, recipe->unit, timed ? recipe->from : -1,
                                 timed ? recipe->to : 100);
    X509_set_issuer_name(leaf, X509_get_subject_name(root));
    add(leaf, root, NID_ext_key_usage, recipe->purpose);
    add(leaf, root, NID_key_usage, recipe->usage);
    assert_true(X509_sign(leaf, recipe->forged ? other_key : root_key, EVP_sha256()) > 0);
    return leaf;
}

/* A root that issued nothing here: with the issuer missing, the file still has one. */
static X509 *stranger_new(void)
{
    X509 *stranger = certificate_new(other_key, "Stranger", NULL, -1, 1000);
    X509_set_issuer_name(stranger, X509_get_subject_name(stranger));
    assert_true(X509_sign(stranger, other_key, EVP_sha256()) > 0);
    return stranger;
}

static struct slice pack(struct arena *arena, const struct recipe *recipe)
{
    EVP_PKEY *key = recipe->weak ? weak_key : recipe->curve ? curve_key : leaf_key;
    X509 *root = root_new();
    X509 *leaf = leaf_new(recipe, key, root);
    X509 *beside = recipe->without_issuer ? stranger_new() : root;
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    if (!recipe->without_root)
        assert_non_null(PKCS12_add_cert(&bags, beside));
    assert_non_null(PKCS12_add_cert(&bags, leaf));
    if (recipe->key != NO_KEY)
        assert_non_null(
            PKCS12_add_key(&bags, recipe->key == OTHER_KEY ? other_key : key, 0, 1, -1, NULL));
    assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
    PKCS12 *file = PKCS12_add_safes(safes, 0);
    assert_int_equal(PKCS12_set_mac(file, "P@ssw0rd", -1, NULL, 0, 2, EVP_sha256()), 1);
    unsigned char *der = NULL;
    int size = i2d_PKCS12(file, &der);
    struct slice text = encoding_base64(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    PKCS12_free(file);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    if (beside != root)
        X509_free(beside);
    X509_free(leaf);
    X509_free(root);
    return text;
}

static void each_fault_has_its_message(void **state)
{
    static const struct {
        struct recipe recipe;
        const char *message; /* NULL: it is good; what it starts with */
    } cases[] = {
        {{"amt.test.com", NULL, OID, .usage = NULL}, NULL},
        {{"amt.test.com", NULL, OID, .usage = "digitalSignature"}, NULL},
        {{"amt.test.com", "Intel(R) Client Setup Certificate", "serverAuth", .usage = NULL}, NULL},
        {{"amt.test.com", NULL, OID, .curve = true},
         "The key of the provisioning certificate is EC P-384, but Intel AMT is set up with "
         "signatures of RSA keys only. Have the certificate issued again for an RSA key of 2048 "
         "bits or more"},
        {{NULL, "x", OID, .usage = NULL},
         "Provisioning certificate does not contain a Common Name (CN) in the subject"},
        {{"amt.best.com", NULL, OID, .usage = NULL},
         "FQDN not associated with provisioning certificate"},
        {{"amt.test.com", NULL, OID, .from = 2, .to = 3},
         "Uploaded certificate is not yet valid: notBefore date 20"},
        {{"amt.test.com", NULL, OID, .from = -3, .to = -2}, "Uploaded certificate has expired"},
        {{"amt.test.com", NULL, OID, .without_root = true},
         "Provisioning certificate does not contain a root certificate"},
        {{"amt.test.com", NULL, OID, .weak = true},
         "Certificate key size 1024 bits is below the minimum required 2048 bits for AMT"},
        {{"amt.test.com", NULL, OID, .key = NO_KEY},
         "Provisioning certificate does not contain a private key"},
        {{"amt.test.com", NULL, OID, .key = OTHER_KEY},
         "Private key in the PFX does not match the leaf certificate public key"},
        {{"amt.test.com", NULL, OID, .without_issuer = true},
         "Certificate chain is broken: cannot find issuer for a certificate in the chain"},
        {{"amt.test.com", NULL, OID, .forged = true},
         "Certificate chain signature verification failed: "},
        {{"amt.test.com", NULL, "serverAuth", .usage = NULL},
         "Leaf certificate is missing the Intel AMT Activation EKU OID (2.16.840.1.113741.1.2.3)"},
        {{"amt.test.com", NULL, OID, .usage = "keyEncipherment"},
         "Leaf certificate key usage does not include digitalSignature"},
        /* of several faults the first in the order of spec rps 1.3 */
        {{"amt.best.com", NULL, NULL, .from = -3, .to = -2},
         "FQDN not associated with provisioning certificate"},
        {{"amt.test.com", NULL, NULL, .without_root = true, .weak = true, .key = NO_KEY},
         "Provisioning certificate does not contain a root certificate"},
        {{"amt.test.com", NULL, NULL, .weak = true, .key = NO_KEY}, "Certificate key size 1024"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        arena_init(&arena);
        int64_t expires = 0;
        struct slice file = pack(&arena, &cases[i].recipe);
        const char *message = amt_provisioning_certificate_check(
            &arena, file, PASSWORD, SLICE_LITERAL("test.com"), &expires);
        if (cases[i].message == NULL)
            assert_null(message);
        else if (message == NULL ||
                 strncmp(message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("case %zu: %s", i, message == NULL ? "no fault" : message);
        arena_fini(&arena);
    }
}

static void what_is_no_file_is_told(void **state)
{
    static const char unable[] =
        "Unable to decrypt provisioning certificate. Please check that the password is correct, "
        "and that the certificate is a valid certificate.";
    const struct recipe good = {"amt.test.com", NULL, OID, .usage = NULL};
    (void)state;
    struct arena arena;
    arena_init(&arena);
    int64_t expires = 0;
    struct slice suffix = SLICE_LITERAL("test.com");
    struct slice file = pack(&arena, &good);
    assert_string_equal(
        amt_provisioning_certificate_check(&arena, file, SLICE_LITERAL("wrong"), suffix, &expires),
        unable);
    assert_string_equal(amt_provisioning_certificate_check(&arena, SLICE_LITERAL("AAAA"), PASSWORD,
                                                           suffix, &expires),
                        unable);
    assert_string_equal(
        amt_provisioning_certificate_check(&arena, SLICE_LITERAL("%"), PASSWORD, suffix, &expires),
        unable);
    arena_fini(&arena);
}

static void it_expires_with_the_certificate_that_ends_first(void **state)
{
    const struct recipe good = {"amt.test.com", NULL, OID, .usage = NULL};
    const struct recipe expired = {"amt.test.com", NULL, OID, .from = -9, .to = -2};
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena);
    int64_t now = (int64_t)time(NULL) * 1000;
    int64_t expires = 0;
    struct slice file = pack(&arena, &good);
    struct slice broken =
        slice_of_string(arena_printf(&arena, "%.*s\r\n", SLICE_ARG(file))); /* as base64 prints */
    assert_null(amt_provisioning_certificate_check(&arena, broken, PASSWORD,
                                                   SLICE_LITERAL("test.com"), &expires));
    assert_true(expires > now + 99 * DAY * 1000 && expires < now + 101 * DAY * 1000);
    file = pack(&arena, &expired);
    assert_true(amt_provisioning_certificate_expiry(file, PASSWORD, &expires, &err));
    assert_true(expires < now);
    assert_false(amt_provisioning_certificate_expiry(file, SLICE_LITERAL("wrong"), &expires, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    arena_fini(&arena);
}

static void a_suffix_fits_at_label_boundaries(void **state)
{
    static const struct {
        const char *common_name;
        const char *suffix;
        bool fits;
    } cases[] = {
        {"amt.test.com", "test.com", true},
        {"test.com", "test.com", true},
        {"AMT.Test.COM", "test.com.", true},
        {"amt.test.com", "site.test.com", true}, /* firmware compares two labels, too */
        {"evil-test.com", "test.com", false},
        {"amt.test.com", "test.org", false},
        {"com", "test.com", false},
        {"amt.corp.co.uk", "corp.co.uk", true},
        {"amt.evil.co.uk", "corp.co.uk", false},
        {"amt.corp.de", "corp.de", true},
        {"*.corp.local", "corp.local", true},
        {"*.local", "corp.local", true},
        {"*.corp.local", "other.local", false},
        {"amt.corp", "corp", true},
        {"amt.corp", "orp", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(amt_provisioning_suffix_fits(slice_of_string(cases[i].common_name),
                                                      slice_of_string(cases[i].suffix)),
                         cases[i].fits);
}

/* ---- signing ---- */

static bool open_signer(struct arena *arena, const struct recipe *recipe, const char *hash,
                        struct rps_signer **signer, struct error *err)
{
    const struct slice hashes[] = {SLICE_LITERAL("00"), slice_of_string(hash)};
    return rps_signer_open_file(NULL, pack(arena, recipe), PASSWORD, hashes, 2, signer, err);
}

static void the_root_is_looked_for_among_the_hashes_of_the_device(void **state)
{
    static const struct recipe good = {"amt.test.com", NULL, OID, .usage = NULL};
    (void)state;
    struct arena arena;
    struct error err;
    struct rps_signer *signer = NULL;
    arena_init(&arena);
    assert_false(open_signer(&arena, &good, "0123", &signer, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_non_null(strstr(err.text, "Invalid domain certificate, hash does not exists in list of "
                                     "trusted root certificates on AMT"));
    struct slice file = pack(&arena, &good);
    enum io_pfx_problem problem;
    struct io_pfx *pfx = amt_provisioning_certificate_open(file, PASSWORD, &problem, &err);
    const struct io_pfx_certificate *root = io_pfx_certificate(pfx, 1);
    char *upper = arena_string(&arena, slice_of_string(root->sha384));
    for (char *c = upper; *c != '\0'; c++)
        *c = (char)(*c >= 'a' ? *c - 32 : *c);
    const char *const hashes[] = {root->sha1, root->sha256, upper};
    for (size_t i = 0; i < 3; i++) {
        const struct slice listed = slice_of_string(hashes[i]);
        assert_true(rps_signer_open_file(NULL, file, PASSWORD, &listed, 1, &signer, &err));
        rps_signer_close(signer);
    }
    io_pfx_free(pfx);
    arena_fini(&arena);
}

static void a_certificate_of_no_use_is_told_before_the_device_is_asked(void **state)
{
    static const struct {
        struct recipe recipe;
        const char *says;
    } cases[] = {
        {{"amt.test.com", NULL, OID, .from = -3, .to = -2}, "has expired"},
        {{"amt.test.com", NULL, OID, .curve = true}, "is EC P-384, but"},
        {{"amt.test.com", NULL, "serverAuth", .usage = NULL}, "not one for setting up AMT"},
        {{"amt.test.com", NULL, OID, .key = NO_KEY}, "no private key"},
        {{"amt.test.com", NULL, OID, .without_issuer = true}, "issuer is missing"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        struct error err;
        struct rps_signer *signer = NULL;
        arena_init(&arena);
        assert_false(open_signer(&arena, &cases[i].recipe, "0123", &signer, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_ptr_equal(strstr(err.text, "Failed to extract domain certificate: "), err.text);
        assert_non_null(strstr(err.text, cases[i].says));
        arena_fini(&arena);
    }
}

static void the_leaf_comes_first_and_its_key_signs_with_sha_256(void **state)
{
    static const struct recipe good = {"amt.test.com", NULL, OID, .usage = NULL};
    (void)state;
    struct arena arena;
    struct error err;
    struct rps_signer *signer = NULL;
    enum io_pfx_problem problem;
    arena_init(&arena);
    struct slice file = pack(&arena, &good);
    struct io_pfx *pfx = amt_provisioning_certificate_open(file, PASSWORD, &problem, &err);
    const struct slice hash = slice_of_string(io_pfx_certificate(pfx, 1)->sha256);
    assert_true(rps_signer_open_file(NULL, file, PASSWORD, &hash, 1, &signer, &err));
    const struct amt_setup_signer *setup = rps_signer_of(signer, 16.1, NULL);
    assert_int_equal(setup->count, 2);
    assert_int_equal(setup->algorithm, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(slice_equal(setup->chain[i], io_pfx_certificate(pfx, i)->der));
    struct slice signature;
    assert_true(setup->sign(setup->context, &arena, SLICE_LITERAL("nonces"), &signature, &err));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, leaf_key), 1);
    assert_int_equal(EVP_DigestVerify(context, signature.data, signature.size,
                                      (const unsigned char *)"nonces", 6),
                     1);
    EVP_MD_CTX_free(context);
    rps_signer_close(signer);
    io_pfx_free(pfx);
    arena_fini(&arena);
}

static void amt_22_wants_sha_384_and_earlier_ones_do_not_take_it(void **state)
{
    static const struct recipe good = {"amt.test.com", NULL, OID, .usage = NULL};
    static const struct {
        double release;
        unsigned algorithm;
    } cases[] = {{11.8, 2}, {20.0, 2}, {21.0, 2}, {22.0, 3}, {22.1, 3}, {23.0, 3}};
    (void)state;
    struct arena arena;
    struct error err;
    struct rps_signer *signer = NULL;
    enum io_pfx_problem problem;
    arena_init(&arena);
    struct slice file = pack(&arena, &good);
    struct io_pfx *pfx = amt_provisioning_certificate_open(file, PASSWORD, &problem, &err);
    const struct slice hash = slice_of_string(io_pfx_certificate(pfx, 1)->sha256);
    assert_true(rps_signer_open_file(NULL, file, PASSWORD, &hash, 1, &signer, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct amt_setup_signer *setup = rps_signer_of(signer, cases[i].release, NULL);
        struct slice signature;
        assert_int_equal(setup->algorithm, cases[i].algorithm);
        assert_true(setup->sign(setup->context, &arena, SLICE_LITERAL("nonces"), &signature, &err));
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        const EVP_MD *digest = cases[i].algorithm == 3 ? EVP_sha384() : EVP_sha256();
        assert_int_equal(EVP_DigestVerifyInit(context, NULL, digest, NULL, leaf_key), 1);
        assert_int_equal(EVP_DigestVerify(context, signature.data, signature.size,
                                          (const unsigned char *)"nonces", 6),
                         1);
        EVP_MD_CTX_free(context);
    }
    rps_signer_close(signer);
    io_pfx_free(pfx);
    arena_fini(&arena);
}

static void sessions_share_a_certificate_until_the_last_one_leaves(void **state)
{
    static const struct recipe good = {"amt.test.com", NULL, OID, .usage = NULL};
    (void)state;
    struct arena arena;
    struct error err;
    struct rps_signer *first = NULL;
    struct rps_signer *second = NULL;
    struct rps_signer *third = NULL;
    struct slice signature;
    enum io_pfx_problem problem;
    arena_init(&arena);
    struct slice file = pack(&arena, &good);
    struct io_pfx *pfx = amt_provisioning_certificate_open(file, PASSWORD, &problem, &err);
    const struct slice hash = slice_of_string(io_pfx_certificate(pfx, 1)->sha256);
    assert_true(rps_signer_open_file(NULL, file, PASSWORD, &hash, 1, &first, &err));
    assert_true(rps_signer_open_file(NULL, file, PASSWORD, &hash, 1, &second, &err));
    const struct amt_setup_signer *setup = rps_signer_of(second, 16.1, NULL);
    assert_ptr_equal(rps_signer_of(first, 16.1, NULL)->chain[0].data, setup->chain[0].data);
    /* Neither another password nor another device's roots get it. */
    assert_false(
        rps_signer_open_file(NULL, file, SLICE_LITERAL("another"), &hash, 1, &third, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    const struct slice other = SLICE_LITERAL("0123");
    assert_false(rps_signer_open_file(NULL, file, PASSWORD, &other, 1, &third, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    rps_signer_close(first);
    assert_true(setup->sign(setup->context, &arena, SLICE_LITERAL("nonces"), &signature, &err));
    rps_signer_close(second);
    io_pfx_free(pfx);
    arena_fini(&arena);
}

static int make_keys(void **state)
{
    (void)state;
    root_key = EVP_RSA_gen(2048);
    leaf_key = EVP_RSA_gen(2048);
    other_key = EVP_RSA_gen(2048);
    weak_key = EVP_RSA_gen(1024);
    curve_key = EVP_EC_gen("P-384");
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(leaf_key);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(weak_key);
    EVP_PKEY_free(curve_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_its_message),
        cmocka_unit_test(what_is_no_file_is_told),
        cmocka_unit_test(it_expires_with_the_certificate_that_ends_first),
        cmocka_unit_test(a_suffix_fits_at_label_boundaries),
        cmocka_unit_test(the_root_is_looked_for_among_the_hashes_of_the_device),
        cmocka_unit_test(a_certificate_of_no_use_is_told_before_the_device_is_asked),
        cmocka_unit_test(the_leaf_comes_first_and_its_key_signs_with_sha_256),
        cmocka_unit_test(amt_22_wants_sha_384_and_earlier_ones_do_not_take_it),
        cmocka_unit_test(sessions_share_a_certificate_until_the_last_one_leaves),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
