#include "amt/certificate.h"

#include "amt/reading.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "wsman/reference.h"

#include <string.h>

#define WIRELESS_PREFIX "Intel(r) AMT:IEEE 802.1x Settings "

/* ---- reading ---- */

/* Base64 with line breaks, as some sources have it; empty when it is none, or is longer than any
 * certificate of firmware: every key is looked for in every certificate. */
static struct slice decode(struct arena *arena, struct slice text)
{
    if (text.size > 2 * AMT_CERTIFICATE_BYTES)
        return (struct slice){NULL, 0};
    uint8_t *plain = arena_alloc(arena, text.size + 1);
    struct slice der = {NULL, 0};
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] > ' ')
            plain[size++] = text.data[i];
    return encoding_base64_decode(arena, slice_of(plain, size), &der) &&
                   der.size <= AMT_CERTIFICATE_BYTES
               ? der
               : (struct slice){NULL, 0};
}

static size_t bounded(const struct amt_items *items)
{
    return items->count < AMT_CERTIFICATES_LIMIT ? items->count : AMT_CERTIFICATES_LIMIT;
}

static void take_certificates(struct amt_certificates *all, struct arena *arena,
                              const struct amt_items *items)
{
    all->count = bounded(items);
    all->certificates = arena_array(arena, all->count, sizeof *all->certificates);
    for (size_t i = 0; i < all->count; i++) {
        const struct wsman_xml *instance = items->items[i];
        all->certificates[i] = (struct amt_certificate){
            .instance = instance,
            .id = wsman_xml_child_text(instance, "InstanceID"),
            .der = decode(arena, wsman_xml_child_text(instance, "X509Certificate")),
            .trusted_root = wsman_xml_child_is_true(
                instance, "TrustedRootCertficate"), /* as firmware spells it */
            .read_only = wsman_xml_child_is_true(instance, "ReadOnlyCertificate"),
        };
    }
}

static void take_keys(struct amt_certificates *all, struct arena *arena,
                      const struct amt_items *items)
{
    all->key_count = bounded(items);
    all->keys = arena_array(arena, all->key_count, sizeof *all->keys);
    for (size_t i = 0; i < all->key_count; i++)
        all->keys[i] = (struct amt_key){
            .instance = items->items[i],
            .id = wsman_xml_child_text(items->items[i], "InstanceID"),
            .der = decode(arena, wsman_xml_child_text(items->items[i], "DERKey")),
        };
}

/* ---- which key belongs to which certificate ---- */

static struct amt_certificate *certificate_of(struct amt_certificates *all, struct slice id)
{
    for (size_t i = 0; id.size > 0 && i < all->count; i++)
        if (slice_equal(all->certificates[i].id, id))
            return &all->certificates[i];
    return NULL;
}

static struct amt_key *key_of(struct amt_certificates *all, struct slice id)
{
    for (size_t i = 0; id.size > 0 && i < all->key_count; i++)
        if (slice_equal(all->keys[i].id, id))
            return &all->keys[i];
    return NULL;
}

static void link_pair(struct amt_certificate *certificate, struct amt_key *key)
{
    if (certificate == NULL || key == NULL || certificate->key != NULL || key->certificate != NULL)
        return;
    certificate->key = key;
    key->certificate = certificate;
}

/* What the device says. Handles are compared, not classes: firmware is known to name the class of
 * certificates in a reference to a key (spec device-protocols 7.7). */
static void link_by_dependency(struct amt_certificates *all, const struct amt_items *dependencies)
{
    for (size_t i = 0; i < dependencies->count; i++) {
        const struct wsman_xml *item = dependencies->items[i];
        struct slice one =
            wsman_reference_selector(wsman_xml_child(item, "Antecedent"), "InstanceID");
        struct slice other =
            wsman_reference_selector(wsman_xml_child(item, "Dependent"), "InstanceID");
        link_pair(certificate_of(all, one), key_of(all, other));
        link_pair(certificate_of(all, other), key_of(all, one));
    }
}

/* A certificate holds its public key in the very bytes that DERKey has. */
static void link_by_content(struct amt_certificates *all)
{
    for (size_t i = 0; i < all->key_count; i++) {
        struct amt_key *key = &all->keys[i];
        for (size_t k = 0; key->der.size > 0 && key->certificate == NULL && k < all->count; k++) {
            struct amt_certificate *certificate = &all->certificates[k];
            if (!certificate->trusted_root && certificate->der.size > key->der.size &&
                memmem(certificate->der.data, certificate->der.size, key->der.data,
                       key->der.size) != NULL)
                link_pair(certificate, key);
        }
    }
}

/* ---- what uses them ---- */

