#include "amt/device_key.h"

#include "amt/certificate.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "core/encoding.h"
#include "io/fiber.h"
#include "wsman/reference.h"

#define TAKE_BACK_MS    15000
#define GATHERING_MS    10000
#define GATHERING_TRIES 19

static const struct wsman_target service = {.class = &wsman_AMT_PublicKeyManagementService};

static bool invoke(struct amt *amt, struct arena *arena, const char *method,
                   const struct wsman_value *values, size_t count, const struct wsman_xml **output,
                   struct error *err)
{
    struct wsman_reply reply;
    int64_t value;
    if (!amt_invoke(amt, arena, &service, method, values, count, &reply, &value, err))
        return false;
    if (value != 0)
        return amt_status_refuse(err, method, value);
    *output = wsman_xml_child(reply.body, arena_printf(arena, "%s_OUTPUT", method));
    return true;
}

/* ---- the keys that are there ---- */

/* amt_certificate_list would read four classes where one will do. */
static bool list_keys(struct amt *amt, struct arena *arena, struct amt_items *keys,
                      struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_PublicPrivateKeyPair};
    return amt_enumerate(amt, arena, &target, keys, err);
}

static const struct wsman_xml *find_key(const struct amt_items *keys, struct slice id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (slice_equal(wsman_xml_child_text(keys->items[i], "InstanceID"), id))
            return keys->items[i];
    return NULL;
}

static bool public_of(struct amt *amt, struct arena *arena, struct amt_device_key *key,
                      struct error *err)
{
    struct amt_items keys;
    if (!list_keys(amt, arena, &keys, err))
        return false;
    struct slice text = wsman_xml_child_text(find_key(&keys, key->id), "DERKey");
    return (text.size > 0 && text.size <= 2 * AMT_CERTIFICATE_BYTES &&
            encoding_base64_decode(arena, text, &key->public_der)) ||
           error_set(err, ERROR_PROTOCOL, "the device does not show the key that it has made");
}

/* The answer to GenerateKeyPair never came: a key that was not there before is what came of it. */
static void delete_new(struct amt *amt, struct arena *arena, const struct amt_items *before)
{
    struct amt_items now;
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    if (list_keys(amt, arena, &now, &ignored))
        for (size_t i = 0; i < now.count; i++) {
            struct slice id = wsman_xml_child_text(now.items[i], "InstanceID");
            if (id.size > 0 && find_key(before, id) == NULL)
                (void)amt_certificate_delete_key(amt, arena, id, &ignored);
        }
    io_shield_end(shield);
}

/* Firmware that was set up a moment ago gathers randomness for minutes (spec meshcentral 2, TLS).
 */
static bool is_gathering(int64_t value)
{
    return value == 47 || value == 48 || value == 2061;
}

/* A device that refuses because it is not ready yet is asked again; it has done nothing. */
static bool generate(struct amt *amt, struct arena *arena, struct amt_device_key *key,
                     struct error *err)
{
    const struct wsman_value values[] = {{.name = "KeyAlgorithm", .text = SLICE_LITERAL("0")},
                                         {.name = "KeyLength", .text = SLICE_LITERAL("2048")}};
    struct wsman_reply reply;
    int64_t value = 0;
    for (unsigned tries = 1;; tries++) {
        if (!amt_invoke(amt, arena, &service, "GenerateKeyPair", values, 2, &reply, &value, err))
            return false;
        if (!is_gathering(value) || tries == GATHERING_TRIES)
            break;
        if (!io_sleep(GATHERING_MS, err))
            return false;
    }
    if (value != 0)
        return amt_status_refuse(err, "GenerateKeyPair", value);
    const struct wsman_xml *output = wsman_xml_child(reply.body, "GenerateKeyPair_OUTPUT");
    key->id = wsman_reference_selector(wsman_xml_child(output, "KeyPair"), "InstanceID");
    return key->id.size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the device's answer to GenerateKeyPair has no handle");
}

static bool make(struct amt *amt, struct arena *arena, struct amt_device_key *key,
                 struct error *err)
{
    struct amt_items before;
    if (!list_keys(amt, arena, &before, err))
        return false;
    if (!generate(amt, arena, key, err)) {
        if (err->code != ERROR_DEVICE)
            delete_new(amt, arena, &before);
        return false;
    }
    if (public_of(amt, arena, key, err))
        return true;
    const struct amt_device_certificate made = {.key = *key};
    amt_device_key_take_back(amt, arena, &made);
    return false;
}

