/* What firmware checks of a provisioning certificate (spec device-protocols 7.3). */
#include "sim/chain.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SETUP "serverAuth,2.16.840.1.113741.1.2.3"
#define NOW   ((uint64_t)time(NULL))

struct made {
    X509 *certificate;
    EVP_PKEY *key;
    unsigned char *der;
    size_t size;
};

static struct made root, middle;

static void set_name(X509_NAME *name, const char *common, const char *unit)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)common, -1, -1, 0),
                     1);
    if (unit != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_UTF8,
                                                    (const unsigned char *)unit, -1, -1, 0),
                         1);
}

static void extend(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* A certificate for ten days around now, signed by `issuer` or itself. */
static struct made make(const char *common, const char *unit, const char *usage, const char *names,
                        const struct made *issuer, EVP_PKEY *key)
{
    struct made made = {.certificate = X509_new(),
                        .key = key != NULL ? key : EVP_RSA_gen((size_t)2048)};
    X509 *c = made.certificate;
    assert_non_null(made.key);
    assert_int_equal(X509_set_version(c, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(c), -5 * 86400L));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(c), 5 * 86400L));
    set_name(X509_get_subject_name(c), common, unit);
    assert_int_equal(
        X509_set_issuer_name(c, X509_get_subject_name(issuer == NULL ? c : issuer->certificate)),
        1);
    assert_int_equal(X509_set_pubkey(c, made.key), 1);
    if (usage != NULL)
        extend(c, NID_ext_key_usage, usage);
    if (names != NULL)
        extend(c, NID_subject_alt_name, names);
    assert_true(X509_sign(c, issuer == NULL ? made.key : issuer->key, EVP_sha256()) > 0);
    made.size = (size_t)i2d_X509(c, &made.der);
    return made;
}

static void unmake(struct made *made)
{
    X509_free(made->certificate);
    EVP_PKEY_free(made->key);
    OPENSSL_free(made->der);
}

static int set_up(void **state)
{
    (void)state;
    root = make("Root", NULL, NULL, NULL, NULL, NULL);
    middle = make("Middle", NULL, NULL, NULL, &root, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unmake(&root);
    unmake(&middle);
    return 0;
}

static enum sim_chain_answer add(struct sim_chain *chain, const struct made *made, bool leaf,
                                 bool last)
{
    return sim_chain_add(chain, slice_of(made->der, made->size), leaf, last, NOW, false);
}

/* The whole chain of a leaf that the intermediate has issued. */
static void add_all(struct sim_chain *chain, const struct made *leaf)
{
    assert_int_equal(add(chain, leaf, true, false), SIM_CHAIN_OK);
    assert_int_equal(chain->status, SIM_CHAIN_BEGUN);
    assert_int_equal(add(chain, &middle, false, false), SIM_CHAIN_OK);
    assert_int_equal(add(chain, &root, false, true), SIM_CHAIN_OK);
    assert_int_equal(chain->status, SIM_CHAIN_COMPLETE);
}

static void certificates_come_leaf_first(void **state)
{
    struct sim_chain chain = {0};
    struct made leaf = make("a.example.com", NULL, SETUP, NULL, &middle, EVP_PKEY_dup(root.key));
    (void)state;
    assert_int_equal(add(&chain, &middle, false, false), SIM_CHAIN_INVALID_STATE);
    add_all(&chain, &leaf);
    assert_int_equal(add(&chain, &root, false, true), SIM_CHAIN_INVALID_STATE);
    assert_int_equal(chain.status, SIM_CHAIN_COMPLETE);
    assert_int_equal(add(&chain, &leaf, true, false), SIM_CHAIN_OK); /* begins anew */
    assert_int_equal(chain.count, 1);
    assert_int_equal(add(&chain, &root, false, true), SIM_CHAIN_UNVERIFIED);
    assert_int_equal(chain.status, SIM_CHAIN_NONE);
    assert_int_equal(add(&chain, &leaf, true, true), SIM_CHAIN_INVALID_PARAMETER);
    unmake(&leaf);
    sim_chain_clear(&chain);
}

static void no_more_than_four(void **state)
{
    struct sim_chain chain = {0};
    struct made more[4];
    const struct made *issuer = &middle;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof(name), "more-%zu", i);
        more[i] = make(name, NULL, NULL, NULL, issuer, EVP_PKEY_dup(root.key));
        issuer = &more[i];
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(add(&chain, &more[3 - i], i == 0, false), SIM_CHAIN_OK);
    assert_int_equal(add(&chain, &middle, false, false), SIM_CHAIN_TOO_LONG);
    for (size_t i = 0; i < 4; i++)
        unmake(&more[i]);
    sim_chain_clear(&chain);
}

