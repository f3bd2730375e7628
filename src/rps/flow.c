#include "rps/flow.h"

#include "core/log.h"
#include "core/memory.h"
#include "rps/newcomer.h"
#include "rps/proof.h"
#include "rps/provisioning.h"

#include <stdarg.h>
#include <stdio.h>

#define OLD_BUILD 3000

bool rps_refuse(struct rps_provisioning *p, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    p->outcome->success = false;
    p->outcome->plain = arena_string(p->arena, slice_of_string(text));
    return false;
}

bool rps_read_stored(struct rps_provisioning *p, struct error *err)
{
    struct error why;
    error_clear(&why);
    p->device.stored = (struct store_passwords){0};
    if (store_passwords_get(p->store, p->arena, &p->given->request->guid, p->given->tenant,
                            &p->device.stored, &why) ||
        why.code == ERROR_NOT_FOUND)
        return true;
    return error_set(err, why.code, "%s", why.text);
}

/* ---- what can be said before the device is asked (spec rps 2.7) ---- */

/* Releases whose early builds can't be set up remotely. */
static bool is_too_old_a_build(const struct rps_request *request)
{
    static const double releases[] = {7.0, 7.1, 8.0, 8.1, 9.0, 9.1, 9.5, 10.0, 11.0, 11.5, 11.6};
    uint64_t build;
    if (!slice_to_u64(request->build, UINT32_MAX, &build) || build >= OLD_BUILD)
        return false;
    for (size_t i = 0; i < sizeof(releases) / sizeof(*releases); i++)
        if (request->release > releases[i] - 0.01 && request->release < releases[i] + 0.01)
            return true;
    return false;
}

static bool check_firmware(struct rps_provisioning *p, const char *what)
{
    const struct rps_request *request = p->given->request;
    if (request->release < 7)
        return rps_refuse(p,
                          "Device %s %s failed. AMT version: %.*s. Version less than 7 cannot be "
                          "remotely configured ",
                          p->given->guid, what, SLICE_ARG(slice_first(request->version, 32)));
    if (is_too_old_a_build(request))
        return rps_refuse(p,
                          "Device %s %s failed. Please check with your OEM for a firmware update.",
                          p->given->guid, what);
    return true;
}

static bool refuse_password(struct rps_provisioning *p)
{
    return rps_refuse(p, "AMT password DOES NOT match stored version for Device %s",
                      p->given->guid);
}

/* Without a token the agent's word decides the tenant; but nobody takes a device of the default
 * tenant away by it, also where its record was deleted and its passwords stay. */
static bool is_default_tenants(struct rps_provisioning *p)
{
    struct store_passwords stored;
    struct error err;
    return p->given->tenant[0] != '\0' && !p->device.known.found &&
           !rps_session_is_authenticated(p->session) &&
           store_passwords_get(p->store, p->arena, &p->given->request->guid, "", &stored, &err) &&
           store_passwords_have_proven(&stored, STORE_PASSWORD_AMT);
}

static bool check_tenant(struct rps_provisioning *p)
{
    if (!p->device.known.other_tenant && !is_default_tenants(p))
        return true;
    return rps_refuse(p, "Device belongs to another tenant. Please unprovision and re-activate "
                         "device.");
}

static bool check_activation_mode(struct rps_provisioning *p)
{
    switch (p->given->request->control_mode) {
    case 0:
        if (rps_is_stranger(p))
            return rps_refuse(p,
                              "Device %s already has a record in MPS and cannot be re-provisioned "
                              "from pre-provisioning mode. Remove the device (rpc-go deactivation "
                              "or the REST API) before re-adding it, with its secrets if it was "
                              "reset, or give the agent a token for it.",
                              p->given->guid);
        /* A device that isn't set up calls nobody: somebody speaks for a device that isn't his. */
        if (p->device.known.connected &&
            store_passwords_have_proven(&p->device.stored, STORE_PASSWORD_MPS))
            return rps_refuse(
                p,
                "Device %s activation failed. It says it is in pre-provisioning mode, "
                "but is connected by CIRA now. Wait a minute and try again.",
                p->given->guid);
        return true;
    case 1:
        break;
    case 2:
        if (!p->given->admin)
            return rps_refuse(p, "Device %s already enabled in admin control mode.",
                              p->given->guid);
        break;
    default:
        return rps_refuse(p, "Device %s activation failed. It is in unknown mode.", p->given->guid);
    }
    return !rps_is_stranger(p) || refuse_password(p);
}

/* What admin control mode needs of the agent's account. From AMT 19 on the toolkit leaves it to the
 * device. */
static bool check_admin(struct rps_provisioning *p)
{
    const struct rps_request *request = p->given->request;
    struct store_domain domain;
    struct error err;
    if (!p->given->admin || request->release >= 19)
        return true;
    if (request->hash_count == 0)
        return rps_refuse(
            p, "Device %s activation failed. Missing certificate hashes from the device.",
            p->given->guid);
    if (request->control_mode == 2)
        return true;
    if (request->fqdn.size == 0)
        return rps_refuse(p, "Device %s activation failed. Missing DNS Suffix.", p->given->guid);
    if (store_domain_match(p->store, p->arena, p->given->tenant, request->fqdn, &domain, &err))
        return true;
    if (err.code != ERROR_NOT_FOUND)
        return rps_refuse(p, "Device %s activation failed. The domains cannot be read: %s",
                          p->given->guid, err.text);
    return rps_refuse(p,
                      "Device %s activation failed. Specified AMT domain suffix: %.*s does not "
                      "match list of available AMT domain suffixes.",
                      p->given->guid, SLICE_ARG(slice_first(request->fqdn, 253)));
}

