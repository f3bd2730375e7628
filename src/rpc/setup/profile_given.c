#include "rpc/setup/profile_given.h"

#include "rpc/machine/machine.h"
#include "rpc/setup/certificate.h"
#include "rpc/setup/profile_text.h"

#include <stdint.h>
#include <strings.h>

static json_t *specific_of(const json_t *profile)
{
    const json_t *configuration = rpc_member(profile, "configuration");
    return (json_t *)(uintptr_t)rpc_member(configuration, "amtSpecific");
}

bool rpc_profile_put(struct rpc *rpc, json_t *profile, const char *name, json_t *value)
{
    json_t *configuration = (json_t *)(uintptr_t)rpc_member(profile, "configuration");
    if (!json_is_object(specific_of(profile)) &&
        !rpc_member_put(configuration, "amtSpecific", json_object())) {
        json_decref(value);
        return rpc_fail(rpc, RPC_WRONG_CONFIGURATION, "it has no configuration");
    }
    return rpc_member_put(specific_of(profile), name, value) ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS, "--%s is no text in UTF-8", name);
}

static bool put_text(struct rpc *rpc, json_t *profile, const char *name, struct slice text)
{
    return rpc_profile_put(rpc, profile, name, json_stringn((const char *)text.data, text.size));
}

/* Whether what an option gives is used: `has` is whether the profile has its own. */
static bool counts(const struct rpc *rpc, const char *option, bool over, bool has)
{
    unsigned strength = rpc_strength(rpc, option);
    return strength > 0 && (!has || (over && strength == RPC_STRENGTH_LINE));
}

static bool is_for_admin(const json_t *profile)
{
    const char *mode = rpc_member_text(specific_of(profile), "controlMode");
    return mode != NULL && strcasecmp(mode, "acmactivate") == 0;
}

/* AMT that is in admin control mode, or goes into client control mode, needs none. */
static bool put_certificate(struct rpc *rpc, struct slice text, struct slice password, bool over,
                            json_t *profile)
{
    struct rpc_fault fault;
    unsigned mode = MEI_CONTROL_NONE;
    bool has = rpc_member_slice(specific_of(profile), "provisioningCert").size > 0;
    bool is_there = rpc_control_mode_known(rpc, &mode) && mode == MEI_CONTROL_ADMIN;
    if (!counts(rpc, "provisioningCert", over, has) || !is_for_admin(profile) || is_there)
        return true;
    if (!rpc_setup_certificate_inline(rpc, text, &text, &fault))
        return rpc_fail_fault(rpc, &fault);
    return put_text(rpc, profile, "provisioningCert", text) &&
           (password.data == NULL || put_text(rpc, profile, "provisioningCertPwd", password));
}

static bool put_mebx(struct rpc *rpc, struct slice password, bool over, json_t *profile)
{
    const json_t *specific = specific_of(profile);
    bool has = rpc_member_slice(specific, "mebxPassword").size > 0 ||
               rpc_member_flag(specific, "generateRandomMEBXPassword");
    if (!counts(rpc, "mebxpassword", over, has))
        return true;
    if (!is_for_admin(profile)) {
        rpc_log(rpc, LOG_WARN, "--mebxpassword is for admin control mode, and not used");
        return true;
    }
    return put_text(rpc, profile, "mebxPassword", password) &&
           rpc_profile_put(rpc, profile, "generateRandomMEBXPassword", json_false());
}

bool rpc_profile_given_put(struct rpc *rpc, bool over, json_t *profile)
{
    static const char *const names[] = {"provisioningCert", "provisioningCertPwd", "mebxpassword"};
    struct slice given[3] = {{NULL, 0}};
    for (size_t i = 0; i < 3; i++)
        if (rpc_strength(rpc, names[i]) > 0 &&
            !rpc_secret(rpc, names[i], names[i], false, &given[i]))
            return false;
    return put_certificate(rpc, given[0], given[1], over, profile) &&
           put_mebx(rpc, given[2], over, profile);
}