static void the_devices_clock_decides_on_validity(void **state)
{
    struct sim_chain chain = {0};
    struct slice der = slice_of(middle.der, middle.size);
    (void)state;
    assert_int_equal(sim_chain_add(&chain, der, true, false, NOW + 6 * 86400, false),
                     SIM_CHAIN_UNVERIFIED);
    assert_int_equal(sim_chain_add(&chain, der, true, false, NOW - 6 * 86400, false),
                     SIM_CHAIN_UNVERIFIED);
    assert_int_equal(sim_chain_add(&chain, der, true, false, NOW + 4 * 86400, false), SIM_CHAIN_OK);
    sim_chain_clear(&chain);
}

static void what_is_no_certificate_is_refused(void **state)
{
    struct sim_chain chain = {0};
    (void)state;
    assert_int_equal(sim_chain_add(&chain, (struct slice){0}, true, false, NOW, false),
                     SIM_CHAIN_INVALID_PARAMETER);
    assert_int_equal(
        sim_chain_add(&chain, slice_of(root.der, root.size - 1), true, false, NOW, false),
        SIM_CHAIN_INVALID_PARAMETER);
    sim_chain_clear(&chain);
}

static void keys_on_curves_are_taken_only_when_asked_for(void **state)
{
    struct sim_chain chain = {0};
    struct made leaf = make("a.example.com", NULL, SETUP, NULL, &middle, EVP_EC_gen("P-256"));
    struct slice der = slice_of(leaf.der, leaf.size);
    (void)state;
    assert_int_equal(sim_chain_add(&chain, der, true, false, NOW, false), SIM_CHAIN_UNVERIFIED);
    assert_int_equal(sim_chain_add(&chain, der, true, false, NOW, true), SIM_CHAIN_OK);
    unmake(&leaf);
    sim_chain_clear(&chain);
}

static void trust_is_by_hash(void **state)
{
    struct sim_chain chain = {0};
    struct sim_root_hash hashes[2];
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *kinds[] = {EVP_sha1(), EVP_sha256(), EVP_sha384()};
    struct made leaf = make("a.example.com", NULL, SETUP, NULL, &middle, EVP_PKEY_dup(root.key));
    (void)state;
    assert_int_equal(sim_root_hash_defaults(hashes, 2), 2);
    add_all(&chain, &leaf);
    assert_false(sim_chain_is_trusted(&chain, hashes, 2));
    for (size_t kind = 0; kind < 3; kind++) {
        char text[97] = "";
        unsigned size = 0;
        assert_int_equal(X509_digest(root.certificate, kinds[kind], digest, &size), 1);
        for (unsigned i = 0; i < size; i++)
            snprintf(text + (size_t)2 * i, 3, "%02x", digest[i]);
        assert_true(sim_root_hash_read(slice_of_string(text), &hashes[1]));
        assert_int_equal(hashes[1].algorithm, kind + 1);
        assert_true(sim_chain_is_trusted(&chain, hashes, 2));
        hashes[1].active = false;
        assert_false(sim_chain_is_trusted(&chain, hashes, 2));
    }
    sim_chain_clear(&chain);
    assert_false(sim_chain_is_trusted(&chain, hashes, 2));
    unmake(&leaf);
}

static void hashes_are_read(void **state)
{
    struct sim_root_hash hash, all[33];
    (void)state;
    size_t count = sim_root_hash_defaults(all, 33);
    assert_in_range(count, 5, 32);
    for (size_t i = 0; i < count; i++) {
        assert_true(all[i].by_default && all[i].active && all[i].name[0] != '\0');
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(all[i].bytes, all[k].bytes, 32);
    }
    assert_true(sim_root_hash_read(
        SLICE_LITERAL("sha256:"
                      "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"),
        &hash));
    assert_int_equal(hash.bytes[10], 0xAA);
    assert_false(sim_root_hash_read(SLICE_LITERAL(""), &hash));
    assert_false(sim_root_hash_read(SLICE_LITERAL("sha256:00"), &hash));
    assert_false(
        sim_root_hash_read(SLICE_LITERAL("g011223344556677889900112233445566778899"), &hash));
}