static bool read_user(const struct wsman_xml *provider, enum amt_certificate_user *user,
                      struct slice *profile)
{
    const struct wsman_class *class = wsman_reference_class(provider);
    *profile = wsman_reference_selector(provider, "InstanceID");
    if (class == &wsman_AMT_TLSProtocolEndpointCollection) {
        *user = AMT_CERTIFICATE_TLS;
        *profile = wsman_reference_selector(provider, "ElementName");
    } else if (class == &wsman_CIM_IEEE8021xSettings) {
        *user = AMT_CERTIFICATE_WIRELESS;
        if (slice_starts_with(*profile, SLICE_LITERAL(WIRELESS_PREFIX)))
            *profile = slice_from(*profile, sizeof WIRELESS_PREFIX - 1);
    } else if (class == &wsman_IPS_IEEE8021xSettings || class == &wsman_AMT_8021XProfile) {
        *user = AMT_CERTIFICATE_WIRED;
    } else {
        return false;
    }
    *profile = slice_first(*profile, AMT_CERTIFICATE_NAME);
    return true;
}

static const char *name_of_use(struct arena *arena, enum amt_certificate_user user,
                               struct slice profile)
{
    switch (user) {
    case AMT_CERTIFICATE_TLS:
        return "TLS";
    case AMT_CERTIFICATE_WIRED:
        return "Wired";
    case AMT_CERTIFICATE_WIRELESS:
        break;
    }
    return arena_printf(arena, "Wireless - %.*s", SLICE_ARG(profile));
}

static struct amt_certificate_use *use_of(struct amt_certificates *all, struct arena *arena,
                                          enum amt_certificate_user user, struct slice profile)
{
    for (size_t i = 0; i < all->use_count; i++)
        if (all->uses[i].user == user && slice_equal(all->uses[i].profile, profile))
            return &all->uses[i];
    if (all->use_count == AMT_CERTIFICATES_LIMIT)
        return NULL;
    struct amt_certificate_use *use = &all->uses[all->use_count++];
    *use = (struct amt_certificate_use){
        .user = user, .profile = profile, .name = name_of_use(arena, user, profile)};
    return use;
}

static void take_uses(struct amt_certificates *all, struct arena *arena,
                      const struct amt_items *contexts)
{
    all->uses = arena_array(arena, AMT_CERTIFICATES_LIMIT, sizeof *all->uses);
    for (size_t i = 0; i < contexts->count; i++) {
        const struct wsman_xml *item = contexts->items[i];
        const struct amt_certificate *certificate = certificate_of(
            all, wsman_reference_selector(wsman_xml_child(item, "ElementInContext"), "InstanceID"));
        enum amt_certificate_user user;
        struct slice profile;
        if (certificate == NULL ||
            !read_user(wsman_xml_child(item, "ElementProvidingContext"), &user, &profile))
            continue;
        struct amt_certificate_use *use = use_of(all, arena, user, profile);
        if (use == NULL)
            continue;
        if (certificate->trusted_root)
            use->root = certificate;
        else
            use->client = certificate;
    }
}

bool amt_certificate_list(struct amt *amt, struct arena *arena,
                          struct amt_certificates *certificates, struct error *err)
{
    enum { CERTIFICATES, KEYS, DEPENDENCIES, CONTEXTS, COUNT };
    struct amt_reading readings[COUNT] = {
        [CERTIFICATES] = AMT_READ_ENUMERATE(AMT_PublicKeyCertificate),
        [KEYS] = AMT_READ_ENUMERATE(AMT_PublicPrivateKeyPair),
        [DEPENDENCIES] = AMT_READ_ENUMERATE(CIM_ConcreteDependency),
        [CONTEXTS] = AMT_READ_ENUMERATE(CIM_CredentialContext),
    };
    for (size_t i = KEYS; i < COUNT; i++)
        readings[i].optional = true;
    *certificates = (struct amt_certificates){.count = 0};
    if (!amt_read(amt, arena, readings, COUNT, err))
        return amt_reading_is_absent(&readings[CERTIFICATES])
                   ? error_set(err, ERROR_UNSUPPORTED, "%s", readings[CERTIFICATES].err.text)
                   : false;
    take_certificates(certificates, arena, &readings[CERTIFICATES].items);
    take_keys(certificates, arena, &readings[KEYS].items);
    link_by_dependency(certificates, &readings[DEPENDENCIES].items);
    link_by_content(certificates);
    take_uses(certificates, arena, &readings[CONTEXTS].items);
    return true;
}

/* ---- looking things up ---- */

const struct amt_certificate *amt_certificate_find(const struct amt_certificates *certificates,
                                                   struct slice id)
{
    for (size_t i = 0; i < certificates->count; i++)
        if (slice_equal(certificates->certificates[i].id, id))
            return &certificates->certificates[i];
    return NULL;
}

