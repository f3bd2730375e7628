/* PKCS#12 files of all ages and faults, made by the openssl command. */
#include "io/pfx.h"

#include "core/encoding.h"

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#define PASSWORD SLICE_LITERAL("P@ssw0rd")

static const char *folder;

struct opened {
    struct arena arena;
    struct slice file;
    struct io_pfx *pfx;
    enum io_pfx_problem problem;
    struct error err;
};

static struct slice read_named(struct arena *arena, const char *path)
{
    static char bytes[64 * 1024];
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t size = fread(bytes, 1, sizeof bytes, stream);
    (void)fclose(stream);
    return arena_copy(arena, slice_of(bytes, size));
}

static void open_bytes(struct opened *opened, struct slice file, struct slice password)
{
    error_clear(&opened->err);
    opened->pfx = io_pfx_open(file, password, &opened->problem, &opened->err);
}

static void open_file(struct opened *opened, const char *name, struct slice password)
{
    char path[512];
    arena_init(&opened->arena);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    opened->file = read_named(&opened->arena, path);
    open_bytes(opened, opened->file, password);
}

static void close_file(struct opened *opened)
{
    io_pfx_free(opened->pfx);
    arena_fini(&opened->arena);
}

static void assert_name(const struct opened *opened, size_t place, const char *name)
{
    const struct io_pfx_certificate *one = io_pfx_certificate(opened->pfx, place);
    assert_non_null(one);
    assert_true(slice_equal_string(one->common_name, name));
}

static void assert_whole_chain(const struct opened *opened)
{
    assert_non_null(opened->pfx);
    assert_int_equal(opened->problem, IO_PFX_OK);
    assert_int_equal(io_pfx_count(opened->pfx), 4);
    assert_name(opened, 0, "amt.example.com");
    assert_name(opened, 1, "Intermediate 2");
    assert_name(opened, 2, "Intermediate 1");
    assert_name(opened, 3, "Root");
    assert_int_equal(io_pfx_state(opened->pfx)->chain_count, 4);
}

static void files_of_every_age_are_read(void **state)
{
    static const char *const names[] = {"aes.pfx", "legacy.pfx", "triple.pfx",
                                        "rc4.pfx", "plain.pfx",  "nomac.pfx"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct opened opened;
        open_file(&opened, names[i], PASSWORD);
        assert_whole_chain(&opened);
        assert_true(io_pfx_has_amt_oid(opened.pfx));
        assert_false(io_pfx_has_amt_ou(opened.pfx));
        assert_true(io_pfx_may_sign(opened.pfx));
        close_file(&opened);
    }
}

static void an_empty_password_opens_what_has_one(void **state)
{
    (void)state;
    struct opened opened;
    open_file(&opened, "empty.pfx", SLICE_LITERAL(""));
    assert_whole_chain(&opened);
    close_file(&opened);
}

static void another_password_opens_nothing(void **state)
{
    static const char *const names[] = {"aes.pfx", "legacy.pfx", "plain.pfx", "nomac.pfx",
                                        "locked.pem"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct opened opened;
        open_file(&opened, names[i], SLICE_LITERAL("P@ssw0re"));
        assert_null(opened.pfx);
        assert_int_equal(opened.problem, IO_PFX_LOCKED);
        assert_int_equal(opened.err.code, ERROR_INVALID);
        assert_null(strstr(opened.err.text, "ssw0r"));
        close_file(&opened);
    }
}

static void a_pem_text_is_as_good(void **state)
{
    static const char *const names[] = {"mixed.pem", "locked.pem", "dumped.pem"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct opened opened;
        open_file(&opened, names[i], PASSWORD);
        assert_whole_chain(&opened);
        assert_int_equal(opened.problem, IO_PFX_OK);
        close_file(&opened);
    }
}

