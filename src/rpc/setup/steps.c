#include "rpc/setup/steps.h"

#include "amt/account.h"
#include "amt/clock.h"
#include "amt/feature.h"
#include "amt/general.h"
#include "amt/host_setup.h"
#include "amt/password.h"
#include "amt/proxy.h"
#include "io/fiber.h"
#include "rpc/machine/host.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/activation.h"
#include "rpc/web/address.h"

#include <string.h>

bool rpc_step_amt(struct rpc *rpc, struct amt **amt, struct rpc_fault *fault)
{
    struct amt_general general;
    if (!rpc_amt_or(rpc, RPC_AS_ADMIN, amt, &fault->err))
        return rpc_fault_take(fault, RPC_AMT_CONNECTION_FAILED, &fault->err);
    if (rpc_amt_sees_new(rpc) && !amt_general_get(*amt, rpc_arena(rpc), &general, &fault->err))
        (void)rpc_amt_has_moved_on(rpc);
    return true;
}

static bool general(struct rpc *rpc, struct amt **amt, struct amt_general *settings,
                    enum rpc_exit code, struct rpc_fault *fault)
{
    return rpc_step_amt(rpc, amt, fault) &&
           (amt_general_get(*amt, rpc_arena(rpc), settings, &fault->err) ||
            rpc_fault_take(fault, code, &fault->err));
}

/* ---- passwords ---- */

bool rpc_step_mebx(struct rpc *rpc, struct slice password, struct rpc_fault *fault)
{
    struct amt *amt;
    unsigned mode;
    const char *text = amt_password_fault(password);
    if (text != NULL)
        return rpc_fault_set(fault, RPC_WRONG_PASSWORD, "%s", text);
    if (!rpc_control_mode_or(rpc, &mode, &fault->err))
        return rpc_fault_take_me(fault, RPC_MEBX_PASSWORD_FAILED, &fault->err);
    if (mode != MEI_CONTROL_ADMIN)
        return rpc_fault_set(fault, RPC_MEBX_PASSWORD_FAILED,
                             "the MEBx password can be set in admin control mode only");
    return rpc_step_amt(rpc, &amt, fault) &&
           (amt_setup_mebx_password(amt, rpc_arena(rpc), password, &fault->err) ||
            rpc_fault_take(fault, RPC_MEBX_PASSWORD_FAILED, &fault->err));
}

/* Logs in with the new one, after an answer that was lost. False with what AMT says to that. */
static bool is_set(struct rpc *rpc, struct slice password, struct error *why)
{
    struct amt_general settings;
    struct amt *amt;
    struct rpc_fault fault;
    rpc_secret_know(rpc, "password", password);
    bool ok = general(rpc, &amt, &settings, RPC_AMT_PASSWORD_FAILED, &fault);
    if (!ok)
        *why = fault.err;
    return ok;
}

/* Who fails says what is known: AMT has refused the change, or the new password, or neither. */
static bool change_password(struct rpc *rpc, struct amt *amt, struct slice realm,
                            struct slice password, bool *known, struct rpc_fault *fault)
{
    struct error err, why;
    struct slice former;
    if (!rpc_password(rpc, &former))
        return rpc_fault_set(fault, RPC_WRONG_PASSWORD, "AMT's password is missing");
    bool ok = amt_account_set_admin_password(amt, rpc_arena(rpc), realm, password, &err);
    *known = ok || err.code == ERROR_DEVICE || err.code == ERROR_LOGIN;
    if (!*known) {
        ok = is_set(rpc, password, &why);
        *known = ok || why.code == ERROR_LOGIN;
    }
    rpc_secret_know(rpc, "password", ok ? password : former);
    if (!*known)
        (void)error_wrap(&err, "whether AMT has the new password is not known");
    return ok || rpc_fault_take(fault, RPC_AMT_PASSWORD_FAILED, &err);
}

bool rpc_step_amt_password(struct rpc *rpc, struct slice password, struct rpc_fault *fault)
{
    struct amt_general settings;
    struct amt *amt;
    const char *text = amt_password_fault(password);
    if (text != NULL)
        return rpc_fault_set(fault, RPC_WRONG_PASSWORD, "%s", text);
    if (!general(rpc, &amt, &settings, RPC_AMT_PASSWORD_FAILED, fault))
        return false;
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    bool known = true;
    bool ok = change_password(rpc, amt, settings.realm, password, &known, fault);
    io_shield_end(shield);
    if (known && rpc_is_interrupted())
        rpc_log(rpc, LOG_WARN,
                ok ? "AMT has the new password" : "AMT has not taken the new password");
    return ok;
}

/* ---- features ---- */