const struct amt_certificate *amt_certificate_same(const struct amt_certificates *certificates,
                                                   struct slice der, bool trusted_root)
{
    for (size_t i = 0; i < certificates->count; i++) {
        const struct amt_certificate *one = &certificates->certificates[i];
        if (one->trusted_root == trusted_root && one->der.size > 0 && slice_equal(one->der, der))
            return one;
    }
    return NULL;
}

const struct amt_key *amt_certificate_same_key(const struct amt_certificates *certificates,
                                               struct slice public_der)
{
    for (size_t i = 0; i < certificates->key_count; i++) {
        const struct amt_key *key = &certificates->keys[i];
        if (key->der.size > 0 && slice_equal(key->der, public_der))
            return key;
    }
    return NULL;
}

/* True at ",O=…": where the next part of a name starts, unlike a comma inside one. */
static bool is_next_part(struct slice rest)
{
    size_t letters = 1;
    while (letters < rest.size && rest.data[letters] >= 'A' && rest.data[letters] <= 'Z')
        letters++;
    return letters > 1 && letters < rest.size && rest.data[letters] == '=';
}

/* The common name in "C=unknown,O=unknown,CN=MPSRoot-0af1d5"; empty: it has none. */
static struct slice common_name(struct slice subject)
{
    size_t at = 0;
    while (at < subject.size &&
           !((at == 0 || subject.data[at - 1] == ',' || subject.data[at - 1] == ' ') &&
             slice_starts_with(slice_from(subject, at), SLICE_LITERAL("CN="))))
        at++;
    struct slice name = slice_from(subject, at + 3);
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] == ',' && is_next_part(slice_from(name, i)))
            name = slice_first(name, i);
    return slice_trim(name);
}

struct slice amt_certificate_name(const struct amt_certificate *certificate)
{
    struct slice name = common_name(wsman_xml_child_text(certificate->instance, "Subject"));
    return name.size > 0 ? name : certificate->id;
}

struct slice amt_certificate_issuer(const struct amt_certificate *certificate)
{
    return common_name(wsman_xml_child_text(certificate->instance, "Issuer"));
}

bool amt_certificate_is_used_by(const struct amt_certificate *certificate,
                                const struct amt_certificate_use *use)
{
    return use->root == certificate || use->client == certificate;
}

/* ---- changing ---- */

static bool add_blob(struct amt *amt, struct arena *arena, const char *method, const char *input,
                     const char *output, struct slice der, struct slice *id, int64_t *return_value,
                     struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_PublicKeyManagementService};
    struct slice text = encoding_base64(arena, der);
    const struct wsman_value value = {.name = input, .text = text};
    struct wsman_reply reply;
    bool ok = amt_invoke(amt, arena, &target, method, &value, 1, &reply, return_value, err);
    memory_wipe((uint8_t *)(uintptr_t)text.data, text.size);
    if (!ok || *return_value != 0)
        return ok;
    const struct wsman_xml *answer =
        wsman_xml_child(reply.body, arena_printf(arena, "%s_OUTPUT", method));
    *id = wsman_reference_selector(wsman_xml_child(answer, output), "InstanceID");
    return id->size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the device's answer to %s has no handle", method);
}

bool amt_certificate_add(struct amt *amt, struct arena *arena, struct slice der, bool trusted_root,
                         struct slice *id, int64_t *return_value, struct error *err)
{
    return add_blob(amt, arena, trusted_root ? "AddTrustedRootCertificate" : "AddCertificate",
                    "CertificateBlob", "CreatedCertificate", der, id, return_value, err);
}

bool amt_certificate_add_key(struct amt *amt, struct arena *arena, struct slice der,
                             struct slice *id, int64_t *return_value, struct error *err)
{
    return add_blob(amt, arena, "AddKey", "KeyBlob", "CreatedKey", der, id, return_value, err);
}

static bool delete_instance(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                            struct slice id, struct error *err)
{
    const struct wsman_selector selector = {"InstanceID", id};
    const struct wsman_target target = {
        .class = class, .selectors = &selector, .selector_count = 1};
    struct wsman_reply reply;
    return amt_delete(amt, arena, &target, &reply, err);
}

bool amt_certificate_delete(struct amt *amt, struct arena *arena, struct slice id,
                            struct error *err)
{
    return delete_instance(amt, arena, &wsman_AMT_PublicKeyCertificate, id, err);
}

bool amt_certificate_delete_key(struct amt *amt, struct arena *arena, struct slice id,
                                struct error *err)
{
    return delete_instance(amt, arena, &wsman_AMT_PublicPrivateKeyPair, id, err);
}
