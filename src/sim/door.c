#include "sim/door.h"

#include "core/encoding.h"
#include "sim/method.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>

#define ROOTS_MOST 12

static const char settings[] = "AMT_TLSSettingData";

static struct slice settings_id(bool local)
{
    return local ? SLICE_LITERAL("Intel(r) AMT LMS TLS Settings")
                 : SLICE_LITERAL("Intel(r) AMT 802.3 TLS Settings");
}

static const struct sim_personality_instance *settings_of(const struct sim_device *device,
                                                          bool local)
{
    return sim_object_find(device, settings, "InstanceID", settings_id(local));
}

static bool is_true(const struct sim_device *device,
                    const struct sim_personality_instance *instance, const char *name)
{
    return instance != NULL && slice_equal_string(sim_object_get(device, instance, name), "true");
}

/* TrustedCN: all stored values of the property. */
static void take_names(struct sim_device *device, bool local)
{
    struct sim_door *door = &device->provisioning->doors[local];
    const struct sim_personality_instance *instance = settings_of(device, local);
    const struct wsman_property *property =
        wsman_property_find(&wsman_AMT_TLSSettingData, SLICE_LITERAL("TrustedCN"));
    door->name_count = 0;
    for (const struct sim_stored *stored = device->stored;
         stored != NULL && door->name_count < SIM_DOOR_NAMES; stored = stored->next) {
        if (stored->instance == instance && stored->property == property && stored->text != NULL)
            snprintf(door->names[door->name_count++], sizeof(door->names[0]), "%s", stored->text);
    }
}

/* The certificate of AMT_TLSCredentialContext. */
static void take_certificate(struct sim_device *device)
{
    struct sim_provisioning *p = device->provisioning;
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *context =
        sim_walk_next_of(&walk, "AMT_TLSCredentialContext");
    p->shown[0] = '\0';
    if (context != NULL)
        snprintf(p->shown, sizeof(p->shown), "%.*s",
                 SLICE_ARG(sim_object_get(device, context, "ElementInContext")));
}

void sim_door_take_names(struct sim_device *device)
{
    take_names(device, false);
    take_names(device, true);
}

void sim_door_commit(struct sim_device *device)
{
    if (!device->provisioning->doors_follow &&
        sim_object_find(device, settings, "Enabled", SLICE_LITERAL("true")) == NULL)
        return; /* nobody has asked for anything else yet */
    device->provisioning->doors_follow = true;
    for (int local = 0; local < 2; local++) {
        const struct sim_personality_instance *at = settings_of(device, local != 0);
        device->provisioning->doors[local] = (struct sim_door){
            .tls = is_true(device, at, "Enabled"),
            .plain = !is_true(device, at, "Enabled") ||
                     is_true(device, at, "AcceptNonSecureConnections"),
            .mutual = is_true(device, at, "MutualAuthentication"),
        };
    }
    sim_door_take_names(device);
    take_certificate(device);
}

void sim_door_reset(struct sim_device *device)
{
    device->provisioning->shown[0] = '\0';
    for (int local = 0; local < 2; local++)
        device->provisioning->doors[local] = (struct sim_door){.plain = true};
}

static bool is_tls_port(uint16_t port)
{
    return port == 16993 || port == 664 || port == 16995;
}

bool sim_door_is_open(const struct sim_device *device, uint16_t port, bool local)
{
    const struct sim_door *door = &device->provisioning->doors[local];
    if (!sim_personality_has_port(device->personality, port) || device->provisioning->switched_off)
        return false;
    if (!device->provisioning->doors_follow || sim_provisioning_is_tls_only(device))
        return true;
    if (local && port == 16993 && sim_provisioning_has_started(device))
        return true;
    return is_tls_port(port) ? door->tls : door->plain;
}

/* ---- what TLS shows ---- */

static struct slice decoded(const struct sim_device *device, struct arena *arena,
                            const struct sim_personality_instance *instance, const char *name)
{
    struct slice der = {0};
    struct slice text = sim_object_get(device, instance, name);
    if (!encoding_base64_decode(arena, text, &der))
        return (struct slice){0};
    return der;
}

/* The PKCS#1 public key of a certificate in base64, as key pairs have it; empty for none. */
static struct slice key_of(struct arena *arena, struct slice der)
{
    const unsigned char *at = der.data;
    unsigned char *public = NULL;
    struct slice text = {0};
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    EVP_PKEY *key = certificate == NULL ? NULL : X509_get0_pubkey(certificate);
    int size = key == NULL ? 0 : i2d_PublicKey(key, &public);
    if (size > 0)
        text = encoding_base64(arena, slice_of(public, (size_t)size));
    OPENSSL_free(public);
    X509_free(certificate);
    ERR_clear_error();
    return text;
}

/* The certificate that AMT_TLSCredentialContext named, when its private key is here, too. */
static void put_certificate(const struct sim_device *device, struct arena *arena,
                            struct sim_tls_dress *dress)
{
    const struct sim_personality_instance *certificate =
        sim_reference_find(device, slice_of_string(device->provisioning->shown));
    if (certificate == NULL)
        return;
    struct slice der = decoded(device, arena, certificate, "X509Certificate"), key;
    const struct sim_personality_instance *pair =
        der.size == 0
            ? NULL
            : sim_object_find(device, "AMT_PublicPrivateKeyPair", "DERKey", key_of(arena, der));
    if (pair == NULL || !encoding_base64_decode(arena, sim_object_secret(device, pair), &key) ||
        key.size == 0)
        return;
    dress->certificate = der;
    dress->key = key;
}

static void put_roots(const struct sim_device *device, struct arena *arena,
                      struct sim_tls_dress *dress)
{
    struct sim_walk walk = {.device = device};
    struct slice *roots = arena_array(arena, ROOTS_MOST, sizeof(*roots));
    const struct sim_personality_instance *at;
    while ((at = sim_walk_next_of(&walk, "AMT_PublicKeyCertificate")) != NULL &&
           dress->root_count < ROOTS_MOST) {
        if (is_true(device, at, "TrustedRootCertficate"))
            roots[dress->root_count++] = decoded(device, arena, at, "X509Certificate");
    }
    dress->roots = roots;
}

static void put_names(const struct sim_door *door, struct arena *arena, struct sim_tls_dress *dress)
{
    struct slice *names = arena_array(arena, SIM_DOOR_NAMES, sizeof(*names));
    for (size_t i = 0; i < door->name_count; i++)
        names[i] = slice_of_string(door->names[i]);
    dress->names = names;
    dress->name_count = door->name_count;
}

struct sim_tls_dress sim_door_dress(const struct sim_device *device, bool local,
                                    struct arena *arena)
{
    const struct sim_door *door = &device->provisioning->doors[local];
    struct sim_tls_dress dress = {0};
    if (local && sim_provisioning_has_started(device)) {
        const struct sim_root_hash *client = &device->provisioning->client;
        dress.client = slice_of(client->bytes, client->size);
        return dress;
    }
    if (!device->provisioning->doors_follow || !door->tls)
        return dress;
    put_certificate(device, arena, &dress);
    dress.mutual = door->mutual;
    if (dress.mutual) {
        put_roots(device, arena, &dress);
        put_names(door, arena, &dress);
    }
    return dress;
}
