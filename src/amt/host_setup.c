#include "amt/host_setup.h"

#include "amt/reading.h"
#include "amt/status.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"
#include "http/digest.h"
#include "io/fiber.h"

#include <inttypes.h>
#include <string.h>

#define ANSWER_MS    60000 /* of a call that must not be lost; AdminSetup alone may take 12 s */
#define LOST_MS      20000 /* until a device whose answer was lost says what it did */
#define POLL_MS      1000
#define REALM_PREFIX "Digest:"
#define REALM_DIGITS 32
#define NONCE_BYTES  20
#define MODE_LIMIT   2
#define CHAIN_WHOLE  2 /* CertChainStatus */
#define DATA_MISSING 2057

static const struct wsman_target setup_service = {.class = &wsman_IPS_HostBasedSetupService};
static const struct wsman_target configuration = {.class = &wsman_AMT_SetupAndConfigurationService};

/* ---- what return values mean (spec device-protocols 5.4, 7.2, 7.3) ---- */

struct meaning {
    int64_t value;
    const char *name;
    const char *advice;
};

static const struct meaning of_setup[] = {
    {1, "INTERNAL_ERROR", "its firmware failed; restart the machine and try again"},
    {2, "INVALID_STATE", "it is set up already, or another tool is doing it; unprovision it first"},
    {3, "INVALID_PARAM", "it takes the password or a nonce for invalid"},
    {4, "METHOD_DISABLED", "this control mode is disabled on it"},
    {5, "AUTH_FAILED",
     "the certificate must be for the DNS suffix that DHCP or MEBx gave it, and lead to a root "
     "whose "
     "hash is active in it"},
    {6, "FLASH_WRITE_LIMIT_EXCEEDED", "its flash takes no more changes for now; try again later"},
};

static const struct meaning of_certificate[] = {
    {1, "INVALID_PARAM", "it cannot read the certificate"},
    {2, "INTERNAL_ERROR", "its firmware failed; restart the machine and try again"},
    {3, "INVALID_STATE",
     "it is set up already, or holds the chain of an earlier attempt; restart it"},
    {4, "CERT_VERIFY_FAILED",
     "the certificate is not signed by the next one, or expired by its clock"},
    {5, "CERT_CHAIN_LENGTH_EXCEEDED", "it takes four certificates at most"},
};

static bool refuse(const struct meaning *table, size_t count, const char *method, int64_t value,
                   struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].value == value)
            return error_set(err, ERROR_DEVICE, "the device refuses %s: %s (%" PRId64 "): %s",
                             method, table[i].name, value, table[i].advice);
    return amt_status_refuse(err, method, value);
}

#define REFUSE(table, method, value, err) \
    refuse(table, sizeof(table) / sizeof((table)[0]), method, value, err)

/* ---- reading ---- */

static bool is_realm(struct slice realm)
{
    uint8_t ignored[REALM_DIGITS / 2];
    return slice_starts_with(realm, SLICE_LITERAL(REALM_PREFIX)) &&
           encoding_hex_decode(slice_from(realm, sizeof REALM_PREFIX - 1), ignored, sizeof ignored);
}

static bool take_mode(const struct wsman_xml *service, unsigned *mode, struct error *err)
{
    uint64_t value = 0;
    if (!slice_to_u64(wsman_xml_child_text(service, "CurrentControlMode"), MODE_LIMIT, &value))
        return error_set(err, ERROR_PROTOCOL, "the device does not say its control mode");
    *mode = (unsigned)value;
    return true;
}

static void take_allowed(const struct wsman_xml *service, struct amt_setup_state *state)
{
    bool named = false;
    const struct wsman_xml *child = service->first;
    for (; child != NULL; child = child->next) {
        if (!slice_equal_string(child->name, "AllowedControlModes"))
            continue;
        named = true;
        state->admin_allowed |= slice_equal_string(slice_trim(child->text), "2");
        state->client_allowed |= slice_equal_string(slice_trim(child->text), "1");
    }
    if (!named)
        state->admin_allowed = state->client_allowed = true;
}

static bool take_nonce(struct arena *arena, const struct wsman_xml *service,
                       uint8_t nonce[NONCE_BYTES], struct error *err)
{
    struct slice bytes;
    struct slice text = wsman_xml_child_text(service, "ConfigurationNonce");
    if (text.size > 64 || !encoding_base64_decode(arena, text, &bytes) || bytes.size != NONCE_BYTES)
        return error_set(err, ERROR_PROTOCOL, "the device's nonce does not have 20 bytes");
    memcpy(nonce, bytes.data, NONCE_BYTES);
    return true;
}

