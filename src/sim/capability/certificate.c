/* Certificates and keys: what a client adds is parsed, and what is in use stays (spec
 * device-protocols 7.7). */
#include "core/encoding.h"
#include "sim/capability/capability.h"
#include "sim/key_pool.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

#define CERTIFICATES_MOST 12
#define KEYS_MOST         8
#define TRIES_MOST        16

static const char service[] = "AMT_PublicKeyManagementService";
static const char certificate_class[] = "AMT_PublicKeyCertificate";
static const char key_class[] = "AMT_PublicPrivateKeyPair";

/* ---- reading DER ---- */

static X509 *read_certificate(struct slice der)
{
    const unsigned char *at = der.data;
    X509 *certificate = der.size == 0 ? NULL : d2i_X509(NULL, &at, (long)der.size);
    if (certificate != NULL && at != der.data + der.size) { /* something follows */
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

/* The PKCS#1 public part in base64; empty when there is none. */
static struct slice public_key_text(struct arena *arena, const EVP_PKEY *key)
{
    unsigned char *der = NULL;
    struct slice text = {0};
    int size = key == NULL ? 0 : i2d_PublicKey(key, &der);
    if (size > 0)
        text = encoding_base64(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    return text;
}

/* "C=unknown,O=unknown,CN=MPSRoot-0af1d5", in this order whatever the certificate's is. */
static const char *name_text(struct arena *arena, const X509_NAME *name)
{
    static const struct {
        int nid;
        const char *label;
    } parts[] = {
        {NID_countryName, "C"},      {NID_stateOrProvinceName, "ST"},    {NID_localityName, "L"},
        {NID_organizationName, "O"}, {NID_organizationalUnitName, "OU"}, {NID_commonName, "CN"}};
    const char *text = "";
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        int at = X509_NAME_get_index_by_NID((X509_NAME *)name, parts[i].nid, -1);
        unsigned char *value = NULL;
        if (at < 0)
            continue;
        int size =
            ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (size >= 0)
            text = arena_printf(arena, "%s%s%s=%.*s", text, *text == '\0' ? "" : ",",
                                parts[i].label, size, (const char *)value);
        OPENSSL_free(value);
    }
    return text;
}

/* ---- adding ---- */

static bool decode(struct sim_call *call, const char *input, struct slice *der)
{
    return encoding_base64_decode(call->arena, wsman_xml_child_text(call->input, input), der);
}

static uint32_t add_parsed(struct sim_call *call, const X509 *certificate, struct slice text,
                           bool root)
{
    struct sim_device *device = call->device;
    if (sim_object_find(device, certificate_class, "X509Certificate", text) != NULL)
        return SIM_STATUS_DUPLICATE;
    if (sim_object_count(device, certificate_class) >= CERTIFICATES_MOST)
        return SIM_STATUS_MAX_LIMIT;
    const char *id = sim_object_free_name(device, call->arena, certificate_class, "InstanceID",
                                          "Intel(r) AMT Certificate: Handle: ");
    const struct sim_personality_instance *added =
        sim_object_add(device, &wsman_AMT_PublicKeyCertificate);
    sim_object_set(device, added, "ElementName", SLICE_LITERAL("Intel(r) AMT Certificate"));
    sim_object_set(device, added, "InstanceID", slice_of_string(id));
    sim_object_set(device, added, "Issuer",
                   slice_of_string(name_text(call->arena, X509_get_issuer_name(certificate))));
    sim_object_set(device, added, "Subject",
                   slice_of_string(name_text(call->arena, X509_get_subject_name(certificate))));
    sim_object_set(device, added, "TrustedRootCertficate",
                   root ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
    sim_object_set(device, added, "X509Certificate", text);
    sim_call_put_reference(call, "CreatedCertificate",
                           arena_printf(call->arena, "AMT_PublicKeyCertificate?InstanceID=%s", id));
    if (root)
        sim_audit(device, 16, 10, (struct slice){0}, call->now_ms);
    return SIM_OK;
}

static enum sim_fault add_certificate(struct sim_call *call, bool root)
{
    struct slice der;
    X509 *certificate = decode(call, "CertificateBlob", &der) ? read_certificate(der) : NULL;
    if (certificate == NULL) {
        call->return_value = SIM_STATUS_INVALID_CERTIFICATE;
        return SIM_FAULT_NONE;
    }
    call->return_value = add_parsed(call, certificate, encoding_base64(call->arena, der), root);
    X509_free(certificate);
    return SIM_FAULT_NONE;
}

static enum sim_fault add_leaf(struct sim_call *call)
{
    return add_certificate(call, false);
}

static enum sim_fault add_root(struct sim_call *call)
{
    return add_certificate(call, true);
}

/* The private key in DER and base64. */
static struct slice private_key_text(struct arena *arena, const EVP_PKEY *key)
{
    unsigned char *der = NULL;
    struct slice text = {0};
    int size = i2d_PrivateKey(key, &der);
    if (size > 0)
        text = encoding_base64(arena, slice_of(der, (size_t)size));
    OPENSSL_clear_free(der, size > 0 ? (size_t)size : 0);
    return text;
}

/* Keeps a pair; `id` receives its InstanceID. */
static uint32_t keep_key(struct sim_call *call, const EVP_PKEY *key, const char **id)
{
    struct sim_device *device = call->device;
    struct slice text = public_key_text(call->arena, key);
    if (text.size == 0)
        return SIM_STATUS_INVALID_KEY;
    if (sim_object_find(device, key_class, "DERKey", text) != NULL)
        return SIM_STATUS_DUPLICATE;
    if (sim_object_count(device, key_class) >= KEYS_MOST)
        return SIM_STATUS_MAX_LIMIT;
    *id = sim_object_free_name(device, call->arena, key_class, "InstanceID",
                               "Intel(r) AMT Key: Handle: ");
    const struct sim_personality_instance *added =
        sim_object_add(device, &wsman_AMT_PublicPrivateKeyPair);
    sim_object_set(device, added, "DERKey", text);
    sim_object_set(device, added, "ElementName", SLICE_LITERAL("Intel(r) AMT Key"));
    sim_object_set(device, added, "InstanceID", slice_of_string(*id));
    sim_object_keep_secret(device, added, private_key_text(call->arena, key));
    return SIM_OK;
}

/* The reference in the answer names the wrong class: firmware does so (spec 7.7). */
static enum sim_fault add_key(struct sim_call *call)
{
    struct slice der;
    const char *id;
    EVP_PKEY *key = NULL;
    if (decode(call, "KeyBlob", &der) && der.size > 0) {
        const unsigned char *at = der.data;
        key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, (long)der.size);
    }
    call->return_value = keep_key(call, key, &id);
    if (call->return_value == SIM_OK)
        sim_call_put_reference(
            call, "CreatedKey",
            arena_printf(call->arena, "AMT_PublicKeyCertificate?InstanceID=%s", id));
    EVP_PKEY_free(key);
    return SIM_FAULT_NONE;
}

static enum sim_fault generate_key(struct sim_call *call)
{
    uint64_t algorithm, length;
    const char *id;
    if (!sim_input_number(call->input, "KeyAlgorithm", UINT8_MAX, &algorithm) ||
        !sim_input_number(call->input, "KeyLength", UINT32_MAX, &length))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (algorithm != 0 || (length != 2048 && length != 3072)) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    EVP_PKEY *key = NULL;
    unsigned tries = 0;
    do { /* of a pool, until it is one that the device has not */
        EVP_PKEY_free(key);
        key = sim_key_pool_take(call->device->provisioning->keys, (size_t)length);
        call->return_value = keep_key(call, key, &id);
    } while (call->return_value == SIM_STATUS_DUPLICATE && ++tries < TRIES_MOST);
    if (call->return_value == SIM_OK)
        sim_call_put_reference(
            call, "KeyPair",
            arena_printf(call->arena, "AMT_PublicPrivateKeyPair?InstanceID=%s", id));
    EVP_PKEY_free(key);
    return SIM_FAULT_NONE;
}

/* ---- signing ---- */

static EVP_PKEY *private_key_of(struct sim_call *call,
                                const struct sim_personality_instance *instance)
{
    struct slice der;
    struct slice text = sim_object_secret(call->device, instance);
    if (text.size == 0 || !encoding_base64_decode(call->arena, text, &der))
        return NULL;
    const unsigned char *at = der.data;
    return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, (long)der.size);
}

/* The request with a signature; `return_value` says what is wrong when it is empty. */
static struct slice sign_request(struct sim_call *call, EVP_PKEY *key, X509_REQ *request,
                                 uint64_t algorithm)
{
    const EVP_MD *hash = algorithm == 0   ? EVP_sha1()
                         : algorithm == 1 ? EVP_sha256()
                         : algorithm == 2 ? EVP_sha384()
                                          : NULL;
    unsigned char *der = NULL;
    struct slice text = {0};
    call->return_value = SIM_STATUS_UNSUPPORTED;
    if (hash == NULL)
        return text;
    call->return_value = SIM_STATUS_INVALID_PARAMETER;
    int size = X509_REQ_sign(request, key, hash) > 0 ? i2d_X509_REQ(request, &der) : 0;
    if (size > 0) {
        text = encoding_base64(call->arena, slice_of(der, (size_t)size));
        call->return_value = SIM_OK;
    }
    OPENSSL_free(der);
    return text;
}

/* The null-signed request comes from the client, with the public key in it. */
static enum sim_fault request_certificate(struct sim_call *call)
{
    uint64_t algorithm;
    struct slice der, text = {0};
    if (!sim_input_number(call->input, "SigningAlgorithm", UINT8_MAX, &algorithm))
        return SIM_FAULT_SCHEMA_VALIDATION;
    const struct sim_personality_instance *pair = sim_reference_find(
        call->device, sim_reference_text(call->arena, wsman_xml_child(call->input, "KeyPair")));
    EVP_PKEY *key = pair == NULL ? NULL : private_key_of(call, pair);
    X509_REQ *request = NULL;
    if (decode(call, "NullSignedCertificateRequest", &der) && der.size > 0) {
        const unsigned char *at = der.data;
        request = d2i_X509_REQ(NULL, &at, (long)der.size);
    }
    if (key == NULL)
        call->return_value = SIM_STATUS_NOT_FOUND;
    else if (request == NULL)
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
    else
        text = sign_request(call, key, request, algorithm);
    if (text.size > 0)
        sim_envelope_put(call->outputs, 'g', "SignedCertificateRequest", text);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return SIM_FAULT_NONE;
}

/* ---- deleting ---- */

bool sim_is_referred_to(const struct sim_device *device, struct slice reference)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *instance;
    while ((instance = sim_walk_next(&walk)) != NULL) {
        const struct wsman_class *class = wsman_class_find(slice_of_string(instance->class));
        for (const struct wsman_property *property = class == NULL ? NULL : class->properties;
             instance->values != NULL && property != NULL && property->name != NULL; property++) {
            if (property->type == WSMAN_REFERENCE &&
                slice_equal(sim_object_get(device, instance, property->name), reference))
                return true;
        }
    }
    return false;
}

