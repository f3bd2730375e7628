/* What a chain must look like before AMT is set up (spec rpc 3.5), and the policies of each kind.
 */
#include "rpc/machine/trust.h"

#include "core/arena.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CHAIN_MOST 6

static struct arena arena;
static EVP_PKEY *key;

/* A certificate with these names; nobody here looks at its signature. */
static struct slice certificate(const char *name, const char *issuer_unit)
{
    X509 *x509 = X509_new();
    unsigned char *der = NULL;
    X509_NAME *subject = X509_get_subject_name(x509);
    X509_NAME *issuer = X509_NAME_new();
    assert_true(X509_set_version(x509, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(x509), -60) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(x509), 3600) != NULL &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                           (const unsigned char *)name, -1, -1, 0) == 1 &&
                X509_NAME_add_entry_by_txt(issuer, "OU", MBSTRING_UTF8,
                                           (const unsigned char *)issuer_unit, -1, -1, 0) == 1 &&
                X509_set_issuer_name(x509, issuer) == 1 && X509_set_pubkey(x509, key) == 1 &&
                X509_sign(x509, key, EVP_sha384()) > 0);
    int size = i2d_X509(x509, &der);
    assert_true(size > 0);
    struct slice copy = arena_copy(&arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    X509_NAME_free(issuer);
    X509_free(x509);
    return copy;
}

struct chain {
    struct slice der[CHAIN_MOST];
    size_t count;
};

/* As AMT 19 shows it. */
static struct chain good(size_t count)
{
    struct chain chain = {.count = count};
    chain.der[0] = certificate("AMT RCFG", "ODCA 2 CSME PTL SOC SVN 01 AMT CA");
    for (size_t i = 1; i < count; i++)
        chain.der[i] = certificate("CSME PTL SOC SVN 01", "ODCA 2 CSME PTL");
    chain.der[3] = certificate("CSME PTL ROM CA", "ODCA 2 CSME P Issuing");
    return chain;
}

static struct rpc_trust *trust_of(const struct rpc_trust_options *options)
{
    struct error err = {0};
    struct rpc_trust *trust;
    bool ok = rpc_trust_new(options, &trust, &err);
    assert_string_equal(err.text, "");
    assert_true(ok);
    return trust;
}

static void judged(struct rpc_trust_options options, const struct chain *chain, const char *why)
{
    struct error err = {0};
    options.kind = RPC_TRUST_ON_DIE;
    struct rpc_trust *trust = trust_of(&options);
    bool ok = rpc_trust_check_on_die(trust, chain->der, chain->count, &err);
    rpc_trust_free(trust);
    assert_int_equal(ok, why[0] == '\0');
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, why);
}

static const struct rpc_trust_options plain;

static void chains_of_four_and_six_are_csmes(void **state)
{
    (void)state;
    struct chain four = good(4);
    struct chain six = good(6);
    six.der[0] = certificate("iAMT CSME IDevID RCFG", "x");
    six.der[3] = certificate("CSME MTL ROM DE", "On Die CSME P_MTL");
    judged(plain, &four, "");
    judged(plain, &six, "");
}

static void another_number_is_not(void **state)
{
    (void)state;
    struct chain chain = good(6);
    static const size_t counts[] = {0, 1, 2, 3, 5};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        chain.count = counts[i];
        judged(plain, &chain, "instead of the 4 or 6 of an On-Die chain");
    }
}

static void the_leaf_has_one_of_two_names(void **state)
{
    (void)state;
    static const char *const names[] = {"AMT RCFG2", "amt rcfg", "xAMT RCFG", "pc1.example.org"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct chain chain = good(4);
        chain.der[0] = certificate(names[i], "x");
        judged(plain, &chain, names[i]);
    }
}

static void the_fourth_is_the_roms(void **state)
{
    (void)state;
    struct chain chain = good(4);
    chain.der[3] = certificate("CSME PTL SOC", "ODCA 2 CSME P");
    judged(plain, &chain, "the fourth certificate is not the ROM's");
    chain.der[3] = certificate("CSME PTL ROM CA", "My ODCA 2 CSME P");
    judged(plain, &chain, "issued by 'My ODCA 2 CSME P'");
    chain.der[3] = SLICE_LITERAL("no certificate");
    judged(plain, &chain, "cannot be read");
}