static bool take_service(struct arena *arena, const struct wsman_xml *service,
                         struct amt_setup_state *state, struct error *err)
{
    uint64_t chain = 0;
    take_allowed(service, state);
    (void)slice_to_u64(wsman_xml_child_text(service, "CertChainStatus"), UINT32_MAX, &chain);
    state->chain_begun = chain != 0;
    state->chain_whole = chain == CHAIN_WHOLE;
    return take_mode(service, &state->control_mode, err) &&
           take_nonce(arena, service, state->nonce, err);
}

/* PlatformGUID and UUID are the SMBIOS bytes as they are there (spec device-protocols 1.1). */
static void take_guid(struct amt *amt, struct arena *arena, const struct wsman_xml *package,
                      struct amt_setup_state *state)
{
    uint8_t raw[16];
    struct wsman_reply reply;
    struct slice bytes;
    struct error ignored;
    int64_t value;
    state->has_guid =
        encoding_hex_decode(wsman_xml_child_text(package, "PlatformGUID"), raw, sizeof raw);
    if (!state->has_guid &&
        amt_invoke(amt, arena, &configuration, "GetUuid", NULL, 0, &reply, &value, &ignored) &&
        value <= 0 && /* the recorded answer has no ReturnValue */
        encoding_base64_decode(
            arena, wsman_xml_child_text(wsman_xml_child(reply.body, "GetUuid_OUTPUT"), "UUID"),
            &bytes) &&
        bytes.size == sizeof raw) {
        memcpy(raw, bytes.data, sizeof raw);
        state->has_guid = true;
    }
    if (state->has_guid)
        state->guid = guid_from_smbios(raw);
}

bool amt_setup_read(struct amt *amt, struct arena *arena, struct amt_setup_state *state,
                    struct error *err)
{
    enum { SETTINGS, SERVICE, PACKAGE, COUNT };
    struct amt_reading readings[COUNT] = {
        [SETTINGS] = AMT_READ_GET(AMT_GeneralSettings),
        [SERVICE] = AMT_READ_GET(IPS_HostBasedSetupService),
        [PACKAGE] = AMT_READ_GET(CIM_ComputerSystemPackage),
    };
    readings[SERVICE].optional = true;
    readings[PACKAGE].optional = readings[PACKAGE].tolerant = true;
    *state = (struct amt_setup_state){.control_mode = 0};
    if (!amt_read(amt, arena, readings, COUNT, err))
        return false;
    const struct wsman_xml *service = amt_reading_instance(&readings[SERVICE]);
    if (service == NULL)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the device's firmware cannot be set up from its host");
    const struct wsman_xml *settings = amt_reading_instance(&readings[SETTINGS]);
    state->realm = wsman_xml_child_text(settings, "DigestRealm");
    state->host_name = wsman_xml_child_text(settings, "HostName");
    if (!is_realm(state->realm))
        return error_set(err, ERROR_PROTOCOL, "Not a valid digest realm.");
    if (!take_service(arena, service, state, err))
        return false;
    take_guid(amt, arena, amt_reading_instance(&readings[PACKAGE]), state);
    return true;
}

static bool get_service(struct amt *amt, struct arena *arena, const struct wsman_xml **service,
                        struct error *err)
{
    struct wsman_reply reply;
    if (!amt_get(amt, arena, &setup_service, &reply, err))
        return false;
    *service = amt_instance(&reply, setup_service.class);
    return *service != NULL ||
           error_set(err, ERROR_PROTOCOL, "the device answered with another class");
}

bool amt_setup_read_mode(struct amt *amt, struct arena *arena, unsigned *mode, struct error *err)
{
    const struct wsman_xml *service;
    return get_service(amt, arena, &service, err) && take_mode(service, mode, err);
}

/* ---- calls that set a device up ---- */

/* The answer did not come, or was none: the device may have done it. */
static bool is_lost(const struct error *err)
{
    return err->code == ERROR_TIMEOUT || err->code == ERROR_CONNECTION ||
           err->code == ERROR_PROTOCOL || err->code == ERROR_CANCELLED;
}

/* Asks until the device is in the mode, says that we may not ask, or time is over. */
static bool has_become(struct amt *amt, unsigned wanted)
{
    struct error why;
    unsigned mode = AMT_SETUP_NONE;
    bool done = false;
    bool again = true;
    uint64_t outer = io_deadline_within(LOST_MS);
    while (again && !done) {
        struct arena scratch; /* of each try: nothing of its answer stays */
        arena_init(&scratch);
        error_clear(&why);
        done = amt_setup_read_mode(amt, &scratch, &mode, &why) && mode == wanted;
        arena_fini(&scratch);
        again =
            !done && why.code != ERROR_LOGIN && why.code != ERROR_DEVICE && io_sleep(POLL_MS, NULL);
    }
    io_deadline_restore(outer);
    return done;
}

