#include "io/pfx_bags.h"

#include "core/memory.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD_LIMIT  256
#define DEPTH_LIMIT     4 /* of safe contents inside safe contents */
#define BAGS_LIMIT      64
#define ITERATIONS      2000000 /* of key derivation, for the whole file: a few seconds */
#define UNREADABLE_TEXT "the file is no PKCS#12 file, or the password is another"

/* A file that is being read. */
struct reading {
    struct pfx_bags *bags;
    const char *password; /* NULL: none at all, which is not the same as an empty one */
    int password_size;
    OSSL_LIB_CTX *library; /* with the legacy provider; made with the first cipher that needs it */
    OSSL_PROVIDER *providers[2];
    int64_t iterations; /* that may still be done */
    unsigned bag_count;
    bool is_foreign;
    struct error *err;
};

static bool unreadable(struct reading *reading)
{
    return error_set(reading->err, ERROR_INVALID, UNREADABLE_TEXT);
}

/* The password is right, or doesn't matter. */
static bool foreign(struct reading *reading, const char *text)
{
    reading->is_foreign = true;
    return error_set(reading->err, ERROR_INVALID, "%s", text);
}

/* ---- what a file may ask for ---- */

static bool take_iterations(struct reading *reading, const ASN1_INTEGER *number)
{
    int64_t value = 1; /* the default of a MAC */
    if (number != NULL && ASN1_INTEGER_get_int64(&value, number) != 1)
        value = INT64_MAX;
    if (value < 1 || value > reading->iterations)
        return error_set(reading->err, ERROR_INVALID,
                         "the file wants more rounds of key derivation than the %d that are done",
                         ITERATIONS);
    reading->iterations -= value;
    return true;
}

static bool needs_legacy(int cipher)
{
    static const int ciphers[] = {
        NID_pbe_WithSHA1And128BitRC4,     NID_pbe_WithSHA1And40BitRC4,
        NID_pbe_WithSHA1And128BitRC2_CBC, NID_pbe_WithSHA1And40BitRC2_CBC,
        NID_pbeWithMD5AndDES_CBC,         NID_pbeWithSHA1AndDES_CBC,
        NID_pbeWithMD5AndRC2_CBC,         NID_pbeWithSHA1AndRC2_CBC,
    };
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (cipher == ciphers[i])
            return true;
    return false;
}

static bool is_password_based(int cipher)
{
    return needs_legacy(cipher) || cipher == NID_pbe_WithSHA1And3_Key_TripleDES_CBC ||
           cipher == NID_pbe_WithSHA1And2_Key_TripleDES_CBC;
}

/* In a library context of its own, so that nothing else gets at weak ciphers. */
static bool load_legacy(struct reading *reading)
{
    if (reading->library != NULL)
        return true;
    reading->library = OSSL_LIB_CTX_new();
    if (reading->library != NULL) {
        reading->providers[0] = OSSL_PROVIDER_load(reading->library, "default");
        reading->providers[1] = OSSL_PROVIDER_load(reading->library, "legacy");
    }
    if (reading->providers[0] != NULL && reading->providers[1] != NULL)
        return true;
    return foreign(reading,
                   "the file is encrypted with RC2, RC4 or DES, and OpenSSL's legacy provider "
                   "is missing here; elsewhere \"openssl pkcs12 -legacy -in OLD -nodes | "
                   "openssl pkcs12 -export -out NEW\" converts it");
}

static bool take_pbes2(struct reading *reading, const ASN1_TYPE *parameter)
{
    bool ok = false;
    PBE2PARAM *outer = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameter);
    PBKDF2PARAM *inner = NULL;
    if (outer != NULL && OBJ_obj2nid(outer->keyfunc->algorithm) == NID_id_pbkdf2)
        inner = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), outer->keyfunc->parameter);
    int cipher = outer == NULL ? NID_undef : OBJ_obj2nid(outer->encryption->algorithm);
    if (inner != NULL)
        ok = take_iterations(reading, inner->iter) &&
             ((cipher != NID_rc2_cbc && cipher != NID_des_cbc) || load_legacy(reading));
    else
        (void)foreign(reading, "the file derives its keys in another way than PBKDF2");
    PBKDF2PARAM_free(inner);
    PBE2PARAM_free(outer);
    return ok;
}

