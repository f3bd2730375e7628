#include "sim/login.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/provisioning.h"

#include <string.h>

#define FAILURES_NOTED 10 /* in a row make an event; the recorded one says 10 */
#define REALMS_ALL     UINT32_MAX
#define BIT(realm)     (1u << (realm))

static void enter(struct sim_device *device, const char *name, uint32_t realms)
{
    device->failed_logins = 0;
    device->caller = (struct sim_caller){.realms = realms};
    memcpy(device->caller.name, name, strnlen(name, sizeof(device->caller.name) - 1));
}

void sim_login_failed(struct sim_device *device, unsigned times, uint64_t now_ms)
{
    static const uint8_t network = 0;
    struct sim_caller caller = device->caller;
    sim_message_log_attack(device, times, now_ms);
    device->caller.nobody = true;
    sim_audit(device, 16, 5, slice_of(&network, 1), now_ms);
    device->caller = caller;
}

static const struct sim_account *account_of(const struct sim_device *device, struct slice name)
{
    for (size_t i = 0; device->accounts != NULL && i < SIM_ACCOUNTS_MOST; i++) {
        const struct sim_account *account = &device->accounts[i];
        if (account->handle != 0 && account->enabled && account->access != 0 &&
            slice_equal_string(name, account->name))
            return account;
    }
    return NULL;
}

bool sim_login_digest(struct sim_authenticator *authenticator, struct sim_device *device,
                      const struct http_digest_parts *parts, const char *method, uint64_t now_ms)
{
    char ha1[HTTP_DIGEST_HEX_SIZE] = "";
    const struct sim_account *account = NULL;
    bool admin = slice_equal_string(parts->username, authenticator->user);
    if (admin)
        memcpy(ha1, authenticator->ha1, sizeof(ha1));
    else if ((account = account_of(device, parts->username)) != NULL)
        encoding_hex(slice_of(account->hash, sizeof(account->hash)), ha1);
    enum sim_proof proof = sim_authenticator_prove(authenticator, parts, ha1, method, now_ms);
    memory_wipe(ha1, sizeof(ha1));
    if (proof == SIM_PROOF_GOOD && !admin && account == NULL)
        proof = SIM_PROOF_WRONG;
    if (proof == SIM_PROOF_WRONG && ++device->failed_logins % FAILURES_NOTED == 0)
        sim_login_failed(device, device->failed_logins, now_ms);
    if (proof != SIM_PROOF_GOOD)
        return false;
    enter(device, admin ? authenticator->user : account->name,
          admin ? REALMS_ALL : account->realms);
    return true;
}

/* What the local account may always do, as Intel's guide lists its realms ("Predefined Local System
 * Users"): it cannot be disabled. Programs on the machine live on that when AMT is set up, too:
 * Intel's LMS for all of its requests, rpc-go 3 where nobody has told it a password. Before, it may
 * set the machine up besides (realm.c). */
#define REALMS_LOCAL                                                               \
    (BIT(SIM_REALM_ASSET) | BIT(SIM_REALM_STORAGE) | BIT(SIM_REALM_GENERAL_INFO) | \
     BIT(SIM_REALM_LOCAL_APPLICATIONS) | BIT(SIM_REALM_ACCESS_CONTROL) |           \
     BIT(SIM_REALM_EVENT_READER) | BIT(SIM_REALM_LOCAL_SYSTEM))

static bool log_in_locally(struct sim_authenticator *authenticator, struct sim_device *device,
                           const struct http_digest_parts *parts, const char *method,
                           uint64_t now_ms)
{
    char ha1[HTTP_DIGEST_HEX_SIZE];
    if (device->provisioning->local_password[0] == '\0')
        return false;
    sim_provisioning_local_hash(device, ha1);
    enum sim_proof proof = sim_authenticator_prove(authenticator, parts, ha1, method, now_ms);
    memory_wipe(ha1, sizeof(ha1));
    if (proof != SIM_PROOF_GOOD)
        return false;
    bool fresh = device->setup != SIM_SETUP_POST;
    enter(device, SIM_LOCAL_USER, fresh ? REALMS_ALL : REALMS_LOCAL);
    /* a set-up inside TLS is done by whoever showed the certificate (spec device-protocols 7.4) */
    device->caller.local = fresh && !sim_provisioning_has_started(device);
    return true;
}

bool sim_login_clear(struct sim_authenticator *authenticator, struct sim_device *device,
                     struct slice user, struct slice password, uint64_t now_ms)
{
    /* proves to itself what it was told */
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    struct slice once = SLICE_LITERAL("00000001"), qop = SLICE_LITERAL("auth");
    struct slice nonce = slice_of_string(sim_authenticator_nonce(authenticator, now_ms));
    struct slice realm = slice_of_string(authenticator->realm);
    http_digest_ha1(user, realm, password, ha1);
    http_digest_response(ha1, nonce, once, once, qop, "POST", once, response);
    memory_wipe(ha1, sizeof(ha1));
    struct http_digest_parts parts = {.username = user,
                                      .realm = realm,
                                      .nonce = nonce,
                                      .uri = once,
                                      .cnonce = once,
                                      .nc = once,
                                      .response = slice_of_string(response),
                                      .qop = qop};
    return sim_login_digest(authenticator, device, &parts, "POST", now_ms);
}

bool sim_login_http(struct sim_authenticator *authenticator, struct sim_device *device,
                    struct slice authorization, const char *method, bool local, uint64_t now_ms)
{
    struct http_digest_parts parts;
    if (!sim_authenticator_read(authorization, &parts) || parts.uri.size == 0)
        return false;
    if (device->setup != SIM_SETUP_POST && !local)
        return false;
    if (local && slice_equal_string(parts.username, SIM_LOCAL_USER))
        return log_in_locally(authenticator, device, &parts, method, now_ms);
    /* whoever showed the certificate is taken at his word until he has set a password */
    if (sim_provisioning_has_started(device) && !device->provisioning->admin_was_set &&
        slice_equal_string(parts.username, "admin")) {
        enter(device, "admin", REALMS_ALL);
        return true;
    }
    return device->setup != SIM_SETUP_PRE &&
           sim_login_digest(authenticator, device, &parts, method, now_ms);
}