/* Sends it once. */
static bool set_up(struct amt *amt, struct arena *arena, const char *method,
                   const struct wsman_value *values, size_t count, unsigned wanted,
                   struct error *err)
{
    struct wsman_reply reply;
    struct error why;
    int64_t value = 0;
    error_clear(&why);
    struct io_shield shield = io_shield_begin_for_answer(ANSWER_MS);
    bool answered =
        amt_invoke(amt, arena, &setup_service, method, values, count, &reply, &value, &why);
    io_shield_end(shield);
    if (answered && value >= 0)
        return value == 0 || REFUSE(of_setup, method, value, err);
    if (answered)
        (void)error_set(&why, ERROR_PROTOCOL, "the device's answer to %s has no result", method);
    bool done = is_lost(&why) && has_become(amt, wanted);
    if (err != NULL)
        *err = why;
    if (!done && is_lost(&why))
        (void)error_set(err, why.code, "%s; whether the device did it is not known", why.text);
    return done;
}

/* In the arena; wiped by the caller. */
static struct slice admin_digest(struct arena *arena, struct slice realm, struct slice password)
{
    char *ha1 = arena_alloc(arena, HTTP_DIGEST_HEX_SIZE);
    http_digest_ha1(SLICE_LITERAL("admin"), realm, password, ha1);
    return slice_of_string(ha1);
}

static void wipe(struct slice secret)
{
    /* The arena's own copy, so it may be written. */
    memory_wipe((void *)(uintptr_t)secret.data, secret.size);
}

bool amt_setup_client(struct amt *amt, struct arena *arena, struct slice realm,
                      struct slice password, struct error *err)
{
    struct slice digest = admin_digest(arena, realm, password);
    const struct wsman_value values[] = {
        {.name = "NetAdminPassEncryptionType", .text = SLICE_LITERAL("2")},
        {.name = "NetworkAdminPassword", .text = digest},
    };
    bool ok = amt_sequence_begin(amt, err);
    if (ok) {
        ok = set_up(amt, arena, "Setup", values, 2, AMT_SETUP_CLIENT, err);
        amt_sequence_end(amt);
    }
    wipe(digest);
    return ok;
}

/* ---- admin control mode ---- */

struct admin_setup {
    struct amt *amt;
    struct arena *arena;
    const struct amt_setup_signer *signer;
    struct slice digest; /* of the password; .data NULL: an upgrade, the password stays */
    struct amt_setup_state state;
};

static struct slice truth(bool value)
{
    return value ? SLICE_LITERAL("true") : SLICE_LITERAL("false");
}

static bool add_certificate(const struct admin_setup *setup, size_t place, int64_t *value,
                            struct error *err)
{
    const struct amt_setup_signer *signer = setup->signer;
    struct wsman_reply reply;
    const struct wsman_value values[] = {
        {.name = "NextCertificate", .text = encoding_base64(setup->arena, signer->chain[place])},
        {.name = "IsLeafCertificate", .text = truth(place == 0)},
        {.name = "IsRootCertificate", .text = truth(place > 0 && place + 1 == signer->count)},
    };
    return amt_invoke(setup->amt, setup->arena, &setup_service, "AddNextCertInChain", values, 3,
                      &reply, value, err);
}

/* One after the other, leaf first. A device that has a whole chain of an attempt that was cut off,
 * and takes no other, is asked with that one: when it is another than ours, the signature is not
 * accepted. */
static bool add_chain(const struct admin_setup *setup, struct error *err)
{
    for (size_t i = 0; i < setup->signer->count; i++) {
        int64_t value = 0;
        if (!add_certificate(setup, i, &value, err))
            return false;
        if (i == 0 && value == 3 && setup->state.chain_whole)
            break;
        if (value != 0)
            return REFUSE(of_certificate, "AddNextCertInChain", value, err);
    }
    return true;
}