static void a_certificate_says_what_it_is(void **state)
{
    (void)state;
    struct opened opened;
    char digest[65];
    open_file(&opened, "aes.pfx", PASSWORD);
    const struct io_pfx_certificate *root = io_pfx_certificate(opened.pfx, 3);
    assert_true(root->is_rsa);
    assert_int_equal(root->key_bits, 2048);
    assert_int_equal(root->not_after - root->not_before, 3650LL * 86400 * 1000);
    uint8_t bytes[32];
    assert_int_equal(EVP_Digest(root->der.data, root->der.size, bytes, NULL, EVP_sha256(), NULL),
                     1);
    encoding_hex(slice_of(bytes, sizeof bytes), digest);
    assert_string_equal(root->sha256, digest);
    assert_int_equal(strlen(root->sha1), 40);
    assert_int_equal(strlen(root->sha384), 96);
    assert_null(io_pfx_certificate(opened.pfx, 4));
    close_file(&opened);
}

static void the_organizational_unit_and_the_key_usage_are_seen(void **state)
{
    (void)state;
    struct opened opened;
    open_file(&opened, "ou.pfx", PASSWORD);
    assert_int_equal(opened.problem, IO_PFX_OK);
    assert_true(io_pfx_has_amt_ou(opened.pfx));
    assert_false(io_pfx_has_amt_oid(opened.pfx));
    assert_false(io_pfx_may_sign(opened.pfx));
    close_file(&opened);
}

