#include "io/certificate_facts.h"

#include "core/encoding.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#define DNS_NAMES_LIMIT 100

static const char *text_of(struct arena *arena, const ASN1_STRING *string)
{
    unsigned char *utf8 = NULL;
    int size = string == NULL ? -1 : ASN1_STRING_to_UTF8(&utf8, string);
    const char *text = size < 0 ? "" : arena_string(arena, slice_of(utf8, (size_t)size));
    OPENSSL_free(utf8);
    return text;
}

static const char *common_name_of(struct arena *arena, const X509_NAME *name)
{
    int place = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    const X509_NAME_ENTRY *entry = place < 0 ? NULL : X509_NAME_get_entry(name, place);
    return text_of(arena, entry == NULL ? NULL : X509_NAME_ENTRY_get_data(entry));
}

static const char *serial_of(struct arena *arena, const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *decimal = number == NULL ? NULL : BN_bn2dec(number);
    const char *text = decimal == NULL ? "" : arena_string(arena, slice_of_string(decimal));
    OPENSSL_free(decimal);
    BN_free(number);
    return text;
}

/* 0 for a time that cannot be read. */
static int64_t time_of(const ASN1_TIME *time)
{
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    if (epoch == NULL || ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
        days = seconds = 0;
    ASN1_TIME_free(epoch);
    return ((int64_t)days * 86400 + seconds) * 1000;
}

static void read_dns_names(struct arena *arena, const X509 *certificate,
                           struct io_certificate_facts *facts)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    facts->dns_names = arena_array(arena, DNS_NAMES_LIMIT, sizeof *facts->dns_names);
    facts->dns_count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && facts->dns_count < DNS_NAMES_LIMIT; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS)
            facts->dns_names[facts->dns_count++] = text_of(arena, name->d.dNSName);
    }
    GENERAL_NAMES_free(names);
}

static void read_key(const X509 *certificate, struct io_certificate_facts *facts)
{
    static const struct {
        int type;
        const char *name;
    } names[] = {
        {EVP_PKEY_RSA, "RSA"}, {EVP_PKEY_RSA_PSS, "RSA"},     {EVP_PKEY_EC, "ECDSA"},
        {EVP_PKEY_DSA, "DSA"}, {EVP_PKEY_ED25519, "Ed25519"}, {EVP_PKEY_ED448, "Ed448"},
    };
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    facts->algorithm = "unknown";
    facts->bits = 0;
    if (key == NULL)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (EVP_PKEY_get_base_id(key) == names[i].type)
            facts->algorithm = names[i].name;
    facts->bits = EVP_PKEY_get_bits(key);
}

static bool hash(const X509 *certificate, const EVP_MD *kind, size_t size, char *text)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, kind, digest, &length) != 1 || length != size)
        return false;
    encoding_hex(slice_of(digest, length), text);
    return true;
}

bool io_certificate_describe(struct arena *arena, struct slice der,
                             struct io_certificate_facts *facts, struct error *err)
{
    const unsigned char *at = der.data;
    X509 *certificate = der.size > 1 << 20 ? NULL : d2i_X509(NULL, &at, (long)der.size);
    bool ok = certificate != NULL && hash(certificate, EVP_sha1(), 20, facts->sha1) &&
              hash(certificate, EVP_sha256(), 32, facts->sha256);
    if (ok) {
        facts->common_name = common_name_of(arena, X509_get_subject_name(certificate));
        facts->issuer_name = common_name_of(arena, X509_get_issuer_name(certificate));
        facts->serial = serial_of(arena, certificate);
        facts->not_before = time_of(X509_get0_notBefore(certificate));
        facts->not_after = time_of(X509_get0_notAfter(certificate));
        read_dns_names(arena, certificate, facts);
        read_key(certificate, facts);
    }
    X509_free(certificate);
    ERR_clear_error();
    return ok || error_set(err, ERROR_PROTOCOL, "the device's certificate cannot be read");
}

static bool is_common_name(X509 *certificate, const char *name)
{
    struct arena arena;
    arena_init(&arena);
    bool same = strcasecmp(common_name_of(&arena, X509_get_subject_name(certificate)), name) == 0;
    arena_fini(&arena);
    return same;
}

bool io_certificate_is_for(struct slice der, const char *name)
{
    const unsigned char *at = der.data;
    X509 *certificate = der.size > 1 << 20 ? NULL : d2i_X509(NULL, &at, (long)der.size);
    bool ok = certificate != NULL && name[0] != '\0' &&
              (X509_check_host(certificate, name, 0, 0, NULL) == 1 ||
               X509_check_ip_asc(certificate, name, 0) == 1 || is_common_name(certificate, name));
    X509_free(certificate);
    ERR_clear_error();
    return ok;
}