/* Over the device's nonce and ours. */
static bool sign(const struct admin_setup *setup, const uint8_t ours[NONCE_BYTES],
                 struct slice *signature, struct error *err)
{
    uint8_t *both = arena_alloc(setup->arena, (size_t)2 * NONCE_BYTES);
    struct slice bytes;
    memcpy(both, setup->state.nonce, NONCE_BYTES);
    memcpy(both + NONCE_BYTES, ours, NONCE_BYTES);
    if (!setup->signer->sign(setup->signer->context, setup->arena,
                             slice_of(both, (size_t)2 * NONCE_BYTES), &bytes, err))
        return false;
    *signature = encoding_base64(setup->arena, bytes);
    return true;
}

static bool enter_admin(const struct admin_setup *setup, struct error *err)
{
    uint8_t nonce[NONCE_BYTES];
    struct slice signature;
    random_bytes(nonce, sizeof nonce);
    if (!sign(setup, nonce, &signature, err))
        return false;
    const struct wsman_value values[] = {
        {.name = "NetAdminPassEncryptionType", .text = SLICE_LITERAL("2")},
        {.name = "NetworkAdminPassword", .text = setup->digest},
        {.name = "McNonce", .text = encoding_base64(setup->arena, slice_of(nonce, sizeof nonce))},
        {.name = "SigningAlgorithm",
         .text = slice_of_string(arena_printf(setup->arena, "%u", setup->signer->algorithm))},
        {.name = "DigitalSignature", .text = signature},
    };
    bool upgrade = setup->digest.data == NULL;
    size_t skipped = upgrade ? 2 : 0; /* an upgrade has no password */
    return set_up(setup->amt, setup->arena, upgrade ? "UpgradeClientToAdmin" : "AdminSetup",
                  values + skipped, 5 - skipped, AMT_SETUP_ADMIN, err);
}

/* The nonce is read before the chain is sent, as all known tools do, and with nothing in between
 * that would change it. */
static bool set_up_admin(struct admin_setup *setup, struct error *err)
{
    const struct wsman_xml *service;
    const struct amt_setup_signer *signer = setup->signer;
    if (!get_service(setup->amt, setup->arena, &service, err) ||
        !take_service(setup->arena, service, &setup->state, err))
        return false;
    if (setup->state.control_mode == AMT_SETUP_ADMIN)
        return error_set(err, ERROR_CONFLICT, "the device is in admin control mode already");
    if (!add_chain(setup, err))
        return false;
    if (signer->chain_taken != NULL)
        *signer->chain_taken = true;
    return enter_admin(setup, err);
}

static bool in_sequence(struct admin_setup *setup, struct error *err)
{
    if (setup->signer->chain_taken != NULL)
        *setup->signer->chain_taken = false;
    if (!amt_sequence_begin(setup->amt, err))
        return false;
    bool ok = set_up_admin(setup, err);
    amt_sequence_end(setup->amt);
    return ok;
}

bool amt_setup_admin(struct amt *amt, struct arena *arena, struct slice realm,
                     struct slice password, const struct amt_setup_signer *signer,
                     struct error *err)
{
    struct admin_setup setup = {.amt = amt,
                                .arena = arena,
                                .signer = signer,
                                .digest = admin_digest(arena, realm, password)};
    bool ok = in_sequence(&setup, err);
    wipe(setup.digest);
    return ok;
}

bool amt_setup_upgrade(struct amt *amt, struct arena *arena, const struct amt_setup_signer *signer,
                       struct error *err)
{
    struct admin_setup setup = {.amt = amt, .arena = arena, .signer = signer};
    return in_sequence(&setup, err);
}

/* ---- what goes with it ---- */

static bool configure(struct amt *amt, struct arena *arena, const char *method,
                      const struct wsman_value *values, size_t count, int64_t *return_value,
                      struct error *err)
{
    struct wsman_reply reply;
    struct io_shield shield = io_shield_begin_for_answer(ANSWER_MS);
    *return_value = 0;
    bool ok =
        amt_invoke(amt, arena, &configuration, method, values, count, &reply, return_value, err);
    io_shield_end(shield);
    return ok && (*return_value == 0 || amt_status_refuse(err, method, *return_value));
}

bool amt_setup_commit(struct amt *amt, struct arena *arena, bool *wants_mebx, struct error *err)
{
    int64_t value;
    bool ok = configure(amt, arena, "CommitChanges", NULL, 0, &value, err);
    if (wants_mebx != NULL)
        *wants_mebx = !ok && value == DATA_MISSING;
    return ok;
}

bool amt_setup_mebx_password(struct amt *amt, struct arena *arena, struct slice password,
                             struct error *err)
{
    const struct wsman_value value = {.name = "Password", .text = password};
    int64_t returned;
    return configure(amt, arena, "SetMEBxPassword", &value, 1, &returned, err);
}