/* Whether what is encrypted this way may and can be decrypted. */
static bool admit(struct reading *reading, const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(&object, &type, &value, algorithm);
    int cipher = OBJ_obj2nid(object);
    if (cipher == NID_pbes2)
        return take_pbes2(reading, algorithm->parameter);
    if (!is_password_based(cipher))
        return foreign(reading, "the file is encrypted in a way that is not known");
    PBEPARAM *parameter = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    bool ok = parameter != NULL ? take_iterations(reading, parameter->iter) : unreadable(reading);
    PBEPARAM_free(parameter);
    return ok && (!needs_legacy(cipher) || load_legacy(reading));
}

/* ---- bags ---- */

static bool take_certificate(struct reading *reading, const PKCS12_SAFEBAG *bag)
{
    struct pfx_bags *bags = reading->bags;
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return true;
    if (bags->certificate_count == PFX_BAGS_CERTIFICATES)
        return error_set(reading->err, ERROR_INVALID, "the file has more than %d certificates",
                         PFX_BAGS_CERTIFICATES);
    X509 *certificate = PKCS12_SAFEBAG_get1_cert(bag);
    if (certificate != NULL && X509_get0_pubkey(certificate) != NULL) {
        bags->certificates[bags->certificate_count++] = certificate;
    } else {
        bags->unreadable++;
        X509_free(certificate);
    }
    return true;
}

/* The key of `info` belongs to the default library: what decrypted it is not needed any more. A
 * kind of key that OpenSSL does not know is left out. */
static bool take_key(struct reading *reading, const PKCS8_PRIV_KEY_INFO *info)
{
    struct pfx_bags *bags = reading->bags;
    EVP_PKEY *key = info == NULL ? NULL : EVP_PKCS82PKEY(info);
    if (key == NULL)
        return true;
    if (bags->key_count == PFX_BAGS_KEYS) {
        EVP_PKEY_free(key);
        return error_set(reading->err, ERROR_INVALID, "the file has more than %d private keys",
                         PFX_BAGS_KEYS);
    }
    bags->keys[bags->key_count++] = key;
    return true;
}

static bool take_shrouded_key(struct reading *reading, const PKCS12_SAFEBAG *bag)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OCTET_STRING *ignored = NULL;
    const X509_SIG *shrouded = PKCS12_SAFEBAG_get0_pkcs8(bag);
    if (shrouded == NULL)
        return unreadable(reading);
    X509_SIG_get0(shrouded, &algorithm, &ignored);
    if (!admit(reading, algorithm))
        return false;
    PKCS8_PRIV_KEY_INFO *info = PKCS8_decrypt_ex(shrouded, reading->password,
                                                 reading->password_size, reading->library, NULL);
    if (info == NULL)
        return unreadable(reading);
    bool ok = take_key(reading, info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return ok;
}

static bool take_bags(struct reading *reading, const STACK_OF(PKCS12_SAFEBAG) * bags,
                      unsigned depth)
{
    bool ok = true;
    for (int i = 0; ok && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        if (depth == DEPTH_LIMIT || ++reading->bag_count > BAGS_LIMIT)
            return error_set(reading->err, ERROR_INVALID, "the file has too many parts");
        switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_certBag:
            ok = take_certificate(reading, bag);
            break;
        case NID_keyBag:
            ok = take_key(reading, PKCS12_SAFEBAG_get0_p8inf(bag));
            break;
        case NID_pkcs8ShroudedKeyBag:
            ok = take_shrouded_key(reading, bag);
            break;
        case NID_safeContentsBag:
            ok = take_bags(reading, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
            break;
        default: /* CRLs, secrets */
            break;
        }
    }
    return ok;
}

/* ---- the file ---- */

/* PKCS12_unpack_p7encdata, in the library with the cipher. */
static STACK_OF(PKCS12_SAFEBAG) * decrypt_safe(struct reading *reading, const PKCS7 *safe)
{
    const PKCS7_ENC_CONTENT *content =
        safe->d.encrypted == NULL ? NULL : safe->d.encrypted->enc_data;
    if (content == NULL || content->enc_data == NULL) {
        (void)unreadable(reading);
        return NULL;
    }
    if (!admit(reading, content->algorithm))
        return NULL;
    STACK_OF(PKCS12_SAFEBAG) *bags = PKCS12_item_decrypt_d2i_ex(
        content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), reading->password,
        reading->password_size, content->enc_data, 1, reading->library, NULL);
    if (bags == NULL)
        (void)unreadable(reading);
    return bags;
}

