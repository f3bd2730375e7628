#include "rpc/setup/profile_given.h"

#include "amt/password.h"
#include "rpc/setup/certificate.h"
#include "rpc/setup/profile_text.h"

#include <stdint.h>
#include <strings.h>

/* ---- reading ---- */

static bool read_certificate(struct rpc *rpc, struct rpc_profile_given *given)
{
    struct rpc_fault fault;
    struct slice text;
    if (!rpc_given(rpc, "provisioningCert"))
        return true;
    if (!rpc_secret(rpc, "provisioningCert", "Provisioning Certificate", false, &text) ||
        (rpc_given(rpc, "provisioningCertPwd") &&
         !rpc_secret(rpc, "provisioningCertPwd", "Provisioning Certificate Password", false,
                     &given->certificate_password)))
        return false;
    return rpc_setup_certificate_inline(rpc, text, &given->certificate, &fault) ||
           rpc_fail_fault(rpc, &fault);
}

static bool read_mebx(struct rpc *rpc, struct rpc_profile_given *given)
{
    if (!rpc_given(rpc, "mebxpassword"))
        return true;
    if (!rpc_secret(rpc, "mebxpassword", "MEBx Password", false, &given->mebx))
        return false;
    const char *text = amt_password_fault(given->mebx);
    return text == NULL || rpc_fail(rpc, RPC_WRONG_PASSWORD, "--mebxpassword: %s", text);
}

bool rpc_profile_given_read(struct rpc *rpc, struct rpc_profile_given *given)
{
    *given = (struct rpc_profile_given){.certificate = {NULL, 0}};
    return read_certificate(rpc, given) && read_mebx(rpc, given);
}

/* ---- putting ---- */

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

static bool put_certificate(struct rpc *rpc, const struct rpc_profile_given *given, bool over,
                            json_t *profile)
{
    static const char none[] = "";
    struct slice password = given->certificate_password.data != NULL ? given->certificate_password
                                                                     : slice_of_string(none);
    if (given->certificate.data == NULL ||
        (!over && rpc_member_slice(specific_of(profile), "provisioningCert").size > 0))
        return true;
    return put_text(rpc, profile, "provisioningCert", given->certificate) &&
           put_text(rpc, profile, "provisioningCertPwd", password);
}

static bool put_mebx(struct rpc *rpc, const struct rpc_profile_given *given, bool over,
                     json_t *profile)
{
    const json_t *specific = specific_of(profile);
    const char *mode = rpc_member_text(specific, "controlMode");
    bool has = rpc_member_slice(specific, "mebxPassword").size > 0 ||
               rpc_member_flag(specific, "generateRandomMEBXPassword");
    if (given->mebx.data == NULL || (!over && has))
        return true;
    if (mode == NULL || strcasecmp(mode, "acmactivate") != 0)
        rpc_log(rpc, LOG_WARN, "--mebxpassword is for admin control mode, and not used");
    return put_text(rpc, profile, "mebxPassword", given->mebx) &&
           rpc_profile_put(rpc, profile, "generateRandomMEBXPassword", json_false());
}

bool rpc_profile_given_put(struct rpc *rpc, const struct rpc_profile_given *given, bool over,
                           json_t *profile)
{
    return put_certificate(rpc, given, over, profile) && put_mebx(rpc, given, over, profile);
}