static bool is_for_setup(const char *unit, const char *usage)
{
    struct sim_chain chain = {0};
    struct made leaf = make("a.example.com", unit, usage, NULL, &middle, EVP_PKEY_dup(root.key));
    assert_int_equal(add(&chain, &leaf, true, false), SIM_CHAIN_OK);
    bool good = sim_chain_is_for_setup(&chain);
    sim_chain_clear(&chain);
    unmake(&leaf);
    return good;
}

static void the_leaf_is_for_set_up(void **state)
{
    (void)state;
    assert_true(is_for_setup(NULL, SETUP));
    assert_true(is_for_setup("Intel(R) Client Setup Certificate", "serverAuth"));
    assert_true(is_for_setup("Intel(R) Client Setup Certificate", NULL));
    assert_false(is_for_setup(NULL, NULL));
    assert_false(is_for_setup("Client Setup", "serverAuth"));
    assert_false(is_for_setup(NULL, "2.16.840.1.113741.1.2.3"));
    assert_false(is_for_setup(NULL, "serverAuth,2.16.840.1.113741.1.2.1"));
}

static bool fits(const char *common, const char *names, const char *suffix, bool trusted)
{
    struct sim_chain chain = {0};
    struct made leaf = make(common, NULL, SETUP, names, &middle, EVP_PKEY_dup(root.key));
    assert_int_equal(add(&chain, &leaf, true, false), SIM_CHAIN_OK);
    bool good = sim_chain_fits(&chain, slice_of_string(suffix), trusted);
    sim_chain_clear(&chain);
    unmake(&leaf);
    return good;
}

static void the_leaf_is_in_the_machines_domain(void **state)
{
    (void)state;
    assert_true(fits("host.vpro.example.com", NULL, "example.com", false));
    assert_true(fits("example.com", NULL, "EXAMPLE.COM.", false));
    assert_true(fits("setup.example.com", NULL, "a.b.example.com", false));
    assert_true(fits("*.example.com", NULL, "example.com", false));
    assert_false(fits("anexample.com", NULL, "example.com", false));
    assert_false(fits("example.com.evil.org", NULL, "example.com", false));
    assert_false(fits("host.example.com", NULL, "", false));
    /* below a country's domain three labels count */
    assert_true(fits("a.corp.co.uk", NULL, "b.corp.co.uk", false));
    assert_false(fits("a.other.co.uk", NULL, "b.corp.co.uk", false));
    assert_false(fits("setup.example.de", NULL, "corp.example.de", false));
    /* alternative names count, too */
    assert_true(fits("x", "DNS:a.org,DNS:b.example.com", "example.com", false));
    assert_false(fits("x", "DNS:a.org", "example.com", false));
    /* what somebody typed at the machine counts as a whole */
    assert_false(fits("setup.example.com", NULL, "corp.example.com", true));
    assert_true(fits("setup.corp.example.com", NULL, "corp.example.com", true));
}

static void the_leafs_key_signs(void **state)
{
    struct sim_chain chain = {0};
    unsigned char signature[512];
    size_t size = sizeof(signature);
    struct slice bytes = SLICE_LITERAL("forty bytes or so of two nonces in a row");
    struct made leaf = make("a.example.com", NULL, SETUP, NULL, &middle, EVP_PKEY_dup(root.key));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    (void)state;
    assert_false(sim_chain_signed(&chain, bytes, bytes));
    add_all(&chain, &leaf);
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, leaf.key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &size, bytes.data, bytes.size), 1);
    assert_true(sim_chain_signed(&chain, bytes, slice_of(signature, size)));
    assert_false(sim_chain_signed(&chain, slice_from(bytes, 1), slice_of(signature, size)));
    assert_false(sim_chain_signed(&chain, bytes, slice_of(signature, size - 1)));
    signature[9] ^= 1;
    assert_false(sim_chain_signed(&chain, bytes, slice_of(signature, size)));
    EVP_MD_CTX_free(context);
    sim_chain_clear(&chain);
    unmake(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_come_leaf_first),
        cmocka_unit_test(no_more_than_four),
        cmocka_unit_test(the_devices_clock_decides_on_validity),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(keys_on_curves_are_taken_only_when_asked_for),
        cmocka_unit_test(trust_is_by_hash),
        cmocka_unit_test(hashes_are_read),
        cmocka_unit_test(the_leaf_is_for_set_up),
        cmocka_unit_test(the_leaf_is_in_the_machines_domain),
        cmocka_unit_test(the_leafs_key_signs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