static enum sim_fault check_certificate(struct sim_change *change)
{
    struct slice id = sim_instance_get(change->instance, "InstanceID");
    const char *reference =
        arena_printf(change->arena, "AMT_PublicKeyCertificate?InstanceID=%.*s", SLICE_ARG(id));
    if (sim_is_referred_to(change->device, slice_of_string(reference)))
        return SIM_FAULT_ACCESS_DENIED;
    if (slice_equal_string(sim_instance_get(change->instance, "TrustedRootCertficate"), "true"))
        sim_audit(change->device, 16, 11, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

/* A key goes after the certificate that has it. */
static enum sim_fault check_key(struct sim_change *change)
{
    struct sim_walk walk = {.device = change->device};
    const struct sim_personality_instance *instance;
    struct slice ours = sim_instance_get(change->instance, "DERKey");
    bool used = false;
    while (!used && (instance = sim_walk_next_of(&walk, certificate_class)) != NULL) {
        struct slice der;
        if (!encoding_base64_decode(
                change->arena, sim_object_get(change->device, instance, "X509Certificate"), &der))
            continue;
        X509 *certificate = read_certificate(der);
        if (certificate == NULL)
            continue;
        used = slice_equal(ours, public_key_text(change->arena, X509_get0_pubkey(certificate)));
        X509_free(certificate);
    }
    return used ? SIM_FAULT_ACCESS_DENIED : SIM_FAULT_NONE;
}

const struct sim_capability sim_certificates = {
    .methods =
        (const struct sim_method[]){
            {service, "AddCertificate", add_leaf},
            {service, "AddKey", add_key},
            {service, "AddTrustedRootCertificate", add_root},
            {service, "GenerateKeyPair", generate_key},
            {service, "GeneratePKCS10RequestEx", request_certificate},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = certificate_class, .delete = check_certificate},
            {.class = key_class, .delete = check_key},
            {.class = NULL},
        },
};