bool rpc_step_features(struct rpc *rpc, const struct rpc_features *wanted, struct rpc_fault *fault)
{
    struct amt_features features;
    struct amt *amt;
    unsigned mode;
    if (!rpc_control_mode_or(rpc, &mode, &fault->err))
        return rpc_fault_take_me(fault, RPC_FEATURES_FAILED, &fault->err);
    if (mode == MEI_CONTROL_CLIENT && wanted->consent != AMT_CONSENT_ALL)
        rpc_log(rpc, LOG_WARN, "in client control mode the user has always to agree to everything");
    const struct amt_features_change change = {
        .kvm = wanted->kvm ? AMT_ON : AMT_OFF,
        .sol = wanted->sol ? AMT_ON : AMT_OFF,
        .ider = wanted->ider ? AMT_ON : AMT_OFF,
        .change_consent = mode == MEI_CONTROL_ADMIN,
        .consent = wanted->consent,
    };
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    if (!amt_features_set(amt, rpc_arena(rpc), &change, &features, &fault->err))
        return rpc_fault_take(fault, RPC_FEATURES_FAILED, &fault->err);
    if (wanted->kvm && !features.kvm)
        rpc_log(rpc, LOG_WARN, "this machine's AMT has no KVM");
    return true;
}

/* ---- clock and names ---- */

bool rpc_step_clock(struct rpc *rpc, struct rpc_fault *fault)
{
    struct amt_clock_reading before;
    struct amt *amt;
    return rpc_step_amt(rpc, &amt, fault) &&
           (amt_clock_set(amt, rpc_arena(rpc), &before, &fault->err) ||
            rpc_fault_take(fault, RPC_SYNC_CLOCK_FAILED, &fault->err));
}

bool rpc_step_host_name(struct rpc *rpc, const char **name, struct rpc_fault *fault)
{
    struct rpc_host host;
    struct amt *amt;
    rpc_host_read(rpc_arena(rpc), &host);
    *name = host.hostname;
    if (host.hostname == NULL || *host.hostname == '\0')
        return rpc_fault_set(fault, RPC_MISSING_HOSTNAME, "this machine has no host name");
    if (!rpc_address_is_name(host.hostname) ||
        (host.dns_suffix != NULL && *host.dns_suffix != '\0' &&
         !rpc_address_is_name(host.dns_suffix)))
        return rpc_fault_set(fault, RPC_MISSING_HOSTNAME,
                             "this machine's host name or DNS suffix is none that AMT could have");
    struct slice domain = slice_of_string(host.dns_suffix != NULL ? host.dns_suffix : "");
    return rpc_step_amt(rpc, &amt, fault) &&
           (amt_general_set_names(amt, rpc_arena(rpc), slice_of_string(host.hostname),
                                  host.dns_suffix != NULL ? &domain : NULL, NULL, &fault->err) ||
            rpc_fault_take(fault, RPC_SYNC_HOSTNAME_FAILED, &fault->err));
}

/* ---- proxies ---- */

bool rpc_proxy_check(const struct rpc_proxy *wanted, struct rpc_fault *fault)
{
    bool has_suffix = wanted->dns_suffix != NULL && *wanted->dns_suffix != '\0';
    if (!rpc_address_is_host(wanted->address))
        return rpc_fault_set(fault, RPC_MISSING_PROXY,
                             "a proxy's address is the name or the address of a host (its port is "
                             "given for itself)");
    if (wanted->port == 0 || wanted->port > 65535)
        return rpc_fault_set(fault, RPC_MISSING_PROXY, "a proxy's port is from 1 to 65535");
    return !has_suffix ||
           (strlen(wanted->dns_suffix) <= 192 && rpc_address_is_host(wanted->dns_suffix)) ||
           rpc_fault_set(fault, RPC_WRONG_PARAMETERS,
                         "a proxy's DNS suffix is a domain of at most 192 characters");
}

bool rpc_step_proxy(struct rpc *rpc, const struct rpc_proxy *wanted, struct rpc_fault *fault)
{
    enum amt_proxy_outcome outcome;
    struct amt *amt;
    const struct amt_proxy proxy = {
        .address = slice_of_string(wanted->address),
        .format = rpc_address_format(wanted->address),
        .port = wanted->port,
        .dns_suffix = slice_of_string(wanted->dns_suffix != NULL ? wanted->dns_suffix : ""),
    };
    if (!rpc_proxy_check(wanted, fault) || !rpc_step_amt(rpc, &amt, fault))
        return false;
    if (!amt_proxy_add(amt, rpc_arena(rpc), &proxy, &outcome, &fault->err))
        return rpc_fault_take(fault, RPC_UNABLE_TO_CONFIGURE, &fault->err);
    return outcome != AMT_PROXY_UNSUPPORTED ||
           rpc_fault_set(fault, RPC_UNABLE_TO_CONFIGURE,
                         "the firmware of this machine takes no proxies");
}