static struct slice hash_of(struct slice der, const EVP_MD *algorithm, size_t keep)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    assert_true(EVP_Digest(der.data, der.size, hash, &size, algorithm, NULL) == 1);
    return arena_copy(&arena, slice_first(slice_of(hash, size), keep));
}

static void the_leaf_is_the_one_that_was_announced(void **state)
{
    (void)state;
    struct chain chain = good(4);
    struct rpc_trust_options options = {.leaf_hash = hash_of(chain.der[0], EVP_sha256(), 99)};
    judged(options, &chain, "");
    options.leaf_hash = hash_of(chain.der[0], EVP_sha384(), 99);
    judged(options, &chain, "");
    options.leaf_hash = hash_of(chain.der[1], EVP_sha384(), 99);
    judged(options, &chain, "not the one that it has announced");
    options.leaf_hash = hash_of(chain.der[0], EVP_sha256(), 31);
    judged(options, &chain, "not the one that it has announced");
}

static void the_rom_is_the_one_of_the_platforms_id(void **state)
{
    (void)state;
    struct chain chain = good(4);
    struct rpc_trust_options options = {.csme_id = hash_of(chain.der[3], EVP_sha256(), 20)};
    judged(options, &chain, "");
    options.csme_id = hash_of(chain.der[3], EVP_sha256(), 32); /* what follows does not count */
    judged(options, &chain, "");
    options.csme_id = hash_of(chain.der[0], EVP_sha256(), 20);
    judged(options, &chain, "not that of this machine's CSME");
    options.csme_id = hash_of(chain.der[3], EVP_sha256(), 19);
    judged(options, &chain, "not that of this machine's CSME");
}

static void each_kind_has_its_policy(void **state)
{
    (void)state;
    struct rpc_trust *trust = trust_of(&(struct rpc_trust_options){.kind = RPC_TRUST_ANY});
    struct io_tls_policy policy = rpc_trust_policy(trust, "127.0.0.1");
    assert_true(policy.any);
    assert_null(policy.check);
    rpc_trust_free(trust);

    trust = trust_of(&(struct rpc_trust_options){.kind = RPC_TRUST_ON_DIE});
    policy = rpc_trust_policy(trust, "127.0.0.1");
    assert_false(policy.any);
    assert_int_equal(policy.root_count, 1);
    assert_non_null(policy.check);
    assert_null(policy.server_name);
    rpc_trust_free(trust);

    trust = trust_of(&(struct rpc_trust_options){.kind = RPC_TRUST_ROOTS});
    policy = rpc_trust_policy(trust, "127.0.0.1");
    assert_false(policy.any);
    assert_null(policy.roots);
    assert_string_equal(policy.server_name, "127.0.0.1");
    assert_true(rpc_trust_wants_system(trust));
    rpc_trust_free(trust);
}

static void what_is_no_certificate_is_no_root(void **state)
{
    (void)state;
    struct error err = {0};
    struct rpc_trust *trust;
    const struct rpc_trust_options options = {.kind = RPC_TRUST_ROOTS,
                                              .roots_pem = SLICE_LITERAL("nothing")};
    assert_false(rpc_trust_new(&options, &trust, &err));
    assert_null(trust);
    assert_int_equal(err.code, ERROR_INVALID);
    rpc_trust_free(NULL);
}

static int make_key(void **state)
{
    (void)state;
    arena_init(&arena);
    key = EVP_EC_gen("P-384");
    return key != NULL ? 0 : -1;
}

static int free_key(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_of_four_and_six_are_csmes),
        cmocka_unit_test(another_number_is_not),
        cmocka_unit_test(the_leaf_has_one_of_two_names),
        cmocka_unit_test(the_fourth_is_the_roms),
        cmocka_unit_test(the_leaf_is_the_one_that_was_announced),
        cmocka_unit_test(the_rom_is_the_one_of_the_platforms_id),
        cmocka_unit_test(each_kind_has_its_policy),
        cmocka_unit_test(what_is_no_certificate_is_no_root),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