static void faults_are_told_one_by_one(void **state)
{
    static const struct {
        const char *name;
        enum io_pfx_problem problem;
        size_t chain_count;
        bool has_key, has_root, is_complete;
    } cases[] = {
        {"nokey.pfx", IO_PFX_NO_KEY, 1, false, false, false},
        {"alone.pfx", IO_PFX_NO_ROOT, 1, true, false, false},
        {"gap.pfx", IO_PFX_BROKEN_CHAIN, 1, true, true, false},
        {"imposter.pfx", IO_PFX_BROKEN_CHAIN, 2, true, true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opened opened;
        open_file(&opened, cases[i].name, PASSWORD);
        assert_non_null(opened.pfx);
        const struct io_pfx_state *is = io_pfx_state(opened.pfx);
        assert_int_equal(opened.problem, cases[i].problem);
        assert_int_equal(is->chain_count, cases[i].chain_count);
        assert_int_equal(is->has_key, cases[i].has_key);
        assert_int_equal(is->has_root, cases[i].has_root);
        assert_int_equal(is->is_complete, cases[i].is_complete);
        assert_int_equal(is->signature != NULL,
                         cases[i].problem == IO_PFX_BROKEN_CHAIN && cases[i].is_complete);
        assert_int_equal(opened.err.code, ERROR_INVALID);
        close_file(&opened);
    }
}

/* ---- packed here, in whatever order ---- */

static X509 *certificate_of(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.pem", folder, name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    X509 *certificate = PEM_read_X509(stream, NULL, NULL, NULL);
    (void)fclose(stream);
    assert_non_null(certificate);
    return certificate;
}

static EVP_PKEY *key_of(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.key", folder, name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    EVP_PKEY *key = PEM_read_PrivateKey(stream, NULL, NULL, NULL);
    (void)fclose(stream);
    assert_non_null(key);
    return key;
}

/* `rounds` is what the file says of its MAC; 0: what is true. */
static void open_packed(struct opened *opened, const char *const *names, size_t count,
                        const char *const *keys, size_t key_count, long rounds)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    for (size_t i = 0; i < count; i++) {
        X509 *certificate = certificate_of(names[i]);
        assert_non_null(PKCS12_add_cert(&bags, certificate));
        X509_free(certificate);
    }
    for (size_t i = 0; i < key_count; i++) {
        EVP_PKEY *key = key_of(keys[i]);
        assert_non_null(PKCS12_add_key(&bags, key, 0, 1, -1, NULL));
        EVP_PKEY_free(key);
    }
    assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
    PKCS12 *file = PKCS12_add_safes(safes, 0);
    assert_int_equal(PKCS12_set_mac(file, "P@ssw0rd", -1, NULL, 0, 2, EVP_sha256()), 1);
    if (rounds > 0) {
        const ASN1_INTEGER *iterations = NULL;
        PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
        assert_int_equal(ASN1_INTEGER_set((ASN1_INTEGER *)(uintptr_t)iterations, rounds), 1);
    }
    unsigned char *der = NULL;
    int size = i2d_PKCS12(file, &der);
    arena_init(&opened->arena);
    opened->file = arena_copy(&opened->arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    PKCS12_free(file);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    open_bytes(opened, opened->file, PASSWORD);
}

static void the_chain_is_put_in_order(void **state)
{
    static const char *const orders[][4] = {
        {"root", "inter1", "inter2", "leaf"},
        {"inter1", "leaf", "root", "inter2"},
        {"inter2", "root", "leaf", "inter1"},
    };
    static const char *const keys[] = {"leaf"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct opened opened;
        open_packed(&opened, orders[i], 4, keys, 1, 0);
        assert_whole_chain(&opened);
        close_file(&opened);
    }
}

static void what_belongs_elsewhere_follows_the_chain(void **state)
{
    static const char *const names[] = {"ec", "imposter", "root", "inter2", "leaf", "inter1"};
    static const char *const keys[] = {"inter1", "leaf"};
    (void)state;
    struct opened opened;
    open_packed(&opened, names, 6, keys + 1, 1, 0);
    assert_int_equal(opened.problem, IO_PFX_OK);
    assert_name(&opened, 0, "amt.example.com");
    assert_name(&opened, 1, "Intermediate 2");
    assert_int_equal(io_pfx_state(opened.pfx)->chain_count, 4);
    assert_int_equal(io_pfx_count(opened.pfx), 6);
    close_file(&opened);
    open_packed(&opened, names, 5, keys, 2, 0); /* without Intermediate 1: its key fits nothing */
    assert_true(io_pfx_state(opened.pfx)->key_fits);
    assert_name(&opened, 0, "amt.example.com");
    assert_int_equal(opened.problem, IO_PFX_BROKEN_CHAIN);
    close_file(&opened);
}

static void a_key_of_nobody_is_told(void **state)
{
    static const char *const names[] = {"root", "inter1", "inter2", "leaf"};
    static const char *const keys[] = {"ou"};
    (void)state;
    struct opened opened;
    open_packed(&opened, names, 4, keys, 1, 0);
    assert_int_equal(opened.problem, IO_PFX_KEY_OF_NOBODY);
    assert_name(&opened, 0, "amt.example.com");
    struct slice signature;
    assert_false(
        io_pfx_sign(opened.pfx, &opened.arena, IO_PFX_SHA256, PASSWORD, &signature, &opened.err));
    close_file(&opened);
}

static void there_are_ten_certificates_at_most(void **state)
{
    static const char *const names[] = {"root", "root", "root", "root", "root", "root",
                                        "root", "root", "root", "root", "root"};
    (void)state;
    struct opened opened;
    open_packed(&opened, names, 10, NULL, 0, 0);
    assert_int_equal(io_pfx_count(opened.pfx), 10);
    close_file(&opened);
    open_packed(&opened, names, 11, NULL, 0, 0);
    assert_null(opened.pfx);
    assert_non_null(strstr(opened.err.text, "more than 10 certificates"));
    close_file(&opened);
}

static void a_file_without_certificates_is_told(void **state)
{
    static const char *const keys[] = {"leaf"};
    (void)state;
    struct opened opened;
    open_packed(&opened, NULL, 0, keys, 1, 0);
    assert_null(opened.pfx);
    assert_int_equal(opened.problem, IO_PFX_NO_CERTIFICATE);
    close_file(&opened);
}

static void endless_key_derivation_is_not_begun(void **state)
{
    static const char *const names[] = {"leaf"};
    (void)state;
    struct opened opened;
    open_packed(&opened, names, 1, NULL, 0, 2000000000);
    assert_null(opened.pfx);
    assert_non_null(strstr(opened.err.text, "key derivation"));
    close_file(&opened);
}

static void cut_and_empty_files_are_refused(void **state)
{
    (void)state;
    struct opened opened;
    open_file(&opened, "legacy.pfx", PASSWORD);
    io_pfx_free(opened.pfx);
    for (size_t size = 0; size < opened.file.size; size += 61) {
        open_bytes(&opened, slice_first(opened.file, size), PASSWORD);
        assert_null(opened.pfx);
        assert_int_equal(opened.problem, IO_PFX_UNREADABLE);
    }
    arena_fini(&opened.arena);
}

/* ---- signing ---- */

static void assert_signs(const char *name, enum io_pfx_hash hash, const EVP_MD *digest)
{
    struct opened opened;
    struct slice signature;
    open_file(&opened, name, PASSWORD);
    assert_true(io_pfx_sign(opened.pfx, &opened.arena, hash, SLICE_LITERAL("nonces"), &signature,
                            &opened.err));
    const unsigned char *at = io_pfx_certificate(opened.pfx, 0)->der.data;
    X509 *leaf = d2i_X509(NULL, &at, (long)io_pfx_certificate(opened.pfx, 0)->der.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, digest, NULL, X509_get0_pubkey(leaf)), 1);
    assert_int_equal(EVP_DigestVerify(context, signature.data, signature.size,
                                      (const unsigned char *)"nonces", 6),
                     1);
    EVP_MD_CTX_free(context);
    X509_free(leaf);
    close_file(&opened);
}