bool amt_device_key_make(struct amt *amt, struct arena *arena, struct amt_device_key *key,
                         struct error *err)
{
    struct error why;
    *key = (struct amt_device_key){.id = {NULL, 0}};
    if (make(amt, arena, key, &why))
        return true;
    *key = (struct amt_device_key){.id = {NULL, 0}};
    if (err != NULL)
        *err = why;
    return false;
}

/* ---- certificates for them ---- */

bool amt_device_key_sign(struct amt *amt, struct arena *arena, const struct amt_device_key *key,
                         struct slice draft, struct slice *request, struct error *err)
{
    const struct wsman_selector id = {"InstanceID", key->id};
    const struct wsman_target pair = {
        .class = &wsman_AMT_PublicPrivateKeyPair, .selectors = &id, .selector_count = 1};
    const struct wsman_value values[] = {
        {.name = "KeyPair", .reference = &pair, .address = "/wsman"},
        {.name = "SigningAlgorithm", .text = SLICE_LITERAL("1")},
        {.name = "NullSignedCertificateRequest", .text = encoding_base64(arena, draft)}};
    const struct wsman_xml *output = NULL;
    if (!invoke(amt, arena, "GeneratePKCS10RequestEx", values, 3, &output, err))
        return false;
    struct slice text = wsman_xml_child_text(output, "SignedCertificateRequest");
    return (text.size > 0 && encoding_base64_decode(arena, text, request)) ||
           error_set(err, ERROR_PROTOCOL,
                     "the device's answer to GeneratePKCS10RequestEx has no request");
}

static bool issue(struct amt *amt, struct arena *arena, const struct amt_device_key_issuer *issuer,
                  struct amt_device_certificate *made, struct error *err)
{
    struct slice draft, request = {NULL, 0};
    if (issuer->draft != NULL &&
        !(issuer->draft(issuer->context, arena, &made->key, &draft, err) &&
          amt_device_key_sign(amt, arena, &made->key, draft, &request, err)))
        return false;
    return issuer->issue(issuer->context, arena, &made->key, request, &made->der, err);
}

/* The answer to AddCertificate never came. */
static void delete_lost(struct amt *amt, struct arena *arena, struct slice der)
{
    struct amt_certificates there;
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    if (amt_certificate_list(amt, arena, &there, &ignored)) {
        const struct amt_certificate *lost = amt_certificate_same(&there, der, false);
        if (lost != NULL)
            (void)amt_certificate_delete(amt, arena, lost->id, &ignored);
    }
    io_shield_end(shield);
}

static bool add(struct amt *amt, struct arena *arena, struct amt_device_certificate *made,
                struct error *err)
{
    int64_t value;
    if (!amt_certificate_add(amt, arena, made->der, false, &made->id, &value, err)) {
        if (err->code != ERROR_DEVICE)
            delete_lost(amt, arena, made->der);
        return false;
    }
    return value == 0 || amt_status_refuse(err, "AddCertificate", value);
}

bool amt_device_key_enrol(struct amt *amt, struct arena *arena,
                          const struct amt_device_key_issuer *issuer,
                          struct amt_device_certificate *certificate, struct error *err)
{
    struct error why;
    *certificate = (struct amt_device_certificate){.id = {NULL, 0}};
    bool ok = amt_device_key_make(amt, arena, &certificate->key, &why);
    if (ok &&
        !(issue(amt, arena, issuer, certificate, &why) && add(amt, arena, certificate, &why))) {
        amt_device_key_take_back(amt, arena, certificate);
        ok = false;
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

/* The certificate before the key that it is for. */
void amt_device_key_take_back(struct amt *amt, struct arena *arena,
                              const struct amt_device_certificate *certificate)
{
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    if (certificate->id.size > 0)
        (void)amt_certificate_delete(amt, arena, certificate->id, &ignored);
    if (certificate->key.id.size > 0)
        (void)amt_certificate_delete_key(amt, arena, certificate->key.id, &ignored);
    io_shield_end(shield);
}