static bool check_activation(struct rps_provisioning *p, struct rps_run_given *given)
{
    struct error err;
    const char *profile = given->request->profile.size > 0
                              ? arena_string(p->arena, slice_first(given->request->profile, 128))
                              : "undefined";
    if (!check_firmware(p, "activation"))
        return false;
    if (given->request->password.size == 0)
        return rps_refuse(p, "Device %s activation failed. Missing password.", given->guid);
    if (!store_profile_get(p->store, p->arena, given->tenant, given->request->profile,
                           &given->profile, &err)) {
        if (err.code == ERROR_NOT_FOUND)
            return rps_refuse(p,
                              "Device %s activation failed. %s does not match list of available "
                              "AMT profiles.",
                              given->guid, profile);
        return rps_refuse(p, "Device %s activation failed. The profile %s cannot be read: %s",
                          given->guid, profile, err.text);
    }
    given->admin = slice_equal_string(slice_of_string(given->profile.activation), "acmactivate");
    if (!given->admin &&
        !slice_equal_string(slice_of_string(given->profile.activation), "ccmactivate"))
        return rps_refuse(p,
                          "Device %s activation failed. Failed to get activation mode for the "
                          "profile :%s",
                          given->guid, profile);
    return check_tenant(p) && check_activation_mode(p) && check_admin(p);
}

/* Of a device that nobody knows the agent must force its way, unless it says what an earlier run
 * has stored, or has a token. */
static bool check_use(struct rps_provisioning *p)
{
    bool says = store_passwords_find(&p->device.stored, STORE_PASSWORD_AMT,
                                     p->given->request->password) != NULL;
    return rps_is_proven(p) ||
           (!rps_is_stranger(p) &&
            (p->given->request->force || says || rps_session_is_authenticated(p->session))) ||
           refuse_password(p);
}

static bool check_deactivation(struct rps_provisioning *p)
{
    int mode = p->given->request->control_mode;
    if (mode == 0)
        return rps_refuse(p, "Device %s is in pre-provisioning mode.", p->given->guid);
    if (mode != 1 && mode != 2)
        return rps_refuse(p, "Device %s deactivation failed. It is in unknown mode: %d.",
                          p->given->guid, mode);
    return check_firmware(p, "deactivation") && check_tenant(p) && check_use(p);
}

static bool check_maintenance(struct rps_provisioning *p)
{
    const struct rps_request *request = p->given->request;
    const char *client = rps_session_id(p->session);
    if (!request->has_task)
        return rps_refuse(p, "%s - missing maintenance task in message", client);
    if (request->control_mode <= 0)
        return rps_refuse(p, "Device %s is in pre-provisioning mode.", p->given->guid);
    if (!check_tenant(p) || !check_use(p))
        return false;
    if (request->task == RPS_CHANGE_PASSWORD && !rps_is_proven(p))
        return rps_refuse(p,
                          "Device %s is not known here, so its password would be lost. Activate it "
                          "first: a device that is set up keeps its control mode",
                          p->given->guid);
    if (request->task == RPS_SYNC_ADDRESS && !request->addresses.given)
        return rps_refuse(p, "%s - missing ipConfiguration", client);
    if (request->task == RPS_SYNC_HOST_NAME && !request->has_host_name_info)
        return rps_refuse(p, "%s - missing HostnameInfo", client);
    return true;
}

/* ---- the run ---- */

static bool look_up(struct rps_provisioning *p)
{
    struct error err;
    if (!rps_proof_look_up(p->session, &p->device.known, &err))
        return rps_refuse(p, "Device %s: the presence server cannot be asked: %s", p->given->guid,
                          err.text);
    if (!rps_read_stored(p, &err))
        return rps_refuse(p, "Device %s: the stored passwords cannot be read: %s", p->given->guid,
                          err.text);
    (void)rps_proof_review(p->session, &p->device.stored);
    return true;
}

static void run_command(struct rps_provisioning *p, struct rps_run_given *given)
{
    switch (p->given->request->command) {
    case RPS_ACTIVATE:
        if (check_activation(p, given))
            rps_activate(p);
        return;
    case RPS_DEACTIVATE:
        if (check_deactivation(p))
            rps_deactivate(p);
        return;
    case RPS_MAINTENANCE:
        if (check_maintenance(p))
            rps_maintain(p);
        return;
    }
}

void rps_flow_run(struct rps_session *session, struct rps_outcome *outcome)
{
    const struct rps_options *options = rps_options_of(rps_session_server(session));
    struct rps_run_given given = {.request = rps_session_request(session), .options = options};
    struct rps_provisioning p = {
        .session = session,
        .store = options->store,
        .arena = rps_session_arena(session),
        .amt = rps_session_amt(session),
        .outcome = outcome,
        .given = &given,
    };
    given.tenant = arena_string(p.arena, given.request->tenant);
    guid_format(&given.request->guid, given.guid);
    *outcome = (struct rps_outcome){0};
    if (!look_up(&p))
        return;
    run_command(&p, &given);
    rps_newcomer_settle(&p);
}