static void the_key_signs(void **state)
{
    (void)state;
    assert_signs("legacy.pfx", IO_PFX_SHA256, EVP_sha256());
    assert_signs("legacy.pfx", IO_PFX_SHA384, EVP_sha384());
    assert_signs("ec.pfx", IO_PFX_SHA384, EVP_sha384());
}

static void a_sample_is_whole(void **state)
{
    (void)state;
    struct opened opened;
    char root[65];
    arena_init(&opened.arena);
    assert_true(io_pfx_make_sample(&opened.arena, "amt.example.com", "P@ssw0rd", &opened.file, root,
                                   &opened.err));
    open_bytes(&opened, opened.file, PASSWORD);
    assert_int_equal(opened.problem, IO_PFX_OK);
    assert_true(io_pfx_has_amt_oid(opened.pfx));
    assert_true(io_pfx_may_sign(opened.pfx));
    assert_string_equal(io_pfx_certificate(opened.pfx, 1)->sha256, root);
    close_file(&opened);
}

static int make_files(void **state)
{
    char *script = getenv("MAKE_PFX");
    char *const command[] = {script, getenv("PFX_FOLDER"), NULL};
    pid_t child;
    int status;
    (void)state;
    folder = command[1];
    if (script == NULL || folder == NULL ||
        posix_spawn(&child, script, NULL, NULL, command, environ) != 0 ||
        waitpid(child, &status, 0) != child)
        return -1;
    return status == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_every_age_are_read),
        cmocka_unit_test(an_empty_password_opens_what_has_one),
        cmocka_unit_test(another_password_opens_nothing),
        cmocka_unit_test(a_pem_text_is_as_good),
        cmocka_unit_test(a_certificate_says_what_it_is),
        cmocka_unit_test(the_organizational_unit_and_the_key_usage_are_seen),
        cmocka_unit_test(faults_are_told_one_by_one),
        cmocka_unit_test(the_chain_is_put_in_order),
        cmocka_unit_test(what_belongs_elsewhere_follows_the_chain),
        cmocka_unit_test(a_key_of_nobody_is_told),
        cmocka_unit_test(there_are_ten_certificates_at_most),
        cmocka_unit_test(a_file_without_certificates_is_told),
        cmocka_unit_test(endless_key_derivation_is_not_begun),
        cmocka_unit_test(cut_and_empty_files_are_refused),
        cmocka_unit_test(the_key_signs),
        cmocka_unit_test(a_sample_is_whole),
    };
    return cmocka_run_group_tests(tests, make_files, NULL);
}