static bool take_safe(struct reading *reading, PKCS7 *safe)
{
    int kind = OBJ_obj2nid(safe->type);
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    if (kind == NID_pkcs7_encrypted) {
        bags = decrypt_safe(reading, safe);
    } else if (kind == NID_pkcs7_data) {
        bags = PKCS12_unpack_p7data(safe);
        if (bags == NULL)
            (void)unreadable(reading);
    } else {
        return error_set(reading->err, ERROR_INVALID,
                         "the file is protected with a certificate instead of a password");
    }
    bool ok = bags != NULL && take_bags(reading, bags, 0);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return ok;
}

static bool take_safes(struct reading *reading, const PKCS12 *file)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(file);
    bool ok = safes != NULL || unreadable(reading);
    for (int i = 0; ok && i < sk_PKCS7_num(safes); i++) {
        if (++reading->bag_count > BAGS_LIMIT)
            ok = error_set(reading->err, ERROR_INVALID, "the file has too many parts");
        else
            ok = take_safe(reading, sk_PKCS7_value(safes, i));
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return ok;
}

/* Whether the password is that of the file's MAC. An empty password is written in two ways. A file
 * without MAC is judged by what can be decrypted. */
static bool check_password(struct reading *reading, PKCS12 *file)
{
    const ASN1_INTEGER *iterations = NULL;
    if (PKCS12_mac_present(file) != 1)
        return true;
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
    if (!take_iterations(reading, iterations))
        return false;
    if (PKCS12_verify_mac(file, reading->password, reading->password_size) == 1)
        return true;
    if (reading->password_size > 0 || !take_iterations(reading, iterations))
        return unreadable(reading);
    reading->password = NULL;
    return PKCS12_verify_mac(file, NULL, 0) == 1 || unreadable(reading);
}

static bool read_all(struct reading *reading, struct slice file)
{
    const unsigned char *at = file.data;
    PKCS12 *read = d2i_PKCS12(NULL, &at, (long)file.size);
    bool ok = read != NULL ? check_password(reading, read) : unreadable(reading);
    ok = ok && take_safes(reading, read);
    PKCS12_free(read);
    return ok;
}

bool pfx_bags_read(struct slice file, struct slice password, struct pfx_bags *bags,
                   struct error *err)
{
    char text[PASSWORD_LIMIT + 1] = "";
    struct reading reading = {
        .bags = bags,
        .password = text,
        .password_size = (int)password.size,
        .iterations = ITERATIONS,
        .err = err,
    };
    *bags = (struct pfx_bags){.certificate_count = 0};
    if (password.size > PASSWORD_LIMIT || slice_index_of(password, 0) < password.size)
        return unreadable(&reading);
    if (password.size > 0)
        memcpy(text, password.data, password.size);
    bool ok = read_all(&reading, file);
    for (size_t i = 0; i < 2; i++)
        if (reading.providers[i] != NULL)
            OSSL_PROVIDER_unload(reading.providers[i]);
    OSSL_LIB_CTX_free(reading.library);
    memory_wipe(text, sizeof text);
    ERR_clear_error();
    if (!ok)
        pfx_bags_fini(bags);
    bags->is_foreign = reading.is_foreign;
    return ok;
}

bool pfx_bags_is_pkcs12(struct slice file)
{
    const unsigned char *at = file.data;
    PKCS12 *read = d2i_PKCS12(NULL, &at, (long)file.size);
    ERR_clear_error();
    PKCS12_free(read);
    return read != NULL;
}

void pfx_bags_fini(struct pfx_bags *bags)
{
    for (size_t i = 0; i < bags->certificate_count; i++)
        X509_free(bags->certificates[i]);
    for (size_t i = 0; i < bags->key_count; i++)
        EVP_PKEY_free(bags->keys[i]);
    *bags = (struct pfx_bags){.certificate_count = 0};
}
